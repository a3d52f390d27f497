"""Impossible at any size: by bounds, where one short string owes more than any cell can say; by signs, where one unit
cannot say an output on some strings, whatever the others do."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice, product
from typing import Final

from lstmsolve.checker.beyond import check_beyond
from lstmsolve.checker.signs import check_signs
from lstmsolve.encoder import TELLING, SignsQuery
from lstmsolve.kernel.base.affine import ONE
from lstmsolve.kernel.base.errors import LimitReached, OutsideFragment, RejectedProof
from lstmsolve.kernel.base.numbers import show_number
from lstmsolve.kernel.lstm.cells import Activation
from lstmsolve.kernel.proofs.bounds import Range, value
from lstmsolve.kernel.proofs.certificates import Impossibility
from lstmsolve.kernel.proofs.signs import has_signs, owed_signs
from lstmsolve.kernel.proofs.statements import impossibility_statement
from lstmsolve.kernel.spec.problems import Problem
from lstmsolve.kernel.spec.specs import Demand, Relation
from lstmsolve.model.outcomes import Accepted, CheckOutcome, Impossible, Rejected
from lstmsolve.model.watch import Part, Watch
from lstmsolve.obligations.strings.beyond import beyond_reach
from lstmsolve.obligations.strings.signs import MOST_CONFLICTS, refuted_by_signs
from lstmsolve.obligations.strings.words import Owed, owed_words
from lstmsolve.workers import Finished, Worker, call

BOUNDS_SECONDS: Final = 1.0

SIGNS_SECONDS: Final = 5.0

HINT_SECONDS: Final = 30.0
"""For a solver that says on which of many strings signs tell, and for the proof on these."""

MOST_HINTED: Final = 3_000
"""Conflicts on strings that a solver named."""


def ruled_out(problem: Problem, watch: Watch) -> Impossible | None:
    """The claim that no weights meet the problem's spec, by one string; None where bounds do not tell."""
    watch.say("comparing what is owed with what any cell can say")
    try:
        string = beyond_reach(problem, Part(watch, BOUNDS_SECONDS))
        if string is None:
            return None
        claim = Impossibility(problem, (string,), by_bounds=True)
        demand = check_beyond(claim)
    except (LimitReached, OutsideFragment, RejectedProof):
        return None
    return Impossible(claim, _told(claim, demand))


def ruled_out_by_signs(problem: Problem, watch: Watch, *, thorough: bool = True) -> Impossible | None:
    """The claim that one unit alone cannot say an output; None where signs do not tell.

    Unless `thorough`, only strings of one step are looked at, which takes no time.
    """
    if not has_signs(problem):
        return None
    watch.say("asking whether one unit alone can say an output")
    part = Part(watch, min(SIGNS_SECONDS, watch.remaining / 4))
    sets = list(islice(owed_words(problem), None if thorough else 1))
    for owed, unit in product(sets, range(problem.spec.width)):
        if part.remaining <= 0:
            break
        found = _refuted(problem, unit, owed, MOST_CONFLICTS, part)
        if found is not None:
            return found
    if not thorough:
        return None
    part = Part(watch, min(HINT_SECONDS, watch.remaining / 2))
    every = {word: outputs for owed in sets for word, outputs in owed.items()}
    for unit in range(problem.spec.width):
        if part.remaining <= 0:
            break
        few = _telling(problem, unit, every, part)
        found = None if few is None else _refuted(problem, unit, few, MOST_HINTED, part)
        if found is not None:
            return found
    return None


def _refuted(problem: Problem, unit: int, owed: Owed, most: int, watch: Watch) -> Impossible | None:
    """The claim, where signs tell on these strings and the proof is accepted."""
    try:
        found = refuted_by_signs(problem, unit, owed, watch, most)
        if found is None:
            return None
        claim = Impossibility(problem, found.strings, signs=found.proof)
        check_signs(claim)
    except (LimitReached, OutsideFragment, RejectedProof):
        return None
    return Impossible(claim, _unsayable(claim, unit))


def _telling(problem: Problem, unit: int, owed: Owed, watch: Watch) -> Owed | None:
    """Few of the strings on which signs tell, from a solver."""
    words = list(owed)
    if not words:
        return None
    due = tuple((word, owed_signs(problem.spec.demands(owed[word]), unit)) for word in words)
    watch.say("looking for few strings that one unit alone cannot say")
    with Worker(TELLING) as worker:
        match call(worker, SignsQuery(problem.choice, unit, due), watch):
            case Finished(tuple() as numbers):
                return {words[number]: owed[words[number]] for number in numbers}
            case _:
                return None


def _unsayable(claim: Impossibility, unit: int) -> str:
    """One sentence, and one piece of advice."""
    size = "at any hidden size" if claim.any_size else "whatever the other weights"
    count = "1 string" if len(claim.strings) == 1 else f"{len(claim.strings)} strings"
    late = (
        ""
        if claim.problem.spec.readout is not None and claim.problem.spec.readout.late
        else ", or a step late (late = 1)"
    )
    return (
        f"no weights do right, {size}: unit {unit} alone cannot say h[{unit}] at once, as the signs of its gates show "
        f"on {count}; what lets a cell say more: an output layer ([readout] layer = true){late}"
    )


def recheck_signs(claim: Impossibility) -> CheckOutcome:
    """The claim checked with fractions alone."""
    try:
        check_signs(claim)
    except (RejectedProof, OutsideFragment) as error:
        return Rejected(str(error))
    except RecursionError:
        return Rejected("its tree is nested too deeply")
    return Accepted(claim, f"{impossibility_statement(claim)}\n({SIGNS_TOLD})")


SIGNS_TOLD: Final = "one unit alone cannot say an output on these strings, as the signs of its gates show"


def recheck_bounds(claim: Impossibility) -> CheckOutcome:
    """The claim checked with fractions alone."""
    try:
        demand = check_beyond(claim)
    except (RejectedProof, OutsideFragment) as error:
        return Rejected(str(error))
    return Accepted(claim, f"{impossibility_statement(claim)}\n({_owed(claim, demand)})")


def _told(claim: Impossibility, demand: Demand) -> str:
    """One sentence, and one piece of advice."""
    size = "at any hidden size" if claim.any_size else "whatever the other weights"
    advice = ", or ".join(_advice(claim.problem))
    return f"no weights do right, {size}: {_owed(claim, demand)}" + (f"; what would do: {advice}" if advice else "")


def _owed(claim: Impossibility, demand: Demand) -> str:
    (string,) = claim.strings
    reach = value(claim.problem, demand, len(string))
    z = "z" if claim.problem.spec.has_layer else "h"
    terms = " - ".join(f"{z}[{output}]" for output, _ in sorted(demand.terms, key=lambda term: -term[1]))
    bound, relation, span = demand.bound.constant, demand.relation, reach
    if len(demand.terms) == 1 and demand.terms[0][1] < 0:
        bound, span = -bound, reach.times(-ONE)
        sign = "<" if relation is Relation.ABOVE else "<="
    else:
        sign = {Relation.EQUAL: "=", Relation.AT_LEAST: ">=", Relation.ABOVE: ">"}[relation]
    steps = "1 step" if len(string) == 1 else f"{len(string)} steps"
    inputs = ", ".join(":".join(map(show_number, x)) for x in string[:8]) + (", …" if len(string) > 8 else "")
    return (
        f"after {steps} ({inputs}) the case owes {terms} {sign} {show_number(bound)}, and {terms} {_within(span)} there"
    )


def _within(reach: Range) -> str:
    low, high = (None if edge is None else show_number(edge) for edge in (reach.low, reach.high))
    if low is not None and high is not None:
        return f"is {low}" if low == high else f"lies between {low} and {high}"
    return f"is at most {high}" if low is None else f"is at least {low}"


def _advice(problem: Problem) -> Iterator[str]:
    """What lets a cell say more."""
    if not problem.spec.has_layer:
        yield "an output layer ([readout] layer = true)"
    if problem.choice.candidate is not Activation.IDENTITY and problem.choice.output is Activation.IDENTITY:
        yield 'candidate = "identity"'
    if problem.spec.replies is None:
        yield "outputs scaled into this range"
