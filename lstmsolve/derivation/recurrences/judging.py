"""What a defining formula may say: checked node by node, for all sizes at once."""

from __future__ import annotations

from collections.abc import Collection
from difflib import get_close_matches

from lstmsolve.derivation.language.conditions import branches
from lstmsolve.derivation.language.formulas import (
    Call,
    Choice,
    Derivative,
    Formula,
    Number,
    Position,
    Power,
    Ref,
    Sum,
    index_forms,
    parts,
    walk,
)
from lstmsolve.derivation.language.functions import FUNCTIONS
from lstmsolve.derivation.language.indices import Scope, Span
from lstmsolve.derivation.language.writing import write_index, write_ref
from lstmsolve.derivation.recurrences.systems import (
    DIFFERENTIATED,
    DIFFERENTIATED_BY,
    Definition,
    Kind,
    System,
)
from lstmsolve.kernel.base.affine import Affine
from lstmsolve.kernel.base.errors import Complaints
from lstmsolve.kernel.language.syntax import caret


class Judge:
    """Checks the formulas of one system; complaints carry the key and a caret into the text."""

    def __init__(self, system: System, kinks: Collection[str], complaints: Complaints) -> None:
        self._system = system
        self._kinks = {name.lower() for name in kinks}
        self._complaints = complaints

    def definition(self, key: str, text: str, definition: Definition) -> None:
        """Check a signal or an abbreviation."""
        scope = self._system.scope(definition.indices)
        self._check(definition.formula, scope, _Place(key, text, definition.name, self._system.timed(definition.name)))

    def loss(self, key: str, text: str, formula: Formula) -> None:
        """Check an explicit loss."""
        self._check(formula, self._system.scope(), _Place(key, text, self._system.loss.name, False))

    def _check(self, formula: Formula, scope: Scope, place: _Place) -> None:
        for form in index_forms(formula):
            for name in form.variables:
                if name not in scope.spans and name not in scope.sizes:
                    self._complain(place, formula.at, f"the index {name!r} is not declared here")
                    return
        match formula:
            case Ref():
                self._check_ref(formula, scope, place)
            case Derivative():
                self._complain(place, formula.at, "derivatives belong into claims, not into definitions")
            case Call(function, _, slope):
                kinks = FUNCTIONS[function].kinks
                if slope:
                    self._complain(place, formula.at, "slopes such as σ̇ belong into claims, not into definitions")
                elif kinks and function not in self._kinks:
                    message = f"{function} is not differentiable {kinks}; to use it so, write kinks = [{function!r}]"
                    self._complain(place, formula.at, message.replace("'", '"'))
            case Sum(index, low, high):
                if index in scope.spans:
                    self._complain(place, formula.at, f"the index {index!r} of this sum is already in use around it")
                scope = scope.within(index, Span(low, high))
            case Power(_, exponent):
                if any(isinstance(node, Ref | Call | Sum | Choice) for node in walk(exponent)):
                    self._complain(place, exponent.at, "an exponent is made of numbers, sizes and indices")
            case Choice(condition, then, otherwise):
                for side in (condition.left, condition.right):
                    self._check_condition(side, place)
                    self._check(side, scope, place)
                met, unmet = branches(condition, scope)
                self._check(then, met, place)
                self._check(otherwise, unmet, place)
                return
            case _:
                pass
        for part in parts(formula):
            self._check(part, scope, place)

    def _check_condition(self, side: Formula, place: _Place) -> None:
        for node in walk(side):
            plain = isinstance(node, Number | Position) or not isinstance(node, Ref | Call | Sum | Derivative | Choice)
            if not plain and not (isinstance(node, Ref) and self._system.kinds.get(node.name) is Kind.INPUT):
                message = (
                    "a condition may depend on inputs, sizes and indices alone: elsewhere it is not differentiable"
                )
                self._complain(place, node.at, message)

    def _check_ref(self, ref: Ref, scope: Scope, place: _Place) -> None:
        system = self._system
        kind = system.kinds.get(ref.name)
        if kind is None or kind is Kind.DERIVATIVE or kind is Kind.LOSS:
            said = "is not defined" if kind is None else "cannot be used in a definition"
            near = get_close_matches(ref.name, [*system.kinds, *system.sizes], n=2)
            hint = f"; did you mean {' or '.join(near)}?" if near and kind is None else ""
            self._complain(place, ref.at, f"{ref.name!r} {said}{hint}")
            return
        indices = system.indices_of(ref.name)
        problem = misused(ref, system)
        if problem is not None:
            self._complain(place, ref.at, problem)
            return
        for index, form, span in zip(indices, ref.indices, system.spans_of(ref.name), strict=True):
            if index == system.time:
                self._check_time(ref, form, span, kind, scope, place)
            elif not scope.inside(form, span):
                allowed = f"{index} = {write_index(span.low)} … {write_index(span.high)}"
                self._complain(place, ref.at, f"{write_ref(ref)} can leave the range of {ref.name}, {allowed}")

    def _check_time(self, ref: Ref, form: Affine, span: Span, kind: Kind, scope: Scope, place: _Place) -> None:
        time = self._system.time
        assert time is not None
        if place.timed:
            lag = Affine.variable(time) - form
            if kind is not Kind.INPUT and not scope.never_negative(lag):
                said = "is later than" if scope.never_negative(-lag - 1) else "need not lie before"
                self._complain(
                    place,
                    ref.at,
                    f"{write_ref(ref)} {said} {place.name}[{time}], which it defines; write lags as in h[{time}-1]",
                )
                return
        if not scope.never_negative(span.high - form):
            self._complain(place, ref.at, f"{write_ref(ref)} can go beyond the last time, {write_index(span.high)}")
        elif not scope.never_negative(form) and ref.name not in self._system.before:
            if kind is Kind.ABBREVIATION:
                message = f"{write_ref(ref)} reaches back before time 0, where the abbreviation {ref.name} has no value"
            else:
                message = (
                    f"{write_ref(ref)} reaches back before time 0, and nothing says what {ref.name} is there; "
                    f"write for example {ref.name} = 0 under [before]"
                )
            self._complain(place, ref.at, message)

    def _complain(self, place: _Place, at: int, message: str) -> None:
        self._complaints.add(place.key, message, place.text, caret(place.text, at))


def misused(ref: Ref, system: System) -> str | None:
    """Why a reference means nothing: its name is not defined, or has other indices."""
    if ref.name not in system.kinds:
        return f"{ref.name} is not defined"
    indices = system.indices_of(ref.name)
    if len(indices) != len(ref.indices):
        shown = f"{ref.name}[{', '.join(indices)}]" if indices else f"{ref.name}, without an index"
        return f"{write_ref(ref)} should be {shown}"
    return None


def misused_derivative(derivative: Derivative, system: System) -> str | None:
    """Why a derivative means nothing: of a loss or signal, by a signal, parameter or input, it means something."""
    for ref, kinds in ((derivative.of, DIFFERENTIATED), (derivative.by, DIFFERENTIATED_BY)):
        problem = misused(ref, system)
        if problem is not None:
            return problem
        if system.kinds[ref.name] not in kinds:
            return f"{write_ref(ref)} is {system.kinds[ref.name].value}, which has no place there"
    return None


class _Place:
    """Where a formula stands: its key and text in the file, and what it defines."""

    def __init__(self, key: str, text: str, name: str, timed: bool) -> None:
        self.key = key
        self.text = text
        self.name = name
        self.timed = timed
