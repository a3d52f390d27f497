"""How long it takes to settle given weights, by the number of steps that are covered.

    python -m benchmarks.verify [--longest N] [--limit SECONDS]

The problem is the nonzero counter with the textbook weights, over all natural inputs. Side by side:

- *unrolling*: spec and cell written out step by step, as one would by hand, for z3 (`Solver` and
  `SimpleSolver`); it shows the weights right up to that length;
- *Spacer*: the same system, made linear by hand for these weights, as Horn clauses; it answers for
  all lengths, or not;
- *verify*: `lstmsolve.verify`, from the weights to a checked certificate for all lengths.

Times are of the solving alone, in processor seconds, each in a process of its own; ratios to `verify` are printed.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Sequence
from functools import cache, partial
from typing import Final

from benchmarks.tables import Curve, Row, Table, in_a_process, printed, ratio

WEIGHTS: Final = "b_f=1 w_i=1 w_c=1 b_o=1 w_o=-1"


def unrolled(length: int, simple: bool) -> str:
    """The counter written out for `length` steps; "unsat" means that no output is wrong."""
    import z3

    def crelu(a: z3.ArithRef) -> z3.ArithRef:
        return z3.If(a < 0, z3.RealVal(0), z3.If(a > 1, z3.RealVal(1), a))

    solver = z3.SimpleSolver() if simple else z3.Solver()
    c, h, tally = z3.RealVal(0), z3.RealVal(0), z3.IntVal(0)
    wrong = []
    for n in range(length):
        x = z3.Int(f"x{n}")
        solver.add(x >= 0)
        real = z3.ToReal(x)
        f, i, g, o = crelu(1 + 0 * h), crelu(real), crelu(real), crelu(1 - real)
        c = f * c + i * g
        h = o * c
        tally = tally + z3.If(x >= 1, 1, 0)
        wrong.append(h != z3.ToReal(z3.If(x == 0, tally, 0)))
    solver.add(z3.Or(wrong))
    return str(solver.check())


def spacer(length: int) -> str:
    """The counter as linear Horn clauses; "sat" means that no output is ever wrong, at any length."""
    import z3

    reached = z3.Function("reached", z3.IntSort(), z3.RealSort(), z3.RealSort(), z3.BoolSort())
    tally, x = z3.Ints("tally x")
    c, h = z3.Reals("c h")
    added = z3.If(x >= 1, z3.RealVal(1), z3.RealVal(0))
    next_c = c + added
    next_h = z3.If(x >= 1, z3.RealVal(0), next_c)
    next_tally = tally + z3.If(x >= 1, 1, 0)
    solver = z3.SolverFor("HORN")
    solver.add(reached(0, 0, 0))
    step = z3.And(reached(tally, c, h), x >= 0)
    solver.add(z3.ForAll([tally, c, h, x], z3.Implies(step, reached(next_tally, next_c, next_h))))
    owed = z3.ToReal(z3.If(x == 0, next_tally, 0))
    solver.add(z3.ForAll([tally, c, h, x], z3.Implies(z3.And(step, next_h != owed), False)))
    return str(solver.check())


def ours(length: int) -> str:
    """`lstmsolve.verify`, with everything imported beforehand as for the others."""
    import lstmsolve

    problem = lstmsolve.load_case("nonzero-counter")
    weights = lstmsolve.load_weights(WEIGHTS, problem)
    return lstmsolve.verify(problem, weights).verdict


ENGINES: Final[dict[str, Callable[[int], str]]] = {
    "Solver": lambda length: unrolled(length, simple=False),
    "SimpleSolver": lambda length: unrolled(length, simple=True),
    "Spacer": spacer,
    "verify": ours,
}

RIGHT: Final = {"Solver": "unsat", "SimpleSolver": "unsat", "Spacer": "sat", "verify": "proved"}
"""What each says where it is done."""


RIVALS: Final = ("Solver", "SimpleSolver", "Spacer")


def tables(longest: int = 12, limit: float = 10.0, rivals: Sequence[str] = RIVALS) -> Iterator[Table]:
    yield Table(
        "horizon",
        "Weights judged, by the steps that are covered",
        "The nonzero counter with right weights, over all natural inputs. `verify` answers for all lengths; z3 is "
        "given the first N steps of spec and cell, and Spacer the same system as Horn clauses, made linear by hand. "
        f"Multiples of `verify`, at most {limit:g} processor seconds each.",
        ("N", *rivals),
        _rows([n for n in (2, 4, 6, 8, 10, 12, 16, 20, 24, 32, 48, 64) if n <= longest], limit, rivals),
        Curve(0, tuple(range(1, min(3, len(rivals) + 1)))),
    )


def _rows(lengths: Sequence[int], limit: float, rivals: Sequence[str]) -> Iterator[Row]:
    own = _seconds("verify", 0, limit)
    late: set[str] = set()
    for length in lengths:
        row: list[float] = []
        for name in rivals:
            taken = None if name in late else _seconds(name, length, limit)
            late |= {name} if taken is None else set()
            row.append(ratio(taken, own))
        yield length, *row


@cache
def _import_everything() -> None:
    """Imports do not count, nor do those that come late."""
    import z3  # noqa: F401

    import lstmsolve

    lstmsolve.verify("parity", "w_f=-1 b_f=1", seconds=10.0)


def _seconds(name: str, length: int, limit: float) -> float | None:
    _import_everything()
    answer, seconds = in_a_process(partial(ENGINES[name], length), limit)
    return seconds if answer == RIGHT[name] else None


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--longest", type=int, default=24, help="unroll up to so many steps")
    parser.add_argument("--limit", type=float, default=60.0, help="seconds for each measurement")
    options = parser.parse_args()
    for table in tables(options.longest, options.limit):
        printed(table)


if __name__ == "__main__":
    main()
