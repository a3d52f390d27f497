"""The simplest weights, or the most tolerant, that keep a map: one MILP a unit, in a process of its own."""
