"""Machines with an output layer, their states in order on a line: few units, each of which has one turn on each input.

All gates read one number of the state, its place s = Σ u h on a line. On the input x a unit is

    o · i · g  with  o = height(x),  i = CReLU(s - a(x)),  g = CReLU(b(x) - s),  f = 0:

one height on neighbouring places, anything below it on the place before them and on the one after. So on each input
the states are cut into groups, one a unit, within which all but the first and the last go to the same state, and these
two to none that is further along. Places are powers of two, so that parts of a height are numbers that floats hold.
Start (all units 0) has place 0.

What the layer reads is where a state goes and which unit took it there: it says the replies in one order,
each unit with cuts of its own between them. Which states are where on the line, and the cuts, are annealed
(`search.native.lines`). Of a machine of N states and any number of inputs about N/2 units and fewer do, and the
certificate lists the states that cell and machine reach together.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from itertools import product
from typing import Final, TypeAlias

from lstmsolve.encoder import WRITING, Design, Undecided
from lstmsolve.kernel.base.affine import ONE, ZERO
from lstmsolve.kernel.base.errors import LimitReached, OutsideFragment
from lstmsolve.kernel.lstm.cells import Activation, Gate, Parameter, Vector, Weights
from lstmsolve.kernel.spec.problems import Problem
from lstmsolve.kernel.spec.specs import Decide, Readout
from lstmsolve.obligations.tables.automata import Automaton, Said, automaton_of
from lstmsolve.obligations.tables.transitions import TransitionTable
from lstmsolve.obligations.tables.unfolding import unfolded
from lstmsolve.search.built.columns import are_free, fitted

Columns: TypeAlias = tuple[Vector, ...]
"""Of each input, [D]."""

MOST_STATES: Final = 24
"""Places are up to 2 to the power of these."""

MOST_UNITS: Final = 10
"""Sets of units are gone through."""

QUICK: Final = (3_000, 12_000, 48_000)
"""Rounds of annealing for each size, until one does."""

ROUNDS: Final = 100_000
"""For a smaller size; fewer where there are more sets of units."""

WORK: Final = ROUNDS * 7 * 2**7
"""Rounds times units times sets of units."""


@dataclass(frozen=True)
class LinesQuery:
    """Few units for a machine of finitely many states with an output layer."""

    problem: Problem
    table: TransitionTable
    seed: int
    hidden: int | None
    """So many units, and no end of trying; None: few."""
    fewer: int = 0
    """By so many units than come quickly, where no size is given."""


@dataclass(frozen=True)
class Machine:
    """States and inputs as numbers; -1 where the step is not owed, or its reply is not."""

    moves: tuple[tuple[int, ...], ...]  # [N, K]
    replies: tuple[tuple[int, ...], ...]  # [N, K]
    count: int
    """Of different replies."""


@dataclass(frozen=True)
class Turn:
    """What a unit does on an input: the places it is at, and where they lead. Place 0 is the start."""

    unit: int
    first: int
    targets: tuple[int, ...]

    @property
    def last(self) -> int:
        return self.first + len(self.targets) - 1


def goes_on_a_line(problem: Problem) -> bool:
    """Has the cell the activations, and the spec the readout, that this takes?"""
    choice, readout = problem.choice, problem.spec.readout
    exact = choice.gate is Activation.CRELU and choice.candidate is Activation.CRELU
    begins = choice.initial is None or not any(choice.initial.h)
    if not exact or not begins or readout is None or not readout.layer or problem.spec.always:
        return False
    if readout.decide is Decide.ARGMAX:
        return True
    return problem.spec.width == 1 and readout.accept is not None and readout.reject is not None


def design_on_a_line(query: LinesQuery) -> Design | Undecided:
    """A design with few units, or that none of this kind was found; with a size given, it runs until there is one."""
    try:
        automaton = automaton_of(query.problem.spec)
        machine = _machine(automaton, query.problem.spec.readout)
    except (OutsideFragment, LimitReached) as error:
        return Undecided(str(error))
    if machine is None or not 2 <= len(machine.moves) <= MOST_STATES or not are_free(automaton.inputs):
        return Undecided("states do not go on a line")
    if query.hidden is not None:
        found = None if query.hidden > MOST_UNITS else _tried(query, machine, automaton.inputs, query.hidden, None)
    else:
        found = _few(query, machine, automaton.inputs)
    return Undecided("no line of states was found") if found is None else found


def _few(query: LinesQuery, machine: Machine, columns: Columns) -> Design | None:
    sizes = product(QUICK, range(1, MOST_UNITS + 1))
    quick = (_tried(query, machine, columns, units, min(rounds, _rounds(units))) for rounds, units in sizes)
    found = next((design for design in quick if design is not None), None)
    if found is None or not query.fewer:
        return found
    units = found.weights.cell.hidden - query.fewer
    return _tried(query, machine, columns, units, _rounds(units)) if units > 0 else None


def _rounds(units: int) -> int:
    return min(ROUNDS, WORK // (units << units))


def _tried(query: LinesQuery, machine: Machine, columns: Columns, units: int, rounds: int | None) -> Design | None:
    """A design of this size after so many rounds; without a limit, whenever it comes."""
    import numpy as np

    from lstmsolve.search.native.lines import placed

    arrays = np.array(machine.moves, np.int64), np.array(machine.replies, np.int64)
    seed = query.seed
    while True:
        found = placed(*arrays, machine.count, units, seed, rounds or _rounds(units))
        if not found.wrong:
            line = Line(machine, found.order.tolist(), found.rank.tolist(), found.cuts.tolist())
            weights = line.weights(query.problem.with_hidden(units), columns)
            walked = unfolded(query.table, weights)
            if walked is not None and query.problem.constraints.met_by(weights):
                return Design(weights, walked.c, walked.h, walked.table)
        if rounds is not None:
            return None
        seed += 1


def _machine(automaton: Automaton, readout: Readout | None) -> Machine | None:
    """The automaton with replies as numbers; None where a threshold is asked for something else than 0 and 1."""
    assert readout is not None
    replies: list[list[int]] = []
    for row in automaton.steps:
        said = [(-1 if step is None else _reply(step.said, readout)) for step in row]
        if None in said:
            return None
        replies.append([reply for reply in said if reply is not None])
    moves = tuple(tuple(-1 if step is None else step.target for step in row) for row in automaton.steps)
    width = max(len(step.said) for row in automaton.steps for step in row if step is not None)
    return Machine(moves, tuple(map(tuple, replies)), max(2, width))


def _reply(said: Said, readout: Readout) -> int | None:
    """The output that is to be the greatest, or on which side a single one is; -1 where nothing is owed."""
    if readout.decide is Decide.ARGMAX:
        return said.index(ONE) if ONE in said else -1
    return {None: -1, ZERO: 0, ONE: 1}.get(said[0])


@dataclass(frozen=True)
class Line:
    """Where the states are, and what each unit says where."""

    machine: Machine
    order: Sequence[int]
    rank: Sequence[int]
    """Of each reply."""
    cuts: Sequence[Sequence[int]]
    """Of each unit, ascending: it says the reply of the next rank of states whose number on the line is beyond each."""

    def weights(self, problem: Problem, columns: Sequence[Vector]) -> Weights:
        """The cell and its layer; `columns` are those of each input. Some groups say every reply right."""
        units, scale = len(self.cuts), place(len(self.order))
        values = dict(self._layer(problem.spec.readout, scale))
        for unit, column in product(range(units), repeat=2):
            values[Parameter("u", Gate.INPUT, unit, column)] = scale
            values[Parameter("u", Gate.CANDIDATE, unit, column)] = -scale
        shifts = {(gate, unit): [ZERO] * len(columns) for gate in WRITING for unit in range(units)}
        for number in range(len(columns)):
            for turn in self.turns(number):
                height = place(max(turn.targets))
                first, last = (place(turn.targets[end]) / height for end in (0, -1))
                shifts[Gate.OUTPUT, turn.unit][number] = height / scale
                shifts[Gate.INPUT, turn.unit][number] = first - place(turn.first)
                shifts[Gate.CANDIDATE, turn.unit][number] = last + place(turn.last)
        for (gate, unit), wanted in shifts.items():
            slopes, bias = fitted(columns, wanted)
            values[Parameter("b", gate, unit)] = bias
            values |= {Parameter("w", gate, unit, column): slope for column, slope in enumerate(slopes)}
        return Weights.of(problem.cell(units), values, problem.initial_state(units))

    def turns(self, number: int) -> Sequence[Turn]:
        """What each unit does on an input, so that every reply is right."""
        where = {state: at + 1 for at, state in enumerate(self.order)}
        along = [self.order[0], *self.order]
        targets = [where.get(self.machine.moves[state][number]) for state in along]
        owed = [self.machine.replies[state][number] for state in along]

        @cache
        def cut(first: int, free: frozenset[int]) -> tuple[Turn, ...] | None:
            """Turns of these units from a place on."""
            if first == len(along):
                return ()
            if targets[first] is None and (rest := cut(first + 1, free)) is not None:
                return rest
            for end in range(first + 1, len(along) + 1):
                group = targets[first:end]
                height = max((target for target in group if target is not None), default=1)
                if any(target not in (None, height) for target in group[1:-1]):
                    return None
                for unit in free:
                    if all(self._says(unit, t, owed[first + n]) for n, t in enumerate(group) if t is not None):
                        rest = cut(end, free - {unit})
                        if rest is not None:
                            filled = tuple(height if target is None else target for target in group)
                            return (Turn(unit, first, filled), *rest)
            return None

        found = cut(0, frozenset(range(len(self.cuts))))
        assert found is not None, "the annealing had groups for every input"
        return found

    def _says(self, unit: int, target: int, reply: int) -> bool:
        return reply < 0 or sum(target > cut for cut in self.cuts[unit]) == self.rank[reply]

    def _layer(self, readout: Readout | None, scale: Fraction) -> Iterator[tuple[Parameter, Fraction]]:
        """z of a reply of rank r at the target place y is Σ (y 4 / 2^cut - 3) over r cuts: below -1 or above 1 each."""
        assert readout is not None
        slopes = [[Fraction(4, 2**cut) * scale for cut in cuts] for cuts in self.cuts]
        if readout.decide is Decide.ARGMAX:
            factor = max(ONE, readout.margin or ONE)
            for reply, rank in enumerate(self.rank):
                yield Parameter("d", None, reply), -3 * factor * rank
                for unit, own in enumerate(slopes):
                    yield Parameter("V", None, reply, unit), factor * sum(own[:rank], ZERO)
            return
        assert readout.accept is not None
        assert readout.reject is not None
        high, low = readout.accept.bound, readout.reject.bound
        factor = (abs(high - low) / 2 + 1) * (1 if self.rank[0] == 0 else -1)
        yield Parameter("d", None, 0), (high + low) / 2 - 3 * factor
        for unit, own in enumerate(slopes):
            yield Parameter("V", None, 0, unit), factor * own[0]


def place(number: int) -> Fraction:
    """Where the state with this number on the line is; 0 is the start."""
    return Fraction(2 ** (number - 1)) if number else ZERO
