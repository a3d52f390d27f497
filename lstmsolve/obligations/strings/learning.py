"""A search over conditions that learns from what fails.

This is conflict-driven clause learning (Marques Silva & Sakallah 1999), and knows nothing of cells. A *theory* says
which conditions it would decide next, and which of those that are decided cannot hold together, and why. From such
*nogoods* others are derived; a nogood of no conditions at all ends the search. Each keeps how it was derived, so that a
proof can be told.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Generic, Protocol, TypeVar

Key = TypeVar("Key", bound=Hashable)
Why = TypeVar("Why")

DECAY: Final = 0.95
"""What a condition of one conflict counts beside one of the next."""


@dataclass(slots=True, eq=False)
class Nogood(Generic[Key, Why]):
    """Conditions that cannot all have these values."""

    values: Mapping[Key, bool]
    why: Why | Derived[Key, Why]
    held: int = 0
    """How many of them have their values on the trail."""


@dataclass(frozen=True, slots=True, eq=False)
class Derived(Generic[Key, Why]):
    """Where a nogood's conditions have their values, others follow one after another, and then a nogood is broken."""

    following: Sequence[tuple[Key, bool, Nogood[Key, Why]]]
    """A condition, its value, and the nogood that leaves it no other."""
    broken: Nogood[Key, Why]


class Theory(Protocol[Key, Why]):
    """What conditions are about."""

    def assume(self, key: Key, value: bool) -> Nogood[Key, Why] | None:
        """One condition more is decided; a nogood if it is broken now."""
        ...

    def forget(self, key: Key) -> None:
        """The condition that was decided last is open again."""
        ...

    def wanted(self) -> Iterable[tuple[Key, bool, int]]:
        """Open conditions to decide next, with the value to try first, and how many others are open with it.

        None: all is as it has to be.
        """
        ...


@dataclass(frozen=True, slots=True)
class _Decided(Generic[Key, Why]):
    value: bool
    level: int
    reason: Nogood[Key, Why] | None
    """What forced it; None for a choice."""


@dataclass
class Search(Generic[Key, Why]):
    theory: Theory[Key, Why]
    _decided: dict[Key, _Decided[Key, Why]] = field(default_factory=dict)
    """In this order."""
    _levels: list[int] = field(default_factory=list)
    """How many conditions were decided at each choice."""
    _nogoods: dict[tuple[Key, bool], list[Nogood[Key, Why]]] = field(default_factory=lambda: defaultdict(list))
    _due: list[Nogood[Key, Why]] = field(default_factory=list)
    """Nogoods that may be broken, or force a condition."""
    _weight: dict[Key, float] = field(default_factory=lambda: defaultdict(float))
    _unit: float = 1.0

    def conflicts(self) -> Iterator[Nogood[Key, Why]]:
        """What is learned, one nogood after another; the last has no conditions, unless all can be as it has to be."""
        while True:
            broken = self._propagated()
            if broken is not None:
                learned = self._learned(broken)
                yield learned
                if not learned.values:
                    return
                levels = sorted(self._decided[key].level for key in learned.values)
                self._back_to(levels[-2] if len(levels) > 1 else 0)
                if learned is broken:
                    self._due.append(broken)
                else:
                    self._keep(learned)
                continue
            choice = max(self.theory.wanted(), key=lambda one: (self._weight.get(one[0], 0.0), -one[2]), default=None)
            if choice is None:
                return
            self._levels.append(len(self._decided))
            self._decide(choice[0], choice[1], None)

    # --- deciding ----------------------------------------------------------------------------

    def _decide(self, key: Key, value: bool, reason: Nogood[Key, Why] | None) -> None:
        self._decided[key] = _Decided(value, len(self._levels), reason)
        for nogood in self._nogoods[key, value]:
            nogood.held += 1
            if nogood.held >= len(nogood.values) - 1:
                self._due.append(nogood)
        broken = self.theory.assume(key, value)
        if broken is not None:
            self._keep(broken)

    def _propagated(self) -> Nogood[Key, Why] | None:
        """Decide what follows from nogoods; the one that is broken, if any."""
        while self._due:
            nogood = self._due.pop()
            if nogood.held == len(nogood.values):
                return nogood
            if nogood.held == len(nogood.values) - 1:
                last = next(key for key, value in nogood.values.items() if not self._has(key, value))
                if last not in self._decided:
                    self._decide(last, not nogood.values[last], nogood)
        return None

    def _has(self, key: Key, value: bool) -> bool:
        found = self._decided.get(key)
        return found is not None and found.value == value

    def _keep(self, nogood: Nogood[Key, Why]) -> None:
        nogood.held = sum(self._has(key, value) for key, value in nogood.values.items())
        for literal in nogood.values.items():
            self._nogoods[literal].append(nogood)
        self._due.append(nogood)

    def _back_to(self, level: int) -> None:
        if level >= len(self._levels):
            return
        length = self._levels[level]
        del self._levels[level:]
        while len(self._decided) > length:
            key, found = self._decided.popitem()
            for nogood in self._nogoods[key, found.value]:
                nogood.held -= 1
            self.theory.forget(key)

    # --- learning ----------------------------------------------------------------------------

    def _learned(self, broken: Nogood[Key, Why]) -> Nogood[Key, Why]:
        """What follows from a broken nogood: one condition alone of the last level. It may be the broken one itself.

        The last level is that of the nogood: what broke it may be older than the last choice.
        """
        level = max((self._decided[key].level for key in broken.values), default=0)
        needed = dict(broken.values)
        following: list[tuple[Key, bool, Nogood[Key, Why]]] = []
        for key in reversed(list(self._decided)):
            if key not in needed:
                continue
            self._weight[key] += self._unit
            found = self._decided[key]
            alone = level > 0 and sum(self._decided[other].level == level for other in needed) == 1
            if found.reason is None or (found.level > 0 and (found.level < level or alone)):
                continue
            del needed[key]
            needed |= {other: value for other, value in found.reason.values.items() if other != key}
            following.append((key, found.value, found.reason))
        self._unit /= DECAY
        if self._unit > 1e100:
            self._weight = defaultdict(float, {key: weight / self._unit for key, weight in self._weight.items()})
            self._unit = 1.0
        return Nogood(needed, Derived(following[::-1], broken)) if following else broken
