"""Counters without bound: several of them, compared with one another, and going both ways."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from itertools import product
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

import lstmsolve
from lstmsolve.api.loading.cases import load_case
from lstmsolve.formats.cases import parse_case
from lstmsolve.kernel.base.affine import Affine
from lstmsolve.kernel.language.evaluation import Value
from lstmsolve.kernel.spec.problems import Problem
from lstmsolve.model.outcomes import Accepted, Solved
from lstmsolve.obligations.tables.comparisons import comparison_cuts
from lstmsolve.obligations.tables.ghosts import with_ghosts
from lstmsolve.obligations.tables.sinks import ANY_SINK, with_sinks
from lstmsolve.obligations.tables.transitions import transition_table
from lstmsolve.writing.weights import weights_record
from tests.conftest import solved
from tests.library import LIBRARY, Letter
from tests.textbook import textbook_run

SIZES = {"anbncn": 4, "shuffle-dyck-1": 5, "above-zero": 3, "back-at-zero": 3}
"""Shipped counters, and the hidden sizes that are found."""

STRINGS = 120
"""Strings tried exhaustively, a counter."""


def words(case: str) -> Iterator[list[Letter]]:
    """All short words, long random ones, and long words of the language with a letter changed."""
    letters, generator = list(LIBRARY[case].letters), Random(3)
    length = next(n for n in range(1, 10) if len(letters) ** (n + 1) > STRINGS)
    yield from map(list, product(letters, repeat=length))
    yield [generator.choice(letters) for _ in range(150)]
    for n in range(1, 7):
        word = [letter for letter in letters for _ in range(n)]
        for place in range(0, len(word), n):
            yield [*word[:place], generator.choice(letters), *word[place:], *word]


@pytest.mark.parametrize("case", SIZES)
def test_designs_say_what_the_titles_say(case: str) -> None:
    outcome, entry = solved(case), LIBRARY[case]
    assert outcome.weights.cell.hidden == SIZES[case]
    assert isinstance(lstmsolve.check(outcome.certificate), Accepted)
    record = weights_record(outcome.weights)
    for word in words(case):
        said = textbook_run(record, [list(entry.letters[letter]) for letter in word])
        assert [h[0] for h in said] == [entry.says(word[: n + 1]) for n in range(len(word))], word


@dataclass(frozen=True)
class Formulation:
    """A counter as a user may write it, and what it means in plain Python."""

    state: str
    following: str
    output: str
    says: Callable[[str], bool]
    letters: str = "ab"
    hidden: int = 3

    @property
    def problem(self) -> Problem:
        symbols = ", ".join(f'"{letter}"' for letter in self.letters)
        return parse_case(
            f"""
format = "lstmsolve/case/1"
name   = "counter"
title  = "A counter"
source = "A user"
[input]
x = {{ symbols = [{symbols}] }}
[state]
{self.state}
[next]
{self.following}
[output]
h = "{self.output}"
[cell]
hidden = {self.hidden}
"""
        )


def lead(word: str) -> int:
    return word.count("a") - word.count("b")


WALK = "d = \"d + 1 if x == 'a' else d - 1\""
FROM_TWO = Formulation("d = 2", WALK, "1 if d >= 1 else 0", lambda w: 2 + lead(w) >= 1)
SET_BACK = Formulation(
    "d = 0",
    "d = \"0 if x == 'r' else d + 1 if x == 'a' else d - 1\"",
    "1 if d >= 1 else 0",
    lambda w: lead(w.rpartition("r")[2]) >= 1,
    "abr",
)

FORMULATIONS = {
    "one register that never rests": Formulation(
        "d = 0", "d = \"d + (1 if x == 'a' else -1)\"", "1 if d == 0 else 0", lambda w: lead(w) == 0
    ),
    "one that begins above zero": FROM_TWO,
    "one that is set back": SET_BACK,
    "brackets by their depth": Formulation(
        "d = 0\nlost = 0",
        f"{WALK}\nlost = \"1 if lost == 1 or (x == 'b' and d == 0) else 0\"",
        "1 if d == 0 and lost == 0 else 0",
        lambda w: lead(w) == 0 and all(lead(w[:n]) >= 0 for n in range(len(w))),
    ),
    "two whose sum is always odd": Formulation(
        "d = 1\ne = 0\nlost = 0",
        f'{WALK}\ne = "e - 1"\nlost = "1 if lost == 1 or (d == 0 and x == \'a\') else 0"',
        "1 if d <= 2 and e <= 1 and lost == 0 else 0",
        lambda w: lead(w) <= 1 and not any(lead(w[:n]) == -1 and w[n] == "a" for n in range(len(w))),
        hidden=4,
    ),
    "counts compared in the output alone": Formulation(
        'a = 0\nb = 0\nphase = { symbols = ["a", "b", "bad"], init = "a" }',
        "a = \"a + 1 if x == 'a' else a\"\n"
        "b = \"b + 1 if x == 'b' else b\"\n"
        "phase = \"'bad' if phase == 'bad' or (x == 'a' and phase == 'b') else 'a' if x == 'a' else 'b'\"",
        "1 if phase == 'b' and a == b else 0",
        lambda w: w == "a" * (len(w) // 2) + "b" * (len(w) // 2),
    ),
}


@pytest.mark.parametrize("name", FORMULATIONS)
def test_counters_are_solved_however_they_are_written(name: str) -> None:
    counter = FORMULATIONS[name]
    outcome = lstmsolve.solve(counter.problem)
    assert isinstance(outcome, Solved), outcome
    assert isinstance(lstmsolve.check(outcome.certificate), Accepted)
    record = weights_record(outcome.weights)
    for word in map("".join, product(counter.letters, repeat=8 if len(counter.letters) == 2 else 5)):
        said = textbook_run(record, [[Fraction(letter == other) for other in counter.letters] for letter in word])
        assert [h[0] for h in said] == [counter.says(word[: n + 1]) for n in range(len(word))], word


@cache
def ghosted(counter: Formulation) -> tuple[Problem, tuple[str, ...]]:
    return with_ghosts(counter.problem, transition_table(counter.problem))


@given(st.sampled_from([FROM_TWO, SET_BACK]), st.text("abr", max_size=20))
def test_a_register_is_where_it_began_plus_ups_minus_downs(counter: Formulation, word: str) -> None:
    problem, ghosts = ghosted(counter)
    assert ghosts == ("ups of d", "downs of d")
    registers: Mapping[str, Value] = problem.spec.initial
    began = registers["d"]
    for letter in word:
        if letter in counter.letters:
            registers = problem.spec.step(registers, {"x": letter}).registers
    d, ups, downs = (registers[name] for name in ("d", *ghosts))
    assert isinstance(d, Affine)
    assert isinstance(ups, Affine)
    assert isinstance(downs, Affine)
    assert min(ups.constant, downs.constant) >= 0
    assert d - ups + downs == began


def test_registers_that_only_rise_need_no_ghosts() -> None:
    problem = load_case("anbn")
    assert with_ghosts(problem, transition_table(problem)) == (problem, ())


def test_what_is_lost_becomes_sinks_that_know_no_registers() -> None:
    problem = load_case("anbn")
    table = with_sinks(transition_table(problem), problem, 2)
    assert table.sinks == ("sink 1", "sink 2")
    assert {mode.registers["phase"] for sink in table.sinks for mode in table.merged[sink]} == {"dead"}
    assert not any("dead" in name for name in table.modes)
    # From a sink every input leads to some sink.
    assert [(t.source, t.target) for t in table.transitions if t.source in table.sinks] == [
        (sink, ANY_SINK) for sink in table.sinks for _ in "ab"
    ]


def test_without_a_last_word_there_is_no_sink() -> None:
    problem = load_case("majority")
    table = transition_table(problem)
    assert with_sinks(table, problem, 2) is table


def test_cuts_come_from_comparisons_of_registers_alone() -> None:
    spec = load_case("anbn").spec  # compares b >= a in an update, and a == b in the output
    assert {str(row) for row in comparison_cuts(spec, {"a", "b"})} == {"b >= a", "a >= b"}
    assert comparison_cuts(spec, {"a"}) == ()
