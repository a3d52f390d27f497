"""The page of runtimes: made of certificates and of nothing but what was run."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from lstmsolve.api.exporting import load_design
from lstmsolve.interop.writing.drawing import owed_run
from lstmsolve.reports.pages.runtimes import build_runtimes
from lstmsolve.reports.parts.runtimes import RUNTIMES, Runtime, Tried, tried
from lstmsolve.simulator.exact import run
from lstmsolve.workers import Stopwatch

CERTIFICATES = Path(__file__).resolve().parents[1] / "reports" / "certificates"


@pytest.mark.parametrize("runtime", [r for r in RUNTIMES if r.installed], ids=lambda r: r.name)
def test_runtimes_agree_with_fractions(runtime: Runtime) -> None:
    design = load_design(CERTIFICATES / "parity.json")
    assert design.problem is not None
    inputs = [x for x, _ in owed_run(design.problem, 60)]
    exact = run(design.weights, inputs).h
    found = tried(runtime, design, inputs, exact)
    if runtime.name in ("onnx.reference, LSTM", "tract, LSTM"):
        assert found is not None
        assert found.differs is not None, "it computes the activations now: say so in docs/interop.md"
    else:
        assert found == Tried(None)


def test_a_difference_is_seen() -> None:
    design = load_design(CERTIFICATES / "parity.json")
    inputs = [(x,) for x in map(type(design.weights.initial.c[0]), (1, 0, 1))]
    exact = list(run(design.weights, inputs).h)
    exact[1] = (exact[1][0] + 1,)
    runtime = next((r for r in RUNTIMES if r.installed), None)
    if runtime is None:
        pytest.skip("no runtime is installed")
    assert tried(runtime, design, inputs, exact) == Tried(1)


def test_the_page_has_a_row_for_each_design(tmp_path: Path) -> None:
    (tmp_path / "certificates").mkdir()
    for name in ("parity", "delay-1", "delay-1-one-unit"):
        shutil.copy(CERTIFICATES / f"{name}.json", tmp_path / "certificates")
    path = build_runtimes(["parity", "delay-1", "delay-1-one-unit", "nowhere"], tmp_path, Stopwatch(120))
    rows = [line for line in Path(path).read_text().splitlines() if line.startswith("| ")]
    assert [row.split(" | ")[0] for row in rows] == ["| design", "| parity", "| delay-1"]
    assert all(row.count("|") == rows[0].count("|") for row in rows)
