"""Matrix notation: what is read, how it is written out in indices, and shapes that do not fit."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import lstmsolve
from lstmsolve.derivation.matrices.notation import parseable
from lstmsolve.derivation.matrices.unfolding import in_indices
from lstmsolve.kernel.base.errors import InputError
from lstmsolve.model.derivations import ClaimFails, ClaimReport

CASE = """
format = "lstmsolve/derivation/1"
name = "net"
[sizes]
N = "1.."
H = "1.."
D = "1.."
[time]
n = "0..N-1"
[shapes]
x = "D"
h = "H"
W = "H × D"
U = "H, H"
b = "H"
[inputs]
"x[n]" = "real"
[parameters]
W = "real"
U = "real"
b = "real"
s = "real"
[signals]
"h[n]" = "{signal}"
[before]
h = 0
[given]
"ε[n]" = "∂L/∂h[n]"
[names]
"δ[n]" = "dL/dh[n]"
"""
SIGNAL = "tanh(W x[n] + U h[n-1] + b)"


def case(tmp_path: Path, *claims: str, signal: str = SIGNAL) -> Path:
    path = tmp_path / "net.toml"
    said = "".join(f'[[claims]]\nid = "{number}"\nclaim = "{claim}"\n' for number, claim in enumerate(claims))
    path.write_text(CASE.format(signal=signal) + said)
    return path


def judged(tmp_path: Path, *claims: str) -> list[ClaimReport]:
    return list(lstmsolve.derive(case(tmp_path, *claims)).claims)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("W h[n-1] + U x[n]", "W@h[n-1] + U@x[n]"),
        ("Uᵀ (a ⊙ b)", "U.T@(a * b)"),
        ("U^T δ", "U.T@δ"),
        ("2 W", "2@W"),
        ("a if n == 0 else b", "a if n == 0 else b"),
        ("h² ⊙ σ̇(x)", "h**2 * σ̇(x)"),
        ("Σ(n, 0, N-1, δ[n] x[n]ᵀ)", "Σ(n, 0, N-1, δ[n]@x[n].T)"),
    ],
)
def test_what_people_write_parses(written: str, read: str) -> None:
    assert parseable(written)[0] == read


@pytest.mark.parametrize(
    ("signal", "indexed"),
    [
        (SIGNAL, "tanh(Σ(k, 0, D-1, W[j, k]*x[n, k]) + Σ(l, 0, H-1, U[j, l]*h[n-1, l]) + b[j])"),
        ("b ⊙ W x[n]", "b[j]*Σ(k, 0, D-1, W[j, k]*x[n, k])"),
        ("s U b", "s*Σ(l, 0, H-1, U[j, l]*b[l])"),
        ("Uᵀ b", "Σ(l, 0, H-1, U[l, j]*b[l])"),
        ("diag(b) h[n-1]", "Σ(l, 0, H-1, b[j]*(1 if j == l else 0)*h[n-1, l])"),
        ("(bᵀ h[n-1]) b", "Σ(l, 0, H-1, b[l]*h[n-1, l])*b[j]"),
        ("softmax(b)", "exp(b[j])/Σ(l, 0, H-1, exp(b[l]))"),
        ("sum(x[n]) b", "Σ(i, 0, D-1, x[n, i])*b[j]"),
        ("1 - b", "1 - b[j]"),
    ],
)
def test_formulas_are_written_out_in_indices(tmp_path: Path, signal: str, indexed: str) -> None:
    found = in_indices(lstmsolve.load_derivation(case(tmp_path, signal=signal)))
    (text,) = found.signals.values()
    # Which letters indices have does not matter; that they are the same ones does.
    assert _letters(text) == _letters(indexed)


def _letters(text: str) -> str:
    names: dict[str, str] = {}
    pattern = re.compile(r"\b[ijklm]\b")
    return pattern.sub(lambda found: names.setdefault(found[0], f"<{len(names)}>"), text)


@pytest.mark.parametrize(
    "signal",
    ["W h[n-1]", "x[n] + b", "U x[n] + b", "b h[n-1]", "s + b", "softmax(U)", "W", "x[n]", "b x[n]ᵀ", "Uᵀ + W"],
)
def test_a_definition_whose_shapes_do_not_fit_is_bad_input(tmp_path: Path, signal: str) -> None:
    with pytest.raises(InputError, match=r'signals\."h\[n\]"'):
        lstmsolve.derive(case(tmp_path, signal=signal))


def test_claims_in_matrix_notation(tmp_path: Path) -> None:
    right = judged(
        tmp_path,
        "δ[n] = ε[n] + Uᵀ ((1 - h[n+1]²) ⊙ δ[n+1])",
        "= ε[n] + Uᵀ diag(1 - h[n+1]²) δ[n+1]",
        "dL/dU = Σ(n, 0, N-1, ((1 - h[n]²) ⊙ δ[n]) h[n-1]ᵀ)",
        "dL/dx[n] = Wᵀ ((1 - h[n]²) ⊙ δ[n])",
        "∂h[n]/∂h[n-1] = diag(1 - h[n]²) U",
        "δ[n]ᵀ = ε[n]ᵀ + (δ[n+1] ⊙ (1 - h[n+1]²))ᵀ U",
    )
    assert [report.holds for report in right] == [True] * 6
    assert right[1].claim == "δ[n] = ε[n] + Uᵀ diag(1 - h[n+1]²) δ[n+1]"


def test_slips_have_their_names(tmp_path: Path) -> None:
    wrong = judged(
        tmp_path,
        "δ[n] = ε[n] + U ((1 - h[n+1]²) ⊙ δ[n+1])",
        "dL/dx[n] = W ((1 - h[n]²) ⊙ δ[n])",
        "dL/dW = Σ(n, 0, N-1, x[n] ((1 - h[n]²) ⊙ δ[n])ᵀ)",
        "dL/dU = Σ(n, 0, N-1, h[n-1] ((1 - h[n]²) ⊙ δ[n])ᵀ)",
        "dL/db = (1 - h[n]²) ⊙ δ[n]",
        "δ[n] = ε[n]",
        "δ[n] = ε[n] - Uᵀ ((1 - h[n+1]²) ⊙ δ[n+1])",
        "dL/dU = Σ(n, 0, N-1, ((1 - h[n]²) ⊙ δ[n]) h[n]ᵀ)",
        "dL/dx[n] = δ[n] + b ⊙ b",
    )
    found = [report.slips for report in wrong if isinstance(report, ClaimFails)]
    assert found == [
        ("transposed",),
        ("transposed",),
        ("transposed",),
        ("transposed",),
        ("a sum dropped",),
        ("the recurrent term missing",),
        ("sign",),
        ("off by one",),
        (),
    ]
    misshapen = wrong[-1]
    assert isinstance(misshapen, ClaimFails)
    assert misshapen.why.startswith("the right side is H, the left one D")


def test_a_shape_is_made_of_sizes(tmp_path: Path) -> None:
    path = case(tmp_path)
    path.write_text(path.read_text().replace('x = "D"', 'x = "Q"\nq = "H"'))
    with pytest.raises(InputError, match=r"a shape is made of sizes.*\n.*shapes\.q: nothing of this name"):
        lstmsolve.derive(path)
