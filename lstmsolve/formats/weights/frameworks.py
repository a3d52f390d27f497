"""Arrays as torch, Keras, ONNX and Flax name and order them, as the twelve arrays of the cell.

Gates stand one below the other in one array, in an order of the framework's own:

    torch    weight_ih_l0 [4H, D], weight_hh_l0 [4H, H], bias_ih_l0 and bias_hh_l0 [4H]   i, f, g, o
    Keras    kernel [D, 4H], recurrent_kernel [H, 4H], bias [4H]                          i, f, c, o
    ONNX     W [1, 4H, D], R [1, 4H, H], B [1, 8H]                                        i, o, f, c
    Flax     ii, if, ig, io with kernel [D, H]; hi, hf, hg, ho with kernel [H, H], bias [H]

Sources: the documentation of torch.nn.LSTM, keras.layers.LSTM, the ONNX operator LSTM, flax.linen.OptimizedLSTMCell.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from lstmsolve.kernel.base.errors import InputError, some
from lstmsolve.kernel.base.numbers import read_number

Rows = list[list[Fraction]]


@dataclass(frozen=True, slots=True)
class Gathered:
    """What a framework's arrays say."""

    arrays: Mapping[str, object]
    framework: str
    used: frozenset[str]
    """Keys that were read."""


_TORCH: Final = re.compile(r"(?:(?P<prefix>.*)\.)?(?P<array>weight_ih|weight_hh|bias_ih|bias_hh)(?:_l(?P<layer>\d+))?")
_KERAS: Final = re.compile(r"(?:(?P<prefix>.*)[/.])?(?P<array>kernel|recurrent_kernel|bias)(?::0)?")
_FLAX: Final = re.compile(r"(?:(?P<prefix>.*)[/.])?(?P<source>[ih])(?P<gate>[ifgo])[/.](?P<array>kernel|bias)")


def gathered(record: Mapping[str, object]) -> Gathered | None:
    """The cell's arrays out of a framework's; None where there are none of these names.

    Raises:
        InputError: more than one layer, two directions, or shapes that do not fit.
    """
    flat = _flattened(record)
    for read in (_torch, _flax, _keras, _onnx):
        found = read(flat)
        if found is not None:
            return found
    return None


def _torch(flat: Mapping[str, object]) -> Gathered | None:
    found = {key: match for key in flat if (match := _TORCH.fullmatch(key))}
    if not any(match["array"] == "weight_hh" for match in found.values()):
        return None
    places = {(match["prefix"], match["layer"]) for match in found.values()}
    if any("_reverse" in key for key in flat):
        raise InputError.single("", "has two directions; a cell here reads one")
    if len(places) > 1:
        raise InputError.single("", f"has {len(places)} LSTM layers; weights of one layer are needed")
    by_name = {match["array"]: key for key, match in found.items()}
    w, u = (_matrix(flat, by_name, name) for name in ("weight_ih", "weight_hh"))
    biases = [_vector(flat, by_name[name], len(w)) for name in ("bias_ih", "bias_hh") if name in by_name]
    bias = [sum(parts, Fraction(0)) for parts in zip(*biases, strict=True)] or [Fraction(0)] * len(w)
    return Gathered(_cut("ifco", w, u, bias), "torch (gates i, f, g, o)", frozenset(found))


def _keras(flat: Mapping[str, object]) -> Gathered | None:
    found = {key: match for key in flat if (match := _KERAS.fullmatch(key))}
    recurrent = [key for key, match in found.items() if match["array"] == "recurrent_kernel"]
    if len(recurrent) != 1:
        return None
    prefix = found[recurrent[0]]["prefix"]
    by_name = {match["array"]: key for key, match in found.items() if match["prefix"] == prefix}
    w, u = (_transposed(_matrix(flat, by_name, name)) for name in ("kernel", "recurrent_kernel"))
    bias = _vector(flat, by_name["bias"], len(w)) if "bias" in by_name else [Fraction(0)] * len(w)
    return Gathered(_cut("ifco", w, u, bias), "Keras (gates i, f, c, o)", frozenset(by_name.values()))


def _onnx(flat: Mapping[str, object]) -> Gathered | None:
    if not {"W", "R"} <= flat.keys():
        return None
    w, u = (_one_direction(flat, name) for name in ("W", "R"))
    bias = [Fraction(0)] * len(w)
    if "B" in flat:
        both = _one_direction({"B": flat["B"]}, "B", flat_rows=True)[0]
        if len(both) != 2 * len(w):
            raise InputError.single("B", f"needs shape [1, {2 * len(w)}]")
        bias = [a + b for a, b in zip(both[: len(w)], both[len(w) :], strict=True)]
    return Gathered(_cut("iofc", w, u, bias), "ONNX (gates i, o, f, c)", frozenset({"W", "R", "B"} & flat.keys()))


def _flax(flat: Mapping[str, object]) -> Gathered | None:
    found = {key: match for key in flat if (match := _FLAX.fullmatch(key))}
    by_name = {f"{m['source']}{m['gate']}.{m['array']}": key for key, m in found.items()}
    if not {f"{source}{gate}.kernel" for source in "ih" for gate in "ifgo"} <= by_name.keys():
        return None
    arrays: dict[str, object] = {}
    for gate in "ifgo":
        ours = "c" if gate == "g" else gate
        arrays[f"w_{ours}"] = _transposed(_matrix(flat, by_name, f"i{gate}.kernel"))
        u = _transposed(_matrix(flat, by_name, f"h{gate}.kernel"))
        arrays[f"u_{ours}"] = u
        biases = [
            _vector(flat, by_name[name], len(u)) for name in (f"i{gate}.bias", f"h{gate}.bias") if name in by_name
        ]
        arrays[f"b_{ours}"] = [sum(parts, Fraction(0)) for parts in zip(*biases, strict=True)] or ["0"] * len(u)
    return Gathered(arrays, "Flax (ii, if, ig, io, hi, hf, hg, ho)", frozenset(by_name.values()))


def _cut(order: str, w: Rows, u: Rows, bias: list[Fraction]) -> dict[str, object]:
    """Four gates one below the other, as arrays of their own."""
    size = len(w) // 4
    if not size or len(w) != 4 * size or len(u) != 4 * size or any(len(row) != size for row in u):
        raise InputError.single("", f"shapes do not fit: {len(w)} rows on x, {len(u)} rows on h, both 4 H are needed")
    arrays: dict[str, object] = {}
    for number, gate in enumerate(order):
        part = slice(number * size, (number + 1) * size)
        arrays |= {f"w_{gate}": w[part], f"u_{gate}": u[part], f"b_{gate}": bias[part]}
    return arrays


def _flattened(record: Mapping[str, object], prefix: str = "", depth: int = 0) -> dict[str, object]:
    """`{"lstm": {"kernel": …}}` as `lstm.kernel`."""
    flat: dict[str, object] = {}
    for key, value in record.items():
        if isinstance(value, Mapping) and depth < 8:
            flat |= _flattened(value, f"{prefix}{key}.", depth + 1)
        else:
            flat[f"{prefix}{key}"] = value
    return flat


def _matrix(flat: Mapping[str, object], by_name: Mapping[str, str], name: str) -> Rows:
    if name not in by_name:
        raise InputError.single("", f"{name} is missing beside {some(by_name.values(), 4)}")
    return _numbers(flat[by_name[name]], by_name[name])


def _one_direction(flat: Mapping[str, object], name: str, *, flat_rows: bool = False) -> Rows:
    value = flat[name]
    if not isinstance(value, Sequence) or len(value) != 1:
        raise InputError.single(name, "needs one direction: shape [1, …]")
    return _numbers([value[0]] if flat_rows else value[0], name)


def _numbers(value: object, name: str) -> Rows:
    """A matrix of numbers, all rows of one length."""
    if not isinstance(value, Sequence) or isinstance(value, str) or not value:
        raise InputError.single(name, "a matrix is needed here")
    rows = [_vector({name: row}, name) for row in value]
    if len({len(row) for row in rows}) != 1:
        raise InputError.single(name, "a matrix needs rows of one length")
    return rows


def _vector(flat: Mapping[str, object], name: str, size: int | None = None) -> list[Fraction]:
    value = flat[name]
    if not isinstance(value, Sequence) or isinstance(value, str):
        raise InputError.single(name, "a list of numbers is needed here")
    if size is not None and len(value) != size:
        raise InputError.single(name, f"needs {size} numbers, has {len(value)}")
    try:
        return [read_number(entry) for entry in value]
    except ValueError as error:
        raise InputError.single(name, str(error)) from None


def _transposed(rows: Rows) -> Rows:
    return [list(column) for column in zip(*rows, strict=True)]
