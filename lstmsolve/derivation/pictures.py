"""What a report draws: who depends on whom and at which lag, and how the δ's run over time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import Final

from lstmsolve.derivation.language.formulas import Derivative, Formula, Ref, walk
from lstmsolve.derivation.language.indices import Span
from lstmsolve.derivation.language.latex import latex_equation
from lstmsolve.derivation.language.writing import write, write_index, write_ref
from lstmsolve.derivation.recurrences.systems import Kind, Leaf, System
from lstmsolve.derivation.recurrences.validation import system_of
from lstmsolve.derivation.trial.arithmetic import Arithmetic, NoValue
from lstmsolve.derivation.trial.backward import Backward
from lstmsolve.derivation.trial.unrolled import Unrolled, draw, places
from lstmsolve.kernel.base.affine import Affine
from lstmsolve.kernel.base.numbers import show_number
from lstmsolve.kernel.spec.domains import describe
from lstmsolve.model.derivations import DerivationCase

STEPS: Final = 20
"""Length of the run whose δ's are plotted, where the sizes allow it."""

MOST_UNITS: Final = 3
ATTEMPTS: Final = 50


@dataclass(frozen=True)
class Box:
    """A node of the computation graph."""

    name: str
    shown: str
    """`o[n]`"""
    kind: str
    parameters: tuple[str, ...]


@dataclass(frozen=True)
class Arrow:
    """`source` is needed for `target`; at an earlier time where `lag` says so."""

    source: str
    target: str
    lag: str


@dataclass(frozen=True)
class Picture:
    """Everything a page shows of a case besides its verdicts."""

    definitions: tuple[str, ...]
    """Equations in LaTeX: abbreviations, signals, the loss or what is given."""
    ranges: tuple[tuple[str, str], ...]
    """Names and where they lie, in words."""
    boxes: tuple[Box, ...]
    arrows: tuple[Arrow, ...]
    sizes: dict[str, int]
    """Of the run that is plotted."""
    deltas: dict[str, list[tuple[str, list[float]]]]
    """For each timed signal, under its δ: labels and values over time, of the first units."""


def picture(case: DerivationCase, seed: int = 0) -> Picture:
    """The same picture for the same case and seed.

    Raises:
        InputError: with every complaint about the case.
    """
    system = system_of(case)
    sizes, deltas = _run(system, seed)
    boxes, arrows = _graph(system)
    return Picture(tuple(_definitions(system)), tuple(_ranges(system)), boxes, arrows, sizes, deltas)


def _definitions(system: System) -> Iterator[str]:
    for definition in (*system.abbreviations.values(), *system.signals.values()):
        yield latex_equation(system.generic(definition.name), definition.formula)
    loss = system.loss
    if loss.formula is not None:
        yield latex_equation(Ref(loss.name), loss.formula)
    for signal, given in loss.given.items():
        yield latex_equation(system.generic(given), Derivative(False, Ref(loss.name), system.generic(signal)))
    for named in system.names.values():
        yield latex_equation(system.generic(named.name), named.derivative)


def _ranges(system: System) -> Iterator[tuple[str, str]]:
    for name, size in system.sizes.items():
        yield name, f"from {size.low} on" if size.high is None else f"from {size.low} to {size.high}"
    for name, span in system.spans.items():
        kind = "time, " if name == system.time else ""
        yield name, f"{kind}{write_index(span.low)} … {write_index(span.high)}"
    for kind, leaves in (("input", system.inputs), ("parameter", system.parameters)):
        for leaf in leaves.values():
            yield write_ref(system.generic(leaf.name)), f"{kind}, {_domain(leaf)}"
    for name, value in system.before.items():
        yield f"{name} before time 0", show_number(value)


def _domain(leaf: Leaf) -> str:
    if isinstance(leaf.domain, Span):
        return f"an index, {write_index(leaf.domain.low)} … {write_index(leaf.domain.high)}"
    return describe(leaf.domain)


def _graph(system: System) -> tuple[tuple[Box, ...], tuple[Arrow, ...]]:
    boxes: dict[str, Box] = {}
    arrows: dict[Arrow, None] = {}

    def place(name: str, kind: str, formula: Formula | None) -> None:
        refs = [] if formula is None else [node for node in walk(formula) if isinstance(node, Ref)]
        parameters = dict.fromkeys(write(system.generic(r.name)) for r in refs if r.name in system.parameters)
        boxes[name] = Box(name, write(system.generic(name)), kind, tuple(parameters))
        for ref in refs:
            if ref.name not in system.parameters:
                arrows[Arrow(ref.name, name, _lag(system, ref, name))] = None

    for name in system.inputs:
        if system.kinds[name] is Kind.INPUT and name not in system.loss.given.values():
            place(name, "input", None)
    for definition in system.abbreviations.values():
        place(definition.name, "abbreviation", definition.formula)
    for definition in system.signals.values():
        place(definition.name, "signal", definition.formula)
    place(system.loss.name, "loss", system.loss.formula)
    for signal, given in system.loss.given.items():
        arrows[Arrow(signal, system.loss.name, write(system.generic(given)))] = None
    return tuple(boxes.values()), tuple(arrows)


def _lag(system: System, ref: Ref, target: str) -> str:
    """The time index as it is written, where it is not just the present one."""
    if not system.timed(ref.name) or not ref.indices:
        return ""
    present = system.timed(target) and ref.indices[0] == Affine.variable(system.time or "")
    everywhere = not system.timed(target) and not ref.indices[0].is_constant
    return "" if present or everywhere else write_index(ref.indices[0])


def _run(system: System, seed: int) -> tuple[dict[str, int], dict[str, list[tuple[str, list[float]]]]]:
    clock = system.spans[system.time].high.variables if system.time else ()
    sizes = {}
    for name, size in system.sizes.items():
        wanted = max(size.low, STEPS if name in clock else 2)
        sizes[name] = wanted if size.high is None else min(wanted, size.high)
    net = _net(system, sizes, seed)
    found: dict[str, list[tuple[str, list[float]]]] = {}
    if net is None:
        return sizes, found
    backward = Backward(net)
    for name in system.signals:
        if system.timed(name):
            elements = list(places(system, name, sizes))
            units = list(dict.fromkeys(place[1:] for place in elements))[:MOST_UNITS]
            last = max(place[0] for place in elements)
            found[_label(system, name, system.indices_of(name)[1:])] = [
                (_label(system, name, unit), [backward.number((name, (n, *unit))) for n in range(last + 1)])
                for unit in units
            ]
    return sizes, found


def _net(system: System, sizes: dict[str, int], seed: int) -> Unrolled | None:
    """Random data at which every formula has a value, if some are found."""
    for attempt in range(ATTEMPTS):
        try:
            return Unrolled(system, draw(system, sizes, Random(f"picture/{seed}/{attempt}")), Arithmetic(None))
        except NoValue:
            continue
    return None


def _label(system: System, name: str, unit: tuple[int | str, ...]) -> str:
    """`δ_h[n, 0]`, or `dL/dh[n, 0]` where it has no name."""
    forms = (Affine.variable(index) if isinstance(index, str) else Affine.lift(index) for index in unit)
    at = Ref(name, (Affine.variable(system.time or ""), *forms))
    return write(system.with_names(Derivative(True, Ref(system.loss.name), at)))
