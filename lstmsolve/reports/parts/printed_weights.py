"""Problem 6.4 of the homework: its printed answers as weights, each proved or refuted, and mended."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import combinations, product
from typing import Final

from lstmsolve.api.verifying import verify
from lstmsolve.model.outcomes import Refuted, VerifyOutcome
from lstmsolve.showing.media import code, markdown

CASE: Final = "nonzero-counter"
NAMES: Final = [f"{kind}_{gate}" for gate in "fico" for kind in "wub"]
VALUES: Final = (-1, 0, 1)
SECONDS: Final = 10.0

_BEFORE_THE_GATE: Final = {"b_f": 1, "w_i": 1, "w_c": 1}
"""What the second step of the solution says of f, i and c, with w_f, u_f, u_i, b_i at their least."""

PRINTED: Final[tuple[tuple[str, str, Mapping[str, int]], ...]] = (
    ("6.4-1a", "First step: o[n] = CReLU(x[n])", {**_BEFORE_THE_GATE, "w_o": 1}),
    ("6.4-1b", "First step: b_o = 1, w_o = -1, u_o = 0", {**_BEFORE_THE_GATE, "b_o": 1, "w_o": -1}),
    ("6.4-2", "Second step, with b_i = 1 for w_i = 1", {"b_f": 1, "b_i": 1, "w_c": 1, "b_o": 1, "w_o": -1}),
    ("6.4-3", "Putting it all together: b_o = 1, u_o = 0, w_o = 1", {**_BEFORE_THE_GATE, "b_o": 1, "w_o": 1}),
)
"""Each line as printed, and one set of weights that it allows."""


def printed_weights() -> str:
    """The section of the homework page, in markdown."""
    rows = ["| line | place | weights | verdict | why | mended |", "|---|---|---|---|---|---|"]
    for id, place, weights in PRINTED:
        outcome = judged(weights)
        mended = smallest_change(weights) if isinstance(outcome, Refuted) else None
        shown = "" if mended is None else ", ".join(f"{name} = {value}" for name, value in mended.items())
        verdict = "fails" if isinstance(outcome, Refuted) else outcome.verdict
        rows.append(f"| {id} | {place} | {code(_text(weights))} | {verdict} | {markdown(outcome.reason)} | {shown} |")
    return "\n\n".join(
        [
            "## Problem 6.4: an LSTM that tallies nonzero inputs",
            f"The printed weights, put to `lstmsolve verify {CASE}`: proved for all lengths, or refuted by a shortest "
            f"run. A line that fails is mended by the fewest weights that are changed to {_listed(VALUES)}.",
            "\n".join(rows),
        ]
    )


def judged(weights: Mapping[str, int]) -> VerifyOutcome:
    return verify(CASE, _text(weights), seconds=SECONDS)


def smallest_change(weights: Mapping[str, int], most: int = 2) -> dict[str, int] | None:
    """The fewest changed weights, at most `most`, that are proved right with the others as they are."""
    for changed in _changes(weights, most):
        if judged({**weights, **changed}).verdict == "proved":
            return changed
    return None


def _changes(weights: Mapping[str, int], most: int) -> Iterator[dict[str, int]]:
    for count in range(1, most + 1):
        for names in combinations(NAMES, count):
            others = [[value for value in VALUES if value != weights.get(name, 0)] for name in names]
            yield from (dict(zip(names, values, strict=True)) for values in product(*others))


def _text(weights: Mapping[str, int]) -> str:
    return " ".join(f"{name}={value}" for name, value in weights.items())


def _listed(values: tuple[int, ...]) -> str:
    return f"{', '.join(map(str, values[:-1]))} or {values[-1]}"
