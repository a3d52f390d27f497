"""Weights for any finite-state behaviour, built rather than searched for.

Each state of the minimal automaton has a unit (sometimes a few) that is 1 while the automaton is in
that state; in the initial state all are 0. With f = 0, the other gates of a unit read from h[n-1]
which state the automaton was in, and from x[n] whether the input leads to their own (`staircases`).
Units 0, 1, … say the outputs in the same way, some by keeping what they said (`keeping`), or an output layer reads
them of the units (`speaking`), or of how high these are (`heights`). Where none of that is known to do, a solver may be
asked for the gates of this one unit.
So N states take about N units and no search: the upper bound that a search improves on.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final, TypeAlias

from lstmsolve.encoder import Saying, SayingQuery
from lstmsolve.kernel.base.affine import ONE, ZERO
from lstmsolve.kernel.base.errors import OutsideFragment
from lstmsolve.kernel.lstm.cells import MAX_HIDDEN, Activation, Gate, Parameter, Weights
from lstmsolve.kernel.spec.problems import Problem
from lstmsolve.kernel.spec.specs import Spec
from lstmsolve.model.watch import UNWATCHED, Watch
from lstmsolve.obligations.tables.automata import Automaton, Step, automaton_of
from lstmsolve.search.built.heights import SLOTS, by_height
from lstmsolve.search.built.keeping import keeping_factors
from lstmsolve.search.built.outputs import NotSayable, Table, output_factors
from lstmsolve.search.built.speaking import Spoken, Unit, layer_entries, spoken, wanted
from lstmsolve.search.built.staircases import Factor, Orders, Row, between, intervals, rows_by

LARGEST_BUILT: Final = MAX_HIDDEN
"""Hidden units of a constructed design."""

MOST_ASKED: Final = 4_000
"""States times inputs of an automaton whose output is put to a solver."""

WORTH: Final = Fraction(1, 5)
"""Of the units, so many are to be saved by heights, which the proof takes apart: a joint state for each."""

INITIAL: Final = 0
"""The number of an automaton's initial state."""

Say: TypeAlias = Callable[[SayingQuery], Saying | None]
"""Whoever looks for one unit that says an automaton's outputs."""


def nobody(query: SayingQuery) -> Saying | None:
    """Nothing but the known products."""
    return None


@dataclass(frozen=True, slots=True)
class NotConstructible:
    """The construction does not reach this behaviour; whether other weights do is another question."""

    reason: str


def construct(problem: Problem, watch: Watch = UNWATCHED, say: Say = nobody) -> Weights | NotConstructible:
    """Weights for the problem's spec, with as many units as the problem's hidden size if it has one.

    Where no product of gates is known that says the output, `say` is asked.

    They have been built to be right, not proved, which is left to the caller. The problem's
    constraints are not looked at.

    Raises:
        LimitReached: too many states, or the watch ran out.
    """
    initial = problem.choice.initial
    if initial is not None and any(initial.h):
        return NotConstructible("the construction starts from h[-1] = 0, the case does not")
    try:
        automaton = _leveled(problem.spec, automaton_of(problem.spec, watch))
        plan = _planned(problem, automaton, watch, say)
    except (OutsideFragment, NotSayable) as error:
        return NotConstructible(str(error))
    needed = max(1, len(plan.units))
    hidden = problem.choice.hidden or needed
    if needed > min(hidden, LARGEST_BUILT):
        limit = f"the case has {hidden}" if needed > hidden else f"at most {LARGEST_BUILT} are built"
        return NotConstructible(f"the construction needs {needed} units, and {limit}")
    return Weights.of(problem.cell(hidden), dict(_weights(plan)), initial)


@dataclass(frozen=True)
class _Told:
    """A state that needs no unit of its own, because an output unit tells it together with the other units."""

    state: int
    unit: int
    said: Mapping[int, Fraction]
    """What the output unit says in each state; zero where left out, and in the initial one."""


@dataclass(frozen=True)
class _Plan:
    units: Sequence[Unit]
    """The output units, then those of the states."""
    units_of: Mapping[int, Sequence[int]]
    """The units of each state; one of them is 1 while it lasts."""
    told: _Told | None
    states: int
    slots: tuple[Gate, ...]
    """The gates that the factors of a unit are put into; one factor more is that of f, see `keeping`."""
    spoken: Spoken | None
    """The output layer, where there is one; the units that it needs come last."""

    @staticmethod
    def of(
        outputs: Sequence[Unit],
        own: Mapping[int, Sequence[Unit]],
        told: _Told | None,
        states: int,
        slots: tuple[Gate, ...],
        spoken: Spoken | None = None,
    ) -> _Plan:
        units, units_of = list(outputs), dict[int, Sequence[int]]()
        for state, found in own.items():
            units_of[state] = range(len(units), len(units) + len(found))
            units += found
        return _Plan(
            units + [unit for unit, _ in spoken.more] if spoken else units, units_of, told, states, slots, spoken
        )


def _planned(problem: Problem, automaton: Automaton, watch: Watch, say: Say) -> _Plan:
    orders = Orders(problem.spec)
    # An identity candidate does not clip; the output gate does in its place.
    clips = problem.choice.candidate is Activation.CRELU
    slots = (Gate.INPUT, Gate.CANDIDATE, Gate.OUTPUT) if clips else (Gate.INPUT, Gate.OUTPUT)
    try:
        units, told = _outputs(problem.spec, automaton, orders, slots)
    except NotSayable:
        asked = _asked(automaton, slots, say) if problem.spec.width == 1 else None
        if asked is None:
            raise
        (automaton, unit), told = asked, None
        units = [unit]
    entering = rows_by(automaton, lambda step, number: step.target)
    own: dict[int, Sequence[Unit]] = {}
    for state in range(INITIAL + 1, len(automaton.steps)):
        watch.check()
        if told is None or state != told.state:
            own[state] = _recognisers(entering[state], orders)
    states = len(automaton.steps)
    if not problem.spec.has_layer:
        return _Plan.of(units, own, told, states, slots)
    said = spoken(automaton, lambda rows: _recognisers(rows, orders))
    plain = _Plan.of(units, own, told, states, slots, said)
    if len(said.more) < WORTH * len(plain.units):
        return plain
    high = by_height(problem.spec, automaton, own, lambda rows: _recognisers(rows, orders))
    if high is None:
        return plain
    lower = _Plan.of([], high.units, None, states, SLOTS, high.spoken)
    return lower if len(plain.units) - len(lower.units) >= WORTH * len(plain.units) else plain


def _outputs(
    spec: Spec, automaton: Automaton, orders: Orders, slots: Sequence[Gate]
) -> tuple[list[Unit], _Told | None]:
    """The units that say the outputs, where there is no layer, and a state that one of them tells.

    Raises:
        NotSayable: no product of gates is known that says one of them.
    """
    units: list[Unit] = []
    told: _Told | None = None
    for unit in range(0 if spec.has_layer else spec.width):
        candidate = _told_by(automaton, unit) if told is None else None
        try:
            table = _table(automaton, unit, candidate.said if candidate is not None else None)
            units.append(_saying(spec, automaton, table, orders, slots))
            told = told or candidate
        except NotSayable:
            if candidate is None:
                raise
            units.append(_saying(spec, automaton, _table(automaton, unit, None), orders, slots))
    return units, told


def _asked(automaton: Automaton, slots: Sequence[Gate], say: Say) -> tuple[Automaton, Unit] | None:
    """Gates of the unit that says the only output, if there are some, on an automaton that also tells what it holds."""
    rows = automaton.steps
    owed = [[None if step is None or step.said[0] is None else step.said[0] == 1 for step in row] for row in rows]
    values = {step.said[0] for row in rows for step in row if step is not None}
    if not values <= {None, ZERO, ONE} or len(rows) * len(automaton.inputs) > MOST_ASKED:
        return None
    moves = [[None if step is None else step.target for step in row] for row in rows]
    found = say(SayingQuery(automaton.inputs, tuple(map(tuple, moves)), tuple(map(tuple, owed)), tuple(slots)))
    if found is None:
        return None
    steps: list[tuple[Step | None, ...]] = []
    for old, targets in zip(found.states, found.moves, strict=True):
        pairs = zip(rows[old], targets, strict=True)
        steps.append(tuple(None if one is None or to is None else Step(to, one.said) for one, to in pairs))
    unit = [
        Factor(found.slopes[gate], dict(enumerate(found.shifts[gate])), found.shifts[gate][INITIAL])
        for gate in (*slots, Gate.FORGET)
    ]
    return Automaton(automaton.inputs, tuple(steps)), unit


def _saying(spec: Spec, automaton: Automaton, table: Table, orders: Orders, slots: Sequence[Gate]) -> Unit:
    """Factors with which one unit says the table.

    Raises:
        NotSayable: none are known.
    """
    try:
        return output_factors(table, orders, len(slots))
    except NotSayable:
        heard: dict[int, set[Fraction | None]] = defaultdict(set)
        for state, row in enumerate(automaton.steps):
            for number, step in enumerate(row):
                if step is not None:
                    heard[step.target].add(table[state][number])
        entered = {state for state, said in heard.items() if said == {ONE} and state != INITIAL}
        kept = keeping_factors(spec, table, entered, slots)
        if kept is None:
            raise
        return kept


def _leveled(spec: Spec, automaton: Automaton) -> Automaton:
    """The automaton with numbers in place of what is read through thresholds."""
    if spec.readout is None:
        return automaton
    steps = (
        tuple(None if step is None else Step(step.target, wanted(spec, step.said)) for step in row)
        for row in automaton.steps
    )
    return Automaton(automaton.inputs, tuple(steps))


# --- what a unit is to be ------------------------------------------------------------------------


def _told_by(automaton: Automaton, unit: int) -> _Told | None:
    """A state that this output unit tells, if what it says depends on the state entered alone."""
    said: dict[int, Fraction] = {}
    for step in (step for row in automaton.steps for step in row if step is not None):
        value = step.said[unit]
        if value is not None and said.setdefault(step.target, value) != value:
            return None
    if said.get(INITIAL):
        return None  # before any input it says 0
    state = next((state for state, value in said.items() if value), None)
    return None if state is None else _Told(state, unit, said)


def _table(automaton: Automaton, unit: int, said: Mapping[int, Fraction] | None) -> Table:
    """What the unit owes; with `said` what it says in each state, so that nothing is left open."""
    return {
        state: [
            None if step is None else step.said[unit] if said is None else said.get(step.target, ZERO) for step in row
        ]
        for state, row in enumerate(automaton.steps)
    }


def _recognisers(rows: Mapping[int, Row], orders: Orders) -> list[Unit]:
    """Units one of which is 1 where one of these inputs comes in its state: as few as are found."""
    best: list[Unit] = []
    kinds = dict.fromkeys(rows.values())
    for order in orders.candidates(list(kinds)):
        cut = {row: found for row in kinds if (found := intervals(order, row)) is not None}
        number = max(map(len, cut.values()), default=0)
        if len(cut) == len(kinds) and (not best or number < len(best)):
            best = [
                between(order, {source: cut[row][n] for source, row in rows.items() if n < len(cut[row])})
                for n in range(number)
            ]
        if len(best) == 1:
            break
    return best


# --- weights -------------------------------------------------------------------------------------


def _weights(plan: _Plan) -> Iterator[tuple[Parameter, Fraction]]:
    for unit, factors in enumerate(plan.units):
        used = dict(zip((*plan.slots, Gate.FORGET), factors, strict=False))
        for gate in (Gate.INPUT, Gate.CANDIDATE, Gate.OUTPUT, Gate.FORGET):
            if gate not in used:
                if gate is not Gate.FORGET:
                    yield Parameter("b", gate, unit), ONE
                continue
            yield Parameter("b", gate, unit), used[gate].shift(INITIAL)
            for column, value in enumerate(used[gate].slope):
                yield Parameter("w", gate, unit, column), value
            for column, value in _by_unit(used[gate], plan).items():
                yield Parameter("u", gate, unit, column), value

    if plan.spoken is not None:
        for output, value in enumerate(plan.spoken.d):
            yield Parameter("d", None, output), value
        first = len(plan.units) - len(plan.spoken.more)
        for unit, entries in layer_entries(plan.spoken, plan.units_of, first):
            yield from ((Parameter("V", None, output, unit), entry) for output, entry in enumerate(entries) if entry)


def _by_unit(factor: Factor, plan: _Plan) -> dict[int, Fraction]:
    """The weights of h[n-1] that shift a gate as its factor wants it in each state."""
    base = factor.shift(INITIAL)
    states = factor.shifts if factor.otherwise == base else range(plan.states)
    more = {state: factor.shift(state) - base for state in states if factor.shift(state) != base}
    found: dict[int, Fraction] = {}
    told = plan.told
    if told is not None and told.state in more:
        # Its output, less that of the states that have units: what remains is this state's.
        share = more.pop(told.state) / told.said[told.state]
        found[told.unit] = share
        for state, value in told.said.items():
            if state not in (told.state, INITIAL):
                more[state] = more.get(state, ZERO) - share * value
    return found | {unit: value for state, value in more.items() for unit in plan.units_of[state] if value}
