"""Every published design against an independent LSTM: short strings all, long ones at random and in blocks.

The certificates in `reports/` say "for all lengths". Here the textbook LSTM of `tests/textbook.py`
runs the weights in them, exactly, beside the reference machine, which `test_library` holds to the
plain meaning of its title.
"""

from __future__ import annotations

import json
from fractions import Fraction
from itertools import islice, permutations
from pathlib import Path
from random import Random
from typing import Any, TypeAlias

import pytest

from lstmsolve.api.loading.cases import load_case
from lstmsolve.kernel.language.evaluation import Value
from lstmsolve.kernel.proofs.certificates import Certificate
from lstmsolve.kernel.records.certificates import certificate_from_record
from lstmsolve.kernel.spec.specs import Spec
from lstmsolve.obligations.stepping.systems import lifted
from lstmsolve.writing.weights import weights_record
from tests.library import LIBRARY, Columns
from tests.textbook import Textbook

FOLDER = Path(__file__).parents[1] / "reports" / "certificates"
SHORT = 10
"""All strings of so many steps, or of fewer if that takes more than `STEPS`."""
STEPS = 4_000
LONG = 10_000
BLOCK = 500


def designs() -> list[str]:
    found = {path.stem: json.loads(path.read_text()) for path in FOLDER.glob("*.json")}
    return sorted(case for case, record in found.items() if case in LIBRARY and record.get("claim") != "impossible")


def weights_of(case: str) -> dict[str, Any]:
    certificate = certificate_from_record(json.loads((FOLDER / f"{case}.json").read_text()))
    assert isinstance(certificate, Certificate)
    return weights_record(certificate.weights)


State: TypeAlias = tuple[dict[str, Value], tuple[list[Any], list[Any]]]


class Pair:
    """The reference machine and the textbook LSTM, fed the same letters."""

    def __init__(self, case: str) -> None:
        record = weights_of(case)
        numbers = [
            v for part in record["weights"].values() for row in part for v in (row if type(row) is list else [row])
        ]
        # Integers are exact as well, and much faster.
        number = int if all(Fraction(value).denominator == 1 for value in numbers) else Fraction
        self.cell = Textbook.of(record, number)
        self.spec: Spec = load_case(case).spec
        self.letters: list[Columns] = list(LIBRARY[case].letters.values())
        whole = number is int and all(value.denominator == 1 for x in self.letters for value in x)
        self.columns: dict[Columns, tuple[Any, ...]] = {x: tuple(map(int, x)) if whole else x for x in self.letters}
        self.start: State = (dict(self.spec.initial), self.cell.initial)

    def step(self, state: State, x: Columns) -> State | None:
        """Both after one more letter, having compared what they say; None where the promise is broken."""
        registers, (c, h) = state
        given = {name: lifted(value) for name, value in self.spec.decode(x).items()}
        if not self.spec.assumed(registers, given):
            return None
        after = self.spec.step(registers, given)
        c, h = self.cell.step(c, h, self.columns[x])
        for demand in self.spec.demands(after.outputs):
            assert demand.met_by([Fraction(value) for value in h]), f"h is {h}, owed is {demand}"
        return dict(after.registers), (c, h)

    def run(self, word: list[Columns]) -> None:
        state = self.start
        for x in word:
            after = self.step(state, x)
            if after is None:
                return
            state = after


@pytest.mark.parametrize("case", designs())
def test_published_designs_are_right_on_all_short_strings(case: str) -> None:
    pair, taken = Pair(case), 0
    level = [pair.start]
    for _ in range(SHORT):
        taken += len(level) * len(pair.letters)
        if taken > STEPS:
            break
        level = [after for state in level for x in pair.letters if (after := pair.step(state, x)) is not None]


@pytest.mark.parametrize("case", designs())
def test_published_designs_are_right_on_long_strings(case: str) -> None:
    pair, generator = Pair(case), Random(11)
    pair.run(generator.choices(pair.letters, k=LONG))
    # Where most random strings are rejected early, blocks are not.
    for order in islice(permutations(pair.letters, min(3, len(pair.letters))), 12):
        pair.run([x for x in order for _ in range(BLOCK)])
