"""Hidden sizes found for random minimal automata, beside the least that counting allows.

    python -m benchmarks.automata [--limit SECONDS] [--seeds N] [STATES-UNITS …]

For each row, such as 24-5 or 16-6-4 (16 states, 6 units, 4 symbols): the search alone in one process, on automata with
the seeds 1 to N, in processor seconds from the table of the spec to integer weights, without numba's compilation. Each
design is proved and accepted by the checker. Beside it the counting bound: the least H with at least as many nets of H
threshold units as there are automata.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Iterator
from functools import cache
from math import comb, factorial, log2
from random import Random
from typing import Final

import lstmsolve
from lstmsolve.encoder import Design, DesignQuery
from lstmsolve.formats.cases import parse_case
from lstmsolve.kernel.base.errors import LimitReached
from lstmsolve.kernel.proofs.certificates import Certificate
from lstmsolve.model.outcomes import Accepted
from lstmsolve.obligations.stepping.induction import certify
from lstmsolve.obligations.tables.quotients import merged
from lstmsolve.obligations.tables.transitions import START, transition_table
from lstmsolve.search.designs.codes import steps_of
from lstmsolve.search.designs.designer import Found

ROWS: Final = ("16-4", "24-6", "24-5", "32-7", "32-6", "48-12", "48-10", "64-14", "96-28")

THRESHOLD_FUNCTIONS: Final = (
    2, 4, 14, 104, 1882, 94572, 15028134, 8378070864, 17561539552946, 144130531453121108,
)  # fmt: skip
"""Linear threshold functions of n inputs (OEIS A000609)."""

MINIMAL_SHARE: Final = 0.85
"""Of automata whose states are all reachable, so many have no two states alike (Bassino, David & Sportiello 2012)."""


def random_automaton(states: int, symbols: int, seed: int, hidden: int) -> str:
    """A case with a minimal automaton drawn at random."""
    return _case(*drawn_automaton(states, symbols, seed), hidden)


def drawn_automaton(states: int, symbols: int, seed: int) -> tuple[list[list[int]], list[int]]:
    """Where each state goes with each symbol, and what it says.

    It is the reachable part of a larger automaton, as few large ones are all reachable.
    """
    random = Random(f"{states}-{symbols}-{seed}")
    share = {1: 0.5, 2: 0.7968, 3: 0.94}.get(symbols, 1.0)  # of states that are reachable, on average
    drawn = max(states, round(states / share))
    while True:
        after = [[random.randrange(drawn) for _ in range(symbols)] for _ in range(drawn)]
        number = {0: 0}
        for state in (todo := [0]):
            for following in after[state]:
                if following not in number:
                    number[following] = len(number)
                    todo.append(following)
        if len(todo) != states:
            continue
        moves = [[number[following] for following in after[state]] for state in todo]
        said = [random.randrange(2) for _ in range(states)]
        if _are_all_different(moves, said):
            return moves, said


def _are_all_different(moves: list[list[int]], said: list[int]) -> bool:
    """Do no two states behave alike? Moore's refinement."""
    classes = list(said)
    while True:
        marks = [(classes[state], *(classes[following] for following in row)) for state, row in enumerate(moves)]
        numbers = {mark: n for n, mark in enumerate(dict.fromkeys(marks))}
        if len(numbers) == len(set(classes)):
            return len(numbers) == len(moves)
        classes = [numbers[mark] for mark in marks]


def _case(moves: list[list[int]], said: list[int], hidden: int) -> str:
    alphabet = "0123456789abcdefghijklmnopqrstuvwxyz"[: len(moves[0])]
    outputs = ", ".join(f"q{state} = {output}" for state, output in enumerate(said))
    rows = []
    for state, row in enumerate(moves):
        ways = ", ".join(f'"{letter}" = "q{to}"' for letter, to in zip(alphabet, row, strict=True))
        rows.append(f"q{state} = {{ {ways} }}")
    lines = [
        f'name = "random-{len(moves)}"',
        f"[cell]\nhidden = {hidden}",
        f'[machine]\nalphabet = "{alphabet}"\nstart = "q0"',
        f"output = {{ {outputs} }}",
        "[machine.next]",
        *rows,
    ]
    return "\n".join([*lines, ""])


def counting_bound(states: int, symbols: int) -> int:
    """The least H for which nets of H threshold units are no fewer than minimal automata.

    A gate is a threshold function of h and x. Units but the first may change places. With more than two symbols a gate
    has so many biases in place of one; they are counted as if the columns were inputs of a threshold function.
    """
    wanted = log2(_reachable(states, symbols)) + states + log2(MINIMAL_SHARE)
    columns = 1 if symbols == 2 else symbols
    hidden = 1
    while 4 * hidden * _log_thresholds(hidden + columns) - log2(factorial(hidden - 1)) < wanted:
        hidden += 1
    return hidden


def _log_thresholds(inputs: int) -> float:
    """log2 of the number of threshold functions, from above where it is not known."""
    if inputs < len(THRESHOLD_FUNCTIONS):
        return log2(THRESHOLD_FUNCTIONS[inputs])
    return log2(THRESHOLD_FUNCTIONS[-1]) + inputs**2 - (len(THRESHOLD_FUNCTIONS) - 1) ** 2


@cache
def _reachable(states: int, symbols: int) -> int:
    """Automata without outputs whose states are all reachable, up to their names (Liskovets 1969)."""
    labelled = [0]
    for n in range(1, states + 1):
        others = sum(comb(n - 1, j - 1) * labelled[j] * n ** (symbols * (n - j)) for j in range(1, n))
        labelled.append(n ** (symbols * n) - others)
    return labelled[states] // factorial(states - 1)


class _Clock:
    """Processor seconds of this process, as a watch that ends a search."""

    def __init__(self, seconds: float) -> None:
        self._end = time.process_time() + seconds

    def check(self) -> None:
        if time.process_time() > self._end:
            raise LimitReached("the time is up")


def searched(text: str, limit: float, seed: int) -> tuple[float | None, int]:
    """Processor seconds until there is a design that is proved, or None; and its largest weight."""
    from lstmsolve.search.native import searching

    problem = parse_case(text)
    hidden = problem.cell().hidden
    start, table = problem.initial_state(hidden), merged(transition_table(problem))
    query = DesignQuery(table, problem.cell(), start, problem.constraints, (), seed)
    steps = steps_of(query)
    assert steps is not None
    clock = _Clock(limit)
    began = time.process_time()
    for found in searching.designs_natively(query, steps, clock.check):
        design = found[1]
        if isinstance(design, Design):
            seconds = time.process_time() - began
            proof = certify(problem, design.weights, Found(design, problem).modes(), START, {})
            assert isinstance(proof, Certificate)
            assert isinstance(lstmsolve.check(proof), Accepted)
            return seconds, int(max(map(abs, design.weights.values().values())))
    return None, 0


def measured(row: str, seeds: int, limit: float) -> Iterator[str]:
    states, hidden, *more = map(int, row.split("-"))
    symbols = more[0] if more else 2
    times: list[float] = []
    for seed in range(1, seeds + 1):
        try:
            seconds, _ = searched(random_automaton(states, symbols, seed, hidden), limit, 0)
        except LimitReached:
            seconds = None
        times.append(float("inf") if seconds is None else seconds)
    bound = counting_bound(states, symbols)
    solved = sum(seconds < float("inf") for seconds in times)
    middle, worst = statistics.median(times), max(times)
    yield (
        f"{states:>6} {symbols:>7} {hidden:>5} {bound:>6} {hidden / bound:>6.2f}"
        f" {f'{solved}/{seeds}':>7} {middle:>8.1f} {worst:>8.1f}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rows", nargs="*", metavar="STATES-UNITS", help="which rows; the usual ones if left out")
    parser.add_argument("--limit", type=float, default=60.0, help="processor seconds for each automaton")
    parser.add_argument("--seeds", type=int, default=4, help="automata a row")
    options = parser.parse_args()
    searched(random_automaton(13, 2, 1, 8), 60.0, 0)  # so that everything is compiled
    print("states symbols units bound  ratio  solved   median    worst  (processor seconds)", flush=True)
    for row in options.rows or ROWS:
        for line in measured(row, options.seeds, options.limit):
            print(line, flush=True)


if __name__ == "__main__":
    main()
