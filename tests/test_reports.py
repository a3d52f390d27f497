"""Reports are pure functions of their cases: made again, they are the same bytes."""

from __future__ import annotations

from pathlib import Path

import pytest

from lstmsolve.api.loading import load_case
from lstmsolve.reports.build import build_reports
from lstmsolve.reports.examples import example_run
from lstmsolve.reports.plots import run_plot
from tests.conftest import solved

REPORTS = Path(__file__).parents[1] / "reports"


@pytest.mark.parametrize("case", ["nonzero-counter", "set-reset-latch"])
def test_pages_are_what_the_program_writes(case: str, tmp_path: Path) -> None:
    written = build_reports([load_case(case)], tmp_path, lambda message: None)
    for path in map(Path, written):
        if path.name != "README.md" and path.suffix != ".svg":
            assert path.read_text() == (REPORTS / path.relative_to(tmp_path)).read_text(), path


def test_plots_are_the_same_bytes_every_time() -> None:
    # Another release of the plotting library may draw otherwise, but never the same one.
    problem = load_case("parity")
    example = example_run(problem, solved("parity").weights)
    assert run_plot(example) == run_plot(example)
    assert run_plot(example).startswith("<?xml")


def test_every_shipped_case_has_its_page_and_its_line_in_the_index() -> None:
    from lstmsolve import shipped_cases

    index = (REPORTS / "README.md").read_text()
    for case in shipped_cases():
        assert (REPORTS / f"{case}.md").exists()
        assert f"[{case}]({case}.md)" in index


def test_a_page_shows_weights_map_run_and_how_to_check() -> None:
    page = (REPORTS / "nonzero-counter.md").read_text()
    assert "| forget f | 0 | 0 | 1 |" in page
    assert "| h[0] = tally | tally >= 0 | tally | tally |" in page
    assert "stateDiagram-v2" in page
    assert "plots/nonzero-counter.svg" in page
    assert "lstmsolve check reports/certificates/nonzero-counter.json" in page


def test_nothing_in_the_reports_depends_on_when_or_where_they_were_made() -> None:
    import socket
    from datetime import date

    for path in REPORTS.rglob("*.*"):
        text = path.read_text()
        assert socket.gethostname() not in text
        assert str(date.today().year) + "-" not in text
        assert str(Path.home()) not in text


def test_the_worked_run_is_right() -> None:
    problem = load_case("nonzero-counter")
    example = example_run(problem, solved("nonzero-counter").weights)
    assert len(example.inputs) == 16
    assert {given["x"] == 0 for given in example.inputs} == {True, False}
    assert [h[0] for h in example.trace.h] == [owed[0].constant for owed in example.owed]  # type: ignore[union-attr]
