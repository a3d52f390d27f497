"""Promises about inputs: one-hot targets, classes as indices, sums; and what is not promised is not used."""

from __future__ import annotations

from pathlib import Path

import pytest

import lstmsolve
from lstmsolve.kernel.base.errors import InputError
from lstmsolve.model.derivations import ClaimFails, ClaimReport

CASE = """
format = "lstmsolve/derivation/1"
name = "softmax"
[sizes]
N = "1.."
K = "{least}.."
[time]
n = "0..N-1"
[indices]
k = "0..K-1"
[inputs]
"x[n]" = "real"
{inputs}
[parameters]
"v[k]" = "real"
u = "real"
[signals]
"h[n]" = "tanh(x[n] + u*h[n-1])"
"z[n, k]" = "v[k]*h[n]"
"p[n, k]" = "exp(z[n, k])/Σ(i, 0, K-1, exp(z[n, i]))"
[before]
h = 0
{assume}
[loss]
L = "-Σ(n, 0, N-1, {loss})"
"""
WEIGHTED = "Σ(k, 0, K-1, y[n, k]*ln(p[n, k]))"
SUM = '[assume]\n"Σ(k, 0, K-1, y[n, k])" = {}'
WAYS = {
    "one-hot": ('"y[n, k]" = "one-hot"', "", WEIGHTED, "y[n, k]"),
    "class": ('"l[n]" = "0..K-1"', "", "ln(p[n, l[n]])", "(1 if k == l[n] else 0)"),
    "promised": ('"y[n, k]" = "real"', SUM.format(1), WEIGHTED, "y[n, k]"),
    "listed": ('"y[n, k]" = [0, "1/2", 1]', SUM.format(1), WEIGHTED, "y[n, k]"),
    "not promised": ('"y[n, k]" = "real"', "", WEIGHTED, "y[n, k]"),
}


def judged(tmp_path: Path, way: str, *claims: str, least: int = 1) -> list[ClaimReport]:
    inputs, assume, loss, _ = WAYS[way]
    text = CASE.format(inputs=inputs, assume=assume, loss=loss, least=least)
    text += "".join(f'[[claims]]\nid = "{number}"\nclaim = "{claim}"\n' for number, claim in enumerate(claims))
    path = tmp_path / "softmax.toml"
    path.write_text(text)
    return list(lstmsolve.derive(path).claims)


@pytest.mark.parametrize("way", ["one-hot", "class", "promised", "listed"])
def test_prediction_minus_target_is_proved(tmp_path: Path, way: str) -> None:
    y = WAYS[way][3]
    right, wrong, gradient = judged(
        tmp_path,
        way,
        f"dL/dz[n, k] = p[n, k] - {y}",
        f"dL/dz[n, k] = {y} - p[n, k]",
        f"dL/dv[k] = Σ(n, 0, N-1, (p[n, k] - {y})*h[n])",
    )
    assert right.holds
    assert gradient.holds
    assert isinstance(wrong, ClaimFails)
    assert wrong.slips == ("sign",)


def test_without_the_promise_it_is_false(tmp_path: Path) -> None:
    (report,) = judged(tmp_path, "not promised", "dL/dz[n, k] = p[n, k] - y[n, k]")
    assert report.holds is False


def test_a_class_may_stand_on_the_left(tmp_path: Path) -> None:
    right, wrong = judged(tmp_path, "class", "dL/dz[n, l[n]] = p[n, l[n]] - 1", "dL/dz[n, l[n]] = p[n, l[n]]", least=2)
    assert right.holds
    assert right.claim == "dL/dz[n, l[n]] = p[n, l[n]] - 1"
    assert wrong.holds is False


@pytest.mark.parametrize(
    ("inputs", "assume", "message"),
    [
        ('"y[n, k]" = "real 0..1"', SUM.format(7), "no 1 numbers of this input were found that add up to 7"),
        ('"y[n, k]" = "real"', '[assume]\n"y[n, k]" = 1', "a promise is a sum over the whole range"),
        ('"y[n, k]" = "real"', '[assume]\n"Σ(k, 0, K-2, y[n, k])" = 1', "a promise is a sum over the whole range"),
        ('"y[n, k]" = "one-hot"', SUM.format(2), "something like this is promised of y already"),
        ('"y[n]" = "one-hot"', "", "one-hot is said of an index besides the time"),
        ('"l[n]" = "0..K-2"', "", "this range is empty at some sizes"),
        ('"l[n]" = "0..Q"', "", "'Q' is not declared"),
    ],
)
def test_promises_that_cannot_be_kept_are_bad_input(tmp_path: Path, inputs: str, assume: str, message: str) -> None:
    path = tmp_path / "softmax.toml"
    path.write_text(CASE.format(inputs=inputs, assume=assume, loss="h[n]", least=1))
    with pytest.raises(InputError, match=message):
        lstmsolve.derive(path)


def test_beyond_the_first_time_nothing_is_promised(tmp_path: Path) -> None:
    """Before time 0, y is what [before] says, and does not add up to 1."""
    path = tmp_path / "past.toml"
    path.write_text("""
format = "lstmsolve/derivation/1"
name = "past"
[sizes]
N = "1.."
K = "1.."
[time]
n = "0..N-1"
[indices]
k = "0..K-1"
[inputs]
"y[n, k]" = "one-hot"
[parameters]
w = "real"
[signals]
"h[n]" = "w*Σ(k, 0, K-1, y[n-1, k])"
[before]
y = 0
[given]
"ε[n]" = "∂L/∂h[n]"
[[claims]]
id = "false at 0"
claim = "∂h[n]/∂w = 1"
[[claims]]
id = "true"
claim = "∂h[n]/∂w = 1 if n >= 1 else 0"
""")
    false, true = lstmsolve.derive(path).claims
    assert false.holds is False
    assert true.holds is not False


def test_a_promise_is_about_values_and_moves_nothing(tmp_path: Path) -> None:
    """By an input of which something is promised, derivatives are what they are without the promise."""
    path = tmp_path / "square.toml"
    path.write_text("""
format = "lstmsolve/derivation/1"
name = "square"
[sizes]
N = "1.."
K = "1.."
[time]
n = "0..N-1"
[indices]
k = "0..K-1"
[inputs]
"y[n, k]" = "real"
[signals]
"s[n]" = "Σ(k, 0, K-1, y[n, k])"
[assume]
"Σ(k, 0, K-1, y[n, k])" = 3
[loss]
L = "Σ(n, 0, N-1, s[n]**2)"
[[claims]]
id = "true"
claim = "dL/dy[n, k] = 6"
[[claims]]
id = "false"
claim = "dL/dy[n, k] = 0"
[[claims]]
id = "less than the sum"
claim = "dL/dy[n, k] = 2*Σ(i, 1, K-1, y[n, i])"
""")
    assert [report.holds for report in lstmsolve.derive(path).claims] == [True, False, False]
