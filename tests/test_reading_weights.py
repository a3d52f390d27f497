"""Weights as people write them, read by the one reader; and what cannot be read, refused in one line."""

from __future__ import annotations

import json
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

import lstmsolve
from lstmsolve.cli.main import app
from lstmsolve.formats.weights.reading import parse_weights, read_weights
from lstmsolve.kernel.base.errors import InputError
from lstmsolve.kernel.lstm.cells import Activation, Gate, Layer, Parameter, Weights
from lstmsolve.showing.summaries import weights_line

COUNTER = {"b_f": 1, "w_i": 1, "w_c": 1, "w_o": -1, "b_o": 1}
RIGHT = "b_f=1, w_i=1, w_c=1, w_o=-1, b_o=1, the rest 0"

TEXTS = {
    "our output": "solved for all lengths: x\nweights: b_f=1, w_i=1, w_c=1, w_o=-1, b_o=1, the rest 0\n\n mode c\n",
    "our command": '$ lstmsolve verify nonzero-counter "b_f=1 w_i=1 w_c=1 b_o=1 w_o=-1"',
    "blanks": "b_f=1 w_i=1 w_c=1 w_o=-1 b_o=1",
    "blanks around": "b_f = 1 , w_i =1, w_c= 1, w_o = -1, b_o = 1",
    "semicolons": "b_f=1;w_i=1;w_c=1;w_o=-1;b_o=1;",
    "lines and colons": "b_f: 1\nw_i: 1\nw_c: 1\nw_o: -1\nb_o: 1\n",
    "no sign": "b_f 1\nw_i 1\nw_c 1\nw_o -1\nb_o 1",
    "bullets": "- b_f = 1\n- w_i = 1\n* w_c = 1\n- w_o = -1\n1. b_o = 1",
    "chains": "b_f = w_i = w_c = b_o = 1, w_o = -1",
    "the rest": "b_f = 1, w_i = 1, w_c = 1, w_o = -1, b_o = 1 and all other weights are zero.",
    "minus": "b_f=1, w_i=1, w_c=1, w_o=−1, b_o=1",
    "dash": "b_f=1, w_i=1, w_c=1, w_o=–1, b_o=1",
    "latex": r"\begin{align} b_f &= 1 \\ w_{i}=1 \\ w_c &= \frac{2}{2} \\ w_o &= -1 \\ b_{\text{o}} &= 1 \end{align}",
    "dollars": "$b_f = 1$, $w_i = 1$, $w_c=1$, $w_o = -1$ and $b_o=1$",
    "short": "bf=1, wi=1, wc=1, wo=-1, bo=1",
    "capitals": "B_f=1, W_i=1, W_c=1, W_o=-1, B_o=1",
    "papers": "b_f=1, W_{xi}=1, W_xg=1, W_xo=-1, b_o=1, W_{hf}=0",
    "python": "b_f = np.array([1.0])\nw_i = [[1]]\nw_c = tensor([[1.0]], dtype=float)\nw_o=-1\nb_o = Fraction(2, 2)",
    "comments": "b_f=1 # remember\nw_i=1 // write\nw_c=1\nw_o=-1\nb_o=1",
    "prose": "Problem 6.4\nName: Anna Smith\nWe choose b_f = 1, w_i = 1, w_c = 1, then w_o = -1, b_o = 1.",
    "markdown": "| w | value |\n|---|---|\n| `b_f` | 1 |\n| `w_i` | 1 |\n| w_c | 1 |\n| **w_o** | -1 |\n| b_o | 1 |",
    "words": "The forget bias b_f is 1, w_i equals 1 and w_c equal to 1; set w_o to -1, and let b_o be 1.",
    "said": "I take the forget gate bias b_f equal to 1, input weight w_i of 1, w_c set to 1, w_o = -1 and b_o is 1.",
    "tuples": "(w_f, u_f, b_f) = (0, 0, 1), (w_i,u_i,b_i) = (1,0,0), (w_c,u_c,b_c)=(1,0,0), (w_o,u_o,b_o) = (-1,0,1)",
    "unpacked": "b_f, w_i, w_c = 1, 1, 1\nw_o, b_o = -1, 1",
    "gate by gate": "f: w=0, u=0, b=1\ni: w=1, u=0, b=0\ng: w = 1, u = 0, b = 0\no: w=-1, u=0, b=1",
    "named gates": "Forget gate: w = 0, b = 1\nInput gate: w = 1\nCandidate: w = 1\nOutput gate: w = -1, b = 1",
    "matlab": "bf = 1; % keep\nwi = 1;\nwc = 1;\nwo = -1; bo = 1; % the rest is zero",
    "html": "<p>b_f = 1, <b>w_i</b> = 1<br/>w_c = 1</p><ul><li>w_o = -1</li><li>b_o = 1</li></ul>",
    "indices": "b_f[0]=1, w_i[0,0]=1, w_c[0][0]=1, w_o[0,0]=-1, b_o[0]=1",
    "decimals": "b_f=1.0, w_i=1., w_c=+1, w_o=-1e0, b_o=10/10",
    "decimal commas": "b_f=1,0; w_i=1,00, w_c = 1,0 w_o=-1,0\nb_o = 1,0",
    "gates of tables": json.dumps({"forget": {"bias": 1}, "input_gate": {"w": [[1]]}, "g": {"w": 1}})[:-1]
    + ', "output": {"W": -1, "b": 1}}',
    "tables of gates": json.dumps({"w": {"i": 1, "c": 1, "o": -1}, "b": {"f": 1, "output": 1}}),
    "gates of toml": "[f]\nb = 1\n[i]\nw = 1\n[candidate]\nw = 1\n[o]\nw = -1\nb = 1\n",
    "german rest": "Matrikelnr.: 1234567, geb. 10.12.1995\nb_f = 1, w_i = 1, w_c = 1, w_o = -1, b_o = 1\n"
    "alle anderen Gewichte sind 0",
    "french rest": "Exercice 6\nb_f = 1, w_i = 1, w_c = 1, w_o = -1, b_o = 1, les autres sont nuls",
    "explained": "b_f = 1, so the forget gate is always 1.\nw_i = 1 (when x_t = 1 it opens)\nw_c=1, w_o=-1, b_o = 1",
    "should be": "The weights should be: b_f=1, w_i=1, w_c=1, w_o=-1, b_o=1",
    "a whole document": "\\documentclass[11pt]{article}\n\\title{Sheet 6}\n\\begin{document}\n\\section*{6.4}\n"
    "% first attempt: w_o = 1, does not work\n$b\\_f = 1$, $w_i = \\frac22$, $w_c=1$, $w_o = -1$, $b_o=\\dfrac{1}{1}$\n"
    "\\end{document}",
    "gates by columns": "# 6.4\n\n| gate | w | u | b |\n|---|---|---|---|\n| f | 0 | 0 | 1 |\n| i | 1 | 0 | 0 |\n"
    "| c | 1 | 0 | 0 |\n| **o** | -1 | 0 | $1$ |\n",
    "columns by gates": "|   | f | i | c | o |\n|---|---|---|---|---|\n| w | 0 | 1 | 1 | -1 |\n| b | 1 | 0 | 0 | 1 |\n",
    "names over numbers": "| b_f | w_i | w_c | w_o | b_o |\n|--|--|--|--|--|\n| 1 | 1 | 1 | -1 | 1 |\n",
    "gates of csv": "gate;w;u;b\nf;0;0;1\ni;1;0;0\nc;1;0;0\no;-1;0;1",
    "json": json.dumps(COUNTER),
    "lists": json.dumps({k: [v] if k[0] == "b" else [[v]] for k, v in COUNTER.items()}),
    "python dict": "{'b_f': 1, 'w_i': 1, 'w_c': 1, 'w_o': -1, 'b_o': 1,}",
    "bare keys": "{b_f: 1, w_i: 1, w_c: 1, w_o: -1, b_o: 1}",
    "assigned": "weights = {'b_f': 1, 'w_i': 1, 'w_c': 1, 'w_o': -1, 'b_o': 1}",
    "dict call": "weights = dict(b_f=1, w_i=1, w_c=1, w_o=-1, b_o=1)",
    "wrapped": json.dumps({"weights": COUNTER, "author": "Anna"}),
    "long csv": "name,value\nb_f,1\nw_i,1\nw_c,1\nw_o,-1\nb_o,1",
    "semicolon csv": "b_f;1,0\nw_i;1\nw_c;1\nw_o;-1\nb_o;1",
    "wide csv": "student,b_f,w_i,w_c,w_o,b_o\nanna,1,1,1,-1,1",
}  # fmt: skip


def line(weights: Weights) -> str:
    return weights_line(weights)


@pytest.mark.parametrize("name", TEXTS)
def test_texts_in_any_common_shape(name: str, tmp_path: Path) -> None:
    problem = lstmsolve.load_case("nonzero-counter")
    assert line(parse_weights(TEXTS[name], problem)) == RIGHT
    for suffix in (".txt", ".json", ".md", ""):
        path = tmp_path / f"answer{suffix}"
        path.write_text(TEXTS[name], encoding="utf-8")
        assert line(read_weights(path, problem)) == RIGHT


@pytest.mark.parametrize(
    ("suffix", "text"),
    [
        (".toml", "b_f = 1\nw_i = 1\nw_c = 1\nw_o = -1\nb_o = 1"),
        (".toml", "[weights]\nb_f = [1]\nw_i = [[1]]\nw_c = 1\nw_o = -1\nb_o = 1"),
        (".yaml", "b_f: 1\nw_i: [[1]]\nw_c: 1\nw_o: -1\nb_o:\n  - 1"),
        (".yml", "weights:\n  b_f: 1\n  w_i: 1\n  w_c: 1.0\n  w_o: -1\n  b_o: 1"),
        (".tsv", "b_f\t1\nw_i\t1\nw_c\t1\nw_o\t-1\nb_o\t1"),
    ],
)
def test_files_of_other_formats(suffix: str, text: str, tmp_path: Path) -> None:
    path = tmp_path / f"answer{suffix}"
    path.write_text(text)
    assert line(read_weights(path, lstmsolve.load_case("nonzero-counter"))) == RIGHT


def test_files_of_numpy(tmp_path: Path) -> None:
    path = tmp_path / "answer.npz"
    np.savez(path, **{name: np.array([value]) for name, value in COUNTER.items()})  # type: ignore[arg-type]
    assert line(read_weights(path)) == RIGHT
    record = np.array([tuple(COUNTER.values())], dtype=[(name, "f4") for name in COUNTER])
    np.save(tmp_path / "answer.npy", record)
    assert line(read_weights(tmp_path / "answer.npy")) == RIGHT
    np.save(tmp_path / "pickled.npy", np.array([{"b_f": 1}], dtype=object), allow_pickle=True)
    with pytest.raises(InputError, match="never read"):
        read_weights(tmp_path / "pickled.npy")
    np.save(tmp_path / "bare.npy", np.zeros(12))
    with pytest.raises(InputError, match="without names"):
        read_weights(tmp_path / "bare.npy")


def test_encodings_of_other_editors(tmp_path: Path) -> None:
    path = tmp_path / "answer.txt"
    for encoding, data in (("utf-16", RIGHT), ("utf-8-sig", RIGHT), ("cp1252", f"Jürgen: {RIGHT.replace('-', '–')}")):
        path.write_bytes(data.encode(encoding))
        assert line(read_weights(path)) == RIGHT


@pytest.mark.parametrize(
    ("text", "fragment"),
    [
        ("", "is empty"),
        ("hello", "names no weight"),
        ('{"b_f": 1, "w_0": -1}', "w_0 is no weight: did you mean w_o?"),
        ("b_f=1 w_0=-1", "w_0 is no weight: did you mean w_o?"),
        ("b_f,1\nw_0,-1", "w_0 is no weight: did you mean w_o?"),
        ("b_f=1 bl=2", "bl is no weight: did you mean b_i?"),
        ("b_f = 1, w_x = 2", "w_x is no weight"),
        ('{"b_f": 1, "x_f": 2}', "x_f is no weight: did you mean"),
        ('{"b_f": null}', "b_f: is null"),
        ('{"b_f": true}', "boolean"),
        ("b_f = 1, n = 3", "n is no weight"),
        ("b_f = one", "b_f: not a number"),
        ("b_f = 1/0", "denominator"),
        ("b_f =", "b_f: has no value"),
        ("b_f = 0, 5", "a number without a name"),
        ("b_f = 1,250", "has a comma: write a decimal point"),
        ('{"f": {"w": 1, "w_0": 2}}', "w_0 is no weight: did you mean w_o?"),
        ('{"f": {"b": 1}, "b_f": 2}', "twice"),
        ("b_f should be large", "b_f has no value; write b_f = 1"),
        ("b_f = w_i", "not a number"),
        ("b_f = 1 + 1", "a number without a name"),
        ("b_f = 2*3", "a number without a name"),
        ("b_f = 1 / w_i", "cannot be read here"),
        ("b_f = 1, b_f = 2", "twice"),
        ('{"b_f": 1, "b_f": 2}', "twice"),
        ('{"b_f": 1, "bf": 2}', "twice"),
        ("b_f = 1, u_f >= 0", "`lstmsolve family` judges those"),
        ("w_f[0,1] = 1", r"w_f has shape \[1, 1\], counted from 0"),
        ("b_f = [1, 2]", "needs 1 numbers"),
        ("weights: b_f=1, 900 more that are not 0, the rest 0", "leaves some out"),
        ("[1, 2, 3]", "is a list; weights need their names"),
        ("name,b_f,w_i\na,1,1\nb,0,1", "2 rows of numbers"),
        ("b_f = " + "[" * 100 + "1" + "]" * 100, "nested"),
        ("b_f = " + "9" * 2000, "digits"),
    ],
)
def test_what_cannot_be_read_is_said_in_a_line(text: str, fragment: str, tmp_path: Path) -> None:
    path = tmp_path / "answer.txt"
    path.write_text(text)
    with pytest.raises(InputError, match=fragment) as error:
        read_weights(path, lstmsolve.load_case("nonzero-counter"))
    assert len(error.value.complaints) == 1


@pytest.mark.parametrize(
    ("said", "fragment"),
    [
        ("{}, the rest 1", "a number that is no weight's"),
        ("{}. All other weights are 1.", "a number that is no weight's"),
        ("{}\nall biases not mentioned are 2", "a number that is no weight's"),
        ("{}; les autres valent 1", "a number that is no weight's"),
        ("{}\nalle anderen sind 1", "a number that is no weight's"),
        ("{}, as before, and the rest 1", "a number that is no weight's"),
        ("{}, the input gate's bias is 1", "a number that is no weight's"),
        ("{}, so the same goes for the input bias: 1", "a number that is no weight's|without a name"),
        ("{}, doubled", "says how much"),
        ("{}; input bias one", "says how much"),
        ("{} !b_i = 1", "b_i: stands after a word that denies it"),
        ("{}; initial cell state 5", "a number that is no weight's"),
        ("{} or 2", "a number that is no weight's"),
        ("{} to 2", "a number that is no weight's"),
        ("{} times 2", "a number that is no weight's"),
        ("{} million", "b_o: not a number"),
        ("{}\u00be", "b_o: not a number"),
        ("{}\u00b2", "b_o: not a number"),
        ("{}; not b_i = 1", "b_i: stands after a word that denies it"),
        ("{} without b_i = 1", "b_i: stands after a word that denies it"),
        ("{}, -b_i = -1", "b_i: has a minus before it"),
        ("{}\n-b_i = -1", "b_i: has a minus before it"),
        ("{}\n## also b_i = 1", "b_i: stands in a heading or comment alone"),
    ],
)
def test_what_may_change_a_right_answer_is_not_passed_over(said: str, fragment: str) -> None:
    problem = lstmsolve.load_case("nonzero-counter")
    given = "b_f=1, w_i=1, w_c=1, w_o=-1, b_o=1"
    assert line(parse_weights(given, problem)) == RIGHT
    with pytest.raises(InputError, match=fragment):
        parse_weights(said.format(given), problem)


@pytest.mark.parametrize(
    "text",
    [
        "b_f=1, V=3, d=1/2",
        "weights: b_f=1, V=3, d=1/2, the rest 0",
        "b_f[0]=1, V[0,0]=3, d[0]=1/2",
        "b_f=1 V=[[3]] d=[1/2]",
    ],
)
def test_a_layer_is_read_as_it_is_printed(text: str) -> None:
    weights = parse_weights(text)
    assert weights.layer == Layer(((Fraction(3),),), (Fraction(1, 2),))
    assert parse_weights(weights_line(weights)).layer == weights.layer


@pytest.mark.parametrize(
    ("data", "fragment"),
    [
        (b"%PDF-1.7 \x00\xff", "is a PDF"),
        (b"\x89PNG\r\n", "is a picture"),
        (b"\x80\x04\x95\x00", "pickle, which is never read"),
        (b"PK\x03\x04nothing", "is no archive that can be read"),
        (bytes(range(256)), "is not UTF-8"),
    ],
)
def test_files_that_are_no_texts(data: bytes, fragment: str, tmp_path: Path) -> None:
    path = tmp_path / "answer"
    path.write_bytes(data)
    with pytest.raises(InputError, match=fragment):
        read_weights(path)


def test_every_repair_is_said() -> None:
    problem = lstmsolve.load_case("nonzero-counter")
    assert parse_weights(RIGHT, problem).notes == ()
    assert parse_weights("bf=1, b_f = 1, the rest 0", problem).notes == (
        "names were read so: bf as b_f",
        "given twice, with the same value: b_f",
    )
    assert parse_weights('{"b_f": 1, "author": "Anna",}', problem).notes == (
        "this is not quite JSON; it was read all the same",
        "passed over, as nobody here knows these keys: author",
        "left out, so 0: w_f, u_f, w_i, u_i, b_i, w_c, u_c, b_c, w_o, u_o, b_o",
    )


def test_commas_and_tables_by_gate_are_said_to_be_read() -> None:
    problem = lstmsolve.load_case("nonzero-counter")
    half = parse_weights("b_f = 0,5; w_i = 0,125; the rest 0", problem)
    assert half.notes == ("decimal commas are read as points",)
    assert line(half) == "b_f=1/2, w_i=1/8, the rest 0"
    tables = parse_weights('{"forget": {"w": 0, "b": 1, "said": "Anna"}}', problem)
    assert tables.notes[:2] == (
        "the table forget is read as w_f, b_f",
        "passed over, as nobody here knows these keys: forget.said",
    )


def test_commands_say_repairs_on_standard_error() -> None:
    result = CliRunner().invoke(app, ["verify", "nonzero-counter", "bf=1, wi=wc=bo=1, w_o=-1, the rest 0"])
    assert result.exit_code == 0
    assert result.stderr.startswith("note: names were read so: bf as b_f")
    assert "note:" not in result.stdout


# --- shapes --------------------------------------------------------------------------------------


def test_shapes_are_inferred_without_a_case() -> None:
    weights = parse_weights("w_f[1,2] = 3, b_o = [1, 0]")
    assert (weights.cell.hidden, weights.cell.inputs) == (2, 3)
    assert weights[Parameter("w", Gate.FORGET, 1, 2)] == 3
    assert parse_weights("w_f = [1 0; 0 1; 2 2], b_f = (0, 0, 1)").cell.hidden == 3
    assert parse_weights("w_f = [1, 2], u_f = 0").cell.inputs == 2


def test_a_case_says_what_the_weights_do_not() -> None:
    problem = lstmsolve.load_case("set-reset-latch")
    weights = parse_weights("w_f = [0, -1], b_f = 1, w_i = [1, 0], b_c = 1, b_o = 1", problem)
    assert (weights.cell.inputs, weights.cell.hidden) == (2, problem.cell().hidden)
    assert "w_f: a list of 2 numbers is read as the row of the only unit" in weights.notes


@pytest.mark.parametrize(
    ("value", "fragment"),
    [
        ({"b_f": [1, 2], "w_f": 1}, r"needs shape \[2, 1\], is one number; write w_f = "),
        ({"b_f": [1, 2, 3], "w_f": [[1, 2, 3]], "cell": {"inputs": 1}}, "transposed"),
        ({"b_f": [1, 2], "u_f": [1, 2]}, r"needs shape \[2, 2\], has 2 numbers in one list"),
        ({"b_f": [1, 2], "w_f": [[1, 2, 3], [1, 2, 3]], "cell": {"inputs": 1}}, "needs 1 numbers"),
        ({"b_f": [[1, 2], [3, 4]]}, "not a matrix"),
        ({"b_f": 1, "cell": {"hidden": 0}}, "cell.hidden"),
        ({"b_f": 1, "cell": {"gates": "crelu"}}, "cell.gates: unknown key"),
        ({"b_f": float("nan")}, "NaN"),
        ({"b_f": object()}, "no other objects"),
    ],
)
def test_shapes_that_do_not_fit(value: Mapping[str, object], fragment: str) -> None:
    with pytest.raises(InputError, match=fragment):
        lstmsolve.load_weights(value)


# --- Python and frameworks -----------------------------------------------------------------------


def test_python_tables_of_numbers_and_arrays() -> None:
    given = {"b_f": 1.0, "w_i": np.array([[1]]), "w_c": np.float32(1), "w_o": [[-1]], "b_o": Fraction(1)}
    assert lstmsolve.verify("nonzero-counter", given).verdict == "proved"
    tenth = lstmsolve.load_weights({"b_f": 0.1})
    assert tenth[Parameter("b", Gate.FORGET, 0)] == Fraction(0.1)
    assert "exact values" in tenth.notes[0]


def order(gates: str, arrays: Mapping[str, np.ndarray]) -> np.ndarray:
    return np.concatenate([arrays[gate] for gate in gates])


def test_arrays_of_frameworks(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    w = {gate: random.integers(-3, 4, (2, 3)).astype(np.float32) for gate in "fico"}
    u = {gate: random.integers(-3, 4, (2, 2)).astype(np.float32) for gate in "fico"}
    b = {gate: random.integers(-3, 4, 2).astype(np.float32) for gate in "fico"}
    zero = np.zeros(8, np.float32)
    stored: dict[str, dict[str, np.ndarray]] = {
        "torch": {
            "lstm.weight_ih_l0": order("ifco", w),
            "lstm.weight_hh_l0": order("ifco", u),
            "lstm.bias_ih_l0": order("ifco", b) - 1,
            "lstm.bias_hh_l0": zero + 1,
            "fc.weight": np.ones((1, 2), np.float32),
            "norm.weight": np.ones(5, np.float32),
        },
        "Keras": {
            "lstm/lstm_cell/kernel:0": order("ifco", w).T,
            "lstm/lstm_cell/recurrent_kernel:0": order("ifco", u).T,
            "lstm/lstm_cell/bias:0": order("ifco", b),
        },
        "ONNX": {
            "W": order("iofc", w)[None],
            "R": order("iofc", u)[None],
            "B": np.append(order("iofc", b), zero)[None],
        },
        "Flax": {
            **{f"params/i{gate}/kernel": w["c" if gate == "g" else gate].T for gate in "ifgo"},
            **{f"params/h{gate}/kernel": u["c" if gate == "g" else gate].T for gate in "ifgo"},
            **{f"params/h{gate}/bias": b["c" if gate == "g" else gate] for gate in "ifgo"},
        },
    }
    for framework, arrays in stored.items():
        path = tmp_path / f"{framework}.npz"
        np.savez(path, **arrays)  # type: ignore[arg-type]
        found = read_weights(path)
        assert (found.cell.hidden, found.cell.inputs, found.cell.gate) == (2, 3, Activation.SIGMOID)
        assert any(framework in note for note in found.notes)
        assert any("norm.weight" in note for note in found.notes) == (framework == "torch")
        assert (found.layer is not None) == (framework == "torch")
        for gate in Gate:
            for unit in range(2):
                assert found[Parameter("b", gate, unit)] == Fraction(float(b[gate.value][unit]))
                assert [found[Parameter("w", gate, unit, k)] for k in range(3)] == list(w[gate.value][unit])
                assert [found[Parameter("u", gate, unit, k)] for k in range(2)] == list(u[gate.value][unit])


def test_two_layers_are_refused() -> None:
    arrays = {f"{name}_l{layer}": np.zeros((4, 1)) for name in ("weight_ih", "weight_hh") for layer in (0, 1)}
    with pytest.raises(InputError, match="2 LSTM layers"):
        lstmsolve.load_weights(arrays)


# --- files of ours -------------------------------------------------------------------------------


def test_weights_inside_of_results_and_certificates(tmp_path: Path) -> None:
    certificate = Path(__file__).parents[1] / "reports" / "certificates" / "nonzero-counter.json"
    assert lstmsolve.verify("nonzero-counter", certificate).verdict == "proved"
    CliRunner().invoke(app, ["verify", "nonzero-counter", RIGHT, "--out", str(tmp_path)])
    assert line(read_weights(tmp_path / "result.json")) == RIGHT


def test_the_wrong_kind_of_file_says_which_command_takes_it() -> None:
    cases = Path(__file__).parents[1] / "cases"
    for name, command in (("parity.toml", "solve"), ("families/nonzero-counter-exact.toml", "family CASE")):
        with pytest.raises(InputError, match=f"`lstmsolve {command}` takes it"):
            read_weights(cases / name)
