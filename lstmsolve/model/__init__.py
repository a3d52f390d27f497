"""What verbs answer and pass on: outcomes, traces, sets of weights, regions, families, marks, derivations.

Frozen values with the standard library alone. Nothing here is trusted by a proof; that is `kernel/`.
"""
