"""From recurrences to back-propagation formulas, and from hand-written formulas to verdicts.

    reading, writing, latex      texts to formulas and back
    formulas, functions          the syntax tree and what may be called in it
    declarations, judging,
    ordering, validation         a case to a checked system
    calculus, elimination,
    rules, deriving              the chain rule for recurrences, step by step (sympy differentiates)
    pieces, atoms, proving       is a formula 0 for all sizes? (sympy decides)
    arithmetic, evaluation,
    unrolled, laboratory         the net on concrete numbers: dual numbers over 50 digits (mpmath)
    claims, edits, repairing,
    checking                     claims judged, explained and corrected
    engine                       all of it, in order

The proof and the numbers are independent of each other, and a claim holds only if both say so.
"""
