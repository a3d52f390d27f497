"""Finite nets with an output layer as machines, read by value, by thresholds or as the greatest, and perhaps late.

What is owed is what the net says, so that the weights are right by construction. Late, it is owed where the next letter
makes no difference. Conditions of `[property]` are the ends of what the net's numbers go through.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from random import Random
from typing import Final

from campaign.draw.cases import Pair, draw_cell, draw_values
from campaign.draw.machines import TRIES, Machine, states_of
from campaign.oracle.specs import Domain, Margins, Owed, Reaction, Spec, State, Symbol, number
from campaign.oracle.textbook import Row, Textbook

MOST_STATES: Final = 10
ANY: Final = "any"

Told = tuple[str, ...]
"""What a state says on each letter: a number, a reply, or `any`."""


def layered(random: Random, hidden: int | None = None) -> Pair | None:
    """A net with a layer as a machine that it is; None if none was found."""
    for _ in range(TRIES):
        alphabet = random.choice((("0", "1"), ("a", "b", "c"), ("a", "b", "c", "d")))
        binary = len(alphabet) == 2
        letters = Domain("listed", (Fraction(0), Fraction(1))) if binary else Domain("symbols", alphabet)
        decide = random.choice(("value", "threshold", "argmax", "argmax"))
        outputs = random.choice((2, 2, 3)) if decide == "argmax" else 1
        cell = replace(draw_cell(random, letters.width, hidden), outputs=outputs)
        values = draw_values(random, cell)
        textbook = Textbook.of(cell.record(values))
        columns = [letters.columns(letter) for letter in letters.listed]
        machine = states_of(textbook, columns, MOST_STATES)
        if machine is None or len(machine) < 2:
            continue
        late = random.random() < 0.3
        said = {state: [textbook.read(h) for _, h in row] for state, row in machine.items()}
        if len({z for row in said.values() for z in row}) < 2:
            continue
        reading = _Reading.drawn(random, decide, [z for row in said.values() for z in row])
        told = {state: tuple(reading.word(z) for z in row) for state, row in said.items()}
        if late:
            told = {state: tuple(_agreed(told[there]) for there, _ in row) for state, row in machine.items()}
        if len({word for row in told.values() for word in row} - {ANY}) < 2:
            continue
        always = _ends(random, textbook, machine) if random.random() < 0.3 else ()
        spec = _spec(letters, alphabet, machine, told, reading, late, always, outputs)
        return Pair(spec, cell, values, right=True, made=f"layered {decide}{' late' if late else ''}")
    return None


def _agreed(words: Told) -> str:
    """What is said whatever letter comes next."""
    return words[0] if len(set(words)) == 1 else ANY


class _Reading:
    """How z is read."""

    def __init__(self, decide: str, accept: Owed, reject: Owed, margin: Fraction | None) -> None:
        self.decide = decide
        self.accept, self.reject = accept, reject
        self.margin = margin

    @classmethod
    def drawn(cls, random: Random, decide: str, seen: Sequence[Row]) -> _Reading:
        """Thresholds between numbers that are seen, or on them; a margin that some differences have."""
        levels = sorted({z[0] for z in seen})
        if decide == "threshold":
            low, high = sorted(random.sample(levels, 2))
            middle = (low + high) / 2
            accept = random.choice(((">=", high), (">", middle), (">=", middle)))
            reject = random.choice((("<=", low), ("<", middle), ("<=", low)))
            return cls(decide, accept, reject, None)
        gaps = sorted({a - b for z in seen for a in z for b in z if a > b}) if decide == "argmax" else []
        margin = random.choice(gaps) if gaps and random.random() < 0.5 else None
        return cls(decide, None, None, margin)

    def word(self, z: Row) -> str:
        """What these outputs say."""
        if self.decide == "value":
            return str(z[0])
        if self.decide == "threshold":
            return "1" if _met(z[0], self.accept) else "0" if _met(z[0], self.reject) else ANY
        best = max(range(len(z)), key=lambda k: z[k])
        gaps = [z[best] - other for k, other in enumerate(z) if k != best]
        clear = all(gap > 0 if self.margin is None else gap >= self.margin for gap in gaps)
        return f"r{best}" if clear else ANY

    def owed(self, word: str) -> Owed:
        """What is owed of z[0] where this is said."""
        if word == ANY or self.decide == "argmax":
            return None
        if self.decide == "threshold":
            return self.accept if word == "1" else self.reject
        return "==", Fraction(word)

    def margins(self, word: str, outputs: int) -> Margins:
        if word == ANY or self.decide != "argmax":
            return ()
        best = int(word[1:])
        gap: Owed = (">", Fraction(0)) if self.margin is None else (">=", self.margin)
        return tuple((best, k, gap) for k in range(outputs) if k != best)

    def lines(self, late: bool) -> list[str]:
        found = ["[readout]", "layer = true", f'decide = "{self.decide}"']
        if self.accept is not None and self.reject is not None:
            found += [f'accept = "{self.accept[0]} {self.accept[1]}"', f'reject = "{self.reject[0]} {self.reject[1]}"']
        found += [f"margin = {number(self.margin)}"] if self.margin is not None else []
        return found + ["late = 1"] * late


def _met(said: Fraction, side: Owed) -> bool:
    assert side is not None
    sign, level = side
    return {">=": said >= level, ">": said > level, "<=": said <= level, "<": said < level}[sign]


def _spec(
    letters: Domain,
    alphabet: Sequence[str],
    machine: Machine,
    told: Mapping[tuple[Row, Row], Told],
    reading: _Reading,
    late: bool,
    always: tuple[str, ...],
    outputs: int,
) -> Spec:
    names = {state: f"q{n}" for n, state in enumerate(machine)}
    moves = {names[state]: [names[there] for there, _ in row] for state, row in machine.items()}
    words = {names[state]: row for state, row in told.items()}
    lines = ["[machine]", f"alphabet = {json.dumps(alphabet)}", 'start = "q0"']
    if reading.decide == "argmax":
        lines.append(f"replies = {json.dumps([f'r{k}' for k in range(outputs)])}")
    lines += ["[machine.output]", *(_line(name, alphabet, row) for name, row in words.items())]
    lines += ["[machine.next]", *(_line(name, alphabet, row) for name, row in moves.items())]
    lines += reading.lines(late)
    lines += ["[property]", f"always = {json.dumps(always)}"] if always else []

    def react(state: State, given: Mapping[str, Symbol]) -> Reaction:
        """The state has what is said now and what was said before."""
        place = letters.listed.index(next(iter(given.values())))
        word = words[state[0]][place]
        due = state[1] if late else word
        return (moves[state[0]][place], word, due), (reading.owed(due),)

    def margins(after: State) -> Margins:
        return reading.margins(after[2], outputs)

    text = "\n".join(lines)
    return Spec({"x": letters}, ("q0", ANY, ANY), react, text, outputs, True, margins, always)


def _line(name: str, alphabet: Sequence[str], row: Sequence[str]) -> str:
    entries = (f"{json.dumps(a)} = {json.dumps(word)}" for a, word in zip(alphabet, row, strict=True))
    return f"{name} = {{ {', '.join(entries)} }}"


def _ends(random: Random, textbook: Textbook, machine: Machine) -> tuple[str, ...]:
    """Conditions that hold after every step, some of them with no room."""
    after = [there for row in machine.values() for there, _ in row]
    parts = {"c": [c for c, _ in after], "h": [h for _, h in after], "z": [textbook.read(h) for _, h in after]}
    found: list[str] = []
    for name, rows in parts.items():
        place = random.randrange(len(rows[0]))
        seen = [row[place] for row in rows]
        low, high = min(seen), max(seen)
        room = random.choice((Fraction(0), Fraction(1, 2)))
        match random.randrange(4):
            case 0:
                found.append(f"{low - room} <= {name}[{place}] <= {high + room}")
            case 1:
                found.append(f"{name}[{place}] >= {low - room}")
            case 2:
                found.append(f"{name}[{place}] <= {high} or {name}[{place}] >= {high + 1}")
            case _:
                pass
    return tuple(found)
