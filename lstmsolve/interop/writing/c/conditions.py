"""Conditions of `[property]` as assertions in C, about what the code itself holds, shows and says after a step.

The condition is evaluated with c, h and z as unknowns. Each comparison that this asks for becomes an `if`, with both
answers followed up, and where the condition turns out not to hold an assertion fails.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Final

from lstmsolve.kernel.base.affine import Affine, Row, negated, normalised
from lstmsolve.kernel.base.errors import InputError
from lstmsolve.kernel.language.evaluation import Value
from lstmsolve.kernel.spec.specs import Formula, Spec

AFTER: Final = "after "
"""Before the name of an unknown. No name of a certificate has it: its `c[0]` is c before the step."""


MOST_COMPARISONS: Final = 16
"""In a row; each doubles what is written."""


class Facts:
    """Comparisons that conditions on the way to a leaf have answered."""

    def __init__(self, rows: Collection[Row], integers: frozenset[str]) -> None:
        self._rows = frozenset(rows)
        self._integers = integers

    def known(self, form: Affine) -> bool | None:
        """Is `form >= 0`? None where no condition says so."""
        row = normalised(form, False, self._integers)
        if row in self._rows:
            return True
        return False if negated(row, self._integers) in self._rows else None

    def at_least_zero(self, form: Affine) -> bool:
        """The same, where a checked certificate leaves nothing open."""
        found = self.known(form)
        assert found is not None
        return found

    def is_integer(self, variable: str) -> bool:
        return variable in self._integers


class _Asked(Exception):
    """A comparison that has no answer yet."""

    def __init__(self, form: Affine) -> None:
        super().__init__(str(form))
        self.form = form


class _Script:
    """Answers what the case says and the comparisons so far; the next one ends the evaluation."""

    def __init__(self, facts: Facts, answers: Mapping[Affine, bool]) -> None:
        self._facts = facts
        self._answers = answers

    def at_least_zero(self, form: Affine) -> bool:
        known = self._answers.get(form)
        if known is None and not any(name.startswith(AFTER) for name in form.variables):
            known = self._facts.known(form)
        if known is None:
            raise _Asked(form)
        return known

    def is_integer(self, variable: str) -> bool:
        return self._facts.is_integer(variable)


def assertions(
    spec: Spec,
    registers: Mapping[str, Value],
    inputs: Mapping[str, Value],
    sizes: Mapping[str, int],
    facts: Facts,
    condition: Callable[[Affine], str],
    depth: int,
) -> str:
    """Statements that assert `spec.always`. `sizes` says how many c, h and z there are; registers have new values.

    `condition` writes `form >= 0` in C, over the variables of the certificate and the unknowns `after c[0]`, ….

    Raises:
        InputError: a condition asks for more comparisons in a row than are written.
    """
    cell = {part: [Affine.variable(f"{AFTER}{part}[{k}]") for k in range(size)] for part, size in sizes.items()}

    def written(answers: Mapping[Affine, bool], depth: int) -> str:
        tab = "    " * depth
        try:
            broken = spec.broken(registers, inputs, cell, _Script(facts, answers))
        except _Asked as asked:
            if len(answers) == MOST_COMPARISONS:
                raise InputError.single(
                    "property", "its conditions take too many comparisons for a harness in C"
                ) from None
            then, otherwise = (written({**answers, asked.form: answer}, depth + 1) for answer in (True, False))
            if not then and not otherwise:
                return ""
            return f"{tab}if ({condition(asked.form)}) {{\n{then}{tab}}} else {{\n{otherwise}{tab}}}\n"
        return (
            ""
            if broken is None
            else f'{tab}ASSERT(0, "condition {_place(spec.always, broken)} of [property] holds");\n'
        )

    return written({}, depth) if spec.always else ""


def _place(formulas: Sequence[Formula], broken: Formula) -> int:
    """Which condition it is, counted from 1: the text of one could end a string of C."""
    return next(place for place, formula in enumerate(formulas, 1) if formula is broken)
