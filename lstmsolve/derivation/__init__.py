"""From recurrences to back-propagation formulas, and from hand-written formulas to verdicts.

    language       formulas: text, tree, LaTeX; index ranges
    matrices       matrix notation written out in indices
    recurrences    a case to a checked system
    chain_rule     its derivatives, as formulas (sympy differentiates)
    proof          is a formula 0 for all sizes? (sympy decides)
    trial          the net on concrete numbers: dual numbers over 50 digits (mpmath)
    claims         claims judged, explained and corrected
    deriving       each derivation, step by step
    engine         all of it, in order
    pictures       what a report draws

`proof` and `trial` are independent of each other; a claim holds if it is proved and its trials agree.
A claim whose trials agree and that is not proved is open.
"""
