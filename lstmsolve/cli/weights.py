"""Commands that find and judge weights. Each imports what it needs when it runs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final, Literal

import typer

from lstmsolve.cli.app import app
from lstmsolve.cli.ending.boundary import Ended, command
from lstmsolve.cli.options import (
    AlphabetOption,
    CaseArgument,
    ClusterOption,
    DenseOption,
    EngineOption,
    HiddenOption,
    JobsOption,
    JsonOption,
    ObjectiveOption,
    OutOption,
    SeedOption,
    WeightsArgument,
    shipped_names,
    written_to,
)
from lstmsolve.kernel.base.errors import InputError

ANSWER: Final = "lstmsolve.encoder.designs.answer:answer"
POLISH: Final = "lstmsolve.search.polish.milp:polish"
LOOK_OUTSIDE: Final = "lstmsolve.verifier.outsiders:look_outside"
"""Functions of workers, by name, as importing the modules that name them is what is not to be waited for."""


@app.command()
@command
def solve(
    case: Annotated[
        str | None,
        typer.Argument(metavar="CASE", help="A case file, or a shipped case by name.", autocompletion=shipped_names),
    ] = None,
    regex: Annotated[
        str | None, typer.Option(metavar="R", help="A regular language in place of a case: say 1 after its words.")
    ] = None,
    alphabet: AlphabetOption = None,
    hidden: HiddenOption = None,
    timeout: Annotated[float, typer.Option(min=0.0, metavar="S", help="Seconds until the answer is `unknown`.")] = 60.0,
    seed: SeedOption = 0,
    jobs: JobsOption = None,
    start: Annotated[
        str | None,
        typer.Option(
            "--from",
            metavar="WEIGHTS",
            help="Repair these weights of a sigmoid and tanh cell: move them until they are proved.",
        ),
    ] = None,
    objective: ObjectiveOption = "simplest",
    engine: EngineOption = "auto",
    arithmetic: Annotated[
        Literal["exact", "float32", "float16", "bfloat16"],
        typer.Option(help="Ask for weights that are exact in a float format, whatever the order of evaluation."),
    ] = "exact",
    out: OutOption = None,
    dense: DenseOption = False,
    verbose: Annotated[bool, typer.Option("--verbose", help="Say what was tried, and how each attempt ended.")] = False,
    cluster: ClusterOption = None,
    json: JsonOption = False,
) -> Ended:
    """Find weights that meet a case at every sequence length, with a checkable proof.

    Examples: `lstmsolve solve nonzero-counter --out found`, `lstmsolve solve --regex '[01]*111'`,
    `lstmsolve solve case.toml --from net.safetensors`
    """
    if engine in ("auto", "linear") and cluster is None and start is None:
        _prepare(ANSWER, POLISH)
    from lstmsolve.cli.verbs.solving import run_solve

    return run_solve(
        case,
        regex,
        alphabet,
        hidden,
        timeout,
        seed,
        jobs,
        start,
        objective,
        engine,
        arithmetic,
        out,
        dense,
        json,
        verbose,
        cluster,
    )


@app.command()
@command
def verify(
    case: CaseArgument,
    weights: WeightsArgument,
    timeout: Annotated[float, typer.Option(min=0.0, metavar="S", help="Seconds until the answer is `unknown`.")] = 30.0,
    max_length: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Look for counterexamples of up to so many steps.")
    ] = None,
    nearest: Annotated[
        bool, typer.Option("--nearest", help="If they are wrong, find the smallest change of one weight that would do.")
    ] = False,
    arithmetic: Annotated[
        Literal["exact", "float32", "float16", "bfloat16", "int8", "int16"],
        typer.Option(
            help="Judge runs in fractions; in a float format, whatever the order of evaluation; or the nearest weights "
            "of 8 or 16 bits."
        ),
    ] = "exact",
    robust: Annotated[
        str | None,
        typer.Option(
            metavar="EPS", help="Prove it for every implementation that errs by at most EPS in c and h at each step."
        ),
    ] = None,
    out: OutOption = None,
    dense: DenseOption = False,
    json: JsonOption = False,
) -> Ended:
    """Prove given weights for all sequence lengths, or find a shortest counterexample.

    Example: `lstmsolve verify nonzero-counter weights.json`
    """
    from lstmsolve.cli.verbs.verifying import run_verify

    return run_verify(case, weights, timeout, max_length, arithmetic, robust, nearest, out, dense, json)


@app.command()
@command
def region(
    case: CaseArgument,
    hidden: HiddenOption = None,
    timeout: Annotated[float, typer.Option(min=0.0, metavar="S", help="Seconds until the search ends.")] = 60.0,
    seed: SeedOption = 0,
    jobs: JobsOption = None,
    others: Annotated[
        bool, typer.Option("--others/--no-others", help="Ask whether weights outside the region work too.")
    ] = True,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", parser=written_to, metavar="DIR", help="Write result.json and region.toml, a family, here."
        ),
    ] = None,
    json: JsonOption = False,
) -> Ended:
    """All weights that work, as a union of polyhedra, given the maps found; and whether there are others.

    Example: `lstmsolve region nonzero-counter`
    """
    _prepare(ANSWER, *([LOOK_OUTSIDE] if others else []))
    from lstmsolve.cli.verbs.regions import run_region

    return run_region(case, hidden, timeout, seed, jobs, others, out, json)


@app.command()
@command
def family(
    case: CaseArgument,
    family: Annotated[str, typer.Argument(metavar="FAMILY", help="A family file (TOML), or a shipped family by name.")],
    hidden: HiddenOption = None,
    timeout: Annotated[float, typer.Option(min=0.0, metavar="S", help="Seconds until the search ends.")] = 120.0,
    seed: SeedOption = 0,
    jobs: JobsOption = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", parser=written_to, metavar="DIR", help="Write result.json and the weights that tell, here."
        ),
    ] = None,
    json: JsonOption = False,
) -> Ended:
    """Is every member of a stated family a solution, and every solution a member?

    Example: `lstmsolve family nonzero-counter nonzero-counter-printed`
    """
    _prepare(ANSWER, LOOK_OUTSIDE)
    from lstmsolve.cli.verbs.regions import run_family

    return run_family(case, family, hidden, timeout, seed, jobs, out, json)


def _prepare(*functions: str) -> None:
    """Let what workers will run be imported beside the command's own modules; what both need, before."""
    import lstmsolve.encoder
    import lstmsolve.obligations.weights.requirements  # noqa: F401
    from lstmsolve.workers.starting import prepare

    prepare(*functions)


@app.command()
@command
def mark(
    case: CaseArgument,
    files: Annotated[
        list[Path],
        typer.Argument(
            readable=False, metavar="FILES...", help="Answers, weights or families in any format, or folders of them."
        ),
    ],
    timeout: Annotated[float, typer.Option(min=0.0, metavar="S", help="Seconds for each answer.")] = 10.0,
    jobs: JobsOption = None,
    points: Annotated[
        str | None,
        typer.Option(metavar="P[,Q]", help="Points of a right answer; Q for wrong weights one change from right."),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", parser=written_to, metavar="DIR", help="Write marks.csv, class.md and a page for each answer here."
        ),
    ] = None,
    cluster: ClusterOption = None,
    json: JsonOption = False,
) -> Ended:
    """Mark many answers: right, wrong with the shortest counterexample, or a family with a member that fails.

    Exit code 0 if all are right, 10 if some are wrong or unreadable, else 5.

    Example: `lstmsolve mark nonzero-counter answers/ --out marks`
    """
    from lstmsolve.cli.verbs.marking import run_mark

    return run_mark(case, files, timeout, jobs, points, out, json, cluster)


@app.command()
@command
def check(
    certificate: Annotated[
        Path | None, typer.Argument(metavar="CERTIFICATE", help="A certificate.json of solve or verify.")
    ] = None,
    case: Annotated[
        str | None, typer.Option(metavar="CASE", help="Reject it too if it is about another case than this one.")
    ] = None,
    timeout: Annotated[float, typer.Option(min=0.0, metavar="S", help="Seconds until the answer is `unknown`.")] = 60.0,
    trusted: Annotated[
        bool, typer.Option("--trusted", help="Count the lines that must be trusted to believe a certificate.")
    ] = False,
    json: JsonOption = False,
) -> Ended:
    """Re-prove a certificate with exact fractions and no solver, and print what it proves.

    Example: `lstmsolve check found/certificate.json --case nonzero-counter`
    """
    from lstmsolve.cli.verbs.checking import run_check, run_trusted

    if trusted:
        return run_trusted(json)
    if certificate is None:
        raise InputError.single("CERTIFICATE", "which certificate? Give a file, or --trusted")
    return run_check(certificate, case, timeout, json)


@app.command()
@command
def simulate(
    weights: WeightsArgument,
    inputs: Annotated[
        str, typer.Option(metavar="X", help="Steps between commas, columns between colons: 0,3,0 or 1:0,0:1 or a,b.")
    ],
    case: Annotated[
        str | None, typer.Option(metavar="CASE", help="Show its registers and what it owes; inputs by their symbols.")
    ] = None,
    arithmetic: Annotated[
        Literal["exact", "float64", "float32", "float16", "bfloat16"],
        typer.Option(help="Fractions, or a float format."),
    ] = "exact",
    timeout: Annotated[float, typer.Option(min=0.0, metavar="S", help="Seconds until the run is given up.")] = 60.0,
    json: JsonOption = False,
) -> Ended:
    """Run a cell on inputs and show its gates, c and h after every step.

    Example: `lstmsolve simulate found/weights.json --inputs 2,0,5,0`
    """
    from lstmsolve.cli.verbs.showing import run_simulate

    return run_simulate(weights, inputs, case, arithmetic, timeout, json)
