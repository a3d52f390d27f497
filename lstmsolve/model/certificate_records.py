"""Certificates as plain records (`lstmsolve/certificate/1`): writing, and reading that fails closed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Final, assert_never

from lstmsolve.model import records
from lstmsolve.model.affine import ZERO_FORM, Affine, Row
from lstmsolve.model.certificates import (
    Broken,
    Case,
    Certificate,
    Empty,
    GateProof,
    Impossibility,
    Lands,
    Mode,
    Multipliers,
    Node,
    Pinned,
    Split,
)
from lstmsolve.model.enclosure_records import enclosure_from_record, enclosure_record
from lstmsolve.model.enclosures import EnclosureCertificate
from lstmsolve.model.errors import InputError
from lstmsolve.model.expressions import Constant
from lstmsolve.model.numbers import MAX_PROOF_DIGITS, format_number, show_number
from lstmsolve.model.problem_records import problem_from_record, problem_record
from lstmsolve.model.symbolic import Phase
from lstmsolve.model.weight_records import weights_from_record, weights_record

FORMAT: Final = "lstmsolve/certificate/1"
ALL_LENGTHS: Final = "all lengths"
BOXES: Final = "boxes"
IMPOSSIBLE: Final = "impossible"
_ONE: Final = "1"
"""The key of a form's constant; no variable can be called so."""
_PHASES: Final = {phase.value: phase for phase in Phase}
_SPARSE_FROM: Final = 16


# --- writing -------------------------------------------------------------------------------------


def certificate_record(certificate: Certificate | EnclosureCertificate | Impossibility) -> dict[str, object]:
    """The record that `certificate_from_record` reads back as the same certificate."""
    if isinstance(certificate, EnclosureCertificate):
        return {"format": FORMAT, "claim": ALL_LENGTHS, "by": BOXES, **enclosure_record(certificate)}
    if isinstance(certificate, Impossibility):
        return {
            "format": FORMAT,
            "claim": IMPOSSIBLE,
            "problem": problem_record(certificate.problem),
            "strings": [[[format_number(v) for v in x] for x in string] for string in certificate.strings],
        }
    return {
        "format": FORMAT,
        "claim": ALL_LENGTHS,
        "problem": problem_record(certificate.problem),
        "weights": weights_record(certificate.weights),
        "start": {"mode": certificate.start, "values": _numbers_record(certificate.start_values)},
        "modes": {name: _mode_record(mode, certificate.cases[name]) for name, mode in certificate.modes.items()},
    }


def _mode_record(mode: Mode, cases: Sequence[Case]) -> dict[str, object]:
    return {
        "variables": {name: "integer" if whole else "real" for name, whole in mode.variables.items()},
        "where": [_row_record(row) for row in mode.where],
        "registers": {
            name: value if isinstance(value, str) else _form_record(value) for name, value in mode.registers.items()
        },
        "c": _vector_record(mode.c),
        "h": _vector_record(mode.h),
        "cases": [{"inputs": _inputs_record(case.inputs), "tree": _node_record(case.tree)} for case in cases],
    }


def _node_record(node: Node) -> dict[str, object]:
    match node:
        case Split(condition, holds, fails):
            return {"split": _row_record(condition), "holds": _node_record(holds), "fails": _node_record(fails)}
        case Pinned(variable, value, at_least, at_most, then):
            return {
                "pinned": variable,
                "value": _form_record(value),
                "at_least": _multipliers_record(at_least),
                "at_most": _multipliers_record(at_most),
                "then": _node_record(then),
            }
        case Empty(multipliers):
            return {"empty": _multipliers_record(multipliers)}
        case Broken():
            return {"broken": "assume"}
        case Lands(mode, values, gates, conditions, readout):
            record: dict[str, object] = {"lands": mode}
            if values:
                record["values"] = {name: _form_record(form) for name, form in values.items()}
            if gates:
                record["gates"] = {
                    place: {"phase": proof.phase.value, "proofs": [_multipliers_record(p) for p in proof.proofs]}
                    for place, proof in gates.items()
                }
            if conditions:
                record["conditions"] = [_multipliers_record(proof) for proof in conditions]
            if readout:
                record["readout"] = {str(unit): _multipliers_record(proof) for unit, proof in readout.items()}
            return record
        case _:
            assert_never(node)


def _form_record(form: Affine) -> dict[str, str]:
    constant = {_ONE: format_number(form.constant)} if form.constant else {}
    return {name: format_number(factor) for name, factor in form.terms} | constant


def _row_record(row: Row) -> dict[str, object]:
    return {"form": _form_record(row.form), "sign": ">" if row.strict else ">="}


def _vector_record(forms: Sequence[Affine]) -> object:
    if len(forms) < _SPARSE_FROM:
        return [_form_record(form) for form in forms]
    return {str(unit): _form_record(form) for unit, form in enumerate(forms) if not form.is_zero}


def _numbers_record(values: Mapping[str, Fraction]) -> dict[str, str]:
    return {name: format_number(value) for name, value in values.items()}


def _multipliers_record(multipliers: Multipliers) -> dict[str, str]:
    return {str(position): format_number(value) for position, value in multipliers.items()}


def _inputs_record(inputs: Mapping[str, Constant]) -> dict[str, object]:
    return {
        name: {"symbol": value} if isinstance(value, str) else format_number(value) for name, value in inputs.items()
    }


# --- reading -------------------------------------------------------------------------------------


def certificate_from_record(record: object) -> Certificate | EnclosureCertificate | Impossibility:
    """The certificate or claim that a record states; whether it is right is for others to say.

    Raises:
        InputError: an unknown key, a missing one, a wrong type, or a number that is not exact.
    """
    if records.table(record, "").get("claim") == IMPOSSIBLE:
        return _impossibility(record)
    if "by" in records.table(record, ""):
        return _boxes(record)
    found = records.fields(record, "", ["format", "claim", "problem", "weights", "start", "modes"])
    records.expect_format(found["format"], FORMAT)
    records.expect_format(found["claim"], ALL_LENGTHS, "claim")
    start = records.fields(found["start"], "start", ["mode", "values"])
    problem = problem_from_record(found["problem"])
    weights = weights_from_record(found["weights"], "weights")
    modes: dict[str, Mode] = {}
    cases: dict[str, tuple[Case, ...]] = {}
    for name, value in records.table(found["modes"], "modes").items():
        modes[name], cases[name] = _mode(name, value, weights.cell.hidden)
    values = {
        name: _number(value, f"start.values.{name}")
        for name, value in records.table(start["values"], "start.values").items()
    }
    return Certificate(problem, weights, modes, cases, records.text(start["mode"], "start.mode"), values)


def _boxes(record: object) -> EnclosureCertificate:
    keys = ["format", "claim", "by", "problem", "weights", "error", "states", "scale", "start", "boxes"]
    found = records.fields(record, "", keys)
    records.expect_format(found["format"], FORMAT)
    records.expect_format(found["claim"], ALL_LENGTHS, "claim")
    records.expect_format(found["by"], BOXES, "by")
    return enclosure_from_record(found)


def _impossibility(record: object) -> Impossibility:
    found = records.fields(record, "", ["format", "claim", "problem", "strings"])
    records.expect_format(found["format"], FORMAT)
    problem = problem_from_record(found["problem"])
    if problem.choice.hidden is None:
        raise InputError.single("problem.cell.hidden", "a claim of impossibility is about one hidden size", "minimal")
    strings = tuple(
        tuple(
            _columns(x, problem.spec.columns, f"strings[{i}][{n}]") for n, x in enumerate(records.items(s, "strings"))
        )
        for i, s in enumerate(records.items(found["strings"], "strings"))
    )
    for i, string in enumerate(strings):
        for n, x in enumerate(string):
            if not problem.spec.is_legal(x):
                raise InputError.single(f"strings[{i}][{n}]", "is no input of the case", ", ".join(map(show_number, x)))
    return Impossibility(problem, strings)


def _columns(value: object, columns: int, at: str) -> tuple[Fraction, ...]:
    found = records.items(value, at)
    if len(found) != columns:
        raise InputError.single(at, f"needs {columns} numbers, has {len(found)}")
    return tuple(records.number(entry, at) for entry in found)


def _mode(name: str, value: object, hidden: int) -> tuple[Mode, tuple[Case, ...]]:
    at = f"modes.{name}"
    found = records.fields(value, at, ["variables", "where", "registers", "c", "h", "cases"])
    mode = Mode(
        name,
        {
            variable: records.choice(kind, f"{at}.variables.{variable}", {"integer": True, "real": False})
            for variable, kind in records.table(found["variables"], f"{at}.variables").items()
        },
        tuple(_row(row, f"{at}.where[{i}]") for i, row in enumerate(records.items(found["where"], f"{at}.where"))),
        {
            register: records.text(entry, f"{at}.registers.{register}")
            if isinstance(entry, str)
            else _form(entry, f"{at}.registers.{register}")
            for register, entry in records.table(found["registers"], f"{at}.registers").items()
        },
        _vector(found["c"], hidden, f"{at}.c"),
        _vector(found["h"], hidden, f"{at}.h"),
    )
    if _ONE in mode.variables:
        raise InputError.single(f"{at}.variables", f"no variable can be called {_ONE!r}")
    cases = tuple(
        _case(case, f"{at}.cases[{i}]") for i, case in enumerate(records.items(found["cases"], f"{at}.cases"))
    )
    return mode, cases


def _case(value: object, at: str) -> Case:
    found = records.fields(value, at, ["inputs", "tree"])
    inputs: dict[str, Constant] = {}
    for name, entry in records.table(found["inputs"], f"{at}.inputs").items():
        place = f"{at}.inputs.{name}"
        if isinstance(entry, Mapping):
            inputs[name] = records.text(records.fields(entry, place, ["symbol"])["symbol"], place)
        else:
            inputs[name] = records.number(entry, place)
    return Case(inputs, _node(found["tree"], f"{at}.tree"))


def _node(value: object, at: str) -> Node:
    found = records.table(value, at)
    if "split" in found:
        found = records.fields(value, at, ["split", "holds", "fails"])
        holds, fails = (_node(found[side], f"{at}.{side}") for side in ("holds", "fails"))
        return Split(_row(found["split"], f"{at}.split"), holds, fails)
    if "pinned" in found:
        found = records.fields(value, at, ["pinned", "value", "at_least", "at_most", "then"])
        return Pinned(
            records.text(found["pinned"], f"{at}.pinned"),
            _form(found["value"], f"{at}.value"),
            _multipliers(found["at_least"], f"{at}.at_least"),
            _multipliers(found["at_most"], f"{at}.at_most"),
            _node(found["then"], f"{at}.then"),
        )
    if "empty" in found:
        found = records.fields(value, at, ["empty"])
        return Empty(_multipliers(found["empty"], f"{at}.empty"))
    if "broken" in found:
        found = records.fields(value, at, ["broken"])
        records.expect_format(found["broken"], "assume", f"{at}.broken")
        return Broken()
    found = records.fields(value, at, ["lands"], ["values", "gates", "conditions", "readout"])
    return Lands(
        records.text(found["lands"], f"{at}.lands"),
        {
            name: _form(form, f"{at}.values.{name}")
            for name, form in records.table(found.get("values", {}), f"{at}.values").items()
        },
        {
            place: _gate(proof, f"{at}.gates.{place}")
            for place, proof in records.table(found.get("gates", {}), f"{at}.gates").items()
        },
        tuple(
            _multipliers(proof, f"{at}.conditions[{i}]")
            for i, proof in enumerate(records.items(found.get("conditions", []), f"{at}.conditions"))
        ),
        {
            records.position(unit, f"{at}.readout"): _multipliers(proof, f"{at}.readout.{unit}")
            for unit, proof in records.table(found.get("readout", {}), f"{at}.readout").items()
        },
    )


def _gate(value: object, at: str) -> GateProof:
    found = records.fields(value, at, ["phase", "proofs"])
    phase = records.choice(found["phase"], f"{at}.phase", _PHASES)
    proofs = records.items(found["proofs"], f"{at}.proofs")
    return GateProof(phase, tuple(_multipliers(proof, f"{at}.proofs[{i}]") for i, proof in enumerate(proofs)))


def _row(value: object, at: str) -> Row:
    found = records.fields(value, at, ["form", "sign"])
    strict = records.choice(found["sign"], f"{at}.sign", {">": True, ">=": False})
    return Row(_form(found["form"], f"{at}.form"), strict)


def _form(value: object, at: str) -> Affine:
    terms = {name: _number(factor, f"{at}.{name}") for name, factor in records.table(value, at).items()}
    constant = terms.pop(_ONE, Fraction(0))
    return Affine.of(terms, constant)


def _vector(value: object, hidden: int, at: str) -> tuple[Affine, ...]:
    if isinstance(value, Mapping):
        given = {
            records.position(unit, at, hidden): _form(form, f"{at}.{unit}")
            for unit, form in records.table(value, at).items()
        }
        return tuple(given.get(unit, ZERO_FORM) for unit in range(hidden))
    forms = records.items(value, at)
    if len(forms) != hidden:
        raise InputError.single(at, f"needs {hidden} forms, one a unit", len(forms))
    return tuple(_form(form, f"{at}[{unit}]") for unit, form in enumerate(forms))


def _multipliers(value: object, at: str) -> Multipliers:
    return {
        records.position(key, at): _number(factor, f"{at}.{key}") for key, factor in records.table(value, at).items()
    }


def _number(value: object, at: str) -> Fraction:
    return records.number(value, at, MAX_PROOF_DIGITS)
