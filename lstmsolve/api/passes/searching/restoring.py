"""`solve` for sigmoid and tanh cells: units that restore, few or one for each state, of nearly the least gain."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, log
from typing import Final

from lstmsolve.api.passes.smooth import refused_by, require_readout
from lstmsolve.encoder import NoDesign, Restoring, RestoringQuery
from lstmsolve.kernel.base.affine import Affine
from lstmsolve.kernel.base.errors import InputError, LimitReached, OutsideFragment
from lstmsolve.kernel.language.expressions import ANY
from lstmsolve.kernel.lstm.cells import State
from lstmsolve.kernel.spec.problems import Problem
from lstmsolve.kernel.spec.specs import Decide
from lstmsolve.model.outcomes import Solved, Unknown
from lstmsolve.model.watch import Part, Watch
from lstmsolve.search.designs.restoring import RESTORING
from lstmsolve.smooth.built.coded import Coded
from lstmsolve.smooth.built.designing import SHOWN, Automaton, Design, Impracticable, automaton_of, designed
from lstmsolve.smooth.built.gains import Built, build, owed_by
from lstmsolve.smooth.nets import Table
from lstmsolve.workers import Crew, Finished, call

MOST_STATES: Final = 40
"""Codes are looked for up to so many states."""
LARGEST_CODED: Final = 8
EFFORT: Final = 10_000_000
"""z3's limit (`rlimit`) for one question."""
SHARE: Final = 0.6
"""Of the time, for looking for codes."""


@dataclass(frozen=True)
class _Asked:
    """What is to be built, and with what."""

    problem: Problem
    table: Table
    crew: Crew
    seed: int
    watch: Watch


def solve_smooth(problem: Problem, crew: Crew, seed: int, watch: Watch) -> Solved | Unknown:
    """Weights of as few units as a search finds, or those built from the automaton; of nearly the least gain proved.

    Raises:
        InputError: no readout, inputs that are not listed, or outputs that no threshold stands for.
    """
    _require_outputs(problem)
    if problem.choice.initial not in (None, State.zero(problem.choice.hidden or 0)):
        return Unknown("weights are built for cells that start at zero", None)
    try:
        return _built(_Asked(problem, owed_by(problem), crew, seed, watch))
    except OutsideFragment as outside:
        raise InputError.single("output", str(outside), source=problem.name) from None
    except LimitReached as limit:
        return Unknown(f"nothing was built: {limit}", None)


def _built(asked: _Asked) -> Solved | Unknown:
    """Codes of few units first; where there are none, the construction."""
    problem, readout = asked.problem, asked.problem.spec.readout
    assert readout is not None
    design = designed(asked.table, readout, problem.choice.hidden)
    notes: list[str] = []
    if asked.table.closed:
        found = _coded(asked, design, notes)
        if found is not None:
            return _solved(found, "their codes were found by a search")
    if isinstance(design, Design):
        built = build(problem, design, refused_by(asked.watch), asked.watch)
        if isinstance(built, Built):
            return _solved(built, "built from the automaton")
        design = built
    return Unknown("; ".join([f"nothing was built from the automaton: {design.reason}", *notes]), None)


def _coded(asked: _Asked, design: Design | Impracticable, notes: list[str]) -> Built | None:
    """Fewer units than the construction takes, or as many as the case asks for where it takes more."""
    problem, wanted = asked.problem, asked.problem.choice.hidden
    automaton = automaton_of(asked.table)
    if len(automaton.next) > MOST_STATES or (wanted is not None and isinstance(design, Design)):
        return None
    most = min(LARGEST_CODED, wanted or LARGEST_CODED)
    if isinstance(design, Design):
        most = min(most, design.hidden - 1)
    # Each unit shows one of three levels; the start may share its code with no other state.
    least = max(problem.least_hidden, ceil(log(max(2, len(automaton.next) - 1), 3) - 1e-9))
    part = Part(asked.watch, asked.watch.remaining * SHARE)
    for hidden in range(least, most + 1):
        asked.watch.say(f"looking for codes of {hidden} units")
        query = _query(asked, automaton, hidden)
        outcome = call(asked.crew.hire(RESTORING), query, part)
        match outcome:
            case Finished(Restoring(weights=weights)):
                outputs = problem.spec.width if problem.spec.has_layer else None
                coded = Coded(weights, problem.spec.columns, wanted or hidden, outputs)
                built = build(problem, coded, refused_by(asked.watch), asked.watch)
                if isinstance(built, Built):
                    return built
                notes.append(f"codes of {hidden} units were found, but {built.reason}")
            case Finished(NoDesign()):
                notes.append(f"{hidden} units that are written afresh at each step do not do")
            case _:
                notes.append(f"whether {hidden} units do was not settled")
    return None


def _query(asked: _Asked, automaton: Automaton, hidden: int) -> RestoringQuery:
    spec = asked.problem.spec
    owed = tuple(
        tuple(spec.demands([ANY if value is None else Affine((), value) for value in said])) for said in automaton.said
    )
    shown = None if spec.has_layer else SHOWN
    return RestoringQuery(automaton.next, asked.table.columns, owed, hidden, shown, asked.seed, EFFORT)


def _solved(found: Built, how: str) -> Solved:
    hidden = found.weights.cell.hidden
    return Solved(
        found.weights,
        found.certificate,
        f"weights of {hidden} unit{'s' if hidden > 1 else ''}, each written afresh at each step ({how}), with gain "
        f"{float(found.gain):g}, nearly the least that boxes prove; every step keeps {len(found.certificate.boxes)} "
        "boxes, in real arithmetic; the proof has been checked",
    )


def _require_outputs(problem: Problem) -> None:
    """Weights are built for outputs that are told apart, from zeros."""
    if problem.spec.always:
        message = "sigmoid and tanh weights are built for outputs, not for conditions of [property]; leave them out"
        raise InputError.single("property.always", message, source=problem.name)
    require_readout(problem)
    readout = problem.spec.readout
    if readout is None or readout.decide is Decide.VALUE or problem.choice.free:
        message = 'sigmoid and tanh weights are built for decide = "threshold" or "argmax", from zeros'
        raise InputError.single("readout.decide", message, source=problem.name)
