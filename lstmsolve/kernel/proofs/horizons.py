"""The proof object for sigmoid and tanh cells that count: boxes of states that hold up to a length.

Where registers have no bound, *counters* are made of them: the registers themselves, or differences
of two, where the spec compares those. Each counter is known by its class only: a value of its own
between two ends, or all values beyond one of them. Some cells *follow*: in a state their c is
`factor v + offset` of a counter v, up to an error that grows with every step, because no forget
gate is 1. How far it grows up to the length is `Followed.apart`; the lemma is in
docs/certificate.md. All other c, and every o, are held by boxes as in `enclosures`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias

from lstmsolve.kernel.base.affine import ZERO, Affine
from lstmsolve.kernel.language.evaluation import Value
from lstmsolve.kernel.lstm.cells import Weights
from lstmsolve.kernel.proofs.enclosures import Box, Way
from lstmsolve.kernel.spec.problems import Problem

Span: TypeAlias = tuple[int | None, int | None]
"""Integers from one to another, both included; None has no end."""


@dataclass(frozen=True, slots=True)
class Counter:
    """A number made of registers, and its classes: at most `least`, each value between alone, at least `most`."""

    name: str
    form: Affine
    """Over registers that are integers, with integer factors; most often one register."""
    least: int
    most: int
    step: int
    """It moves by at most so much, unless it is set."""
    reach: int
    """What it is set to, at the start as well, is at most so far from 0."""

    @property
    def classes(self) -> int:
        return self.most - self.least + 1

    def span(self, number: int) -> Span:
        """The values in a class."""
        if number == 0:
            return None, self.least
        return (self.most, None) if number == self.classes - 1 else (self.least + number, self.least + number)

    def furthest(self, length: int) -> int:
        """No value is further from 0 within so many steps."""
        return self.reach + length * self.step


@dataclass(frozen=True, slots=True)
class Target:
    factor: Fraction
    offset: Fraction


@dataclass(frozen=True, slots=True)
class Followed:
    """A cell that follows `factor v + offset` of a counter v."""

    unit: int
    counter: int | None
    """Which one; None where all its targets are numbers."""
    start: Fraction
    """How far c is off where it is set."""
    leak: Fraction
    """(1 - f) |factor| is at most this."""
    drift: Fraction
    """(1 - f) |offset|, what i g is off by, and the error of a step are together at most this."""
    targets: tuple[Target | None, ...]
    """In each state; None where it does not follow."""

    def apart(self, counter: Counter | None, length: int, size: int) -> Fraction:
        """How far c may be off after so many steps, while the counter is this far from 0."""
        found = self.start + length * self.drift
        if counter is None:
            return found
        furthest, step = counter.furthest(length), counter.step
        size = min(size, furthest)
        summed = Fraction((furthest + size) ** 2, 4 * step) - Fraction(size**2, 2 * step) + Fraction(length * step, 2)
        return found + self.leak * summed

    def monotone(self, counter: Counter | None, length: int) -> bool:
        """Do both ends of where c is grow with `factor v`?"""
        if counter is None:
            return all(target is None or not target.factor for target in self.targets)
        needed = self.leak * counter.furthest(length) / (2 * counter.step)
        return all(target is None or not target.factor or abs(target.factor) >= needed for target in self.targets)

    def where(self, target: Target, counter: Counter | None, length: int, span: Span) -> tuple[Fraction, Fraction]:
        """The ends of c, within so many steps, while the counter is in a span."""
        if counter is None:
            apart = self.apart(None, length, 0)
            return target.offset - apart, target.offset + apart
        furthest = counter.furthest(length)
        ends = -furthest if span[0] is None else span[0], furthest if span[1] is None else span[1]
        if not target.factor:
            apart = self.apart(counter, length, max(map(abs, ends)))
            return target.offset - apart, target.offset + apart
        low, high = ends if target.factor > 0 else ends[::-1]
        return (
            target.factor * low + target.offset - self.apart(counter, length, abs(low)),
            target.factor * high + target.offset + self.apart(counter, length, abs(high)),
        )


@dataclass(frozen=True, slots=True)
class Counting:
    """A state of the reference machine: registers that are known, and the class of each counter."""

    known: Mapping[str, Value]
    classes: tuple[int, ...]

    @property
    def key(self) -> tuple[object, ...]:
        return tuple(sorted(self.known.items())), self.classes


@dataclass(frozen=True, slots=True)
class HorizonCertificate:
    problem: Problem
    weights: Weights
    length: int
    """Every run of up to so many steps is right."""
    counters: tuple[Counter, ...]
    registers: Mapping[str, Affine]
    """Each register that counters are made of, as a form over their names."""
    followed: tuple[Followed, ...]
    states: tuple[Counting, ...]
    """The first one is the initial one."""
    choices: int
    """A step on one input may lead to so many states at most. There is a way for each input and choice, in order."""
    scale: int
    start: tuple[Way, ...]
    boxes: tuple[Box, ...]
    error: Fraction = ZERO
    """Every c and h of every step may be off by so much."""
