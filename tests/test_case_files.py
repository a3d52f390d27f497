"""Case and weights files: what they may say, and one clear message for everything they may not."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

import lstmsolve
from lstmsolve.formats.cases import parse_case
from lstmsolve.formats.weights.reading import read_weights
from lstmsolve.kernel.base.errors import InputError
from lstmsolve.kernel.lstm.cells import Gate, Parameter, Weights
from lstmsolve.kernel.records.problems import problem_from_record
from lstmsolve.kernel.spec.domains import IntegerRange, Listed, RealInterval, Symbols, contains, parse_domain
from lstmsolve.kernel.spec.problems import Problem
from lstmsolve.writing.problems import problem_record
from tests.conftest import solved

GOOD = """
format = "lstmsolve/case/1"
name = "test"
[input]
x = "0.."
[state]
n = 0
[next]
n = "n + x"
[output]
h = "n"
[cell]
hidden = 1
"""


def case(*changes: tuple[str, str]) -> Problem:
    text = GOOD
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    return parse_case(text)


@pytest.mark.parametrize(
    ("changes", "fragments"),
    [
        ([("[cell]", "[cell")], ["not valid TOML", "line"]),
        ([("case/1", "case/2")], ["format", "lstmsolve/case/1", "lstmsolve/case/2"]),
        ([("[input]", "[inputs]")], ["inputs", "did you mean [input]?"]),
        (
            [("[cell]", "[a]\n[b]\n[c]\n[d]\n[e]\n[f]\n[g]\n[h]\n[cell]")],
            ["8 unknown keys, a, b,", "known at the top: "],
        ),
        ([('name = "test"', "name = 3")], ["name", "string"]),
        ([('name = "test"', 'name = "../x"')], ["name", "../x"]),
        ([("hidden = 1", "hiden = 1")], ["cell.hiden", "unknown key; did you mean hidden?"]),
        ([("hidden = 1", "hidden = 0")], ["cell.hidden", "integer from 1 on"]),
        ([("hidden = 1", "hidden = true")], ["cell.hidden", "integer from 1 on"]),
        ([("hidden = 1", 'hidden = "two"')], ["cell.hidden", "two"]),
        ([("hidden = 1", 'hidden = 1\ngate = "relu"')], ["cell.gate", "relu"]),
        ([('"0.."', '"5..1"')], ["input.x", "empty", "5..1"]),
        ([('"0.."', '"0.5..1"')], ["input.x", "integers"]),
        ([('"0.."', "[]")], ["input.x", "empty"]),
        ([('"0.."', "[1, 1]")], ["input.x", "twice"]),
        ([('"0.."', "[true]")], ["input.x", "boolean"]),
        ([('"0.."', "[nan]")], ["input.x", "NaN"]),
        ([('"0.."', '{ symbols = ["a", "a"] }')], ["input.x", "twice"]),
        ([('"0.."', "3")], ["input.x", "range"]),
        ([('[input]\nx = "0.."', "[input]")], ["input", "at least one input"]),
        ([("n = 0", "n = inf")], ["state.n", "infinities"]),
        ([("n = 0", 'n = "1/0"')], ["state.n", "denominator is zero"]),
        ([("n = 0", "n = { init = 0, kind = 1 }")], ["state.n", "init"]),
        ([("n = 0", 'n = { init = "c", symbols = ["a"] }')], ["state.n.init", "symbols"]),
        ([("[state]\nn = 0", "[state]\nx = 0\nn = 0")], ["state.x", "input already"]),
        ([("[state]\nn = 0", "[state]\nif = 0\nn = 0")], ["state.if", "name"]),
        ([('"n + x"', '"n + y"')], ["next.n", "undefined name 'y'", "\n    n + y\n        ^"]),
        ([('"n + x"', '"n * x"')], ["next.n", "non-linear", "^"]),
        ([('"n + x"', '"n % 0"')], ["next.n", "positive integer constant", "^"]),
        ([('"n + x"', '"x >= 1"')], ["next.n", "holds numbers"]),
        ([('"n + x"', '"n + 0.5"')], ["next.n", "real"]),
        ([('"n + x"', '"any"')], ["next.n", "holds numbers"]),
        ([('"n + x"', "true")], ["next.n", "boolean"]),
        ([('n = "n + x"', 'm = "n + x"')], ["next.m", "no such register"]),
        ([('h = "n"', 'h = "x == 1"')], ["output.h", "number", "write `1 if x == 1 else 0`"]),
        ([('h = "n"', "h = []")], ["output.h"]),
        ([('h = "n"', 'h = ["n", "any"]')], ["cell.hidden", "2 units"]),
        ([("[cell]", '[assume]\nalways = "n"\n[cell]')], ["assume.always", "condition"]),
        ([("[cell]", '[readout]\naccept = "3/4"\nreject = "<= 1/4"\n[cell]')], ["readout.accept", ">= 3/4"]),
        ([("[cell]", '[readout]\naccept = ">= 1/4"\nreject = "<= 3/4"\n[cell]')], ["readout", "reject < accept"]),
        ([("hidden = 1", "hidden = 1\ninitial = { c = [0, 0] }")], ["cell.initial"]),
        ([("hidden = 1", "hidden = 1\n[weights]\nu_q = 0")], ["weights.u_q", "no such weight"]),
        ([("hidden = 1", "hidden = 1\n[weights]\nu_o = true")], ["weights", "boolean"]),
        ([("hidden = 1", 'hidden = 1\n[weights]\nbounds = "1..0"')], ["weights.bounds", "empty"]),
        ([("hidden = 1", 'hidden = 1\n[weights]\nwhere = ["b_q >= 1"]')], ["weights.where[0]", "b_q", "^"]),
        ([("hidden = 1", 'hidden = 1\n[weights]\nwhere = ["b_i + 1"]')], ["weights.where[0]", "condition"]),
        ([("hidden = 1", 'hidden = 1\n[weights]\nwhere = ["b_i * w_i >= 1"]')], ["weights.where[0]", "non-linear"]),
        ([("hidden = 1", "hidden = 1\n[machine]\nstart = 'q'")], ["machine"]),
        ([("hidden = 1", "hidden = 1\ninitial = { c = [inf] }")], ["cell.initial.c: infinities", "(got [inf])"]),
        ([("hidden = 1", "hidden = 1\ninitial = 3")], ["cell.initial: a table is needed here", "(got 3)"]),
        ([("[cell]\nhidden = 1", "[[cell]]\nhidden = 1")], ["cell: a table is needed here", "(got [{ hidden = 1 }])"]),
        (
            [('name = "test"', 'name = "test"\ninput = ["0.."]'), ('[input]\nx = "0.."', "")],
            ["input: a table", '(got ["0.."])'],
        ),
        ([('"0.."', "[0, 0.1, nan]")], ["input.x", "(got [0, 1/10, nan])"]),
        ([("[cell]", '[readout]\nlate = "1"\n[cell]')], ["readout.late", '(got "1")']),
        ([("[cell]", "[extra]\ny = 1\n[cell]")], ["extra: unknown key; known here: format, name,"]),
        ([("hidden = 1", 'hidden = 1\n[weights]\nb_f = "x"')], ["b_f: not a number", '(got "x")']),
        ([("hidden = 1", "hidden = 1\n[weights]\nb_f = []")], ["b_f: an empty list fixes nothing"]),
        ([("hidden = 1", "hidden = 1\n[weights]\nB_f = 1")], ["B_f is no weight: did you mean b_f?"]),
    ],
)
def test_bad_cases_name_the_key_and_say_what_is_wrong(changes: list[tuple[str, str]], fragments: list[str]) -> None:
    with pytest.raises(InputError) as error:
        case(*changes)
    for fragment in fragments:
        assert fragment in str(error.value)


@pytest.mark.parametrize(
    ("demands", "fault"),
    [
        ('b_f = 1\nwhere = ["w_i >= 0", "b_f >= 2", "b_f <= 9"]', "b_f = 1; b_f >= 2"),
        ('where = ["b_f >= 2", "w_i >= 0", "b_f <= 1"]', "b_f >= 2; b_f <= 1"),
        ('where = ["b_f >= w_i", "w_i > w_o", "w_o >= b_f", "w_i >= 0"]', "b_f >= w_i; w_i > w_o; w_o >= b_f"),
        ('where = ["b_f >= 2 or w_i >= 2"]\nbounds = "-1..1"', 'bounds = "-1..1"; b_f >= 2 or w_i >= 2'),
        ('where = ["1 >= 2"]', "1 >= 2"),
        ('where = ["b_f >= 1/4", "b_f <= 3/4"]\ninteger = true', "b_f >= 1/4; b_f <= 3/4; integer = true"),
        ('bounds = "real 0.2..0.8"\ninteger = true', 'bounds = "1/5..4/5"; integer = true'),
        ('b_f = 1\n"b_f[0]" = 2', "b_f = 1; b_f[0] = 2"),
        ('b_f = 3\nbounds = "..1"', 'b_f = 3; bounds = "..1"'),
        ('b_f = 0.5\ninteger = true', "b_f = 1/2; integer = true"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("size", ["hidden = 1", 'hidden = "minimal"'])
def test_conditions_on_weights_that_contradict_each_other(demands: str, fault: str, size: str) -> None:
    problem = case(("hidden = 1", f"{size}\n[weights]\n{demands}"))
    with pytest.raises(InputError) as error:
        lstmsolve.load_case(problem)
    assert str(error.value) == f"test: weights: no weights meet these conditions together: {fault}"


def test_a_weight_is_not_given_twice() -> None:
    with pytest.raises(InputError, match=r"b_f\[0\] is given twice"):
        case(("hidden = 1", 'hidden = 1\n[weights]\nb_f = [1]\n"b_f[0]" = 2'))


def test_a_byte_order_mark_is_no_part_of_a_case(tmp_path: Path) -> None:
    path = tmp_path / "test.toml"
    path.write_text(f"\ufeff{GOOD}", encoding="utf-8")
    assert lstmsolve.load_case(path) == parse_case(GOOD)


@pytest.mark.parametrize(
    ("start", "free"),
    [('"free"', (True, True)), ('{ c = "free" }', (True, False)), ('{ c = "free", h = "free" }', (True, True))],
)
def test_where_a_cell_starts(start: str, free: tuple[bool, bool]) -> None:
    choice = case(("hidden = 1", f"hidden = 1\ninitial = {start}")).choice
    assert (choice.free_c, choice.free_h) == free


def test_all_problems_are_reported_together() -> None:
    with pytest.raises(InputError) as error:
        case(('"n + x"', '"n + y"'), ('h = "n"', 'h = "z"'))
    assert [complaint.key for complaint in error.value.complaints] == ["next.n", "output.h"]


MACHINE = """
format = "lstmsolve/case/1"
name = "ends-in-one"
[machine]
alphabet = "01"
start = "even"
output = { even = 0, odd = 1, lost = 0 }
[machine.next]
even = { "0" = "even", "1" = "odd" }
odd  = { "0" = "odd", "1" = "even" }
lost = { "0" = "lost", "1" = "lost" }
[cell]
hidden = 1
"""


def test_a_machine_is_a_whole_behaviour_and_loses_its_unreachable_states() -> None:
    problem = parse_case(MACHINE)
    assert problem.machine is not None
    assert list(problem.machine.next) == ["even", "odd"]
    assert problem.notes == ("1 unreachable states were dropped: lost",)
    outcome = lstmsolve.solve(problem)
    assert outcome.verdict == "solved"


def test_a_mealy_machine_speaks_on_the_way() -> None:
    text = MACHINE.replace(
        "{ even = 0, odd = 1, lost = 0 }", '{ even = { "0" = 0, "1" = 1 }, odd = { "0" = 1, "1" = "any" } }'
    )
    text = text.replace('lost = { "0" = "lost", "1" = "lost" }', "")
    problem = parse_case(text)
    assert problem_from_record(problem_record(problem)) == problem
    assert lstmsolve.solve(problem).verdict == "solved"


@pytest.mark.parametrize(
    ("old", "new", "fragment"),
    [
        ('odd  = { "0" = "odd", "1" = "even" }', 'odd = { "0" = "odd" }', "transitions are missing: odd on 1"),
        ('"1" = "even" }', '"1" = "gone" }', "leads to a state that has no transitions"),
        ('"1" = "even" }', '"1" = "even", "2" = "odd" }', "'2' is not in the alphabet"),
        ("odd = 1, ", "", "states without an output: odd"),
        ("odd = 1, ", "odd = 1, no = 2, ", "no such state"),
        ('start = "even"', 'start = "q"', "start"),
        ('alphabet = "01"', 'alphabet = "00"', "twice"),
        ("odd = 1, ", 'odd = { "0" = 1, "1" = 0 }, ', "Mealy"),
    ],
)
def test_bad_machines(old: str, new: str, fragment: str) -> None:
    assert old in MACHINE
    with pytest.raises(InputError, match=fragment):
        parse_case(MACHINE.replace(old, new))


@pytest.mark.parametrize(
    ("text", "domain"),
    [
        ("0..", IntegerRange(0, None)),
        ("-5..5", IntegerRange(-5, 5)),
        ("..3", IntegerRange(None, 3)),
        ("..", IntegerRange(None, None)),
        ("real 0..1", RealInterval(Fraction(0), Fraction(1))),
        ("real -0.5..1/3", RealInterval(Fraction(-1, 2), Fraction(1, 3))),
        ("real ..", RealInterval(None, None)),
        ([0, "1/2", Fraction(3)], Listed((Fraction(0), Fraction(1, 2), Fraction(3)))),
        ({"symbols": ["a", "b"]}, Symbols(("a", "b"))),
    ],
)
def test_input_domains(text: Any, domain: Any) -> None:
    assert parse_domain(text) == domain


def test_domains_know_their_values() -> None:
    assert contains(IntegerRange(0, None), Fraction(3))
    assert not contains(IntegerRange(0, None), Fraction(1, 2))
    assert not contains(RealInterval(Fraction(0), Fraction(1)), Fraction(2))
    assert contains(Symbols(("a", "b")), "b")
    assert not contains(Symbols(("a", "b")), Fraction(1))


@pytest.mark.parametrize("name", sorted(lstmsolve.shipped_cases()))
def test_shipped_cases_are_named_after_their_files_and_survive_a_round_trip(name: str) -> None:
    problem = lstmsolve.load_case(name)
    assert problem.name == name
    assert problem.title
    assert problem.source
    assert problem_from_record(problem_record(problem)) == problem


def test_constraints_on_weights_are_read_and_kept() -> None:
    demands = 'u_o = 0\nb_f = ["any"]\nbounds = "-2..2"\ninteger = true\nwhere = ["b_i >= 1 or w_i >= 1"]'
    problem = case(("hidden = 1", f"hidden = 1\n[weights]\n{demands}"))
    assert problem.constraints.fixed == {"u_o": 0}
    assert problem.constraints.low == -2
    assert problem.constraints.high == 2
    assert problem.constraints.integer
    weights = solved("nonzero-counter").weights
    assert not list(problem.constraints.unmet(weights))
    doubled = Weights.of(weights.cell, {place: 3 * value for place, value in weights.values().items()})
    assert "b_f[0] must be at most 2" in list(problem.constraints.unmet(doubled))


# --- weights -------------------------------------------------------------------------------------


def weights_file(tmp_path: Path, change: Any = None) -> Path:
    record: dict[str, Any] = {
        "format": "lstmsolve/weights/1",
        "cell": {"inputs": 1, "hidden": 1, "gate": "crelu", "candidate": "crelu", "output": "identity"},
        "weights": {f"{m}_{g}": ["0"] if m == "b" else [["0"]] for g in "fico" for m in "wub"},
    }
    if change:
        change(record)
    path = tmp_path / "weights.json"
    path.write_text(json.dumps(record))
    return path


def test_weights_without_an_initial_state_start_at_zero(tmp_path: Path) -> None:
    weights = read_weights(weights_file(tmp_path, lambda r: r["weights"].update(w_c=[["1/3"]])))
    assert weights[Parameter("w", Gate.CANDIDATE, 0, 0)] == Fraction(1, 3)
    assert weights.initial.c == (Fraction(0),)


def test_sparse_rows_are_tables(tmp_path: Path) -> None:
    weights = read_weights(weights_file(tmp_path, lambda r: r["weights"].update(w_c=[{"0": "2"}], u_c=[{}])))
    assert weights[Parameter("w", Gate.CANDIDATE, 0, 0)] == 2


@pytest.mark.parametrize(
    ("change", "fragment"),
    [
        (lambda r: r.update(format="lstmsolve/weights/9"), "format"),
        (lambda r: r["cell"].update(hidden=2), r"needs shape \[2, 1\], has 1 rows"),
        (lambda r: r["cell"].update(hidden=10**9), "cell.hidden"),
        (lambda r: r["cell"].update(gate="relu"), "cell.gate: must be one of crelu, sigmoid"),
        (lambda r: r["weights"].update(w_c=[["x"]]), r"weights.w_c\[0\]\[0\]: not a number"),
        (lambda r: r["weights"].update(w_c=[["1/0"]]), "denominator is zero"),
        (lambda r: r["weights"].update(w_c=[[True]]), "boolean"),
        (lambda r: r["weights"].update(w_c=[[None]]), "NoneType"),
        (lambda r: r["weights"].update(w_c=[[float("nan")]]), "NaN is not a number"),
        (lambda r: r["weights"].update(w_c=[{"1": "2"}]), "keys here are positions, 0 to 0"),
        (lambda r: r["weights"].update(b_c=["9" * 5000]), "5000 characters"),
        (lambda r: r.update(initial={"c": ["0", "0"], "h": ["0", "0"]}), "initial: needs 1 numbers"),
    ],
)
def test_bad_weights(tmp_path: Path, change: Any, fragment: str) -> None:
    path = weights_file(tmp_path, change)
    with pytest.raises(InputError, match=fragment) as error:
        read_weights(path)
    assert str(path) in str(error.value)


@pytest.mark.parametrize(
    ("text", "fragment"),
    [
        ("", "is empty"),
        ("{" * 100_000, "not valid JSON"),
        ("[" * 100_000 + "]" * 100_000, "nested too deeply"),
        ('{"format": 1, "format": 2}', "appears twice"),
        ('{"format": 1e999999}', "too many digits"),
        ("1" * 5000, "5000 characters"),
        ('"text"', "a table is needed"),
        ("null", "a table is needed"),
    ],
)
def test_hostile_json_is_refused(tmp_path: Path, text: str, fragment: str) -> None:
    path = tmp_path / "weights.json"
    path.write_text(text)
    with pytest.raises(InputError, match=fragment):
        read_weights(path)


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        read_weights(tmp_path / "none.json")
    with pytest.raises(InputError, match="cannot be read"):
        read_weights(tmp_path)
    (tmp_path / "latin.json").write_bytes(b"\xff\xfe")
    with pytest.raises(InputError, match="not UTF-8"):
        read_weights(tmp_path / "latin.json")
    (tmp_path / "large.toml").write_text("#" * (2**20 + 1))
    with pytest.raises(InputError, match="larger than 1 MiB"):
        lstmsolve.load_case(tmp_path / "large.toml")
