"""Built weights: right on every machine they are built for, by proof and by an independent LSTM."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import islice, product
from random import Random
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import lstmsolve
from lstmsolve.api import solving
from lstmsolve.api.loading.cases import load_case
from lstmsolve.formats.cases import parse_case
from lstmsolve.kernel.language.expressions import ANY
from lstmsolve.kernel.lstm.cells import Cell, Gate, Parameter, Weights
from lstmsolve.kernel.records.certificates import certificate_from_record
from lstmsolve.kernel.records.weights import weights_from_record
from lstmsolve.kernel.spec.machines import Letter, Machine, machine, machine_spec
from lstmsolve.kernel.spec.problems import CellChoice, Problem
from lstmsolve.model.outcomes import Accepted, Solved, Unknown
from lstmsolve.search.built.construct import NotConstructible, construct
from lstmsolve.simulator.batched import Arrays, run
from lstmsolve.writing.certificates import certificate_record
from lstmsolve.writing.weights import weights_record
from tests.library import LIBRARY, Columns
from tests.textbook import textbook_run


def built(problem: Problem) -> Solved:
    outcome = lstmsolve.solve(problem, engine="construct")
    assert isinstance(outcome, Solved), outcome
    return outcome


def refusal(problem: Problem) -> str:
    outcome = lstmsolve.solve(problem, engine="construct")
    assert isinstance(outcome, Unknown), outcome
    assert outcome.max_length is None
    return outcome.reason


def dense(weights: Weights) -> dict[str, Any]:
    """The weights file with every zero written out, as the textbook cell reads it."""
    record: dict[str, Any] = weights_record(weights)
    for name, rows in record["weights"].items():
        width = weights.cell.inputs if name[0] == "w" else weights.cell.hidden

        def filled(row: Any, width: int = width) -> list[str]:
            return [row.get(str(n), "0") for n in range(width)] if isinstance(row, Mapping) else row

        record["weights"][name] = filled(rows) if name[0] == "b" else [filled(row) for row in rows]
    return record


def problem_of(machine: Machine, candidate: str = "crelu") -> Problem:
    spec = machine_spec(machine)
    problem = Problem("test", "a machine", "", spec, CellChoice(None), machine=machine)
    choice = load_case("pocket-calculator").choice if candidate == "identity" else problem.choice
    return replace(problem, choice=replace(choice, hidden=None))


def columns_of(machine: Machine, symbol: str) -> Columns:
    place = machine.alphabet.index(symbol)
    if len(machine.alphabet) == 2:
        return (Fraction(place),)
    return tuple(Fraction(int(n == place)) for n in range(len(machine.alphabet)))


# --- the shipped cases ---------------------------------------------------------------------------

BEYOND = {
    "clipped-counter": "the case says 3",
    "saturating-counter": "the case says 3",
    "leaky-average": "the input x has a range",
    "nonzero-counter": "the input x has a range",
    "pocket-calculator": "the input x has a range",
    "running-max": "the input x has a range",
    "running-min": "the input x has a range",
    **dict.fromkeys(
        ["above-zero", "an-b2n", "anbn", "anbncn", "back-at-zero", "dyck-1", "lead-of-3", "majority", "ramp"],
        "more than 10000 states",
    ),
    **dict.fromkeys(["shuffle-dyck-1", "spike-interval"], "more than 10000 states"),
}
"""Cases that no automaton with outputs within 0 and 1 describes, and what is said about them."""


def sizeless(case: str) -> Problem:
    problem = load_case(case)
    return replace(problem, choice=replace(problem.choice, hidden=None))


@pytest.mark.parametrize("case", [case for case in LIBRARY if case not in BEYOND])
def test_every_finite_case_is_built_and_right(case: str) -> None:
    entry = LIBRARY[case]
    outcome = built(sizeless(case))
    record = dense(outcome.weights)
    length = 1
    while len(entry.letters) ** (length + 1) <= 130:
        length += 1
    generator = Random(2)
    words = [*product(entry.letters, repeat=length), generator.choices(list(entry.letters), k=40)]
    for word in words:
        legal = next((n for n in range(len(word)) if not entry.legal(word[: n + 1])), len(word))
        h = textbook_run(record, [entry.letters[letter] for letter in word[:legal]], float)
        for n in range(legal):
            wanted = entry.says(word[: n + 1])
            expected = wanted if isinstance(wanted, tuple) else (wanted,)
            assert all(e is None or h[n][unit] == e for unit, e in enumerate(expected)), word[: n + 1]


@pytest.mark.parametrize("case", ["clipped-counter", "leaky-average", "nonzero-counter", "ramp"])
def test_what_is_no_automaton_is_said_to_be_none(case: str) -> None:
    assert BEYOND[case] in refusal(sizeless(case))


def test_the_built_size_is_about_the_number_of_states() -> None:
    # Parity's output is its state; a counter modulo 16 needs a unit for each state.
    assert built(sizeless("parity")).weights.cell.hidden == 1
    assert built(sizeless("tomita-6")).weights.cell.hidden == 3
    assert built(sizeless("mod-16")).weights.cell.hidden == 16


def test_more_units_than_needed_stay_idle_and_fewer_are_refused() -> None:
    problem = load_case("tomita-5")
    assert built(problem.with_hidden(7)).weights.cell.hidden == 7
    assert "needs 4 units, and the case has 3" in refusal(problem.with_hidden(3))


def test_conditions_on_weights_are_honoured_or_the_answer_is_unknown() -> None:
    text = """
format = "lstmsolve/case/1"
name = "test"
[language]
alphabet = "01"
regex = "(0|1)*1"
[cell]
hidden = 1
[weights]
"""
    assert built(parse_case(text + 'bounds = "-2..2"')).weights.cell.hidden == 1
    assert "do not meet the case's conditions: b_f must be 1" in refusal(parse_case(text + "b_f = 1"))


def test_what_could_not_be_built_in_its_share_is_built_when_the_search_has_failed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(solving, "BUILD_SHARE", 0.0)
    monkeypatch.setattr(solving, "_designed", lambda *asked, **how: Unknown("nothing was found", None))
    tomita_4 = load_case("tomita-4")
    outcome = lstmsolve.solve(replace(tomita_4, choice=replace(tomita_4.choice, hidden=None)))
    assert isinstance(outcome, Solved)
    assert "built from the automaton" in outcome.reason
    assert "nothing was found" in outcome.log


def test_a_case_that_starts_elsewhere_is_refused() -> None:
    text = (
        'format = "lstmsolve/case/1"\nname = "test"\n[language]\nalphabet = "01"\nregex = "(0|1)*1"\n'
        "[cell]\nhidden = 1\ninitial = { c = [1], h = [1] }\n"
    )
    assert "starts from h[-1] = 0" in refusal(parse_case(text))


# --- any machine ---------------------------------------------------------------------------------


@st.composite
def machines(draw: st.DrawFn, symbols: st.SearchStrategy[int], values: Sequence[Letter]) -> Machine:
    alphabet = tuple("abcd"[: draw(symbols)])
    names = [f"q{n}" for n in range(draw(st.integers(1, 12)))]
    target, letter = st.sampled_from(names), st.sampled_from(values)
    moves = {name: {symbol: draw(target) for symbol in alphabet} for name in names}
    said: dict[str, Letter | Mapping[str, Letter]] = {name: draw(letter) for name in names}
    if draw(st.booleans()):
        said = {name: {symbol: draw(letter) for symbol in alphabet} for name in names}
    return machine(alphabet, names[0], moves, said)[0]


def assert_built_right(machine: Machine, outcome: Solved, generator: Random) -> None:
    record = certificate_record(outcome.certificate)
    assert certificate_from_record(record) == outcome.certificate
    for word in [*islice(product(machine.alphabet, repeat=4), 16), generator.choices(machine.alphabet, k=60)]:
        h = textbook_run(dense(outcome.weights), [columns_of(machine, symbol) for symbol in word])
        state = machine.start
        for n, symbol in enumerate(word):
            wanted = machine.letter(state, symbol)
            assert wanted is ANY or h[n][0] == wanted, word[: n + 1]
            state = machine.next[state][symbol]


BITS: Sequence[Letter] = [Fraction(0), Fraction(1), ANY]
LEVELS: Sequence[Letter] = [Fraction(0), Fraction(1), Fraction(1, 3), Fraction(3, 4), ANY]


@settings(max_examples=20)
@given(machines(st.sampled_from([2, 3]), BITS), st.randoms(use_true_random=False))
def test_any_machine_over_two_or_three_symbols_is_built(machine: Machine, generator: Random) -> None:
    assert_built_right(machine, built(problem_of(machine)), generator)


@settings(max_examples=12)
@given(machines(st.sampled_from([2, 3]), LEVELS), st.randoms(use_true_random=False))
def test_outputs_may_be_any_levels_from_0_to_1(machine: Machine, generator: Random) -> None:
    assert_built_right(machine, built(problem_of(machine)), generator)


@settings(max_examples=12)
@given(machines(st.just(2), BITS), st.randoms(use_true_random=False))
def test_an_identity_candidate_will_do_for_two_symbols(machine: Machine, generator: Random) -> None:
    assert_built_right(machine, built(problem_of(machine, "identity")), generator)


@settings(max_examples=12)
@given(machines(st.just(4), BITS), st.randoms(use_true_random=False))
def test_over_four_symbols_a_machine_is_built_or_refused_for_its_output(machine: Machine, generator: Random) -> None:
    outcome = lstmsolve.solve(problem_of(machine), engine="construct")
    if isinstance(outcome, Solved):
        assert_built_right(machine, outcome, generator)
    else:
        assert "no product of the gates" in outcome.reason


def dying(alphabet: str, silent: Sequence[str], generator: Random) -> Machine:
    """A machine that says 1 until a symbol comes that its state does not bear."""
    names = [f"q{n}" for n in range(len(silent))]
    moves = {
        name: {symbol: "dead" if symbol in end else generator.choice(names) for symbol in alphabet}
        for name, end in zip(names, silent, strict=True)
    }
    moves["dead"] = dict.fromkeys(alphabet, "dead")
    said: dict[str, Letter | Mapping[str, Letter]] = {**dict.fromkeys(names, Fraction(1)), "dead": Fraction(0)}
    return machine(tuple(alphabet), names[0], moves, said)[0]


@pytest.mark.parametrize(
    "silent", [("", "a", "b", "c", "d"), ("", "a", "b", "c", "d", "ad", "cd", "acd", "ab", "abcd")]
)
@pytest.mark.parametrize("candidate", ["crelu", "identity"])
def test_four_symbols_are_silenced_one_by_one(silent: Sequence[str], candidate: str) -> None:
    """More than three gates have orders for: what was said is kept where a fourth is needed."""
    generator = Random(5)
    problem = problem_of(dying("abcd", silent, generator), candidate)
    outcome = built(problem)
    if candidate == "identity":  # has a gate less, and a solver is asked for the others
        assert isinstance(construct(problem), NotConstructible)
    else:
        assert outcome.weights.gates[Gate.FORGET].w[0] != (Fraction(0),) * 4
    assert_built_right(dying("abcd", silent, Random(5)), outcome, generator)


@settings(max_examples=12)
@given(
    st.lists(st.sets(st.sampled_from("abcde"), max_size=4), min_size=2, max_size=8), st.randoms(use_true_random=False)
)
def test_a_machine_that_dies_is_built_or_refused_for_its_output(ends: list[set[str]], generator: Random) -> None:
    given = dying("abcde", ["".join(sorted(end)) for end in ends], generator)
    outcome = lstmsolve.solve(problem_of(given), engine="construct")
    if isinstance(outcome, Solved):
        assert_built_right(given, outcome, generator)
    else:
        assert "no product of the gates" in outcome.reason


# --- large machines ------------------------------------------------------------------------------


def large_machine(states: int) -> Machine:
    generator = Random(4)
    names = [f"q{n}" for n in range(states)]
    moves = {name: {"a": names[(n + 1) % states], "b": generator.choice(names)} for n, name in enumerate(names)}
    return Machine(("a", "b"), "q0", moves, {name: Fraction(generator.randrange(2)) for name in names})


def test_a_large_machine_is_built_proved_written_sparsely_and_run_for_long() -> None:
    machine = large_machine(200)
    outcome = built(problem_of(machine))
    weights = outcome.weights
    assert weights.cell.hidden == 199
    record = certificate_record(outcome.certificate)
    assert isinstance(lstmsolve.check(certificate_from_record(record)), Accepted)
    assert weights_from_record(weights_record(weights)) == weights
    assert len(str(weights_record(weights))) < 200_000
    word = Random(6).choices("ab", k=2_000)
    xs = np.array([float(symbol == "b") for symbol in word]).reshape(1, -1, 1)
    for precision in ("float64", "float32", "float16"):
        _, h = run(Arrays.of(weights, precision), xs[:, : 2_000 if precision == "float64" else 300])
        state, said = machine.start, []
        for symbol in word[: h.shape[1]]:
            state = machine.next[state][symbol]
            said.append(machine.output[state])
        assert [Fraction(float(value)) for value in h[0, :, 0]] == said


def test_sparse_and_dense_runs_agree() -> None:
    generator = Random(8)
    cell = Cell(inputs=2, hidden=260)
    places = [
        *(
            Parameter("u", gate, generator.randrange(260), generator.randrange(260))
            for gate in Gate
            for _ in range(400)
        ),
        *(Parameter("w", gate, unit, generator.randrange(2)) for gate in Gate for unit in range(260)),
    ]
    weights = Weights.of(cell, {place: Fraction(generator.randint(-4, 4), 4) for place in places})
    xs = [[Fraction(generator.randint(-2, 2), 2) for _ in range(2)] for _ in range(6)]
    expected = textbook_run(dense(weights), xs, float)
    _, h = run(Arrays.of(weights), np.array([[[float(value) for value in x] for x in xs]]))
    assert np.allclose(h[0], expected)
    exact = lstmsolve.simulate(weights, [tuple(x) for x in xs])
    assert np.allclose(np.array(exact.h, dtype=float), expected)
