"""What a caller may hand to a check, to be asked now and then whether it may go on."""

from __future__ import annotations


def untimed() -> None:
    """A clock that never stops."""
