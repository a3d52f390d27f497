"""Systems that nobody thought of: whatever the recurrences, derived formulas are the true derivatives.

Hypothesis writes the case; complex steps through Python's own evaluation of the texts are the judge.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from random import Random

import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from lstmsolve.derivation.chain_rule.rules import adjoint
from lstmsolve.derivation.claims.checking import Checker, Proved
from lstmsolve.derivation.claims.statements import read_claims
from lstmsolve.derivation.language.formulas import Derivative, Ref
from lstmsolve.derivation.language.writing import write_equation
from lstmsolve.derivation.recurrences.validation import system_of
from lstmsolve.derivation.trial.arithmetic import Arithmetic, NoValue
from lstmsolve.derivation.trial.backward import Backward
from lstmsolve.derivation.trial.unrolled import Unrolled, draw, places
from lstmsolve.kernel.spec.domains import RealInterval
from lstmsolve.model.derivations import ClaimText, DerivationCase
from tests.gradients.replay import total_derivative

REAL = RealInterval(None, None)


def formulas(leaves: list[str]) -> st.SearchStrategy[str]:
    def grown(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
        return st.one_of(
            st.tuples(inner, st.sampled_from(["+", "-", "*"]), inner).map(lambda t: f"({t[0]} {t[1]} {t[2]})"),
            st.tuples(st.sampled_from(["σ", "tanh", "sin", "softplus"]), inner).map(lambda t: f"{t[0]}({t[1]})"),
            inner.map(lambda a: f"{a}/(2 + cos({a}))"),
            inner.map(lambda a: f"(-{a})**2"),
        )

    return st.recursive(st.sampled_from(leaves), grown, max_leaves=4)


A_LEAVES = ["x[n]", "x[n-1]", "p", "q", "1/3", "a[n-1, j]", "a[n-2, j]", "b[n-1]", "v[j]", "x[n]*p"]
A_SUMS = ["Σ(m, 1, M, w[m]*b[n-m])", "Σ(m, 1, M, w[m]*x[n-m]*b[n-m]**2)", "Σ(i, 0, H-1, u[j, i]*a[n-1, i])"]
B_LEAVES = ["x[n]", "p", "q", "b[n-1]", "b[n-2]", "1/2", "Σ(m, 1, M, w[m]*b[n-m])"]
B_SUMS = ["Σ(i, 0, H-1, v[i]*a[n, i])", "Σ(i, 0, H-1, tanh(v[i] + a[n, i]))", "Σ(i, 0, H-1, a[n-1, i]**3)"]
"""What the signals may be made of: the past, inputs, parameters, sums over lags and over units."""


def system_text(signals: dict[str, str], before: Fraction, loss: str) -> DerivationCase:
    return DerivationCase(
        name="random",
        title="",
        source="",
        sizes={"N": "1..", "M": "1..", "H": "1.."},
        time={"n": "0..N-1"},
        indices={"m": "1..M", "i": "0..H-1", "j": "0..H-1"},
        inputs={"x[n]": REAL},
        parameters={"p": REAL, "q": REAL, "w[m]": REAL, "u[j, i]": REAL, "v[j]": REAL},
        let={},
        signals=signals,
        before={"a": Fraction(0), "b": before, "x": Fraction(1, 3)},
        loss={"L": loss},
        given={},
        names={},
        kinks=(),
        claims=(),
    )


CALL_WITHIN_ITS_OWN_KIND = system_text(
    {"a[n, j]": "x[n]", "b[n]": "tanh(Σ(i, 0, H-1, tanh(v[i] + a[n, i])))"}, Fraction(0), "Σ(n, 0, N-1, b[n]**2*x[n])"
)
"""Looking up the inner tanh as b and b's definition by its calls would never end."""


@st.composite
def cases(draw: st.DrawFn) -> DerivationCase:
    loss = draw(
        st.sampled_from(
            [
                "Σ(n, 0, N-1, b[n]**2*x[n])",
                "1/N*Σ(n, 0, N-1, sin(b[n])) + b[N-1]**2",
                "Σ(n, 0, N-1, Σ(i, 0, H-1, a[n, i]*b[n]))",
                "softplus(Σ(n, 0, N-1, b[n])) + p*q",
                "Σ(n, 1, N-1, b[n]*b[n-1] if x[n] > 0 else b[n])",
            ]
        )
    )
    signals = {"a[n, j]": draw(formulas(A_LEAVES + A_SUMS)), "b[n]": draw(formulas(B_LEAVES + B_SUMS))}
    return system_text(signals, draw(st.sampled_from([Fraction(0), Fraction(1, 2)])), loss)


@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(cases(), st.integers(0, 2**32 - 1))
def test_derived_formulas_are_the_true_derivatives(case: DerivationCase, seed: int) -> None:
    system = system_of(case)
    random = Random(seed)
    sizes = {"N": random.randint(1, 5), "M": random.randint(1, 3), "H": random.randint(1, 2)}
    try:
        net = Unrolled(system, draw(system, sizes, random), Arithmetic(None))
        backward = Backward(net)
    except NoValue:
        assume(False)
    data = {**net.data.inputs, **net.data.parameters}
    for name in (*system.signals, *system.parameters):
        for place in places(system, name, sizes):
            true = total_derivative(case, sizes, data, (name, place))
            assert backward.number((name, place)) == pytest.approx(true, rel=1e-9, abs=1e-9)
            dual = net.derivative(True, ("L", ()), (name, place))
            assert dual == pytest.approx(true, rel=1e-9, abs=1e-9)


@settings(max_examples=5, suppress_health_check=[HealthCheck.too_slow])
@given(cases())
@example(CALL_WITHIN_ITS_OWN_KIND)
def test_derived_formulas_hold_as_claims(case: DerivationCase) -> None:
    """What the program writes, it reads, and proves."""
    system = system_of(case)
    claims = []
    for name in (*system.signals, *system.parameters):
        by = system.generic(name)
        left = Derivative(True, Ref("L"), by)
        right = adjoint(system, by, system.scope(system.indices_of(name)))
        claims.append(ClaimText(name, write_equation(left, right), ""))
    read = read_claims(replace(case, claims=tuple(claims)), system)
    checker = Checker(system, read)
    for claim in read:
        assert isinstance(checker.settle(claim), Proved), claim
