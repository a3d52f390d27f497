"""Specs as plain records: reading them with every complaint at once, and writing them back.

A record has either `machine`, or `input`, `state`, `next` and `output` (a list of expressions, or a
table with `symbols` and `is`); besides these `assume` and `readout`. Keys in complaints are those of a case file.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from keyword import iskeyword
from typing import Final

from lstmsolve.kernel.base.errors import Complaints, InputError, some
from lstmsolve.kernel.language.expressions import (
    ANY,
    BOOLEAN,
    INTEGER,
    REAL,
    AnyKind,
    ExpressionError,
    Kind,
    NumericKind,
    SymbolKind,
    kind_of,
    names_in,
)
from lstmsolve.kernel.language.parsing import RESERVED, parse_expression
from lstmsolve.kernel.language.syntax import caret
from lstmsolve.kernel.records import reading as records
from lstmsolve.kernel.records.readouts import readout_from_record
from lstmsolve.kernel.spec.domains import parse_domain, parse_symbols
from lstmsolve.kernel.spec.late import punctual
from lstmsolve.kernel.spec.machines import Letter, Machine, machine, machine_spec
from lstmsolve.kernel.spec.specs import PLACE, Formula, Input, Register, Spec

MAX_COLUMNS: Final = 1_000
"""D at most: every step of a proof is listed symbol by symbol, each with all its columns."""

SPEC_KEYS: Final = ("machine", "input", "state", "next", "output", "assume", "readout", "property")


def spec_from_record(record: Mapping[str, object]) -> tuple[Spec, Machine | None, tuple[str, ...]]:
    """The spec, the machine it was made of if any, and notes for the user.

    Raises:
        InputError: with every complaint.
    """
    automaton: Machine | None = None
    notes: tuple[str, ...] = ()
    if "machine" in record:
        clash = [key for key in ("input", "state", "next", "output") if key in record]
        if clash:
            raise InputError.single("machine", f"a machine is the whole behaviour: remove {', '.join(clash)}")
        automaton, dropped = machine_from_record(record["machine"])
        spec = machine_spec(automaton)
        if dropped:
            listed = ", ".join(dropped[:10]) + (" …" if len(dropped) > 10 else "")
            notes = (f"{len(dropped)} unreachable states were dropped: {listed}",)
    else:
        spec = _ExpressionSpec(record).read()
    if spec.columns > MAX_COLUMNS:
        message = f"the inputs take {spec.columns} columns, one a symbol or number; at most {MAX_COLUMNS} are supported"
        raise InputError.single("input" if automaton is None else "machine.alphabet", message)
    return _with_promises(spec, record), automaton, notes


def machine_from_record(record: object) -> tuple[Machine, tuple[str, ...]]:
    """A machine cut to its reachable states, and the states that were dropped."""
    found = records.fields(record, "machine", ["alphabet", "start", "next", "output"], ["regex", "replies"])
    letters = found["alphabet"]
    alphabet = records.parsed(list(letters) if isinstance(letters, str) else letters, "machine.alphabet", parse_symbols)
    moves = {
        state: {
            symbol: records.text(target, f"machine.next.{state}.{symbol}")
            for symbol, target in records.table(row, f"machine.next.{state}").items()
        }
        for state, row in records.table(found["next"], "machine.next").items()
    }
    replies = records.parsed(found["replies"], "machine.replies", parse_symbols) if "replies" in found else None
    said = {
        state: _said(value, f"machine.output.{state}", replies is not None)
        for state, value in records.table(found["output"], "machine.output").items()
    }
    regex = records.text(found["regex"], "machine.regex") if "regex" in found else None
    return machine(alphabet, records.text(found["start"], "machine.start"), moves, said, regex, replies)


def read_formula(text: object, key: str, *, indexed: bool = False) -> Formula:
    """A text parsed as an expression.

    Raises:
        InputError: with a caret under the place.
    """
    if not isinstance(text, str):
        raise InputError.single(key, "an expression is needed here, as a text", text)
    try:
        return Formula(parse_expression(text, indexed=indexed), text)
    except ExpressionError as error:
        raise _pointed(key, text, error) from None


def check_formula(key: str, formula: Formula, scope: Mapping[str, Kind], misfit: Callable[[Kind], str | None]) -> None:
    """Refuse a formula that is ill-formed, or whose kind `misfit` has something against."""
    try:
        kind = kind_of(formula.tree, scope)
    except ExpressionError as error:
        raise _pointed(key, formula.source, error) from None
    message = misfit(kind)
    if message is not None:
        way_out = f"; write `1 if {formula.source.strip()} else 0`" if kind == BOOLEAN else ""
        raise _pointed(key, formula.source, ExpressionError(message + way_out, formula.tree.at))


def no_condition(kind: Kind) -> str | None:
    """The misfit of a formula that must be a condition."""
    return None if kind == BOOLEAN else "a condition is needed here, such as x >= 1"


def _pointed(key: str, text: str, error: ExpressionError) -> InputError:
    complaints = Complaints()
    complaints.add(key, str(error), text, caret(text, error.at))
    return InputError(complaints.found)


class _ExpressionSpec:
    """Reads a spec written as registers, updates and outputs."""

    def __init__(self, record: Mapping[str, object]) -> None:
        self._record = record
        self._complaints = Complaints()
        self._tables = {key: self._read_table(key) for key in ("input", "state", "next")}

    def read(self) -> Spec:
        attempt = self._complaints.attempt
        inputs = [attempt(_input, name, value) for name, value in self._table("input").items()]
        registers = [attempt(_register, name, value) for name, value in self._table("state").items()]
        known_inputs = tuple(entry for entry in inputs if entry is not None)
        known_registers = tuple(register for register in registers if register is not None)
        self._check_names()
        self._complaints.refuse()

        scope = _scope(known_inputs, known_registers)
        updates = self._updates(scope)
        replies, outputs = self._outputs(scope)
        self._complaints.refuse()
        return Spec(known_inputs, known_registers, updates, outputs, replies=replies)

    def _table(self, key: str) -> Mapping[str, object]:
        return self._tables[key]

    def _read_table(self, key: str) -> Mapping[str, object]:
        return self._complaints.attempt(records.table, self._record.get(key, {}), key) or {}

    def _check_names(self) -> None:
        if not self._table("input"):
            self._complaints.add("input", 'at least one input is needed, such as x = "0.."')
        for section in ("input", "state"):
            for name in self._table(section):
                if not (name.isidentifier() and name.isascii()) or iskeyword(name) or name in RESERVED:
                    message = "a name is letters, digits and _, and no word of the expression language"
                    self._complaints.add(f"{section}.{name}", message)
        for name in self._table("state"):
            if name in self._table("input"):
                self._complaints.add(f"state.{name}", "the same name is an input already")

    def _updates(self, scope: Mapping[str, Kind]) -> dict[str, Formula]:
        updates: dict[str, Formula] = {}
        for name, text in self._table("next").items():
            key = f"next.{name}"
            formula = self._complaints.attempt(read_formula, text, key)
            if name not in self._table("state"):
                self._complaints.add(
                    key, f"no such register in [state] (known: {some(self._table('state')) or 'none'})"
                )
            elif formula is not None:
                self._complaints.attempt(check_formula, key, formula, scope, _Fits(scope[name]))
                updates[name] = formula
        return updates

    def _outputs(self, scope: Mapping[str, Kind]) -> tuple[tuple[str, ...] | None, tuple[Formula, ...]]:
        """The symbols that the output is one of, if it is no number, and the formulas."""
        given = self._record.get("output", [])
        if isinstance(given, Mapping):
            return self._complaints.attempt(self._reply, given, scope) or (None, ())
        texts = self._complaints.attempt(records.items, given, "output.h") or []
        if not texts and not self._record.get("property"):
            self._complaints.add("output.h", 'what must h equal? Write h = "…" under [output]')
        found: list[Formula] = []
        for position, text in enumerate(texts):
            key = f"output.h[{position}]" if len(texts) > 1 else "output.h"
            formula = self._complaints.attempt(read_formula, text, key)
            if formula is not None:
                self._complaints.attempt(check_formula, key, formula, scope, _no_output)
                found.append(formula)
        return None, tuple(found)

    def _reply(self, given: object, scope: Mapping[str, Kind]) -> tuple[tuple[str, ...], tuple[Formula, ...]]:
        found = records.fields(given, "output.reply", ["symbols", "is"])
        symbols = records.parsed(found["symbols"], "output.reply.symbols", parse_symbols)
        formula = read_formula(found["is"], "output.reply.is")
        check_formula("output.reply.is", formula, scope, _Reply(symbols))
        return symbols, (formula,)


class _Fits:
    """The misfit of an update for a register of a kind."""

    def __init__(self, wanted: Kind) -> None:
        self._wanted = wanted

    def __call__(self, kind: Kind) -> str | None:
        match self._wanted, kind:
            case NumericKind(integer=True), NumericKind(integer=False):
                return 'the register holds integers, the update is real (declare it { init = …, type = "real" })'
            case NumericKind(), NumericKind():
                return None
            case SymbolKind(wanted), SymbolKind(given):
                extra = some(repr(symbol) for symbol in sorted(given - wanted))
                return f"{extra} is not among the register's symbols" if extra else None
            case SymbolKind(), _:
                return "the register holds symbols, the update does not"
            case _:
                return "the register holds numbers, the update does not"


class _Reply:
    """The misfit of a formula for an output that is one of some symbols."""

    def __init__(self, symbols: tuple[str, ...]) -> None:
        self._symbols = frozenset(symbols)

    def __call__(self, kind: Kind) -> str | None:
        match kind:
            case SymbolKind(given) | AnyKind(frozenset() as given):
                extra = some(repr(symbol) for symbol in sorted(given - self._symbols))
                return f"{extra} is not among the symbols of the reply" if extra else None
            case _:
                return "the reply is one of its symbols, or any"


def _no_output(kind: Kind) -> str | None:
    match kind:
        case NumericKind() | AnyKind(None):
            return None
        case AnyKind(symbols) if not symbols:
            return None
        case SymbolKind() | AnyKind():
            return 'an output is a number, or any (a symbol is said by reply = { symbols = [...], is = "…" })'
        case _:
            return "an output is a number, or any"


def _scope(inputs: tuple[Input, ...], registers: tuple[Register, ...]) -> dict[str, Kind]:
    return {entry.name: entry.kind for entry in inputs} | {register.name: register.kind for register in registers}


def _with_promises(spec: Spec, record: Mapping[str, object]) -> Spec:
    complaints = Complaints()
    assume = readout = None
    if "assume" in record:
        assume = complaints.attempt(read_formula, record["assume"], "assume.always")
        if assume is not None:
            scope = _scope(spec.inputs, spec.registers)
            complaints.attempt(check_formula, "assume.always", assume, scope, no_condition)
    always = [
        _condition(text, f"property.always[{position}]", spec, complaints)
        for position, text in enumerate(complaints.attempt(records.items, record.get("property", []), "property") or [])
    ]
    if "readout" in record:
        readout = complaints.attempt(readout_from_record, record["readout"], spec)
    complaints.refuse()
    promised = replace(
        spec,
        assume=assume,
        readout=readout,
        always=tuple(formula for formula in always if formula is not None),
    )
    return punctual(promised)


def _condition(text: object, key: str, spec: Spec, complaints: Complaints) -> Formula | None:
    """A condition on the cell's c, h and z, the registers and the inputs; which units there are is checked later."""
    formula = complaints.attempt(partial(read_formula, indexed=True), text, key)
    if formula is None:
        return None
    scope = _scope(spec.inputs, spec.registers)
    scope |= {name: REAL for name in names_in(formula.tree) if PLACE.fullmatch(name)}
    complaints.attempt(check_formula, key, formula, scope, no_condition)
    return formula


def _input(name: str, value: object) -> Input:
    return Input(name, records.parsed(value, f"input.{name}", parse_domain))


def _register(name: str, value: object) -> Register:
    at = f"state.{name}"
    found = records.fields(value, at, ["init"], ["type", "symbols"])
    if "symbols" in found:
        symbols = records.parsed(found["symbols"], f"{at}.symbols", parse_symbols)
        initial = records.text(found["init"], f"{at}.init")
        if initial not in symbols:
            raise InputError.single(f"{at}.init", f"not among the symbols {some(symbols)}", initial)
        return Register(name, SymbolKind(frozenset(symbols)), initial)
    kind = records.choice(found.get("type", "integer"), f"{at}.type", {"integer": INTEGER, "real": REAL})
    start = records.number(found["init"], f"{at}.init")
    if kind.integer and start.denominator != 1:
        message = 'an integer register starts at an integer (declare it { init = …, type = "real" })'
        raise InputError.single(f"{at}.init", message, start)
    return Register(name, kind, start)


def _said(value: object, at: str, symbols: bool) -> Letter | Mapping[str, Letter]:
    if isinstance(value, Mapping):
        return {symbol: _letter(entry, f"{at}.{symbol}", symbols) for symbol, entry in records.table(value, at).items()}
    return _letter(value, at, symbols)


def _letter(value: object, at: str, symbols: bool) -> Letter:
    if value == "any":
        return ANY
    return records.text(value, at) if symbols else records.number(value, at)
