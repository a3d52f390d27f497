"""Expressions of cases: `syntax` guards the door, `parsing` gives trees, `evaluation` values, `printing` text again."""
