"""Index ranges, and what can be proved about index expressions for all sizes at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from lstmsolve.kernel.base.affine import Affine


@dataclass(frozen=True, slots=True)
class Span:
    """The integers low <= i <= high; both affine in sizes and in indices that came before."""

    low: Affine
    high: Affine

    def substitute(self, values: Mapping[str, Affine]) -> Span:
        return Span(self.low.substitute(values), self.high.substitute(values))


@dataclass(frozen=True, slots=True)
class Size:
    """The values a size may take; `high` None is no bound."""

    low: int
    high: int | None


@dataclass(frozen=True)
class Scope:
    """Index variables in force, each with its span, and the sizes.

    A span may mention sizes and the variables before its own.
    """

    sizes: Mapping[str, Size]
    spans: Mapping[str, Span] = field(default_factory=dict)
    middle: Span | None = None
    """Where sums over time are to be cut into written-out ends and this middle; None leaves them whole."""

    def within(self, name: str, span: Span) -> Scope:
        """The scope inside a sum over `name`; an outer variable of the name is hidden."""
        return replace(self, spans={**{k: v for k, v in self.spans.items() if k != name}, name: span})

    def where(self, form: Affine) -> Scope:
        """The scope where `form >= 0`, if that is an end of one span or a least size; else the scope as it is."""
        for name, span in reversed(list(self.spans.items())):
            factor = form.coefficient(name)
            if abs(factor) != 1:
                if factor:
                    return self
                continue
            end = (form - Affine.of({name: factor})) * (-factor)
            if factor > 0 and self.never_negative(end - span.low):
                span = replace(span, low=end)
            elif factor < 0 and self.never_negative(span.high - end):
                span = replace(span, high=end)
            return replace(self, spans={**self.spans, name: span})
        if len(form.terms) == 1 and form.terms[0][1] == 1 and form.variables[0] in self.sizes:
            (name,) = form.variables
            size = self.sizes[name]
            return replace(self, sizes={**self.sizes, name: replace(size, low=max(size.low, int(-form.constant)))})
        return self

    def never_negative(self, form: Affine) -> bool:
        """Is the form proved to be >= 0 for all sizes and all indices in their spans?

        Each variable takes the end of its span that makes the form least, innermost first. False
        means "not proved", also where a span is empty or a name is unknown.
        """
        least = self._least(form)
        return least is not None and least >= 0

    def inside(self, form: Affine, span: Span) -> bool:
        """Is the form proved to lie in the span?"""
        return self.never_negative(form - span.low) and self.never_negative(span.high - form)

    def outside(self, form: Affine, span: Span) -> bool:
        """Is the form proved to lie outside the span, whatever the sizes?"""
        return self.never_negative(span.low - form - 1) or self.never_negative(form - span.high - 1)

    def _least(self, form: Affine) -> int | None:
        for name, span in reversed(list(self.spans.items())):
            factor = form.coefficient(name)
            if factor:
                form = form.substitute({name: span.low if factor > 0 else span.high})
        least = form.constant
        for name, factor in form.terms:
            if name not in self.sizes:
                return None
            size = self.sizes[name]
            if factor < 0 and size.high is None:
                return None
            least += factor * (size.low if factor > 0 else size.high or 0)
        return int(least)
