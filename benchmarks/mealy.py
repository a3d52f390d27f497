"""Random Mealy machines with an output layer: hidden sizes found by `solve`, as a user would run it.

    python -m benchmarks.mealy [--seeds N] [--timeout SECONDS] [--hidden H] [STATES-SYMBOLS-REPLIES …]

Machines are drawn at random until they are minimal and all states can be reached. The layer is read by argmax. Beside
the size found is that of the weights built without a search.
"""

from __future__ import annotations

import argparse
import time
from random import Random
from typing import Final

import lstmsolve
from lstmsolve.formats.cases import parse_case
from lstmsolve.model.outcomes import Solved
from lstmsolve.search.built.construct import NotConstructible, construct

ROWS: Final = ("12-6-4",)


def random_mealy(states: int, symbols: int, replies: int, seed: int) -> str:
    """A case with a minimal Mealy machine drawn at random."""
    return _case(*drawn_mealy(states, symbols, replies, seed))


def drawn_mealy(states: int, symbols: int, replies: int, seed: int) -> tuple[list[list[int]], list[list[int]]]:
    """Where each state goes with each symbol, and its reply."""
    random = Random(f"mealy-{states}-{symbols}-{replies}-{seed}")
    while True:
        moves = [[random.randrange(states) for _ in range(symbols)] for _ in range(states)]
        said = [[random.randrange(replies) for _ in range(symbols)] for _ in range(states)]
        reached = [0]
        for state in reached:
            reached += [to for to in dict.fromkeys(moves[state]) if to not in reached]
        if len(reached) == states and _are_all_different(moves, said):
            return moves, said


def _are_all_different(moves: list[list[int]], said: list[list[int]]) -> bool:
    """Do no two states behave alike? Moore's refinement."""
    classes = {state: hash(tuple(row)) for state, row in enumerate(said)}
    while True:
        marks = [(classes[state], *(classes[to] for to in row)) for state, row in enumerate(moves)]
        numbers = {mark: n for n, mark in enumerate(dict.fromkeys(marks))}
        if len(numbers) == len(set(classes.values())):
            return len(numbers) == len(moves)
        classes = {state: numbers[mark] for state, mark in enumerate(marks)}


def _case(moves: list[list[int]], said: list[list[int]]) -> str:
    alphabet = "abcdefghijklmnopqrstuvwxyz"[: len(moves[0])]

    def table(rows: list[list[int]], mark: str) -> list[str]:
        said = [[f'{letter} = "{mark}{n}"' for letter, n in zip(alphabet, row, strict=True)] for row in rows]
        return [f"q{state} = {{ {', '.join(entries)} }}" for state, entries in enumerate(said)]

    lines = [
        f'name = "random-mealy-{len(moves)}"',
        f'[machine]\nalphabet = "{alphabet}"\nstart = "q0"',
        "[machine.output]",
        *table(said, "r"),
        "[machine.next]",
        *table(moves, "q"),
        '[readout]\nlayer = true\ndecide = "argmax"',
        '[cell]\nhidden = "minimal"',
    ]
    return "\n".join([*lines, ""])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rows", nargs="*", default=ROWS, metavar="STATES-SYMBOLS-REPLIES")
    parser.add_argument("--seeds", type=int, default=4, help="machines a row, with the seeds from 1 on")
    parser.add_argument("--timeout", type=float, default=60.0, help="seconds for each")
    parser.add_argument("--hidden", type=int, help="the hidden size; the least that is found if left out")
    given = parser.parse_args()
    for row in given.rows:
        states, symbols, replies = map(int, row.split("-"))
        for seed in range(1, given.seeds + 1):
            problem = parse_case(random_mealy(states, symbols, replies, seed))
            built = construct(problem)
            size = "nothing" if isinstance(built, NotConstructible) else f"{built.cell.hidden} units"
            began = time.monotonic()
            outcome = lstmsolve.solve(problem, hidden=given.hidden, seconds=given.timeout)
            found = f"{outcome.weights.cell.hidden} units" if isinstance(outcome, Solved) else "unknown"
            print(f"{row} seed {seed}: {found} in {time.monotonic() - began:.1f} s; built at once: {size}", flush=True)


if __name__ == "__main__":
    main()
