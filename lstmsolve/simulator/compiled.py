"""Runs in compiled code (numba, the extra `fast`), to the last bit those of `batched`.

Both add up b, then the columns of x, then those of h, without fused multiplications, so that a row's bits depend
neither on its batch nor on who computes it. Loops are vectorised over sequences where these are many and units few,
else over gates.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeVar, cast

import numba
import numpy as np
import numpy.typing as npt

F = TypeVar("F", bound=Callable[..., Any])
Floats = npt.NDArray[np.floating]

LANES: Final = 16
"""Sequences side by side, where there are so many."""

FEW_UNITS: Final = 32

_OPTIONS: Final = {"fastmath": False, "boundscheck": False, "error_model": "numpy", "nogil": True}


def compiled(function: F) -> F:
    """The function in machine code, made at its first call and kept on disk where there is a place for that."""
    try:
        return cast("F", numba.njit(cache=True, **_OPTIONS)(function))
    except RuntimeError:
        return cast("F", numba.njit(**_OPTIONS)(function))


def run(
    x: Floats, w: Floats, u: Floats, b: Floats, c: Floats, h: Floats, squash_g: bool, squash_o: bool
) -> tuple[Floats, Floats]:
    """c and h after every step, [batch, time, H]. x [batch, time, D]; w [D, 4H], u [H, 4H], b [4H], gates f, i, g, o.

    Gates are CReLUs, the candidate and the output CReLUs or identities.
    """
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
    _by_gates(np.ascontiguousarray(x), w, u, b, c, h, squash_g, squash_o, all_c, all_h)
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
def _by_gates(
    x: Any, w: Any, u: Any, b: Any, c0: Any, h0: Any, squash_g: bool, squash_o: bool, all_c: Any, all_h: Any
) -> None:
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
            for m in range(units):
                v = h[m]
                for j in range(gates):
                    a[j] += v * u[m, j]
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
