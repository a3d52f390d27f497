"""Nothing may depend on itself at one time step."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from lstmsolve.derivation.language.conditions import branches
from lstmsolve.derivation.language.formulas import Choice, Formula, Ref, Sum, parts
from lstmsolve.derivation.language.indices import Scope, Span
from lstmsolve.derivation.language.writing import write_ref
from lstmsolve.derivation.recurrences.systems import Definition, System
from lstmsolve.kernel.base.affine import Affine
from lstmsolve.kernel.base.errors import Complaints
from lstmsolve.kernel.language.syntax import caret


def refuse_circles(
    system: System, key: Callable[[str, str], str], text: Callable[[str, str], str], complaints: Complaints
) -> None:
    """Complain about the first circle, at the reference that closes it.

    A reference that provably reaches back in time closes no circle; every other one may.
    """
    definitions = {**system.abbreviations, **system.signals}
    edges = {name: list(_at_once(system, definition)) for name, definition in definitions.items()}
    circle = _circle(edges)
    if circle is None:
        return
    last = circle[-1]
    closing = next(ref for ref in edges[last] if ref.name == circle[0])
    table = "signals" if last in system.signals else "let"
    path = " → ".join([*circle, circle[0]])
    message = f"{write_ref(closing)} makes the definitions circular at one time step: {path}"
    complaints.add(key(table, last), message, text(table, last), caret(text(table, last), closing.at))


def evaluation_order(system: System) -> tuple[str, ...]:
    """Signals, each after those that it needs at the same time step (through abbreviations too)."""
    definitions = {**system.abbreviations, **system.signals}
    edges = {name: [ref.name for ref in _at_once(system, definition)] for name, definition in definitions.items()}
    order: list[str] = []

    def visit(name: str) -> None:
        if name not in order:
            for needed in edges[name]:
                visit(needed)
            order.append(name)

    for name in edges:
        visit(name)
    return tuple(name for name in order if name in system.signals)


def _at_once(system: System, definition: Definition) -> Iterator[Ref]:
    """The references to defined names that need not lie in the past."""
    timed = system.timed(definition.name)

    def search(formula: Formula, scope: Scope) -> Iterator[Ref]:
        match formula:
            case Ref(name, indices) if name in system.signals or name in system.abbreviations:
                past = (
                    timed
                    and system.timed(name)
                    and scope.never_negative(Affine.variable(system.time or "") - indices[0] - 1)
                )
                if not past:
                    yield formula
            case Choice(condition, then, otherwise):
                met, unmet = branches(condition, scope)
                yield from search(then, met)
                yield from search(otherwise, unmet)
            case Sum(index, low, high, body):
                yield from search(body, scope.within(index, Span(low, high)))
            case _:
                for part in parts(formula):
                    yield from search(part, scope)

    return search(definition.formula, system.scope(definition.indices))


def _circle(edges: dict[str, list[Ref]]) -> list[str] | None:
    """The names of one circle, in order, or None."""
    finished: set[str] = set()
    path: list[str] = []

    def visit(name: str) -> list[str] | None:
        if name in path:
            return path[path.index(name) :]
        if name in finished:
            return None
        path.append(name)
        for ref in edges[name]:
            found = visit(ref.name)
            if found is not None:
                return found
        finished.add(path.pop())
        return None

    for name in edges:
        found = visit(name)
        if found is not None:
            return found
    return None
