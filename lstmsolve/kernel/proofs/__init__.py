"""Certificates as values, and in words what one proves."""
