"""Exported ONNX models do in their runtimes what the spec says, bit for bit, on random strings of length 1,000."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import lstmsolve
from lstmsolve.api.exporting import Target, exported, load_design
from lstmsolve.interop.writing.design import Design
from lstmsolve.kernel.base.errors import InputError
from lstmsolve.simulator.exact import run as exact_run
from tests.specs import Told, random_run

onnx = pytest.importorskip("onnx")
onnxruntime = pytest.importorskip("onnxruntime")

CERTIFICATES = Path(__file__).resolve().parents[1] / "reports" / "certificates"
FINITE = [
    "parity",
    "tomita-4",
    "delay-3",
    "mod-16",
    "binary-addition",
    "set-reset-latch",
    "debounce",
    "modular-arithmetic",
]
COUNTING = ["nonzero-counter", "anbn", "dyck-1", "shuffle-dyck-1", "ramp", "above-zero"]
LENGTH = 1_000


def design(name: str) -> Design:
    return load_design(CERTIFICATES / f"{name}.json")


def onnxruntime_session(model: bytes) -> Callable[[dict[str, Any]], list[Any]]:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    return lambda feeds: list(session.run(None, feeds))


def reference_session(model: bytes) -> Callable[[dict[str, Any]], list[Any]]:
    from onnx.reference import ReferenceEvaluator

    evaluator = ReferenceEvaluator(onnx.load_from_string(model))
    return lambda feeds: list(evaluator.run(None, feeds))


RUNTIMES = {"onnxruntime": onnxruntime_session, "onnx.reference": reference_session}


def array(run: Told, kind: Any = np.float32) -> Any:
    return np.array([[float(value) for value in x] for x in run.inputs], dtype=kind)


def assert_as_owed(given: Design, run: Told, z: Any) -> None:
    """z [T, outputs] is what the spec says, exactly."""
    assert given.problem is not None
    assert given.problem.spec.readout is None
    for n, (owed, said) in enumerate(zip(run.owed, z, strict=True)):
        for unit, value in enumerate(owed):
            if value is None:
                continue
            actual = Fraction(float(said[unit]))
            assert actual == value, f"step {n}"


@pytest.mark.parametrize("runtime", RUNTIMES)
@pytest.mark.parametrize("name", [*FINITE, *COUNTING])
def test_scans_say_what_the_spec_says(name: str, runtime: str) -> None:
    given = design(name)
    assert given.problem is not None
    runs = [random_run(given.problem, LENGTH if runtime == "onnxruntime" else 200, seed) for seed in range(2)]
    session = RUNTIMES[runtime](exported(given, "onnx")[""])
    z, c, h = session({"x": np.stack([array(run) for run in runs], axis=1)})
    assert z.shape == (len(runs[0].inputs), 2, given.outputs)
    for batch, run in enumerate(runs):
        assert_as_owed(given, run, z[:, batch])
        exact = exact_run(given.weights, run.inputs)
        assert [Fraction(float(v)) for v in c[batch]] == list(exact.c[-1])
        assert [Fraction(float(v)) for v in h[batch]] == list(exact.h[-1])


@pytest.mark.parametrize("target", ["onnx-step"])
@pytest.mark.parametrize("runtime", RUNTIMES)
@pytest.mark.parametrize("name", ["parity", "delay-3", "anbn", "nonzero-counter", "set-reset-latch"])
def test_steps_say_what_the_spec_says(name: str, runtime: str, target: Target) -> None:
    given = design(name)
    assert given.problem is not None
    run = random_run(given.problem, LENGTH if runtime == "onnxruntime" else 100, 7)
    session = RUNTIMES[runtime](exported(given, target)[""])
    c = np.array([[float(v) for v in given.weights.initial.c]], dtype=np.float32)
    h = np.array([[float(v) for v in given.weights.initial.h]], dtype=np.float32)
    said = []
    for x in array(run):
        z, c, h = session({"x": x[None], "c": c, "h": h})
        said.append(z[0])
    assert_as_owed(given, run, said)


@pytest.mark.parametrize("runtime", RUNTIMES)
@pytest.mark.parametrize("name", ["parity", "delay-3", "debounce", "set-reset-latch", "tomita-3", "saturating-counter"])
def test_integer_steps_say_what_the_spec_says(name: str, runtime: str) -> None:
    given = design(name)
    assert given.problem is not None
    run = random_run(given.problem, LENGTH if runtime == "onnxruntime" else 100, 7)
    if any(value.denominator != 1 for _, value in given.numbers()):
        with pytest.raises(InputError, match="integer"):
            exported(given, "onnx-int8")
        return
    session = RUNTIMES[runtime](exported(given, "onnx-int8")[""])
    c = np.array([[int(v) for v in given.weights.initial.c]], dtype=np.int32)
    h = np.array([[int(v) for v in given.weights.initial.h]], dtype=np.int8)
    said = []
    for x in array(run, np.int8):
        z, c, h = session({"x": x[None], "c": c, "h": h})
        said.append(z[0])
    assert_as_owed(given, run, said)


@pytest.mark.parametrize("name", [*FINITE, *COUNTING])
def test_the_lstm_node_says_what_the_spec_says_in_onnxruntime(name: str) -> None:
    given = design(name)
    assert given.problem is not None
    runs = [random_run(given.problem, LENGTH, seed) for seed in range(2)]
    session = onnxruntime_session(exported(given, "onnx-lstm")[""])
    z, c, _ = session({"x": np.stack([array(run) for run in runs], axis=1)})
    for batch, run in enumerate(runs):
        assert_as_owed(given, run, z[:, batch])
        assert [Fraction(float(v)) for v in c[batch]] == list(exact_run(given.weights, run.inputs).c[-1])


def test_fractions_are_no_integers() -> None:
    problem = lstmsolve.load_case("parity")
    weights = lstmsolve.load_weights("b_f=1/3", problem)
    with pytest.raises(InputError, match=r"b_f\[0\].*integer = true"):
        exported(Design(weights), "onnx-int8")


def test_a_scan_goes_on_where_another_stopped() -> None:
    """The state that one run ends in, given to the next, continues it."""
    given = design("mod-16")
    assert given.problem is not None
    run = random_run(given.problem, 100, 3)
    session = onnxruntime_session(exported(given, "onnx", "float64")[""])
    x = array(run, np.float64)[:, None]
    whole, _, _ = session({"x": x})
    first, c, h = session({"x": x[:40]})
    second, _, _ = session({"x": x[40:], "c0": c, "h0": h})
    assert np.array_equal(np.concatenate([first, second]), whole)


def test_smooth_cells_are_exported_too() -> None:
    from lstmsolve.kernel.lstm.cells import Activation, Cell, Parameter, Weights, parameters

    cell = Cell(2, 3, Activation.SIGMOID, Activation.TANH, Activation.TANH)
    rng = np.random.default_rng(0)
    values: dict[Parameter, Fraction] = {place: Fraction(float(rng.normal())) for place in parameters(cell)}
    given = Design(Weights.of(cell, values))
    x = rng.normal(size=(20, 1, 2))
    z, _, _ = onnxruntime_session(exported(given, "onnx", "float64")[""])({"x": x})
    from lstmsolve.simulator.batched import Arrays, run

    _, h = run(Arrays.of(given.weights), x.transpose(1, 0, 2))
    assert np.allclose(z[:, 0], h[0], rtol=0, atol=1e-12)


@pytest.mark.parametrize("target", ["onnx", "onnx-step", "onnx-lstm", "safetensors"])
def test_layers_are_exported_and_come_back(tmp_path: Path, target: Target) -> None:
    from lstmsolve.api.importing import import_weights
    from lstmsolve.kernel.lstm.cells import Activation, Cell, Layer, Parameter, Weights, parameters
    from lstmsolve.simulator.batched import Arrays, run

    cell = Cell(2, 3, Activation.SIGMOID, Activation.TANH, Activation.TANH)
    rng = np.random.default_rng(1)

    def number() -> Fraction:
        return Fraction(float(np.float32(rng.normal())))

    values: dict[Parameter, Fraction] = {place: number() for place in parameters(cell)}
    layer = Layer(tuple(tuple(number() for _ in range(3)) for _ in range(2)), (number(), number()))
    given = Design(replace(Weights.of(cell, values), layer=layer))
    path = tmp_path / ("net.safetensors" if target == "safetensors" else "net.onnx")
    path.write_bytes(exported(given, target)[""])
    assert import_weights(path).weights == given.weights
    if target in ("onnx", "onnx-lstm"):
        x = rng.normal(size=(9, 1, 2)).astype(np.float32)
        z, _, _ = onnxruntime_session(path.read_bytes())({"x": x})
        _, h = run(Arrays.of(given.weights), x.transpose(1, 0, 2))
        v = np.array([[float(value) for value in row] for row in layer.V])
        assert np.allclose(z[:, 0], h[0] @ v.T + np.array([float(value) for value in layer.d]), rtol=0, atol=1e-5)


def test_a_model_says_what_it_is() -> None:
    given = design("parity")
    model = onnx.load_from_string(exported(given, "onnx")[""])
    told = {entry.key: entry.value for entry in model.metadata_props}
    assert told["lstmsolve.case"] == "parity"
    assert told["lstmsolve.statement"] == given.statement == model.doc_string
    assert len(told["lstmsolve.certificate_sha256"]) == 64
