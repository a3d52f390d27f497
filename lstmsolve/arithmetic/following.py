"""Following a run through a certificate: in which mode it is, and with which values, however many steps it makes.

While one input keeps leading through the same leaf of a mode to the mode itself, and its values move by the same
amounts, any number of these steps is one addition: the leaf's conditions are affine, so they hold between two points at
which they hold.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import floor
from typing import assert_never

from lstmsolve.kernel.base.affine import Affine, Row
from lstmsolve.kernel.language.evaluation import Value
from lstmsolve.kernel.language.expressions import Constant
from lstmsolve.kernel.lstm.cells import Vector
from lstmsolve.kernel.proofs.certificates import (
    Broken,
    Certificate,
    Empty,
    Lands,
    Mode,
    Multiplied,
    Node,
    Pinned,
    Split,
)
from lstmsolve.kernel.spec.domains import enumerated
from lstmsolve.model.watch import Watch

Point = Mapping[str, Fraction]


@dataclass(frozen=True)
class Followed:
    """A run after so many steps."""

    mode: Mode
    values: Point
    steps: int

    @property
    def registers(self) -> dict[str, Value]:
        return {
            name: form if isinstance(form, str) else Affine((), form.at(self.values))
            for name, form in self.mode.registers.items()
        }

    @property
    def c(self) -> Vector:
        return tuple(form.at(self.values) for form in self.mode.c)

    @property
    def h(self) -> Vector:
        return tuple(form.at(self.values) for form in self.mode.h)


class Follower:
    """Runs of an accepted certificate."""

    def __init__(self, certificate: Certificate) -> None:
        self._certificate = certificate
        self._listed = [entry.name for entry in certificate.problem.spec.inputs if enumerated(entry.domain) is not None]

    def start(self) -> Followed:
        return Followed(self._certificate.modes[self._certificate.start], self._certificate.start_values, 0)

    def step(self, at: Followed, given: Mapping[str, Constant]) -> Followed | None:
        """One step; None where it breaks the promise of [assume]."""
        found = self._leaf(at, given)
        return None if found is None else self._landed(at, found[0], given, found[1])

    def repeated(self, given: Mapping[str, Constant], times: int, watch: Watch) -> Followed | None:
        """The run of one input again and again; None if it breaks the promise."""
        at = self.start()
        while at.steps < times:
            watch.check()
            found = self._leaf(at, given)
            if found is None:
                return None
            lands, passed = found
            after = self._landed(at, lands, given, passed)
            again = self._leaf(after, given)
            if after.mode is at.mode and again is not None and again[0] is lands:
                then = self._landed(after, lands, given, again[1])
                moved = {name: then.values[name] - after.values[name] for name in after.values}
                if moved == {name: after.values[name] - at.values[name] for name in after.values}:
                    at = self._leapt(after, moved, passed, given, times)
                    continue
            at = after
        return at

    def _leapt(
        self, at: Followed, moved: Point, passed: list[Row], given: Mapping[str, Constant], times: int
    ) -> Followed:
        """As many steps of this kind as the leaf's conditions allow; `at` itself meets them."""
        most = times - at.steps
        here = {**at.values, **_numbers(given)}
        there = {name: here[name] + moved.get(name, Fraction(0)) for name in here}
        for row in passed:
            slack, fall = row.form.at(here), row.form.at(here) - row.form.at(there)
            if fall > 0:
                most = min(most, floor(slack / fall))
        most = max(0, most)
        return Followed(at.mode, {name: at.values[name] + most * moved[name] for name in at.values}, at.steps + most)

    def _landed(self, at: Followed, lands: Lands, given: Mapping[str, Constant], passed: list[Row]) -> Followed:
        point = {**at.values, **_numbers(given)}
        values = {name: form.at(point) for name, form in lands.values.items()}
        return Followed(self._certificate.modes[lands.mode], values, at.steps + 1)

    def _leaf(self, at: Followed, given: Mapping[str, Constant]) -> tuple[Lands, list[Row]] | None:
        """The leaf that a step goes through, and the conditions on the way."""
        listed = {name: given[name] for name in self._listed}
        case = next(case for case in self._certificate.cases[at.mode.name] if case.inputs == listed)
        point = {**at.values, **_numbers(given)}
        passed: list[Row] = []
        for node in _path(case.tree, point, passed):
            if isinstance(node, Lands):
                return node, passed
        return None


def _path(node: Node, point: Point, passed: list[Row]) -> Iterator[Node]:
    while True:
        yield node
        match node:
            case Split(condition, holds, fails):
                side = condition.holds_at(point)
                passed.append(condition if side else Row(-condition.form, not condition.strict))
                node = holds if side else fails
            case Pinned(_, _, _, _, then):
                node = then
            case Multiplied(variable, left, right, then):
                point = {**point, variable: left.form.at(point) * right.form.at(point)}
                node = then
            case Lands() | Broken() | Empty():
                return
            case _:
                assert_never(node)


def _numbers(given: Mapping[str, Constant]) -> dict[str, Fraction]:
    return {name: value for name, value in given.items() if isinstance(value, Fraction)}
