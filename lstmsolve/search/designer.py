"""Looking for a design: weights together with the refinement map that shows them right.

Classes of designs are tried from small to large. Each query runs in a worker process; of several
open queries the first design wins and the others are killed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain
from typing import Final, TypeAlias

from lstmsolve.encoder import ANSWER, Design, DesignQuery, Logic, MapClass, NoDesign, Undecided
from lstmsolve.model.cells import Activation, State
from lstmsolve.model.certificates import Mode
from lstmsolve.model.errors import LimitReached, OutsideFragment
from lstmsolve.model.problems import Problem
from lstmsolve.model.watch import Part, Watch
from lstmsolve.obligations.quotients import merged
from lstmsolve.obligations.strings import ImpossibilityQuery, NobodyCan, String, Survivor, Unresolved
from lstmsolve.obligations.transitions import TransitionTable, edge_cuts, transition_table
from lstmsolve.workers import Crashed, Finished, Outcome, Race, Worker

FINEST_LEVELS: Final = 6
"""Maps over 0, 1/m, …, 1 are tried for m up to this."""

LARGEST_SETTLED: Final = 2
"""Whether any design exists is asked up to this size: beyond it the solver has too much to guess."""

GRACE: Final = 1.0
"""Seconds that earlier classes have at least, once a later one has its design."""

PATIENCE: Final = 4.0
"""Seconds without an answer after which one more question is asked at the same time."""

CROWD: Final = 2
"""Up to so many questions a place are open at once."""

MANY_MODES: Final = 12
"""Beyond so many modes, how long a search takes hangs on its seed, and several run side by side."""

SEEDS: Final = 2
"""So many."""


@dataclass(frozen=True)
class Found:
    """A design and the modes it was found on."""

    design: Design
    table: TransitionTable
    problem: Problem
    """With the hidden size of the design."""

    def modes(self) -> dict[str, Mode]:
        """The modes of the proof: those of the spec, with the design's map."""
        c, h = self.design.c, self.design.h
        return {
            member.name: Mode(member.name, member.variables, member.where, member.registers, c[name], h[name])
            for name, mode in self.table.modes.items()
            for member in (mode, *self.table.merged.get(name, ()))
        }


@dataclass(frozen=True, slots=True)
class NotFound:
    reason: str


@dataclass(frozen=True)
class Impossible:
    """No design of this size exists: no weights do right on these strings."""

    problem: Problem
    strings: tuple[String, ...]


SearchResult: TypeAlias = Found | Impossible | Survivor | NotFound


@dataclass(frozen=True)
class Class:
    """One class of designs at one hidden size, ready to be asked for."""

    label: str
    problem: Problem
    table: TransitionTable
    query: DesignQuery


@dataclass(frozen=True)
class Existence:
    """Whether there is any design of a size at all."""

    problem: Problem
    query: ImpossibilityQuery

    @property
    def label(self) -> str:
        return f"hidden size {self.problem.choice.hidden}, any weights"


Question: TypeAlias = Class | Existence


def search(
    problem: Problem,
    sizes: Iterable[int],
    watch: Watch,
    jobs: int,
    seed: int,
    existence: str | None,
    logics: Collection[Logic],
) -> SearchResult:
    """A design of the first class, in order, that has one; or strings that rule every design out.

    Classes run `jobs` at a time. A design of a later class waits for the earlier ones for as long
    again as it took to come, so that the answer does not hang on who was faster by a hair.
    `existence` is what a worker runs to settle whether any design of a size exists; None if that is
    not asked. Nothing is asked but classes of these logics.

    Raises:
        InputError: a hidden size does not fit the problem.
    """
    with Race() as race, Worker(ANSWER) as warm:
        questions = _questions(problem, sizes, seed, watch, logics)
        if existence is None:
            questions = (question for question in questions if isinstance(question, Class))
        return _Ladder(questions, existence or "", race, watch, jobs).climb(warm)


class _Ladder:
    """The questions in order, some of them asked and not answered yet."""

    def __init__(self, questions: Iterator[Question], existence: str, race: Race, watch: Watch, jobs: int) -> None:
        self._questions = questions
        self._existence = existence
        self._race = race
        self._watch = watch
        self._jobs = jobs
        self._open: dict[Worker, tuple[int, Question]] = {}
        self._count = 0
        self._best: tuple[int, Found] | None = None
        self._survivor: Survivor | None = None
        self._impossible: dict[int, Impossible] = {}
        self._notes: list[str] = []

    def climb(self, warm: Worker) -> SearchResult:
        began = self._watch.remaining
        watch = self._watch
        try:
            self._start(warm)
            while self._waiting():
                answered = self._race.next(Part(watch, PATIENCE))
                if answered is None:
                    self._watch.check()
                    if watch.remaining <= 0:
                        break
                    if self._best is None:
                        self._crowd()
                    continue
                worker, outcome = answered
                rank, question = self._open.pop(worker)
                found = self._judged(question, outcome)
                if found is not None and (self._best is None or rank < self._best[0]):
                    self._best = rank, found
                    watch = Part(self._watch, began - self._watch.remaining + GRACE)
                if self._best is None:
                    self._start(None)
        except (LimitReached, OutsideFragment) as error:
            self._notes.append(str(error))
        return self._result()

    def _waiting(self) -> bool:
        """Is an answer outstanding that could change the result?"""
        if self._best is None:
            return bool(self._open)
        return any(rank < self._best[0] for rank, question in self._open.values() if isinstance(question, Class))

    def _crowd(self) -> None:
        """Nobody has answered for a while: make room for one more question."""
        following = self._following()
        if following is None:
            return
        open_questions = [question for _, question in self._open.values()]
        if all(_is_heavy(question) and _size(question) == _size(following) for question in open_questions):
            return  # these need whole cores, and time
        if self._race.running >= CROWD * self._jobs:
            oldest, (_, question) = next(iter(self._open.items()))
            self._notes.append(f"{question.label} was not settled")
            self._race.kill(oldest)
            del self._open[oldest]
        self._start(None, places=self._race.running + 1)

    def _following(self) -> Question | None:
        """The next question, which stays the next."""
        question = next(self._questions, None)
        if question is not None:
            self._questions = chain([question], self._questions)
        return question

    def _start(self, warm: Worker | None, places: int = 0) -> None:
        """Fill the free places with the next questions."""
        while self._race.running < max(places, self._jobs):
            question = next(self._questions, None)
            if question is None:
                return
            size = question.problem.choice.hidden
            if size is not None and any(size <= known for known in self._impossible):
                continue
            self._watch.check()
            self._watch.say(f"searching {question.label}")
            match question:
                case Class():
                    worker, warm = warm or Worker(ANSWER), None
                case Existence():
                    worker = Worker(self._existence)
            self._open[self._race.run(worker, question.query)] = (self._count, question)
            self._count += 1

    def _judged(self, question: Question, outcome: Outcome) -> Found | None:
        match outcome, question:
            case Finished(Design() as design), Class(_, problem, table, _):
                return Found(design, table, problem)
            case Finished(NoDesign()), _:
                self._notes.append(f"no design with {question.label}")
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
        for worker, (_, question) in list(self._open.items()):
            if question.problem.choice.hidden is not None and question.problem.choice.hidden <= size:
                self._race.kill(worker)
                del self._open[worker]

    def _result(self) -> SearchResult:
        if self._best is not None:
            return self._best[1]
        if self._survivor is not None:
            return self._survivor
        if self._impossible and not self._open and next(self._questions, None) is None:
            return self._impossible[max(self._impossible)]
        notes = [*self._notes, *(f"{question.label} was not settled in time" for _, question in self._open.values())]
        return NotFound("; ".join(notes) or "there was nothing to search")


def _questions(
    problem: Problem, sizes: Iterable[int], seed: int, watch: Watch, logics: Collection[Logic]
) -> Iterator[Question]:
    """For each hidden size: plain maps, any design at all, counting units, finer modes, maps with levels, any reals."""
    try:
        table = merged(transition_table(problem, watch))
    except OutsideFragment:
        # No modes to search on, but strings do not need any.
        yield from (Existence(p, ImpossibilityQuery(p, seed)) for p in map(problem.with_hidden, sizes))
        raise
    cuts = edge_cuts(table)
    finer = transition_table(problem, watch, cuts) if cuts else None
    later: list[Question] = []
    for sized in map(problem.with_hidden, sizes):
        initial = sized.initial_state(sized.cell().hidden)

        def asked(
            label: str,
            classes: Iterable[MapClass],
            modes: TransitionTable = table,
            seed: int = seed,
            sized: Problem = sized,
            initial: State = initial,
        ) -> Iterator[Class]:
            chosen = tuple(wanted for wanted in classes if wanted.logic in logics)
            if chosen:
                query = DesignQuery(modes, sized.cell(), initial, sized.constraints, chosen, seed)
                yield Class(f"hidden size {sized.cell().hidden}, {label}", sized, modes, query)

        tops = [2**k for k in range(len(table.modes).bit_length())] if table.is_finite else [1]
        thresholds = [MapClass(Logic.SATURATED, whole(top)) for top in tops if is_saturable(sized)]
        levels = [MapClass(Logic.LINEAR, parts(count)) for count in range(1, FINEST_LEVELS + 1)]
        settled = sized.cell().hidden <= max(len(problem.spec.outputs), LARGEST_SETTLED)
        existence = [Existence(sized, ImpossibilityQuery(sized, seed))] if settled else []
        if thresholds and table.is_finite and len(table.modes) > MANY_MODES:
            for other in range(SEEDS):
                yield from asked(f"threshold units, seed {seed + other}", thresholds[:1], seed=seed + other)
            yield from existence
            later += [
                *asked(f"units that count to {tops[-1]}", thresholds[1:]),
                *asked(f"maps in steps of 1 to 1/{FINEST_LEVELS}", levels),
                *asked("maps of any reals", [MapClass(Logic.NONLINEAR)]),
            ]
            continue
        yield from asked("maps of 0, 1, registers and small counts", [*thresholds[:1], *levels[:1], *thresholds[1:]])
        yield from existence
        if finer is not None:
            yield from asked("such maps with the least values told apart", levels[:1], finer)
        yield from asked(f"maps in steps of 1/2 to 1/{FINEST_LEVELS}", levels[1:])
        if table.is_finite:
            yield from asked("maps of any reals", [MapClass(Logic.NONLINEAR)])
    yield from later


def _size(question: Question) -> int:
    return question.problem.cell().hidden


def _is_heavy(question: Question) -> bool:
    """Does it take long, and several seeds?"""
    return isinstance(question, Class) and len(question.table.modes) > MANY_MODES


def parts(count: int) -> tuple[Fraction, ...]:
    """0, 1/count, …, 1."""
    return tuple(Fraction(k, count) for k in range(count + 1))


def whole(top: int) -> tuple[Fraction, ...]:
    """0, 1, …, top."""
    return tuple(Fraction(k) for k in range(top + 1))


def is_saturable(problem: Problem) -> bool:
    """Do cells write 0 or 1 where their gates are saturated?"""
    return problem.cell().candidate is Activation.CRELU
