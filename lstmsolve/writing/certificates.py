"""Certificates as the record that `kernel.records.certificates` reads back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import assert_never

from lstmsolve.kernel.base.affine import Affine, Row
from lstmsolve.kernel.base.numbers import format_number
from lstmsolve.kernel.language.expressions import Constant
from lstmsolve.kernel.lstm.cells import SPARSE_FROM, nonzero
from lstmsolve.kernel.proofs.certificates import (
    Broken,
    Case,
    Certificate,
    Empty,
    Factor,
    Impossibility,
    Lands,
    Mode,
    Multiplied,
    Multipliers,
    Node,
    Pinned,
    Split,
)
from lstmsolve.kernel.proofs.enclosures import EnclosureCertificate
from lstmsolve.kernel.proofs.horizons import HorizonCertificate
from lstmsolve.kernel.records.certificates import (
    ALL_LENGTHS,
    BOUNDS,
    BOXES,
    FORMAT_2,
    IMPOSSIBLE,
    ONE,
    SIGNS,
    UP_TO,
    format_for,
)
from lstmsolve.writing.enclosures import enclosure_record
from lstmsolve.writing.horizons import horizon_record
from lstmsolve.writing.problems import problem_record
from lstmsolve.writing.signs import signs_record
from lstmsolve.writing.weights import weights_record


def certificate_record(
    certificate: Certificate | EnclosureCertificate | HorizonCertificate | Impossibility,
) -> dict[str, object]:
    """The record that `certificate_from_record` reads back as the same certificate."""
    if isinstance(certificate, HorizonCertificate):
        return {"format": FORMAT_2, "claim": UP_TO, "by": BOXES, **horizon_record(certificate)}
    if isinstance(certificate, EnclosureCertificate):
        return {
            "format": format_for(certificate.problem),
            "claim": ALL_LENGTHS,
            "by": BOXES,
            **enclosure_record(certificate),
        }
    if isinstance(certificate, Impossibility):
        record: dict[str, object] = {
            "format": FORMAT_2 if certificate.without_solver else format_for(certificate.problem),
            "claim": IMPOSSIBLE,
            "problem": problem_record(certificate.problem),
            "strings": [[[format_number(v) for v in x] for x in string] for string in certificate.strings],
        }
        if certificate.signs is not None:
            return record | {"proof": SIGNS, **signs_record(certificate.signs)}
        return record | ({"proof": BOUNDS} if certificate.by_bounds else {})
    return {
        "format": FORMAT_2 if certificate.multiplies or certificate.leaves_open else format_for(certificate.problem),
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
        case Multiplied(variable, left, right, then):
            sides = {"left": _factor_record(left), "right": _factor_record(right)}
            return {"product": variable, **sides, "then": _node_record(then)}
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


def _factor_record(factor: Factor) -> dict[str, object]:
    ends = {"least": factor.least, "greatest": factor.greatest}
    known = {
        name: {"value": format_number(end.value), "proof": _multipliers_record(end.proof)}
        for name, end in ends.items()
        if end is not None
    }
    return {"form": _form_record(factor.form), **known}


def _form_record(form: Affine) -> dict[str, str]:
    constant = {ONE: format_number(form.constant)} if form.constant else {}
    return {name: format_number(factor) for name, factor in form.terms} | constant


def _row_record(row: Row) -> dict[str, object]:
    return {"form": _form_record(row.form), "sign": ">" if row.strict else ">="}


def _vector_record(forms: Sequence[Affine]) -> object:
    if len(forms) < SPARSE_FROM:
        return [_form_record(form) for form in forms]
    return {str(unit): _form_record(form) for unit, form in nonzero(forms) if not form.is_zero}


def _numbers_record(values: Mapping[str, Fraction]) -> dict[str, str]:
    return {name: format_number(value) for name, value in values.items()}


def _multipliers_record(multipliers: Multipliers) -> dict[str, str]:
    return {str(position): format_number(value) for position, value in multipliers.items()}


def _inputs_record(inputs: Mapping[str, Constant]) -> dict[str, object]:
    return {
        name: {"symbol": value} if isinstance(value, str) else format_number(value) for name, value in inputs.items()
    }
