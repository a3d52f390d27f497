"""Marking: a class's answers, among them broken and hostile ones, each with its mark."""

from __future__ import annotations

import csv
import json
import os
import re
import time
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from random import Random

import pytest
from typer.testing import CliRunner

import lstmsolve
from lstmsolve.cli.main import app
from lstmsolve.formats.answers import read_answer
from lstmsolve.formats.weights.reading import parse_weights
from lstmsolve.kernel.base.affine import Affine, Row
from lstmsolve.model.families import Family
from lstmsolve.model.marks import Mark
from lstmsolve.model.weight_sets import All, Some
from lstmsolve.obligations.weights.nearest import single_changes
from lstmsolve.workers import Crashed, Finished, Stopwatch, TimedOut, pooled
from lstmsolve.writing.weights import weights_record
from tests.conftest import FULL

GOOD = "b_f=1 w_i=1 w_c=1 b_o=1 w_o=-1"
SOUND = 'format = "lstmsolve/family/1"\nb_f=1\nb_c=0\nu_c=0\nw_c=1\nb_o=1\nu_o=0\nw_o=-1\nw_f=0\nu_f=0\nu_i=0\nb_i=0\n'
WRONG = SOUND + 'where = ["w_i >= 0"]\n'


def answer(text: str) -> str:
    return json.dumps(weights_record(parse_weights(text, lstmsolve.load_case("nonzero-counter"))))


HOSTILE: dict[str, Callable[[Path], object]] = {
    "empty.json": lambda path: path.write_text(""),
    "empty.toml": lambda path: path.write_text(""),
    "huge.json": lambda path: path.write_bytes(b"1" * (9 * 2**20)),
    "deep.json": lambda path: path.write_text("[" * 100_000),
    "deeper.json": lambda path: path.write_text('{"a":' * 50_000 + "1" + "}" * 50_000),
    "deep.toml": lambda path: path.write_text(SOUND + f'where = ["{"(" * 3000}b_f >= 1{")" * 3000}"]'),
    "long.toml": lambda path: path.write_text(SOUND + f'where = ["b_f >= {"+".join(["1"] * 900)}"]'),
    "binary.json": lambda path: path.write_bytes(bytes(range(256))),
    "types.json": lambda path: path.write_text(answer(GOOD).replace('"-1"', "true")),
    "list.json": lambda path: path.write_text("[1, 2]"),
    "null.json": lambda path: path.write_text("null"),
    "other-cell.json": lambda path: path.write_text(answer(GOOD).replace('"gate": "crelu"', '"gate": "sigmoid"')),
    "many-units.json": lambda path: path.write_text(answer(GOOD).replace('"hidden": 1', '"hidden": 20000')),
    "loop.json": lambda path: path.symlink_to(path),
    "endless.json": lambda path: path.symlink_to("/dev/zero"),
    "pipe.json": lambda path: os.mkfifo(path),
    "folder.json": lambda path: path.mkdir(),
    "gone.json": lambda path: path.symlink_to(path.with_name("nowhere")),
    "unknown.toml": lambda path: path.write_text('format = "lstmsolve/family/1"\nb_q = 1\n'),
    "nonlinear.toml": lambda path: path.write_text('format = "lstmsolve/family/1"\nwhere = ["b_i * w_i >= 1"]\n'),
    "nobody.toml": lambda path: path.write_text('format = "lstmsolve/family/1"\nwhere = ["b_i > 0 and b_i < 0"]\n'),
}  # fmt: skip


def write_class(folder: Path, count: int) -> None:
    """Answers as a class hands them in: many right, many nearly so, and all the hostile ones."""
    random = Random(0)
    names = ["b_f", "w_i", "w_c", "b_o", "w_o", "u_i", "b_i", "u_f", "w_f"]
    for number in range(count):
        changed = " ".join(f"{name}={random.choice([-1, 0, 1, 2])}" for name in random.sample(names, number % 3))
        kept = [part for part in GOOD.split() if part.partition("=")[0] not in changed]
        (folder / f"answer-{number:03}.json").write_text(answer(" ".join([*kept, changed])))
    (folder / "sound.toml").write_text(SOUND + "w_i = 1\n")
    (folder / "wrong.toml").write_text(WRONG)
    for name, write in HOSTILE.items():
        write(folder / name)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="POSIX files")
def test_every_answer_of_a_class_gets_its_mark(tmp_path: Path) -> None:
    write_class(tmp_path, 200 if FULL else 40)
    files = sorted(tmp_path.iterdir())
    marks = {Path(marked.path).name: marked for marked in lstmsolve.mark("nonzero-counter", files)}
    assert list(marks) == [path.name for path in files]
    for name in HOSTILE:
        assert marks[name].mark is Mark.UNREADABLE, marks[name]
        assert marks[name].reason
    assert marks["sound.toml"].verdict == "sound"
    assert marks["wrong.toml"].verdict == "unsound"
    for path in files:
        if path.name.startswith("answer"):
            wanted = {"proved": Mark.RIGHT, "refuted": Mark.WRONG}
            assert marks[path.name].mark is wanted[marks[path.name].verdict or ""]
    assert {marked.mark for marked in marks.values()} == {Mark.RIGHT, Mark.WRONG, Mark.UNREADABLE}


def test_the_command_writes_a_table_and_a_page_each(tmp_path: Path) -> None:
    answers, out = tmp_path / "answers", tmp_path / "marks"
    answers.mkdir()
    (answers / "anna.json").write_text(answer(GOOD))
    (answers / "bert.json").write_text(answer(GOOD.replace("w_o=-1", "w_o=1")))
    (answers / "carla | =1+1.toml").write_text(WRONG)
    (answers / "dan.json").write_text("{")
    result = CliRunner().invoke(app, ["mark", "nonzero-counter", str(answers), "--out", str(out)])
    assert result.exit_code == 10
    assert "1 right, 2 wrong, 1 unreadable" in result.stdout
    rows = list(csv.DictReader((out / "marks.csv").read_text().splitlines()))
    assert [row["mark"] for row in rows] == ["right", "wrong", "wrong", "unreadable"]
    assert rows[1]["why"] == "fails on 1: h is 1, the spec says 0; right if w_o = -1"
    assert "the member" in rows[2]["why"]
    pages = sorted(path.name for path in out.glob("0*.md"))
    assert pages == ["001-anna.md", "002-bert.md", "003-carla-1-1.md", "004-dan.md"]
    assert "| 0 | 1 | 1 | 1 | 1 | 1 | 1 | 1 | 1 | 0 ✗ |" in (out / pages[1]).read_text()
    page = (out / "class.md").read_text()
    assert "1 right, 2 wrong, 1 unreadable" in page
    assert "[bert.json](002-bert.md)" in page
    assert (out / "marks.svg").read_text().startswith("<?xml")


def test_exit_codes_and_json(tmp_path: Path) -> None:
    path = tmp_path / "anna.json"
    path.write_text(answer(GOOD))
    right = CliRunner().invoke(app, ["mark", "nonzero-counter", str(path), "--json"])
    assert right.exit_code == 0
    record = json.loads(right.stdout)
    assert record["answers"][0] | {"reason": "", "weights": None} == {
        "file": str(path), "mark": "right", "verdict": "proved", "reason": "", "counterexample": None, "weights": None,
        "nearest": None, "repairs": [],
    }  # fmt: skip
    assert CliRunner().invoke(app, ["mark", "nonzero-counter", str(tmp_path / "none.json")]).exit_code == 10
    (tmp_path / "empty").mkdir()
    nobody = CliRunner().invoke(app, ["mark", "nonzero-counter", str(tmp_path / "empty")])
    assert nobody.exit_code == 2
    assert "there are no answers" in nobody.stderr


def test_a_file_that_may_not_be_opened_is_one_mark_among_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = tmp_path / "closed.json"
    closed.write_text("{}")
    (tmp_path / "open.txt").write_text("b_f = 1, w_i = 1, w_c = 1, w_o = -1, b_o = 1")
    monkeypatch.setattr("os.access", lambda path, mode, **more: Path(path) != closed)
    result = CliRunner().invoke(app, ["mark", "nonzero-counter", str(closed), str(tmp_path / "open.txt"), "--json"])
    assert [answer["mark"] for answer in json.loads(result.stdout)["answers"]] == ["unreadable", "right"]


@pytest.mark.parametrize("points", ["-1", "10,20", "10,-5"])
def test_points_that_make_no_sense(points: str) -> None:
    result = CliRunner().invoke(app, ["mark", "nonzero-counter", "x", f"--points={points}"])
    assert (result.exit_code, "points are from 0 on" in result.stderr) == (2, True)


def test_a_line_break_in_a_name_breaks_no_table(tmp_path: Path) -> None:
    path = tmp_path / "a\nb.txt"
    path.write_text("b_f = 1, w_i = 1, w_c = 1, w_o = -1, b_o = 1")
    result = CliRunner().invoke(app, ["mark", "nonzero-counter", str(path)])
    assert re.search(r"a\S+b\.txt +right", result.stdout)


# --- answers as people write them ----------------------------------------------------------------

CLASS = {
    "anna/answer.txt": "Anna, problem 6.4\nb_f = 1, w_i = 1, w_c = 1, w_o = −1, b_o = 1, the rest 0",
    "ben.json": '{"b_f": 1, "w_i": 1, "w_c": 1, "w_o": 1, "b_o": 1}',
    "bob.csv": "name,value\nb_f,1\nw_i,1\nw_c,1\nw_o,1\nb_o,1\n",
    "cleo.txt": "b_f=w_c=b_o=1, b_c=u_c=u_o=u_i=b_i=0, w_o=-1, w_f ≥ 0, u_f ≥ 0, w_i ≥ 1 || w_i = 1",
    "dora.md": "b_f >= 1, w_o = -1, the rest arbitrary",
    "emil.txt": "b_f = 1, w_0 = -1",
    "fay.pdf": "%PDF-1.7",
    "gus": "",
    "hal.txt": "b_f = 1, w_i = 1, w_c = 1, w_o = 1/2",
}


def test_no_file_is_left_out_and_equal_mistakes_are_one(tmp_path: Path) -> None:
    for name, text in CLASS.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    (tmp_path / ".DS_Store").write_text("")
    result = CliRunner().invoke(app, ["mark", "nonzero-counter", str(tmp_path), "--json", "--points", "10,5"])
    assert result.exit_code == 10
    assert ".DS_Store" in result.stderr
    record = json.loads(result.stdout)
    found = {str(Path(answer["file"]).relative_to(tmp_path)): answer for answer in record["answers"]}
    assert {name: (answer["mark"], answer["points"]) for name, answer in found.items()} == {
        "anna/answer.txt": ("right", "10"),
        "ben.json": ("wrong", "5"),
        "bob.csv": ("wrong", "5"),
        "cleo.txt": ("right", "10"),
        "dora.md": ("wrong", "0"),
        "emil.txt": ("unreadable", "0"),
        "fay.pdf": ("unreadable", "0"),
        "gus": ("unreadable", "0"),
        "hal.txt": ("wrong", "0"),
    }
    assert found["cleo.txt"]["verdict"] == "sound"
    assert found["ben.json"]["nearest"] == {"weight": "w_o", "value": "-1"}
    assert found["hal.txt"]["nearest"] is None
    assert found["emil.txt"]["reason"] == "w_0 is no weight: did you mean w_o?"
    assert all("\n" not in answer["reason"] for answer in found.values())
    first = record["mistakes"][0]
    assert (first["count"], [Path(path).name for path in first["files"]]) == (2, ["ben.json", "bob.csv"])
    shown = CliRunner().invoke(app, ["mark", "nonzero-counter", str(tmp_path)])
    assert "fay.pdf" in shown.stdout
    assert "ben.json, bob.csv" in shown.stdout


FAMILIES: dict[str, tuple[dict[str, int], list[str]]] = {
    "b_f = 1, u_f ≥ 0, b_i ≥ 1 || w_i ≥ 1, the rest arbitrary": ({"b_f": 1}, ["u_f >= 0", "b_i >= 1 or w_i >= 1"]),
    "bf=wc=1; w_f, u_f >= 0": ({"b_f": 1, "w_c": 1}, ["w_f >= 0", "u_f >= 0"]),
    "$b_f = 1$, $b_i \\ge 1$ or $w_i \\geq 1$": ({"b_f": 1}, ["b_i >= 1 or w_i >= 1"]),
    "0 <= b_f <= 1/2\nw_o: -1": ({"w_o": -1}, ["0 <= b_f <= 0.5"]),
    "b_i ∈ [0, 1]\nw_i = 1 or b_i = 1": ({}, ["0 <= b_i <= 1", "w_i == 1 or b_i == 1"]),
    "b_f = 1, w_o ∈ (-∞, -1]": ({"b_f": 1}, ["w_o <= -1"]),
    "b_f = 1, w_i \\in [1, \\infty), u_f ∈ ]0;5[": ({"b_f": 1}, ["1 <= w_i", "0 < u_f < 5"]),
    "w_o ∈ {-1, -2}, b_f = 1": ({"b_f": 1}, ["w_o == -1 or w_o == -2"]),
    "b_f = 1, u_f >= 0, b_i ∈ ℝ, u_i \\in \\mathbb{R}, w_f in the reals": ({"b_f": 1}, ["u_f >= 0"]),
    "b_f = 1, b_i is positive, u_f is non-negative": ({"b_f": 1}, ["b_i > 0", "u_f >= 0"]),
    "b_i >= 1,\nor w_i >= 1": ({}, ["b_i >= 1 or w_i >= 1"]),
    "2*b_i + w_i >= 1 && u_i = 0": ({}, ["2 * b_i + w_i >= 1 and u_i == 0"]),
    '{"b_f": 1, "u_f": ">= 0"}': ({"b_f": 1}, ["u_f >= 0"]),
    "[weights]\nbf = 1\nwhere = ['u_f≥0']": ({"b_f": 1}, ["u_f >= 0"]),
    "b_f = 1\nu_f >= 0\nw_o=-1": ({"b_f": 1, "w_o": -1}, ["u_f >= 0"]),
}


@pytest.mark.parametrize("text", FAMILIES)
def test_families_as_people_write_them(text: str, tmp_path: Path) -> None:
    path = tmp_path / "family.txt"
    path.write_text(text, encoding="utf-8")
    answer = read_answer(path, lstmsolve.load_case("nonzero-counter"))
    assert isinstance(answer, Family)
    fixed, where = FAMILIES[text]
    assert dict(answer.constraints.fixed) == fixed
    assert [formula.text for formula in answer.constraints.where] == where


@pytest.mark.parametrize(
    ("text", "fragment"),
    [
        ("b_q >= 1", "b_q is no weight: did you mean"),
        ("b_f > ", "does not parse"),
        ("b_f = 1, u_f >= 0, w_o", "w_o: has no value, and no condition"),
        ("b_f = 1, b_f = 2, u_f >= 0", "twice"),
        ("b_f * w_i >= 1", "linear|constant"),
        ("b_f = 1, u_f >= 0, w_o of the naturals", "is no condition that can be read"),
        ("b_f = 1, u_f >= 0, the rest 1", "is no condition that can be read"),
        ("b_f = 1, u_f >= 0\n## b_i = 2", "b_i: stands in a heading or comment alone"),
    ],
)
def test_families_that_make_no_sense(text: str, fragment: str, tmp_path: Path) -> None:
    path = tmp_path / "family.txt"
    path.write_text(text)
    (marked,) = lstmsolve.mark("nonzero-counter", [path])
    assert marked.mark is Mark.UNREADABLE
    assert re.search(fragment, marked.reason)


def test_the_nearest_change_is_the_smallest_of_a_single_weight() -> None:
    def row(constant: int, **factors: int) -> Row:
        return Row(Affine.of({name: Fraction(factor) for name, factor in factors.items()}, Fraction(constant)))

    strict = Row(row(0, a=1).form, strict=True)
    region = All((Some((row(-3, a=1), row(-5, b=1), All((strict, row(1, a=-2))))), row(10, b=-1)))
    point = {"a": Fraction(-1), "b": Fraction(4)}
    assert list(single_changes(region, point)) == [("b", Fraction(5)), ("a", Fraction(1, 4))]
    assert not list(single_changes(All((row(-1, a=1), row(-9, b=1))), point))


# --- the processes -------------------------------------------------------------------------------


def obey(order: object) -> object:
    match order:
        case "hang":
            time.sleep(60)
        case "die":
            os._exit(3)
        case "eat":
            return len(bytearray(2**33))
    return order


def test_a_call_that_goes_wrong_costs_only_itself() -> None:
    orders = ["a", "hang", "b", "die", "c", "eat", "d"]
    found = dict(pooled("tests.test_marks:obey", orders, 2, 10.0, Stopwatch(120.0), 2**31))
    assert [found[n] for n in (0, 2, 4, 6)] == [Finished("a"), Finished("b"), Finished("c"), Finished("d")]
    assert found[1] == TimedOut()
    assert isinstance(found[3], Crashed)
    assert found[5] == Crashed("out of memory")


def test_when_the_time_is_up_the_rest_is_timed_out() -> None:
    found = dict(pooled("tests.test_marks:obey", ["hang", "hang", "hang"], 2, 60.0, Stopwatch(1.0)))
    assert found == dict.fromkeys(range(3), TimedOut())
