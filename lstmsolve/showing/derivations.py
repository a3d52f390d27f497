"""Derivations as plain text and as markdown with LaTeX, for the command line and the reports alike."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from textwrap import TextWrapper
from typing import Final, assert_never

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
from lstmsolve.showing.media import code, markdown, terminal
from lstmsolve.showing.tables import ready_table

_WRAPPED: Final = TextWrapper(
    79, initial_indent="    ", subsequent_indent="        ", break_long_words=False, break_on_hyphens=False
)
_LINES: Final = TextWrapper(79, break_long_words=False, break_on_hyphens=False)
_FEW: Final = 6
VERDICTS: Mapping[bool | None, str] = {True: "holds", False: "fails", None: "open"}


def derivation_text(outcome: Derivation, verbose: bool = True) -> str:
    """Verdicts first, as a table; then what is said about claims, and the formulas step by step.

    Unless `verbose`, claims that hold and the formulas of a case with claims are left out.
    """
    case = outcome.case
    told = [f"{case.title}{f' ({case.source})' if case.source else ''}", outcome.reason]
    lines = [f"{outcome.verdict}: {case.name}", *(line for text in told for line in _LINES.wrap(text))]
    lines += verdict_lines(outcome.claims)
    for report in outcome.claims:
        if verbose or not isinstance(report, ClaimHolds):
            lines += ["", f"{VERDICTS[report.holds]} {report.id}: {report.claim}"]
            lines += [line for told in _told(report, verbose) for line in _WRAPPED.wrap(told)]
    if verbose or not outcome.claims:
        lines += ["", "formulas (d: total derivative; ∂: partial, explicit appearances only):"]
        for derived in outcome.derived:
            lines += ["", f"  {derived.of}", *(f"    {step.text}    [{step.says}]" for step in derived.steps)]
    else:
        lines += ["", "the derived formulas, step by step, and the proofs: --verbose"]
    return terminal("\n".join(lines)) + "\n"


def verdict_lines(claims: Sequence[ClaimReport]) -> Iterator[str]:
    """One line for each claim: its id, its verdict, and the kinds of slip in it."""
    if claims:
        yield ""
    width = max((len(report.id) for report in claims), default=0)
    for report in claims:
        yield f"  {report.id:{width}}  {VERDICTS[report.holds]:5}  {slips_of(report)}".rstrip()


def slips_of(report: ClaimReport) -> str:
    """What went wrong in a claim, in a few words; nothing where nothing did, or nobody knows."""
    if not isinstance(report, ClaimFails):
        return ""
    if report.carried_from is not None:
        return f"as in {report.carried_from}"
    said = " and ".join(report.slips) or "no small change mends it"
    return said if report.repeats is None else f"{said}, again as in {report.repeats}"


def derivation_markdown(outcome: Derivation) -> str:
    """The same as markdown, its formulas in LaTeX."""
    case = outcome.case
    parts = [*heading(case), f"Verdict: **{outcome.verdict}**; {markdown(outcome.reason)}."]
    parts.append(claims_table(outcome.claims))
    if outcome.claims:
        parts += ["## Claims", *claims_markdown(outcome)]
    parts += ["## Formulas", *formulas_markdown(outcome.derived)]
    return "\n\n".join(part for part in parts if part) + "\n"


def claims_table(claims: Sequence[ClaimReport]) -> str:
    """The verdicts at a glance, in markdown; nothing where there are no claims."""
    rows = [[markdown(r.id), VERDICTS[r.holds], markdown(slips_of(r))] for r in claims]
    return ready_table(["claim", "verdict", "slip"], rows) if rows else ""


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


def claims_markdown(outcome: Derivation) -> Iterator[str]:
    """Each claim; those in matrix notation as they were written, too."""
    for report in outcome.claims:
        yield from claim_markdown(report, as_written=bool(outcome.case.shapes))


def claim_markdown(report: ClaimReport, as_written: bool = False) -> Iterator[str]:
    """One claim: the line, the verdict, why, and what it should have been."""
    yield f"### {markdown(report.id)}: {VERDICTS[report.holds]}"
    if report.place:
        yield f"{markdown(report.place)}."
    if as_written:
        yield f"{code(report.claim)}, in indices:"
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


def short_witness(witness: Witness) -> str:
    """Where the two sides differ and by how much; the data only where they are few."""
    data = {**witness.parameters, **witness.inputs, **witness.unknowns}
    shown = {**witness.sizes, **witness.indices, **(data if len(data) <= _FEW else {})}
    rest = "" if len(data) <= _FEW else f" and {len(data)} numbers (--verbose)"
    given = ", ".join(f"{name} = {value}" for name, value in shown.items()) + rest
    return f"{given}: left side {_rounded(witness.left)}, right side {_rounded(witness.right)}"


def _rounded(text: str) -> str:
    """Six digits of a number; a reason why there is none as it is."""
    try:
        return f"{float(text):.6g}"
    except ValueError:
        return text


def _sentence(text: str) -> str:
    return f"{markdown(text[:1].upper() + text[1:])}."


def block(formula: str) -> str:
    """A displayed formula."""
    return f"$$\n{formula}\n$$"


def _told(report: ClaimReport, verbose: bool) -> Iterator[str]:
    match report:
        case ClaimHolds(evidence=evidence):
            yield evidence
        case ClaimOpen(why=why):
            yield why
        case ClaimFails():
            yield report.why
            yield f"corrected: {report.corrected}"
            if report.witness is not None:
                yield f"witness: {witness_line(report.witness) if verbose else short_witness(report.witness)}"
        case _:
            assert_never(report)
