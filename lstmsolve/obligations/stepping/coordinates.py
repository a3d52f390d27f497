"""Coordinates of a joint state of spec and cell. Their names are the variables of forms and of certificates.

`named` is the only reader of such names.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Whole:
    """A register, `n`."""

    register: str

    @property
    def name(self) -> str:
        return self.register


@dataclass(frozen=True, slots=True)
class Quotient:
    """What a numeric register is when divided, rounded down: `n//3`."""

    register: str
    divisor: int

    @property
    def name(self) -> str:
        return f"{self.register}//{self.divisor}"


@dataclass(frozen=True, slots=True)
class Remainder:
    """What is left of a numeric register that is divided: `n%3`."""

    register: str
    divisor: int

    @property
    def name(self) -> str:
        return f"{self.register}%{self.divisor}"


@dataclass(frozen=True, slots=True)
class Held:
    """What a unit's cell holds, `c[0]`."""

    unit: int

    @property
    def name(self) -> str:
        return f"c[{self.unit}]"


@dataclass(frozen=True, slots=True)
class Shown:
    """What a unit shows, `h[0]`."""

    unit: int

    @property
    def name(self) -> str:
        return f"h[{self.unit}]"


OfSpec: TypeAlias = Whole | Quotient | Remainder
OfCell: TypeAlias = Held | Shown
Coordinate: TypeAlias = OfSpec | OfCell


def named(name: str) -> Coordinate:
    """The coordinate of this name. Registers are called by identifiers, so no two coordinates share one."""
    if name.endswith("]"):
        unit = int(name[2:-1])
        return Held(unit) if name[0] == "c" else Shown(unit)
    for operator, part in (("//", Quotient), ("%", Remainder)):
        register, found, divisor = name.partition(operator)
        if found:
            return part(register, int(divisor))
    return Whole(name)
