"""Designs as z3 formulas: queries as plain data, one module a logic, `answer` for a worker."""
