"""Designing LSTM weights for automata and counters: `solve` beside what else one could do.

    python -m benchmarks.design [--limit SECONDS] [NAME …]

Side by side for each behaviour, each in a process of its own, wall time in seconds (without the import of z3 or torch):

- *solve*: `lstmsolve.solve` at the given hidden size, from the case to the checked proof for all lengths;
- *construct*: hidden units that the constructive engine needs, which asks no solver (finite specs only);
- *unrolling*: the cell with unknown weights written out on all strings up to length 4, for z3; it
  shows nothing beyond them;
- *training*: torch.nn.LSTM of the same size, Adam on all strings up to length 8 until every output is
  on the right side of 1/2 (where torch is installed); it shows nothing beyond them either.

Names: the shipped cases below, and random-STATES-SEED or random-STATES-SEED-at-UNITS for a random
minimal automaton over 2 symbols.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import multiprocessing
import time
from collections.abc import Callable, Sequence
from functools import partial
from itertools import product
from multiprocessing.connection import Connection
from random import Random
from typing import Any, Final

import lstmsolve
from lstmsolve.formats.cases import parse_case
from lstmsolve.kernel.base.affine import Affine
from lstmsolve.kernel.spec.problems import Problem
from lstmsolve.obligations.modes.partitions import sample_inputs
from lstmsolve.obligations.stepping.systems import lifted

SIZES: Final = {
    **{f"tomita-{k}": 2 for k in range(1, 8)},
    "mod-16": 2,
    "anbn": 3,
    "anbncn": 4,
    "an-b2n": 4,
    "dyck-1": 3,
    "shuffle-dyck-1": 5,
    "majority": 3,
    "above-zero": 3,
    "lead-of-3": 3,
    **{f"random-16-{seed}": 4 for seed in range(1, 11)},
    **{f"random-24-{seed}": 6 for seed in range(1, 5)},
    **{f"random-32-{seed}": 10 for seed in range(1, 5)},
    **{f"random-32-{seed}-at-8": 8 for seed in range(1, 5)},
}

STARTING: Final = 20.0
"""Seconds for a process to import what it needs and to say that it is done."""


def problem_of(name: str) -> Problem:
    if not name.startswith("random-"):
        return lstmsolve.load_case(name).with_hidden(SIZES[name])
    _, states, seed, *units = name.split("-")
    hidden = int(units[-1]) if units else SIZES.get(name, int(states) // 3)
    return parse_case(random_automaton(int(states), int(seed), hidden))


def random_automaton(states: int, seed: int, hidden: int) -> str:
    """A case: successors and outputs drawn at random, until all states are reachable and no two behave alike."""
    random = Random(seed)
    while True:
        after = [[random.randrange(states) for _ in range(2)] for _ in range(states)]
        said = [random.randrange(2) for _ in range(states)]
        reached, todo = {0}, [0]
        while todo:
            following = set(after[todo.pop()]) - reached
            reached |= following
            todo += following
        classes = list(said)
        for _ in range(states):  # Moore's refinement
            marks = [(classes[q], classes[after[q][0]], classes[after[q][1]]) for q in range(states)]
            numbers = {mark: n for n, mark in enumerate(dict.fromkeys(marks))}
            classes = [numbers[mark] for mark in marks]
        if len(reached) == states == len(set(classes)):
            break
    outputs = ", ".join(f"q{q} = {said[q]}" for q in range(states))
    rows = "".join(f'q{q} = {{ "0" = "q{a}", "1" = "q{b}" }}\n' for q, (a, b) in enumerate(after))
    return (
        f'format = "lstmsolve/case/1"\nname = "random"\n[cell]\nhidden = {hidden}\n'
        f'[machine]\nalphabet = "01"\nstart = "q0"\noutput = {{ {outputs} }}\n[machine.next]\n{rows}'
    )


def examples(problem: Problem, longest: int) -> list[tuple[tuple[tuple[int, ...], ...], list[Any]]]:
    """All strings of exactly `longest` steps, as columns, with h[0] after each step (None: anything)."""
    found = []
    for given in product(sample_inputs(problem.spec), repeat=longest):
        registers, wanted = problem.spec.initial, []
        steps = [{name: lifted(value) for name, value in entry.items()} for entry in given]
        for entry in steps:
            moved = problem.spec.step(registers, entry)
            registers = dict(moved.registers)
            wanted.append(moved.outputs[0].constant if isinstance(moved.outputs[0], Affine) else None)
        found.append((tuple(tuple(int(x.constant) for x in problem.spec.encode(entry)) for entry in steps), wanted))
    return found


def solving(problem: Problem, limit: float) -> str:
    outcome = lstmsolve.solve(problem, seconds=limit)
    largest = max(map(abs, outcome.weights.values().values())) if outcome.weights else "-"  # type: ignore[union-attr]
    return f"{outcome.verdict}, |w| <= {largest}"


def constructing(problem: Problem, limit: float) -> str:
    from dataclasses import replace

    free = replace(problem, choice=replace(problem.choice, hidden=None))
    outcome = lstmsolve.solve(free, engine="construct", seconds=limit)
    return f"H={outcome.weights.cell.hidden}" if outcome.verdict == "solved" else outcome.verdict  # type: ignore[union-attr]


def unrolling(problem: Problem, limit: float) -> str:
    import z3

    cell, longest = problem.cell(), 4

    def crelu(a: z3.ArithRef) -> z3.ArithRef:
        return z3.If(a < 0, z3.RealVal(0), z3.If(a > 1, z3.RealVal(1), a))

    units, columns = range(cell.hidden), range(cell.inputs)
    w = {(g, j, k): z3.Real(f"w_{g}[{j},{k}]") for g in "fico" for j in units for k in columns}
    u = {(g, j, k): z3.Real(f"u_{g}[{j},{k}]") for g in "fico" for j in units for k in units}
    b = {(g, j): z3.Real(f"b_{g}[{j}]") for g in "fico" for j in units}
    solver = z3.SimpleSolver()
    states: dict[Any, Any] = {(): ([z3.RealVal(0)] * cell.hidden, [z3.RealVal(0)] * cell.hidden)}
    for string, wanted in examples(problem, longest):
        for n in range(longest):
            prefix = string[: n + 1]
            if prefix in states:
                continue
            c, h = states[prefix[:-1]]

            def gate(g: str, j: int, x: Sequence[int] = prefix[-1], h: Any = h) -> z3.ArithRef:
                return crelu(sum(w[g, j, k] * x[k] for k in columns) + sum(u[g, j, k] * h[k] for k in units) + b[g, j])

            after = [(z3.Real(f"c{j}{prefix}"), z3.Real(f"h{j}{prefix}")) for j in units]
            for j, (new_c, new_h) in enumerate(after):
                solver.add(new_c == gate("f", j) * c[j] + gate("i", j) * gate("c", j), new_h == gate("o", j) * new_c)
            states[prefix] = [new_c for new_c, _ in after], [new_h for _, new_h in after]
            if wanted[n] is not None:
                solver.add(after[0][1] == z3.RealVal(wanted[n]))
    return str(solver.check())


def training(problem: Problem, limit: float) -> str:
    import torch

    torch.manual_seed(0)
    data = examples(problem, 8 if len(examples(problem, 1)) <= 2 else 5)
    x = torch.tensor([string for string, _ in data], dtype=torch.float32)
    y = torch.tensor([[float(v or 0) for v in wanted] for _, wanted in data])
    net = torch.nn.LSTM(x.shape[2], problem.cell().hidden, batch_first=True)
    optimiser = torch.optim.Adam(net.parameters(), lr=0.02)
    end = time.perf_counter() + limit
    while time.perf_counter() < end:
        said = net(x)[0][:, :, 0]
        if bool(((said > 0.5) == (y > 0.5)).all()):
            return "learnt"
        loss = ((said - y) ** 2).mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    return f"{float(((said > 0.5) == (y > 0.5)).float().mean()):.1%} right"


def timed(work: Callable[[], str], package: str, pipe: Connection) -> None:
    importlib.import_module(package)  # which takes torch longer than some of this work
    start = time.perf_counter()
    answer = work()
    pipe.send((answer, time.perf_counter() - start))


def measured(work: Callable[[], str], package: str, limit: float) -> str:
    """The answer and the seconds it took, or that it was not there in time."""
    here, there = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=timed, args=(work, package, there))
    process.start()
    answer, seconds = here.recv() if here.poll(limit + STARTING) else ("no answer", None)
    process.kill()
    process.join()
    return f"{answer} {f'> {limit:g}' if seconds is None else f'{seconds:.2f}'} s"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help="which behaviours; all if left out")
    parser.add_argument("--limit", type=float, default=60.0, help="seconds for each measurement")
    options = parser.parse_args()

    engines = {
        "solve": (solving, "lstmsolve"),
        "construct": (constructing, "lstmsolve"),
        "unrolling": (unrolling, "z3"),
        "training": (training, "torch"),
    }
    if importlib.util.find_spec("torch") is None:
        del engines["training"]
    print(f"{'behaviour':>14}{'H':>4}" + "".join(f"{name:>30}" for name in engines), flush=True)
    for name in options.names or SIZES:
        problem = problem_of(name)
        cells = [
            measured(partial(engine, problem, options.limit), package, options.limit)
            for engine, package in engines.values()
        ]
        print(f"{name:>14}{problem.cell().hidden:>4}" + "".join(f"{cell:>30}" for cell in cells), flush=True)


if __name__ == "__main__":
    main()
