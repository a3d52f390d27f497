"""What a trial found, and its notes on the way."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from campaign.tool import Answer, Tool

CONTRADICTION, CRASH, OVERTIME, UNKNOWN, REFUSED = "contradiction", "crash", "overtime", "unknown", "refused"
KINDS = (CONTRADICTION, CRASH, OVERTIME, UNKNOWN, REFUSED)
"""From worst to least. `refused`: a file of ours that the package calls bad."""


@dataclass(frozen=True)
class Finding:
    kind: str
    command: str
    told: str
    finite: bool = False
    """Was it about a case with finitely many states and inputs?"""


@dataclass
class Trial:
    """One trial while it runs."""

    random: Random
    tool: Tool
    folder: Path
    """For its files."""
    haste: float = 1.0
    """Time limits are multiplied by this."""
    findings: list[Finding] = field(default_factory=list)
    runs: Counter[str] = field(default_factory=Counter)
    """Commands by `command verdict`, and `command verdict finite` where the case is finite."""

    def ask(self, command: str, *arguments: str | Path, timeout: float, finite: bool = False) -> Answer | None:
        """Run a command; None where it gave no result, or a file was refused."""
        answer = self.tool(command, *arguments, timeout=timeout * self.haste)
        outcome = "refused" if answer.refused else answer.verdict or "found"
        self.runs[f"{command} {outcome}"] += 1
        if finite:
            self.runs[f"{command} {outcome} finite"] += 1
        if answer.overtime:
            self.found(OVERTIME, command, f"{answer.late:.1f} s beyond its limit")
        if answer.crash is not None:
            self.found(CRASH, command, answer.crash)
            return None
        if answer.refused:
            self.found(REFUSED, command, answer.said.strip()[-600:])
            return None
        if answer.verdict == "unknown":
            self.findings.append(Finding(UNKNOWN, command, str(answer.record.get("reason")), finite))
        return answer

    def found(self, kind: str, command: str, told: str) -> None:
        self.findings.append(Finding(kind, command, told))

    def contradict(self, command: str, objections: Iterable[str]) -> None:
        for told in objections:
            self.found(CONTRADICTION, command, told)

    def file(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.write_text(text)
        return path
