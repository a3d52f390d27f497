"""`python -m campaign.smooth [--trials N] [--first K] [--seed S] [--report FILE]`."""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from random import Random
from typing import Final

from campaign.pages import write_section
from campaign.smooth.asking import SECONDS, Verdict, verdict
from campaign.smooth.drawing import Pair, draw
from campaign.smooth.judging import contradiction

SECTION: Final = """
`{command}`, {seconds:g} s of a processor for each net:
{trials} small nets against as many automata, {told}; {wrong} verdicts contradicted by float64 or balls.
"""


def main(argv: list[str] | None = None) -> int:
    """Run the trials; 0 if no verdict was contradicted, else 10."""
    parser = argparse.ArgumentParser(prog="python -m campaign.smooth", description=__doc__)
    parser.add_argument("--trials", type=int, default=10_000, metavar="N")
    parser.add_argument("--first", type=int, default=0, metavar="K", help="the number of the first trial")
    parser.add_argument("--seed", type=int, default=0, metavar="S")
    parser.add_argument("--report", type=Path, metavar="FILE", help="put the counts into this page, as a section")
    given = parser.parse_args(argv)
    counts, wrong = hunt(given.seed, range(given.first, given.first + given.trials), verdict)
    for told in wrong:
        sys.stdout.write(f"{told}\n")
    told = ", ".join(f"{count} {name}" for name, count in sorted(counts.items()))
    sys.stdout.write(f"{given.trials} nets: {told}; {len(wrong)} contradictions\n")
    if given.report is not None:
        command = f"python -m campaign.smooth --trials {given.trials} --first {given.first} --seed {given.seed}"
        text = SECTION.format(command=command, trials=f"{given.trials:,}", told=told, wrong=len(wrong), seconds=SECONDS)
        write_section(given.report, "Sigmoid and tanh", text)
    return 10 if wrong else 0


def hunt(seed: int, numbers: Iterable[int], ask: Callable[[Pair], Verdict]) -> tuple[Counter[str], list[str]]:
    """How often each verdict was given, and what contradicts one; a trial hangs on its number alone."""
    counts: Counter[str] = Counter()
    wrong = []
    for number in numbers:
        random = Random(f"{seed}-{number}")
        pair = draw(random)
        said = ask(pair)
        counts[said.name] += 1
        why = contradiction(pair, said, random)
        if why is not None:
            wrong.append(f"{seed}-{number}: {why}")
        if counts.total() % 500 == 0:
            sys.stderr.write(f"{counts.total()}: {dict(counts)}, {len(wrong)} contradictions\n")
    return counts, wrong


if __name__ == "__main__":
    sys.exit(main())
