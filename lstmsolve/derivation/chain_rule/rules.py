"""The chain rule for recurrences, as formulas.

    adjoint   dL/dv[j] = ∂L/∂v[j] + Σ_u Σ_i dL/du[i] ∂u[i]/∂v[j]           (δ recurrences, gradients)
    forward   du[i]/dv[j] = ∂u[i]/∂v[j] + Σ_s Σ_k ∂u[i]/∂s[k] ds[k]/dv[j]

∂ is partial: explicit appearances only, abbreviations looked through. Total derivatives by signals
beyond the last time are 0, and signals before time 0 are constants.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from lstmsolve.derivation.chain_rule.calculus import Bound, differential
from lstmsolve.derivation.chain_rule.elimination import Contribution, eliminate, renamed_apart
from lstmsolve.derivation.language.formulas import (
    ONE,
    ZERO,
    Derivative,
    Formula,
    Multiply,
    Ref,
    Sum,
    add,
    multiply,
)
from lstmsolve.derivation.language.indices import Scope
from lstmsolve.derivation.recurrences.systems import Kind, System


@dataclass(frozen=True, slots=True)
class Path:
    """One way in which `by` acts: Σ over bounds of total · partial."""

    through: Ref | None
    """The signal it acts through at this index; None for the explicit appearance in the loss."""
    contribution: Contribution
    """Its body is the partial derivative alone."""


def partial(system: System, of: Ref, by: Ref, scope: Scope) -> Formula:
    """∂of/∂by; both within their ranges."""
    if system.kinds[of.name] is Kind.LOSS and system.loss.formula is None:
        given = system.loss.given.get(by.name)
        return ZERO if given is None else Ref(given, by.indices)
    found = [path.contribution.formula() for path in _explicit(system, of, by, scope)]
    return add(*found)


def total(system: System, of: Ref, by: Ref, scope: Scope) -> Formula:
    """dof/dby by one step of the chain rule; both within their ranges."""
    if system.kinds[of.name] is Kind.LOSS:
        return adjoint(system, by, scope)
    return forward(system, of, by, scope)


def adjoint(system: System, by: Ref, scope: Scope, explicit: Formula | None = None) -> Formula:
    """dL/dby: the loss's own partial derivative, then what comes back through each signal.

    `explicit` is another way of writing that partial derivative.
    """
    loss = Ref(system.loss.name)
    terms = [partial(system, loss, by, scope) if explicit is None else explicit]
    for path in paths(system, by, scope):
        assert path.through is not None
        found = path.contribution
        terms.append(replace(found, body=multiply(Derivative(True, loss, path.through), found.body)).formula())
    return add(*terms)


def paths(system: System, by: Ref, scope: Scope) -> Iterator[Path]:
    """Every appearance of `by` in the definition of a signal, solved for where the signal stands."""
    taken = _taken(scope, by)
    for name, definition in system.signals.items():
        own = [Bound(index, system.spans[index]) for index in definition.indices]
        outer, change = renamed_apart(own, taken, system.spans)
        through = Ref(name, tuple(form.substitute(change) for form in system.generic(name).indices))
        # dL/du is 0 beyond the last time, so that end of u's time needs no condition.
        free_ends = [outer[0].span.high - through.indices[0]] if system.timed(name) else []
        names = taken | {bound.index for bound in outer}
        for influence in differential(system.definition(through), system, names):
            if influence.ref.name == by.name:
                equations = list(zip(influence.ref.indices, by.indices, strict=True))
                marker = Derivative(True, Ref(system.loss.name), through)
                body = Multiply((marker, influence.factor))
                found = eliminate([*outer, *influence.bounds], equations, body, scope, free_ends)
                if found is not None:
                    assert isinstance(found.body, Multiply)
                    moved, factor = found.body.factors
                    assert isinstance(moved, Derivative)
                    yield Path(moved.by, replace(found, body=factor))


def forward(system: System, of: Ref, by: Ref, scope: Scope) -> Formula:
    """dof/dby through everything that `of` is made of."""
    terms = [_same(of, by, scope)]
    if by.name not in system.signals:
        terms.append(partial(system, of, by, scope))
    for influence in differential(_right_side(system, of), system, _taken(scope, of, by)):
        if influence.ref.name in system.signals:
            body = multiply(Derivative(True, influence.ref, by), influence.factor)
            terms.append(Contribution(influence.bounds, (), body).formula())
    return add(*terms)


def _explicit(system: System, of: Ref, by: Ref, scope: Scope) -> Iterator[Path]:
    for influence in differential(_right_side(system, of), system, _taken(scope, of, by)):
        if influence.ref.name == by.name:
            equations = list(zip(influence.ref.indices, by.indices, strict=True))
            found = eliminate(influence.bounds, equations, influence.factor, scope)
            if found is not None:
                yield Path(None, found)


def _right_side(system: System, of: Ref) -> Formula:
    if system.kinds[of.name] is not Kind.LOSS:
        return system.definition(of)
    if system.loss.formula is not None:
        return system.loss.formula
    # The linear loss whose partial derivatives are the given ones.
    terms = []
    for signal, given in system.loss.given.items():
        generic = system.generic(signal)
        body: Formula = multiply(Ref(given, generic.indices), generic)
        for index, span in reversed(list(zip(system.indices_of(signal), system.spans_of(signal), strict=True))):
            body = Sum(index, span.low, span.high, body)
        terms.append(body)
    return add(*terms)


def _same(of: Ref, by: Ref, scope: Scope) -> Formula:
    """1 where the two are the same element, else 0."""
    if of.name != by.name:
        return ZERO
    found = eliminate((), list(zip(of.indices, by.indices, strict=True)), ONE, scope)
    return ZERO if found is None else found.formula()


def _taken(scope: Scope, *refs: Ref) -> frozenset[str]:
    """Names that a new summation index must not have."""
    return frozenset({*scope.spans, *scope.sizes, *(v for ref in refs for form in ref.indices for v in form.variables)})
