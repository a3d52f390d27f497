"""Reports are pure functions of their cases: made again, they are the same bytes."""

from __future__ import annotations

import re
from fractions import Fraction
from pathlib import Path
from shutil import copy

import pytest

from lstmsolve.api.loading.cases import load_case
from lstmsolve.api.loading.families import families_of
from lstmsolve.formats.documents import read_certificate, write_certificate
from lstmsolve.kernel.base.affine import Affine, Row
from lstmsolve.model.outcomes import Solved
from lstmsolve.model.watch import UNWATCHED
from lstmsolve.model.weight_sets import All
from lstmsolve.reports.pages.build import build_reports
from lstmsolve.reports.pages.cases import modes_plot
from lstmsolve.reports.pages.families import families_section
from lstmsolve.reports.pages.kept import kept
from lstmsolve.reports.parts.examples import LENGTH, example_run
from lstmsolve.reports.parts.slices import Slice, corners, restricted, slices_plot
from lstmsolve.showing.plots import run_plot, weights_plot
from lstmsolve.workers import Stopwatch
from tests.conftest import solved

REPORTS = Path(__file__).parents[1] / "reports"


@pytest.mark.parametrize("case", ["nonzero-counter", "set-reset-latch"])
def test_pages_are_what_the_program_writes(case: str, tmp_path: Path) -> None:
    written = build_reports([load_case(case)], tmp_path, Stopwatch(600.0))
    for path in map(Path, written):
        if path.name not in ("README.md", "index.json") and path.suffix != ".svg":
            assert path.read_text() == (REPORTS / path.relative_to(tmp_path)).read_text(), path


def test_a_report_of_one_case_keeps_the_rows_of_the_others(tmp_path: Path) -> None:
    for name in ("set-reset-latch", "parity"):
        build_reports([load_case(name)], tmp_path, Stopwatch(600.0))
    page = (tmp_path / "README.md").read_text()
    rows = [
        line for line in (REPORTS / "README.md").read_text().splitlines() if "parity.md" in line or "latch.md" in line
    ]
    assert [line for line in page.splitlines() if line.startswith("| [")] == rows
    (tmp_path / "parity.md").unlink()
    (tmp_path / "index.json").write_text("{")
    build_reports([load_case("set-reset-latch")], tmp_path, Stopwatch(600.0))
    assert "parity" not in (tmp_path / "README.md").read_text()


def test_a_report_keeps_what_an_accepted_certificate_settles(tmp_path: Path) -> None:
    parity = load_case("parity")
    path = tmp_path / "certificates" / "parity.json"
    assert kept(parity, path, UNWATCHED) is None
    write_certificate(path, solved("parity").certificate)
    found = kept(parity, path, UNWATCHED)
    assert isinstance(found, Solved)
    assert found.weights == solved("parity").weights
    # Another case, another size, or another proof: nothing to keep.
    assert kept(load_case("ramp"), path, UNWATCHED) is None
    assert kept(parity.with_hidden(2), path, UNWATCHED) is None
    path.write_text(path.read_text().replace('"w_f": [["-1"]]', '"w_f": [["0"]]'))
    assert kept(parity, path, UNWATCHED) is None
    path.write_text("{}")
    assert kept(parity, path, UNWATCHED) is None


def test_a_report_made_from_its_own_certificates_is_the_same(tmp_path: Path) -> None:
    for name in ("parity", "two-ones-one-unit"):
        (tmp_path / "certificates").mkdir(exist_ok=True)
        copy(REPORTS / "certificates" / f"{name}.json", tmp_path / "certificates")
        build_reports([load_case(name)], tmp_path, Stopwatch(600.0), seconds=0.0)
        assert (tmp_path / f"{name}.md").read_text() == (REPORTS / f"{name}.md").read_text()


def test_plots_are_the_same_bytes_every_time() -> None:
    # Another release of the plotting library may draw otherwise, but never the same one.
    problem = load_case("parity")
    weights = solved("parity").weights
    example = example_run(problem, weights)
    pictures = [
        (run_plot(example.inputs, example.trace, example.demands), weights_plot(weights), modes_plot(proof))
        for proof in (solved("parity").certificate, solved("parity").certificate)
    ]
    assert pictures[0] == pictures[1]
    assert all(str(picture).startswith("<?xml") for picture in pictures[0])


def test_the_homework_page_shows_region_verdicts_and_slices() -> None:
    section = families_section(load_case("nonzero-counter"), families_of("nonzero-counter"), "p.svg")
    assert section.plot.startswith("<?xml")
    for line in (
        "(b_i <= 0 and u_i == 0) or (b_c <= 0 and u_c == 0)",
        "| `nonzero-counter-printed` | Problem 6.4 as the solutions print it | unsound | no | no |",
        "| `nonzero-counter-mended` | Problem 6.4 with the slip in the sign of w_o mended | unsound | no | no |",
        "| `nonzero-counter-exact` | All weights that solve Problem 6.4, and no others | exact | yes | yes |",
        "These are all weights that work.",
        "Every weight except u_i, u_o, which must be exact, may be off by 1, all at once",
    ):
        assert line in section.text
        assert line in (REPORTS / "homework-6.md").read_text()


def test_slices_are_cut_exactly() -> None:
    a, b = Affine.variable("a"), Affine.variable("b")
    cut = Slice("a", "b", ("a", "b"), {"a": Fraction(0), "b": Fraction(0), "c": Fraction(2)})
    triangle = restricted(All((Row(a), Row(b), Row(Affine.variable("c") - a - b))), cut)
    assert isinstance(triangle, All)
    rows = tuple(row for row in triangle.parts if isinstance(row, Row))
    zero, two = Fraction(0), Fraction(2)
    assert set(corners(rows, cut)) == {(zero, zero), (two, zero), (zero, two)}
    assert set(corners((*rows, Row(-a)), cut)) == {(zero, zero), (zero, two)}
    assert corners((*rows, Row(-a - b)), cut) == [(zero, zero)]
    assert corners((*rows, Row(-a - b - 1)), cut) == []
    drawn = [("one", triangle, [cut])]
    assert slices_plot(triangle, drawn) == slices_plot(triangle, drawn)


def test_every_shipped_case_has_its_page_and_its_line_in_the_index() -> None:
    from lstmsolve import shipped_cases

    index = (REPORTS / "README.md").read_text()
    for case in shipped_cases():
        assert (REPORTS / f"{case}.md").exists()
        assert f"[{case}]({case}.md)" in index


def test_a_report_of_some_cases_leaves_the_others_in_the_index(tmp_path: Path) -> None:
    for cases in (["parity", "mod-3"], ["delay-1-one-unit"], ["parity"]):
        build_reports([load_case(case) for case in cases], tmp_path, Stopwatch(600.0))
    rows = [line for line in (tmp_path / "README.md").read_text().splitlines() if line.startswith("| [")]
    assert [row.split("]")[0] for row in rows] == ["| [delay-1-one-unit", "| [mod-3", "| [parity"]


def test_a_page_shows_weights_map_run_and_how_to_check() -> None:
    page = (REPORTS / "nonzero-counter.md").read_text()
    assert "| forget f | 0 | 0 | 1 |" in page
    assert "| h[0] = tally | tally >= 0 | tally | tally |" in page
    assert "stateDiagram-v2" in page
    assert "plots/nonzero-counter.svg" in page
    assert "$ lstmsolve check certificates/nonzero-counter.json" in page


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
    assert len(example.inputs) <= LENGTH
    assert {given["x"] == 0 for given in example.inputs} == {True, False}
    assert [h[0] for h in example.trace.h] == [owed[0] for owed in example.demands]


@pytest.mark.parametrize(("case", "told"), [("anbn", "aaabbb"), ("anbncn", "aaabbbccc"), ("dyck-1", "((()))")])
def test_the_worked_run_comes_to_the_telling_moment(case: str, told: str) -> None:
    weights = read_certificate(REPORTS / "certificates" / f"{case}.json").weights  # type: ignore[union-attr]
    example = example_run(load_case(case), weights)
    assert "".join(str(given["x"]) for given in example.inputs).startswith(told)
    assert list(example.demands[len(told) - 1]) == [1]
    assert len(example.inputs) <= len(told) + 4


def test_commands_on_a_page_name_the_case_as_it_was_given(tmp_path: Path) -> None:
    text = (tmp_path / "my case.toml").write_text((REPORTS.parent / "cases" / "parity.toml").read_text())
    assert text
    problem = load_case(tmp_path / "my case.toml")
    build_reports([problem], tmp_path / "out", Stopwatch(600.0), called={problem.name: "my case.toml"})
    page = (tmp_path / "out" / "parity.md").read_text()
    assert "$ lstmsolve solve 'my case.toml' --out found" in page
    assert "$ lstmsolve check certificates/parity.json" in page
    assert "gradients/README.md" not in (tmp_path / "out" / "README.md").read_text()
    for plot in re.findall(r"\]\((plots/.*?)\)", page):
        assert (tmp_path / "out" / plot).exists()
