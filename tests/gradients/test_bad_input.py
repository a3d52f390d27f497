"""What is wrong with a derivation case is said with its place and a caret; the exit code is 2."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from lstmsolve.cli.main import app

CASE = """
format = "lstmsolve/derivation/1"
name = "bad"
[sizes]
N = "1.."
M = "2.."
[time]
n = "0..N-1"
[indices]
m = "1..M-1"
[inputs]
"x[n]" = "real"
[parameters]
"w[m]" = "real"
a = "real"
[signals]
{signals}
[before]
h = 0
[loss]
L = "{loss}"
{claims}
"""
SIGNAL = "tanh(x[n] + a*h[n-1])"
LOSS = "Σ(n, 0, N-1, h[n]**2)"


def derived(path: Path, signals: str = f'"h[n]" = "{SIGNAL}"', loss: str = LOSS, claims: str = "") -> str:
    path.write_text(CASE.format(signals=signals, loss=loss, claims=claims))
    result = CliRunner().invoke(app, ["derive", str(path)])
    assert result.exit_code == 2, result.output
    assert "Traceback" not in result.stderr
    return result.stderr


def points_at(said: str, text: str, marked: str) -> bool:
    """Does a caret stand under the start of `marked` below `text`?"""
    lines = said.splitlines()
    at = next(number for number, line in enumerate(lines) if line.strip() == text)
    column = lines[at].index(text) + text.index(marked)
    return lines[at + 1] == " " * column + "^"


@pytest.mark.parametrize(
    ("formula", "marked", "says"),
    [
        ("tanh(h[n])", "h[n]", "circular at one time step: h → h"),
        ("x[n-1]", "x[n-1]", "reaches back before time 0, and nothing says what x is there"),
        ("Σ(m, 1, M-1, w[m]*x[n-m])", "x[n-m]", "reaches back before time 0"),
        ("h[n-k]", "h[n-k]", "the index 'k' is not declared"),
        ("a*h[n+1]", "h[n+1]", "is later than h[n]"),
        ("a*x[n+1]", "x[n+1]", "can go beyond the last time, N-1"),
        ("Σ(m, 1, M, w[m]*h[n-m])", "w[m]", "can leave the range of w, m = 1 … M-1"),
        ("x[n] + w[0]*h[n-1]", "w[0]", "can leave the range of w"),
        ("x[n] + floor(h[n-1])", "floor", "floor is not differentiable"),
        ("max(0, h[n-1])", "max", "max is not differentiable"),
        ("a + abs(h[n-1])", "abs", "abs is not differentiable at 0"),
        ("1 if h[n-1] > 0 else 0", "h[n-1]", "a condition may depend on inputs, sizes and indices alone"),
        ("tanh(x[n] + * h[n-1])", "* h", "does not parse"),
        ("a*(x[n] + h[n-1]", "(x", "was never closed"),
        ("x[n]^2", "x[n]^2", "a power is written x**3"),
        ("a*h[n-0.5]", "0.5", "an index is made of"),
        ("b*x[n]", "b", "'b' is not defined"),
        ("gelu(x[n])", "gelu", "there is no function 'gelu'"),
        ("a*w", "w", "w should be w[m]"),
        ("x[n]**a", "a", "an exponent is made of numbers, sizes and indices"),
        ("__import__('os')", "__import__", "there is no function '__import__'"),
    ],
)
def test_a_bad_signal(tmp_path: Path, formula: str, marked: str, says: str) -> None:
    said = derived(tmp_path / "bad.toml", signals=f'"h[n]" = "{formula}"')
    assert 'bad.toml: signals."h[n]"' in said
    assert says in said
    assert points_at(said, formula, marked)


def test_a_circle_through_two_signals_names_both(tmp_path: Path) -> None:
    said = derived(tmp_path / "bad.toml", signals='"h[n]" = "g[n] + h[n-1]"\n"g[n]" = "tanh(h[n])"')
    assert "circular at one time step: h → g → h" in said
    assert points_at(said, "tanh(h[n])", "h[n]")


def test_a_formula_without_a_value(tmp_path: Path) -> None:
    said = derived(tmp_path / "bad.toml", signals='"h[n]" = "x[n]/(a - a)"')
    assert 'signals."h[n]": has no value, or no derivative: a division by zero' in said
    said = derived(tmp_path / "bad.toml", signals='"h[n]" = "ln(-1 - x[n]**2)"')
    assert "no random data were found at which every formula has a value: ln of a number" in said


@pytest.mark.parametrize(
    ("claim", "marked", "says"),
    [
        ("dL/dh[n] = 2*h[n", "[n", "was never closed"),
        ("dL/dh[n] = h[n] = 3", "= 3", "a second = here; give each line its own claim"),
        ("dL/dw[0] = 3", "dL", "w[0] is out of range: the index runs from 1 to M-1"),
        ("dL/dw[m] = w[0]", "w[0]", "w[0] is out of range"),
        ("dL/dq = 3", "dL", "q is not defined"),
        ("dL/dh[t] = 3", "dL", "the index 't' is not declared"),
        ("2*h[n] = 3", "2*", "the left side of a claim is one derivative"),
    ],
)
def test_a_bad_claim(tmp_path: Path, claim: str, marked: str, says: str) -> None:
    said = derived(tmp_path / "bad.toml", claims=f'[[claims]]\nid = "1"\nclaim = "{claim}"')
    assert "bad.toml: claims.1" in said
    assert says in said
    column = claim.rindex(marked) if marked == "[n" else claim.index(marked)
    assert f"\n    {claim}\n    {' ' * column}^" in said


def test_every_complaint_is_made_at_once(tmp_path: Path) -> None:
    said = derived(tmp_path / "bad.toml", signals='"h[n]" = "b*q[n]"', loss="Σ(n, 0, N, h[n])")
    assert said.count("bad.toml:") == 3


@pytest.mark.parametrize("formula", ["1/(a - a) if n >= 50 else x[n]", "(-1)**(1/2) if n >= 50 else x[n]"])
def test_a_formula_that_has_no_value_where_nobody_tries_it(tmp_path: Path, formula: str) -> None:
    said = derived(tmp_path / "bad.toml", signals=f'"h[n]" = "{formula}"')
    assert "no value" in said


@pytest.mark.parametrize("depth", [60, 400])
@pytest.mark.parametrize("link", ["{k} if x[n] == {k} else ", "({k} if x[n] == {k} else 0) + "])
def test_a_long_chain_of_choices_is_refused(tmp_path: Path, depth: int, link: str) -> None:
    chain = "".join(link.format(k=k) for k in range(depth)) + "a"
    if depth == 60 and link.startswith("("):
        return  # a sum is as flat as it looks
    said = derived(tmp_path / "bad.toml", signals=f'"h[n]" = "{chain}"')
    assert "levels of nesting" in said or "nested more than" in said
