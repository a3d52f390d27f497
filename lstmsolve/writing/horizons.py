"""Certificates of horizons as the record that `kernel.records.horizons` reads back."""

from __future__ import annotations

from lstmsolve.kernel.base.affine import Affine
from lstmsolve.kernel.base.numbers import format_number
from lstmsolve.kernel.proofs.horizons import Followed, HorizonCertificate, Target
from lstmsolve.writing.enclosures import box_record, registers_record, way_record
from lstmsolve.writing.problems import problem_record
from lstmsolve.writing.weights import weights_record


def horizon_record(certificate: HorizonCertificate) -> dict[str, object]:
    """All of the record but its format and claim."""
    return {
        "length": certificate.length,
        "problem": problem_record(certificate.problem),
        "weights": weights_record(certificate.weights),
        "counters": [
            {
                "name": counter.name,
                "form": _form_record(counter.form),
                **{name: getattr(counter, name) for name in ("least", "most", "step", "reach")},
            }
            for counter in certificate.counters
        ],
        "registers": {name: _form_record(form) for name, form in certificate.registers.items()},
        "followed": [_followed_record(followed) for followed in certificate.followed],
        "states": [
            {"known": registers_record(state.known), "classes": list(state.classes)} for state in certificate.states
        ],
        "choices": certificate.choices,
        "scale": certificate.scale,
        "start": [way_record(way) for way in certificate.start],
        "boxes": [box_record(box) for box in certificate.boxes],
        **({"error": format_number(certificate.error)} if certificate.error else {}),
    }


def _form_record(form: Affine) -> dict[str, str]:
    return {name: format_number(factor) for name, factor in form.terms}


def _followed_record(followed: Followed) -> dict[str, object]:
    return {
        "unit": followed.unit,
        "counter": followed.counter,
        **{name: format_number(getattr(followed, name)) for name in ("start", "leak", "drift")},
        "targets": [_target_record(target) for target in followed.targets],
    }


def _target_record(target: Target | None) -> dict[str, str] | None:
    if target is None:
        return None
    return {"factor": format_number(target.factor), "offset": format_number(target.offset)}
