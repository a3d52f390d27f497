"""The same question to cvc5, another solver by other people. Importing this module imports cvc5."""

from __future__ import annotations

import cvc5

from lstmsolve.encoder.designs.queries import Opinion, StringsQuery
from lstmsolve.encoder.strings.systems import strings_smtlib


def cvc5_opinion(query: StringsQuery) -> Opinion:
    """cvc5 on the exported SMT-LIB text."""
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
