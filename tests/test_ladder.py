"""The ladder of classes, climbed by processes that answer as they are told, on a clock that runs fast."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field

from lstmsolve.api.loading.cases import load_case
from lstmsolve.encoder import Design, DesignQuery, Logic, MapClass
from lstmsolve.encoder.designs.answer import answer
from lstmsolve.kernel.base.errors import LimitReached
from lstmsolve.model.watch import UNWATCHED
from lstmsolve.obligations.tables.quotients import merged
from lstmsolve.obligations.tables.transitions import transition_table
from lstmsolve.search.designs.designer import Found, search
from lstmsolve.search.designs.sizes import whole
from lstmsolve.workers import Crashed, Finished, Hand, Outcome

PROBLEM = load_case("parity")
SIZES = range(1, 9)
LOGICS = (Logic.SATURATED, Logic.LINEAR)
AT_FIRST = 1.5
FASTER = 20


class Fast:
    """Sixty seconds, of which all but the first are over sooner."""

    def __init__(self) -> None:
        self._began = time.monotonic()

    @property
    def remaining(self) -> float:
        elapsed = time.monotonic() - self._began
        return 60.0 - min(elapsed, AT_FIRST) - FASTER * max(0.0, elapsed - AT_FIRST)

    def check(self) -> None:
        if self.remaining <= 0:
            raise LimitReached("over")

    def say(self, message: str) -> None: ...


def design(hidden: int) -> Design:
    sized = PROBLEM.with_hidden(hidden)
    table = merged(transition_table(sized, UNWATCHED))
    query = DesignQuery(
        table, sized.cell(), sized.initial_state(hidden), sized.constraints, (MapClass(Logic.SATURATED, whole(1)),)
    )
    found = answer(query)
    assert isinstance(found, Design)
    return found


DESIGNS = {hidden: design(hidden) for hidden in (2, 3, 4)}


@dataclass
class Told:
    """Finds the designs of these sizes at once and no others ever; `slow`: also of one with little effort, last."""

    finds: frozenset[int]
    slow: bool = False
    jobs: int = 2
    is_far: bool = False
    going: list[Hand] = field(default_factory=list)

    def hire(self, function: str) -> Hand:
        return _Hand(self, function)


class _Hand:
    def __init__(self, crew: Told, function: str) -> None:
        self.function = function
        self._crew = crew
        self._killed = threading.Event()
        self._hidden, self._is_limited = 0, False

    @property
    def alive(self) -> bool:
        return not self._killed.is_set()

    def give(self, argument: object) -> None:
        assert isinstance(argument, DesignQuery)
        self._hidden, self._is_limited = argument.cell.hidden, argument.effort is not None
        self._crew.going.append(self)

    def read(self) -> Outcome:
        if self._hidden in self._crew.finds:
            return Finished(DESIGNS[self._hidden])
        while not self._killed.wait(0.01):
            if self._crew.slow and self._is_limited and self._crew.going == [self]:
                return Finished(DESIGNS[self._hidden])
        return Crashed("killed")

    def kill(self) -> None:
        self._killed.set()
        if self in self._crew.going:
            self._crew.going.remove(self)

    def __enter__(self) -> Hand:
        return self

    def __exit__(self, *error: object) -> None:
        self.kill()


def units(crew: Told) -> int:
    found = search(PROBLEM, SIZES, Fast(), crew, 0, None, LOGICS)  # type: ignore[arg-type]
    assert isinstance(found, Found)
    return found.problem.cell().hidden


def test_a_larger_size_is_found_where_smaller_ones_never_end() -> None:
    assert units(Told(frozenset({4}))) == 4


def test_what_was_found_gives_way_to_fewer_units() -> None:
    assert units(Told(frozenset({3, 4}))) == 3


def test_a_size_that_is_being_tried_comes_to_its_end() -> None:
    assert units(Told(frozenset({4}), slow=True)) < 4
