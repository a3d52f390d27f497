"""Saturated and fractional designs over a table of modes.

designer, questions    the ladder of classes, and what is asked in which order
neighbourhood, codes   a design mended by z3 where annealing ended a few bits short
annealing              codes and weights side by side, in floats
"""
