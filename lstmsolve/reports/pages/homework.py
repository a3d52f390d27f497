"""The seed's homework, line by line: holds or fails, why, corrected (ECE 417 Homework 6, Fall 2023)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from lstmsolve.model.derivations import ClaimHolds, ClaimReport, Derivation
from lstmsolve.showing.derivations import VERDICTS, claim_markdown
from lstmsolve.showing.media import markdown
from lstmsolve.showing.tables import markdown_table

HOMEWORK: Final = ("hw6-1", "hw6-2", "hw6-3")
"""The derivation cases that hold its printed lines, in order."""


def homework_page(outcomes: Sequence[Derivation], further: Sequence[str] = ()) -> str:
    """The page; `further` are finished sections about problems that are no derivations."""
    lines = sum(len(outcome.claims) for outcome in outcomes)
    failing = sum(report.holds is False for outcome in outcomes for report in outcome.claims)
    still_open = sum(report.holds is None for outcome in outcomes for report in outcome.claims)
    rest = f" and {still_open} are open" if still_open else ""
    parts = [
        "# Homework 6, line by line",
        "ECE 417 Multimedia Signal Processing, Fall 2023, the published solutions. Each printed line is a claim of a "
        "derivation case; the program derives the formulas itself, proves each line or finds numbers at which it "
        "fails, and looks for the smallest change that makes it true. It knows of no slip beforehand.",
        f"Of the {lines} printed lines of Problems 6.1 to 6.3, {failing} fail{rest}.",
    ]
    for outcome in outcomes:
        parts += _problem(outcome)
    return "\n\n".join([*parts, *further]) + "\n"


def _problem(outcome: Derivation) -> list[str]:
    case = outcome.case
    rows = [[report.id, report.place, VERDICTS[report.holds], _why(report)] for report in outcome.claims]
    parts = [f"## {markdown(case.source.rpartition(', ')[2])}: {markdown(case.title)}"]
    parts += [f"{markdown(outcome.reason[:1].upper() + outcome.reason[1:])}."]
    parts += [markdown_table(["line", "place", "verdict", "why"], rows)]
    parts += [part for report in outcome.claims for part in claim_markdown(report)]
    parts.append(f"How the right formulas come about: [{case.name}](gradients/{case.name}.md).")
    return parts


def _why(report: ClaimReport) -> str:
    return "" if isinstance(report, ClaimHolds) else report.why
