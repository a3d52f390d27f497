"""Saying outputs 0 and 1 with a unit that may keep what it said, over the symbols of one input.

Three gates in a product silence three sets of symbols, each a lower end of an order that is the same in all states. In
a state that is only ever entered with a 1, c is 1, and h = o f c says as well: i is silent there, and f has an order of
its own. So a fourth order joins, for some of the states.

The orders are grown by backtracking. Each is a chain of nested sets, which some slope for the symbols has as its ends,
and each state needs ends of chains whose union is what it silences.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from lstmsolve.kernel.base.affine import ONE, ZERO
from lstmsolve.kernel.lstm.cells import Gate
from lstmsolve.kernel.spec.domains import Symbols
from lstmsolve.kernel.spec.specs import Spec
from lstmsolve.search.built.outputs import Table
from lstmsolve.search.built.staircases import Factor, Order

MOST_TRIED: Final = 20_000
"""Steps of the backtracking."""

MOST_KINDS: Final = 200
"""Ways of states to be told apart; the search is nested as deeply."""

Letters: TypeAlias = frozenset[int]
Chains: TypeAlias = Mapping[Gate, tuple[Letters, ...]]
"""The lower ends of each gate's order, from the smallest."""

NOTHING: Final[Letters] = frozenset()


@dataclass(frozen=True)
class _Kind:
    """A state to the unit: what it silences, what it must not, and whether c is 1 on entering it."""

    silent: Letters
    heard: Letters
    kept: bool


def keeping_factors(spec: Spec, table: Table, entered: Collection[int], slots: Sequence[Gate]) -> list[Factor] | None:
    """Factors for `slots` and then for f, with which a unit says the table; None if none are found.

    `entered` are the states that are only ever entered with this output at 1. The initial one is none of them.
    """
    if len(spec.inputs) != 1 or not isinstance(spec.inputs[0].domain, Symbols):
        return None
    if any(value not in (None, 0, 1) for said in table.values() for value in said):
        return None
    kinds = {state: _kind(said, state in entered) for state, said in table.items()}
    wanted = sorted({kind for kind in kinds.values() if kind.heard}, key=lambda kind: (len(kind.silent), *kind.silent))
    if len(wanted) > MOST_KINDS:
        return None
    ways = {False: tuple(slots), True: (Gate.OUTPUT, Gate.FORGET)}
    chains = _Growing(ways).grown(wanted, dict.fromkeys((*slots, Gate.FORGET), ()))
    if chains is None:
        return None
    symbols = range(len(spec.inputs[0].domain.names))
    return [_factor(gate, chains, kinds, ways, symbols) for gate in chains]


def _kind(said: Sequence[object], kept: bool) -> _Kind:
    silent = frozenset(n for n, value in enumerate(said) if value == 0)
    return _Kind(silent, frozenset(n for n, value in enumerate(said) if value == 1), kept)


class _Growing:
    """Chains that serve one kind after another."""

    def __init__(self, ways: Mapping[bool, Sequence[Gate]]) -> None:
        self._ways = ways
        self._tried = 0

    def grown(self, kinds: Sequence[_Kind], chains: Chains) -> Chains | None:
        self._tried += 1
        if not kinds:
            return chains
        if self._tried > MOST_TRIED:
            return None
        kind, rest = kinds[0], kinds[1:]
        if _served(kind, chains, self._ways) is not None:
            return self.grown(rest, chains)
        for more in self._extended(kind, chains):
            found = self.grown(rest, more)
            if found is not None:
                return found
        return None

    def _extended(self, kind: _Kind, chains: Chains) -> Iterator[Chains]:
        """The chains with one more end, so that they serve the kind."""
        for way in (False, True) if kind.kept else (False,):
            gates = self._ways[way]
            for gate in gates:
                others = _union(kind, chains, [other for other in gates if other is not gate])
                lacking = kind.silent - others
                ends = (kind.silent, lacking, lacking | _largest(kind, chains[gate]))
                for end in dict.fromkeys(ends):
                    if all(end <= other or other <= end for other in chains[gate]):
                        yield {**chains, gate: tuple(sorted({*chains[gate], end}, key=len))}


def _largest(kind: _Kind, ends: Sequence[Letters]) -> Letters:
    """The largest end that silences nothing that has to be heard."""
    return next((end for end in reversed(ends) if not end & kind.heard), NOTHING)


def _union(kind: _Kind, chains: Chains, gates: Sequence[Gate]) -> Letters:
    return NOTHING.union(*(_largest(kind, chains[gate]) for gate in gates))


def _served(kind: _Kind, chains: Chains, ways: Mapping[bool, Sequence[Gate]]) -> bool | None:
    """In which way the chains silence what the kind silences: without what was kept, or with it; None if in neither."""
    usable = (
        way for way in ((False, True) if kind.kept else (False,)) if kind.silent <= _union(kind, chains, ways[way])
    )
    return next(usable, None)


def _factor(
    gate: Gate,
    chains: Chains,
    kinds: Mapping[int, _Kind],
    ways: Mapping[bool, Sequence[Gate]],
    symbols: Sequence[int],
) -> Factor:
    """The gate's slope, by which of its ends a symbol is in, and its shift in each state."""
    ends = chains[gate]
    heights = tuple(sum((ONE for end in ends if symbol not in end), ZERO) for symbol in symbols)
    order = Order(heights, heights)
    off = -max(order.heights)
    shifts = {}
    for state, kind in kinds.items():
        way = _served(kind, chains, ways) if kind.heard else None
        end = _largest(kind, ends)
        if way is None or (gate not in ways[way] and gate is not Gate.CANDIDATE):
            shifts[state] = off
        else:
            shifts[state] = ONE - (ends.index(end) + 1 if end else 0)
    return Factor(order.slope, {q: shift for q, shift in shifts.items() if shift != shifts[0]}, shifts[0])
