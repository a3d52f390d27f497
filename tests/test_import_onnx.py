"""LSTM nodes of ONNX models, and the models that we write, come back as the nets that they are."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lstmsolve.api.exporting import Target, exported, load_design
from lstmsolve.api.importing import import_weights
from lstmsolve.kernel.base.errors import InputError
from tests.test_import import outputs, random_gates, stacked, textbook

onnx = pytest.importorskip("onnx")
onnxruntime = pytest.importorskip("onnxruntime")

CERTIFICATES = Path(__file__).resolve().parents[1] / "reports" / "certificates"
D, H, OUTPUTS, T = 2, 3, 2, 12


def lstm_model(
    tmp_path: Path, *, wrapped: bool = False, dense: str | None = None, nodes: int = 1, **attributes: Any
) -> Path:
    """A model as exporters write it: weights [1, 4H, …] or behind Transpose and Unsqueeze, perhaps a layer after it."""
    from onnx import TensorProto, helper, numpy_helper

    w, u, b = stacked(random_gates(), "iofg")
    both = np.concatenate([b, np.zeros_like(b)])
    made, stored = [], [numpy_helper.from_array(both[None], "B")]
    if wrapped:
        stored += [
            numpy_helper.from_array(w.T.copy(), "WT"),
            numpy_helper.from_array(u, "R2"),
            numpy_helper.from_array(np.array([0]), "axis0"),
        ]
        made += [
            helper.make_node("Transpose", ["WT"], ["W2"], perm=[1, 0]),
            helper.make_node("Unsqueeze", ["W2", "axis0"], ["W"]),
            helper.make_node("Identity", ["R2"], ["R3"]),
            helper.make_node("Unsqueeze", ["R3", "axis0"], ["R"]),
        ]
    else:
        stored += [numpy_helper.from_array(w[None], "W"), numpy_helper.from_array(u[None], "R")]
    for k in range(nodes):
        made.append(helper.make_node("LSTM", ["x", "W", "R", "B"], [f"Y{k}"], hidden_size=H, **attributes))
    stored.append(numpy_helper.from_array(np.array([1]), "axis1"))
    made.append(helper.make_node("Squeeze", ["Y0", "axis1"], ["h"]))
    last, width = "h", H
    rng = np.random.default_rng(11)
    v, d = rng.normal(size=(OUTPUTS, H)).astype(np.float32), rng.normal(size=OUTPUTS).astype(np.float32)
    if dense == "MatMul":
        stored += [numpy_helper.from_array(v.T.copy(), "V"), numpy_helper.from_array(d, "d")]
        made += [helper.make_node("MatMul", ["h", "V"], ["vh"]), helper.make_node("Add", ["d", "vh"], ["z"])]
        last, width = "z", OUTPUTS
    elif dense == "Gemm":
        stored += [
            numpy_helper.from_array(v, "V"),
            numpy_helper.from_array(d, "d"),
            numpy_helper.from_array(np.array([-1, H]), "flat"),
        ]
        made += [
            helper.make_node("Reshape", ["h", "flat"], ["h2"]),
            helper.make_node("Gemm", ["h2", "V", "d"], ["z"], transB=1),
        ]
        last, width = "z", OUTPUTS
    shape: list[str | int | None] = [None, width] if dense == "Gemm" else ["T", 1, width]
    graph = helper.make_graph(
        made,
        "g",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["T", 1, D])],
        [helper.make_tensor_value_info(last, TensorProto.FLOAT, shape)],
        stored,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    path = tmp_path / "net.onnx"
    path.write_bytes(model.SerializeToString())
    return path


def runtime(path: Path, x: Any) -> Any:
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    found = session.run(None, {"x": x[:, None].astype(np.float32)})[0]
    return found.reshape(len(x), -1)


@pytest.mark.parametrize("dense", [None, "MatMul", "Gemm"])
@pytest.mark.parametrize("wrapped", [False, True])
def test_lstm_nodes_reproduce_their_outputs(tmp_path: Path, wrapped: bool, dense: str | None) -> None:
    path = lstm_model(tmp_path, wrapped=wrapped, dense=dense)
    x = np.random.default_rng(12).normal(size=(T, D))
    found = import_weights(path)
    assert (found.weights.layer is None) is (dense is None)
    assert np.allclose(outputs(found, x), runtime(path, x), rtol=0, atol=1e-5)
    if dense is None:
        assert np.allclose(outputs(found, x), textbook(random_gates(), x), rtol=0, atol=1e-5)


@pytest.mark.parametrize(
    "attributes",
    [
        {
            "activations": ["HardSigmoid", "HardSigmoid", "Affine"],
            "activation_alpha": [1.0, 1.0, 1.0],
            "activation_beta": [0.0, 0.0, 0.0],
        },
        {"activations": ["HardSigmoid", "Tanh", "Tanh"], "activation_alpha": [0.25], "activation_beta": [0.5]},
        {"activations": ["HardSigmoid", "Tanh", "Tanh"]},
        {"activations": ["Sigmoid", "Affine", "Tanh"], "activation_alpha": [0.5], "activation_beta": [0.25]},
    ],
)
def test_slopes_and_offsets_go_into_the_weights(tmp_path: Path, attributes: dict[str, Any]) -> None:
    path = lstm_model(tmp_path, **attributes)
    x = np.random.default_rng(13).normal(size=(T, D))
    assert np.allclose(outputs(import_weights(path), x), runtime(path, x), rtol=0, atol=1e-5)


@pytest.mark.parametrize(
    ("attributes", "fragment"),
    [
        ({"clip": 3.0}, "clip"),
        ({"direction": "reverse"}, "reverse"),
        ({"input_forget": 1}, "input_forget"),
        ({"activations": ["Relu", "Tanh", "Tanh"]}, "Relu"),
        ({"activations": ["Sigmoid", "Affine", "Tanh"]}, "activation_alpha"),
    ],
)
def test_what_cells_here_are_not_is_named(tmp_path: Path, attributes: dict[str, Any], fragment: str) -> None:
    with pytest.raises(InputError, match=fragment):
        import_weights(lstm_model(tmp_path, **attributes))


def test_one_of_several_nodes_is_chosen(tmp_path: Path) -> None:
    path = lstm_model(tmp_path, nodes=2)
    with pytest.raises(InputError, match="--layer N"):
        import_weights(path)
    assert import_weights(path, layer=0).weights == import_weights(path, layer=1).weights


@pytest.mark.parametrize("data", [b"", b"no model", b"\x08\x08" * 100])
def test_what_is_no_model_is_refused(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "net.onnx"
    path.write_bytes(data)
    with pytest.raises(InputError, match=r"ONNX|LSTM"):
        import_weights(path)


def test_a_model_without_an_lstm_says_what_it_has(tmp_path: Path) -> None:
    from onnx import TensorProto, helper

    x, y = (helper.make_tensor_value_info(name, TensorProto.FLOAT, [1]) for name in "xy")
    graph = helper.make_graph([helper.make_node("GRU", ["x", "x", "x"], ["y"])], "g", [x], [y])
    path = tmp_path / "net.onnx"
    path.write_bytes(helper.make_model(graph).SerializeToString())
    with pytest.raises(InputError, match="GRU"):
        import_weights(path)


@pytest.mark.parametrize("target", ["onnx", "onnx-step", "onnx-int8", "onnx-lstm"])
@pytest.mark.parametrize("name", ["parity", "anbn", "debounce"])
def test_what_was_exported_comes_back(tmp_path: Path, name: str, target: Target) -> None:
    given = load_design(CERTIFICATES / f"{name}.json")
    path = tmp_path / "net.onnx"
    try:
        path.write_bytes(exported(given, target)[""])
    except InputError:
        assert target == "onnx-int8"
        return
    found = import_weights(path, case=name)
    assert found.weights.layer is None
    assert found.weights == given.weights
