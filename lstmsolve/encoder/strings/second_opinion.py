"""Asking again, and asking somebody else: unsatisfiability that a claim hangs on is cross-checked."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from lstmsolve.encoder.designs.queries import Candidate, NoWeights, Opinion, StringsQuery
from lstmsolve.encoder.strings.systems import solve_strings, strings_smtlib

OTHER_SEED: Final = 20_231


def z3_opinion(query: StringsQuery) -> Opinion:
    """z3 in a fresh process, with another seed."""
    match solve_strings(replace(query, seed=OTHER_SEED)):
        case NoWeights():
            return Opinion.AGREES
        case Candidate():
            return Opinion.DISAGREES
        case _:
            return Opinion.UNDECIDED


def cvc5_opinion(query: StringsQuery) -> Opinion:
    """cvc5 on the exported SMT-LIB text. Raises ImportError where the extra is not installed."""
    import cvc5

    solver = cvc5.Solver()
    parser = cvc5.InputParser(solver)
    parser.setStringInput(cvc5.InputLanguage.SMT_LIB_2_6, strings_smtlib(query), "query")
    symbols = parser.getSymbolManager()
    answer = ""
    while not (command := parser.nextCommand()).isNull():
        answer += command.invoke(solver, symbols)
    match answer.strip():
        case "unsat":
            return Opinion.AGREES
        case "sat":
            return Opinion.DISAGREES
        case _:
            return Opinion.UNDECIDED
