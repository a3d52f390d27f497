"""The derived recurrences at work: every δ of an unrolled net, each computed once, back from the end."""

from __future__ import annotations

from lstmsolve.derivation.chain_rule.rules import adjoint
from lstmsolve.derivation.language.formulas import Formula
from lstmsolve.derivation.trial.arithmetic import Dual, Undefined, Value
from lstmsolve.derivation.trial.evaluation import Element, evaluate
from lstmsolve.derivation.trial.unrolled import Unrolled


class Backward:
    """Total derivatives of the loss by the formulas of `rules`; `unrolled` finds the same without them."""

    def __init__(self, net: Unrolled) -> None:
        self._net = net
        self._formulas: dict[str, Formula] = {}
        self._known: dict[Element, Value] = {}
        # Later times first, so that no recurrence has to reach far.
        for element in reversed(list(net.elements())):
            self.total(element)

    def number(self, by: Element) -> float:
        """dL/dby as a float, for elements that exist."""
        value = self.total(by)
        assert not isinstance(value, Dual | Undefined)
        return float(value)

    def total(self, by: Element) -> Value:
        """dL/dby; 0 beyond the last time."""
        if not self._net.in_range(by):
            return self._net.derivative(True, (self._net.system.loss.name, ()), by)
        if by not in self._known:
            name, place = by
            system = self._net.system
            indices = system.indices_of(name)
            if name not in self._formulas:
                self._formulas[name] = adjoint(system, system.generic(name), system.scope(indices))
            at = {**self._net.data.sizes, **dict(zip(indices, place, strict=True))}
            self._known[by] = evaluate(self._formulas[name], at, self, self._net.arithmetic)
        return self._known[by]

    def ref(self, element: Element) -> Value:
        return self._net.ref(element)

    def derivative(self, total: bool, of: Element, by: Element) -> Value:
        assert total, "derived recurrences hold no partial derivatives"
        return self.total(by)
