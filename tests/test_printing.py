"""What is shown of a spec is printed from its tree: text and tree say the same, whatever was written."""

from __future__ import annotations

from fractions import Fraction
from keyword import iskeyword
from typing import TypeAlias

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lstmsolve.kernel.base.characters import name_flaw
from lstmsolve.kernel.language.expressions import (
    Anything,
    Arithmetic,
    Binary,
    Call,
    Compare,
    Comparison,
    Connected,
    Connective,
    Expression,
    Function,
    IfElse,
    Lookup,
    Name,
    Not,
    Number,
    Symbol,
)
from lstmsolve.kernel.language.parsing import RESERVED, parse_expression
from lstmsolve.kernel.language.printing import written
from lstmsolve.kernel.records.specs import read_formula

Trees: TypeAlias = st.SearchStrategy[Expression]

NAMES = st.from_regex(r"[a-z_][a-z0-9_]{0,5}", fullmatch=True).filter(
    lambda name: name not in RESERVED and not iskeyword(name)
)
INDEXED = st.builds(
    lambda name, at: f"{name}[{','.join(map(str, at))}]", NAMES, st.lists(st.integers(0, 99), min_size=1, max_size=2)
)
SYMBOLS = st.text(min_size=1, max_size=5).filter(lambda symbol: name_flaw(symbol) is None)
LEAVES: Trees = st.one_of(
    st.fractions().map(Number),
    st.integers().map(lambda value: Number(Fraction(value))),
    st.builds(lambda value, places: Number(Fraction(value, 10**places)), st.integers(), st.integers(0, 20)),
    (NAMES | INDEXED).map(Name),
    SYMBOLS.map(Symbol),
    st.just(Anything()),
)


def larger(parts: Trees) -> Trees:
    several = st.lists(parts, min_size=2, max_size=4).map(tuple)
    compared = st.lists(st.tuples(st.sampled_from(Comparison), parts), min_size=1, max_size=3).map(tuple)
    return st.one_of(
        st.builds(Binary, st.sampled_from(Arithmetic), parts, parts),
        st.builds(Call, st.sampled_from([Function.MIN, Function.MAX]), several),
        st.builds(lambda part: Call(Function.ABS, (part,)), parts),
        st.builds(Compare, parts, compared),
        st.builds(Connected, st.sampled_from(Connective), several),
        st.builds(Not, parts),
        st.builds(IfElse, parts, parts, parts),
    )


@given(st.recursive(LEAVES, larger, max_leaves=25))
def test_the_text_of_a_tree_is_read_as_the_same_tree(tree: Expression) -> None:
    text = written(tree)
    assert text.isascii()
    assert text.isprintable()
    assert parse_expression(text, indexed=True) == tree


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("tally+(1if x>=1 else 0)", "tally + (1 if x >= 1 else 0)"),
        ("  n\n\t+ 1", "n + 1"),
        ("((n))", "n"),
        ("+n", "n"),
        ("a-(b-c)-d", "a - (b - c) - d"),
        ("-(a+b)*2", "-(a + b) * 2"),
        ("-(2)", "-2"),
        (".50*n", "0.5 * n"),
        ("n*(1/3)", "n * (1/3)"),
        ("4/6", "2/3"),
        ("a and b or c", "(a and b) or c"),
        ("not a<b", "not (a < b)"),
        ("(1 if a else 2) if b else (3 if c else 4)", "(1 if a else 2) if b else 3 if c else 4"),
        ('x == "it\'s"', 'x == "it\'s"'),
        ("x == '\\u03b1'", "x == '\\u03b1'"),
        ("x == '#'", "x == '#'"),
    ],
)
def test_one_spelling_for_each_tree(text: str, shown: str) -> None:
    assert read_formula(text, "output.h").text == shown
    assert read_formula(shown, "output.h").text == shown


def test_a_table_is_told_as_its_entries() -> None:
    table = Lookup(("state", "x"), {("a", Fraction(0)): "a", ("a", Fraction(1)): "b\u05d0", ("b", Fraction(0)): "a"})
    assert written(table) == "{'a': {0: 'a', 1: 'b\\u05d0'}, 'b': {0: 'a'}}[state][x]"
    assert written(Lookup(("state",), {("a",): Fraction(1, 2)})) == "{'a': 0.5}[state]"
    large = Lookup(("state",), {(f"q{number}",): Fraction(1) for number in range(1000)})
    assert written(large) == "{… 1000 entries, too many to be told here …}[state]"
