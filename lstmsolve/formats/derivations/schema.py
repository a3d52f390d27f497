"""The shape of a derivation case (`lstmsolve/derivation/1`), validated by pydantic.

Keys and types only; what the formulas mean is read in `derivation`.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Annotated, Final, Literal, TypeAlias

from pydantic import BeforeValidator, Field

from lstmsolve.formats.schemas.case_schema import Text
from lstmsolve.formats.schemas.tables import Table
from lstmsolve.kernel.base.numbers import format_number, read_number
from lstmsolve.kernel.records.problems import CASE_NAME
from lstmsolve.kernel.spec.domains import Domain, RealInterval, Symbols, parse_domain
from lstmsolve.model.derivations import ClaimText, ClassIndex, DerivationCase, InputDomain, OneHot

FORMAT: Final = "lstmsolve/derivation/1"


def _domain(value: object) -> Domain:
    """`"real"` for any real number, or a domain as cases write it; no symbols, which have no derivative."""
    if value == "real":
        return RealInterval(None, None)
    domain = parse_domain(value)
    if isinstance(domain, Symbols):
        raise ValueError('symbols have no derivative; write "real", "real 0..1" or a list of numbers')
    return domain


def _text(value: object) -> str:
    """A formula; a bare number stands for itself."""
    return value if isinstance(value, str) else format_number(read_number(value))


def _input(value: object) -> InputDomain:
    """Besides domains: `"one-hot"`, and a range with sizes in it, `"0..K-1"`, for an input that is an index."""
    if isinstance(value, str) and value.strip().lower().replace(" ", "-") in ("one-hot", "onehot"):
        return OneHot()
    if isinstance(value, str) and ".." in value and not value.startswith("real") and any(map(str.isalpha, value)):
        return ClassIndex(value)
    return _domain(value)


Formula: TypeAlias = Annotated[str, BeforeValidator(_text)]
DomainText: TypeAlias = Annotated[object, BeforeValidator(_domain)]
InputText: TypeAlias = Annotated[object, BeforeValidator(_input)]
Exact: TypeAlias = Annotated[Fraction, BeforeValidator(read_number)]


class ClaimTable(Table):
    id: Annotated[Text, Field(min_length=1, max_length=100)]
    claim: str
    place: Text = ""


class DerivationFile(Table):
    format: Literal["lstmsolve/derivation/1"]
    name: Annotated[str, Field(pattern=rf"^{CASE_NAME}$")]
    title: Text = ""
    source: Text = ""
    kinks: list[Literal["crelu", "relu", "abs"]] = Field(default_factory=list)
    sizes: dict[str, Formula] = Field(default_factory=dict)
    time: dict[str, str] = Field(default_factory=dict)
    indices: dict[str, str] = Field(default_factory=dict)
    inputs: dict[str, InputText] = Field(default_factory=dict)
    parameters: dict[str, DomainText] = Field(default_factory=dict)
    let: dict[str, Formula] = Field(default_factory=dict)
    signals: dict[str, Formula]
    before: dict[str, Exact] = Field(default_factory=dict)
    loss: dict[str, Formula] = Field(default_factory=dict)
    given: dict[str, str] = Field(default_factory=dict)
    names: dict[str, str] = Field(default_factory=dict)
    shapes: dict[str, Formula] = Field(default_factory=dict)
    assume: dict[str, Exact] = Field(default_factory=dict)
    claims: list[ClaimTable] = Field(default_factory=list)

    def case(self) -> DerivationCase:
        claims = tuple(ClaimText(claim.id, claim.claim, claim.place) for claim in self.claims)
        plain = {key: getattr(self, key) for key in DerivationFile.model_fields if key not in ("format", "claims")}
        return DerivationCase(
            **{**plain, "title": self.title or self.name, "kinks": tuple(self.kinks), "claims": claims}
        )
