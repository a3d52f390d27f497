"""Exports to torch, SMT-LIB, LaTeX and safetensors, and what export refuses."""

from __future__ import annotations

import importlib.util
import json
import re
import sys
from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import z3

import lstmsolve
from lstmsolve.api.exporting import TARGETS, export, exported, load_design
from lstmsolve.api.passes.files.packages import missing
from lstmsolve.interop.writing.design import Design
from lstmsolve.kernel.base.affine import Affine
from lstmsolve.kernel.base.errors import InputError
from lstmsolve.kernel.language.evaluation import Value
from lstmsolve.kernel.lstm.cells import Activation, Cell, Gate, GateWeights, Parameter, Weights, parameters
from lstmsolve.kernel.spec.domains import enumerated
from lstmsolve.obligations.stepping.systems import lifted
from tests.specs import random_run
from tests.test_cli import lstmsolve as command

CERTIFICATES = Path(__file__).resolve().parents[1] / "reports" / "certificates"


def design(name: str) -> Design:
    return load_design(CERTIFICATES / f"{name}.json")


def loaded(folder: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("net", folder / "net.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", ["parity", "anbn", "mod-16", "nonzero-counter", "set-reset-latch"])
def test_the_torch_module_says_what_the_spec_says(tmp_path: Path, name: str) -> None:
    torch = pytest.importorskip("torch")
    pytest.importorskip("safetensors")
    given = design(name)
    assert given.problem is not None
    export(given, "torch", tmp_path / "net")
    net = loaded(tmp_path / "net").load()
    run = random_run(given.problem, 1_000, 4)
    x = torch.tensor([[float(value) for value in step] for step in run.inputs])[:, None]
    with torch.no_grad():
        z, state = net(x)
        first, middle = net(x[:300])
        second, last = net(x[300:], middle)
    assert torch.equal(torch.cat([first, second]), z)
    assert all(torch.equal(a, b) for a, b in zip(state, last, strict=True))
    for owed, said in zip(run.owed, z[:, 0].tolist(), strict=True):
        assert all(value is None or Fraction(actual) == value for value, actual in zip(owed, said, strict=True))


def test_smooth_cells_become_nn_lstm(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    pytest.importorskip("safetensors")
    cell = Cell(2, 3, Activation.SIGMOID, Activation.TANH, Activation.TANH)
    rng = np.random.default_rng(0)
    values: dict[Parameter, Fraction] = {place: Fraction(float(rng.normal())) for place in parameters(cell)}
    weights = Weights.of(cell, values)
    export(Design(weights), "torch", tmp_path / "net", precision="float64")
    net = loaded(tmp_path / "net").load()
    assert isinstance(net.lstm, torch.nn.LSTM)
    from lstmsolve.simulator.batched import Arrays, run

    x = rng.normal(size=(12, 1, 2))
    with torch.no_grad():
        z, _ = net(torch.tensor(x))
    _, h = run(Arrays.of(weights), x.transpose(1, 0, 2))
    assert np.allclose(z[:, 0].numpy(), h[0], rtol=0, atol=1e-12)


def answers(files: dict[str, bytes]) -> dict[str, str]:
    found = {}
    for name, text in files.items():
        if name.endswith(".smt2"):
            solver = z3.Solver(ctx=z3.Context())  # answers hang on what a context did before
            solver.set("timeout", 20_000)
            solver.from_string(text.decode())
            found[name] = str(solver.check())
    return found


@pytest.mark.parametrize(
    "name", ["parity", "nonzero-counter", "anbn", "binary-addition", "dyck-1", "leaky-average", "tomita-5"]
)
def test_queries_are_answered_as_expected(name: str) -> None:
    for file, answer in answers(dict(exported(design(name), "smtlib"))).items():
        assert answer == ("sat" if file == "vacuity.smt2" else "unsat"), file


@pytest.mark.parametrize("name", ["parity", "nonzero-counter", "set-reset-latch"])
def test_two_solvers_agree(name: str) -> None:
    cvc5 = pytest.importorskip("cvc5")
    for file, text in exported(design(name), "smtlib").items():
        if not file.endswith(".smt2"):
            continue
        solver = cvc5.Solver()
        parser = cvc5.InputParser(solver)
        parser.setStringInput(cvc5.InputLanguage.SMT_LIB_2_6, text.decode(), file)
        said = []
        while not (next_command := parser.nextCommand()).isNull():
            said.append(next_command.invoke(solver, parser.getSymbolManager()).strip())
        assert said[-1] == ("sat" if file == "vacuity.smt2" else "unsat"), file


@pytest.mark.parametrize("name", ["parity", "nonzero-counter", "debounce"])
def test_queries_about_other_weights_are_sat(name: str) -> None:
    """The invariant of a design does not fit weights that were changed."""
    given = design(name)
    assert given.certificate is not None
    part = given.weights.gates[Gate.OUTPUT]
    broken = dict(given.weights.gates) | {Gate.OUTPUT: GateWeights(part.w, part.u, tuple(b - 1 for b in part.b))}
    weights = replace(given.weights, gates=broken)
    other = replace(given, weights=weights, certificate=replace(given.certificate, weights=weights))
    found = answers(dict(exported(other, "smtlib")))
    assert "sat" in [answer for file, answer in found.items() if file != "vacuity.smt2"]


@pytest.mark.parametrize("name", ["parity", "anbn", "nonzero-counter", "tomita-7"])
def test_latex_tables_are_well_formed(name: str) -> None:
    text = exported(design(name), "latex")[""].decode()
    assert text.count(r"\begin{tabular}") == text.count(r"\end{tabular}") == 3
    for body in re.findall(r"\\begin\{tabular\}\{(l+)\}(.*?)\\end\{tabular\}", text, re.DOTALL):
        rows = [line for line in body[1].splitlines() if line.endswith(r"\\")]
        assert rows
        assert all(len(re.findall(r"(?<!\\)&", row)) == len(body[0]) - 1 for row in rows)
    unescaped = re.sub(r"\\[a-zA-Z]+|\\.", "", text)
    assert unescaped.count("{") == unescaped.count("}")
    assert unescaped.count("$") % 2 == 0


@pytest.mark.parametrize("name", ["parity", "tomita-5", "mod-5", "every-third-one", "above-zero"])
def test_an_automaton_that_was_drawn_says_the_same(tmp_path: Path, name: str) -> None:
    """The drawing is read as a machine again, and both are run on the same words."""
    given = design(name)
    assert given.problem is not None
    drawing, case = tmp_path / f"{name}.dot", tmp_path / "again.toml"
    if name == "above-zero":  # its inputs are no list
        with pytest.raises(InputError, match="finite automata"):
            export(given, "dot", drawing)
        assert not drawing.exists()
        return
    export(given, "dot", drawing)
    assert command("new", str(case), "--from", str(drawing)).exit_code == 0
    again, spec = lstmsolve.load_case(case), given.problem.spec
    rng = np.random.default_rng(1)
    values = enumerated(spec.inputs[0].domain)
    assert values is not None
    here: Mapping[str, Value] = spec.initial
    there: Mapping[str, Value] = again.spec.initial
    for _ in range(300):
        x = values[rng.integers(len(values))]
        one = spec.step(here, {spec.inputs[0].name: lifted(x)})
        other = again.spec.step(there, {again.spec.inputs[0].name: lifted(x)})
        here, there = one.registers, other.registers
        assert isinstance(one.outputs[0], Affine)
        assert one.outputs[0] == other.outputs[0]


def test_a_drawing_needs_an_automaton(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="it counts"):
        export(design("anbn"), "dot", tmp_path / "x.dot")
    with pytest.raises(InputError, match="needs its certificate"):
        export(replace(design("parity"), certificate=None, statement=""), "dot", tmp_path / "x.dot")


def test_names_in_a_drawing_are_strings() -> None:
    given = design("parity")
    assert given.certificate is not None
    sly = replace(given, problem=replace(given.certificate.problem, name='x"; a -> b [label="\\"]'))
    text = exported(sly, "dot")[""].decode().splitlines()[0]
    assert text == 'digraph "x\\"; a -> b [label=\\"\\\\\\"]" {'


def test_what_is_exported_says_what_is_missing(tmp_path: Path) -> None:
    weights = tmp_path / "w.json"
    result = command("solve", "parity", "--out", str(tmp_path))
    assert result.exit_code == 0
    weights = tmp_path / "weights.json"
    alone = command("export", str(weights), "--to", "latex", "-o", str(tmp_path / "w.tex"))
    assert alone.exit_code == 0
    assert "nothing is proved" in alone.stderr
    refused = command("export", str(weights), "--to", "smtlib", "-o", str(tmp_path / "smt"))
    assert refused.exit_code == 2
    assert "needs a certificate" in refused.stderr
    assert not (tmp_path / "smt").exists()


def test_a_certificate_that_proves_nothing_is_not_exported(tmp_path: Path) -> None:
    record = json.loads((CERTIFICATES / "parity.json").read_text())
    record["weights"]["weights"]["b_o"] = ["0"]
    path = tmp_path / "c.json"
    path.write_text(json.dumps(record))
    result = command("export", str(path), "--to", "onnx", "-o", str(tmp_path / "net.onnx"))
    assert result.exit_code == 2
    assert "proves nothing" in result.stderr
    assert not (tmp_path / "net.onnx").exists()


def test_rounded_numbers_are_told(tmp_path: Path) -> None:
    problem = lstmsolve.load_case("parity")
    weights = lstmsolve.load_weights("b_f=1/3", problem)
    assert any(
        "rounded to float32: b_f[0]" in note for note in export(Design(weights), "safetensors", tmp_path / "x").notes
    )


@pytest.mark.parametrize("target", ["onnx", "onnx-step", "onnx-int8", "onnx-lstm"])
def test_a_missing_package_is_named_with_its_pip_line(target: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.startswith("lstmsolve.interop.writing.graphs")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(InputError, match=r"pip install 'lstmsolve\[onnx\]'"):
        exported(design("parity"), target)


def test_another_missing_module_is_a_bug() -> None:
    with pytest.raises(ModuleNotFoundError):
        missing(ModuleNotFoundError("x", name="lstmsolve.nowhere"), "x")


def test_every_target_has_its_exporter() -> None:
    pytest.importorskip("onnx")
    assert all(exported(design("parity"), target) for target in TARGETS)
