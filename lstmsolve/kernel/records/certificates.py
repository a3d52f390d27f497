"""Certificates as plain records (`lstmsolve/certificate/1`): writing, and reading that fails closed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from lstmsolve.kernel.base.affine import ZERO_FORM, Affine, Row
from lstmsolve.kernel.base.errors import InputError
from lstmsolve.kernel.base.numbers import MAX_PROOF_DIGITS, show_number
from lstmsolve.kernel.language.expressions import Constant
from lstmsolve.kernel.lstm.cells import vector_of
from lstmsolve.kernel.lstm.symbolic import Phase
from lstmsolve.kernel.proofs.certificates import (
    Broken,
    Case,
    Certificate,
    Empty,
    End,
    Factor,
    GateProof,
    Impossibility,
    Lands,
    Mode,
    Multiplied,
    Multipliers,
    Node,
    Pinned,
    Split,
)
from lstmsolve.kernel.records import reading as records
from lstmsolve.kernel.records.problems import problem_from_record
from lstmsolve.kernel.records.weights import weights_from_record
from lstmsolve.kernel.spec.problems import Problem
from lstmsolve.kernel.spec.specs import Decide, Readout

if TYPE_CHECKING:  # what reads one kind of claim is not trusted for another
    from lstmsolve.kernel.proofs.enclosures import EnclosureCertificate
    from lstmsolve.kernel.proofs.horizons import HorizonCertificate

FORMAT: Final = "lstmsolve/certificate/1"
FORMAT_2: Final = "lstmsolve/certificate/2"
"""For problems that say what the first format had no words for."""
ALL_LENGTHS: Final = "all lengths"
UP_TO: Final = "up to a length"
BOXES: Final = "boxes"
IMPOSSIBLE: Final = "impossible"
BOUNDS: Final = "bounds"
SIGNS: Final = "signs"
ONE: Final = "1"
"""The key of a form's constant; no variable can be called so."""
_PHASES: Final = {phase.value: phase for phase in Phase}


def certificate_from_record(record: object) -> Certificate | EnclosureCertificate | HorizonCertificate | Impossibility:
    """The certificate or claim that a record states; whether it is right is for others to say.

    Raises:
        InputError: an unknown key, a missing one, a wrong type, or a number that is not exact.
    """
    if records.table(record, "").get("claim") == IMPOSSIBLE:
        return _impossibility(record)
    if records.table(record, "").get("claim") == UP_TO:
        return _horizon(record)
    if "by" in records.table(record, ""):
        return _boxes(record)
    found = records.fields(record, "", ["format", "claim", "problem", "weights", "start", "modes"])
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
    certificate = Certificate(problem, weights, modes, cases, records.text(start["mode"], "start.mode"), values)
    second = certificate.multiplies or (found["format"] == FORMAT_2 and certificate.leaves_open)
    records.expect_format(found["format"], FORMAT_2 if second else format_for(problem))
    return certificate


def _boxes(record: object) -> EnclosureCertificate:
    from lstmsolve.kernel.records.enclosures import enclosure_from_record

    keys = ["format", "claim", "by", "problem", "weights", "error", "states", "scale", "start", "boxes"]
    found = records.fields(record, "", keys)
    records.expect_format(found["claim"], ALL_LENGTHS, "claim")
    records.expect_format(found["by"], BOXES, "by")
    certificate = enclosure_from_record(found)
    records.expect_format(found["format"], format_for(certificate.problem))
    return certificate


def _horizon(record: object) -> HorizonCertificate:
    from lstmsolve.kernel.records.horizons import horizon_from_record

    keys = ["format", "claim", "length", "by", "problem", "weights", "counters", "registers", "followed", "states"]
    found = records.fields(record, "", [*keys, "choices", "scale", "start", "boxes"], ["error"])
    records.expect_format(found["by"], BOXES, "by")
    certificate = horizon_from_record(found)
    records.expect_format(found["format"], FORMAT_2)
    return certificate


def format_for(problem: Problem) -> str:
    """The format of certificates about a problem: the first, unless it had no words for what is claimed."""
    spec, readout = problem.spec, problem.spec.readout
    if spec.always:
        return FORMAT_2
    if spec.replies is not None or problem.choice.free or readout is not None:
        old = readout is not None and readout == Readout(Decide.THRESHOLD, readout.accept, readout.reject)
        sides = () if readout is None else (readout.accept, readout.reject)
        plain = all(side is not None and not side.strict and 0 <= side.bound <= 1 for side in sides)
        if spec.replies is not None or problem.choice.free or not (old and plain):
            return FORMAT_2
    return FORMAT


def _impossibility(record: object) -> Impossibility:
    found = records.fields(record, "", ["format", "claim", "problem", "strings"], ["proof", "unit", "tree", "lemmas"])
    problem = problem_from_record(found["problem"])
    by_bounds, signs = False, None
    if "proof" in found:
        by_bounds = records.choice(found["proof"], "proof", {BOUNDS: True, SIGNS: False})
        more = [] if by_bounds else ["unit", "tree"]
        also = [] if by_bounds else ["lemmas"]
        records.fields(record, "", ["format", "claim", "problem", "strings", "proof", *more], also)
        if not by_bounds:
            from lstmsolve.kernel.records.signs import signs_from_record

            signs = signs_from_record(found["unit"], found["tree"], found.get("lemmas", ()))
    else:
        records.fields(record, "", ["format", "claim", "problem", "strings"])
    alone = "proof" in found
    records.expect_format(found["format"], FORMAT_2 if alone else format_for(problem))
    if problem.choice.hidden is None and not alone:
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
    return Impossibility(problem, strings, by_bounds, signs)


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
    if ONE in mode.variables:
        raise InputError.single(f"{at}.variables", f"no variable can be called {ONE!r}")
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
    if "product" in found:
        found = records.fields(value, at, ["product", "left", "right", "then"])
        return Multiplied(
            records.text(found["product"], f"{at}.product"),
            _factor(found["left"], f"{at}.left"),
            _factor(found["right"], f"{at}.right"),
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


def _factor(value: object, at: str) -> Factor:
    found = records.fields(value, at, ["form"], ["least", "greatest"])
    least, greatest = (_end(found[end], f"{at}.{end}") if end in found else None for end in ("least", "greatest"))
    return Factor(_form(found["form"], f"{at}.form"), least, greatest)


def _end(value: object, at: str) -> End:
    found = records.fields(value, at, ["value", "proof"])
    return End(_number(found["value"], f"{at}.value"), _multipliers(found["proof"], f"{at}.proof"))


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
    constant = terms.pop(ONE, Fraction(0))
    return Affine.of(terms, constant)


def _vector(value: object, hidden: int, at: str) -> Sequence[Affine]:
    if isinstance(value, Mapping):
        given = {
            records.position(unit, at, hidden): _form(form, f"{at}.{unit}")
            for unit, form in records.table(value, at).items()
        }
        return vector_of(given, hidden, ZERO_FORM)
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
