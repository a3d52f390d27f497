"""Ways to begin: a template, and cases out of automata that exist already.

automata     what all readers below make: states, symbols, moves, outputs
dot          Graphviz, as AALpy, LearnLib and others draw automata
lines        AT&T tables (.att) and the Hanoi format (.hoa)
tables       tables of transitions, in JSON or Python
objects      AALpy's, automata-lib's and pyformlang's automata; Python functions
templates    the text of a new case
"""
