"""Threshold units for large automata, searched in compiled code (numba, the extra `fast`).

lanes                  16 floats that go through a kernel side by side
kernels, chains        annealing of codes and weights, 16 chains at a time
walking                codes changed bit by bit, gates following as perceptrons
units                  what is left of a unit: its gates by linear and integer programs
whole                  weights as integers
searching              from a table to a design
lines                  states on a line, and which unit says what, for `search.built.lines`
"""
