"""Outcomes as result records (`lstmsolve/result/1`), the object that `--json` prints."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import isfinite
from typing import Final, assert_never

from lstmsolve.kernel.base.numbers import format_number
from lstmsolve.kernel.proofs.certificates import Certificate, Impossibility
from lstmsolve.model.outcomes import Accepted, Impossible, Outcome, Proved, Refuted, Rejected, Solved, Unknown
from lstmsolve.model.tolerances import Interval, Tolerance
from lstmsolve.model.traces import Counterexample, FloatTrace, Trace
from lstmsolve.writing.weights import weights_record

FORMAT: Final = "lstmsolve/result/1"
ALL_LENGTHS: Final = "all lengths"


def result_record(
    command: str, case: str | None, outcome: Outcome, certificate: str | None, elapsed_s: float
) -> dict[str, object]:
    """The result of a command; `certificate` is the path it was written to, if it was."""
    scope: object = None
    counterexample: object = None
    weights: object = None
    extra: dict[str, object] = {}
    match outcome:
        case Solved(found, _, reason) | Proved(found, _, reason):
            scope, weights = ALL_LENGTHS, weights_record(found)
            if isinstance(outcome, Solved):
                extra = {"log": list(outcome.log)} if outcome.log else {}
                extra |= {"tolerance": tolerance_record(outcome.tolerance)} if outcome.tolerance is not None else {}
        case Impossible(claim, reason):
            scope = {"max_length": max(map(len, claim.strings))}
            extra = {"core": [[_numbers(x) for x in string] for string in claim.strings]}
            extra |= {"any_size": True} if claim.any_size else {}
        case Refuted(given, run, reason):
            counterexample, weights = counterexample_record(run), weights_record(given)
        case Unknown(reason, max_length, given, log):
            extra = {"log": list(log)} if log else {}
            scope = None if max_length is None else {"max_length": max_length}
            weights = None if given is None else weights_record(given)
        case Accepted(proof, reason):
            match proof:
                case Impossibility(strings=strings):
                    scope = {"max_length": max(map(len, strings))}
                    extra = {"any_size": True} if proof.any_size else {}
                case Certificate(weights=found):
                    scope, weights = ALL_LENGTHS, weights_record(found)
        case Rejected(reason):
            pass
        case _:
            assert_never(outcome)
    return empty_record(command, reason, elapsed_s) | {
        "case": case,
        "verdict": outcome.verdict,
        "scope": scope,
        "counterexample": counterexample,
        "weights": weights,
        "certificate": certificate,
        **extra,
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


def counterexample_record(run: Counterexample) -> dict[str, object]:
    trace = trace_record(run.trace)
    return {
        "inputs": trace.pop("inputs"),
        "step": run.step,
        "expected": [None if value is None else format_number(value) for value in run.expected],
        "actual": _numbers(run.actual),
        "trace": trace,
    } | ({} if run.broken is None else {"condition": run.broken})


def trace_record(trace: Trace | FloatTrace) -> dict[str, object]:
    """inputs [T, D], c and h [T, H], z [T, outputs] of a layer; floats as the fractions that they are."""
    names = ("inputs", "c", "h", *(() if trace.z is None else ("z",)))
    return {name: [_numbers(row) for row in getattr(trace, name)] for name in names}


def _numbers(values: Sequence[Fraction | float]) -> list[str]:
    return [
        str(value) if isinstance(value, float) and not isfinite(value) else format_number(Fraction(value))
        for value in values
    ]
