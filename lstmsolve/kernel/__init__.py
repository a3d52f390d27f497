"""Exactly what `checker/` stands on: what must be trusted to believe a certificate, and nothing else.

    base       numbers, characters, errors, affine forms
    language   the expression language: text to tree, its values, and back to text
    spec       domains, specs, machines, problems
    lstm       the cell, on numbers and on affine forms
    proofs     certificates, and the statement that one proves
    records    certificates, weights and problems read from plain records

Standard library only, and nothing of ours from outside this folder. No clock, no I/O, no cache that the proof does
not need. `lstmsolve check --trusted` counts its lines.
"""
