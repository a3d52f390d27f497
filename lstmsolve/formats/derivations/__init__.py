"""Derivation cases in TOML, and what `derive` answers as JSON."""
