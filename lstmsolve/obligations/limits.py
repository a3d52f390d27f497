"""Strings with an endless parameter: what any weights at all must do on them, for all large K.

A finite set of strings can never show that `u_o = 0` exactly where only ever larger tallies tell.
So strings here may hold the input `K` or repeat a step `K` times, and stand for one string for
each large number K. As K grows, every gate settles: its argument is `a + b K`, so its value is 1
if b > 0, 0 if b < 0, and CReLU(a) if b = 0. Registers, c and h are forms in K from then on. What
weights must satisfy on such a string is again finitely many conditions; weights that meet the
spec satisfy them, whichever map they keep.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice, product
from typing import Final, TypeAlias

from lstmsolve.model.affine import Affine
from lstmsolve.model.domains import Domain, IntegerRange, RealInterval, contains, enumerated
from lstmsolve.model.errors import OutsideFragment
from lstmsolve.model.evaluation import Value
from lstmsolve.model.expressions import ANY, Constant
from lstmsolve.model.specs import Relation, Spec

K: Final = "K"
"""The endless parameter."""

LAPS: Final = 2
"""Times a repeated step is taken before the gates are taken to repeat themselves as well."""

FEW_INPUTS: Final = 3
"""Plain inputs to build strings of, where there are more."""

Entry: TypeAlias = Fraction | Affine | str
"""An input's value: a number, a form in K, or a symbol."""


@dataclass(frozen=True)
class LimitStep:
    """One step, or the same step K times."""

    given: Mapping[str, Entry]
    repeated: bool = False

    def __str__(self) -> str:
        written = ":".join(str(value) for value in self.given.values())
        return f"{written}^K" if self.repeated else written


LimitString: TypeAlias = tuple[LimitStep, ...]


def written(string: LimitString) -> str:
    """The string as people write it: `1^K, 0, K`."""
    return ", ".join(map(str, string))


@dataclass(frozen=True, slots=True)
class LimitDemand:
    """What a unit's h must be after a prefix: a number, or a form in K."""

    relation: Relation
    value: Affine


@dataclass(frozen=True, slots=True)
class LimitPrefix:
    """A string read so far."""

    parent: int | None
    x: tuple[Affine, ...]
    demands: tuple[LimitDemand | None, ...]
    repeated: tuple[Affine, ...] | None = None
    """Where the parent's last step has been taken K times more: h one step earlier."""


@dataclass(frozen=True)
class LimitTree:
    """All prefixes of some strings, parents first; the empty one is number 0."""

    prefixes: tuple[LimitPrefix, ...]
    ends: tuple[int, ...]

    def path(self, end: int) -> Iterator[int]:
        """The prefixes of a string, the empty one left out."""
        number: int | None = end
        while number is not None and number > 0:
            yield number
            number = self.prefixes[number].parent


class Eventually:
    """Answers for all large K."""

    def at_least_zero(self, form: Affine) -> bool:
        return form.coefficient(K) > 0

    def is_integer(self, variable: str) -> bool:
        return True


class _Always:
    """Answers for all K from 0 on; refuses where that differs from K to K."""

    def at_least_zero(self, form: Affine) -> bool:
        slope, constant = form.coefficient(K), form.constant
        if slope > 0 <= constant:
            return True
        if slope < 0 and constant < 0:
            return False
        raise OutsideFragment(f"the sign of {form} changes with K")

    def is_integer(self, variable: str) -> bool:
        return True


def limit_tree(spec: Spec, hidden: int, strings: Iterable[LimitString]) -> LimitTree:
    """The tree of these strings. A string ends where it breaks a promise, or where K tells us nothing."""
    return _Planter(spec, hidden).planted(strings)


class _Planter:
    def __init__(self, spec: Spec, hidden: int) -> None:
        self._spec = spec
        self._owed_throughout = len(spec.outputs) == hidden
        self._prefixes = [LimitPrefix(None, (), ())]
        self._registers: list[Mapping[str, Value]] = [spec.initial]
        self._children: dict[tuple[int, tuple[Affine, ...], bool], int | None] = {}

    def planted(self, strings: Iterable[LimitString]) -> LimitTree:
        ends: list[int] = []
        for string in strings:
            number = 0
            for step in string:
                following = self._walked(number, step)
                if following is None:
                    break
                number = following
            ends.append(number)
        return LimitTree(tuple(self._prefixes), tuple(ends))

    def _walked(self, number: int, step: LimitStep) -> int | None:
        try:
            if not step.repeated:
                return self._child(number, step, False)
            for _ in range(LAPS):
                following = self._child(number, step, False)
                if following is None:
                    return None
                number = following
            return self._child(number, step, True)
        except OutsideFragment:
            return None

    def _child(self, number: int, step: LimitStep, repeated: bool) -> int | None:
        values: dict[str, Value] = {
            name: value if isinstance(value, str) else Affine.lift(value) for name, value in step.given.items()
        }
        x = self._spec.encode(values)
        key = (number, x, repeated)
        if key not in self._children:
            self._children[key] = None
            prefix = self._repeated(number, x, values) if repeated else self._stepped(number, x, values)
            if prefix is not None:
                self._children[key] = len(self._prefixes)
                self._prefixes.append(prefix[0])
                self._registers.append(prefix[1])
        return self._children[key]

    def _stepped(
        self, number: int, x: tuple[Affine, ...], values: Mapping[str, Value]
    ) -> tuple[LimitPrefix, Mapping[str, Value]] | None:
        registers = self._registers[number]
        if not self._spec.assumed(registers, values, Eventually()):
            return None
        after = self._spec.step(registers, values, Eventually())
        demands = tuple(None if output is ANY else self._demand(output) for output in after.outputs)
        endless = any(demand is not None and not demand.value.is_constant for demand in demands)
        if (endless or any(not form.is_constant for form in x)) and not self._fixes_every_output(demands):
            raise OutsideFragment("an output that is not fixed might depend on K in any way")
        return LimitPrefix(number, x, demands), after.registers

    def _repeated(
        self, number: int, x: tuple[Affine, ...], values: Mapping[str, Value]
    ) -> tuple[LimitPrefix, Mapping[str, Value]] | None:
        """After K more of the step that was taken LAPS times already."""
        if not self._fixes_every_output(self._prefixes[number].demands) or any(form.variables for form in x):
            raise OutsideFragment("what is fed back is not fixed")
        start = self._registers[number]
        after_one = self._spec.step(start, values, Eventually()).registers
        endless: dict[str, Value] = {}
        for name, value in start.items():
            following = after_one[name]
            if isinstance(value, str) or isinstance(following, str):
                endless[name] = value
            else:
                if value.variables or following.variables:
                    raise OutsideFragment("K stands for one thing at a time")
                endless[name] = value + Affine.variable(K) * (following - value).constant
        if not self._spec.assumed(endless, values, _Always()):
            return None
        # One more lap than K: on the way the outputs must move in a straight line, as the registers do.
        again = self._spec.step(endless, values, _Always())
        said = tuple(None if output is ANY else self._demand(output) for output in again.outputs)
        if dict(again.registers) != {name: _moved(value, 1) for name, value in endless.items()}:
            raise OutsideFragment("the registers do not move in a straight line")
        if not self._fixes_every_output(said):
            raise OutsideFragment("what is fed back is not fixed")
        demands = tuple(d and LimitDemand(d.relation, _earlier(d.value, 1)) for d in said)
        before = tuple(_earlier(d.value, 2) for d in said if d is not None)
        return LimitPrefix(number, x, demands, repeated=before), endless

    def _demand(self, expected: object) -> LimitDemand:
        assert isinstance(expected, Affine)
        return LimitDemand(*self._spec.owed(expected))

    def _fixes_every_output(self, demands: tuple[LimitDemand | None, ...]) -> bool:
        return self._owed_throughout and all(d is not None and d.relation is Relation.EQUAL for d in demands)


def _moved(value: Value, laps: int) -> Value:
    return value if isinstance(value, str) else value.substitute({K: Affine.variable(K) + laps})


def _earlier(form: Affine, laps: int) -> Affine:
    return form.substitute({K: Affine.variable(K) - laps})


# --- which strings to look at --------------------------------------------------------------------


def string_pools(spec: Spec) -> Iterator[list[LimitString]]:
    """Growing lists of strings that tell much: short ones, then ones with K, then longer ones."""
    plain = list(_plain_inputs(spec))
    few = plain[:FEW_INPUTS]
    far = list(_far_inputs(spec, few))
    few = few if far else plain[: FEW_INPUTS + 1]
    letters = [*few, *far]
    loops = [LimitStep(given, repeated=True) for given in few]
    for length in (1, 2):
        yield [tuple(map(LimitStep, word)) for word in product(plain, repeat=length)]
    yield [tuple(map(LimitStep, word)) for word in product(letters, repeat=3)]
    for length in (2, 3):
        yield [(loop, *map(LimitStep, word)) for loop in loops for word in product(letters, repeat=length)]


def _plain_inputs(spec: Spec) -> Iterator[Mapping[str, Entry]]:
    """A few inputs: the ends of ranges, and the numbers at which the spec changes its mind."""
    names = [entry.name for entry in spec.inputs]
    choices = [list(islice(_telling_values(entry.domain, spec), 2 * FEW_INPUTS)) for entry in spec.inputs]
    for values in islice(product(*choices), 2 * FEW_INPUTS):
        yield dict(zip(names, values, strict=True))


def _telling_values(domain: Domain, spec: Spec) -> Iterator[Constant]:
    listed = enumerated(domain)
    if listed is not None:
        yield from listed
        return
    assert isinstance(domain, IntegerRange | RealInterval)
    ends = [Fraction(end) for end in (domain.low, domain.high) if end is not None]
    marks = sorted(spec.constants, key=lambda mark: (-abs(mark), mark))
    near = [mark + shift for mark in marks for shift in (0, -1, 1)]
    wanted = dict.fromkeys([*ends, *near, *map(Fraction, range(2 * FEW_INPUTS))])
    yield from (value for value in wanted if contains(domain, value))


def _far_inputs(spec: Spec, few: list[Mapping[str, Entry]]) -> Iterator[Mapping[str, Entry]]:
    """Inputs with K in one unbounded place, the rest as in some plain input."""
    seen: set[tuple[Entry, ...]] = set()
    for entry in spec.inputs:
        for sign in (1, -1):
            if isinstance(entry.domain, IntegerRange | RealInterval):
                edge = entry.domain.high if sign > 0 else entry.domain.low
                if edge is not None:
                    continue
                for given in few:
                    found = {**given, entry.name: sign * Affine.variable(K)}
                    if tuple(found.values()) not in seen:
                        seen.add(tuple(found.values()))
                        yield found


def plain_string(inputs: Iterable[Mapping[str, Constant]]) -> LimitString:
    """A string without K."""
    return tuple(LimitStep(dict(given)) for given in inputs)
