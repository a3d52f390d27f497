"""Every shipped case said a second time, in plain Python: the outside oracle of the case library.

Each entry tells from the letters read so far what h must be now. Nothing here knows of specs,
automata or cells; where a title speaks of words, words are what the functions look at.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import groupby, pairwise
from typing import Any, Final

Letter = Any
"""A bit, a number, a letter, or a tuple of them, as a person would say it."""

Word = Sequence[Letter]
Columns = tuple[Fraction, ...]


@dataclass(frozen=True)
class Entry:
    letters: Mapping[Letter, Columns]
    """What may be read, and the input columns it arrives as. Of unbounded inputs a few values."""
    says: Callable[[Word], Any]
    """What h must be after this word (the values of several units as a tuple); None where nothing is owed."""
    legal: Callable[[Word], bool] = lambda word: True
    """Does the word keep the promise of the case?"""


def columns(*values: int | Fraction) -> Columns:
    return tuple(map(Fraction, values))


def numbers(*values: int | Fraction) -> dict[Letter, Columns]:
    """Letters that arrive as themselves."""
    return {value: columns(value) for value in values}


def one_hot(*letters: str) -> dict[Letter, Columns]:
    return {letter: columns(*(int(letter == other) for other in letters)) for letter in letters}


BITS: Final = numbers(0, 1)
PAIRS: Final = {(a, b): columns(a, b) for a in (0, 1) for b in (0, 1)}
AB: Final = {"a": columns(0), "b": columns(1)}
"""An alphabet of two that shares one column."""
NATURALS: Final = numbers(0, 1, 7)


def text(word: Word) -> str:
    return "".join(map(str, word))


def matches(regex: str) -> Callable[[Word], bool]:
    return lambda word: re.fullmatch(regex, text(word)) is not None


def delayed(steps: int) -> Callable[[Word], int]:
    return lambda word: word[-1 - steps] if len(word) > steps else 0


def runs(word: Word) -> list[tuple[Letter, int]]:
    return [(letter, len(list(run))) for letter, run in groupby(word)]


def odd_ones_then_odd_zeros(word: Word) -> bool:
    lengths = runs(word)
    return any(a == 1 and m % 2 and n % 2 for (a, m), (_, n) in pairwise(lengths))


def nested(most: int) -> Callable[[Word], bool]:
    """Balanced brackets a b, never deeper than `most`."""

    def says(word: Word) -> bool:
        depths = [word[:n].count("a") - word[:n].count("b") for n in range(len(word) + 1)]
        return depths[-1] == 0 and all(0 <= depth <= most for depth in depths)

    return says


def balanced(word: Word, opening: str, closing: str) -> bool:
    depths = [word[:n].count(opening) - word[:n].count(closing) for n in range(len(word) + 1)]
    return min(depths) == 0 == depths[-1]


def blocks(*letters_and_counts: tuple[str, int]) -> Callable[[Word], bool]:
    """Is the word a^n b^2n (for ("a", 1), ("b", 2)) for some n >= 1?"""

    def says(word: Word) -> bool:
        n = text(word).count(letters_and_counts[0][0])
        return n >= 1 and text(word) == "".join(letter * (count * n) for letter, count in letters_and_counts)

    return says


def clipped(word: Word) -> int:
    depth = 0
    for move in word:
        depth = min(3, max(0, depth + move))
    return depth


def debounced(word: Word) -> int:
    level = 0
    for n in range(3, len(word) + 1):
        if len(set(word[n - 3 : n])) == 1:
            level = word[n - 1]
    return level


def last_enabled(word: Word) -> int:
    return next((d for d, enable in reversed(word) if enable), 0)


def jk(word: Word) -> int:
    q = 0
    for j, k in word:
        q = int(j) if j != k else 1 - q if j else q
    return q


def latched(word: Word) -> int:
    return next((int(command == (1, 0)) for command in reversed(word) if command != (0, 0)), 0)


def added(word: Word) -> int:
    """The newest bit of the sum of two numbers, least significant bits first."""
    a, b = (sum(int(bits[k]) << n for n, bits in enumerate(word)) for k in (0, 1))
    return int((a + b) >> (len(word) - 1) & 1)


def order_of_relevant(word: Word) -> tuple[int, int] | None:
    relevant = [letter for letter in word if letter != "noise"]
    return (int(relevant[0] == "Y"), int(relevant[1] == "Y")) if len(relevant) >= 2 else None


def signed_sum(word: Word) -> int | None:
    return None if word[-1] in "+-" else int(eval(text(word)) % 3 == 0)


def since_last_one(word: Word) -> int:
    """Steps since the last 1, or since the beginning."""
    return next((n for n, bit in enumerate(reversed(word)) if bit), len(word))


def smoothed(word: Word) -> Fraction:
    return sum((Fraction(x) / 2 ** (len(word) - n) for n, x in enumerate(word)), Fraction(0))


def spike(word: Word) -> int:
    return 1 + since_last_one(word[:-1]) if word[-1] else 0


def calculated(word: Word) -> int:
    zeros = [n for n, x in enumerate(word[:-1]) if x == 0]
    return sum(word[zeros[-1] + 1 if zeros else 0 :]) if word[-1] == 0 else 0


LIBRARY: Final[dict[str, Entry]] = {
    "tomita-1": Entry(BITS, lambda w: 0 not in w),
    "tomita-2": Entry(BITS, lambda w: text(w) == "10" * (len(w) // 2)),
    "tomita-3": Entry(BITS, lambda w: not odd_ones_then_odd_zeros(w)),
    "tomita-4": Entry(BITS, lambda w: "000" not in text(w)),
    "tomita-5": Entry(BITS, lambda w: w.count(0) % 2 == w.count(1) % 2 == 0),
    "tomita-6": Entry(BITS, lambda w: (w.count(0) - w.count(1)) % 3 == 0),
    "tomita-7": Entry(BITS, matches("0*1*0*1*")),
    "parity": Entry(BITS, lambda w: sum(w) % 2),
    "mod-3": Entry(BITS, lambda w: sum(w) % 3 == 0),
    "mod-5": Entry(BITS, lambda w: sum(w) % 5 == 0),
    "mod-7": Entry(BITS, lambda w: sum(w) % 7 == 0),
    "mod-16": Entry(BITS, lambda w: sum(w) % 16 == 0),
    "even-pairs": Entry(BITS, lambda w: (text(w).count("01") + text(w).count("10")) % 2 == 0),
    "cycle-navigation": Entry(one_hot("stay", "up", "down"), lambda w: (w.count("up") - w.count("down")) % 5 == 0),
    "modular-arithmetic": Entry(
        one_hot("0", "1", "2", "+", "-"),
        signed_sum,
        lambda w: re.fullmatch("(?:[012][+-])*[012]?", text(w)) is not None,
    ),
    "first-symbol": Entry(BITS, lambda w: w[0]),
    "aa-star": Entry(AB, matches("(?:aa)*")),
    "abab-star": Entry(AB, matches("(?:abab)*")),
    "d-2": Entry(AB, nested(2)),
    "d-4": Entry(AB, nested(4)),
    "delay-1": Entry(BITS, delayed(1)),
    "delay-2": Entry(BITS, delayed(2)),
    "delay-3": Entry(BITS, delayed(3)),
    "delay-1-one-unit": Entry(BITS, delayed(1)),
    "rising-edge": Entry(BITS, lambda w: [0, *w][-2:] == [0, 1]),
    "rising-edge-one-unit": Entry(BITS, lambda w: [0, *w][-2:] == [0, 1]),
    "falling-edge": Entry(BITS, lambda w: [0, *w][-2:] == [1, 0]),
    "change": Entry(BITS, lambda w: len({*[0, *w][-2:]}) == 2),
    "two-ones": Entry(BITS, lambda w: text(w).endswith("11")),
    "two-ones-one-unit": Entry(BITS, lambda w: text(w).endswith("11")),
    "tomita-2-one-unit": Entry(BITS, lambda w: text(w) == "10" * (len(w) // 2)),
    "tomita-4-one-unit": Entry(BITS, lambda w: "000" not in text(w)),
    "three-ones-seen": Entry(BITS, lambda w: "111" in text(w)),
    "divisible-by-3": Entry(BITS, lambda w: int(text(w), 2) % 3 == 0),
    "debounce": Entry(BITS, debounced),
    "every-third-one": Entry(BITS, lambda w: w[-1] == 1 and sum(w) % 3 == 0),
    "saturating-counter": Entry(BITS, lambda w: min(3, sum(w))),
    "clipped-counter": Entry(numbers(-1, 1), clipped),
    "set-reset-latch": Entry(PAIRS, latched, lambda w: (1, 1) not in w),
    "d-flip-flop": Entry(PAIRS, last_enabled),
    "jk-flip-flop": Entry(PAIRS, jk),
    "elman-xor": Entry(BITS, lambda w: w[-1] ^ w[-2] if len(w) % 3 == 2 else None),
    "temporal-order": Entry(one_hot("X", "Y", "noise"), order_of_relevant),
    "binary-addition": Entry(one_hot("00", "01", "10", "11"), added),
    "running-max": Entry(NATURALS, max),
    "running-min": Entry(numbers(0, -1, -7), min),
    "leaky-average": Entry(numbers(0, 1, Fraction(1, 3)), smoothed),
    "one-shot": Entry(BITS, lambda w: 1 in w[-3:]),
    "watchdog": Entry(BITS, lambda w: list(w[-4:]) == [0, 0, 0, 0]),
    "ramp": Entry(BITS, since_last_one),
    "spike-interval": Entry(BITS, spike),
    "nonzero-counter": Entry(NATURALS, lambda w: 0 if w[-1] else sum(1 for x in w if x)),
    "pocket-calculator": Entry(NATURALS, calculated),
    "anbn": Entry(one_hot("a", "b"), blocks(("a", 1), ("b", 1))),
    "anbncn": Entry(one_hot("a", "b", "c"), blocks(("a", 1), ("b", 1), ("c", 1))),
    "an-b2n": Entry(one_hot("a", "b"), blocks(("a", 1), ("b", 2))),
    "dyck-1": Entry(one_hot("(", ")"), lambda w: balanced(w, "(", ")")),
    "shuffle-dyck-1": Entry(one_hot("(", ")", "[", "]"), lambda w: balanced(w, "(", ")") and balanced(w, "[", "]")),
    "above-zero": Entry(numbers(-1, 0, 1), lambda w: sum(w) >= 1),
    "back-at-zero": Entry(one_hot("up", "down"), lambda w: w.count("up") == w.count("down")),
    "majority": Entry(one_hot("a", "b"), lambda w: w.count("a") > w.count("b")),
    "lead-of-3": Entry(one_hot("a", "b"), lambda w: w.count("a") >= w.count("b") + 3),
}
