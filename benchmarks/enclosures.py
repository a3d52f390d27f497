"""The checker's exp, σ and tanh against Arb and mpmath: `python -m benchmarks.enclosures [--values N] [--seed S]`.

Of so many values each is compared with python-flint's balls at 400 bits, and with mpmath at 60
digits. Values are spread over all sizes: near 0, around multiples of ln 2 and of 1/64, where the
reduction changes, up to ± 90, and at the ends of the range. Exit code 1 if one lies outside. `--report FILE` puts the
counts into a page, as its section "Enclosures".
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from math import log
from pathlib import Path
from random import Random

import mpmath
from flint import arb, ctx

from campaign.pages import write_section
from lstmsolve.checker.fixed_point import ONE, SCALE, exponential, sigmoid, sigmoid_line, tanh_line

DIGITS = 60
BITS = 400
"""tanh 90 is within 2^-258 of 1."""

SECTION = """
exp, σ and the lines of σ and tanh as the checker encloses them ([how](../docs/certificate.md#exp)), at {count:,}
values each, against Arb's balls at 400 bits, exp and σ against mpmath at 60 digits as well: {outside} outside; the
widest bounds of exp and σ are {widest} units of 2^-80 apart. Made by
`python -m benchmarks.enclosures --values {count} --seed {seed} --report reports/soundness.md`.
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--values", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--report", type=Path)
    given = parser.parse_args()
    outside, widest = compared(given.values, given.seed)
    print(f"{given.values} values: {len(outside)} outside; widest bounds {widest} units of 2^-{SCALE}")
    if given.report is not None:
        counts = {"count": given.values, "seed": given.seed, "outside": len(outside), "widest": widest}
        write_section(given.report, "Enclosures", SECTION.format(**counts))
    for told in outside[:10]:
        print(told)
    if outside:
        raise SystemExit(1)


def values(count: int, seed: int) -> Iterator[int]:
    """Numbers x of the scale, x <= 0."""
    random = Random(seed)
    near = int(ONE * log(2)), ONE >> 6, ONE
    for _ in range(count):
        match random.randrange(6):
            case 0:
                yield -int(random.uniform(0, 90) * ONE)
            case 1:
                yield -int(random.expovariate(1) * ONE)
            case 2:
                yield -random.getrandbits(random.randrange(1, SCALE + 7))
            case 3 | 4:
                base = random.choice(near)
                yield min(0, -base * random.randrange(0, 90 * ONE // base) + random.randrange(-4, 5))
            case _:
                yield random.choice([0, -1, -(80 * ONE), -(80 * ONE) - 1, -(80 * ONE) + 1]) - random.randrange(3)


def compared(count: int, seed: int) -> tuple[list[str], int]:
    """What lies outside of its bounds, and the widest bounds of exp and σ."""
    outside: list[str] = []
    widest = 0
    before = ctx.prec
    random = Random(seed + 1)
    ctx.prec = BITS
    try:
        with mpmath.workdps(DIGITS):
            for x in values(count, seed):
                signed = x if random.random() < 0.5 else -x
                for name, bounds, exact, other in (
                    ("exp", exponential(x), _arb_exp(x), mpmath.exp(mpmath.mpf(x) / ONE)),
                    ("sigmoid", sigmoid(signed), _arb_sigmoid(signed), 1 / (1 + mpmath.exp(-mpmath.mpf(signed) / ONE))),
                ):
                    low, high = bounds
                    widest = max(widest, high - low)
                    if not (arb(low) <= exact * ONE <= arb(high) and low <= other * ONE <= high):
                        outside.append(f"{name}({signed if name == 'sigmoid' else x} / 2^{SCALE})")
                if not _lines_hold(signed, random):
                    outside.append(f"a line around {signed} / 2^{SCALE}")
    finally:
        ctx.prec = before
    return outside, widest


def _arb_exp(x: int) -> arb:
    return (arb(x) / ONE).exp()


def _arb_sigmoid(x: int) -> arb:
    return 1 / (1 + (-arb(x) / ONE).exp())


def _lines_hold(x: int, random: Random) -> bool:
    """Lines on an interval around x, or beginning or ending there, hold at x."""
    width = random.getrandbits(random.randrange(1, SCALE + 5))
    below = random.choice([0, width, random.randrange(width + 1)])
    low, high = x - below, x - below + width
    exact = arb(x) / ONE
    for line, value in ((sigmoid_line(low, high), _arb_sigmoid(x)), (tanh_line(low, high), exact.tanh())):
        between = abs(value * ONE - arb(line.slope) * exact - line.offset) <= arb(line.error)
        if not (between and arb(line.low) <= value * ONE <= arb(line.high)):
            return False
    return True


if __name__ == "__main__":
    main()
