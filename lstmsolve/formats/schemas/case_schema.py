"""The shape of a case file (`lstmsolve/case/1`), validated by pydantic.

The schema checks keys and types and turns every convenience of the format into the one form that
`kernel.records.problems` reads; what the texts mean is checked there.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Annotated, Final, Literal, TypeAlias

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from lstmsolve.formats.files import toml_value
from lstmsolve.formats.schemas.machine_tables import MachineTable, alphabet
from lstmsolve.formats.schemas.tables import Table
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


def _threshold(sign: str, value: object) -> str:
    """`">= 3/4"` as `3/4`, `"> 3/4"` as `> 3/4`."""
    text = value.strip() if isinstance(value, str) else ""
    if not text.startswith(sign):
        raise ValueError(f'a threshold is written "{sign}= 3/4" or "{sign} 3/4"')
    strict = not text.startswith(f"{sign}=")
    number = _number(text.removeprefix(sign).removeprefix("=").strip())
    return f"{sign} {number}" if strict else number


def _start(value: object) -> object:
    return value if value == "free" else [_number(entry) for entry in _entries(value)]


def _entries(value: object) -> Sequence[object]:
    if isinstance(value, str) or not isinstance(value, Sequence):
        raise ValueError('the start of a cell is a list of numbers, one a unit, or "free"')
    return value


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


Text: TypeAlias = Annotated[str, AfterValidator(_shown)]
"""A title and the like: what is said of it in `kernel.base.characters` holds."""
Number: TypeAlias = Annotated[str, BeforeValidator(_number)]
Formula: TypeAlias = Annotated[str, BeforeValidator(_formula)]


class Reply(Table):
    """An output that is a symbol."""

    symbols: Annotated[tuple[str, ...], BeforeValidator(parse_symbols)]
    says: Formula = Field(alias="is")


class Output(Table):
    h: Annotated[list[str], BeforeValidator(_formulas)] | None = None
    reply: Reply | None = None

    @model_validator(mode="after")
    def _one_kind(self) -> Output:
        if (self.h is None) is (self.reply is None):
            raise ValueError('[output] has h = "…", or reply = { symbols = ["ok", "err"], is = "…" }')
        return self

    def record(self) -> object:
        if self.reply is not None:
            return {"symbols": list(self.reply.symbols), "is": self.reply.says}
        return self.h


class Assume(Table):
    always: str


class Property(Table):
    always: Annotated[list[str], BeforeValidator(_formulas)]


class Readout(Table):
    """Which keys go together is for `kernel.records.readouts` to say."""

    layer: bool | None = None
    decide: Literal["value", "threshold", "argmax"] | None = None
    accept: Annotated[str, BeforeValidator(lambda value: _threshold(">", value))] | None = None
    reject: Annotated[str, BeforeValidator(lambda value: _threshold("<", value))] | None = None
    margin: Number | None = None
    late: int | None = None


Start: TypeAlias = Annotated[list[str] | Literal["free"], BeforeValidator(_start)]


class Initial(Table):
    """Either `"free"` alone, or c and h."""

    c: Start | None = None
    h: Start | None = None

    @model_validator(mode="before")
    @classmethod
    def _both(cls, value: object) -> object:
        return {"c": "free", "h": "free"} if value == "free" else value


class CellTable(Table):
    hidden: Annotated[int | str, BeforeValidator(_hidden)] = "minimal"
    gate: Literal["crelu", "sigmoid"] = "crelu"
    candidate: Literal["crelu", "identity", "tanh"] = "crelu"
    output: Literal["identity", "crelu", "tanh"] = "identity"
    initial: Initial | None = None

    def record(self) -> dict[str, object]:
        cell: dict[str, object] = self.model_dump(exclude={"initial"})
        if self.initial is not None:
            given = next((part for part in (self.initial.c, self.initial.h) if isinstance(part, list) and part), [])
            size = self.hidden if isinstance(self.hidden, int) else len(given)
            zeros = ["0"] * size
            cell["initial"] = {"c": self.initial.c or zeros, "h": self.initial.h or zeros}
        return cell


class LanguageTable(Table):
    alphabet: Annotated[tuple[str, ...], BeforeValidator(alphabet)]
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
            near = _wrong_case(name)
            if near is not None:
                raise ValueError(f"{name} is no weight: did you mean {near}?")
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
    property: Property | None = None
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
            record["output"] = self.output.record()
        if self.machine is not None:
            record["machine"] = self.machine.record()
        if self.language is not None:
            clash = [key for key in ("machine", "input", "state", "next", "output") if getattr(self, key) is not None]
            if clash:
                raise InputError.single("language", f"a language is the whole behaviour: remove {', '.join(clash)}")
            from lstmsolve.automata.languages import language_record  # greenery takes its time to load

            record["machine"] = language_record(self.language.alphabet, self.language.regex)
        if self.assume is not None:
            record["assume"] = self.assume.always
        if self.property is not None:
            record["property"] = self.property.always
        if self.readout is not None:
            record["readout"] = self.readout.model_dump(exclude_none=True)
        return record | {"cell": self.cell.record(), "weights": self.weights.record()}


def _wrong_case(name: str) -> str | None:
    """The weight that a name would be with other letters large."""
    stem, bracket, index = name.partition("[")
    wanted = stem.lower() if "_" in stem else {"v": "V", "D": "d"}.get(stem, stem)
    return f"{wanted}{bracket}{index}" if wanted != stem and re.fullmatch(r"[wub]_[fico]|[Vd]", wanted) else None


def _spread(name: str, value: object, found: dict[str, str]) -> None:
    """`b_f = [1, 2]` fixes b_f[0] and b_f[1]; `w_f = [[1, 0]]` fixes w_f[0,0] and w_f[0,1]."""
    if value == "any":
        return
    if isinstance(value, Sequence) and not isinstance(value, str):
        if not value:
            raise ValueError(f'{name}: an empty list fixes nothing; "any" leaves a weight open')
        stem, _, index = name.partition("[")
        inside = index.removesuffix("]")
        for position, entry in enumerate(value):
            _spread(f"{stem}[{inside},{position}]" if inside else f"{stem}[{position}]", entry, found)
        return
    if name in found:
        raise ValueError(f"{name} is given twice: on its own, and in a list")
    try:
        found[name] = _number(value)
    except ValueError as error:
        raise ValueError(f"{name}: {error} (got {toml_value(value)})") from None
