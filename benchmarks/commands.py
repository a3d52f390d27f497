"""Commands from their start to their end, with all their processes, beside a Python that only imports z3.

python -m benchmarks.commands [--rounds N] [--beside FOLDER]

FOLDER is another checkout: each command is run there as well, in turns, as a multiple of here.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from benchmarks.tables import NOTHING, Row, Table, printed

HERE: Final = Path(__file__).parents[1]

COMMANDS: Final = (
    "--help",
    "check {found}/certificate.json",
    "verify nonzero-counter {found}/weights.json",
    "verify nonzero-counter {found}/deep.json --timeout 600",
    "solve nonzero-counter",
    "region nonzero-counter",
    "region saturating-counter",
    "family nonzero-counter nonzero-counter-printed",
)
"""`deep.json` is a counter that is wrong from 100,001 on: its counterexample has 100,003 steps."""

DEEP: Final = "b_f=2 u_f=-1/100000 w_i=1 w_c=1 b_o=1 w_o=-1"


def tables(rounds: int = 3, beside: Path | None = None) -> Iterator[Table]:
    told = "" if beside is None else f" Beside it the checkout {beside.name}, as a multiple of this one, in turns."
    yield Table(
        "commands",
        "Commands, with their start",
        "Processor time of a command and of all its processes, as a multiple of a Python that imports z3 and ends "
        f"(medians of {rounds} rounds).{told}",
        ("command", "times z3's import", *(["beside"] if beside else [])),
        _rows(rounds, beside),
    )


def _rows(rounds: int, beside: Path | None) -> Iterator[Row]:
    with TemporaryDirectory() as found:
        run(HERE, ["solve", "nonzero-counter", "--out", found])
        (Path(found) / "deep.json").write_text(DEEP)
        for command in COMMANDS:
            words = command.format(found=found).split()
            run(HERE, words)  # whose bytecode is written now
            times = [(run(HERE, words), start(), run(beside, words) if beside else NOTHING) for _ in range(rounds)]
            ours, alone, theirs = (sorted(column)[rounds // 2] for column in zip(*times, strict=True))
            named = command.replace("{found}/", "").replace(" --timeout 600", "")
            yield (named, ours / alone, *([theirs / ours] if beside else []))


def run(root: Path, words: Sequence[str]) -> float:
    """Processor seconds of a command of a checkout."""
    return _seconds(["-P", "-m", "lstmsolve", *words], {"PYTHONPATH": str(root), "PYTHONDONTWRITEBYTECODE": ""})


def start() -> float:
    return _seconds(["-c", "import z3"], {})


def _seconds(arguments: Sequence[str], environment: dict[str, str]) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(
        [sys.executable, *arguments],
        env=os.environ | environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=False,
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--beside", type=Path, metavar="FOLDER")
    given = parser.parse_args()
    for table in tables(given.rounds, given.beside):
        printed(table)


if __name__ == "__main__":
    main()
