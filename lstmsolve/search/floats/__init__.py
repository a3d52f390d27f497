"""Descent in floats (`losses`, `descent`), then simple numbers (`rounding`). Results are candidates."""
