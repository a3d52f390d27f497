"""Cells that count, proved up to a length: what they follow, and how long they do."""
