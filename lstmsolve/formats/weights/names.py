"""What people call a weight, and the weight that a wrong name may mean.

Read are `b_f`, `bf`, `B_F`, `b_{f}`, `bias_f`, `b_forget`, `w_f[0,1]`, `w_f[0][1]` and, as papers write it, `W_xf`
and `W_hf` (or `R_f`) for `w_f` and `u_f`. The candidate is c or g.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

ARRAYS: Final = tuple(f"{matrix}_{gate}" for gate in "fico" for matrix in "wub")
"""The twelve arrays of a cell."""

LAYER: Final = ("V", "d")
"""The two arrays of an output layer."""

_MATRICES: Final = {"w": "w", "u": "u", "r": "u", "b": "b", "weight": "w", "bias": "b"}
_GATES: Final = {
    **{"f": "f", "forget": "f", "i": "i", "in": "i", "input": "i", "c": "c", "g": "c", "cell": "c", "cand": "c"},
    **{"candidate": "c", "o": "o", "out": "o", "output": "o"},
}
_INDEX: Final = r"(?P<index>(?:\s?[\[(]\s*\d{1,9}\s*(?:,\s*\d{1,9}\s*)?[\])]){0,2})"
_NAME: Final = re.compile(rf"(?P<matrix>[a-z]+?)_?(?P<source>[xh]?)(?P<gate>[a-z]+?)(?P<late>[xh]?){_INDEX}")
_LAYER: Final = re.compile(rf"(?P<array>[Vvd]){_INDEX}")

_GATE: Final = re.compile(r"[ _-]?gate$")

_SIMILAR: Final = re.compile("[wub]_?[a-z]?[0-9]|[wub]_[a-z0-9]{1,2}|[wub][a-z]")
"""Short names that begin as a weight's do."""

_WORDS: Final = frozenset({"be", "by", "un", "up", "us", "we", "wo"})
"""Words that look like names of weights; w_o is written with a mark between, or followed by `=`."""

_CONFUSED: Final = {"0": "o", "q": "o", "p": "o", "1": "i", "l": "i", "j": "i", "t": "f", "h": "c", "e": "c", "a": "c"}
"""Signs, and the gates that they may have been meant for."""


@dataclass(frozen=True, slots=True)
class Named:
    """A weight, or an array of them: the array, and where in it."""

    array: str
    """One of `ARRAYS` or `LAYER`."""
    index: tuple[int, ...] = ()

    @property
    def text(self) -> str:
        return f"{self.array}[{','.join(map(str, self.index))}]" if self.index else self.array


def named(text: str) -> Named | None:
    """The weight that a text names; None where it names none."""
    plain = text.strip().replace("{", "").replace("}", "")
    layer = _LAYER.fullmatch(plain)
    if layer is not None:
        return Named("V" if layer["array"] in "Vv" else "d", _index(layer["index"]))
    found = _NAME.fullmatch(plain.lower())
    if found is None or found["matrix"] not in _MATRICES or found["gate"] not in _GATES:
        return None
    matrix = _MATRICES[found["matrix"]]
    source = found["source"] or found["late"]
    if source and matrix == "b":
        return None
    if source:
        matrix = "w" if source == "x" else "u"
    return Named(f"{matrix}_{_GATES[found['gate']]}", _index(found["index"]))


def joined(outer: str, keys: Iterable[str]) -> dict[str, str]:
    """For keys of a table that is called after a gate or a matrix, which weights both name together."""
    whole = _GATE.sub("", outer.strip().lower())
    if named(outer) is not None or (whole not in _GATES and whole not in _MATRICES):
        return {}
    found = {}
    for key in keys:
        inner = _GATE.sub("", key.strip().lower())
        place = next(filter(None, map(named, (f"{inner}_{whole}", f"{whole}_{inner}", inner))), None)
        if place is not None:
            found[key] = place.text
    return found


def looks_like_weight(text: str) -> bool:
    """Is this so close to the name of a weight that it must not be passed over?"""
    plain = _plain(text)
    if plain in _WORDS:
        return False
    return named(plain) is not None or _SIMILAR.fullmatch(plain) is not None or meant(plain) is not None


def meant(text: str) -> str | None:
    """The array that a wrong name may mean: another sign for its gate, or one sign away."""
    plain = _plain(text)
    if _SIMILAR.fullmatch(plain):
        gate = plain[1:].strip("_")[:1]
        gate = gate if gate in "fico" else _CONFUSED.get(gate, "")
        return f"{plain[0]}_{gate}" if gate else None
    return next((name for name in ARRAYS if "_" in plain and _one_sign_apart(plain, name)), None)


def unknown_weight(text: str) -> str:
    """`w_0 is no weight: did you mean w_o?`"""
    guess = meant(text)
    known = "weights are w_f, u_f, b_f, the same for i, c and o"
    return f"{text} is no weight: {known if guess is None else f'did you mean {guess}?'}"


def _plain(text: str) -> str:
    """A name without what may stand around and after it."""
    return text.strip().replace("{", "").replace("}", "").lower().partition("[")[0]


def _index(text: str) -> tuple[int, ...]:
    return tuple(map(int, re.findall(r"\d+", text)))


def _one_sign_apart(text: str, name: str) -> bool:
    return any(text == other for other in _changed(text, name))


def _changed(text: str, name: str) -> Iterator[str]:
    """`name` with one sign dropped, added or replaced, as far as `text` may be that."""
    for at in range(len(name)):
        yield name[:at] + name[at + 1 :]
        if len(text) == len(name):
            yield name[:at] + text[at] + name[at + 1 :]
    if len(text) == len(name) + 1:
        for at in range(len(text)):
            yield name[:at] + text[at] + name[at:]
