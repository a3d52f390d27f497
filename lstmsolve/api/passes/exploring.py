"""All weights that keep the maps that are found for a problem, and whether any others work."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Final, TypeAlias

from lstmsolve.api.passes.confirming import confirmed, impossible, opinions, solvers, told
from lstmsolve.api.passes.rechecking import accepted
from lstmsolve.api.passes.searching.designing import EXISTENCE
from lstmsolve.encoder import Logic
from lstmsolve.encoder.designs.queries import StringsQuery
from lstmsolve.kernel.base.errors import LimitReached
from lstmsolve.kernel.lstm.cells import Weights
from lstmsolve.kernel.proofs.certificates import Certificate
from lstmsolve.kernel.proofs.statements import describe_state
from lstmsolve.kernel.spec.problems import Problem
from lstmsolve.model.outcomes import Impossible, Unknown
from lstmsolve.model.regions import MapRegion, NoOthers, Others, OthersUnknown, Outsiders, Region, RegionFound
from lstmsolve.model.watch import Part, Watch
from lstmsolve.model.weight_sets import Polyhedron, WeightSet, intersection, weights_at
from lstmsolve.obligations.strings.impossibility import Survivor
from lstmsolve.obligations.strings.systems import written
from lstmsolve.obligations.weights.outsiders import MaybeOutside, NobodyOutside, NotSettled, OutsidersQuery, outside
from lstmsolve.obligations.weights.points import is_within, point_of
from lstmsolve.obligations.weights.refining import MappedTable
from lstmsolve.obligations.weights.regions import integers_of, map_region, weights_allowed
from lstmsolve.obligations.weights.simplify import pieces
from lstmsolve.search.designs.designer import Found, NotFound, search
from lstmsolve.search.designs.designer import Impossible as Ruled
from lstmsolve.verifier.settle import settle
from lstmsolve.workers import Finished, Worker, call, prepare

EXACT_MAPS: Final = tuple(logic for logic in Logic if logic is not Logic.AUXILIARY)
"""Maps that say what every cell holds, and not only at least what."""

MAX_MAPS: Final = 3
"""Maps that are looked for; there may be endlessly many."""

MAP_SECONDS: Final = 5.0
"""For another map, while there may be weights outside the region that work."""

MAX_PIECES: Final = 200
PIECES_SECONDS: Final = 5.0
"""The union of polyhedra is listed if there are no more, and it takes no longer."""

LOOK_OUTSIDE: Final = "lstmsolve.verifier.outsiders:look_outside"
"""What a worker runs on an `OutsidersQuery`."""

RegionOutcome: TypeAlias = RegionFound | Impossible | Unknown


def explored(
    problem: Problem, sizes: Sequence[int], watch: Watch, *, seed: int, jobs: int, others: bool = True
) -> RegionOutcome:
    """All weights that keep the maps found, and whether others exist (unless `others` is false)."""
    try:
        answer = search(problem, sizes, watch, jobs, seed, EXISTENCE, EXACT_MAPS)
    except LimitReached as error:
        return Unknown(f"no design found: {error}", None)
    match answer:
        case Found() as found:
            try:
                if not keeps_conditions(problem, found, watch):
                    reason = "weights were found that keep the outputs; that they keep [property] is not proved"
                    return Unknown(reason, None, found.design.weights)
                started = replace(found, problem=found.problem.started_at(found.design.weights.initial))
                first = Region(started.problem, (map_of(started, watch),), _demands(started.problem, watch))
                described = _described(_with_others(first, watch, jobs, seed) if others else first, watch)
                if not found.problem.choice.free:
                    return described
                start = describe_state(found.design.weights.initial)
                return replace(described, reason=f"with the start that was found, {start}: {described.reason}")
            except LimitReached as error:
                reason = f"weights were found, but not the region around them: {error}"
                return Unknown(reason, None, found.design.weights)
        case Ruled(ruled, strings):
            return impossible(ruled, strings, watch)
        case Survivor(weights):
            reason = "weights seem to work, but no map was found that all weights around them keep"
            return Unknown(reason, None, weights)
        case NotFound(reason):
            return Unknown(f"no design found: {reason}", None)


def keeps_conditions(problem: Problem, found: Found, watch: Watch) -> bool:
    """Does the map keep [property]? If some weights with this map do, all do: it says what every c and h is.

    Of a layer the region says what z may be, so one of its points is asked.
    """
    if not problem.spec.always:
        return True
    weights = found.design.weights
    sized = found.problem.started_at(weights.initial)
    if any(part == "z" for part, _ in problem.places) and problem.spec.has_layer:
        region = intersection([map_of(replace(found, problem=sized), watch).weights, _demands(sized, watch)])
        point = point_of(region, integers_of(sized.constraints, sized.cell()), watch)
        if point is None:
            return False
        weights = weights_at(point, sized)
    settlement = settle(sized, weights, Part(watch, watch.remaining / 2))
    return isinstance(settlement, Certificate) and accepted(settlement, watch)


def _demands(problem: Problem, watch: Watch) -> WeightSet:
    return weights_allowed(problem.constraints, problem.cell(), watch)


def _with_others(found: Region, watch: Watch, jobs: int, seed: int) -> Region:
    """The region with more maps, for as long as weights outside of it may work."""
    problem = found.problem
    while True:
        others = others_than(problem, found.weights, watch, seed)
        found = replace(found, others=others)
        if isinstance(others, NoOthers) or len(found.maps) == MAX_MAPS:
            return found
        watch.say("looking for another map")
        sizes = [problem.cell().hidden]
        more = search(
            outside(problem, found.weights), sizes, Part(watch, MAP_SECONDS), jobs, seed, EXISTENCE, EXACT_MAPS
        )
        if not isinstance(more, Found) or not keeps_conditions(problem, more, watch):
            return found
        try:
            extra = map_of(replace(more, problem=problem), watch)
            if is_within(extra.weights, found.weights, (), watch):
                return found  # the same map again, kept by gates that are in between two at a time
            found = replace(found, maps=(*found.maps, extra))
        except LimitReached:
            return found


def map_of(found: Found, watch: Watch) -> MapRegion:
    """All weights that keep the map of a design."""
    return map_region(MappedTable(found.design.table, found.design.c, found.design.h), found.problem, watch)


def others_than(problem: Problem, weights: WeightSet, watch: Watch, seed: int = 0) -> Outsiders:
    """Do weights outside this set meet the problem? It has one hidden size."""
    watch.say("looking for weights elsewhere")
    beyond = outside(problem, weights)
    query = OutsidersQuery(beyond, max(0.0, watch.remaining / 2), seed)
    with Worker(LOOK_OUTSIDE) as worker:
        prepare(*solvers().values())  # which will be asked again, if the answer is no
        outcome = call(worker, query, watch)
    match outcome:
        case Finished(NobodyOutside(strings)):
            cell = problem.cell()
            initial = problem.initial_state(cell.hidden)
            asked = StringsQuery(problem.spec, strings, cell, initial, beyond.constraints, seed)
            watch.say("asking again whether no weights elsewhere do right on the strings")
            answers = opinions(asked, watch)
            if confirmed(answers):
                return NoOthers(tuple(map(written, strings)), told(answers))
            return OthersUnknown(f"no other weights seem to work, but that was not confirmed: {told(answers)}")
        case Finished(MaybeOutside(other)):
            return _proved(problem, other, watch)
        case Finished(NotSettled(reason)):
            return OthersUnknown(reason)
        case _:
            return OthersUnknown("the search for others ended without an answer")


def _proved(problem: Problem, other: Weights, watch: Watch) -> Outsiders:
    settlement = settle(problem, other, Part(watch, watch.remaining / 2))
    if isinstance(settlement, Certificate) and accepted(settlement, watch):
        return Others(other)
    return OthersUnknown("there are weights elsewhere that could neither be proved nor refuted")


def _described(found: Region, watch: Watch) -> RegionFound:
    count = len(found.maps)
    maps = "the map that was found" if count == 1 else f"one of the {count} maps that were found"
    match found.others:
        case NoOthers(strings, solvers):
            number = f"{len(strings)} string{'s' if len(strings) > 1 else ''}"
            end = f"these are all weights that work: none elsewhere does right on {number} ({solvers})"
        case Others():
            end = "other weights work too"
        case OthersUnknown(reason):
            end = f"whether other weights work is open: {reason}"
    listed: tuple[Polyhedron, ...] | None = None
    with suppress(LimitReached):
        listed = tuple(pieces(found.weights, MAX_PIECES, Part(watch, PIECES_SECONDS)))
    return RegionFound(found, listed, f"all weights that keep {maps}, each gate in one phase on each step; {end}")
