"""`solve`: weights for a case, with a checked certificate."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final, Literal, TypeAlias, assert_never

from lstmsolve.api.loading.cases import is_smooth, load_case, require_exact
from lstmsolve.api.loading.weights import WeightsLike, load_weights
from lstmsolve.api.passes.bounding import ruled_out, ruled_out_by_signs
from lstmsolve.api.passes.explaining import ONE_UNIT, attempts, unsolved
from lstmsolve.api.passes.searching.constructing import solve_by_construction
from lstmsolve.api.passes.searching.descending import solve_by_descent
from lstmsolve.api.passes.searching.designing import Objective, Wanted, sized, solve_by_design
from lstmsolve.encoder import Logic
from lstmsolve.kernel.base.errors import InputError
from lstmsolve.kernel.spec.problems import Problem
from lstmsolve.model.outcomes import Impossible, Solved, SolveOutcome, Unknown
from lstmsolve.model.watch import Part, Watch
from lstmsolve.workers import Crew, Stopwatch, local

Engine: TypeAlias = Literal["auto", "linear", "nonlinear", "scipy", "construct"]
"""How to look: every way, maps from a finite list, maps of any reals, weights by descent in floats
(`search.floats.descent`), or no search at all (`search.built.construct`)."""

Pass: TypeAlias = Callable[[Wanted, Watch], SolveOutcome]

SOLVE_SECONDS: Final = 60.0

BUILD_SHARE: Final = 0.1
"""Of the time in `auto`: for building weights and proving them, before the search for designs."""

LARGEST_IMPROVED: Final = 256
"""Where more units than this were built, a search for a few that do the same is hopeless."""

IMPROVING_SHARE: Final = 0.5
"""Of the time in `auto`: for the search where weights have been built."""

SEARCH_SHARE: Final = 0.85
"""Of the time in `auto`: for the search where no weights could be built; the rest is for a descent."""

DESCENT_SECONDS: Final = 15.0
"""What `auto` spends on a descent at the end."""


def solve(
    case: str | Path | Problem,
    *,
    hidden: int | None = None,
    seconds: float = SOLVE_SECONDS,
    seed: int = 0,
    jobs: int | None = None,
    objective: Objective = "simplest",
    engine: Engine = "auto",
    start: WeightsLike | None = None,
    watch: Watch | None = None,
    crew: Crew | None = None,
) -> SolveOutcome:
    """Weights that meet the case at every length, with a checked certificate.

    `hidden` overrides the case's size; `start` are weights of a sigmoid and tanh cell, which are moved until they
    are proved; `watch` replaces the clock that `seconds` would start, `crew` the processes of this machine.

    Raises:
        InputError: the case is wrong, or its activations have no exact values.
    """
    problem = load_case(case)
    watch = watch or Stopwatch(seconds)
    if start is not None:
        return _repaired(problem if hidden is None else problem.with_hidden(hidden), start, engine, watch, seed)
    if is_smooth(problem):
        if engine not in ("auto", "construct"):
            message = "sigmoid and tanh weights are found in one way only: leave the engine out"
            raise InputError.single("engine", message, engine)
        from lstmsolve.api.passes.searching.restoring import solve_smooth  # numpy takes its time

        problem = problem if hidden is None else problem.with_hidden(hidden)
        return solve_smooth(problem, crew or local(jobs), seed, watch)
    require_exact(problem)
    problem, sizes = sized(problem, hidden)
    beyond = ruled_out(problem, watch)
    if beyond is not None:
        return beyond
    wanted = Wanted(problem, sizes, (), False, objective, seed, crew or local(jobs))
    log: list[str] = []
    for solve_by in _passes(engine):
        outcome = solve_by(wanted, watch)
        log += attempts(outcome)
        match outcome:
            case Solved():
                return replace(outcome, log=tuple(log))
            case Impossible():
                return outcome
            case Unknown(weights=weights):
                if weights is not None or watch.remaining <= 0:
                    break
    assert isinstance(outcome, Unknown)
    return replace(outcome, reason=unsolved(problem, outcome, log, engine), log=tuple(log))


def _repaired(problem: Problem, start: WeightsLike, engine: Engine, watch: Watch, seed: int) -> Solved | Unknown:
    if not is_smooth(problem):
        message = (
            "weights are repaired where gates are sigmoids, and candidate and output tanh; for other cells "
            "`verify --nearest` finds one weight whose change would do, and `solve` without --from finds weights anew"
        )
        raise InputError.single("from", message, source=problem.name)
    if engine != "auto":
        raise InputError.single("engine", "weights are repaired in one way only: leave the engine out", engine)
    from lstmsolve.api.passes.searching.repairing import repair_smooth  # numpy takes its time

    given = load_weights(start, problem)
    return repair_smooth(problem.for_weights(given), given, watch, seed)


def _passes(engine: Engine) -> Iterator[Pass]:
    """The passes of an engine, in order: the first that finds weights, or finds that there are none, ends it."""
    match engine:
        case "auto":
            yield _built_or_designed
            yield lambda wanted, watch: _descended(wanted, Part(watch, DESCENT_SECONDS))
        case "linear":
            logics = (Logic.AUXILIARY, Logic.SATURATED, Logic.LINEAR)
            yield lambda wanted, watch: _designed(wanted, logics, 1.0, watch)
        case "nonlinear":
            yield lambda wanted, watch: _designed(wanted, (Logic.NONLINEAR,), 1.0, watch)
        case "scipy":
            yield _descended
        case "construct":
            yield _built
        case _:
            assert_never(engine)


def _built_or_designed(wanted: Wanted, watch: Watch) -> SolveOutcome:
    """Weights that are built at once, or a design that is no larger, if the search finds one."""
    patience, began = BUILD_SHARE * watch.remaining, watch.remaining
    built = solve_by_construction(wanted.problem, watch, patience)
    if not isinstance(built, Solved):
        return _designed_or_built(wanted, built, watch, cut_off=began - watch.remaining >= patience)
    size = built.weights.cell.hidden
    sizes = tuple(wanted_size for wanted_size in wanted.sizes if wanted_size <= size)
    if size > LARGEST_IMPROVED or not sizes:
        return built
    watch.say(f"weights with {size} units are built and proved; looking for simpler ones")
    asked = replace(wanted, sizes=sizes)
    designed = _designed(asked, tuple(Logic), IMPROVING_SHARE, watch, existence=True)
    # What is asked for all sizes at once, such as states on a line, may take more units than were built.
    if isinstance(designed, Solved) and designed.weights.cell.hidden <= size:
        return designed
    return replace(built, log=(built.reason, *attempts(designed)))


def _designed_or_built(wanted: Wanted, built: SolveOutcome, watch: Watch, *, cut_off: bool) -> SolveOutcome:
    """A design, where none was built; if there is none either, building that was `cut_off` gets what time is left."""
    # Where one unit is what the building failed for, it pays to ask first whether any unit could.
    first = ONE_UNIT in built.reason
    unsayable = ruled_out_by_signs(wanted.problem, watch, thorough=first)
    if unsayable is not None:
        return unsayable
    unproved = cut_off and isinstance(built, Unknown) and built.weights is not None
    share = IMPROVING_SHARE if unproved else SEARCH_SHARE
    designed = _designed(wanted, tuple(Logic), share, watch, existence=True)
    if not isinstance(designed, Unknown):
        return designed
    unsayable = None if first or unproved else ruled_out_by_signs(wanted.problem, watch)
    if unsayable is not None:
        return unsayable
    again = solve_by_construction(wanted.problem, watch) if cut_off else built
    log = (*attempts(built), *attempts(designed))
    return replace(again, log=log) if isinstance(again, Solved) else replace(designed, log=log)


def _designed(
    wanted: Wanted, logics: tuple[Logic, ...], share: float, watch: Watch, *, existence: bool = False
) -> SolveOutcome:
    asked = replace(wanted, logics=logics, existence=existence)
    return solve_by_design(asked, share * watch.remaining, watch)


def _built(wanted: Wanted, watch: Watch) -> SolveOutcome:
    return solve_by_construction(wanted.problem, watch)


def _descended(wanted: Wanted, watch: Watch) -> SolveOutcome:
    return solve_by_descent(wanted.problem, wanted.sizes, watch, wanted.seed)
