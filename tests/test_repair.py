"""`solve --from`: weights of a sigmoid and tanh cell moved until they are proved."""

from __future__ import annotations

import json
from fractions import Fraction
from math import sqrt
from pathlib import Path

import numpy as np
import pytest

from lstmsolve.api.loading.beginning import case
from lstmsolve.api.solving import solve
from lstmsolve.api.verifying import verify
from lstmsolve.cli.main import app
from lstmsolve.formats.results import result_record
from lstmsolve.kernel.base.errors import InputError
from lstmsolve.kernel.lstm.cells import Gate, GateWeights, Weights
from lstmsolve.kernel.spec.problems import Problem
from lstmsolve.model.outcomes import Proved, Refuted, Solved, Unknown
from lstmsolve.model.watch import UNWATCHED, Counted
from lstmsolve.smooth.nets import net_of, table_of
from lstmsolve.smooth.repairing.classes import classes_of
from lstmsolve.smooth.repairing.intervals import Point, Ways
from lstmsolve.writing.weights import weights_record
from tests.test_smooth import one_unit as hand_set_parity

PLENTY = 600.0
"""Seconds: no test waits for the clock."""


@pytest.fixture(scope="module")
def parity() -> Problem:
    return case(
        state={"odd": 0},
        input={"x": [0, 1]},
        next={"odd": "(odd + x) % 2"},
        output="odd",
        cell={"hidden": 1, "gate": "sigmoid", "candidate": "tanh", "output": "tanh"},
        readout={"accept": "> 1/2", "reject": "< 1/2"},
        name="parity",
    )


@pytest.fixture(scope="module")
def leaking() -> Weights:
    """The hand-set one-unit parity LSTM with weights so small that it forgets: it is wrong after 44 steps."""
    return hand_set_parity(Fraction(8, 100))


@pytest.fixture(scope="module")
def repaired(parity: Problem, leaking: Weights) -> Solved:
    found = solve(parity, start=leaking, seconds=PLENTY)
    assert isinstance(found, Solved), found
    return found


def test_a_net_that_is_wrong_late_is_moved_until_it_is_proved(
    parity: Problem, leaking: Weights, repaired: Solved
) -> None:
    before = verify(parity, leaking, seconds=PLENTY)
    assert isinstance(before, Refuted)
    assert before.counterexample.step + 1 >= 40

    assert isinstance(verify(parity, repaired.weights, seconds=PLENTY), Proved)
    assert repaired.weights.initial == leaking.initial
    assert repaired.weights.cell == leaking.cell


def test_the_answer_says_how_far_weights_were_moved(leaking: Weights, repaired: Solved) -> None:
    before, after = leaking.values(), repaired.weights.values()
    changes = {place: abs(after[place] - before[place]) for place in before}
    move = repaired.moved

    assert move is not None
    assert move.most == max(changes.values()) == changes[move.place]
    size = sqrt(sum(change**2 for change in changes.values()) / sum(value**2 for value in before.values()))
    assert float(move.relative) == pytest.approx(size, rel=0.01)
    assert result_record("solve", "parity", repaired, None, 0.0)["moved"] == {
        "most": str(move.most),
        "weight": move.place.name,
        "relative": str(move.relative),
    }


def test_repaired_weights_are_short_decimals(repaired: Solved) -> None:
    assert all((value * 1000).denominator == 1 for value in repaired.weights.values().values())


def test_the_same_seed_moves_weights_the_same_way(parity: Problem, leaking: Weights, repaired: Solved) -> None:
    again = solve(parity, start=leaking, seconds=PLENTY)
    assert isinstance(again, Solved)
    assert again.weights == repaired.weights


def test_weights_that_are_right_stay_as_they_are(parity: Problem) -> None:
    given = hand_set_parity(Fraction(1))
    found = solve(parity, start=given, seconds=PLENTY)
    assert isinstance(found, Solved)
    assert found.weights == given
    assert found.moved is not None
    assert found.moved.most == 0


def test_a_layer_stays_as_it_is(leaking: Weights) -> None:
    """z = 4 h - 2 is read at 0, which is h read at 1/2."""
    problem = case(
        regex="0*(10*10*)*10*",
        alphabet="01",
        cell={"hidden": 1, "gate": "sigmoid", "candidate": "tanh", "output": "tanh"},
        readout={"layer": True, "accept": "> 0", "reject": "< 0"},
    )
    record = weights_record(leaking) | {"readout": {"V": [["4"]], "d": ["-2"]}}
    found = solve(problem, start=record, seconds=PLENTY)
    assert isinstance(found, Solved), found
    assert found.weights.layer is not None
    assert (found.weights.layer.V, found.weights.layer.d) == (((Fraction(4),),), (Fraction(-2),))


def test_what_was_not_repaired_in_time_is_unknown_with_the_reason(parity: Problem) -> None:
    """Every weight 0: nothing remembers a symbol."""
    zeros = (Fraction(0),)
    gate = GateWeights(w=(zeros,), u=(zeros,), b=zeros)
    given = Weights(parity.cell(1), dict.fromkeys(Gate, gate), hand_set_parity(Fraction(1)).initial)
    found = solve(parity, start=given, watch=Counted(UNWATCHED, 50))
    assert isinstance(found, Unknown)
    assert "no weights near the given ones were proved" in found.reason


def test_a_spec_that_counts_without_end_is_not_repaired() -> None:
    problem = case(
        state={"n": 0},
        input={"x": [0, 1]},
        next={"n": "n + x"},
        output="1 if n % 2 == 1 else 0",
        cell={"hidden": 1, "gate": "sigmoid", "candidate": "tanh", "output": "tanh"},
        readout={"accept": "> 1/2", "reject": "< 1/2"},
    )
    found = solve(problem, start=hand_set_parity(Fraction(1)), seconds=PLENTY)
    assert isinstance(found, Unknown)
    assert "states" in found.reason


def test_conditions_of_the_case_hold_of_repaired_weights_too(parity: Problem, leaking: Weights) -> None:
    """Bounds that leave no room: weights are moved, and those that break the bounds are not taken."""
    narrow = case(
        state={"odd": 0},
        input={"x": [0, 1]},
        next={"odd": "(odd + x) % 2"},
        output="odd",
        cell={"hidden": 1, "gate": "sigmoid", "candidate": "tanh", "output": "tanh"},
        readout={"accept": "> 1/2", "reject": "< 1/2"},
        weights={"bounds": "-1..1"},
    )
    found = solve(narrow, start=leaking, watch=Counted(UNWATCHED, 3000))
    assert isinstance(found, Unknown)
    assert "must be at" in found.reason


def test_exact_cells_are_told_what_to_use_instead(leaking: Weights) -> None:
    with pytest.raises(InputError, match="verify --nearest"):
        solve("parity", start=leaking)


def test_an_engine_is_no_choice_here(parity: Problem, leaking: Weights) -> None:
    with pytest.raises(InputError, match="leave the engine out"):
        solve(parity, start=leaking, engine="construct")


def test_the_command_takes_weights_as_a_file(tmp_path: Path, leaking: Weights) -> None:
    from typer.testing import CliRunner

    weights = tmp_path / "weights.json"
    weights.write_text(json.dumps(weights_record(leaking)))
    given = tmp_path / "parity.toml"
    given.write_text(
        '[input]\nx = [0, 1]\n[state]\nodd = 0\n[next]\nodd = "(odd + x) % 2"\n[output]\nh = "odd"\n'
        '[cell]\ngate = "sigmoid"\ncandidate = "tanh"\noutput = "tanh"\n'
        '[readout]\naccept = "> 1/2"\nreject = "< 1/2"\n'
    )
    out = tmp_path / "found"
    ended = CliRunner().invoke(app, ["solve", str(given), "--from", str(weights), "--out", str(out), "--json"])
    assert ended.exit_code == 0, ended.output
    record = json.loads((out / "result.json").read_text())
    assert record["verdict"] == "solved"
    assert set(record["moved"]) == {"most", "weight", "relative"}
    assert CliRunner().invoke(app, ["check", str(out / "certificate.json"), "--case", str(given)]).exit_code == 0

    refused = CliRunner().invoke(app, ["solve", "parity", "--from", "b_f=1, w_i=1"])
    assert refused.exit_code == 2

    early = CliRunner().invoke(app, ["solve", str(given), "--from", str(weights), "--timeout", "0"])
    assert early.exit_code == 5
    assert "leave out --from" in early.stdout
    assert "--engine" not in early.stdout, "an engine is no choice here"


# --- the slopes ----------------------------------------------------------------------------------


def test_slopes_are_those_of_what_is_missing(parity: Problem, leaking: Weights) -> None:
    """Along random directions, against differences; two nets at once, three units, boxes that nothing keeps."""
    table = table_of(parity.spec, leaking)
    random = np.random.default_rng(1)
    hidden = 3
    wide = net_of(table, leaking)
    net = type(wide)(
        random.normal(0, 2, (4 * hidden, hidden)),
        random.normal(0, 2, (2, 4 * hidden)),
        np.zeros(hidden),
        np.zeros(hidden),
        wide.next,
        wide.owed,
        random.normal(0, 1, (*wide.rows.shape[:2], hidden)),
        wide.constants,
    )
    classes = classes_of(net, 2)
    ways = Ways(net, classes, np.array([[0.0], [1.0]]))
    shapes = [(4 * hidden, hidden), (4 * hidden, 1), (4 * hidden,), *[(classes.count, hidden)] * 4]
    at = Point(*(random.normal(0, 1, (2, *shape)) for shape in shapes))
    slopes = ways.excess(at).slopes
    for name, part, slope in zip(Point._fields, at, slopes, strict=True):
        direction = random.normal(0, 1, part.shape)
        small = 1e-6
        after, before = (
            ways.excess(at._replace(**{name: part + sign * small * direction})).total for sign in (1.0, -1.0)
        )
        along = (slope * direction).reshape(2, -1).sum(axis=1)
        np.testing.assert_allclose((after - before) / (2 * small), along, rtol=1e-4, err_msg=name)


def test_classes_are_the_state_and_the_last_symbols(parity: Problem, leaking: Weights) -> None:
    """Parity, one symbol remembered: two states times two symbols, two ways from each and two from the start."""
    net = net_of(table_of(parity.spec, leaking), leaking)
    classes = classes_of(net, 1)
    assert (classes.count, len(classes.source)) == (4, 10)
    assert classes_of(net, 0).count == 2
