"""What a campaign has found, counted: for the terminal, and as a page of the reports."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from campaign.trials.findings import CONTRADICTION, CRASH, KINDS, OVERTIME, REFUSED, UNKNOWN, Finding
from campaign.trials.running import TRIALS, Ended, Name

SHOWN = 400
"""Characters of a finding that are printed."""

COLUMNS = (
    ("verify", ("proved", "refuted", "unknown")),
    ("check", ("accepted", "rejected", "unknown")),
    ("check mutant", ("accepted", "rejected", "refused", "unknown")),
    ("solve", ("solved", "impossible", "unknown")),
    ("region", ("found", "impossible", "unknown")),
    ("family", ("exact", "sound", "unsound", "unknown")),
    ("derive", ("holds", "fails", "unknown")),
    ("claim right", ("True", "False", "None")),
    ("claim changed", ("True", "False", "None")),
)
"""What is counted, and its outcomes."""

WORDS = {"True": "holds", "False": "fails", "None": "open"}


@dataclass
class Tally:
    """The sum of all trials."""

    seed: int
    trials: Counter[str] = field(default_factory=Counter)
    runs: Counter[str] = field(default_factory=Counter)
    findings: list[tuple[Name, Finding]] = field(default_factory=list)

    def add(self, name: Name, ended: Ended) -> None:
        self.trials[ended.kind] += 1
        self.runs.update(ended.runs)
        self.findings += [(name, finding) for finding in ended.findings]

    def count(self, kind: str) -> int:
        return sum(finding.kind == kind for _, finding in self.findings)

    @property
    def good(self) -> bool:
        """Nothing false, nothing broken, no limit exceeded."""
        return not any(self.count(kind) for kind in (CONTRADICTION, CRASH, OVERTIME, REFUSED))

    def finite_verdicts(self) -> tuple[int, int]:
        """Runs of `verify` on finite specs, and how many of them stayed unknown."""
        known = sum(self.runs[f"verify {verdict} finite"] for verdict in ("proved", "refuted"))
        unknown = self.runs["verify unknown finite"]
        return known + unknown, unknown

    def told(self) -> str:
        """For the terminal: counts, and what reproduces each finding."""
        lines = [self._summary(), ""]
        lines += [f"  {what:14} {', '.join(parts)}" for what, parts in self._outcomes()]
        asked, unknown = self.finite_verdicts()
        lines.append(f"  finite specs   {asked} verified, {unknown} unknown{_share(unknown, asked)}")
        for kind in KINDS:
            lines += [
                f"{kind} {name} {finding.command}{' (finite)' if finding.finite else ''}: {finding.told[:SHOWN]}"
                for name, finding in sorted(self.findings, key=lambda found: found[0])
                if finding.kind == kind
            ]
        return "\n".join(lines)

    def page(self) -> str:
        """For `reports/`: counts only."""
        asked, unknown = self.finite_verdicts()
        lines = [
            "# Soundness",
            "",
            "Random cases, weights, certificates and derivations went through the command line, and each answer was",
            "held against an outside oracle ([docs/soundness.md](../docs/soundness.md)). Counts of one campaign:",
            "",
            "| trials of | number |",
            "|---|---|",
            *(f"| `{kind}` | {self.trials[kind]} |" for kind in TRIALS),
            f"| all | {sum(self.trials.values())} |",
            "",
            "| found | number |",
            "|---|---|",
            *(f"| {_PLURALS[kind]} | {self.count(kind)} |" for kind in KINDS if kind != UNKNOWN),
            "",
            "| answers | |",
            "|---|---|",
            *(f"| {what} | {', '.join(parts)} |" for what, parts in self._outcomes()),
            "",
            f"Finite specs: `verify` settled {asked - unknown} of {asked}; {unknown} unknown{_share(unknown, asked)}.",
            "",
            f"`python -m campaign --seed {self.seed}` runs the same trials in the same order.",
        ]
        return "\n".join([*lines, ""])

    def _summary(self) -> str:
        kinds = ", ".join(f"{self.count(kind)} {_PLURALS[kind]}" for kind in KINDS)
        return f"{sum(self.trials.values())} trials: {kinds}"

    def _outcomes(self) -> list[tuple[str, list[str]]]:
        found = []
        for what, outcomes in COLUMNS:
            parts = [f"{self.runs[f'{what} {o}']} {WORDS.get(o, o)}" for o in outcomes if self.runs[f"{what} {o}"]]
            if parts:
                found.append((what, parts))
        return found


_PLURALS = {
    CONTRADICTION: "contradictions",
    CRASH: "crashes",
    OVERTIME: "limits exceeded by more than 2 s",
    UNKNOWN: "unknown",
    REFUSED: "files of the campaign refused",
}


def _share(part: int, whole: int) -> str:
    return f" ({100 * part / whole:.2f} %)" if whole else ""
