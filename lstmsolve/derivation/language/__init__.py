"""Formulas as text and as trees: read, write, typeset; index ranges and what is certain about them.

reading, writing, latex   texts to formulas and back
selecting                 inputs at the place of an index
formulas, functions       the syntax tree and what may be called in it
indices, conditions       ranges, and what holds for all sizes at once
"""
