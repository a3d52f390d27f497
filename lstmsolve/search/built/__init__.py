"""Weights built with little search.

construct, staircases, outputs, keeping, speaking   a unit a state, its gates, what it says
registers                                           a unit a register
lines                                               states on a line
"""
