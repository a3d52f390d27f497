"""`python -m benchmarks`: tables, fitted exponents and the page; what is measured is no business of the tests."""

from __future__ import annotations

from math import isnan
from pathlib import Path

import pytest

from benchmarks import foreign
from benchmarks.__main__ import BENCHMARKS, listed, main
from benchmarks.gradients import tables as gradient_tables
from benchmarks.page import write_page
from benchmarks.tables import NOTHING, Curve, Table, in_a_process, power_law, printed, ratio, shown
from benchmarks.verify import tables as horizon_tables


def square(columns: tuple[int, ...] = (1,)) -> Table:
    rows = [(n, 3.0 * n**2, NOTHING, "text") for n in (1, 2, 4, 8)]
    return Table("square", "Squares", "n and 3 n².", ("n", "cost", "other", "note"), rows, Curve(0, columns))


def test_the_exponent_of_a_power_law_is_found() -> None:
    fitted = power_law((n, 5.0 / n**1.5) for n in (1, 2, 3, 10, 100))
    assert fitted == pytest.approx((-1.5, 5.0))


def test_too_few_points_have_no_exponent() -> None:
    assert power_law([(1, 2.0), (2, 4.0)]) is None
    assert power_law([(1, 2.0), (2, NOTHING), (4, 8.0), (2, "late")]) is None
    assert power_law([(2, 1.0), (2, 2.0), (2, 3.0)]) is None


def test_cells_show_three_digits_and_gaps() -> None:
    assert [shown(value) for value in (12.345, 1234.5, 0.00123, NOTHING, 7, "x")] == [
        "12.3",
        "1234",
        "0.00123",
        "–",
        "7",
        "x",
    ]
    assert isnan(ratio(None, 2.0))
    assert isnan(ratio(1.0, None))
    assert ratio(6.0, 2.0) == 3.0


def test_a_table_is_printed_as_it_comes_and_kept(capsys: pytest.CaptureFixture[str]) -> None:
    rows = printed(square())
    said = capsys.readouterr().out
    assert len(rows) == 4
    assert "cost grows as n^2.00" in said
    assert "192" in said


def test_the_page_has_every_table_and_a_plot_where_something_fits(tmp_path: Path) -> None:
    flat = Table("flat", "Flat", "Nothing grows.", ("n", "cost"), [], None)
    squares = square((1, 2))
    write_page(tmp_path, [(squares, list(squares.rows)), (flat, [])], ["torch"])
    page = (tmp_path / "benchmarks.md").read_text()
    assert "| 8 | 192 | – | text |" in page
    assert "Cost grows as n^2.00." in page
    assert "Not installed here: torch." in page
    assert "## Flat" in page
    assert "exponent 2.00" in (tmp_path / "plots" / "benchmarks-square.svg").read_text()
    assert not (tmp_path / "plots" / "benchmarks-flat.svg").exists()
    write_page(tmp_path, [(flat, [(3, 4.0)])], [])
    again = (tmp_path / "benchmarks.md").read_text()
    assert again.count("## Flat") == again.count("## Squares") == 1
    assert "| 3 | 4 |" in again
    assert "| 8 | 192 | – | text |" in again


def test_the_list_names_every_module(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--list"]) == 0
    assert capsys.readouterr().out.splitlines() == list(listed())
    folder = Path(__file__).parents[1] / "benchmarks"
    named = {one.tables.partition(":")[0].removeprefix("benchmarks.") or name for name, one in BENCHMARKS.items()}
    programs = {path.stem for path in folder.glob("*.py") if 'if __name__ == "__main__":' in path.read_text()}
    assert named | {"automata", "foreign", "repair", "restoring", "__main__"} == programs


def test_a_page_of_foreign_cases_reads_back_as_what_was_found(tmp_path: Path) -> None:
    """So that a few cases can be asked for again, and the page keeps what it says of the others."""
    found: dict[str, foreign.Found] = {
        "one": {"verdict": "solved", "reason": "", "units": 3, "check": "accepted"},
        "two": {"verdict": "impossible", "reason": "", "any_size": True, "check": "accepted"},
        "three": {"verdict": "unknown", "reason": "no weights: try | later, or not"},
    }
    cases = [tmp_path / f"{name}.toml" for name in found]
    for case in cases:
        case.write_text('title = "A | b"\nsource = "here"\n')
    page = foreign.page(cases, found, 60)
    assert foreign.from_page(page) == found
    assert "2 of 3 settled" in page


def test_an_unknown_name_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["simulatr"])
    assert ended.value.code == 2
    assert "no benchmark called simulatr" in capsys.readouterr().err


def test_gradients_are_a_table() -> None:
    (table,) = gradient_tables((3,), (2,), 0.0)
    rows = list(table.rows)
    assert [row[:3] for row in rows] == [("6.1", 3, 2), ("6.3", 3, 2)]
    assert all(len(row) == len(table.columns) for row in rows)


def test_unrolling_stands_beside_verify() -> None:
    (table,) = horizon_tables(2, 60.0, ("Solver",))
    ((length, ratio),) = table.rows
    assert length == 2
    assert isinstance(ratio, float)
    assert ratio > 0


def test_an_answer_that_comes_too_late_has_no_seconds() -> None:
    import time

    def late() -> str:
        time.sleep(60)
        return "late"

    assert in_a_process(late, 0.05) == ("no answer", None)

    def busy() -> str:
        while True:
            pass

    assert in_a_process(busy, 0.5) == ("no answer", None)
    answer, seconds = in_a_process(lambda: "at once", 30.0)
    assert answer == "at once"
    assert seconds is not None
    assert seconds >= 0
