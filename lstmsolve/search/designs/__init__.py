"""Saturated and fractional designs over a table of modes.

designer, early        the ladder of classes, and larger sizes before their turn
asking, questions      what is asked in which order
sizes, tables          the classes of one size, and the tables that they are about
neighbourhood, codes   a design mended by z3 where annealing ended a few bits short
annealing              codes and weights side by side, in floats
"""
