"""Classes of designs in a race of processes; what is found is polished, proved and checked."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import chain
from typing import Final, Literal, TypeAlias

from lstmsolve.api.passes.confirming import impossible
from lstmsolve.api.passes.rechecking import OVERTIME, accepted, recheck
from lstmsolve.arithmetic.judging import Judge, NotExact
from lstmsolve.encoder import Logic
from lstmsolve.kernel.base.affine import ONE
from lstmsolve.kernel.base.errors import InputError, LimitReached
from lstmsolve.kernel.lstm.cells import Weights, parameters
from lstmsolve.kernel.proofs.certificates import Certificate
from lstmsolve.kernel.spec.problems import Problem
from lstmsolve.model.floats import FLOAT_FORMATS, dyadic_quantum
from lstmsolve.model.outcomes import Accepted, Solved, SolveOutcome, Unknown
from lstmsolve.model.tolerances import Tolerance
from lstmsolve.model.watch import Part, Watch
from lstmsolve.model.weight_sets import closed_around, intersection, point_from
from lstmsolve.obligations.stepping.induction import Failure, certify, slimmed
from lstmsolve.obligations.strings.impossibility import Survivor
from lstmsolve.obligations.tables.transitions import START
from lstmsolve.obligations.weights.refining import MappedTable
from lstmsolve.obligations.weights.regions import map_region, weights_allowed
from lstmsolve.obligations.weights.requirements import Map
from lstmsolve.obligations.weights.tolerance import tolerance
from lstmsolve.search.designs.designer import Found, NotFound, search
from lstmsolve.search.designs.designer import Impossible as Ruled
from lstmsolve.search.designs.sizes import DYADIC_GRAIN
from lstmsolve.search.polish.polishing import POLISH, PolishQuery
from lstmsolve.search.polish.polishing import Objective as Aim
from lstmsolve.verifier.prover import prove
from lstmsolve.verifier.settle import Unsettled, settle
from lstmsolve.workers import Crew, Finished, Overtime, Worker, call

Objective: TypeAlias = Literal["simplest", "tolerant", "first"]

Polished: TypeAlias = Objective | Literal["dyadic"]

LARGEST_SEARCHED: Final = 8
"""`hidden = "minimal"` looks for designs up to this size."""

EXISTENCE: Final = "lstmsolve.verifier.impossibility:decide"
"""What a worker runs to find out whether any design of a size exists."""

SOLVED: Final = "weights found; the proof for all lengths has been checked"

NOT_HELD: Final = "no weights of this size were found that are exact in all float formats"

TOLERANCE_SECONDS: Final = 20.0
"""For the region around a tolerant design."""

POLISH_ROUNDS: Final = 1_000
"""For each unit."""

DYADIC_ROUNDS: Final = 5_000

DYADIC_EFFORT: Final = 20_000_000
"""z3's limit (`rlimit`) for weights that floats hold, where the simplest are none."""


@dataclass(frozen=True)
class Wanted:
    """Which designs to look for, and which of those that are found."""

    problem: Problem
    sizes: tuple[int, ...]
    logics: tuple[Logic, ...]
    existence: bool
    """Is it asked beside the search whether any weights of a size exist?"""
    objective: Objective
    seed: int
    crew: Crew


def sized(problem: Problem, hidden: int | None) -> tuple[Problem, tuple[int, ...]]:
    """The problem and the hidden sizes to try: `hidden`, else the case's own, else all up to a limit that fit.

    Conditions on weights may name some that cells of other sizes do not have: `b_f` is that of a single unit.

    Raises:
        InputError: no size fits.
    """
    size = hidden if hidden is not None else problem.choice.hidden
    every = range(problem.least_hidden, LARGEST_SEARCHED + 1)
    sizes = (size,) if size is not None else tuple(one for one in every if _fits(problem, one))
    if len(sizes) == 1:
        return problem.with_hidden(*sizes), sizes
    for least in every[:1] if not sizes else ():
        problem.with_hidden(least)
    return problem, sizes


def _fits(problem: Problem, size: int) -> bool:
    try:
        problem.with_hidden(size)
    except InputError:
        return False
    return True


def solve_by_design(wanted: Wanted, patience: float, watch: Watch) -> SolveOutcome:
    """A design of one of the classes, polished and proved; or the proof that there is none of these sizes.

    The search may take `patience` seconds; what it finds is polished and proved in the time of `watch`.
    """
    existence = EXISTENCE if wanted.existence else None
    try:
        part = Part(watch, patience)
        found = search(wanted.problem, wanted.sizes, part, wanted.crew, wanted.seed, existence, wanted.logics)
        match found:
            case Found():
                outcome = _solved(found, wanted.objective, watch)
                if wanted.objective == "simplest" and isinstance(outcome, Solved):
                    return _held_by_floats(wanted, found, outcome, watch)
                return outcome
            case Ruled(problem, strings):
                return impossible(problem, strings, watch)
            case Survivor(weights):
                return _from_survivor(wanted.problem, weights, watch)
            case NotFound(reason):
                return Unknown(f"no design found: {reason}", None)
    except LimitReached as error:
        return Unknown(f"no design found: {error}", None)


def _held_by_floats(wanted: Wanted, found: Found, solved: Solved, watch: Watch) -> Solved:
    """Weights of the same size that are exact in more float formats, where there are thirds and the like."""
    if _is_dyadic(solved.weights) or Logic.LINEAR not in wanted.logics:
        return solved
    watch.say("looking for weights that floats hold")
    part, size = Part(watch, watch.remaining / 2), (found.problem.cell().hidden,)
    try:
        exact = _exact_formats(solved, part)
        if exact == len(FLOAT_FORMATS):
            return solved
        logics = (Logic.LINEAR,)
        other = search(wanted.problem, size, part, wanted.crew, wanted.seed, None, logics, DYADIC_GRAIN, DYADIC_EFFORT)
        if isinstance(other, Found):
            outcome = _solved(other, "dyadic", part)
            if isinstance(outcome, Solved) and _exact_formats(outcome, part) > exact:
                return outcome
    except LimitReached:
        pass  # what was found first is right all the same
    return replace(solved, reason=f"{solved.reason}; {NOT_HELD}")


def _is_dyadic(weights: Weights) -> bool:
    return dyadic_quantum([ONE, *weights.nonzero().values()]) is not None


def _exact_formats(solved: Solved, watch: Watch) -> int:
    """In how many float formats the criterion holds, up to some horizon at least."""
    if not isinstance(solved.certificate, Certificate):
        return 0
    judge = Judge.of(solved.certificate, watch)
    return sum(not isinstance(judge.horizons(kind), NotExact) for kind in FLOAT_FORMATS.values())


def _solved(found: Found, objective: Polished, watch: Watch) -> SolveOutcome:
    """The design polished, proved and checked."""
    candidates = [found.design.weights]
    if objective != "first":
        watch.say("polishing the weights")
        candidates = [*_polished(found, objective, watch), *candidates]
    watch.say("proving the design")
    last = Overtime(watch, OVERTIME)
    proofs = chain(
        ((weights, _certified(found, weights, last)) for weights in candidates),
        ((weights, prove(found.problem, weights, last)) for weights in candidates),
    )
    try:
        for weights, certificate in proofs:
            if not isinstance(certificate, Certificate):
                continue
            proof = slimmed(certificate, last)
            if isinstance(recheck(proof, last), Accepted):
                box = _tolerance(found, weights, watch) if objective == "tolerant" else None
                return Solved(weights, proof, SOLVED, box)
    except LimitReached as error:
        return Unknown(f"a design was found, but not proved: {error}", None, found.design.weights)
    return Unknown("a design was found, but its proof was not accepted", None, found.design.weights)


def _certified(found: Found, weights: Weights, watch: Watch) -> Certificate | Failure | None:
    """The proof by the design's map; in sinks gates may be anything, which can make for too many cases."""
    try:
        return certify(found.problem, weights, found.modes(), START, {}, watch)
    except LimitReached:
        return None


def _tolerance(found: Found, weights: Weights, watch: Watch) -> Tolerance | None:
    """How far the weights may move and still keep the design's map; None if that took too long."""
    if found.problem.spec.always:
        return None
    watch.say("measuring how far the weights may move")
    kept = MappedTable(found.design.table, found.design.c, found.design.h)
    names = [place.name for place in parameters(weights.cell)]
    try:
        part = Part(watch, TOLERANCE_SECONDS)
        allowed = weights_allowed(found.problem.constraints, weights.cell, part)
        region = intersection([allowed, map_region(kept, found.problem, part).weights])
    except LimitReached:
        return None
    point = point_from(weights)
    return tolerance(closed_around(region, point), point, names)


def _from_survivor(problem: Problem, weights: Weights, watch: Watch) -> SolveOutcome:
    """Weights that came out of the search for impossibility, settled like any others."""
    settlement = settle(problem.with_hidden(weights.cell.hidden), weights, watch)
    if isinstance(settlement, Certificate) and accepted(settlement, watch):
        return Solved(weights, settlement, SOLVED)
    length = settlement.length if isinstance(settlement, Unsettled) else None
    return Unknown("weights were found that could neither be proved nor refuted", length, weights)


def _polished(found: Found, objective: Polished, watch: Watch) -> list[Weights]:
    """The design's weights made simpler, if that worked out in time."""
    design, problem = found.design, found.problem
    cell = problem.cell()
    initial = design.weights.initial
    query = PolishQuery(
        design.table,
        cell,
        initial,
        Map.of(design.c, design.h, initial),
        design.weights,
        problem.constraints,
        Aim(objective),
        DYADIC_ROUNDS if objective == "dyadic" else POLISH_ROUNDS,
    )
    with Worker(POLISH) as worker:
        outcome = call(worker, query, Part(watch, watch.remaining / 2))
    match outcome:
        case Finished(Weights() as better) if problem.constraints.met_by(better):
            return [better]
        case _:
            return []
