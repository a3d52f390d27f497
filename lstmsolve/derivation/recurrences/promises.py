"""What `[assume]` and one-hot inputs promise: that an input's elements, over one index, add up to a number."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Final

from lstmsolve.derivation.language.formulas import Ref, Sum
from lstmsolve.derivation.language.indices import Scope
from lstmsolve.derivation.language.reading import read_formula
from lstmsolve.derivation.recurrences.declarations import Declarations, spelled_key
from lstmsolve.derivation.recurrences.systems import Total
from lstmsolve.kernel.base.affine import Affine
from lstmsolve.kernel.base.errors import Complaints
from lstmsolve.kernel.language.expressions import ExpressionError
from lstmsolve.kernel.language.syntax import caret
from lstmsolve.model.derivations import DerivationCase, OneHot

_FORM: Final = 'a promise is a sum over the whole range of one index of an input, "Σ(k, 0, K-1, y[n, k])" = 1'


def totals_of(case: DerivationCase, declared: Declarations, complaints: Complaints) -> Mapping[str, Total]:
    """For each input of which that is promised: the place of the index that is summed over, and the value."""
    found: dict[str, Total] = {}
    for key, domain in case.inputs.items():
        name = key.partition("[")[0]
        if isinstance(domain, OneHot):
            indices = declared.inputs[name].indices
            if indices and indices != (declared.time,):
                found[name] = Total(len(indices) - 1, Fraction(1))
            else:
                message = "one-hot is said of an index besides the time: y[n, k]"
                complaints.add(spelled_key("inputs", key), message)
    for text, value in case.assume.items():
        key = spelled_key("assume", text)
        try:
            formula = read_formula(text, declared.vocabulary)
        except ExpressionError as error:
            complaints.add(key, str(error), text, caret(text, error.at))
            continue
        match formula:
            case Sum(index, low, high, Ref(name, forms)) if name in declared.inputs:
                place = _place(name, forms, index, low, high, declared)
                if place is None:
                    complaints.add(key, _FORM, text)
                elif name in found:
                    complaints.add(key, f"something like this is promised of {name} already", text)
                else:
                    found[name] = Total(place, value)
            case _:
                complaints.add(key, _FORM, text)
    scope = Scope(declared.sizes)
    for name, total in found.items():
        span = declared.spans[declared.inputs[name].indices[total.place]]
        if not scope.never_negative(span.high - span.low):
            complaints.add(
                "assume", f"the range of {name} can be empty, and then its sum is 0; give the size a least value"
            )
    return found


def _place(
    name: str, forms: tuple[Affine, ...], index: str, low: Affine, high: Affine, declared: Declarations
) -> int | None:
    """Which index of the input is summed over, all others being its own index variables; None if it is not so."""
    own = declared.inputs[name].indices
    if len(own) != len(forms):
        return None
    for place, variable in enumerate(own):
        span = declared.spans[variable]
        others = [form for other, form in enumerate(forms) if other != place]
        plain = others == [Affine.variable(v) for other, v in enumerate(own) if other != place]
        if plain and forms[place] == Affine.variable(index) and (low, high) == (span.low, span.high):
            return place
    return None
