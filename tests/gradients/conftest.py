"""Shared by the tests of gradients."""

from __future__ import annotations

from hypothesis import settings

# Wall time is never asserted, and a busy machine must not fail a property.
settings.register_profile("gradients", deadline=None, print_blob=True)
settings.load_profile("gradients")
