"""Finite automata: of regular expressions, and the smallest that nobody can tell from a given one.

languages   `[language]`: a regular expression to its minimal automaton, under a limit
merging     states that no string tells apart become one (Hopcroft 1971)
"""
