"""Sigmoid and tanh weights built from an automaton (`designing`), with the least gain that is proved (`gains`)."""
