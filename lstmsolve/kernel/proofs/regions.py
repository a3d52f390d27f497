"""What is known at one place of a case tree: rows over typed variables, equations and products.

Prover and checker share it: that a region grows as the nodes of a tree say is part of what must be trusted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from lstmsolve.kernel.base.affine import Affine, Row, is_integral, normalised
from lstmsolve.kernel.proofs.certificates import Factor, product_rows


@dataclass(frozen=True)
class Region:
    """Rows over typed variables, with the equations found so far substituted away."""

    rows: tuple[Row, ...]
    integers: frozenset[str]
    variables: frozenset[str]
    pins: Mapping[str, Affine] = field(default_factory=dict)
    products: Mapping[frozenset[Affine], Affine] = field(default_factory=dict)
    """What stands for the products of two forms that both vary."""

    @staticmethod
    def of(rows: Sequence[Row], integers: frozenset[str], variables: frozenset[str]) -> Region:
        return Region(tuple(normalised(row.form, row.strict, integers) for row in rows), integers, variables)

    def add(self, row: Row) -> Region:
        return replace(self, rows=(*self.rows, row))

    def pin(self, variable: str, value: Affine) -> Region:
        """With a variable replaced by the form that it equals."""
        put = {variable: value}
        rows = tuple(row.substitute(put, self.integers) for row in self.rows)
        pins = {name: form.substitute(put) for name, form in self.pins.items()} | put
        products = {
            frozenset(factor.substitute(put) for factor in factors): product.substitute(put)
            for factors, product in self.products.items()
        }
        return Region(rows, self.integers, self.variables - {variable}, pins, products)

    def multiply(self, variable: str, left: Factor, right: Factor) -> Region:
        """With a variable for a product, and what the ends of its factors say of it."""
        whole = is_integral(left.form, self.integers) and is_integral(right.form, self.integers)
        integers = self.integers | {variable} if whole else self.integers
        rows = tuple(normalised(row.form, row.strict, integers) for row in product_rows(variable, left, right))
        products = {**self.products, frozenset((left.form, right.form)): Affine.variable(variable)}
        return Region((*self.rows, *rows), integers, self.variables | {variable}, self.pins, products)

    def bind(self, form: Affine) -> Affine:
        """The form with the equations applied."""
        return form.substitute(self.pins)
