"""Derivations as plain text and as markdown with LaTeX, for the command line and the reports alike."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import assert_never

from lstmsolve.model.derivations import (
    ClaimFails,
    ClaimHolds,
    ClaimOpen,
    ClaimReport,
    Derivation,
    DerivationCase,
    Derived,
    Witness,
)
from lstmsolve.showing.media import markdown, terminal

VERDICTS: Mapping[bool | None, str] = {True: "holds", False: "fails", None: "open"}


def derivation_text(outcome: Derivation) -> str:
    """Verdict, formulas step by step, and every claim, as plain text."""
    case = outcome.case
    lines = [f"{outcome.verdict}: {case.name}", f"{case.title}{f' ({case.source})' if case.source else ''}", ""]
    lines.append("formulas (d: total derivative; ∂: partial, explicit appearances only):")
    for derived in outcome.derived:
        lines += ["", f"  {derived.of}", *(f"    {step.text}    [{step.says}]" for step in derived.steps)]
    if outcome.claims:
        lines += ["", "claims:"]
    for report in outcome.claims:
        lines += ["", f"  {VERDICTS[report.holds]:6}{report.id}: {report.claim}"]
        lines += [f"        {line}" for line in _told(report)]
    return terminal("\n".join([*lines, "", outcome.reason])) + "\n"


def derivation_markdown(outcome: Derivation) -> str:
    """The same as markdown, its formulas in LaTeX."""
    case = outcome.case
    parts = [*heading(case), f"Verdict: **{outcome.verdict}**; {markdown(outcome.reason)}."]
    parts += ["## Formulas", *formulas_markdown(outcome.derived)]
    if outcome.claims:
        parts += ["## Claims", *(part for report in outcome.claims for part in claim_markdown(report))]
    return "\n\n".join(part for part in parts if part) + "\n"


def heading(case: DerivationCase) -> Iterator[str]:
    """Name, title and source of a case, for the top of a page."""
    yield f"# {markdown(case.name)}"
    yield f"{markdown(case.title)}."
    if case.source:
        yield f"Source: {markdown(case.source)}."


def formulas_markdown(derived: tuple[Derived, ...]) -> Iterator[str]:
    """Each derivation as a heading and its steps."""
    for each in derived:
        yield f"### ${each.latex}$"
        for step in each.steps:
            yield f"{step.says}:"
            yield block(step.latex)


def claim_markdown(report: ClaimReport) -> Iterator[str]:
    """One claim: the line, the verdict, why, and what it should have been."""
    yield f"### {markdown(report.id)}: {VERDICTS[report.holds]}"
    if report.place:
        yield f"{markdown(report.place)}."
    yield block(report.latex)
    match report:
        case ClaimHolds(evidence=evidence):
            yield _sentence(evidence)
        case ClaimOpen(why=why):
            yield _sentence(why)
        case ClaimFails():
            yield _sentence(report.why)
            yield "Corrected:"
            yield block(report.corrected_latex)
            if report.witness is not None:
                yield f"Witness: {markdown(witness_line(report.witness))}."
        case _:
            assert_never(report)


def witness_line(witness: Witness) -> str:
    """All numbers of a witness in one sentence."""
    tables = (witness.sizes, witness.indices, witness.parameters, witness.inputs)
    given = [f"{name} = {value}" for table in tables for name, value in table.items()]
    imagined = [f"{name} = {value} (undefined; any number)" for name, value in witness.unknowns.items()]
    return f"{', '.join([*given, *imagined])}: left side {witness.left}, right side {witness.right}"


def _sentence(text: str) -> str:
    return f"{markdown(text[:1].upper() + text[1:])}."


def block(formula: str) -> str:
    """A displayed formula."""
    return f"$$\n{formula}\n$$"


def _told(report: ClaimReport) -> Iterator[str]:
    match report:
        case ClaimHolds(evidence=evidence):
            yield evidence
        case ClaimOpen(why=why):
            yield why
        case ClaimFails():
            yield report.why
            yield f"corrected: {report.corrected}"
            if report.witness is not None:
                yield f"witness: {witness_line(report.witness)}"
        case _:
            assert_never(report)
