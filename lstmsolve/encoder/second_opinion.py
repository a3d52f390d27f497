"""Asking again, and asking somebody else: unsatisfiability that a claim hangs on is cross-checked."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from lstmsolve.encoder.limits import limits_smtlib, solve_limits
from lstmsolve.encoder.queries import Candidate, LimitQuery, NoWeights, Opinion, StringsAnswer, StringsQuery
from lstmsolve.encoder.strings import solve_strings, strings_smtlib

OTHER_SEED: Final = 20_231


def smtlib(query: StringsQuery | LimitQuery) -> str:
    """The query as SMT-LIB 2, for any solver."""
    return limits_smtlib(query) if isinstance(query, LimitQuery) else strings_smtlib(query)


def _solved(query: StringsQuery | LimitQuery) -> StringsAnswer:
    """z3's answer, from another seed."""
    if isinstance(query, LimitQuery):
        return solve_limits(replace(query, seed=OTHER_SEED))
    return solve_strings(replace(query, seed=OTHER_SEED))


def z3_opinion(query: StringsQuery | LimitQuery) -> Opinion:
    """z3 in a fresh process, with another seed."""
    match _solved(query):
        case NoWeights():
            return Opinion.AGREES
        case Candidate():
            return Opinion.DISAGREES
        case _:
            return Opinion.UNDECIDED


def cvc5_opinion(query: StringsQuery | LimitQuery) -> Opinion:
    """cvc5 on the exported SMT-LIB text. Raises ImportError where the extra is not installed."""
    import cvc5

    solver = cvc5.Solver()
    parser = cvc5.InputParser(solver)
    parser.setStringInput(cvc5.InputLanguage.SMT_LIB_2_6, smtlib(query), "query")
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
