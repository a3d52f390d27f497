"""Sigmoid and tanh cells: what is searched for in floats and handed to the checker.

    nets, runs           cell and spec as arrays; runs of many words
    refuter, balls       words that fail, and their replay with errors that are certain
    lines, forms         sigmoid and tanh between lines; boxes and affine forms
    following, lattice   where boxes lead; boxes that every step keeps
    certifying, proving  their certificate; plans tried in turn, and the largest error absorbed
    settle               both sides in turns
    built/               weights from an automaton

No verdict rests on a float: proofs are decided by `checker/`, refutations by balls.
"""
