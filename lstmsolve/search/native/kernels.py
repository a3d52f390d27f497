"""The annealing of `search.designs.annealing` in compiled code, 16 chains at a time. Same mathematics, other gains.

A chain's parameters, flat: u [H, 4H], w [D, 4H], b [4H] (gates f, i, g, o), logits of c [N, H], logits of what is
shown [N, H]. Each stands for 16 lanes. `fixed_c` and `fixed_s` are 0 or 1 where a bit is given, -1 where it is open.
"""

from __future__ import annotations

from typing import Any, NamedTuple, TypeAlias

from lstmsolve.search.native.compiled import compiled
from lstmsolve.search.native.lanes import differ, exp, full, load, log, root, size, step, store, uniform, within

Lanes: TypeAlias = Any
"""A flat float32 array of lanes, or a vector."""


class Net(NamedTuple):
    """What the chains are about: N modes, T steps between them, D input columns, H units."""

    modes: int
    units: int
    columns: int
    source: Any  # [T]
    target: Any  # [T]
    x: Any  # [T D]
    fixed_c: Any  # [N H]
    fixed_s: Any  # [N H]


class Work(NamedTuple):
    """Where the chains are, with all that a step needs room for."""

    p: Lanes
    first: Lanes
    second: Lanes
    g: Lanes
    c: Lanes
    s: Lanes
    h: Lanes
    by_h: Lanes
    by_c: Lanes
    by_s: Lanes
    wrong: Lanes
    random: Any
    """uint32 [16]."""


@compiled
def draw_bits(net: Net, work: Work, noise: float) -> None:
    """The bits that the logits say, with logistic noise."""
    p, c, s, h, r = work.p, work.c, work.s, work.h, work.random
    fixed_c, fixed_s = net.fixed_c, net.fixed_s
    count = net.modes * net.units
    at_c = 4 * net.units * (net.units + net.columns + 1)
    at_s = at_c + count
    for i in range(count):
        a = load(p, at_c + i)
        b = load(p, at_s + i)
        if noise > 0:
            q = uniform(r)
            a -= noise * log(q / (1.0 - q))
            q = uniform(r)
            b -= noise * log(q / (1.0 - q))
        held = step(a) if fixed_c[i] < 0 else full(fixed_c[i])
        shown = step(b) if fixed_s[i] < 0 else full(fixed_s[i])
        store(c, i, held)
        store(s, i, shown)
        store(h, i, held * shown)


@compiled
def descend(net: Net, work: Work, noise: float, correct_1: float, correct_2: float, gain: float, decay: float) -> None:
    """One step down the gradient of the negative log-likelihood and the repulsion, by Adam."""
    modes, units, columns = net.modes, net.units, net.columns
    source, target, x, fixed_c, fixed_s = net.source, net.target, net.x, net.fixed_c, net.fixed_s
    p, first, second, g, c, s, h = work.p, work.first, work.second, work.g, work.c, work.s, work.h
    by_h, by_c, by_s = work.by_h, work.by_c, work.by_s
    gates = 4 * units
    at_w = gates * units
    at_b = at_w + columns * gates
    at_c = at_b + gates
    at_s = at_c + modes * units
    parameters = at_s + modes * units
    down = -gain
    draw_bits(net, work, noise)
    nothing = full(0.0)
    for i in range(at_c):
        store(g, i, nothing)
    for i in range(modes * units):
        store(by_h, i, nothing)
        store(by_c, i, nothing)
        store(by_s, i, nothing)
    for t in range(len(source)):
        before = source[t] * units
        after = target[t] * units
        for k in range(units):
            v0 = load(p, at_b + k)
            v1 = load(p, at_b + units + k)
            v2 = load(p, at_b + 2 * units + k)
            v3 = load(p, at_b + 3 * units + k)
            for d in range(columns):
                y = x[t * columns + d]
                j = at_w + d * gates + k
                v0 += y * load(p, j)
                v1 += y * load(p, j + units)
                v2 += y * load(p, j + 2 * units)
                v3 += y * load(p, j + 3 * units)
            j = k
            for m in range(units):
                seen = load(h, before + m)
                v0 += seen * load(p, j)
                v1 += seen * load(p, j + units)
                v2 += seen * load(p, j + 2 * units)
                v3 += seen * load(p, j + 3 * units)
                j += gates
            f = 1.0 / (1.0 + exp(down * v0))
            i = 1.0 / (1.0 + exp(down * v1))
            a = 1.0 / (1.0 + exp(down * v2))
            o = 1.0 / (1.0 + exp(down * v3))
            was = load(c, before + k)
            wanted = load(c, after + k)
            visible = load(s, after + k)
            # The cell is 1 where exactly one of these is; .01 is the least that a bit is believed to be likely.
            kept = f * was
            raised = i * a
            one = kept + raised - 2.0 * kept * raised + 0.01
            zero = (1.0 - kept) * (1.0 - raised) + 0.01
            if_zero = (1.0 - wanted) / zero
            if_one = wanted / one
            by_kept = if_zero * (1.0 - raised) - if_one * (1.0 - 2.0 * raised)
            by_raised = if_zero * (1.0 - kept) - if_one * (1.0 - 2.0 * kept)
            sure = within(o, 0.01, 0.99)
            by_o = wanted * (sure - visible) / (sure * (1.0 - sure))
            hidden_cost = 0.0 - log(1.0 - sure)
            shown_cost = 0.0 - log(sure)
            as_one = log(zero / one) + visible * shown_cost + (1.0 - visible) * hidden_cost
            store(by_c, before + k, load(by_c, before + k) + by_kept * f)
            store(by_c, after + k, load(by_c, after + k) + as_one)
            store(by_s, after + k, load(by_s, after + k) + wanted * (shown_cost - hidden_cost))
            b0 = by_kept * was * f * (1.0 - f) * gain
            b1 = by_raised * a * i * (1.0 - i) * gain
            b2 = by_raised * i * a * (1.0 - a) * gain
            b3 = by_o * o * (1.0 - o) * gain
            store(g, at_b + k, load(g, at_b + k) + b0)
            store(g, at_b + units + k, load(g, at_b + units + k) + b1)
            store(g, at_b + 2 * units + k, load(g, at_b + 2 * units + k) + b2)
            store(g, at_b + 3 * units + k, load(g, at_b + 3 * units + k) + b3)
            for d in range(columns):
                y = x[t * columns + d]
                if y != 0.0:
                    j = at_w + d * gates + k
                    store(g, j, load(g, j) + y * b0)
                    store(g, j + units, load(g, j + units) + y * b1)
                    store(g, j + 2 * units, load(g, j + 2 * units) + y * b2)
                    store(g, j + 3 * units, load(g, j + 3 * units) + y * b3)
            j = k
            for m in range(units):
                seen = load(h, before + m)
                back = (b0 * load(p, j) + b1 * load(p, j + units)) + (
                    b2 * load(p, j + 2 * units) + b3 * load(p, j + 3 * units)
                )
                store(by_h, before + m, load(by_h, before + m) + back)
                store(g, j, load(g, j) + seen * b0)
                store(g, j + units, load(g, j + units) + seen * b1)
                store(g, j + 2 * units, load(g, j + 2 * units) + seen * b2)
                store(g, j + 3 * units, load(g, j + 3 * units) + seen * b3)
                j += gates
    # Modes repel each other like exp(-distance / 2), or all codes would become one.
    for one_mode in range(modes):
        for other in range(one_mode):
            distance = full(0.0)
            for k in range(units):
                distance += size(load(h, one_mode * units + k) - load(h, other * units + k))
            force = 2.0 * exp(-0.5 * distance)
            for k in range(units):
                i1 = one_mode * units + k
                i2 = other * units + k
                store(by_h, i1, load(by_h, i1) + force * (2.0 * load(h, i2) - 1.0))
                store(by_h, i2, load(by_h, i2) + force * (2.0 * load(h, i1) - 1.0))
    # Straight through: bits take their gradient as if they were the sigmoids of their logits.
    for n in range(modes * units):
        likely_c = 1.0 / (1.0 + exp(-1.0 * load(p, at_c + n)))
        likely_s = 1.0 / (1.0 + exp(-1.0 * load(p, at_s + n)))
        pull = load(by_h, n)
        on_c = (load(by_c, n) + pull * load(s, n)) * likely_c * (1.0 - likely_c)
        on_s = (load(by_s, n) + pull * load(c, n)) * likely_s * (1.0 - likely_s)
        store(g, at_c + n, on_c if fixed_c[n] < 0 else full(0.0))
        store(g, at_s + n, on_s if fixed_s[n] < 0 else full(0.0))
    scale_1 = 1.0 / correct_1
    scale_2 = 1.0 / correct_2
    for n in range(parameters):
        slope = load(g, n)
        value = load(p, n)
        if n < at_w:
            slope += decay * value
        m1 = 0.5 * load(first, n) + 0.5 * slope
        m2 = 0.99 * load(second, n) + 0.01 * slope * slope
        store(first, n, m1)
        store(second, n, m2)
        rate = 0.1 if n < at_c else 0.3
        value -= rate * (m1 * scale_1) / (root(m2 * scale_2) + 1e-6)
        if n >= at_c:
            value = within(value, -2.0, 2.0)
        store(p, n, value)


@compiled
def count_wrong(net: Net, work: Work) -> None:
    """Units that come out wrong in a step, over all steps, with gates that are thresholds."""
    units, columns, source, target, x = net.units, net.columns, net.source, net.target, net.x
    p, c, h = work.p, work.c, work.h
    gates = 4 * units
    at_w = gates * units
    at_b = at_w + columns * gates
    total = full(0.0)
    for t in range(len(source)):
        before = source[t] * units
        after = target[t] * units
        for k in range(units):
            v0 = load(p, at_b + k)
            v1 = load(p, at_b + units + k)
            v2 = load(p, at_b + 2 * units + k)
            v3 = load(p, at_b + 3 * units + k)
            for d in range(columns):
                y = x[t * columns + d]
                j = at_w + d * gates + k
                v0 += y * load(p, j)
                v1 += y * load(p, j + units)
                v2 += y * load(p, j + 2 * units)
                v3 += y * load(p, j + 3 * units)
            j = k
            for m in range(units):
                seen = load(h, before + m)
                v0 += seen * load(p, j)
                v1 += seen * load(p, j + units)
                v2 += seen * load(p, j + 2 * units)
                v3 += seen * load(p, j + 3 * units)
                j += gates
            held = step(v0) * load(c, before + k) + step(v1) * step(v2)
            in_c = differ(held, load(c, after + k))
            in_h = differ(step(v3) * held, load(h, after + k))
            total += in_c + in_h - in_c * in_h
    store(work.wrong, 0, total)


@compiled
def anneal(
    net: Net, work: Work, start: int, steps: int, length: int, noise: float, gains: tuple[float, float], decay: float
) -> None:
    """Steps `start` to `start + steps` of a round of `length`: the noise cools down, the gain grows."""
    for n in range(start, start + steps):
        gain = gains[0] + (gains[1] - gains[0]) * n / length
        descend(net, work, noise * (1.0 - n / length), 1.0 - 0.5 ** (n + 1), 1.0 - 0.99 ** (n + 1), gain, decay)
    draw_bits(net, work, 0.0)
    count_wrong(net, work)
