"""`python -m campaign.smooth [--counters] [--trials N] [--first K] [--seed S] [--report FILE]`."""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Final, Generic, TypeVar

from campaign.pages import write_section
from campaign.smooth import counters
from campaign.smooth.asking import SECONDS, Verdict, verdict
from campaign.smooth.drawing import Pair, draw
from campaign.smooth.judging import contradiction

SECTION: Final = """
`{command}`, {seconds:g} s of a processor for each net:
{trials} {what}, {told}; {wrong} verdicts contradicted by float64 or balls.
"""

Given = TypeVar("Given")


@dataclass(frozen=True)
class Kind(Generic[Given]):
    """What is drawn, and how a verdict on it is judged."""

    draw: Callable[[Random], Given]
    contradiction: Callable[[Given, Verdict, Random], str | None]


FINITE: Final[Kind[Pair]] = Kind(draw, contradiction)
COUNTERS: Final[Kind[counters.Counting]] = Kind(counters.draw, counters.contradiction)


def main(argv: list[str] | None = None) -> int:
    """Run the trials; 0 if no verdict was contradicted, else 10."""
    parser = argparse.ArgumentParser(prog="python -m campaign.smooth", description=__doc__)
    parser.add_argument("--counters", action="store_true", help="nets that count, and their horizons")
    parser.add_argument("--trials", type=int, default=10_000, metavar="N")
    parser.add_argument("--first", type=int, default=0, metavar="K", help="the number of the first trial")
    parser.add_argument("--seed", type=int, default=0, metavar="S")
    parser.add_argument("--report", type=Path, metavar="FILE", help="put the counts into this page, as a section")
    given = parser.parse_args(argv)
    numbers = range(given.first, given.first + given.trials)
    if given.counters:
        counts, wrong = hunt(given.seed, numbers, counters.verdict, COUNTERS)
    else:
        counts, wrong = hunt(given.seed, numbers, verdict, FINITE)
    for told in wrong:
        sys.stdout.write(f"{told}\n")
    told = ", ".join(f"{count} {name}" for name, count in sorted(counts.items()))
    sys.stdout.write(f"{given.trials} nets: {told}; {len(wrong)} contradictions\n")
    if given.report is not None:
        flag = "--counters " if given.counters else ""
        command = f"python -m campaign.smooth {flag}--trials {given.trials} --first {given.first} --seed {given.seed}"
        text = SECTION.format(
            command=command,
            trials=f"{given.trials:,}",
            what="nets that count" if given.counters else "small nets against as many automata",
            told=told,
            wrong=len(wrong),
            seconds=counters.SECONDS if given.counters else SECONDS,
        )
        write_section(given.report, "Sigmoid and tanh counters" if given.counters else "Sigmoid and tanh", text)
    return 10 if wrong else 0


def hunt(
    seed: int, numbers: Iterable[int], ask: Callable[[Given], Verdict], kind: Kind[Given]
) -> tuple[Counter[str], list[str]]:
    """How often each verdict was given, and what contradicts one; a trial hangs on its number alone."""
    counts: Counter[str] = Counter()
    wrong = []
    for number in numbers:
        random = Random(f"{seed}-{number}")
        given = kind.draw(random)
        said = ask(given)
        counts[said.name] += 1
        why = kind.contradiction(given, said, random)
        if why is not None:
            wrong.append(f"{seed}-{number}: {why}")
        if counts.total() % 500 == 0:
            sys.stderr.write(f"{counts.total()}: {dict(counts)}, {len(wrong)} contradictions\n")
    return counts, wrong


if __name__ == "__main__":
    sys.exit(main())
