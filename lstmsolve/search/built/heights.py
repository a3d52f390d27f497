"""Replies by height: how high a state's unit is says which reply came with it.

On an input that leads to its state, a unit is 1 - δ ρ, and ρ stands for the reply. All that the layer needs is the sum
S of these units, as ρ = (1 - S) / δ. A number is ρ and the least one there is. Of replies that are read by argmax ρ is
the rank, and z of that with rank r is 2 r ρ - r²: a line that touches a parabola, and that with r = ρ is the greatest,
by 1 at least. Gates do not notice heights: they are made steep, and δ is small.

Where an input leads to a state with several replies, the height says one of them, and units of their own overrule it
for the others. As few replies as are found are ever overruled: of two that meet somewhere, one.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain
from typing import Final, Protocol, TypeAlias

from lstmsolve.kernel.base.affine import ONE, ZERO
from lstmsolve.kernel.lstm.cells import Gate, Vector
from lstmsolve.kernel.spec.specs import Decide, Readout, Spec
from lstmsolve.obligations.tables.automata import Automaton, Step
from lstmsolve.search.built.columns import are_free, fitted
from lstmsolve.search.built.speaking import Recogniser, Spoken, Unit
from lstmsolve.search.built.staircases import Factor, rows_by

SLOTS: Final = (Gate.CANDIDATE, Gate.INPUT, Gate.OUTPUT)
"""What the factors of these units are put into: the height, and one or two that recognise."""

INITIAL: Final = 0
"""The number of an automaton's initial state."""

HALF: Final = ONE / 2

Place: TypeAlias = tuple[int, int]
"""A state, and an input that leads to it."""

Reply: TypeAlias = Vector
"""What is owed, [outputs]."""


@dataclass(frozen=True)
class Heights:
    """The units of the states, and a layer that reads them."""

    units: Mapping[int, Sequence[Unit]]
    """Of each state but the initial one, in which all are 0."""
    spoken: Spoken


def by_height(
    spec: Spec, automaton: Automaton, own: Mapping[int, Sequence[Unit]], recognisers: Recogniser
) -> Heights | None:
    """Units and a layer for the replies of an automaton; None where heights cannot say them.

    `own` recognises the steps to each state but the initial one.
    """
    readout = spec.readout or Readout()
    greatest = readout.decide is Decide.ARGMAX
    if not are_free(automaton.inputs) or not (greatest or spec.width == 1):
        return None
    said = _said(automaton)
    back = {reply for (state, _), reply in said.items() if state == INITIAL}
    layer: _Layer = _Greatest.of(said.values(), back, readout) if greatest else _Number.of(said.values())
    told = len(back) > layer.told_at_rest
    begun = recognisers(rows_by(automaton, lambda step, number: step.target)[INITIAL]) if told else []

    def overruled(step: Step, number: int) -> Reply | None:
        reply = _reply(step)
        return None if reply is None or reply == (known := said[step.target, number]) else layer.lack(reply, known)

    others = {lack: recognisers(rows) for lack, rows in rows_by(automaton, overruled).items()}
    part = _part(chain(begun, *own.values(), *others.values()), layer.span)

    def high(state: int, found: Sequence[Unit]) -> list[Unit]:
        places = [(state, number) for number in range(len(automaton.inputs))]
        return _units(automaton, [ONE - part * layer.position(said.get(place)) for place in places], found)

    units = {state: high(state, found) for state, found in own.items()}
    column = layer.column(part)
    more = [(unit, column) for unit in high(INITIAL, begun)]
    for lack, found in others.items():
        added = layer.overruling(lack, part)
        more += [(unit, added) for unit in _units(automaton, [ONE] * len(automaton.inputs), found)]
    return Heights(units, Spoken(dict.fromkeys(units, column), more, layer.d(part)))


# --- which reply is said by height ---------------------------------------------------------------


def _said(automaton: Automaton) -> dict[Place, Reply]:
    """One of the replies with which an input leads to a state, for each: one that is never overruled if there is."""
    met: dict[Place, Counter[Reply]] = defaultdict(Counter)
    for row in automaton.steps:
        for number, step in enumerate(row):
            if step is not None and (reply := _reply(step)) is not None:
                met[step.target, number][reply] += 1
    meeting: dict[Reply, set[Reply]] = defaultdict(set)
    for replies in met.values():
        for reply in replies:
            meeting[reply] |= replies.keys() - {reply}
    overruled = _cover(meeting)
    return {place: max(replies, key=lambda one: (one not in overruled, replies[one])) for place, replies in met.items()}


def _reply(step: Step) -> Reply | None:
    """None where nothing is owed."""
    said = [value for value in step.said if value is not None]
    return tuple(said) if len(said) == len(step.said) else None


def _cover(meeting: Mapping[Reply, set[Reply]]) -> set[Reply]:
    """Few of them, so that of two that meet one is in: those that meet most first, then without those not needed."""
    left = {one: set(others) for one, others in meeting.items()}
    found: list[Reply] = []
    while any(left.values()):
        most = max(left, key=lambda one: len(left[one]))
        found.append(most)
        for other in left.pop(most):
            left[other].discard(most)
    cover = set(found)
    for one in found:
        if meeting[one] <= cover:
            cover.remove(one)
    return cover


# --- heights -------------------------------------------------------------------------------------


def _units(automaton: Automaton, heights: Sequence[Fraction], found: Sequence[Unit]) -> list[Unit]:
    slope, bias = fitted(automaton.inputs, heights)
    return [(Factor(slope, {}, bias), *map(_steep, unit)) for unit in found]


def _steep(factor: Factor) -> Factor:
    """-1/2 and less where it was 0 and less, 3/2 and more where it was 1 and more."""
    shifts = {state: 2 * shift - HALF for state, shift in factor.shifts.items()}
    return Factor(tuple(2 * slope for slope in factor.slope), shifts, 2 * factor.otherwise - HALF)


def _part(units: Iterable[Unit], span: Fraction) -> Fraction:
    """δ: a power of two, so small that no gate made steep is moved by more than 1/2, and that 1/δ is beyond all ρ."""
    reach = ONE
    for factor in chain.from_iterable(units):
        base = factor.shift(INITIAL)
        reach = max(reach, *(abs(shift - base) for shift in (*factor.shifts.values(), factor.otherwise)))
    return Fraction(1, 1 << int(4 * reach * (span + 1)).bit_length())


# --- layers --------------------------------------------------------------------------------------


class _Layer(Protocol):
    """V and d, which read ρ from S."""

    @property
    def told_at_rest(self) -> int:
        """So many replies with which the initial state is entered need no unit: S = 0 will do."""
        ...

    @property
    def span(self) -> Fraction:
        """The greatest ρ."""
        ...

    def position(self, reply: Reply | None) -> Fraction:
        """ρ; 0 where none is owed."""
        ...

    def column(self, part: Fraction) -> Vector:
        """V of the units of states, [outputs]."""
        ...

    def d(self, part: Fraction) -> Vector:
        """[outputs]"""
        ...

    def lack(self, reply: Reply, known: Reply) -> Reply:
        """What is to be added where the height says `known`; steps with the same lack share units."""
        ...

    def overruling(self, lack: Reply, part: Fraction) -> Vector:
        """V of the units that add it, [outputs]."""
        ...


@dataclass(frozen=True)
class _Number:
    """A single output: z = ρ + the least."""

    least: Fraction
    span: Fraction
    told_at_rest: int = 0

    @staticmethod
    def of(replies: Iterable[Reply]) -> _Number:
        values = [value for (value,) in replies]
        least = min(values, default=ZERO)
        return _Number(least, max(values, default=least) - least)

    def position(self, reply: Reply | None) -> Fraction:
        return ZERO if reply is None else reply[0] - self.least

    def column(self, part: Fraction) -> Vector:
        return (-1 / part,)

    def d(self, part: Fraction) -> Vector:
        return (self.least + 1 / part,)

    def lack(self, reply: Reply, known: Reply) -> Reply:
        return (reply[0] - known[0],)

    def overruling(self, lack: Reply, part: Fraction) -> Vector:
        return lack


@dataclass(frozen=True)
class _Greatest:
    """Argmax: lines that touch a parabola. Where no unit is on, that of the greatest rank is above the others."""

    ranks: Mapping[Reply, int]
    margin: Fraction
    told_at_rest: int = 1

    @staticmethod
    def of(replies: Iterable[Reply], back: set[Reply], readout: Readout) -> _Greatest:
        ranked = sorted(dict.fromkeys(replies), key=lambda reply: back == {reply})
        return _Greatest({reply: rank for rank, reply in enumerate(ranked)}, max(ONE, readout.margin or ONE))

    @property
    def span(self) -> Fraction:
        return Fraction(len(self.ranks))

    def position(self, reply: Reply | None) -> Fraction:
        return ZERO if reply is None else Fraction(self.ranks[reply])

    def column(self, part: Fraction) -> Vector:
        return tuple(-2 * self.margin * rank / part if rank else ZERO for rank in self._by_output())

    def d(self, part: Fraction) -> Vector:
        """What is never said is below 0, and what is to be said is not."""
        return tuple(
            -self.margin if rank is None else self.margin * (2 * rank / part - rank * rank)
            for rank in self._by_output()
        )

    def lack(self, reply: Reply, known: Reply) -> Reply:
        return reply

    def overruling(self, lack: Reply, part: Fraction) -> Vector:
        """Above all others, whatever the height says."""
        above = self.margin * (2 * self.span / part + self.span**2 + 1)
        return tuple(above if output == _place(lack) else ZERO for output in range(len(lack)))

    def _by_output(self) -> list[int | None]:
        ranks = {_place(reply): rank for reply, rank in self.ranks.items()}
        width = len(next(iter(self.ranks), ()))
        return [ranks.get(output) for output in range(width)]


def _place(reply: Reply) -> int:
    """Which output is to be the greatest."""
    return reply.index(max(reply))
