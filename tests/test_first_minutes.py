"""What made newcomers give up, one test each: what they type, and that it is answered."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

import lstmsolve
from lstmsolve.cli.main import app

ROOT = Path(__file__).parents[1]
PRINTED = "b_f=1 w_i=1 w_c=1 b_o=1 w_o=1"


def typed(*argv: str, code: int = 0) -> Result:
    result = CliRunner().invoke(app, list(argv))
    assert result.exit_code == code, result.output
    return result


@pytest.fixture
def answers(tmp_path: Path) -> Path:
    """A folder as a class hands it in."""
    folder = tmp_path / "answers"
    folder.mkdir()
    texts = {
        "anna.txt": "b_f = 1, w_i = 1, w_c = 1, w_o = −1, b_o = 1",
        "ben.txt": PRINTED,
        "cleo.json": '{"b_f": 1, "w_i": 1, "w_c": 1, "b_o": 1, "w_o": 1}',
        "dan.txt": "I am sorry, I was ill.",
        "eve.txt": "b_f = 1, w_i = 1, b_i ≥ 0, w_c ≥ 1, w_o = -1, b_o = 1 || u_f = 0",
    }
    for name, text in texts.items():
        (folder / name).write_text(text)
    return folder


def test_the_first_case_of_the_readme_is_a_case(tmp_path: Path) -> None:
    example = re.search(r"```toml\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    assert example is not None
    (tmp_path / "mine.toml").write_text(example[1])
    assert "solved for all lengths: mine" in typed("solve", str(tmp_path / "mine.toml")).stdout


def test_verify_takes_the_line_that_solve_prints() -> None:
    line = next(row for row in typed("solve", "nonzero-counter").stdout.splitlines() if row.startswith("weights: "))
    assert "proved" in typed("verify", "nonzero-counter", line).stdout


def test_no_answer_is_left_out_of_a_class(answers: Path) -> None:
    table = typed("mark", "nonzero-counter", str(answers), code=10).stdout
    assert all(path.name in table for path in answers.iterdir())
    assert "dan.txt     unreadable   names no weight" in " ".join(table.split("\n"))


def test_equal_mistakes_stand_together_with_points(answers: Path) -> None:
    out = answers.parent / "marked"
    typed("mark", "nonzero-counter", str(answers), "--points", "5", "--out", str(out), code=10)
    page = (out / "class.md").read_text()
    assert "| 2 | fails on 1: h is 1, the spec says 0 | right if w_o = -1 | ben.txt, cleo.json |" in page
    assert "| [anna.txt](001-anna.md) | right | proved | 5 |" in page


def test_a_wrong_answer_is_told_what_would_have_been_right(answers: Path) -> None:
    assert "right if w_o = -1" in typed("mark", "nonzero-counter", str(answers / "ben.txt"), code=10).stdout


def test_families_are_read_as_students_write_them(answers: Path) -> None:
    assert "unreadable" not in typed("mark", "nonzero-counter", str(answers / "eve.txt"), code=10).stdout


def test_gates_are_seen_beside_c_and_h() -> None:
    header = typed("simulate", PRINTED, "--inputs", "1,0").stdout.splitlines()[1].split()
    assert header == ["step", "x", "f", "i", "g", "o", "c", "h"]


def test_the_failing_step_is_marked_and_the_others_are_filled() -> None:
    rows = [
        line.split()
        for line in typed("verify", "set-reset-latch", "b_f=1 w_i[0,0]=1 w_c[0,0]=1 b_o=1", code=10).stdout.splitlines()
    ]
    steps = [row for row in rows if row and row[0].isdigit()]
    assert steps[-1][-1] == "✗"
    assert all(row[-1] in ("0", "1") for row in steps[:-1])


def test_symbols_and_registers_are_seen_by_name() -> None:
    shown = typed("simulate", str(ROOT / "reports/certificates/anbn.json"), "--case", "anbn", "--inputs", "a,a,b,b")
    first, *_ = [line.split() for line in shown.stdout.splitlines() if line.strip().startswith("0 ")]
    assert first[:3] == ["0", "a", "1"]


def test_a_template_is_a_case_and_an_automaton_becomes_one(tmp_path: Path) -> None:
    (tmp_path / "odd.dot").write_text(
        'digraph { s [shape=circle]; t [shape=doublecircle]; __start0 -> s; s -> t [label="1"]; t -> s [label="1"]; '
        's -> s [label="0"]; t -> t [label="0"]; }'
    )
    for name, options in {
        "plain.toml": (),
        "like.toml": ("--like", "parity"),
        "word.toml": ("--regex", "(ab)*"),
        "odd.toml": ("--from", str(tmp_path / "odd.dot")),
    }.items():
        typed("new", str(tmp_path / name), *options)
        assert isinstance(lstmsolve.load_case(str(tmp_path / name)), lstmsolve.Problem)


def test_a_regular_expression_needs_no_file_and_a_case_few_lines(tmp_path: Path) -> None:
    assert "solved for all lengths" in typed("solve", "--regex", "1*").stdout
    (tmp_path / "sum.toml").write_text('[input]\nx = [0, 1]\n[state]\nn = 0\n[next]\nn = "n + x"\n[output]\nh = "n"\n')
    assert "solved for all lengths: sum" in typed("solve", str(tmp_path / "sum.toml")).stdout


def test_what_is_not_found_names_the_next_thing_to_try() -> None:
    assert "what to try next:" in typed("solve", "binary-addition", "--hidden", "1", code=10).stdout


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ('[inputs]\nx = [0, 1]\n[output]\nh = "x"\n', "did you mean [input]?"),
        ('[input]\nx = [0, 1]\ny = [0, 1]\n[output]\nh = "x == y"\n', "write `1 if x == y else 0`"),
        ('{"format": "lstmsolve/certificate/1"}', "`lstmsolve check` takes it"),
    ],
)
def test_errors_say_the_line_to_write(text: str, hint: str, tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(text)
    result = typed("solve", str(tmp_path / "mine.toml"), code=2)
    assert hint in result.stderr
    assert "Traceback" not in result.stderr


def test_derive_says_its_verdicts_first() -> None:
    lines = typed("derive", "hw6-2").stdout.splitlines()
    assert lines[0] == "holds: hw6-2"
    assert len(lines) < 30
    assert len(typed("derive", "hw6-2", "--verbose").stdout.splitlines()) > 2 * len(lines)


def test_lists_are_short_and_fit_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    lines = typed("cases").stdout.splitlines()
    assert len(lines) < 120
    assert max(map(len, lines)) <= 80
