"""Outcomes as markdown, for notebooks."""

from __future__ import annotations

from base64 import b64encode

from lstmsolve.kernel.lstm.cells import Weights
from lstmsolve.kernel.proofs.statements import impossibility_statement
from lstmsolve.model.families import FamilyJudged
from lstmsolve.model.outcomes import Accepted, Impossible, Proof, Proved, Refuted, Rejected, Solved, Unknown
from lstmsolve.model.regions import RegionFound
from lstmsolve.model.traces import Counterexample, EnclosedCounterexample
from lstmsolve.showing.media import code, fenced, markdown
from lstmsolve.showing.regions import region_paragraphs
from lstmsolve.showing.summaries import map_table, trace_table, weights_line
from lstmsolve.showing.tables import markdown_table

MOST_ROWS = 40
MOST_UNITS_DRAWN = 12


def outcome_markdown(outcome: object) -> str:
    """The verdict with its evidence: weights and map, the run that fails, the claim, the conditions."""
    match outcome:
        case Solved(weights, certificate, reason) | Proved(weights, certificate, reason):
            parts = [f"{_bold(outcome.verdict)} for all lengths", *_proof(weights, certificate), markdown(reason)]
            parts += _heat_map(weights)
        case Refuted(weights, run, reason):
            parts = [_bold(outcome.verdict), _weights(weights), _run(run), *_run_plot(run), markdown(reason)]
        case Impossible(claim, reason):
            parts = [_bold(outcome.verdict), fenced(impossibility_statement(claim)), markdown(reason)]
        case Accepted(_, statement):
            parts = [_bold(outcome.verdict), fenced(statement)]
        case Unknown(reason, length, weights):
            parts = [_bold(outcome.verdict), *([] if weights is None else [_weights(weights)]), markdown(reason)]
            parts += [] if length is None else [f"every run of up to {length} steps is right"]
        case Rejected(reason):
            parts = [_bold(outcome.verdict), markdown(reason)]
        case RegionFound(found, _, reason):
            parts = [_bold("region"), *map(_conditions, region_paragraphs(found)), markdown(reason)]
        case FamilyJudged(failing=failing, outside=hole, reason=reason):
            parts = [_bold(outcome.verdict)]
            parts += [] if failing is None else [_weights(failing.weights), _run(failing.counterexample)]
            parts += [] if hole is None else [f"outside, and right: {code(weights_line(hole))}"]
            parts += [markdown(reason)]
        case _:
            parts = [code(str(outcome))]
    return "\n\n".join(parts)


def _heat_map(weights: Weights) -> list[str]:
    if weights.cell.hidden > MOST_UNITS_DRAWN:
        return []
    from lstmsolve.showing.plots import weights_plot  # matplotlib takes its time

    return [picture("the weights as a heat map", weights_plot(weights))]


def _run_plot(run: Counterexample | EnclosedCounterexample) -> list[str]:
    """The run, where it is short and all of it is owed something."""
    if isinstance(run, EnclosedCounterexample) or not run.owed or len(run.owed) > MOST_ROWS:
        return []
    from lstmsolve.showing.plots import run_plot

    owed = [step.outputs for step in run.owed]
    plot = run_plot([step.given for step in run.owed], run.trace, owed, fails=run.step)
    return [picture("the run: inputs, c, what is said and what is owed", plot)]


def picture(says: str, svg: str) -> str:
    """A picture in markdown that needs no file."""
    return f"![{markdown(says)}](data:image/svg+xml;base64,{b64encode(svg.encode()).decode()})"


def _bold(verdict: str) -> str:
    return f"**{verdict}**"


def _weights(weights: Weights) -> str:
    return f"weights: {code(weights_line(weights))}"


def _proof(weights: Weights, certificate: Proof) -> list[str]:
    header, rows = map_table(certificate)
    more = (
        [f"… and {len(rows) - MOST_ROWS} more {header[0]}{'es' if header[0] == 'box' else 's'}"]
        if len(rows) > MOST_ROWS
        else []
    )
    return [_weights(weights), markdown_table(header, rows[:MOST_ROWS]), *more]


def _run(run: Counterexample | EnclosedCounterexample) -> str:
    header, rows = trace_table(run)
    if len(rows) <= MOST_ROWS:
        return markdown_table(header, rows)
    half = MOST_ROWS // 2
    gap = [f"… {len(rows) - 2 * half} steps …", *[""] * (len(header) - 1)]
    return markdown_table(header, [*rows[:half], gap, *rows[-half:]])


def _conditions(paragraph: tuple[str, list[str]]) -> str:
    heading, lines = paragraph
    return f"{markdown(heading)}:\n\n{fenced(chr(10).join(lines))}"
