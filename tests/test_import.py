"""Files of other tools: every layout reproduces the outputs of its net, and bad files are refused."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable, Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from safetensors.numpy import save_file

from lstmsolve.api.exporting import exported, load_design
from lstmsolve.api.importing import import_weights
from lstmsolve.api.loading.weights import load_weights
from lstmsolve.formats.cases import parse_case
from lstmsolve.formats.documents import write_weights
from lstmsolve.formats.weights.reading import read_weights
from lstmsolve.interop.reading.assembling import Imported
from lstmsolve.kernel.base.errors import InputError
from lstmsolve.kernel.lstm.cells import Activation, Gate
from lstmsolve.simulator.batched import Arrays, run
from tests.test_cli import lstmsolve

Array = npt.NDArray[Any]
Tensors = Mapping[str, Array]

CERTIFICATES = Path(__file__).resolve().parents[1] / "reports" / "certificates"
D, H, OUTPUTS = 2, 3, 2


def sigmoid(a: Array) -> Array:
    return np.asarray(1 / (1 + np.exp(-a)))


def textbook(gates: Mapping[str, tuple[Array, Array, Array]], x: Array) -> Array:
    """h after each step [T, H] of an LSTM with sigmoid and tanh, its gates as (w [H, D], u [H, H], b [H])."""
    c = h = np.zeros(len(gates["f"][2]))
    told = []
    for step in x:
        a = {name: w @ step + u @ h + b for name, (w, u, b) in gates.items()}
        c = sigmoid(a["f"]) * c + sigmoid(a["i"]) * np.tanh(a["g"])
        h = sigmoid(a["o"]) * np.tanh(c)
        told.append(h)
    return np.array(told)


def random_gates(seed: int = 0) -> dict[str, tuple[Array, Array, Array]]:
    rng = np.random.default_rng(seed)
    return {
        name: tuple(rng.normal(size=shape).astype(np.float32) for shape in ((H, D), (H, H), (H,)))  # type: ignore[misc]
        for name in "ifgo"
    }


def stacked(gates: Mapping[str, tuple[Array, Array, Array]], order: str) -> tuple[Array, Array, Array]:
    w, u, b = (np.concatenate([gates[name][part] for name in order]) for part in range(3))
    return w, u, b


def torch_layout(gates: Mapping[str, tuple[Array, Array, Array]]) -> dict[str, Array]:
    w, u, b = stacked(gates, "ifgo")
    half = (b / 2).astype(np.float32)
    return {
        "net.lstm.weight_ih_l0": w,
        "net.lstm.weight_hh_l0": u,
        "net.lstm.bias_ih_l0": half,
        "net.lstm.bias_hh_l0": b - half,
    }


def equinox_layout(gates: Mapping[str, tuple[Array, Array, Array]]) -> dict[str, Array]:
    w, u, b = stacked(gates, "ifgo")
    return {"cell.weight_ih": w, "cell.weight_hh": u, "cell.bias": b}


def keras_layout(gates: Mapping[str, tuple[Array, Array, Array]]) -> dict[str, Array]:
    w, u, b = stacked(gates, "ifgo")
    return {"lstm/lstm_cell/kernel:0": w.T, "lstm/lstm_cell/recurrent_kernel:0": u.T, "lstm/lstm_cell/bias:0": b}


def flax_layout(gates: Mapping[str, tuple[Array, Array, Array]]) -> dict[str, Array]:
    found: dict[str, Array] = {}
    for name, (w, u, b) in gates.items():
        found |= {
            f"params/cell/i{name}/kernel": w.T,
            f"params/cell/h{name}/kernel": u.T,
            f"params/cell/h{name}/bias": b,
        }
    return found


def our_layout(gates: Mapping[str, tuple[Array, Array, Array]]) -> dict[str, Array]:
    names = {"i": "i", "f": "f", "g": "c", "o": "o"}
    return {
        f"{kind}_{names[name]}": part for name, parts in gates.items() for kind, part in zip("wub", parts, strict=True)
    }


LAYOUTS: dict[str, Callable[[Mapping[str, tuple[Array, Array, Array]]], dict[str, Array]]] = {
    "torch": torch_layout,
    "equinox": equinox_layout,
    "keras": keras_layout,
    "flax": flax_layout,
    "ours": our_layout,
}


def write(path: Path, tensors: Tensors) -> Path:
    """The file, written by hand for safetensors, so that the reader is not judged by the writer that it shares."""
    if path.suffix == ".npz":
        with path.open("wb") as file:
            np.savez(file, **tensors)  # type: ignore[arg-type]
    elif path.suffix == ".json":
        path.write_text(json.dumps({name: value.astype(float).tolist() for name, value in tensors.items()}))
    else:
        header: dict[str, object] = {}
        body = b""
        codes = {"float32": "F32", "float64": "F64", "float16": "F16"}
        for name, value in tensors.items():
            data = np.ascontiguousarray(value).tobytes()
            header[name] = {
                "dtype": codes[value.dtype.name],
                "shape": list(value.shape),
                "data_offsets": [len(body), len(body) + len(data)],
            }
            body += data
        text = json.dumps(header).encode()
        path.write_bytes(struct.pack("<Q", len(text)) + text + body)
    return path


def outputs(found: Imported, x: Array) -> Array:
    """z [T, outputs] of imported weights, in float64."""
    _, h = run(Arrays.of(found.weights), x[None])
    if found.weights.layer is None:
        return np.asarray(h[0])
    matrix = np.array([[float(v) for v in row] for row in found.weights.layer.V])
    return np.asarray(h[0] @ matrix.T + np.array([float(v) for v in found.weights.layer.d]))


@pytest.mark.parametrize("suffix", [".safetensors", ".npz", ".json"])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_layout_reproduces_its_net(tmp_path: Path, layout: str, suffix: str) -> None:
    gates = random_gates()
    path = write(tmp_path / f"net{suffix}", LAYOUTS[layout](gates))
    found = import_weights(path)
    assert found.weights.cell.gate is Activation.SIGMOID
    x = np.random.default_rng(1).normal(size=(30, D))
    assert np.allclose(outputs(found, x), textbook(gates, x), rtol=0, atol=1e-6)


@pytest.mark.parametrize(
    ("weight", "bias", "transpose"), [("fc.weight", "fc.bias", False), ("dense/kernel", "dense/bias", True)]
)
def test_the_layer_after_is_found(tmp_path: Path, weight: str, bias: str, transpose: bool) -> None:
    rng = np.random.default_rng(2)
    v, d = rng.normal(size=(OUTPUTS, H)).astype(np.float32), rng.normal(size=OUTPUTS).astype(np.float32)
    gates = random_gates(3)
    tensors = torch_layout(gates) | {weight: v.T if transpose else v, bias: d}
    found = import_weights(write(tmp_path / "net.safetensors", tensors))
    x = rng.normal(size=(20, D))
    assert np.allclose(outputs(found, x), textbook(gates, x) @ v.T + d, rtol=0, atol=1e-6)


def test_floats_are_the_fractions_that_they_are(tmp_path: Path) -> None:
    gates = random_gates(4)
    found = import_weights(write(tmp_path / "net.safetensors", torch_layout(gates)))
    for name, gate in {"i": Gate.INPUT, "f": Gate.FORGET, "g": Gate.CANDIDATE, "o": Gate.OUTPUT}.items():
        w, _, _ = gates[name]
        assert [list(row) for row in found.weights.gates[gate].w] == [[Fraction(float(v)) for v in row] for row in w]
        ih, hh = (torch_layout(gates)[f"net.lstm.bias_{side}_l0"] for side in ("ih", "hh"))
        place = "ifgo".index(name) * H
        assert found.weights.gates[gate].b[0] == Fraction(float(ih[place])) + Fraction(float(hh[place]))


def test_bfloat16_and_float16_are_read_exactly(tmp_path: Path) -> None:
    gates = {name: tuple(part.astype(np.float16) for part in parts) for name, parts in random_gates(5).items()}
    found = import_weights(write(tmp_path / "half.safetensors", equinox_layout(gates)))  # type: ignore[arg-type]
    assert found.weights.gates[Gate.FORGET].b[1] == Fraction(float(gates["f"][2][1]))
    value = struct.unpack("<H", struct.pack("<f", 1.5703125)[2:])[0]
    header = json.dumps({"b": {"dtype": "BF16", "shape": [1], "data_offsets": [0, 2]}}).encode()
    from lstmsolve.interop.reading.safetensors import read_safetensors

    tensors = read_safetensors(struct.pack("<Q", len(header)) + header + struct.pack("<H", value))
    assert tensors["b"].values() == (Fraction(1.5703125),)


def test_an_embedding_becomes_columns(tmp_path: Path) -> None:
    vectors = np.random.default_rng(6).normal(size=(5, D)).astype(np.float32)
    gates = random_gates(7)
    path = write(tmp_path / "net.safetensors", torch_layout(gates) | {"embedding.weight": vectors})
    found = import_weights(path)
    assert found.weights.cell.inputs == 5
    word = [0, 3, 1, 4, 4, 2]
    assert np.allclose(outputs(found, np.eye(5)[word]), textbook(gates, vectors[word]), rtol=0, atol=1e-6)


def test_one_layer_of_a_stack(tmp_path: Path) -> None:
    below, above = random_gates(8), {n: (u, u, b) for n, (_, u, b) in random_gates(9).items()}
    tensors = torch_layout(below)
    tensors |= {name.replace("l0", "l1"): value for name, value in torch_layout(above).items()}
    path = write(tmp_path / "net.safetensors", tensors)
    with pytest.raises(InputError, match=r"stack of 2 LSTM layers.*--layer N"):
        import_weights(path)
    x = np.random.default_rng(10).normal(size=(9, H))
    assert np.allclose(outputs(import_weights(path, layer=1), x), textbook(above, x), rtol=0, atol=1e-6)
    with pytest.raises(InputError, match="there is no such layer"):
        import_weights(path, layer=2)


@pytest.mark.parametrize(
    ("extra", "fragment"),
    [
        ({"net.lstm.weight_ih_l0_reverse": np.zeros((12, 2), np.float32)}, "bidirectional"),
        ({"net.lstm.weight_hr_l0": np.zeros((1, 3), np.float32)}, "projects h"),
        ({"net.lstm.w_f_diag": np.zeros(3, np.float32)}, "peephole"),
        ({"a.weight": np.zeros((2, 3), np.float32), "b.weight": np.zeros((1, 3), np.float32)}, "--readout NAME"),
    ],
)
def test_what_cells_here_are_not_is_named(tmp_path: Path, extra: dict[str, Array], fragment: str) -> None:
    path = write(tmp_path / "net.safetensors", torch_layout(random_gates()) | extra)
    with pytest.raises(InputError, match=fragment):
        import_weights(path)


@pytest.mark.parametrize("left", [["ih"], ["hh"], ["ih", "hh"]])
def test_biases_that_are_left_out_are_named(tmp_path: Path, left: list[str]) -> None:
    gone = [f"net.lstm.bias_{side}_l0" for side in left]
    tensors = {name: value for name, value in torch_layout(random_gates()).items() if name not in gone}
    path = write(tmp_path / "net.safetensors", tensors | {"fc.weight": np.ones((1, H), np.float32)})
    told = (f"left out, so 0: {', '.join(gone)}", "left out, so 0: d, as fc has no bias")
    assert import_weights(path).notes[-2:] == told
    assert load_weights(path).notes == told


@pytest.mark.parametrize(
    ("layout", "left"),
    [(keras_layout, ["bias"]), (flax_layout, ["hf"]), (equinox_layout, ["bias"])],
)
def test_so_are_those_of_other_layouts(tmp_path: Path, layout: Callable[..., Any], left: list[str]) -> None:
    whole = layout(random_gates())
    assert not load_weights(write(tmp_path / "whole.safetensors", whole)).notes
    tensors = {name: value for name, value in whole.items() if not ("bias" in name and left[0] in name)}
    (note,) = load_weights(write(tmp_path / "net.safetensors", tensors)).notes
    assert note.startswith("left out, so 0: ")
    assert "bias" in note


def test_a_layer_that_does_not_fit_is_named(tmp_path: Path) -> None:
    extra = {"fc.weight": np.ones((1, H + 2), np.float32), "fc.bias": np.ones(1, np.float32)}
    path = write(tmp_path / "net.safetensors", torch_layout(random_gates()) | extra)
    text = '[input]\nx = [0, 1]\n[output]\nh = "x"\n[readout]\nlayer = true\n[cell]\ngate = "sigmoid"\n'
    with pytest.raises(InputError, match=rf"net.safetensors: has no layer .*fc.weight \[1, {H + 2}\]"):
        load_weights(path, parse_case(f'{text}candidate = "tanh"\noutput = "tanh"\n'))


def test_a_named_layer_is_taken(tmp_path: Path) -> None:
    extra = {"a.weight": np.ones((2, 3), np.float32), "b.weight": np.zeros((1, 3), np.float32)}
    path = write(tmp_path / "net.safetensors", torch_layout(random_gates()) | extra)
    found = import_weights(path, readout="a")
    assert found.weights.layer is not None
    assert ((Fraction(1),) * 3,) * 2 == found.weights.layer.V


def test_a_gru_is_no_lstm(tmp_path: Path) -> None:
    state = {
        "rnn.weight_ih_l0": np.zeros((12, 3), dtype=np.float32),
        "rnn.weight_hh_l0": np.zeros((12, 4), dtype=np.float32),
    }
    save_file(state, tmp_path / "gru.safetensors")
    with pytest.raises(InputError, match="three gates of H rows are those of a GRU"):
        import_weights(tmp_path / "gru.safetensors")


HEADER = json.dumps({"a": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}}).encode()


@pytest.mark.parametrize(
    ("name", "data", "fragment"),
    [
        ("a.safetensors", b"", "no safetensors file"),
        ("a.safetensors", struct.pack("<Q", 2**32) + b"{}", "claims 4294967296 bytes"),
        ("a.safetensors", struct.pack("<Q", 100) + b"{}", "cut off"),
        ("a.safetensors", struct.pack("<Q", len(HEADER)) + HEADER + b"1234", "cut off"),
        ("a.safetensors", struct.pack("<Q", 2) + b"[]", "a table is needed"),
        ("a.safetensors", struct.pack("<Q", 2) + b"{}", "holds no LSTM"),
        ("a.safetensors", struct.pack("<Q", 4000) + b"[" * 4000, "no JSON"),
        ("a.npz", b"PK\x03\x04 no zip", "no npz file"),
        ("a.json", b'{"a": [[1], [1, 2]]}', "different lengths"),
        ("a.json", b"\xff", "not UTF-8"),
        ("a.pt", b"\x80\x02", "pickles"),
        ("a.h5", b"", "is none of"),
    ],
)
def test_bad_files_are_refused_in_words(tmp_path: Path, name: str, data: bytes, fragment: str) -> None:
    (tmp_path / name).write_bytes(data)
    result = lstmsolve("import", str(tmp_path / name), "-o", str(tmp_path / "w.json"))
    assert result.exit_code == 2
    assert fragment in result.stderr
    assert name in result.stderr
    assert not (tmp_path / "w.json").exists()


def test_pickles_in_npz_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "net.npz"
    np.savez(path, u_f=np.array([{}], dtype=object), allow_pickle=True)
    with pytest.raises(InputError, match="pickle"):
        import_weights(path)


def test_an_npz_that_unpacks_to_gigabytes_costs_nothing(tmp_path: Path) -> None:
    import zipfile

    path = tmp_path / "bomb.npz"
    header = b"{'descr': '<f4', 'fortran_order': False, 'shape': (100000, 100000)}".ljust(117) + b"\n"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("u_f.npy", b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + bytes(2**22))
        archive.writestr("b_f.npy", b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header)
    with pytest.raises(InputError):
        import_weights(path)


def test_numbers_that_are_none_are_named(tmp_path: Path) -> None:
    gates = random_gates()
    gates["f"][2][1] = np.nan
    with pytest.raises(InputError, match=r"bias.*nan"):
        import_weights(write(tmp_path / "net.safetensors", equinox_layout(gates)))


@pytest.mark.parametrize("name", ["parity", "anbn", "mod-16", "debounce"])
@pytest.mark.parametrize("target", ["safetensors"])
def test_what_was_exported_comes_back(tmp_path: Path, name: str, target: str) -> None:
    given = load_design(CERTIFICATES / f"{name}.json")
    path = tmp_path / "net.safetensors"
    path.write_bytes(exported(given, "safetensors", "float64")[""])
    found = import_weights(path, case=name)
    if all(value.denominator.bit_count() == 1 for _, value in given.numbers()):
        assert found.weights == given.weights
    write_weights(tmp_path / "w.json", found.weights)
    assert read_weights(tmp_path / "w.json") == found.weights


def test_weights_for_another_case_are_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "net.safetensors", torch_layout(random_gates()))
    with pytest.raises(InputError, match="inputs"):
        import_weights(path, case="parity")


def test_an_exported_state_dict_is_verified_as_it_is(tmp_path: Path) -> None:
    """Its metadata says which activations it has, so that `verify` takes it without a detour."""
    path = tmp_path / "net.safetensors"
    path.write_bytes(exported(load_design(CERTIFICATES / "parity.json"), "safetensors")[""])
    result = lstmsolve("verify", "parity", str(path), "--json")
    assert (result.exit_code, json.loads(result.stdout)["verdict"]) == (0, "proved")
