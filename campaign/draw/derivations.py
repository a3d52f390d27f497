"""Recurrences with a loss, and claims about their derivatives: right by the chain rule, or changed in one place."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from fractions import Fraction
from random import Random
from typing import Final

from campaign.oracle.derivatives import Recurrence

PARAMETERS: Final = ("a", "q", "u", "g", "b")
SLOPES: Final = (
    ("v[n]", "1", True),
    ("v[n]**2", "2*v[n]", True),
    ("x[n]*v[n]", "x[n]", True),
    ("v[n] - 1/3*v[n]**3", "(1 - v[n]**2)", True),
    ("σ(v[n])", "h[n]*(1 - h[n])", False),
    ("tanh(v[n])", "(1 - h[n]**2)", False),
)
"""What h is of v, dh/dv, and whether it is a polynomial."""

LOSSES: Final = (
    ("1/2*Σ(n, 0, N-1, (h[n] - t[n])**2)", "(h[n] - t[n])"),
    ("Σ(n, 0, N-1, t[n]*h[n])", "t[n]"),
    ("1/N*Σ(n, 0, N-1, h[n]**2*t[n])", "2/N*h[n]*t[n]"),
    ("", "e[n]"),
)
"""The loss, and its partial derivative by h[n]; with none, that derivative is given."""


@dataclass(frozen=True)
class Claim:
    text: str
    right: bool
    """By construction. The others are mostly wrong, which is for the oracle to say."""
    wrong: bool = False
    """Wrong by construction."""
    needle: int | None = None
    """A number of steps at which a lie comes out that small nets do not show."""


@dataclass(frozen=True)
class DerivationCase:
    text: str
    system: Recurrence
    claims: tuple[Claim, ...]


def draw_derivation(random: Random) -> DerivationCase:
    lag = random.choice((2, 3))
    used = [name for name in PARAMETERS if random.random() < 0.6] or ["g"]
    terms = {"a": "a*v[n-1]", "q": f"q*v[n-{lag}]", "u": "u*h[n-1]", "g": "g*x[n]", "b": "b"}
    inner = " + ".join([*(terms[name] for name in used), *([] if "g" in used else ["x[n]"])])
    outer, slope, polynomial = random.choice(SLOPES)
    loss, partial = random.choice(LOSSES)
    before = {"v": Fraction(random.choice(("0", "0", "1/2"))), "h": Fraction(random.choice(("0", "0", "-1")))}
    right = _right(used, lag, slope, partial)
    claims = [_disguised(random, Claim(text, right=True)) for text in random.sample(right, k=min(2, len(right)))]
    claims += [_changed(random, text, used) for text in random.choices(right, k=2)]
    short = {f"δ_{name}": name for name in ("v", "h", "x", *used)}
    names = {**short, **{f"dL_d{name}": name for name in ("v", "h", "x", "t", *used)}}
    system = Recurrence({"v": inner, "h": outer}, before, loss or "Σ(n, 0, N-1, e[n]*h[n])", polynomial, names)
    return DerivationCase(_case(system, loss, used, claims), system, tuple(claims))


def _right(used: list[str], lag: int, slope: str, partial: str) -> list[str]:
    later = {"a": "a*δ_v[n+1]", "q": f"q*δ_v[n+{lag}]"}
    found = [
        " + ".join([f"δ_h[n] = {partial}", *(["u*δ_v[n+1]"] if "u" in used else [])]),
        " + ".join([f"δ_v[n] = δ_h[n]*{slope}", *(later[name] for name in later if name in used)]),
    ]
    factors = {"a": "v[n-1]", "q": f"v[n-{lag}]", "u": "h[n-1]", "g": "x[n]", "b": "1"}
    found += [f"dL/d{name} = Σ(n, 0, N-1, δ_v[n]*{factors[name]})" for name in used]
    through = "u*δ_v[n+1]" if "u" in used else "0"
    found.append(f"δ_h[n] = {partial} + {through} + 0*x[n]")
    if "g" in used and "x[n]" not in slope:
        found.append("δ_x[n] = g*δ_v[n]")
    return found


def _disguised(random: Random, claim: Claim) -> Claim:
    left, _, right = claim.text.partition(" = ")
    guarded = f"{right} if n <= N-1 else 7" if "[n]" in left else right
    other = random.choice(
        (right, right, f"({right}) + 1 - 1", f"2*({right})/2", f"-(-({right}))", f"3*({right}) - 2*({right})", guarded)
    )
    return Claim(f"{left} = {other}", right=True)


def _changed(random: Random, text: str, used: list[str]) -> Claim:
    """A lie, or what may be one."""
    left, _, right = text.partition(" = ")
    if random.random() < 0.4:
        late = random.choice((9, 12, 20, 41))
        match random.randrange(4 if "[n]" in left else 2):
            case 0:
                return Claim(f"{left} = {right} + 10**(-80)", right=False, wrong=True)
            case 1:
                signal = random.choice(("δ_v[n]", "v[n]", "x[n]**2"))
                return Claim(f"{left} = {right} + Σ(n, {late}, N-1, {signal})", right=False, needle=late + 3)
            case 2:
                return Claim(f"{left} = {right} if n <= {late} else 7", right=False, needle=late + 3)
            case _:
                return Claim(f"{left} = {right} if x[n] != 1/7 else 7", right=False)
    swaps = [("n+1", "n"), ("n-1", "n"), ("δ_v", "δ_h"), ("δ_h", "δ_v"), (" + ", " - "), ("0, N-1", "1, N-1")]
    swaps += [("0, N-1", "0, N-2"), ("v[", "h["), ("h[", "v["), ("x[n]", "1"), ("1 -", "1 +"), ("2*", "3*")]
    swaps += [(f"{name}*", f"{random.choice(used)}*") for name in used]
    usable = [(a, b) for a, b in swaps if a in right and a != b]
    if not usable:
        return Claim(f"{left} = 2*({right})", right=False)
    a, b = random.choice(usable)
    places = [found.start() for found in re.finditer(re.escape(a), right)]
    place = random.choice(places)
    return Claim(f"{left} = {right[:place]}{b}{right[place + len(a) :]}", right=False)


def _case(system: Recurrence, loss: str, used: list[str], claims: list[Claim]) -> str:
    lines = ['format = "lstmsolve/derivation/1"', 'name = "trial"', "[sizes]", 'N = "1.."', "[time]", 'n = "0..N-1"']
    lines += ["[inputs]", '"x[n]" = "real"']
    if "t[n]" in loss:
        lines.append('"t[n]" = "real"')
    lines += ["[parameters]", *(f'{name} = "real"' for name in used)]
    lines += ["[signals]", *(f'"{name}[n]" = {_quoted(text)}' for name, text in system.signals.items())]
    lines += ["[before]", *(f'{name} = "{value}"' for name, value in system.before.items())]
    lines += ["[loss]", f"L = {_quoted(loss)}"] if loss else ["[given]", '"e[n]" = "∂L/∂h[n]"']
    lines += ["[names]", *(f'"δ_{name}[n]" = "dL/d{name}[n]"' for name in ("v", "h", "x"))]
    lines += [f'"δ_{name}" = "dL/d{name}"' for name in used]
    for number, claim in enumerate(claims):
        lines += ["[[claims]]", f'id = "{number}"', f"claim = {_quoted(claim.text)}"]
    return "\n".join([*lines, ""])


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
