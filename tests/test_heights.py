"""Replies by height: Mealy machines with many replies take about a unit a state, and are right on every word tried."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import lstmsolve
from lstmsolve.formats.cases import parse_case
from lstmsolve.kernel.proofs.certificates import Certificate
from lstmsolve.kernel.spec.problems import Problem
from lstmsolve.model.outcomes import Accepted, Solved
from lstmsolve.obligations.tables.automata import automaton_of
from lstmsolve.writing.weights import weights_record
from tests.test_readouts import read

Replies = Sequence[Sequence[int | None]]
"""By state and input; None where anything will do."""

GATEWAY = """
name = "gateway"
[machine]
alphabet = ["connect", "login", "read", "write", "close", "ping"]
start = "idle"
[machine.next]
idle = { connect = "open", login = "idle", read = "idle", write = "idle", close = "idle", ping = "idle" }
open = { connect = "open", login = "in", read = "open", write = "open", close = "idle", ping = "open" }
in = { connect = "idle", login = "in", read = "in", write = "in", close = "idle", ping = "in" }
[machine.output]
idle = { connect = "hello", login = "refused", read = "nothing", write = "lost", close = "closed", ping = "down" }
open = { connect = "twice", login = "welcome", read = "denied", write = "refused", close = "bye", ping = "pong" }
in = { connect = "reset", login = "known", read = "data", write = "done", close = "bye", ping = "pong" }
[readout]
layer = true
"""


def case(moves: Sequence[Sequence[int]], replies: Replies, more: str, *, numbers: bool) -> Problem:
    alphabet = "abcdefgh"[: len(moves[0])]

    def said(reply: int | None) -> str:
        return '"any"' if reply is None else str(reply) if numbers else f'"r{reply}"'

    lines = ['name = "drawn"', "[machine]", f'alphabet = "{alphabet}"', 'start = "q0"', "[machine.next]"]
    for state, row in enumerate(moves):
        entries = ", ".join(f'{letter} = "q{to}"' for letter, to in zip(alphabet, row, strict=True))
        lines.append(f"q{state} = {{ {entries} }}")
    lines.append("[machine.output]")
    for state, answers in enumerate(replies):
        entries = ", ".join(f"{letter} = {said(reply)}" for letter, reply in zip(alphabet, answers, strict=True))
        lines.append(f"q{state} = {{ {entries} }}")
    return parse_case("\n".join([*lines, more]))


READOUTS: dict[str, tuple[bool, str, Callable[[list[Fraction], int], bool]]] = {
    "argmax": (False, 'decide = "argmax"', lambda z, right: all(z[right] > v for k, v in enumerate(z) if k != right)),
    "margin": (
        False,
        'decide = "argmax"\nmargin = "7/2"',
        lambda z, right: all(z[right] - v >= Fraction(7, 2) for k, v in enumerate(z) if k != right),
    ),
    "value": (True, 'decide = "value"', lambda z, right: z == [right]),
}
"""Are replies numbers, what the case says of them, and is z as it says?"""


@pytest.mark.parametrize("candidate", ["crelu", "identity"])
@pytest.mark.parametrize("readout", READOUTS)
@settings(max_examples=8)
@given(st.randoms(use_true_random=False))
def test_replies_are_right_on_every_word(readout: str, candidate: str, random: Random) -> None:
    numbers, decide, right = READOUTS[readout]
    states, inputs, kinds = random.randint(1, 6), random.randint(2, 5), random.randint(3, 8)
    moves = [[random.randrange(states) for _ in range(inputs)] for _ in range(states)]
    drawn: list[int | None] = [None, *range(-2, kinds)] if numbers else [*range(kinds)]
    replies: list[list[int | None]] = [[random.choice(drawn) for _ in range(inputs)] for _ in range(states)]
    replies[0][:2] = drawn[-2:]  # argmax takes two at least
    more = f'[readout]\nlayer = true\n{decide}\n[cell]\ncandidate = "{candidate}"\n'
    outcome = built(case(moves, replies, more, numbers=numbers))
    places = list(dict.fromkeys(reply for row in replies for reply in row))
    for _ in range(6):
        word = random.choices(range(inputs), k=25)
        state = 0
        for z, letter in zip(read(weights_record(outcome.weights), columns(word, inputs)), word, strict=True):
            reply = replies[state][letter]
            assert reply is None or right(z, reply if numbers else places.index(reply)), word
            state = moves[state][letter]


def built(problem: Problem) -> Solved:
    outcome = lstmsolve.solve(problem, engine="construct")
    assert isinstance(outcome, Solved), outcome.reason
    assert isinstance(lstmsolve.check(outcome.certificate), Accepted)
    return outcome


def columns(word: Sequence[int], inputs: int) -> list[list[Fraction]]:
    """Two letters are 0 and 1, more of them have a column each."""
    if inputs == 2:
        return [[Fraction(letter)] for letter in word]
    return [[Fraction(letter == column) for column in range(inputs)] for letter in word]


@pytest.mark.parametrize("candidate", ["crelu", "identity"])
def test_fifteen_replies_of_three_states_take_seven_units(candidate: str) -> None:
    """By states alone, with units for each reply, they take 16."""
    text = f'{GATEWAY}decide = "argmax"\n[cell]\ncandidate = "{candidate}"\n'
    assert built(parse_case(text)).weights.cell.hidden == 7


def test_a_state_for_each_height_is_not_worth_a_unit_in_many() -> None:
    """Twenty states and two replies: recognising one of them costs a unit or two, and no joint states."""
    random = Random(4)
    moves = [[random.randrange(20) for _ in range(3)] for _ in range(20)]
    replies: Replies = [[random.randrange(2) for _ in range(3)] for _ in range(20)]
    problem = case(moves, replies, '[readout]\nlayer = true\ndecide = "argmax"\n', numbers=False)
    proof = built(problem).certificate
    assert isinstance(proof, Certificate)
    assert len(proof.modes) <= 2 * len(automaton_of(problem.spec).steps)
