"""Regular languages and automata as specs: the standard library's `re` and brute force are the oracles."""

from __future__ import annotations

import re
from fractions import Fraction
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

import lstmsolve
from lstmsolve.automata.languages import language_record
from lstmsolve.automata.merging import indistinguishable
from lstmsolve.formats.cases import parse_case
from lstmsolve.kernel.base.errors import InputError
from lstmsolve.kernel.proofs.certificates import Certificate
from lstmsolve.kernel.records.certificates import certificate_from_record
from lstmsolve.kernel.records.specs import machine_from_record
from lstmsolve.kernel.spec.problems import Problem
from lstmsolve.model.outcomes import Accepted, Rejected, Solved
from lstmsolve.writing.certificates import certificate_record


def case(body: str, hidden: int = 1) -> Problem:
    return parse_case(f'format = "lstmsolve/case/1"\nname = "test"\n{body}\n[cell]\nhidden = {hidden}\n')


def language(alphabet: str, regex: str, hidden: int = 1) -> Problem:
    return case(f"[language]\nalphabet = '{alphabet}'\nregex = '{regex}'", hidden)


# --- languages -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("alphabet", "regex", "states"),
    [
        ("01", "(10)*", 3),
        ("01", "(1|01|001)*(0|00)?", 4),
        ("ab", "a{0}", 2),
        ("ab", "a{2,3}", 5),
        ("ab", "(ab*){2,}", 4),
        ("ab", "(a|)b", 4),
        ("ab", "()b|a", 3),
        ("ab", "((a|b*)*a?){2,4}b", 2),
        ("ab", "[^a]", 3),
        ("ab", ".*a.{5}", 64),
        ("abc", "(a|ab|ba)*(aa|[bc]){1,3}", 12),
        ("()", r"\(\)", 4),
        ("01", "(0|1)*1(0|1){10}", 2048),
        ("a", "a*", 1),
    ],
)
def test_a_language_becomes_its_minimal_automaton(alphabet: str, regex: str, states: int) -> None:
    machine, dropped = machine_from_record(language_record(alphabet, regex))
    assert len(machine.next) == states
    assert not dropped
    for length in range(8 if len(alphabet) < 3 else 6):
        for word in product(alphabet, repeat=length):
            state = machine.start
            for letter in word:
                state = machine.next[state][letter]
            assert machine.output[state] == (re.fullmatch(regex, "".join(word)) is not None), word


def regexes() -> st.SearchStrategy[str]:
    letters = st.sampled_from(["a", "b", ".", "[^b]"])
    return st.recursive(
        letters,
        lambda inner: st.one_of(
            st.tuples(inner, inner).map("".join),
            st.tuples(inner, inner).map(lambda pair: f"({pair[0]}|{pair[1]})"),
            st.tuples(inner, st.sampled_from(["*", "+", "?", "{2}", "{1,3}", "{2,}"])).map(
                lambda pair: f"({pair[0]}){pair[1]}"
            ),
        ),
        max_leaves=6,
    )


@given(regexes())
def test_any_expression_means_what_the_standard_library_says(regex: str) -> None:
    machine, _ = machine_from_record(language_record("ab", regex))
    for length in range(6):
        for word in product("ab", repeat=length):
            state = machine.start
            for letter in word:
                state = machine.next[state][letter]
            assert machine.output[state] == (re.fullmatch(regex, "".join(word)) is not None), (regex, word)


@pytest.mark.parametrize(
    ("alphabet", "regex", "fragments"),
    [
        ("01", "(0", ["language.regex", "could not parse", "known are"]),
        ("01", "0**", ["language.regex", "could not parse"]),
        ("01", "0{3,2}", ["language.regex", "bounds"]),
        ("01", "[0-", ["language.regex", "not a regular expression"]),
        ("01", "(0|2)*", ["language.regex", "has no '2'"]),
        ("01", "^0$", ["language.regex", "leave ^ and $ out"]),
        ("01", "0 1", ["language.regex", "has no ' '"]),
        ("01", "[]", ["language.regex", "the language is empty"]),
        ("001", "0", ["language.alphabet", "twice"]),
        ("", "0", ["language.alphabet"]),
        ("01", "0" * 10_001, ["language.regex", "10001 characters"]),
        ("01", "(" * 2000 + "0" + ")" * 2000, ["language.regex", "nested too deeply"]),
        ("01", "(0|1)*1(0|1){20}", ["language.regex", "too large", "at most 10000"]),
        ("01", "((0{100}){100}){100}", ["language.regex", "too large"]),
        ("01", "0?" * 3000, ["language.regex", "too large"]),
        ("01", "0{20000}", ["10000 are supported"]),
    ],
)
def test_bad_languages_are_refused_at_once(alphabet: str, regex: str, fragments: list[str]) -> None:
    with pytest.raises(InputError) as error:
        language(alphabet, regex)
    for fragment in fragments:
        assert fragment in str(error.value)


def test_a_language_is_a_whole_behaviour() -> None:
    with pytest.raises(InputError, match="language: a language is the whole behaviour: remove output"):
        case('[language]\nalphabet = "01"\nregex = "0*"\n[output]\nh = "1"')


def test_the_symbols_of_a_language_are_single_letters() -> None:
    with pytest.raises(InputError, match=r"language\.alphabet: .* single letters \(got up\)"):
        case('[language]\nalphabet = ["up", "down"]\nregex = "0*"')


def test_a_proof_about_a_language_names_it_and_holds_for_no_other() -> None:
    outcome = lstmsolve.solve(language("ab", "(a|b)*b"))
    assert isinstance(outcome, Solved)
    accepted = lstmsolve.check(outcome.certificate)
    assert isinstance(accepted, Accepted)
    assert "the minimal automaton of the regular expression\n    (a|b)*b\n" in accepted.statement
    assert "(x = 0 for 'a', x = 1 for 'b')" in accepted.statement
    record = certificate_record(outcome.certificate)
    problem = record["problem"]
    assert isinstance(problem, dict)
    problem["machine"]["regex"] = "(a|b)*a"
    rejected = lstmsolve.check(certificate_from_record(record))
    assert isinstance(rejected, Rejected)
    assert "is not the minimal automaton of (a|b)*a" in rejected.reason


# --- machines ------------------------------------------------------------------------------------

TWO = '[machine]\nalphabet = "01"\nstart = "a"\n'
MOVES = '[machine.next]\na = { "0" = "a", "1" = "b" }\nb = { "0" = "b", "1" = "a" }\n'


@pytest.mark.parametrize(
    ("body", "fragments"),
    [
        (
            TWO + 'output = { a = 0, b = 1 }\n[machine.next]\na = { "0" = "a" }\nb = {}',
            ["machine.next: transitions are missing: a on 1, b on 0, b on 1"],
        ),
        (TWO + "output = { a = 0 }\n" + MOVES, ["machine.output: states without an output: b"]),
        (TWO + "output = { a = 0, b = 1, c = 1 }\n" + MOVES, ["machine.output.c: no such state"]),
        (TWO.replace('"a"', '"q"') + "output = { a = 0, b = 1 }\n" + MOVES, ["machine.start", "got q"]),
        (TWO + "output = { a = 0, b = 1 }\n" + MOVES.replace('"1" = "b"', '"1" = "c"'), ["machine.next.a.1", "got c"]),
        (TWO + "output = { a = 0, b = 1 }\n" + MOVES.replace('"1" = "b"', '"2" = "b"'), ["missing: a on 1", "'2'"]),
        (TWO.replace('"01"', '"00"') + "output = { a = 0, b = 1 }\n" + MOVES, ["machine.alphabet", "twice"]),
        (TWO + 'output = { a = 0, b = { "0" = 1, "1" = 0 } }\n' + MOVES, ["Moore", "Mealy"]),
        (TWO + 'output = { a = { "0" = 1 }, b = { "0" = 1 } }\n' + MOVES, ["machine.output.a", "names every symbol"]),
        (TWO + "output = { a = 0, b = nan }\n" + MOVES, ["machine.output.b"]),
        (
            TWO
            + "output = {}\n[machine.next]\n"
            + "\n".join(f'q{n} = {{ "0" = "q0", "1" = "q0" }}' for n in range(10_001)),
            ["machine.next: 10001 states; at most 10000 are supported"],
        ),
    ],
)
def test_bad_machines_name_every_place(body: str, fragments: list[str]) -> None:
    with pytest.raises(InputError) as error:
        case(body)
    for fragment in fragments:
        assert fragment in str(error.value)


def test_states_that_nobody_can_tell_apart_share_their_code() -> None:
    # Parity, with every state written twice: found at one unit, and proved for all four states.
    body = """
[machine]
alphabet = "01"
start = "e1"
output = { e1 = 0, e2 = 0, o1 = 1, o2 = 1 }
[machine.next]
e1 = { "0" = "e2", "1" = "o1" }
e2 = { "0" = "e1", "1" = "o2" }
o1 = { "0" = "o2", "1" = "e1" }
o2 = { "0" = "o1", "1" = "e2" }
"""
    outcome = lstmsolve.solve(case(body))
    assert isinstance(outcome, Solved)
    assert isinstance(outcome.certificate, Certificate)
    states = {str(mode.registers["state"]): mode.h for mode in outcome.certificate.modes.values()}
    assert set(states) == {"e1", "e2", "o1", "o2"}
    assert states["e1"] == states["e2"]
    assert states["o1"] == states["o2"]


# --- merging -------------------------------------------------------------------------------------


@st.composite
def labelled_graphs(draw: st.DrawFn) -> tuple[list[int], list[list[int]]]:
    size, symbols = draw(st.integers(1, 9)), draw(st.integers(1, 3))
    states = st.integers(0, size - 1)
    labels = draw(st.lists(st.integers(0, 1), min_size=size, max_size=size))
    return labels, [draw(st.lists(states, min_size=symbols, max_size=symbols)) for _ in range(size)]


@given(labelled_graphs())
def test_merged_states_are_those_that_no_word_tells_apart(graph: tuple[list[int], list[list[int]]]) -> None:
    labels, moves = graph

    def shown(state: int) -> list[int]:
        """The labels that all words of up to the number of states lead to."""
        level, seen = [state], [labels[state]]
        for _ in labels[1:]:
            level = [moves[q][a] for q in level for a in range(len(moves[0]))]
            seen += [labels[q] for q in level]
            if len(level) > 3**6:
                break
        return seen

    def rounds() -> list[int]:
        """Moore's algorithm: split by labels, then by classes of successors, until nothing changes."""
        classes = list(labels)
        while True:
            signatures = [(classes[q], *(classes[r] for r in moves[q])) for q in range(len(labels))]
            finer = [signatures.index(signature) for signature in signatures]
            if len(set(finer)) == len(set(classes)):
                return finer
            classes = finer

    found = indistinguishable(labels, moves)
    assert list(dict.fromkeys(found)) == list(range(len(set(found))))
    reference = rounds()
    for p, q in product(range(len(labels)), repeat=2):
        assert (found[p] == found[q]) == (reference[p] == reference[q])
        if found[p] == found[q]:
            assert shown(p) == shown(q)


def test_machine_outputs_may_be_any_numbers() -> None:
    problem = case(TWO + 'output = { a = "1/2", b = -3 }\n' + MOVES)
    assert problem.machine is not None
    assert problem.machine.output == {"a": Fraction(1, 2), "b": Fraction(-3)}
