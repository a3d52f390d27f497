"""Asking again: unsatisfiability that a claim hangs on is cross-checked, and cvc5 (`other_solver`) is asked as well."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from lstmsolve.encoder.designs.queries import Candidate, NoWeights, Opinion, StringsQuery
from lstmsolve.encoder.strings.systems import solve_strings

OTHER_SEED: Final = 20_231


def z3_opinion(query: StringsQuery) -> Opinion:
    """z3 with another seed, in a process that has asked it nothing before."""
    match solve_strings(replace(query, seed=OTHER_SEED)):
        case NoWeights():
            return Opinion.AGREES
        case Candidate():
            return Opinion.DISAGREES
        case _:
            return Opinion.UNDECIDED
