"""A family judged by what is known of the solutions: is it sound, is it complete?"""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import islice
from typing import Final

from lstmsolve.api.passes.exploring import explored, keeps_conditions, map_of, others_than
from lstmsolve.api.passes.rechecking import accepted
from lstmsolve.api.passes.searching.designing import EXISTENCE, sized
from lstmsolve.api.passes.settling import settled
from lstmsolve.encoder import Logic
from lstmsolve.kernel.base.errors import LimitReached
from lstmsolve.kernel.lstm.cells import Weights
from lstmsolve.kernel.spec.problems import Problem, weight_names
from lstmsolve.model.families import FailingMember, Family, FamilyJudged, nobody
from lstmsolve.model.marks import Change
from lstmsolve.model.outcomes import Impossible, Proved, Refuted
from lstmsolve.model.regions import NoOthers, Others, OthersUnknown, Outsiders, RegionFound
from lstmsolve.model.watch import Part, Watch
from lstmsolve.model.weight_sets import NOTHING, WeightSet, complement, contains, point_from, union
from lstmsolve.obligations.weights.nearest import single_changes
from lstmsolve.obligations.weights.outsiders import outside
from lstmsolve.search.designs.designer import Found, search
from lstmsolve.verifier.families import (
    Accept,
    CompletenessAnswer,
    Members,
    Open,
    Proven,
    SoundnessAnswer,
    failing_member,
    is_empty,
    members_of,
    solution_outside,
)
from lstmsolve.workers import Stopwatch

MAX_MORE_MAPS: Final = 3
"""Maps that are looked for among the members, where some keep none of those that are known."""

MAP_SECONDS: Final = 10.0

MEND_SECONDS: Final = 10.0
MOST_CHANGES: Final = 3
"""Changes of wrong weights that are proved before none is told."""

MEND_ONE: Final = "lstmsolve.api.passes.judging:mend_one"
"""What the processes run on a `Mending`."""


@dataclass(frozen=True)
class Known:
    """What is known of the solutions when a family is judged."""

    problem: Problem
    """With one hidden size."""
    weights: WeightSet
    others: Outsiders


def known_solutions(
    problem: Problem, watch: Watch, seed: int = 0, jobs: int | None = None, *, others: bool = True
) -> Known:
    """The region of a problem, in whatever state it was found; `others` asks whether weights elsewhere work too."""
    found_by = explored(*sized(problem, None), watch, seed=seed, jobs=jobs or os.cpu_count() or 1, others=others)
    match found_by:
        case RegionFound(found):
            return Known(found.problem, found.weights, found.others)
        case Impossible(claim, reason):
            return Known(claim.problem, NOTHING, NoOthers((), reason))
        case unknown:
            least = problem.with_hidden(problem.cell().hidden)
            return Known(least, NOTHING, OthersUnknown(unknown.reason))


def judged(stated: Family, known: Known, watch: Watch, seed: int = 0, jobs: int = 0) -> FamilyJudged:
    """The judgement of a family that fits. With `jobs` 0 no solver is asked.

    Raises:
        InputError: the family has no members.
    """
    members = members_with(known.problem, stated, watch)
    soundness, known = _soundness(members, known, Part(watch, watch.remaining / 2), seed, jobs)
    completeness = _completeness(members, known, watch, seed, jobs)
    failing = soundness if isinstance(soundness, FailingMember) else None
    hole = completeness if isinstance(completeness, Weights) else None
    sound = True if isinstance(soundness, Proven) else None if isinstance(soundness, Open) else False
    complete = True if isinstance(completeness, Proven) else None if isinstance(completeness, Open) else False
    return FamilyJudged(stated, sound, complete, failing, hole, _told(soundness, completeness))


def members_with(problem: Problem, stated: Family, watch: Watch) -> Members:
    """The members among the problem's weights.

    Raises:
        InputError: the family does not fit the problem's cell, or has no members.
    """
    stated.fit(problem)
    members = members_of(problem, stated, watch)
    try:
        if is_empty(members, watch):
            raise nobody(stated, problem)
    except LimitReached:
        watch.check()
    return members


def _soundness(members: Members, known: Known, watch: Watch, seed: int, jobs: int) -> tuple[SoundnessAnswer, Known]:
    """The answer, and what more was learnt of the solutions on the way."""
    try:
        for _ in range(MAX_MORE_MAPS):
            answer = failing_member(members, known.weights, _checked(watch), watch)
            if not isinstance(answer, Open) or not jobs:
                return answer, known
            watch.say("looking for a map that other members keep")
            beyond = outside(outside(known.problem, known.weights), complement(members.weights))
            sizes = [known.problem.cell().hidden]
            more = search(beyond, sizes, Part(watch, MAP_SECONDS), jobs, seed, EXISTENCE, tuple(Logic))
            if not isinstance(more, Found) or not keeps_conditions(known.problem, more, watch):
                return answer, known
            extra = map_of(replace(more, problem=known.problem), watch)
            known = replace(known, weights=union([known.weights, extra.weights]))
        return failing_member(members, known.weights, _checked(watch), watch), known
    except LimitReached as error:
        return Open(str(error)), known


def _completeness(members: Members, known: Known, watch: Watch, seed: int, jobs: int) -> CompletenessAnswer:
    try:
        answer = solution_outside(members, known.weights, _checked(watch), watch)
        if not isinstance(answer, Proven):
            return answer
        match known.others:
            case NoOthers():
                return answer
            case Others(weights) if not contains(members.weights, point_from(weights)):
                return weights
        if not jobs:
            return Open("whether other maps lead to other solutions was not asked")
        match others_than(known.problem, members.weights, watch, seed):
            case NoOthers():
                return answer
            case Others(weights):
                return weights
            case OthersUnknown(reason):
                return Open(reason)
    except LimitReached as error:
        return Open(str(error))


def _checked(watch: Watch) -> Accept:
    return lambda proof: accepted(proof, watch)


def _told(soundness: SoundnessAnswer, completeness: CompletenessAnswer) -> str:
    match soundness:
        case Proven():
            first = "every member meets the spec at every length"
        case FailingMember():
            first = "not every member meets the spec"
        case Open(reason):
            first = f"whether every member meets the spec is open: {reason}"
    match completeness:
        case Proven():
            return f"{first}; every solution is a member"
        case Weights():
            return f"{first}; not every solution is a member"
        case Open(reason):
            return f"{first}; whether every solution is a member is open: {reason}"


@dataclass(frozen=True)
class Mending:
    """Wrong weights, and the region in which a single change may bring them."""

    known: Known
    weights: Weights


def mend_one(order: Mending) -> Change | None:
    """The change, within the time for one answer."""
    return nearest_change(order.known, order.weights, Stopwatch(MEND_SECONDS))


def nearest_change(known: Known, weights: Weights, watch: Watch) -> Change | None:
    """The smallest change of a single weight that makes weights right, proved; None where the region has none."""
    problem = known.problem
    if weights.cell != problem.cell():
        return None
    places = weight_names(weights.cell)
    with suppress(LimitReached):
        for name, value in islice(single_changes(known.weights, point_from(weights), watch), MOST_CHANGES):
            place = places[name]
            changed = Weights.of(weights.cell, {**weights.nonzero(), place: value}, weights.initial)
            if problem.constraints.met_by(changed) and isinstance(settled(problem, changed, watch), Proved):
                return Change(place.short_name(weights.cell), value)
    return None


def mended(problem: Problem, refuted: Refuted, watch: Watch) -> Change | None:
    """For wrong weights, the smallest change of a single one that makes them right, proved; None if none was found."""
    try:
        sized = problem.for_weights(refuted.weights)
        known = known_solutions(sized, Part(watch, watch.remaining / 2), others=False)
        return nearest_change(known, refuted.weights, watch)
    except LimitReached:
        return None
