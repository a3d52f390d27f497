"""The expression language: what it reads, what it refuses and where it points."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lstmsolve.kernel.base.affine import Affine
from lstmsolve.kernel.language.evaluation import evaluate
from lstmsolve.kernel.language.expressions import ANY, INTEGER, REAL, ExpressionError, Kind, SymbolKind, kind_of
from lstmsolve.kernel.language.parsing import parse_expression
from lstmsolve.kernel.language.syntax import caret
from lstmsolve.kernel.spec.specs import NO_ORACLE

SCOPE: dict[str, Kind] = {"n": INTEGER, "x": INTEGER, "r": REAL, "s": SymbolKind(frozenset("ab"))}


def value(text: str, **names: int | str | Fraction) -> object:
    env = {name: v if isinstance(v, str) else Affine((), Fraction(v)) for name, v in names.items()}
    result = evaluate(parse_expression(text), env, NO_ORACLE)
    return result.constant if isinstance(result, Affine) else result


@pytest.mark.parametrize(
    ("text", "names", "expected"),
    [
        ("n + (1 if x >= 1 else 0)", {"n": 4, "x": 7}, 5),
        ("min(n + x, 3)", {"n": 2, "x": 5}, 3),
        ("max(n, x, -n)", {"n": -4, "x": 1}, 4),
        ("abs(n - x)", {"n": 1, "x": 5}, 4),
        ("-n", {"n": 3}, -3),
        ("n % 3", {"n": -1}, 2),
        ("n // 3", {"n": -1}, -1),
        ("0.1 * n", {"n": 1}, Fraction(1, 10)),
        ("0 <= n < 3", {"n": 2}, True),
        ("0 <= n < 3", {"n": 3}, False),
        ("not (n == 1 or n == 2)", {"n": 3}, True),
        ("s == 'a' and n != 0", {"s": "a", "n": 1}, True),
        ("any if n > 1 else n", {"n": 2}, ANY),
        ("2 * (3 - 1) * n", {"n": 1}, 4),
        ("n\n + 1", {"n": 1}, 2),
    ],
)
def test_values(text: str, names: dict[str, int | str], expected: object) -> None:
    assert value(text, **names) == expected


@given(n=st.integers(-50, 50), k=st.integers(1, 9))
def test_floor_division_and_remainder_are_python_s(n: int, k: int) -> None:
    assert value(f"n // {k}", n=n) == n // k
    assert value(f"n % {k}", n=n) == n % k


@given(
    st.recursive(
        st.integers(-9, 9).map(str) | st.just("n") | st.just("x"),
        lambda e: st.one_of(
            st.tuples(e, st.sampled_from("+-"), e).map(lambda t: f"({t[0]} {t[1]} {t[2]})"),
            st.tuples(st.sampled_from(["min", "max"]), e, e).map(lambda t: f"{t[0]}({t[1]}, {t[2]})"),
            st.tuples(e, e, e, e).map(lambda t: f"({t[0]} if {t[1]} >= {t[2]} else {t[3]})"),
        ),
        max_leaves=12,
    ),
    st.integers(-5, 5),
    st.integers(-5, 5),
)
def test_it_means_what_python_means(text: str, n: int, x: int) -> None:
    # The outside oracle is Python itself; the package never evaluates text.
    assert value(text, n=n, x=x) == eval(text, {"min": min, "max": max, "n": n, "x": x})


@pytest.mark.parametrize(
    ("text", "message", "column"),
    [
        ("", "empty", 0),
        ("n +", "does not parse", 3),
        ("n + y", "undefined name 'y'", 4),
        ("n * x", "non-linear", 0),
        ("n / x", "takes a number on its right", 4),
        ("n ** 2", "not in the expression language", 0),
        ("n % 0", "positive integer constant", 4),
        ("n % x", "positive integer constant", 4),
        ("r % 2", "for integers", 0),
        ("1e3 + n", "not a number", 0),
        ("0x10", "not a number", 0),
        ("1_000", "not a number", 0),
        ("True", "not a number", 0),
        ("__import__('os')", "not in the expression language", 0),
        ("n.real", "not in the expression language", 0),
        ("[n]", "not in the expression language", 0),
        ("lambda: n", "not in the expression language", 0),
        ("(n := 1)", "not in the expression language", 1),
        ("min(n)", "two or more", 0),
        ("abs(n, x)", "one argument", 0),
        ("min(*n)", "plain arguments", 0),
        ("s + 1", "needs a number", 0),
        ("s < 'b'", "== and !=", 4),
        ("s == 'q'", "not among the symbols", 5),
        ("s == n", "between two numbers", 5),
        ("n if x else 0", "needs a condition", 5),
        ("n and x", "needs a condition", 0),
        ("(n if x > 0 else s)", "differ in kind", 17),
        ("x) + (n", "does not parse", 1),
        ("1 + σ", "GREEK SMALL LETTER SIGMA cannot stand here", 4),
    ],
)
def test_refusals_point_at_the_place(text: str, message: str, column: int) -> None:
    with pytest.raises(ExpressionError, match=message) as error:
        kind_of(parse_expression(text), SCOPE)
    assert error.value.at == column


def test_the_caret_stands_under_the_character() -> None:
    assert caret("n + y", 4) == "    n + y\n        ^"


def test_hostile_depth_and_length_are_refused_not_crashed_on() -> None:
    for text in ("(" * 5000 + "n" + ")" * 5000, "+".join(["n"] * 9000), "-" * 5000 + "n", "n" * 30_000):
        with pytest.raises(ExpressionError):
            kind_of(parse_expression(text), SCOPE)


def test_weights_may_carry_indices() -> None:
    tree = parse_expression("w_o[0,0] <= -b_o[0]", indexed=True)
    assert kind_of(tree, {"w_o[0,0]": REAL, "b_o[0]": REAL})
    with pytest.raises(ExpressionError):
        parse_expression("w_o[0,0]")
