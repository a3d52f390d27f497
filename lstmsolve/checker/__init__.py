"""Certificate in, verdict out: exact fractions, no solver, nothing but `kernel/` below.

`check` re-proves "this cell meets this spec at every length" from the text of the case and the
numbers of the certificate. It searches for nothing and trusts nothing: the spec's conditions and
the cell's step are evaluated afresh in every case of the proof. Whatever it does not understand
is a rejection. Each kind of claim has a module of its own:

    check       modes of exact cells          horizons    counters up to a length
    enclosures  boxes of sigmoid/tanh cells   beyond, signs    impossible at any size
"""
