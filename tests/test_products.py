"""Products of two numbers that both vary: a variable stands for them, of which only bounds are known.

The cell squares what it holds, so its numbers double in length at each step and no list of states is a proof.
"""

from __future__ import annotations

import copy
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import lstmsolve
from lstmsolve.kernel.base.affine import Affine
from lstmsolve.kernel.proofs.certificates import End, Factor, product_rows
from lstmsolve.kernel.records.certificates import certificate_from_record
from lstmsolve.model.outcomes import Accepted, Proved
from lstmsolve.writing.certificates import certificate_record
from tests.test_checker import verdict
from tests.textbook import textbook_run

NUMBERS = st.fractions(min_value=-5, max_value=5, max_denominator=6)

SQUARES = """
[input]
x = [0, 1]
[state]
[next]
[output]
h = "0"
[readout]
accept = ">= 1"
reject = "<= {bound}"
[cell]
hidden = 1
"""
"""c becomes c²/2 + x/4 and h is half of it, so c stays below 1 - 1/√2 = 0.2928…"""

WEIGHTS = "u_f = 1, w_i = 1/4, b_c = 1, b_o = 1/2"


@pytest.fixture
def squares(tmp_path: Path) -> Any:
    """The record of the proof that h stays at or below 1/3."""
    case = tmp_path / "squares.toml"
    case.write_text(SQUARES.format(bound="1/3"))
    outcome = lstmsolve.verify(case, WEIGHTS)
    assert isinstance(outcome, Proved), outcome
    return certificate_record(outcome.certificate)


@given(NUMBERS, NUMBERS, st.tuples(NUMBERS, NUMBERS, NUMBERS, NUMBERS))
def test_the_rows_hold_wherever_the_ends_do(x: Fraction, y: Fraction, room: tuple[Fraction, ...]) -> None:
    """The lemma: at every point within the ends the product satisfies each row."""
    ends = [
        End(value - abs(r), {}) if k % 2 == 0 else End(value + abs(r), {})
        for k, (value, r) in enumerate(zip((x, x, y, y), room, strict=True))
    ]
    left = Factor(Affine.variable("x"), *ends[:2])
    right = Factor(Affine.variable("y"), *ends[2:])
    rows = product_rows("p", left, right)
    assert len(rows) == 4
    assert all(row.holds_at({"x": x, "y": y, "p": x * y}) for row in rows)


@given(NUMBERS, NUMBERS, NUMBERS, st.tuples(NUMBERS, NUMBERS, NUMBERS, NUMBERS))
def test_the_rows_say_the_range_of_the_product(
    x: Fraction, y: Fraction, p: Fraction, room: tuple[Fraction, ...]
) -> None:
    """What satisfies all four rows lies between the least and the greatest product of ends."""
    low_x, high_x, low_y, high_y = x - abs(room[0]), x + abs(room[1]), y - abs(room[2]), y + abs(room[3])
    left = Factor(Affine.variable("x"), End(low_x, {}), End(high_x, {}))
    right = Factor(Affine.variable("y"), End(low_y, {}), End(high_y, {}))
    if all(row.holds_at({"x": x, "y": y, "p": p}) for row in product_rows("p", left, right)):
        corners = [a * b for a in (low_x, high_x) for b in (low_y, high_y)]
        assert min(corners) <= p <= max(corners)


def test_numbers_that_double_in_length_are_bounded(squares: Any) -> None:
    """Proved for all lengths, where no run closes; the format says that older readers have no word for it."""
    assert squares["format"] == "lstmsolve/certificate/2"
    assert isinstance(verdict(squares), Accepted)
    assert certificate_record(certificate_from_record(squares)) == squares
    h = [shown for (shown,) in textbook_run(squares["weights"], [[Fraction(1)]] * 9)]
    assert h[:2] == [Fraction(1, 8), Fraction(9, 64)]
    assert h[-1].denominator > 10**200
    assert h[-1] < Fraction(1, 6)


def test_a_bound_that_is_crossed_is_refuted(tmp_path: Path) -> None:
    """h reaches 0.146… in the limit; 1/8 is crossed by a run."""
    case = tmp_path / "squares.toml"
    case.write_text(SQUARES.format(bound="1/7"))
    outcome = lstmsolve.verify(case, WEIGHTS)
    assert outcome.verdict == "refuted", outcome


@pytest.mark.parametrize(
    ("text", "weights"),
    [
        ('h = "any"', WEIGHTS),
        ('h = "0 if x >= 2 else any"', "u_f=1, w_i=1, b_c=2, b_o=1/3, u_o=1"),
        ('h = "any"', "u_f=-1, b_f=1, w_c=1, b_i=1, u_o=1, b_o=1/2"),
    ],
)
def test_what_owes_nothing_needs_no_value(tmp_path: Path, text: str, weights: str) -> None:
    """Where nothing is owed, products that nobody can follow stand in no way."""
    case = tmp_path / "nothing.toml"
    case.write_text(f"[input]\nx = [0, 1]\n[state]\n[next]\n[output]\n{text}\n[cell]\nhidden = 1\n")
    outcome = lstmsolve.verify(case, weights)
    assert outcome.verdict == "proved", outcome


def _first_product(record: Any) -> Any:
    mode = next(iter(record["modes"].values()))
    return next(case["tree"] for case in mode["cases"] if "product" in case["tree"])


def _of_the_mode(record: Any) -> None:
    _first_product(record)["product"] = "c[0]"


def _of_an_input(record: Any) -> None:
    _first_product(record)["product"] = "x"


def _tighter(record: Any) -> None:
    _first_product(record)["left"]["greatest"]["value"] = "1/10"


def _unproved(record: Any) -> None:
    _first_product(record)["left"]["greatest"]["proof"] = {}


def _other_factor(record: Any) -> None:
    _first_product(record)["left"]["form"] = {"c[0]": "1/4"}


def _unknown_variable(record: Any) -> None:
    _first_product(record)["right"]["form"] = {"c[1]": "1"}


def _no_end(record: Any) -> None:
    del _first_product(record)["left"]["greatest"]


def _left_out(record: Any) -> None:
    for mode in record["modes"].values():
        for case in mode["cases"]:
            case["tree"] = case["tree"].get("then", case["tree"])


def _older(record: Any) -> None:
    record["format"] = "lstmsolve/certificate/1"


@pytest.mark.parametrize(
    "change",
    [_of_the_mode, _of_an_input, _tighter, _unproved, _other_factor, _unknown_variable, _no_end, _left_out, _older],
)
def test_a_product_that_is_not_the_cells_is_rejected(squares: Any, change: Any) -> None:
    """Names that are taken, ends without proof, other factors, no product at all: nothing is proved then."""
    mutant = copy.deepcopy(squares)
    change(mutant)
    assert isinstance(verdict(mutant), str)
