"""A system of recurrences: what is declared, over which indices, and how each signal is defined.

A *signal* v[n] = F_v(signals at n and earlier, inputs, parameters) has a total derivative of its own.
An *abbreviation* is put in before anything is differentiated: with ξ abbreviated, ∂h[n+m]/∂h[n] is
what h[n] does to h[n+m] through ξ[n+m]. Names have one time index at most, and it comes first.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from fractions import Fraction
from functools import cached_property
from typing import Final

from lstmsolve.derivation.language.formulas import Derivative, Formula, Ref, rebuilt, substitute, walk
from lstmsolve.derivation.language.indices import Scope, Size, Span
from lstmsolve.derivation.language.reading import Vocabulary
from lstmsolve.derivation.recurrences.causality import reads_ahead
from lstmsolve.kernel.base.affine import Affine
from lstmsolve.kernel.spec.domains import Domain


class Kind(Enum):
    """What a name stands for."""

    INPUT = "an input"
    PARAMETER = "a parameter"
    ABBREVIATION = "an abbreviation"
    SIGNAL = "a signal"
    LOSS = "the loss"
    DERIVATIVE = "the name of a derivative"


_FARTHEST_LEAD: Final = 4

DIFFERENTIATED: Final = frozenset({Kind.LOSS, Kind.SIGNAL})
DIFFERENTIATED_BY: Final = frozenset({Kind.SIGNAL, Kind.PARAMETER, Kind.INPUT})


@dataclass(frozen=True, slots=True)
class Leaf:
    """An input or a parameter: given numbers."""

    name: str
    indices: tuple[str, ...]
    domain: Domain | Span
    """Numbers; or the range of an input that is an index."""

    def at_sizes(self, fixed: Mapping[str, Affine]) -> Leaf:
        return replace(self, domain=self.domain.substitute(fixed)) if isinstance(self.domain, Span) else self


@dataclass(frozen=True, slots=True)
class Total:
    """A promise about an input: over the index at this place, its elements add up to this value."""

    place: int
    value: Fraction


@dataclass(frozen=True, slots=True)
class Definition:
    """A signal or an abbreviation: `name[indices] = formula`."""

    name: str
    indices: tuple[str, ...]
    formula: Formula


@dataclass(frozen=True, slots=True)
class Loss:
    """An explicit loss; or, where `formula` is None, one known by its partial derivatives."""

    name: str
    formula: Formula | None
    given: Mapping[str, str]
    """Signal to the input that is ∂loss/∂signal, over the same indices."""


@dataclass(frozen=True, slots=True)
class NamedDerivative:
    """`δ_h[n]` for `dL/dh[n]`; the indices of the derivative are these variables, or constants."""

    name: str
    indices: tuple[str, ...]
    derivative: Derivative


@dataclass(frozen=True)
class System:
    """Everything a derivation case declares, checked (`validation` makes it)."""

    name: str
    sizes: Mapping[str, Size]
    time: str | None
    spans: Mapping[str, Span]
    """Every index variable, time first."""
    inputs: Mapping[str, Leaf]
    parameters: Mapping[str, Leaf]
    abbreviations: Mapping[str, Definition]
    signals: Mapping[str, Definition]
    before: Mapping[str, Fraction]
    loss: Loss
    names: Mapping[str, NamedDerivative]
    totals: Mapping[str, Total] = field(default_factory=dict)

    @cached_property
    def kinds(self) -> Mapping[str, Kind]:
        tables = {
            Kind.INPUT: self.inputs,
            Kind.PARAMETER: self.parameters,
            Kind.ABBREVIATION: self.abbreviations,
            Kind.SIGNAL: self.signals,
            Kind.LOSS: (self.loss.name,),
            Kind.DERIVATIVE: self.names,
        }
        return {name: kind for kind, table in tables.items() for name in table}

    @cached_property
    def vocabulary(self) -> Vocabulary:
        positions = frozenset({*self.spans, *self.sizes})
        return Vocabulary(frozenset(self.kinds) | positions, positions, self.classes)

    @cached_property
    def classes(self) -> Mapping[str, Span]:
        """Inputs that are indices, and their ranges."""
        return {name: leaf.domain for name, leaf in self.inputs.items() if isinstance(leaf.domain, Span)}

    def indices_of(self, name: str) -> tuple[str, ...]:
        """The index variables a name is declared with."""
        match self.kinds[name]:
            case Kind.LOSS:
                return ()
            case Kind.INPUT:
                return self.inputs[name].indices
            case Kind.PARAMETER:
                return self.parameters[name].indices
            case Kind.ABBREVIATION:
                return self.abbreviations[name].indices
            case Kind.SIGNAL:
                return self.signals[name].indices
            case Kind.DERIVATIVE:
                return self.names[name].indices

    def timed(self, name: str) -> bool:
        """Is the first index of the name the time?"""
        return name in self._timed

    @cached_property
    def _timed(self) -> frozenset[str]:
        return frozenset(name for name in self.kinds if self.indices_of(name)[:1] == (self.time,))

    @cached_property
    def all_timed(self) -> bool:
        """Has every signal and abbreviation a time index?"""
        return all(map(self.timed, (*self.signals, *self.abbreviations)))

    def scope(self, variables: Iterable[str] = ()) -> Scope:
        """The declared spans of these index variables, in the order of their declaration."""
        wanted = set(variables)
        return Scope(self.sizes, {name: span for name, span in self.spans.items() if name in wanted})

    def spans_of(self, name: str) -> tuple[Span, ...]:
        """The range of each index of a name."""
        return tuple(self.spans[index] for index in self.indices_of(name))

    @property
    def formulas(self) -> tuple[Formula, ...]:
        """Every formula of the system: definitions, and the loss if it is explicit."""
        own = tuple(d.formula for d in (*self.abbreviations.values(), *self.signals.values()))
        return own if self.loss.formula is None else (*own, self.loss.formula)

    @cached_property
    def influences(self) -> Mapping[str, frozenset[str]]:
        """For each signal and the loss: every name it depends on, directly or through others."""
        own: dict[str, set[str]] = {
            name: _names_in(definition.formula) for name, definition in {**self.abbreviations, **self.signals}.items()
        }
        own[self.loss.name] = set(self.loss.given) | set(self.loss.given.values())
        if self.loss.formula is not None:
            own[self.loss.name] |= _names_in(self.loss.formula)
        grown = True
        while grown:
            grown = False
            for name, known in own.items():
                more = set().union(*(own.get(other, set()) for other in known)) - known
                own[name] = known | more
                grown = grown or bool(more)
        return {name: frozenset(known) for name, known in own.items()}

    def lead(self, of: str, by: str) -> int | None:
        """How far ahead of its own time `of` may depend on `by`, at most; None if that is not known.

        Both have a time index. A signal reads others at its own time and before, but it may read inputs ahead;
        and a signal without a time index may gather all times and hand them on to each.
        """
        if (of, by) not in self._leads:
            through = {name for name in (of, *self.influences.get(of, ())) if by in self.influences.get(name, ())}
            self._leads[of, by] = self._lead_through(through, by)
        return self._leads[of, by]

    @cached_property
    def _leads(self) -> dict[tuple[str, str], int | None]:
        return {}

    def _lead_through(self, through: Iterable[str], by: str) -> int | None:
        definitions = {**self.abbreviations, **self.signals}
        farthest = 0
        for name in through:
            if self.time is None or not self.timed(name):
                return None
            definition = definitions[name]
            scope = self.scope(definition.indices)
            while self.kinds[by] is Kind.INPUT and reads_ahead(definition.formula, by, self.time, scope, farthest):
                farthest += 1
                if farthest > _FARTHEST_LEAD:
                    return None
        return farthest

    def at_sizes(self, values: Mapping[str, int]) -> System:
        """The same system with these sizes fixed, and written as numbers."""
        fixed = {name: Affine.lift(value) for name, value in values.items()}

        def definitions(table: Mapping[str, Definition]) -> Mapping[str, Definition]:
            return {name: replace(d, formula=substitute(d.formula, fixed)) for name, d in table.items()}

        formula = self.loss.formula
        return replace(
            self,
            sizes={name: size for name, size in self.sizes.items() if name not in values},
            spans={name: span.substitute(fixed) for name, span in self.spans.items()},
            inputs={name: leaf.at_sizes(fixed) for name, leaf in self.inputs.items()},
            abbreviations=definitions(self.abbreviations),
            signals=definitions(self.signals),
            loss=self.loss if formula is None else replace(self.loss, formula=substitute(formula, fixed)),
        )

    def definition(self, ref: Ref) -> Formula:
        """The right side that defines a signal or an abbreviation, at these indices."""
        home = self.signals if ref.name in self.signals else self.abbreviations
        definition = home[ref.name]
        return substitute(definition.formula, dict(zip(definition.indices, ref.indices, strict=True)))

    def generic(self, name: str) -> Ref:
        """The name at its own index variables: `h[n]`."""
        return Ref(name, tuple(map(Affine.variable, self.indices_of(name))))

    def spelled_out(self, formula: Formula) -> Formula:
        """Names of derivatives replaced by what they stand for."""
        if isinstance(formula, Ref) and formula.name in self.names:
            named = self.names[formula.name]
            moved = substitute(named.derivative, dict(zip(named.indices, formula.indices, strict=True)))
            return replace(moved, at=formula.at)
        return rebuilt(formula, self.spelled_out)

    def with_names(self, formula: Formula) -> Formula:
        """Derivatives that have a name replaced by it."""
        if isinstance(formula, Derivative):
            for named in self.names.values():
                values = _matched(named, formula)
                if values is not None:
                    return Ref(named.name, tuple(values[index] for index in named.indices), at=formula.at)
        return rebuilt(formula, self.with_names)


def _names_in(formula: Formula) -> set[str]:
    return {node.name for node in walk(formula) if isinstance(node, Ref)}


def _matched(named: NamedDerivative, found: Derivative) -> Mapping[str, Affine] | None:
    """The named derivative's index variables as they must be for it to be `found`; None if it cannot be."""
    known = named.derivative
    if (known.total, known.of.name, known.by.name) != (found.total, found.of.name, found.by.name):
        return None
    values: dict[str, Affine] = {}
    for pattern, form in zip(known.of.indices + known.by.indices, found.of.indices + found.by.indices, strict=True):
        (variable,) = pattern.variables or ("",)
        if pattern != (Affine.variable(variable) if variable else form):
            return None
        if variable and values.setdefault(variable, form) != form:
            return None
    return values
