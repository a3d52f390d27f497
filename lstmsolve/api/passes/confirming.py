"""Claims of impossibility, asked again: z3 afresh with another seed, and cvc5 where it is installed."""

from __future__ import annotations

from collections.abc import Iterable
from importlib.util import find_spec
from typing import Final

from lstmsolve.encoder.designs.queries import Opinion, StringsQuery
from lstmsolve.kernel.proofs.certificates import Impossibility
from lstmsolve.kernel.spec.problems import Problem
from lstmsolve.model.outcomes import Impossible, Unknown
from lstmsolve.model.watch import Watch
from lstmsolve.obligations.strings.systems import String, encoded, plain
from lstmsolve.workers import Finished, Race, Worker, call

_Z3: Final = "lstmsolve.encoder.strings.second_opinion:z3_opinion"
_CVC5: Final = "lstmsolve.encoder.strings.other_solver:cvc5_opinion"
_SMTLIB: Final = "lstmsolve.encoder.strings.systems:strings_smtlib"


def solvers() -> dict[str, str]:
    """The solvers that are asked again, and what a worker runs for each."""
    return {"z3": _Z3} | ({"cvc5": _CVC5} if find_spec("cvc5") is not None else {})


def opinions(query: StringsQuery, watch: Watch) -> dict[str, Opinion]:
    """What each solver says of the claim that no weights do right on some strings, by its name."""
    found = dict.fromkeys(solvers(), Opinion.UNDECIDED)
    with Race() as race:
        names = {race.run(Worker(function), query): name for name, function in solvers().items()}
        while race.running and (answered := race.next(watch)) is not None:
            worker, outcome = answered
            if isinstance(outcome, Finished) and isinstance(outcome.value, Opinion):
                found[names[worker]] = outcome.value
    return found


def confirmed(found: dict[str, Opinion]) -> bool:
    """z3 agreed a second time, and nobody disagreed."""
    return found["z3"] is Opinion.AGREES and Opinion.DISAGREES not in found.values()


def told(found: dict[str, Opinion]) -> str:
    return ", ".join(f"{name} {opinion.value}" for name, opinion in found.items())


def smtlib(claim: Impossibility, watch: Watch) -> str | None:
    """The claim as SMT-LIB 2, for any solver; None if it could not be written in time."""
    with Worker(_SMTLIB) as worker:
        outcome = call(worker, query_of(claim), watch)
    return outcome.value if isinstance(outcome, Finished) and isinstance(outcome.value, str) else None


def query_of(claim: Impossibility) -> StringsQuery:
    problem = claim.problem
    cell = problem.cell()
    strings = tuple(plain(map(problem.spec.decode, string)) for string in claim.strings)
    initial, choice = problem.initial_state(cell.hidden), problem.choice
    free = (choice.free_c, choice.free_h)
    return StringsQuery(problem.spec, strings, cell, initial, problem.constraints, 0, *free)


def impossible(problem: Problem, strings: Iterable[String], watch: Watch) -> Impossible | Unknown:
    """The claim that no design exists, once solvers have agreed on it a second time."""
    watch.say("asking again whether no weights do right on the strings")
    columns = (tuple(encoded(problem.spec, given) for given in string) for string in strings)
    claim = Impossibility(problem, tuple(columns))
    answers = opinions(query_of(claim), watch)
    if not confirmed(answers):
        return Unknown(
            f"no weights seem to do right on some strings, but that was not confirmed: {told(answers)}", None
        )
    size = problem.choice.hidden
    count = f"{len(claim.strings)} string{'s' if len(claim.strings) > 1 else ''}"
    reason = f"no weights with hidden size {size} do right on {count} ({told(answers)})"
    return Impossible(claim, reason)
