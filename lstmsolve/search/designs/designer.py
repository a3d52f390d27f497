"""Looking for a design: weights together with the refinement map that shows them right.

Classes of designs are tried from small to large. Each query runs in a worker process; of several
open queries the first design wins and the others are killed.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Final, TypeAlias

from lstmsolve.encoder import ANSWER, Design, Logic, NoDesign, Undecided
from lstmsolve.kernel.base.errors import LimitReached, OutsideFragment
from lstmsolve.kernel.proofs.certificates import Mode
from lstmsolve.kernel.spec.problems import Problem
from lstmsolve.model.watch import Part, Watch
from lstmsolve.obligations.strings.impossibility import NobodyCan, Survivor, Unresolved
from lstmsolve.obligations.strings.systems import String
from lstmsolve.obligations.tables.ghosts import without_ghosts
from lstmsolve.search.designs.asking import all_questions
from lstmsolve.search.designs.early import Early
from lstmsolve.search.designs.questions import (
    SEEDS,
    Class,
    Existence,
    Question,
    TooFew,
    is_early,
    is_for_all_sizes,
    is_heavy,
    is_threshold,
    size_of,
)
from lstmsolve.search.designs.sizes import ANY_GRAIN, Grain
from lstmsolve.workers import Crashed, Crew, Finished, Hand, Outcome, Race, local
from lstmsolve.workers.ahead import Ahead

GRACE: Final = 1.0
"""Seconds that earlier classes have at least, once a later one has its design."""

PATIENCE: Final = 4.0
"""Seconds without an answer after which one more question is asked at the same time."""

HEAD_START: Final = 0.2
"""Seconds for the first question alone: where it is answered at once, others would only have cost a process each."""

SPARE_SHARE: Final = 0.5
"""Of the time that is left, for smaller designs where there is one that gives way to all others."""

CROWD: Final = 2
"""Up to so many questions a place are open at once."""

EARLY_FROM: Final = 1.0
"""Seconds without a design after which larger sizes are tried as well."""

TURN_SHARE: Final = 1 / 8
"""Of the time that is left, for one size tried early before the next one is tried beside it; `PATIENCE` at least."""

EARLY: Final = sys.maxsize
"""The rank of what is asked before its turn: its design gives way to all others."""


@dataclass(frozen=True)
class Found:
    """A design."""

    design: Design
    problem: Problem
    """With the hidden size of the design."""

    def modes(self) -> dict[str, Mode]:
        """The modes of the proof: those of the spec, with the design's map."""
        c, h, table = self.design.c, self.design.h, self.design.table
        modes = [
            Mode(member.name, member.variables, member.where, member.registers, c[name], h[name])
            for name, mode in table.modes.items()
            for member in (*(() if name in table.sinks else (mode,)), *table.merged.get(name, ()))
        ]
        return {mode.name: without_ghosts(mode, table.ghosts) for mode in modes}


@dataclass(frozen=True, slots=True)
class NotFound:
    reason: str


@dataclass(frozen=True)
class Impossible:
    """No design of this size exists: no weights do right on these strings."""

    problem: Problem
    strings: tuple[String, ...]


SearchResult: TypeAlias = Found | Impossible | Survivor | NotFound


def search(
    problem: Problem,
    sizes: Iterable[int],
    watch: Watch,
    crew: Crew | int,
    seed: int,
    existence: str | None,
    logics: Collection[Logic],
    grain: Grain = ANY_GRAIN,
    effort: int | None = None,
) -> SearchResult:
    """A design of the first class, in order, that has one; or strings that rule every design out.

    As many are asked at a time as the crew has jobs; a number stands for processes of this machine. A design of a
    later class waits for the earlier ones for as long again as it took to come, so that the answer does not hang on
    who was faster by a hair.
    `existence` is what a worker runs to settle whether any design of a size exists; None if that is
    not asked. Nothing is asked but classes of these logics. Weights and levels are as fine as the grain says.
    With a limit on the solver's effort every class ends by itself, and a design waits for all earlier classes: the
    answer is the same on a busy machine and a quiet one, with one job and with several.

    Raises:
        InputError: a hidden size does not fit the problem.
    """
    crew = local(crew) if isinstance(crew, int) else crew
    asked = list(sizes)
    for size in asked[:1]:
        problem.with_hidden(size)  # whose complaint is for the caller

    def questions(beside: Watch) -> Iterator[Question]:
        found = all_questions(problem, asked, seed, beside, logics, grain, effort)
        return found if existence is not None else (question for question in found if isinstance(question, Class))

    with Race() as race, crew.hire(ANSWER) as warm, Ahead(questions, watch) as ahead:
        return _Ladder(ahead, existence or "", race, watch, crew, waits=effort is not None).climb(warm)


class _Ladder:
    """The questions in order, some of them asked and not answered yet."""

    def __init__(
        self, questions: Ahead[Question], existence: str, race: Race, watch: Watch, crew: Crew, *, waits: bool
    ) -> None:
        self._questions = questions
        self._existence = existence
        self._race = race
        self._watch = watch
        self._crew = crew
        self._waits = waits
        """Does a design wait for all earlier classes, however long they take?"""
        self._jobs = crew.jobs
        self._open: dict[Hand, tuple[int, Question]] = {}
        self._count = 0
        self._early = Early()
        self._found_early: dict[Hand, Found] = {}
        self._best: tuple[int, Found] | None = None
        self._spare: Found | None = None
        """A design that gives way to any other."""
        self._survivor: Survivor | None = None
        self._impossible: dict[int, Impossible] = {}
        self._refuted: set[int] = set()
        """Sizes at which threshold units do not do."""
        self._notes: list[str] = []
        self._began = watch.remaining
        self._first: float | None = None
        """When there was a first question."""
        self._until = watch
        self._is_ending = False

    def climb(self, warm: Hand | None) -> SearchResult:
        last = self._watch.remaining
        try:
            while self._waiting():
                if self._is_climbing:
                    warm = self._start(warm, self._places)
                    self._try_early()
                answered = self._race.next(Part(self._until, self._patience))
                if answered is None:
                    self._watch.check()
                    if self._until.remaining <= 0 and not self._last_chance():
                        break
                    if self._is_climbing and last - self._watch.remaining >= PATIENCE and not self._waits:
                        last = self._watch.remaining
                        self._crowd()
                    continue
                last = self._watch.remaining
                worker, outcome = answered
                rank, question = self._open.pop(worker)
                found = self._judged(question, outcome)
                early = self._early.answered(worker, outcome)
                if found is not None:
                    if early:
                        self._found_early[worker] = found
                    self._take(rank, question, found, gives_way=rank == EARLY or is_for_all_sizes(question))
                elif early and rank != EARLY and self._is_climbing and self._early.gave_up(question):
                    self._ask(self._crew.hire(question.function), question, rank)  # without a limit, in its turn
        except (LimitReached, OutsideFragment) as error:
            self._notes.append(str(error))
        if self._questions.reason is not None:
            self._notes.append(self._questions.reason)
        return self._result()

    @property
    def _is_climbing(self) -> bool:
        return self._best is None and not self._is_ending

    def _take(self, rank: int, question: Question, found: Found, *, gives_way: bool) -> None:
        if gives_way:
            if self._spare is None or _units(found) < _units(self._spare):
                self._spare = found
            self._drop(self._is_too_large)
            self._until = Part(self._watch, SPARE_SHARE * self._watch.remaining)
        elif self._best is None or rank < self._best[0]:
            self._best = rank, found
            # Another search for the same may take for ever, and would find nothing better.
            again = 0.0 if is_threshold(question) else self._began - self._watch.remaining
            whole = self._watch if self._spare is None else self._until
            self._until = whole if self._waits else Part(whole, again + GRACE)

    @property
    def _places(self) -> int:
        """How many questions are open in their turn."""
        alone = self._first is None or self._first - self._watch.remaining < HEAD_START
        return 1 if alone and not self._notes else self._jobs

    @property
    def _patience(self) -> float:
        """Seconds to wait for an answer: few where a question is waited for as well."""
        if self._best is not None or self._in_turn >= self._jobs or self._questions.finished:
            return EARLY_FROM if self._early.is_waiting else PATIENCE
        return HEAD_START / 4 if self._open else HEAD_START / 20

    def _waiting(self) -> bool:
        """Is an answer outstanding that could change the result?"""
        if self._is_ending:
            return bool(self._open)
        if self._best is None:
            return bool(self._open) or self._following() is not None or not self._questions.finished
        return any(rank < self._best[0] for rank, question in self._open.values() if isinstance(question, Class))

    def _last_chance(self) -> bool:
        """Time is up for fewer units; but a size that was tried early, with little effort, may still end."""
        known = self._spare if self._best is None else self._best[1]
        going = {hand for hand in self._early.ending if known and size_of(self._open[hand][1]) < _units(known)}
        if self._is_ending or not going:
            return False
        self._is_ending = True
        for hand in set(self._open) - going:
            self._forget(hand)
        self._until = self._watch
        return True

    def _following(self) -> Question | None:
        """The question whose turn is next; those that may be asked early are laid by."""
        while (question := self._questions.peek()) is not None and is_early(question):
            self._questions.take()
            self._early.lay_by(question)
        return question

    def _try_early(self) -> None:
        """A size out of its turn, where the smaller ones take long."""
        now = self._watch.remaining
        if self._first is None or self._first - now < EARLY_FROM:
            return
        least = max(self._impossible, default=0) + 1
        most = None if self._spare is None else _units(self._spare) - 1
        question = self._early.next(least, most, now, max(PATIENCE, TURN_SHARE * now))
        if question is not None and self._has_room():
            self._early.asked(question, self._ask(self._crew.hire(question.function), question, EARLY), now)

    def _crowd(self) -> None:
        """Nobody has answered for a while: make room for one more question."""
        following = self._following()
        if following is None:
            return
        going = [question for _, question in self._open.values() if not is_for_all_sizes(question)]
        heavy = [is_heavy(question) and size_of(question) == size_of(following) for question in going]
        if all(heavy) and len(heavy) >= SEEDS:
            return  # these need whole cores, and time
        if self._has_room():
            self._start(None, self._in_turn + 1)

    @property
    def _in_turn(self) -> int:
        return len(self._open) - len(self._early.open)

    def _has_room(self) -> bool:
        """Is there room for one more question, if need be in the place of the oldest?"""
        if self._race.running < (self._jobs + 1 if self._early.open else CROWD * self._jobs):
            return True
        # What is one question for all sizes ends by itself.
        hands = ((hand, one) for hand, (_, one) in self._open.items() if not is_for_all_sizes(one))
        oldest, question = next(((hand, one) for hand, one in hands if hand is not self._early.latest), (None, None))
        if oldest is None or question is None:
            return False
        self._notes.append(f"{question.label} was not settled")
        self._forget(oldest)
        return True

    def _start(self, warm: Hand | None, places: int) -> Hand | None:
        """Fill so many places with the questions that are ready; the warm worker, if it is still there."""
        while self._in_turn < places:
            question = self._following()
            if question is None:
                return warm
            self._questions.take()
            size = question.problem.choice.hidden
            if size is not None and any(size <= known for known in self._impossible):
                continue
            if is_threshold(question) and size_of(question) in self._refuted:
                continue
            if self._is_too_large(question):
                continue
            if isinstance(question, TooFew):
                self._notes.append(f"no design with {question.label}")
                continue
            self._count += 1
            asked = self._early.in_turn(question) if isinstance(question, Class) else None
            if asked is not None and asked in self._found_early:
                self._take(self._count, question, self._found_early[asked], gives_way=False)
                return warm
            if asked is not None:
                if asked in self._open:
                    self._open[asked] = self._count, question
                continue
            self._watch.check()
            match question:
                case Class(function=function) if warm is not None and function == warm.function:
                    worker, warm = warm, None
                case Class(function=function):
                    worker = self._crew.hire(function)
                case Existence():
                    worker = self._crew.hire(self._existence)
            self._ask(worker, question, self._count)
            self._first = self._watch.remaining if self._first is None else self._first
        return warm

    def _ask(self, worker: Hand, question: Class | Existence, rank: int) -> Hand:
        self._watch.say(f"searching {question.label}")
        hand = self._race.run(worker, question.query)
        self._open[hand] = (rank, question)
        return hand

    def _judged(self, question: Question, outcome: Outcome) -> Found | None:
        match outcome, question:
            case Finished(Design() as design), Class():
                return Found(design, question.sized(design))
            case Finished(NoDesign()), _:
                self._notes.append(f"no design with {question.label}")
                if is_threshold(question):
                    self._refuted.add(size_of(question))
                    self._drop(lambda other: is_threshold(other) and size_of(other) == size_of(question))
            case Finished(NobodyCan(strings)), _:
                self._rule_out(Impossible(question.problem, strings))
            case Finished(Survivor() as survivor), _:
                self._survivor = self._survivor or survivor
            case ((Finished(Undecided(reason)) | Finished(Unresolved(reason)) | Crashed(reason)), _):
                self._notes.append(f"{question.label}: {reason}")
            case _:
                self._notes.append(f"{question.label}: no answer")
        return None

    def _rule_out(self, impossible: Impossible) -> None:
        """No design of this size: stop looking for any that is not larger."""
        size = impossible.problem.choice.hidden
        assert size is not None
        self._impossible[size] = impossible
        self._notes.append(f"no design with hidden size {size} exists")
        self._drop(lambda other: size_of(other) <= size)

    def _is_too_large(self, question: Question) -> bool:
        """Is there a design of fewer units? What is one question for all sizes may have yet fewer."""
        return self._spare is not None and not is_for_all_sizes(question) and size_of(question) > _units(self._spare)

    def _drop(self, is_settled: Callable[[Question], bool]) -> None:
        """Kill those whose answer is known."""
        for worker, (_, question) in list(self._open.items()):
            if is_settled(question):
                self._forget(worker)

    def _forget(self, worker: Hand) -> None:
        self._race.kill(worker)
        del self._open[worker]
        self._early.killed(worker)

    def _result(self) -> SearchResult:
        if self._best is not None:
            return self._best[1]
        if self._spare is not None:
            return self._spare
        if self._survivor is not None:
            return self._survivor
        if self._impossible and not self._open and self._questions.finished and self._questions.reason is None:
            return self._impossible[max(self._impossible)]
        notes = [*self._notes, *(f"{question.label} was not settled in time" for _, question in self._open.values())]
        return NotFound("; ".join(notes) or "there was nothing to search")


def _units(found: Found) -> int:
    return found.problem.cell().hidden
