"""Outcomes as result records (`lstmsolve/result/1`), the object that `--json` prints."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import isfinite
from typing import Final, assert_never

from lstmsolve.kernel.base.numbers import format_number
from lstmsolve.kernel.language.expressions import Constant
from lstmsolve.kernel.proofs.certificates import Certificate, Impossibility
from lstmsolve.kernel.proofs.enclosures import EnclosureCertificate
from lstmsolve.kernel.proofs.horizons import HorizonCertificate
from lstmsolve.model.floats import (
    FloatRun,
    FloatsExact,
    FloatsHorizon,
    FloatsOpen,
    FloatsWrong,
    FloatVerdict,
    Rounding,
)
from lstmsolve.model.outcomes import (
    Accepted,
    Impossible,
    Move,
    Outcome,
    Proved,
    Refuted,
    RefutedInFloats,
    Rejected,
    Solved,
    Unknown,
)
from lstmsolve.model.tolerances import Interval, Tolerance
from lstmsolve.model.traces import (
    Counterexample,
    EnclosedCounterexample,
    Ends,
    FloatGates,
    FloatTrace,
    Gates,
    Owed,
    Trace,
)
from lstmsolve.writing.weights import weights_record

FORMAT: Final = "lstmsolve/result/1"
ALL_LENGTHS: Final = "all lengths"

MAX_LISTED: Final = 10_000
"""Steps of a run in floats that are listed one by one."""


def result_record(
    command: str,
    case: str | None,
    outcome: Outcome,
    certificate: str | None,
    elapsed_s: float,
    *,
    dense: bool = False,
) -> dict[str, object]:
    """The result of a command; `certificate` is the path it was written to, if it was; `dense` as for weights."""
    scope: object = None
    counterexample: object = None
    weights: object = None
    extra: dict[str, object] = {}
    match outcome:
        case Solved(found, proof, reason) | Proved(found, proof, reason):
            scope, weights = ALL_LENGTHS, weights_record(found, dense=dense)
            if isinstance(proof, EnclosureCertificate):
                extra = {"robust": format_number(proof.error)}
            if isinstance(outcome, Solved):
                extra |= {"log": list(outcome.log)} if outcome.log else {}
                extra |= {"tolerance": tolerance_record(outcome.tolerance)} if outcome.tolerance is not None else {}
                extra |= {"moved": move_record(outcome.moved)} if outcome.moved is not None else {}
        case Impossible(claim, reason):
            scope = {"max_length": max(map(len, claim.strings))}
            extra = {"core": [[_numbers(x) for x in string] for string in claim.strings]}
            extra |= {"any_size": True} if claim.any_size else {}
        case Refuted(given, exact, reason):
            counterexample, weights = counterexample_record(exact), weights_record(given, dense=dense)
        case RefutedInFloats(given, _, run, reason):
            counterexample, weights = float_run_record(run), weights_record(given, dense=dense)
        case Unknown(reason, max_length, given):
            extra = {"log": list(outcome.log)} if outcome.log else {}
            scope = None if max_length is None else {"max_length": max_length}
            weights = None if given is None else weights_record(given, dense=dense)
        case Accepted(checked, reason):
            match checked:
                case Impossibility(strings=strings):
                    scope = {"max_length": max(map(len, strings))}
                    extra = {"any_size": True} if checked.any_size else {}
                case HorizonCertificate(weights=found):
                    scope, weights = {"max_length": checked.length}, weights_record(found, dense=dense)
                case Certificate(weights=found) | EnclosureCertificate(weights=found):
                    scope, weights = ALL_LENGTHS, weights_record(found, dense=dense)
        case Rejected(reason):
            pass
        case _:
            assert_never(outcome)
    if isinstance(outcome, Solved | Proved | RefutedInFloats | Unknown | Accepted) and outcome.floats:
        extra["floats"] = {name: float_record(verdict) for name, verdict in outcome.floats.items()}
    if isinstance(outcome, Proved | Refuted | Unknown) and outcome.rounding is not None:
        extra["rounding"] = rounding_record(outcome.rounding)
    return empty_record(command, reason, elapsed_s) | {
        "case": case,
        "verdict": outcome.verdict,
        "scope": scope,
        "counterexample": counterexample,
        "weights": weights,
        "certificate": certificate,
        **extra,
    }


def move_record(found: Move) -> dict[str, object]:
    return {
        "most": format_number(found.most),
        "weight": found.place.name,
        "relative": format_number(found.relative),
    }


def tolerance_record(found: Tolerance) -> dict[str, object]:
    """How far weights may move; null stands for no bound."""

    def edges(interval: Interval) -> list[str | None]:
        return [None if edge is None else format_number(edge) for edge in interval]

    return {
        "radius": None if found.radius is None else format_number(found.radius),
        "exact": list(found.exact),
        "together": {name: edges(interval) for name, interval in found.together.items()},
        "alone": {name: edges(interval) for name, interval in found.alone.items()},
    }


def empty_record(command: str, reason: str, elapsed_s: float) -> dict[str, object]:
    """A result with every key, and nothing but its reason to tell."""
    return {
        "format": FORMAT,
        "command": command,
        "case": None,
        "verdict": None,
        "scope": None,
        "counterexample": None,
        "weights": None,
        "certificate": None,
        "reason": reason,
        "elapsed_s": round(elapsed_s, 3),
    }


def counterexample_record(run: Counterexample | EnclosedCounterexample) -> dict[str, object]:
    if isinstance(run, EnclosedCounterexample):
        return _enclosed_record(run)
    trace = trace_record(run.trace, run.gates)
    record = {
        "inputs": trace.pop("inputs"),
        "step": run.step,
        "expected": [None if value is None else format_number(value) for value in run.expected],
        "actual": _numbers(run.actual),
        "trace": trace,
    }
    record |= {} if run.broken is None else {"condition": run.broken}
    return record | owed_record(run.owed) if run.owed else record


def _enclosed_record(run: EnclosedCounterexample) -> dict[str, object]:
    """Every number that was computed is an interval ["lo", "hi"]."""

    def ends(values: Sequence[Ends]) -> list[list[str]]:
        return [[format_number(low), format_number(high)] for low, high in values]

    trace = run.trace
    names = ("c", "h", "f", "i", "g", "o") if trace.z is None else ("c", "h", "z", "f", "i", "g", "o")
    condition = {} if run.broken is None else {"condition": run.broken}
    return condition | {
        "inputs": [_numbers(x) for x in trace.inputs],
        "step": run.step,
        "expected": [None if value is None else format_number(value) for value in run.expected],
        "actual": ends(run.actual),
        "trace": {name: [ends(row) for row in getattr(trace, name)] for name in names},
    }


def float_record(verdict: FloatVerdict) -> dict[str, object]:
    """What holds of runs in one float format."""
    record: dict[str, object] = {"exact": isinstance(verdict, FloatsExact), "horizon": None}
    match verdict:
        case FloatsExact():
            pass
        case FloatsHorizon(length, inputs, others, beyond):
            record["horizon"] = {
                "length": length,
                "inputs": None if inputs is None else format_number(inputs),
                "others": [{"length": more, "inputs": format_number(size)} for more, size in others],
            }
            record["fails"] = None if beyond is None else float_run_record(beyond)
        case FloatsWrong(run):
            record["fails"] = float_run_record(run)
        case FloatsOpen(reason):
            record["reason"] = reason
        case _:
            assert_never(verdict)
    return record


def rounding_record(rounding: Rounding) -> dict[str, object]:
    """Weights of few bits: the scale of each tensor, and each number that was changed, as given and as judged."""
    return {
        "arithmetic": rounding.arithmetic,
        "fits": rounding.fits,
        "scales": {tensor: format_number(scale) for tensor, scale in rounding.scales.items()},
        "changed": {name: [format_number(old), format_number(new)] for name, (old, new) in rounding.changed.items()},
        "given": rounding.given,
    }


def float_run_record(run: FloatRun) -> dict[str, object]:
    """A counterexample in floats. `run` says the inputs as blocks; `inputs` lists them where they are not too many."""
    trace = trace_record(run.trace)
    trace.pop("inputs")
    listed = [_numbers(x) for x, times in run.repeated for _ in range(times)] if run.length <= MAX_LISTED else None
    return {
        "inputs": listed,
        "run": [[_numbers(x), times] for x, times in run.repeated],
        "order": run.order,
        "step": run.length - 1,
        "expected": [None if value is None else format_number(value) for value in run.expected],
        "actual": _numbers(run.actual),
        "trace": trace,
    }


def trace_record(trace: Trace | FloatTrace, gates: Gates | FloatGates | None = None) -> dict[str, object]:
    """inputs [T, D], c and h and the gates [T, H], z [T, outputs] of a layer; floats as the fractions that they are."""
    names = ("inputs", "c", "h", *(() if trace.z is None else ("z",)))
    record: dict[str, object] = {name: [_numbers(row) for row in getattr(trace, name)] for name in names}
    if gates is not None:
        record |= {name: [_numbers(row) for row in getattr(gates, name)] for name in ("f", "i", "g", "o")}
    return record


def owed_record(owed: Sequence[Owed]) -> dict[str, object]:
    """Of each step, until nothing is owed any more: registers by name, outputs [T, H], and whether it is right."""
    return {
        "registers": [{name: _constant(value) for name, value in step.registers.items()} for step in owed],
        "owed": [[None if value is None else format_number(value) for value in step.outputs] for step in owed],
        "right": [step.right for step in owed],
    }


def _constant(value: Constant) -> str:
    return value if isinstance(value, str) else format_number(value)


def _numbers(values: Sequence[Fraction | float]) -> list[str]:
    return [
        str(value) if isinstance(value, float) and not isfinite(value) else format_number(Fraction(value))
        for value in values
    ]
