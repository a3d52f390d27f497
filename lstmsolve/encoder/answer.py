"""The worker's entry point: one query, one answer. Importing this module imports z3."""

from __future__ import annotations

from lstmsolve.encoder.linear import solve_linear
from lstmsolve.encoder.nonlinear import solve_nonlinear
from lstmsolve.encoder.queries import DesignAnswer, DesignQuery, Logic
from lstmsolve.encoder.saturated import solve_saturated


def answer(query: DesignQuery) -> DesignAnswer:
    match query.logic:
        case Logic.LINEAR:
            return solve_linear(query)
        case Logic.SATURATED:
            return solve_saturated(query)
        case Logic.NONLINEAR:
            return solve_nonlinear(query)
