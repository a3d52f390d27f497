"""Which trial a number stands for, and how it is run."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from random import Random
from typing import Any, Final

from campaign.tool import Tool
from campaign.trials.derivations import derive
from campaign.trials.findings import Finding, Trial
from campaign.trials.regions import family, region
from campaign.trials.weights import check, solve, verify

TRIALS: Final[Mapping[str, tuple[Callable[[Trial], None], int]]] = {
    "verify": (verify, 60),
    "check": (check, 12),
    "derive": (derive, 10),
    "solve": (solve, 10),
    "family": (family, 4),
    "region": (region, 4),
}
"""What a trial may be, and how often out of 100."""


@dataclass(frozen=True, order=True)
class Name:
    """What reproduces a trial: the seed of a campaign, and the trial's number in it."""

    seed: int
    number: int

    def __str__(self) -> str:
        return f"{self.seed}-{self.number}"

    @classmethod
    def of(cls, text: str) -> Name:
        """The name that a text writes.

        Raises:
            ValueError: it is none.
        """
        seed, _, number = text.partition("-")
        return cls(int(seed), int(number))


@dataclass(frozen=True)
class Ended:
    """What came out of a trial."""

    kind: str
    runs: dict[str, int]
    findings: list[Finding]

    @classmethod
    def read(cls, record: Mapping[str, Any]) -> Ended:
        return cls(record["kind"], record["runs"], [Finding(**finding) for finding in record["findings"]])

    def record(self) -> dict[str, Any]:
        return asdict(self)


def kind_of(name: Name) -> str:
    """The verb that a trial is about."""
    names, shares = zip(*((kind, share) for kind, (_, share) in TRIALS.items()), strict=True)
    return str(Random(f"kind {name}").choices(names, shares)[0])


def run(name: Name, tool: Tool, *, keep: Path | None = None, haste: float = 1.0, kind: str | None = None) -> Ended:
    """Run one trial; its files are kept in `keep`, or thrown away."""
    folder = keep or Path(tempfile.mkdtemp(prefix="campaign-"))
    folder.mkdir(parents=True, exist_ok=True)
    kind = kind or kind_of(name)
    trial = Trial(Random(str(name)), tool, folder, haste)
    try:
        TRIALS[kind][0](trial)
    finally:
        if keep is None:
            shutil.rmtree(folder, ignore_errors=True)
    return Ended(kind, dict(trial.runs), trial.findings)
