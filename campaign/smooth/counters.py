"""Nets that count, against the horizon that `verify` gives them: `python -m campaign.smooth --counters`.

The register goes up and down with the input, and a unit follows it until its forget gate has lost too much; a second
unit knows the last input. No gate hears h, so c after xⁿ yᵐ has a closed form, and a word as long as the horizon
itself is judged in balls at once.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import Any, Final

from campaign.smooth.asking import Verdict, asked
from campaign.smooth.oracle import Net, Numbers, precisely, stepped

INPUTS: Final = (-1, 0, 1)
SECONDS: Final = 3.0
ALL_WORDS_TO: Final = 5
LONG_WORDS: Final = 6
LONG: Final = 200


@dataclass(frozen=True)
class Counting:
    """A net, and what it should say of k, the sum of the inputs so far: is it at least `least`?"""

    net: Net
    least: int
    last: bool
    """Is 1 to be said only where the last input is 1 as well?"""

    def says(self, k: int, x: int) -> bool:
        return k >= self.least and (x == 1 or not self.last)


def draw(random: Random) -> Counting:
    """Gates that are open or closed more or less, candidates that are large, and thresholds about halfway."""
    last, least = random.random() < 0.4, random.choice([0, 1, 1, 2])

    def about(size: float) -> str:
        return f"{size * random.uniform(0.6, 1.4):.2f}"

    held, written, counted = (about(random.choice([5.0, 9.0, 14.0, 30.0, 80.0])) for _ in range(3))
    rows = {
        "f": (["0"], ["0"], held),
        "i": (["0"], ["0"], written),
        "c": ([counted], ["0"], random.choice(["0", "0", "0.01"])),
        "o": (["0"], ["0"], about(8.0)),
    }
    after = {
        "f": (["0"], f"-{about(20.0)}"),
        "i": (["0"], about(20.0)),
        "c": ([about(20.0)], "0"),
        "o": (["0"], about(20.0)),
    }
    gates = {}
    for gate, (w, u, b) in rows.items():
        more_w, more_b = after[gate]
        zeros = ["0", "0"]
        gates[gate] = ([w, more_w], [zeros, zeros], [b, more_b]) if last else ([w], [u], [b])
    halfway = {0: -0.38, 1: 0.38, 2: 0.86}[least] + random.gauss(0, 0.02)
    # h is nearly tanh of k; what the last input shows decides between -0.76, 0 and 0.76.
    v, d = (["1", "4"], f"{-4 * 0.76 - halfway:.2f}") if last else (["1"], f"{-halfway:.2f}")
    return Counting(Net(2 if last else 1, gates, (v, d), INPUTS), least, last)


def verdict(counting: Counting) -> Verdict:
    return asked(case_text(counting), counting.net, SECONDS)


def case_text(counting: Counting) -> str:
    says = f"k >= {counting.least}" + (" and x == 1" if counting.last else "")
    return f"""
format = "lstmsolve/case/1"
name = "random-counter"
[input]
x = [-1, 0, 1]
[state]
k = 0
[next]
k = "k + x"
[output]
h = "1 if {says} else 0"
[cell]
hidden = {counting.net.hidden}
gate = "sigmoid"
candidate = "tanh"
output = "tanh"
[readout]
layer = true
accept = "> 0"
reject = "< 0"
"""


def contradiction(counting: Counting, said: Verdict, random: Random) -> str | None:
    """Why the verdict is false; None if nothing speaks against it."""
    match said.name:
        case "refuted":
            failing = first_failure(counting, said.word)
            return None if failing == len(said.word) else f"{said.word} fails at {failing}, not at its last step"
        case "horizon" | "unknown":
            if said.name == "horizon" and not said.accepted:
                return "the certificate is not accepted when it is read again"
            reach = said.length or 0
            for word in words(reach, random):
                failing = first_failure(counting, word)
                if failing is not None and failing <= reach:
                    return f"{said.name} up to {reach}, but {word} fails at {failing}"
            if said.name == "horizon":
                for first, then, count, more in far(reach):
                    if not powers_are_right(counting, first, then, count, more):
                        return f"right up to {reach}, but {first}^{count} {then}^{more} fails"
            return None
        case other:
            return f"no verdict on a net that leaks: {other}"


def words(reach: int, random: Random) -> Iterator[tuple[int, ...]]:
    """All short ones, as places in INPUTS, and some that wander, go up and come back."""
    short: list[tuple[int, ...]] = [()]
    for _ in range(min(reach, ALL_WORDS_TO)):
        short = [(*word, symbol) for word in short for symbol in range(len(INPUTS))]
    yield from short
    length = min(reach, LONG)
    for _ in range(LONG_WORDS):
        bias = [random.random() for _ in INPUTS]
        yield tuple(random.choices(range(len(INPUTS)), bias, k=length))


def far(reach: int) -> Iterator[tuple[int, int, int, int]]:
    """x^n y^m, as places in INPUTS and how often, n + m being the horizon or nearly."""
    for first, then in ((2, 0), (0, 2), (2, 1), (0, 1)):
        for count in (reach // 2, reach // 2 + 1, reach - 2, reach // 3):
            for more in (count, count - 1, reach - count):
                if count > 0 < more and count + more <= reach:
                    yield first, then, count, more


def first_failure(counting: Counting, word: tuple[int, ...]) -> int | None:
    """The length of the first prefix that fails for certain; None if none does."""

    def run(numbers: Numbers) -> Iterator[tuple[Any, bool]]:
        point, k = numbers.origin(), 0
        for symbol in word:
            point = stepped(numbers, point, symbol)
            k += INPUTS[symbol]
            z = sum((v * h for v, h in zip(numbers.v, point[1], strict=True)), numbers.d)
            yield z, counting.says(k, INPUTS[symbol])

    return precisely(counting.net, run)


def powers_are_right(counting: Counting, first: int, then: int, count: int, more: int) -> bool:
    """Is the last step of x^n y^m right? c goes to its limit a by f: after n steps it is a + fⁿ (c - a)."""

    def end(numbers: Numbers) -> Iterator[tuple[Any, bool]]:
        c: list[Any] = list(numbers.origin()[0])
        shown: list[Any] = []
        for symbol, times in ((first, count), (then, more)):
            shown = []
            for unit in range(len(c)):
                f, i, o = (numbers.sigmoid(numbers.biases[gate][symbol][unit]) for gate in "fio")
                limit = i * numbers.tanh(numbers.biases["c"][symbol][unit]) / (1 - f)
                c[unit] = limit + f**times * (c[unit] - limit)
                shown.append(o * numbers.tanh(c[unit]))
        z = sum((v * h for v, h in zip(numbers.v, shown, strict=True)), numbers.d)
        yield z, counting.says(INPUTS[first] * count + INPUTS[then] * more, INPUTS[then])

    return precisely(counting.net, end) is None
