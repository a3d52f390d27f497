"""How long it takes to settle given weights, by the number of steps that are covered.

    python -m benchmarks.verify [--longest N] [--limit SECONDS]

The problem is the nonzero counter with the textbook weights, over all natural inputs. Side by side:

- *unrolling*: spec and cell written out step by step, as one would by hand, for z3 (`Solver` and
  `SimpleSolver`); it shows the weights right up to that length;
- *Spacer*: the same system, made linear by hand for these weights, as Horn clauses; it answers for
  all lengths, or not;
- *verify*: `lstmsolve.verify`, from the weights to a checked certificate for all lengths.

Times are of the solving alone, in seconds, each in a process of its own.
"""

from __future__ import annotations

import argparse
import multiprocessing
import time
from collections.abc import Callable
from functools import partial
from multiprocessing.connection import Connection

WEIGHTS = "b_f=1 w_i=1 w_c=1 b_o=1 w_o=-1"


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


def timed(work: Callable[[], str], pipe: Connection) -> None:
    import z3  # noqa: F401 - imports do not count

    import lstmsolve.api.verifying  # noqa: F401

    start = time.perf_counter()
    answer = work()
    pipe.send((answer, time.perf_counter() - start))


def measure(work: Callable[[], str], limit: float) -> tuple[str, float | None]:
    """The answer and the seconds it took; None if it was not there in time."""
    here, there = multiprocessing.Pipe()
    process = multiprocessing.get_context("fork").Process(target=timed, args=(work, there))
    process.start()
    answer, seconds = here.recv() if here.poll(limit) else ("no answer", None)
    process.kill()
    process.join()
    return answer, seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--longest", type=int, default=24, help="unroll up to so many steps")
    parser.add_argument("--limit", type=float, default=60.0, help="seconds for each measurement")
    options = parser.parse_args()

    engines: dict[str, Callable[[int], str]] = {
        "unrolling, Solver": lambda n: unrolled(n, simple=False),
        "unrolling, SimpleSolver": lambda n: unrolled(n, simple=True),
        "Spacer": spacer,
        "verify": ours,
    }
    lengths = [n for n in (2, 4, 8, 12, 16, 20, 24, 32, 48, 64) if n <= options.longest]
    print(f"{'steps':>6}" + "".join(f"{name:>28}" for name in engines) + f"{'unrolling / verify':>22}")
    for length in lengths:
        cells, times = [], {}
        for name, engine in engines.items():
            answer, seconds = measure(partial(engine, length), options.limit)
            times[name] = seconds
            cells.append(f"{answer} {f'> {options.limit:g}' if seconds is None else f'{seconds:.3f}'} s")
        unrolling = [times[name] if times[name] is not None else options.limit for name in engines if "unroll" in name]
        own = times["verify"]
        ratio = f"{min(t for t in unrolling if t is not None) / own:.1f}" if own else "-"
        print(f"{length:>6}" + "".join(f"{cell:>28}" for cell in cells) + f"{ratio:>22}", flush=True)


if __name__ == "__main__":
    main()
