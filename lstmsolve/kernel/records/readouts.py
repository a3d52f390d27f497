"""`[readout]` as a plain record: how the outputs are read of h.

All keys may be left out: `decide`, `accept`, `reject`, `margin`, `layer`, `late`. A threshold is a number, or
`"> 3/4"` (`"< 1/4"`) where the number itself is left out.
"""

from __future__ import annotations

from typing import Final

from lstmsolve.kernel.base.errors import Complaints
from lstmsolve.kernel.base.numbers import read_number, show_number
from lstmsolve.kernel.proofs.statements import told
from lstmsolve.kernel.records import reading as records
from lstmsolve.kernel.spec.late import MAX_LATE
from lstmsolve.kernel.spec.specs import Decide, Readout, Spec, Threshold

_DECIDE: Final = {decide.value: decide for decide in Decide}


def readout_from_record(record: object, spec: Spec) -> Readout:
    """The readout that a record states for the outputs of `spec`.

    Raises:
        InputError: with every complaint: keys that do not go together, thresholds that overlap, a margin below 0.
    """
    found = records.fields(record, "readout", [], ["decide", "accept", "reject", "margin", "layer", "late"])
    complaints = Complaints()
    usual = Decide.THRESHOLD if "accept" in found or "reject" in found else Decide.VALUE
    decide = complaints.attempt(records.choice, found.get("decide", usual.value), "readout.decide", _DECIDE)
    accept, reject = (
        complaints.attempt(_threshold, found[key], f"readout.{key}", sign) if key in found else None
        for key, sign in (("accept", ">"), ("reject", "<"))
    )
    margin = complaints.attempt(records.number, found["margin"], "readout.margin") if "margin" in found else None
    layer = complaints.attempt(records.choice, str(found.get("layer", False)), "readout.layer", _BOOLEANS)
    late = complaints.attempt(records.whole, found.get("late", 0), "readout.late", 0, MAX_LATE)
    complaints.refuse()
    assert decide is not None
    assert layer is not None
    assert late is not None

    if decide is Decide.THRESHOLD:
        for key in ("accept", "reject"):
            if key not in found:
                complaints.add(
                    f"readout.{key}", 'a readout by thresholds needs accept = ">= 3/4" and reject = "<= 1/4"'
                )
    elif "accept" in found or "reject" in found:
        complaints.add("readout.decide", 'thresholds go with decide = "threshold"', decide.value)
    if decide is Decide.ARGMAX and (spec.replies is None or len(spec.replies) < 2):
        message = (
            'argmax needs an output that is one of two or more symbols: reply = { symbols = ["ok", "err"], is = "…" }'
        )
        complaints.add("readout.decide", message, decide.value)
    if margin is not None and decide is not Decide.ARGMAX:
        complaints.add("readout.margin", 'a margin goes with decide = "argmax"')
    if margin is not None and margin < 0:
        complaints.add("readout.margin", "a margin is at least 0", show_number(margin))
    if layer and not spec.outputs:
        complaints.add(
            "readout.layer", "how many outputs has the layer? Say under [output] what they are, or any", "true"
        )
    if late and not spec.outputs:
        complaints.add("readout.late", "nothing is owed that could be late: the case has no outputs", late)
    if accept is not None and reject is not None and not _apart(accept, reject):
        message = "accept and reject must leave no number to both: reject < accept"
        complaints.add("readout", message, f"accept {told(accept, '>')}, reject {told(reject, '<')}")
    complaints.refuse()
    return Readout(decide, accept, reject, margin, layer, late)


_BOOLEANS: Final = {"True": True, "False": False}


def _threshold(value: object, at: str, sign: str) -> Threshold:
    strict = isinstance(value, str) and value.startswith(sign)
    if strict:
        assert isinstance(value, str)
        value = value.removeprefix(sign).strip()
    return Threshold(records.parsed(value, at, read_number), strict)


def _apart(accept: Threshold, reject: Threshold) -> bool:
    return reject.bound < accept.bound or (reject.bound == accept.bound and (accept.strict or reject.strict))
