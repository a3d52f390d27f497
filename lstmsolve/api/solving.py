"""`solve`: weights for a case, with a checked certificate."""

from __future__ import annotations

import os
from collections.abc import Iterable
from itertools import chain
from pathlib import Path
from typing import Final, Literal, TypeAlias, assert_never

from lstmsolve.api.checking import OVERTIME, check
from lstmsolve.api.confirming import confirmed, opinions, query_of, told
from lstmsolve.api.constructing import solve_by_construction
from lstmsolve.api.descending import solve_by_descent
from lstmsolve.api.loading import load_case, require_exact
from lstmsolve.encoder import Logic
from lstmsolve.kernel.base.errors import LimitReached
from lstmsolve.kernel.lstm.cells import Weights, parameters
from lstmsolve.kernel.proofs.certificates import Certificate, Impossibility
from lstmsolve.kernel.spec.problems import Problem
from lstmsolve.model.outcomes import Accepted, Impossible, Solved, SolveOutcome, Unknown
from lstmsolve.model.tolerances import Tolerance
from lstmsolve.model.watch import Part, Watch
from lstmsolve.model.weight_sets import intersection, point_from
from lstmsolve.obligations.stepping.induction import Failure, certify, slimmed
from lstmsolve.obligations.strings.impossibility import Survivor
from lstmsolve.obligations.strings.systems import encoded
from lstmsolve.obligations.tables.transitions import START
from lstmsolve.obligations.weights.refining import MappedTable
from lstmsolve.obligations.weights.regions import map_region, weights_allowed
from lstmsolve.obligations.weights.requirements import Map
from lstmsolve.obligations.weights.tolerance import tolerance
from lstmsolve.search.designs.designer import Found, NotFound, search
from lstmsolve.search.designs.designer import Impossible as Ruled
from lstmsolve.search.polish.polishing import POLISH, PolishQuery
from lstmsolve.search.polish.polishing import Objective as Aim
from lstmsolve.verifier.prover import prove
from lstmsolve.verifier.settle import Unsettled, settle
from lstmsolve.workers import Finished, Overtime, Stopwatch, Worker, call

Objective: TypeAlias = Literal["simplest", "tolerant", "first"]
Engine: TypeAlias = Literal["auto", "linear", "nonlinear", "scipy", "construct"]
"""How to look: every way, maps from a finite list, maps of any reals, weights by descent in floats
(`search.floats.descent`), or no search at all (`search.built.construct`)."""

SOLVE_SECONDS: Final = 60.0
LARGEST_SEARCHED: Final = 8
"""`hidden = "minimal"` looks for designs up to this size."""

EXISTENCE: Final = "lstmsolve.verifier.impossibility:decide"
"""What a worker runs to find out whether any design of a size exists."""

SOLVED: Final = "weights found; the proof for all lengths has been checked"

TOLERANCE_SECONDS: Final = 20.0
"""For the region around a tolerant design."""

SEARCH_SHARE: Final = 0.85
"""Of the time; the rest is for building weights, or for a descent, where the search finds none."""

DESCENT_SECONDS: Final = 15.0
"""What `auto` spends on a descent at the end."""

POLISH_SECONDS: Final = 2.0
"""For each unit."""


def solve(
    case: str | Path | Problem,
    *,
    hidden: int | None = None,
    seconds: float = SOLVE_SECONDS,
    seed: int = 0,
    jobs: int | None = None,
    objective: Objective = "simplest",
    engine: Engine = "auto",
    watch: Watch | None = None,
) -> SolveOutcome:
    """Weights that meet the case at every length, with a checked certificate.

    `hidden` overrides the case's size; `watch` replaces the clock that `seconds` would start.

    Raises:
        InputError: the case is wrong, or its activations have no exact values.
    """
    problem = load_case(case)
    require_exact(problem)
    watch = watch or Stopwatch(seconds)
    size = hidden if hidden is not None else problem.choice.hidden
    sizes = range(problem.least_hidden, LARGEST_SEARCHED + 1) if size is None else [size]
    for wanted in sizes[:1]:
        problem.with_hidden(wanted)
    sized = problem if size is None else problem.with_hidden(size)
    existence: str | None = None
    logics: tuple[Logic, ...] = ()
    patience = watch.remaining
    match engine:
        case "construct":
            return solve_by_construction(sized, watch)
        case "scipy":
            return solve_by_descent(problem, sizes, watch, seed)
        case "auto":
            existence, logics = EXISTENCE, tuple(Logic)
            patience *= SEARCH_SHARE
        case "linear":
            logics = (Logic.AUXILIARY, Logic.SATURATED, Logic.LINEAR)
        case "nonlinear":
            logics = (Logic.NONLINEAR,)
        case _:
            assert_never(engine)
    try:
        with Worker(POLISH) as polisher:
            found = search(problem, sizes, Part(watch, patience), jobs or os.cpu_count() or 1, seed, existence, logics)
            match found:
                case Found():
                    return _solved(found, objective, polisher, watch)
                case Ruled():
                    return impossible(found, watch)
                case Survivor(weights):
                    return _from_survivor(problem, weights, watch)
                case NotFound(reason) if engine == "auto" and watch.remaining > 0:
                    return _otherwise(sized, sizes, f"no design found: {reason}", watch, seed)
                case NotFound(reason):
                    return Unknown(f"no design found: {reason}", None)
    except LimitReached as error:
        return Unknown(f"no design found: {error}", None)


def _solved(found: Found, objective: Objective, polisher: Worker, watch: Watch) -> SolveOutcome:
    """The design polished, proved and checked."""
    candidates = [found.design.weights]
    if objective != "first":
        watch.say("polishing the weights")
        candidates = [*_polished(found, objective, polisher, watch), *candidates]
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
            if isinstance(check(proof, watch=last), Accepted):
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


def _otherwise(problem: Problem, sizes: Iterable[int], reason: str, watch: Watch, seed: int) -> SolveOutcome:
    """What can be had without designs, once the search for them has found nothing."""
    built = solve_by_construction(problem, watch)
    if isinstance(built, Solved):
        return Solved(built.weights, built.certificate, f"{built.reason}; {reason}")
    descended = solve_by_descent(problem, sizes, Part(watch, DESCENT_SECONDS), seed)
    match descended:
        case Solved(weights, proof, how):
            return Solved(weights, proof, f"{how}; {reason}")
        case Unknown(why, length, weights):
            return Unknown(f"{reason}; {built.reason}; {why}", length, weights)


def _tolerance(found: Found, weights: Weights, watch: Watch) -> Tolerance | None:
    """How far the weights may move and still keep the design's map; None if that took too long."""
    watch.say("measuring how far the weights may move")
    kept = MappedTable(found.design.table, found.design.c, found.design.h)
    names = [place.name for place in parameters(weights.cell)]
    try:
        part = Part(watch, TOLERANCE_SECONDS)
        allowed = weights_allowed(found.problem.constraints, weights.cell, part)
        region = intersection([allowed, map_region(kept, found.problem, part).weights])
    except LimitReached:
        return None
    return tolerance(region, point_from(weights), names)


def impossible(found: Ruled, watch: Watch) -> Impossible | Unknown:
    """The claim that no design exists, once solvers have agreed on it a second time."""
    watch.say("asking again whether no weights do right on the strings")
    spec = found.problem.spec
    columns = (tuple(encoded(spec, given) for given in string) for string in found.strings)
    claim = Impossibility(found.problem, tuple(columns))
    answers = opinions(query_of(claim), watch)
    if not confirmed(answers):
        return Unknown(
            f"no weights seem to do right on some strings, but that was not confirmed: {told(answers)}", None
        )
    size = found.problem.choice.hidden
    count = f"{len(claim.strings)} string{'s' if len(claim.strings) > 1 else ''}"
    reason = f"no weights with hidden size {size} do right on {count} ({told(answers)})"
    return Impossible(claim, reason)


def _from_survivor(problem: Problem, weights: Weights, watch: Watch) -> SolveOutcome:
    """Weights that came out of the search for impossibility, settled like any others."""
    settlement = settle(problem.with_hidden(weights.cell.hidden), weights, watch)
    if isinstance(settlement, Certificate) and isinstance(check(settlement, watch=Overtime(watch, OVERTIME)), Accepted):
        return Solved(weights, settlement, SOLVED)
    length = settlement.length if isinstance(settlement, Unsettled) else None
    return Unknown("weights were found that could neither be proved nor refuted", length, weights)


def _polished(found: Found, objective: Objective, polisher: Worker, watch: Watch) -> list[Weights]:
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
        min(POLISH_SECONDS, watch.remaining / 2),
    )
    outcome = call(polisher, query, Part(watch, watch.remaining / 2))
    match outcome:
        case Finished(Weights() as better) if problem.constraints.met_by(better):
            return [better]
        case _:
            return []
