"""Sigmoid and tanh weights for every finite case of the library, and for random automata.

    python -m benchmarks.restoring [--seconds S] [--report reports/smooth-designs.md] [NAME ...]

Outputs are read of a layer: 0 and 1 by thresholds, other numbers as symbols, the greatest of which is the reply. Every
certificate is checked again. Where torch is installed, the weights are put into `torch.nn.LSTM` and `torch.nn.Linear`
and run on all words up to a length, 12 where there are two symbols, and on random words of 100,000 steps.
"""

from __future__ import annotations

import argparse
import json
import time
import tomllib
from collections.abc import Iterator
from fractions import Fraction
from importlib.util import find_spec
from itertools import product
from pathlib import Path
from random import Random
from typing import Any, Final, NamedTuple

import numpy as np

from benchmarks.smooth import Processor
from lstmsolve.api.checking import check
from lstmsolve.api.solving import solve
from lstmsolve.formats.cases import case_from_table
from lstmsolve.kernel.base.affine import Affine
from lstmsolve.kernel.base.errors import InputError, OutsideFragment
from lstmsolve.kernel.lstm.cells import Gate, Weights
from lstmsolve.kernel.proofs.enclosures import EnclosureCertificate
from lstmsolve.kernel.spec.problems import Problem
from lstmsolve.kernel.spec.specs import Demand
from lstmsolve.model.outcomes import Accepted, Solved
from lstmsolve.smooth.built.designing import automaton_of
from lstmsolve.smooth.built.gains import owed_by
from lstmsolve.smooth.nets import BROKEN, Table, combinations

HOME: Final = Path(__file__).parents[1]
CELL: Final = {"gate": "sigmoid", "candidate": "tanh", "output": "tanh"}
WORDS: Final = 300_000
"""Words of one length that are all run in torch."""
AUTOMATA: Final = ((16, 3), (32, 2), (100, 1))
"""States of random automata over two symbols, and how many of them."""

PAGE: Final = """# Sigmoid and tanh designs

Every finite case of the library, and random automata over two symbols, as weights for `torch.nn.LSTM` and
`torch.nn.Linear`: short decimals, each with a proof for all lengths in real arithmetic that `check` has accepted
([how](../docs/architecture.md#how-verify-judges-sigmoid-and-tanh-cells)). Outputs are read of a layer z = V h + d: 0
and 1 as z below and above 0, other numbers as symbols, by the greatest z.

*CReLU* is the size of the design in fractions ([index](README.md)), *states* those of the least Moore automaton with
the start, *gain* nearly the least for which boxes prove the weights. Seconds are those of this process, without
those of the solver. In torch, in float32, {torch}. Made by
`python -m benchmarks.restoring --report reports/smooth-designs.md`.

| case | symbols | states | CReLU | units | gain | boxes | seconds | torch |
|---|---|---|---|---|---|---|---|---|
"""


class Line(NamedTuple):
    """One line of the page."""

    name: str
    symbols: int
    states: int
    exact: str
    units: str
    gain: str
    boxes: str
    seconds: str
    torch: str


def smooth_case(path: Path) -> Problem:
    """A case of the library for sigmoid and tanh cells with a layer, its conditions on weights left out.

    Raises:
        InputError: its inputs are not listed value by value.
        OutsideFragment: its outputs are not listed.
    """
    table: dict[str, Any] = tomllib.loads(path.read_text())
    table.pop("weights", None)
    late = {key: value for key, value in table.get("readout", {}).items() if key == "late"}
    table["cell"] = CELL
    table["readout"] = {"layer": True, "accept": "> 0", "reject": "< 0", **late}
    try:
        problem = case_from_table(table, path.stem)
        owed_by(problem)
    except OutsideFragment:
        table["readout"] = {"layer": True, "decide": "argmax", "margin": 1, **late}
        table["output"] = _as_symbols(table, path.stem)
        problem = case_from_table(table, path.stem)
    return problem


def _as_symbols(table: dict[str, Any], name: str) -> dict[str, object]:
    """An output that is one of a few numbers, as a symbol."""
    formula = table["output"]["h"]
    exact = case_from_table({key: value for key, value in table.items() if key not in ("cell", "readout")}, name)
    states, values = [exact.spec.initial], set[Fraction]()
    given = combinations(exact.spec)
    for registers in states:
        for inputs in given:
            after = exact.spec.step(registers, inputs)
            values |= {said.constant for said in after.outputs if isinstance(said, Affine)}
            if after.registers not in states:
                states.append(dict(after.registers))
            if len(states) > 100:
                raise OutsideFragment("the outputs are not a few numbers")
    *others, last = sorted(values)
    chain = "".join(f"'{value}' if ({formula}) == {value} else " for value in others) + f"'{last}'"
    return {"reply": {"symbols": [str(value) for value in sorted(values)], "is": chain}}


def random_case(states: int, seed: int) -> Problem:
    """A random automaton over two symbols."""
    random = Random(seed)
    names = [f"s{number}" for number in range(states)]
    machine = {
        "alphabet": "01",
        "start": "s0",
        "output": {name: random.randint(0, 1) for name in names},
        "next": {name: {symbol: random.choice(names) for symbol in "01"} for name in names},
    }
    readout = {"layer": True, "accept": "> 0", "reject": "< 0"}
    return case_from_table({"machine": machine, "cell": CELL, "readout": readout}, f"random-{states}-{seed}")


def problems() -> Iterator[Problem]:
    """The finite cases of the library, then random automata."""
    for path in sorted((HOME / "cases").glob("*.toml")):
        try:
            problem = smooth_case(path)
            if owed_by(problem).closed:
                yield problem
        except (InputError, OutsideFragment):
            continue  # inputs, or outputs, without end
    for states, count in AUTOMATA:
        yield from (random_case(states, seed) for seed in range(count))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*")
    parser.add_argument(
        "--seconds", type=float, default=60.0, help="of a processor, for each case; thrice as many for 100 states"
    )
    parser.add_argument("--report", type=Path)
    given = parser.parse_args()
    known = json.loads((HOME / "reports" / "index.json").read_text())["cases"]
    lines = []
    for problem in problems():
        if given.names and not any(problem.name.startswith(name) for name in given.names):
            continue
        lines.append(_line(problem, str(known.get(problem.name, {}).get("hidden", "–")), given.seconds))
        print(*lines[-1], flush=True)
    if given.report is not None:
        torch = "all words up to the length named and three random ones of 100,000 steps are run"
        page = PAGE.format(torch=torch if find_spec("torch") else "nothing was run: it was not installed")
        rows = _rows(given.report) | {line.name: f"| {' | '.join(map(str, line))} |" for line in lines}
        given.report.write_text(page + "".join(f"{row}\n" for row in rows.values()))


def _rows(page: Path) -> dict[str, str]:
    """The lines of a page that is there, by the case they are of: others are measured beside them."""
    rows = page.read_text().splitlines() if page.exists() else []
    return {row.split(" | ")[0].removeprefix("| "): row for row in rows if row.startswith("| ") and "case |" not in row}


def _line(problem: Problem, exact: str, seconds: float) -> Line:
    table = owed_by(problem)
    states = len(automaton_of(table).next)
    begun = time.process_time()
    outcome = solve(problem, watch=Processor(seconds * (3 if states > 64 else 1)), jobs=1)
    spent = f"{time.process_time() - begun:.1f}"
    symbols = len(table.columns)
    if not isinstance(outcome, Solved) or not isinstance(outcome.certificate, EnclosureCertificate):
        return Line(problem.name, symbols, states, exact, outcome.verdict, "", "", spent, "")
    accepted = isinstance(check(outcome.certificate), Accepted)
    hidden = str(outcome.weights.cell.hidden) if accepted else "REJECTED"
    gain = str(float(-min(outcome.weights.gates[Gate.FORGET].b)))
    tried = _tried(problem, table, outcome.weights) if find_spec("torch") else "–"
    return Line(problem.name, symbols, states, exact, hidden, gain, str(len(outcome.certificate.boxes)), spent, tried)


def _tried(problem: Problem, table: Table, weights: Weights) -> str:
    """Are all words up to a length, and some random ones of 100,000 steps, right in torch?"""
    symbols = len(table.columns)
    length = next(n for n in range(12, 0, -1) if symbols**n <= WORDS)
    short = np.array(list(product(range(symbols), repeat=length)))
    long = random_words(problem, 3, 100_000)
    right = all(least_left(problem, words, run_in_torch(problem, weights, words)) > 0 for words in (short, long))
    return f"right up to {length}, and on 100,000" if right else "WRONG"


def random_words(problem: Problem, count: int, steps: int) -> Any:
    """Random words of symbols that keep the promise as long as that is possible [count, steps]."""
    table, random = owed_by(problem), Random(0)
    legal = [[symbol for symbol, state in enumerate(row) if state != BROKEN] for row in table.next]
    words = np.zeros((count, steps), dtype=int)
    for word in words:
        state = 0
        for step in range(steps):
            if state == BROKEN or not legal[state]:
                break
            word[step] = random.choice(legal[state])
            state = table.next[state][word[step]]
    return words


def run_in_torch(problem: Problem, weights: Weights, words: Any) -> Any:
    """z after each step [N, T, outputs] of words of symbols [N, T], by `torch.nn.LSTM` and `torch.nn.Linear`."""
    import torch

    torch.set_num_threads(1)

    def stacked(part: str) -> torch.Tensor:
        order = (Gate.INPUT, Gate.FORGET, Gate.CANDIDATE, Gate.OUTPUT)
        rows = [row for gate in order for row in getattr(weights.gates[gate], part)]
        return torch.tensor([float(row) if isinstance(row, Fraction) else [float(v) for v in row] for row in rows])

    cell, layer = weights.cell, weights.layer
    assert layer is not None
    lstm = torch.nn.LSTM(cell.inputs, cell.hidden, batch_first=True)
    bias = stacked("b")
    names = {"weight_ih_l0": stacked("w"), "weight_hh_l0": stacked("u"), "bias_ih_l0": bias}
    lstm.load_state_dict({**names, "bias_hh_l0": torch.zeros_like(bias)})
    linear = torch.nn.Linear(cell.hidden, len(layer.d))
    linear.load_state_dict(
        {
            "weight": torch.tensor([[float(v) for v in row] for row in layer.V]),
            "bias": torch.tensor([float(d) for d in layer.d]),
        }
    )
    columns = torch.tensor([[float(value) for value in column] for column in owed_by(problem).columns])
    with torch.no_grad():
        h, _ = lstm(columns[torch.from_numpy(words)])
        return linear(h).numpy()


def least_left(problem: Problem, words: Any, z: Any) -> float:
    """The least that any step of any word has left of what is owed."""
    table = owed_by(problem)
    symbols = len(table.columns)
    groups: dict[tuple[Demand, ...], int] = {}
    owed = np.array(
        [[groups.setdefault(tuple(problem.spec.demands(out)), len(groups)) for out in row] for row in table.outputs]
    )
    # A broken promise leads to one more state, where nothing is owed.
    over = len(table.next)
    moves = np.array([[over if state == BROKEN else state for state in row] for row in table.next] + [[over] * symbols])
    nothing = groups.setdefault((), len(groups))
    owed = np.vstack([owed, np.full((1, symbols), nothing)])
    owed[moves == over] = nothing
    states = np.zeros((words.shape[0], words.shape[1] + 1), dtype=int)
    for step in range(words.shape[1]):
        states[:, step + 1] = moves[states[:, step], words[:, step]]
    group, least = owed[states[:, :-1], words], float("inf")
    for demands, number in groups.items():
        for demand in demands:
            value = sum(sign * z[..., place] for place, sign in demand.terms) - float(demand.bound.constant)
            least = min(least, float(np.min(value, where=group == number, initial=np.inf)))
    return least


if __name__ == "__main__":
    main()
