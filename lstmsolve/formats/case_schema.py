"""The shape of a case file (`lstmsolve/case/1`), validated by pydantic.

The schema checks keys and types and turns every convenience of the format into the one form that
`kernel.records.problems` reads; what the texts mean is checked there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Final, Literal, TypeAlias

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from lstmsolve.automata.languages import language_record
from lstmsolve.kernel.base.characters import name_flaw
from lstmsolve.kernel.base.errors import InputError
from lstmsolve.kernel.base.numbers import format_number, read_number
from lstmsolve.kernel.records.problems import CASE_NAME
from lstmsolve.kernel.spec.domains import parse_domain, parse_symbols
from lstmsolve.writing.problems import domain_record

FORMAT: Final[Literal["lstmsolve/case/1"]] = "lstmsolve/case/1"


def _number(value: object) -> str:
    return format_number(read_number(value))


def _domain(value: object) -> object:
    return domain_record(parse_domain(value))


def _shown(value: str) -> str:
    flaw = name_flaw(value)
    if flaw is not None:
        raise ValueError(flaw)
    return value


def _formula(value: object) -> object:
    """An expression; a bare number stands for itself."""
    if isinstance(value, str):
        return value
    return _number(value)


def _formulas(value: object) -> list[object]:
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_formula(entry) for entry in value]
    return [_formula(value)]


def _register(value: object) -> dict[str, object]:
    """`0`, `"1/2"`, `"real 0"`, `{ init = 0, type = "real" }` or `{ symbols = [...], init = "A" }`."""
    if isinstance(value, Mapping):
        unknown = set(value) - {"init", "type", "symbols"}
        if unknown or "init" not in value:
            raise ValueError('a register table has init, and either type = "integer"|"real" or symbols = [...]')
        if "symbols" in value:
            if "type" in value:
                raise ValueError("a register has symbols or a type, not both")
            return {"symbols": list(parse_symbols(value["symbols"])), "init": value["init"]}
        kind = value.get("type", "integer")
        if kind not in ("integer", "real"):
            raise ValueError('type is "integer" or "real"')
        return {"init": _number(value["init"]), "type": kind}
    if isinstance(value, str) and value.startswith("real "):
        return {"init": _number(value.removeprefix("real ")), "type": "real"}
    start = read_number(value)
    real = isinstance(value, str) or start.denominator != 1
    return {"init": format_number(start), "type": "real" if real else "integer"}


def _alphabet(value: object) -> tuple[str, ...]:
    """`"ab"` or `["a", "b"]`."""
    return parse_symbols(list(value) if isinstance(value, str) else value)


def _threshold(sign: str, value: object) -> tuple[str, bool]:
    """The number, and whether the sign is strict."""
    if not isinstance(value, str) or not value.strip().startswith(sign):
        raise ValueError(f'a threshold is written "{sign} 3/4" or "{sign}= 3/4"')
    rest = value.strip().removeprefix(sign)
    return _number(rest.removeprefix("=")), not rest.startswith("=")


def _bounds(value: object) -> tuple[str | None, str | None]:
    domain = domain_record(parse_domain(value)) if isinstance(value, str) else None
    if not isinstance(domain, str):
        raise ValueError('bounds are a range such as "-1..1" or "real -0.5..0.5"')
    low, _, high = domain.removeprefix("real ").partition("..")
    return low or None, high or None


def _hidden(value: object) -> object:
    if value == "minimal" or (isinstance(value, int) and not isinstance(value, bool) and value >= 1):
        return value
    raise ValueError('a hidden size is an integer from 1 on, or "minimal"')


def _letter(value: object) -> object:
    return "any" if value == "any" else _number(value)


def _said(value: object) -> object:
    """A Moore output, or a Mealy table."""
    if isinstance(value, Mapping):
        return {symbol: _letter(entry) for symbol, entry in value.items()}
    return _letter(value)


Text: TypeAlias = Annotated[str, AfterValidator(_shown)]
"""A title and the like: what is said of it in `kernel.base.characters` holds."""
Number: TypeAlias = Annotated[str, BeforeValidator(_number)]
Formula: TypeAlias = Annotated[str, BeforeValidator(_formula)]


class Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, arbitrary_types_allowed=True)


class Output(Table):
    h: Annotated[list[str], BeforeValidator(_formulas)]


class Assume(Table):
    always: str


class Readout(Table):
    accept: Annotated[tuple[str, bool], BeforeValidator(lambda value: _threshold(">", value))]
    reject: Annotated[tuple[str, bool], BeforeValidator(lambda value: _threshold("<", value))]
    layer: bool = False
    decide: Literal["threshold"] = "threshold"

    def record(self) -> dict[str, object]:
        (accept, strictly), (reject, strictly_not) = self.accept, self.reject
        record: dict[str, object] = {"accept": accept, "reject": reject}
        flags = {"accept_strictly": strictly, "reject_strictly": strictly_not, "layer": self.layer}
        return record | {key: True for key, flag in flags.items() if flag}


class Initial(Table):
    c: list[Number] | None = None
    h: list[Number] | None = None


class CellTable(Table):
    hidden: Annotated[int | str, BeforeValidator(_hidden)] = "minimal"
    gate: Literal["crelu", "sigmoid"] = "crelu"
    candidate: Literal["crelu", "identity", "tanh"] = "crelu"
    output: Literal["identity", "crelu", "tanh"] = "identity"
    initial: Initial | None = None

    def record(self) -> dict[str, object]:
        cell: dict[str, object] = self.model_dump(exclude={"initial"})
        if self.initial is not None:
            size = self.hidden if isinstance(self.hidden, int) else len(self.initial.c or self.initial.h or [])
            zeros = ["0"] * size
            cell["initial"] = {"c": self.initial.c or zeros, "h": self.initial.h or zeros}
        return cell


class MachineTable(Table):
    alphabet: Annotated[tuple[str, ...], BeforeValidator(_alphabet)]
    start: str
    output: dict[str, Annotated[object, BeforeValidator(_said)]]
    next: dict[str, dict[str, str]]

    def record(self) -> dict[str, object]:
        return {**self.model_dump(), "alphabet": list(self.alphabet)}


class LanguageTable(Table):
    alphabet: Annotated[tuple[str, ...], BeforeValidator(_alphabet)]
    regex: str


class WeightsTable(BaseModel):
    """`[weights]`: fixed values under the weights' names, and bounds, integer, where."""

    model_config = ConfigDict(extra="allow", frozen=True, strict=True)

    bounds: Annotated[tuple[str | None, str | None], BeforeValidator(_bounds)] = (None, None)
    integer: bool = False
    where: list[str] = []

    @model_validator(mode="after")
    def _numbers_are_exact(self) -> WeightsTable:
        self.fixed()
        return self

    def fixed(self) -> dict[str, str]:
        """Each fixed weight by name: a number, or lists of them (`"any"` leaves one open)."""
        found: dict[str, str] = {}
        for name, value in (self.model_extra or {}).items():
            _spread(name, value, found)
        return found

    def record(self) -> dict[str, object]:
        low, high = self.bounds
        record: dict[str, object] = {"fixed": self.fixed(), "integer": self.integer, "where": self.where}
        return record | ({"low": low} if low else {}) | ({"high": high} if high else {})


class CaseFile(Table):
    format: Literal["lstmsolve/case/1"] = FORMAT
    name: Annotated[str, Field(pattern=rf"^{CASE_NAME}$")]
    title: Text = ""
    source: Text = ""
    input: dict[str, Annotated[object, BeforeValidator(_domain)]] | None = None
    state: dict[str, Annotated[object, BeforeValidator(_register)]] | None = None
    next: dict[str, Formula] | None = None
    output: Output | None = None
    language: LanguageTable | None = None
    machine: MachineTable | None = None
    assume: Assume | None = None
    readout: Readout | None = None
    cell: CellTable = CellTable()
    weights: WeightsTable = WeightsTable()

    def record(self) -> dict[str, object]:
        """The record that `kernel.records.problems.problem_from_record` reads.

        Raises:
            InputError: a language clashes with other sections, or has no automaton within the limits.
        """
        record: dict[str, object] = {"name": self.name, "title": self.title or self.name, "source": self.source}
        for key in ("input", "state", "next"):
            value = getattr(self, key)
            if value is not None:
                record[key] = value
        if self.output is not None:
            record["output"] = self.output.h
        if self.machine is not None:
            record["machine"] = self.machine.record()
        if self.language is not None:
            clash = [key for key in ("machine", "input", "state", "next", "output") if getattr(self, key) is not None]
            if clash:
                raise InputError.single("language", f"a language is the whole behaviour: remove {', '.join(clash)}")
            record["machine"] = language_record(self.language.alphabet, self.language.regex)
        if self.assume is not None:
            record["assume"] = self.assume.always
        if self.readout is not None:
            record["readout"] = self.readout.record()
        return record | {"cell": self.cell.record(), "weights": self.weights.record()}


def _spread(name: str, value: object, found: dict[str, str]) -> None:
    """`b_f = [1, 2]` fixes b_f[0] and b_f[1]; `w_f = [[1, 0]]` fixes w_f[0,0] and w_f[0,1]."""
    if value == "any":
        return
    if isinstance(value, Sequence) and not isinstance(value, str):
        stem, _, index = name.partition("[")
        inside = index.removesuffix("]")
        for position, entry in enumerate(value):
            _spread(f"{stem}[{inside},{position}]" if inside else f"{stem}[{position}]", entry, found)
        return
    try:
        found[name] = _number(value)
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from None
