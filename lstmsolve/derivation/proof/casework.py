"""A proof in cases: short nets step by step, long nets with their first and last times written out.

Near its ends a net is different: a signal is a constant before time 0, a total derivative is 0 beyond
the last time, a condition such as n == N-1 holds at one time only. Split there, every case is either
written out or the same all over.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import product
from typing import Final

from lstmsolve.derivation.language.formulas import Choice, Formula, Number, index_forms, substitute, walk
from lstmsolve.derivation.language.indices import Scope, Size, Span
from lstmsolve.derivation.proof.presence import all_there
from lstmsolve.derivation.proof.proving import proved_zero
from lstmsolve.derivation.recurrences.systems import System
from lstmsolve.kernel.base.affine import Affine
from lstmsolve.model.watch import UNWATCHED, Watch

MOST_ENDS: Final = 4
"""Times at either end that are written out; formulas that reach farther are not proved in cases."""


MOST_NODES: Final = 3_000
"""There are many cases; each must be easy."""


@dataclass(frozen=True)
class Case:
    """One case: a formula that is to be 0 in a system, with so many rounds of recurrences put in."""

    formula: Formula
    system: System
    scope: Scope
    rounds: int


def proved_in_cases(difference: Formula, system: System, scope: Scope, watch: Watch = UNWATCHED) -> str | None:
    """How the formula was shown to vanish, case by case; None if it was not."""
    found = _cases(difference, system, scope)
    if found is None:
        return None
    for case in found:
        watch.check()
        if proved_zero(case.formula, case.system, case.scope, watch, case.rounds, MOST_NODES) is None:
            return None
    return "in cases, the first and last times on their own"


def there_in_cases(formula: Formula, system: System, scope: Scope, watch: Watch = UNWATCHED) -> bool:
    """Is everything that the formula speaks of there, if the first and last times are looked at on their own?"""
    found = _cases(formula, system, scope)
    if found is None:
        return False
    for case in found:
        watch.check()
        if not all_there(case.formula, case.system, case.scope):
            return False
    return True


def farthest(formulas: list[Formula]) -> int:
    """The largest constant among indices and in conditions: how far from an end something may happen."""
    found = [0]
    for formula in formulas:
        for node in walk(formula):
            found += [abs(int(form.constant)) for form in index_forms(node)]
            if isinstance(node, Choice):
                sides = (node.condition.left, node.condition.right)
                found += [abs(int(side.value)) for side in sides if isinstance(side, Number)]
    return max(found)


def _cases(difference: Formula, system: System, scope: Scope) -> Iterator[Case] | None:
    """Cases that cover everything; None where the time is not of one size, or ends reach too far."""
    fixed = {name: size.low for name, size in scope.sizes.items() if size.low == size.high}
    ends = farthest([difference, *system.formulas]) + 1
    time = system.time
    if time is None or (not fixed and ends > MOST_ENDS):
        return None
    difference, system, scope = _at_sizes(fixed, difference, system, scope)
    last = system.spans[time].high
    if last.is_constant:
        return _short(difference, system, scope, int(last.constant) + 1)
    (name, *others) = last.variables
    if others or last.coefficient(name) != 1 or name not in scope.sizes or ends > MOST_ENDS:
        return None
    return _lengths(difference, system, scope, name, ends)


def _lengths(difference: Formula, system: System, scope: Scope, name: str, ends: int) -> Iterator[Case]:
    """Every length of less than twice the ends on its own, then all the longer ones."""
    assert system.time is not None
    size = scope.sizes[name]
    more = int(system.spans[system.time].high.constant) + 1  # the length is the size and so much more
    longer = max(size.low, 2 * ends - more)
    for value in range(size.low, longer if size.high is None else min(longer, size.high + 1)):
        yield from _short(*_at_sizes({name: value}, difference, system, scope), value + more)
    if size.high is None or size.high >= longer:
        yield from _long(difference, system, replace(scope, sizes={**scope.sizes, name: Size(longer, size.high)}), ends)


def _short(difference: Formula, system: System, scope: Scope, length: int) -> Iterator[Case]:
    """A net of so many steps, at each time."""
    times = {
        name: range(int(span.low.constant), int(span.high.constant) + 1)
        for name, span in whole_times(system, scope).items()
    }
    rest = replace(scope, spans={name: span for name, span in scope.spans.items() if name not in times})
    for chosen in product(*times.values()):
        at = substitute(difference, {name: Affine.lift(k) for name, k in zip(times, chosen, strict=True)})
        yield Case(at, system, rest, max(length, 1))


def _long(difference: Formula, system: System, scope: Scope, ends: int) -> Iterator[Case]:
    """Nets of twice the ends and more: each index near either end, and in the middle."""
    assert system.time is not None
    last = system.spans[system.time].high
    middle = Span(Affine.lift(ends), last - ends)
    options: dict[str, list[Affine | Span]] = {}
    for name, span in whole_times(system, scope).items():
        early = [Affine.lift(k) for k in range(int(span.low.constant), ends)]
        late = [last - k for k in range(int((last - span.high).constant), ends)]
        options[name] = [*early, *late, middle]
    for chosen in product(*options.values()):
        places = dict(zip(options, chosen, strict=True))
        at = {name: place for name, place in places.items() if isinstance(place, Affine)}
        inside = {name: place for name, place in places.items() if isinstance(place, Span)}
        spans = {name: inside.get(name, span) for name, span in scope.spans.items() if name not in at}
        yield Case(substitute(difference, at), system, replace(scope, spans=spans, middle=middle), ends)


def whole_times(system: System, scope: Scope) -> dict[str, Span]:
    """The index variables that run over times, from near the first to near the last one."""
    assert system.time is not None
    whole = system.spans[system.time]
    return {
        name: span
        for name, span in scope.spans.items()
        if span.low.is_constant and (span.high - whole.high).is_constant and system.spans.get(name) == whole
    }


def _at_sizes(
    values: dict[str, int], difference: Formula, system: System, scope: Scope
) -> tuple[Formula, System, Scope]:
    fixed = {name: Affine.lift(value) for name, value in values.items()}
    sizes = {name: size for name, size in scope.sizes.items() if name not in values}
    spans = {name: span.substitute(fixed) for name, span in scope.spans.items()}
    return substitute(difference, fixed), system.at_sizes(values), Scope(sizes, spans)
