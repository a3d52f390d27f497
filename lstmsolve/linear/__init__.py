"""Exact linear arithmetic: no spec, no cell, no solver. Each answer comes with its proof or a witness.

simplex      linear programs in fractions, with Farkas multipliers
polyhedra    conditions and what follows from them
generators   vertices and rays
hulls        affine hulls
"""
