"""Weights built from an automaton, and the least gain for which boxes prove them."""
