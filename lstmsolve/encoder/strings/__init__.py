"""Strings and unrolled runs as z3 formulas, with a second solver asked where a verdict hangs on `unsat`."""
