"""Runs in compiled code (numba, the extra `fast`), to the last bit those of `batched`.

Both add up b, then the columns of x, then those of h, without fused multiplications, so that a row's bits depend
neither on its batch nor on who computes it. Loops are vectorised over sequences where these are many and units one to
three, else over gates, for four sequences at a time where there are four.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, TypeVar, cast

import numba
import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from lstmsolve.simulator.batched import Packed

F = TypeVar("F", bound=Callable[..., Any])
Floats = npt.NDArray[np.floating]

LANES: Final = 16
"""Sequences side by side, where there are so many."""

FEW_UNITS: Final = 3
"""Up to so many units, sequences side by side are faster."""

FOUR: Final = 4

_OPTIONS: Final = {"fastmath": False, "boundscheck": False, "error_model": "numpy", "nogil": True}


def compiled(function: F) -> F:
    """The function in machine code, made at its first call and kept on disk where there is a place for that."""
    try:
        return cast("F", numba.njit(cache=True, **_OPTIONS)(function))
    except RuntimeError:
        return cast("F", numba.njit(**_OPTIONS)(function))


def run(x: Floats, packed: Packed, c: Floats, h: Floats) -> tuple[Floats, Floats]:
    """c and h after every step, [batch, time, H], from x [batch, time, D] and c, h [H]."""
    w, u, b, squash_g, squash_o = packed
    batch, time, columns = x.shape
    units = len(c)
    if batch >= LANES and units <= FEW_UNITS:
        blocks = -(-batch // LANES)
        laid = np.zeros((blocks, time, columns, LANES), x.dtype)
        padded = np.zeros((blocks * LANES, time, columns), x.dtype)
        padded[:batch] = x
        laid[:] = padded.reshape(blocks, LANES, time, columns).transpose(0, 2, 3, 1)
        all_c = np.empty((blocks, time, units, LANES), x.dtype)
        all_h = np.empty_like(all_c)
        _by_lanes(laid, w, u, b, c, h, squash_g, squash_o, all_c, all_h)
        back = [found.transpose(0, 3, 1, 2).reshape(-1, time, units)[:batch] for found in (all_c, all_h)]
        return back[0], back[1]
    all_c = np.empty((batch, time, units), x.dtype)
    all_h = np.empty_like(all_c)
    runner = _by_fours if batch >= FOUR else _alone
    runner(np.ascontiguousarray(x), w, u, b, c, h, squash_g, squash_o, all_c, all_h)
    return all_c, all_h


@compiled
def _clipped(value: Any, zero: Any, one: Any) -> Any:
    """As np.clip: what is no number stays none."""
    return zero if value < zero else (one if value > one else value)


@compiled
def _by_lanes(
    x: Any, w: Any, u: Any, b: Any, c0: Any, h0: Any, squash_g: bool, squash_o: bool, all_c: Any, all_h: Any
) -> None:
    blocks, time, columns, _ = x.shape
    units = len(c0)
    zero, one = b.dtype.type(0), b.dtype.type(1)
    a = np.empty((4, LANES), b.dtype)
    c = np.empty((units, LANES), b.dtype)
    h = np.empty((units, LANES), b.dtype)
    new = np.empty((units, LANES), b.dtype)
    for n in range(blocks):
        for k in range(units):
            for s in range(LANES):
                c[k, s] = c0[k]
                h[k, s] = h0[k]
        for t in range(time):
            for k in range(units):
                for gate in range(4):
                    j = gate * units + k
                    for s in range(LANES):
                        a[gate, s] = b[j]
                    for d in range(columns):
                        v = w[d, j]
                        for s in range(LANES):
                            a[gate, s] += x[n, t, d, s] * v
                    for m in range(units):
                        v = u[m, j]
                        for s in range(LANES):
                            a[gate, s] += h[m, s] * v
                for s in range(LANES):
                    f = _clipped(a[0, s], zero, one)
                    i = _clipped(a[1, s], zero, one)
                    g = _clipped(a[2, s], zero, one) if squash_g else a[2, s]
                    o = _clipped(a[3, s], zero, one)
                    held = f * c[k, s] + i * g
                    c[k, s] = held
                    new[k, s] = o * (_clipped(held, zero, one) if squash_o else held)
                    all_c[n, t, k, s] = held
            for k in range(units):
                for s in range(LANES):
                    h[k, s] = new[k, s]
                    all_h[n, t, k, s] = new[k, s]


@compiled
def _alone(
    x: Any, w: Any, u: Any, b: Any, c0: Any, h0: Any, squash_g: bool, squash_o: bool, all_c: Any, all_h: Any
) -> None:
    """One sequence after another, vectorised over gates; eight columns are added before a sum is stored."""
    batch, time, columns = x.shape
    units = len(c0)
    gates = 4 * units
    zero, one = b.dtype.type(0), b.dtype.type(1)
    a = np.empty(gates, b.dtype)
    c = np.empty(units, b.dtype)
    h = np.empty(units, b.dtype)
    for n in range(batch):
        c[:] = c0
        h[:] = h0
        for t in range(time):
            for j in range(gates):
                a[j] = b[j]
            for d in range(columns):
                v = x[n, t, d]
                for j in range(gates):
                    a[j] += v * w[d, j]
            m = 0
            while m + 8 <= units:
                p, q, r, s = h[m], h[m + 1], h[m + 2], h[m + 3]
                e, f, g, o = h[m + 4], h[m + 5], h[m + 6], h[m + 7]
                for j in range(gates):
                    half = a[j] + p * u[m, j] + q * u[m + 1, j] + r * u[m + 2, j] + s * u[m + 3, j]
                    a[j] = half + e * u[m + 4, j] + f * u[m + 5, j] + g * u[m + 6, j] + o * u[m + 7, j]
                m += 8
            while m < units:
                v = h[m]
                for j in range(gates):
                    a[j] += v * u[m, j]
                m += 1
            for k in range(units):
                f = _clipped(a[k], zero, one)
                i = _clipped(a[units + k], zero, one)
                g = _clipped(a[2 * units + k], zero, one) if squash_g else a[2 * units + k]
                o = _clipped(a[3 * units + k], zero, one)
                held = f * c[k] + i * g
                c[k] = held
                h[k] = o * (_clipped(held, zero, one) if squash_o else held)
                all_c[n, t, k] = held
                all_h[n, t, k] = h[k]


@compiled
def _by_fours(
    x: Any, w: Any, u: Any, b: Any, c0: Any, h0: Any, squash_g: bool, squash_o: bool, all_c: Any, all_h: Any
) -> None:
    """The same for four sequences at a time, so that each weight that is read serves them all.

    The last four are the last of the batch, some of them perhaps for the second time.
    """
    batch, time, columns = x.shape
    units = len(c0)
    gates = 4 * units
    zero, one = b.dtype.type(0), b.dtype.type(1)
    a = np.empty((FOUR, gates), b.dtype)
    a0, a1, a2, a3 = a[0], a[1], a[2], a[3]
    c = np.empty((FOUR, units), b.dtype)
    h = np.empty((FOUR, units), b.dtype)
    for block in range((batch + FOUR - 1) // FOUR):
        first = min(FOUR * block, batch - FOUR)
        for s in range(FOUR):
            c[s] = c0
            h[s] = h0
        for t in range(time):
            for s in range(FOUR):
                for j in range(gates):
                    a[s, j] = b[j]
            for d in range(columns):
                p, q, r, s = x[first, t, d], x[first + 1, t, d], x[first + 2, t, d], x[first + 3, t, d]
                for j in range(gates):
                    v = w[d, j]
                    a0[j] += p * v
                    a1[j] += q * v
                    a2[j] += r * v
                    a3[j] += s * v
            m = 0
            while m + 4 <= units:
                p0, p1, p2, p3 = h[0, m], h[0, m + 1], h[0, m + 2], h[0, m + 3]
                q0, q1, q2, q3 = h[1, m], h[1, m + 1], h[1, m + 2], h[1, m + 3]
                r0, r1, r2, r3 = h[2, m], h[2, m + 1], h[2, m + 2], h[2, m + 3]
                s0, s1, s2, s3 = h[3, m], h[3, m + 1], h[3, m + 2], h[3, m + 3]
                for j in range(gates):
                    v0, v1, v2, v3 = u[m, j], u[m + 1, j], u[m + 2, j], u[m + 3, j]
                    a0[j] = a0[j] + p0 * v0 + p1 * v1 + p2 * v2 + p3 * v3
                    a1[j] = a1[j] + q0 * v0 + q1 * v1 + q2 * v2 + q3 * v3
                    a2[j] = a2[j] + r0 * v0 + r1 * v1 + r2 * v2 + r3 * v3
                    a3[j] = a3[j] + s0 * v0 + s1 * v1 + s2 * v2 + s3 * v3
                m += 4
            while m < units:
                p, q, r, s = h[0, m], h[1, m], h[2, m], h[3, m]
                for j in range(gates):
                    v = u[m, j]
                    a0[j] += p * v
                    a1[j] += q * v
                    a2[j] += r * v
                    a3[j] += s * v
                m += 1
            for n in range(FOUR):
                for k in range(units):
                    f = _clipped(a[n, k], zero, one)
                    i = _clipped(a[n, units + k], zero, one)
                    g = _clipped(a[n, 2 * units + k], zero, one) if squash_g else a[n, 2 * units + k]
                    o = _clipped(a[n, 3 * units + k], zero, one)
                    held = f * c[n, k] + i * g
                    c[n, k] = held
                    h[n, k] = o * (_clipped(held, zero, one) if squash_o else held)
                    all_c[first + n, t, k] = held
                    all_h[first + n, t, k] = h[n, k]
