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
from collections.abc import Iterator, Sequence
from functools import cache, partial
from math import comb, factorial, inf, log2
from random import Random
from typing import Final

import lstmsolve
from benchmarks.tables import NOTHING, Row, Table, in_a_process, printed
from lstmsolve.encoder import ANSWER, Design, DesignQuery, Logic, MapClass
from lstmsolve.formats.cases import parse_case
from lstmsolve.kernel.base.errors import LimitReached
from lstmsolve.kernel.proofs.certificates import Certificate
from lstmsolve.kernel.spec.problems import Problem
from lstmsolve.model.outcomes import Accepted
from lstmsolve.obligations.stepping.induction import certify
from lstmsolve.obligations.tables.quotients import merged
from lstmsolve.obligations.tables.transitions import START, transition_table
from lstmsolve.search.designs.codes import steps_of
from lstmsolve.search.designs.designer import Found
from lstmsolve.search.designs.questions import ANNEAL
from lstmsolve.search.designs.sizes import whole

ROWS: Final = ("16-4", "24-6", "24-5", "32-7", "32-6", "48-12", "48-10", "64-14", "96-28")

COMPARED: Final = ("16-6", "24-8", "24-6")

ENGINES: Final = (ANNEAL, ANSWER)
"""What the workers run; the first without numba."""

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


def automaton_case(states: int, symbols: int, seed: int) -> str:
    """The same without a size: as many units as it takes."""
    return _case(*drawn_automaton(states, symbols, seed), None)


def _case(moves: list[list[int]], said: list[int], hidden: int | None) -> str:
    alphabet = "0123456789abcdefghijklmnopqrstuvwxyz"[: len(moves[0])]
    outputs = ", ".join(f"q{state} = {output}" for state, output in enumerate(said))
    rows = []
    for state, row in enumerate(moves):
        ways = ", ".join(f'"{letter}" = "q{to}"' for letter, to in zip(alphabet, row, strict=True))
        rows.append(f"q{state} = {{ {ways} }}")
    lines = [
        f'name = "random-{len(moves)}"',
        "" if hidden is None else f"[cell]\nhidden = {hidden}",
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


def _asked(text: str, seed: int = 0) -> tuple[Problem, DesignQuery]:
    """A case, and the question for threshold units."""
    problem = parse_case(text)
    start, table = problem.initial_state(problem.cell().hidden), merged(transition_table(problem))
    saturated = (MapClass(Logic.SATURATED, whole(1)),)
    return problem, DesignQuery(table, problem.cell(), start, problem.constraints, saturated, seed)


def searched(text: str, limit: float, seed: int) -> tuple[float | None, int]:
    """Processor seconds until there is a design that is proved, or None; and its largest weight."""
    from lstmsolve.search.native import searching

    problem, query = _asked(text, seed)
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


def tables(rows: Sequence[str] = ROWS, seeds: int = 4, limit: float = 60.0) -> Iterator[Table]:
    yield Table(
        "automata",
        "Hidden sizes for random automata",
        f"Random minimal automata, seeds 1 to {seeds}, in at most {limit:g} processor seconds each: H beside the "
        "least that counting allows, and how the times of the compiled search are spread. Every design is proved and "
        "accepted by the checker.",
        ("states", "symbols", "H", "bound", "H / bound", "solved", "worst / median", "median s"),
        (_row(row, seeds, limit) for row in rows),
    )


def compared(
    rows: Sequence[str] = COMPARED, seeds: int = 4, limit: float = 60.0, patience: float = 10.0
) -> Iterator[Table]:
    yield Table(
        "search",
        "The search for threshold units",
        f"Random minimal automata over two symbols, seeds 1 to {seeds}: annealing in numpy mended by z3, and z3 "
        f"alone, as multiples of the compiled search (medians over automata; each has at most {patience:g} processor "
        "seconds), and how many each solves.",
        ("states", "H", "annealing and z3", "z3 alone", "solved: ours", "solved: annealing", "solved: z3"),
        (_compared(row, seeds, limit, patience) for row in rows),
    )


def _row(row: str, seeds: int, limit: float) -> Row:
    states, hidden, *more = map(int, row.split("-"))
    symbols = more[0] if more else 2
    warm()
    times = [seconds_of(states, symbols, seed, hidden, limit) for seed in range(1, seeds + 1)]
    bound = counting_bound(states, symbols)
    solved = [seconds for seconds in times if seconds < inf]
    middle = statistics.median(times)
    spread = max(times) / middle if len(solved) == len(times) else NOTHING
    told = middle if middle < inf else NOTHING
    return states, symbols, hidden, bound, hidden / bound, f"{len(solved)}/{seeds}", spread, told


def seconds_of(states: int, symbols: int, seed: int, hidden: int, limit: float) -> float:
    """Processor seconds of the compiled search; infinite where it finds nothing in its time."""
    try:
        found = searched(random_automaton(states, symbols, seed, hidden), limit, 0)[0]
    except LimitReached:
        return inf
    return inf if found is None else found


@cache
def warm() -> None:
    """Have everything compiled."""
    searched(random_automaton(13, 2, 1, 8), 60.0, 0)


def _compared(row: str, seeds: int, limit: float, patience: float) -> Row:
    states, hidden = map(int, row.split("-"))
    warm()
    ours, times = [], {engine: list[float]() for engine in ENGINES}
    for seed in range(1, seeds + 1):
        ours.append(seconds_of(states, 2, seed, hidden, limit))
        query = _asked(random_automaton(states, 2, seed, hidden))[1]
        for engine, found in times.items():
            answer, seconds = in_a_process(partial(_design, engine, query), patience)
            found.append(seconds if answer == "design" and seconds is not None else inf)
    ratios, counts = [], []
    for found in times.values():
        each = statistics.median(other / own if own < inf else NOTHING for other, own in zip(found, ours, strict=True))
        ratios.append(NOTHING if each == inf else each)
        counts.append(f"{sum(seconds < inf for seconds in found)}/{seeds}")
    return states, hidden, *ratios, f"{sum(seconds < inf for seconds in ours)}/{seeds}", *counts


def _design(engine: str, query: DesignQuery) -> str:
    from importlib import import_module

    from lstmsolve.search.designs import neighbourhood

    neighbourhood.find_spec = lambda name: None  # as if there were no numba
    module, _, function = engine.partition(":")
    found = getattr(import_module(module), function)(query)
    return "design" if isinstance(found, Design) else "none"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rows", nargs="*", metavar="STATES-UNITS", help="which rows; the usual ones if left out")
    parser.add_argument("--limit", type=float, default=60.0, help="processor seconds for each automaton")
    parser.add_argument("--seeds", type=int, default=4, help="automata a row")
    options = parser.parse_args()
    for table in tables(options.rows or ROWS, options.seeds, options.limit):
        printed(table)


if __name__ == "__main__":
    main()
