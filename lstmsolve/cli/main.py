"""`lstmsolve`: the commands and their options. Each imports what it needs when it runs."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Literal

import typer

from lstmsolve.cli.ending.boundary import Ended, Exit, command
from lstmsolve.cli.ending.interrupts import interrupted, leave, noticed
from lstmsolve.kernel.base.errors import InputError
from lstmsolve.workers.memory import MEMORY_LIMIT, limit_memory

app = typer.Typer(
    name="lstmsolve",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Designs, proves and refutes LSTM weights. State a behaviour as a case; get weights that have it, with a "
    "proof for **all** sequence lengths, or the shortest counterexample to the weights you have, or a proof that no "
    "weights of that size can do it.",
    epilog="Exit codes: 0 solved, proved, accepted, exact, sound, holds · 10 refuted, impossible, rejected, unsound, "
    "fails · 5 unknown · 2 bad input · 1 internal error · 130 interrupted.",
)

CaseArgument = Annotated[str, typer.Argument(metavar="CASE", help="A case file, or a shipped case by name.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print the result object alone, as JSON.")]
HiddenOption = Annotated[int | None, typer.Option(min=1, metavar="N", help="Hidden size, in place of the case's own.")]
SeedOption = Annotated[int, typer.Option(min=0, metavar="K", help="Seed of the solver's random choices.")]
JobsOption = Annotated[
    int | None, typer.Option(min=1, metavar="N", help="Solver processes at a time; all cores if left out.")
]
OutOption = Annotated[
    Path | None, typer.Option("--out", metavar="DIR", help="Write result.json, weights.json and certificate.json here.")
]


@app.command()
@command
def solve(
    case: CaseArgument,
    hidden: HiddenOption = None,
    timeout: Annotated[float, typer.Option(min=0.0, metavar="S", help="Seconds until the answer is `unknown`.")] = 60.0,
    seed: SeedOption = 0,
    jobs: JobsOption = None,
    objective: Annotated[
        Literal["simplest", "tolerant", "first"],
        typer.Option(help="Which of the weights that work: fewest nonzeros, widest margins, or the first found."),
    ] = "simplest",
    engine: Annotated[
        Literal["auto", "linear", "nonlinear", "scipy", "construct"],
        typer.Option(
            metavar="ENGINE",
            help="auto: every way; linear, nonlinear: z3, with maps from a finite list or of any reals; "
            "scipy: in floats, by descent and rounding; construct: from the automaton, without any search.",
        ),
    ] = "auto",
    out: OutOption = None,
    verbose: Annotated[bool, typer.Option("--verbose", help="Say what was tried, and how each attempt ended.")] = False,
    json: JsonOption = False,
) -> Ended:
    """Find weights that meet a case at every sequence length, with a checkable proof.

    Example: `lstmsolve solve nonzero-counter --out found`
    """
    from lstmsolve.cli.verbs.solving import run_solve

    return run_solve(case, hidden, timeout, seed, jobs, objective, engine, out, json, verbose)


@app.command()
@command
def verify(
    case: CaseArgument,
    weights: Annotated[
        str, typer.Argument(metavar="WEIGHTS", help='A weights file, or the nonzero weights: "b_f=1 w_i=1 w_o=-1".')
    ],
    timeout: Annotated[float, typer.Option(min=0.0, metavar="S", help="Seconds until the answer is `unknown`.")] = 30.0,
    max_length: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Look for counterexamples of up to so many steps.")
    ] = None,
    out: OutOption = None,
    json: JsonOption = False,
) -> Ended:
    """Prove given weights for all sequence lengths, or find a shortest counterexample.

    Example: `lstmsolve verify nonzero-counter weights.json`
    """
    from lstmsolve.cli.verbs.solving import run_verify

    return run_verify(case, weights, timeout, max_length, out, json)


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
        Path | None, typer.Option("--out", metavar="DIR", help="Write result.json and region.toml, a family, here.")
    ] = None,
    json: JsonOption = False,
) -> Ended:
    """All weights that work, as a union of polyhedra, given the maps found; and whether there are others.

    Example: `lstmsolve region nonzero-counter`
    """
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
        Path | None, typer.Option("--out", metavar="DIR", help="Write result.json and the weights that tell, here.")
    ] = None,
    json: JsonOption = False,
) -> Ended:
    """Is every member of a stated family a solution, and every solution a member?

    Example: `lstmsolve family nonzero-counter nonzero-counter-printed`
    """
    from lstmsolve.cli.verbs.regions import run_family

    return run_family(case, family, hidden, timeout, seed, jobs, out, json)


@app.command()
@command
def mark(
    case: CaseArgument,
    files: Annotated[
        list[Path],
        typer.Argument(metavar="FILES...", help="Answers: weights (.json), families (.toml), or folders of them."),
    ],
    timeout: Annotated[float, typer.Option(min=0.0, metavar="S", help="Seconds for each answer.")] = 10.0,
    jobs: JobsOption = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="DIR", help="Write marks.csv and a page for each answer here.")
    ] = None,
    json: JsonOption = False,
) -> Ended:
    """Mark many answers: right, wrong with the shortest counterexample, or a family with a member that fails.

    Exit code 0 if all are right, 10 if some are wrong or unreadable, else 5.

    Example: `lstmsolve mark nonzero-counter answers/ --out marks`
    """
    from lstmsolve.cli.verbs.marking import run_mark

    return run_mark(case, files, timeout, jobs, out, json)


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
    weights: Annotated[Path, typer.Argument(metavar="WEIGHTS", help="A weights file.")],
    inputs: Annotated[
        str, typer.Option(metavar="X", help="Steps separated by commas, columns by colons: `0,3,0` or `1:0,0:1`.")
    ],
    arithmetic: Annotated[
        Literal["exact", "float64", "float32", "float16"], typer.Option(help="Fractions, or a float format.")
    ] = "exact",
    timeout: Annotated[float, typer.Option(min=0.0, metavar="S", help="Seconds until the run is given up.")] = 60.0,
    json: JsonOption = False,
) -> Ended:
    """Run a cell on inputs and show c and h after every step.

    Example: `lstmsolve simulate found/weights.json --inputs 2,0,5,0`
    """
    from lstmsolve.cli.verbs.showing import run_simulate

    return run_simulate(weights, inputs, arithmetic, timeout, json)


@app.command()
@command
def derive(
    case: Annotated[str, typer.Argument(metavar="CASE", help="A derivation case file, or a shipped one by name.")],
    timeout: Annotated[float, typer.Option(min=0.0, metavar="S", help="Seconds until claims are left open.")] = 120.0,
    seed: Annotated[
        int, typer.Option(min=0, metavar="K", help="Seed of the random data on which claims are tried.")
    ] = 0,
    markdown: Annotated[bool, typer.Option("--markdown", help="Formulas in LaTeX, the rest in markdown.")] = False,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="DIR", help="Write result.json, derivation.md and .txt here.")
    ] = None,
    json: JsonOption = False,
) -> Ended:
    """Derive back-propagation formulas step by step, and check formulas derived by hand.

    Example: `lstmsolve derive hw6-3`
    """
    from lstmsolve.cli.verbs.deriving import run_derive

    return run_derive(case, timeout, seed, markdown, out, json)


@app.command()
@command
def cases(json: JsonOption = False) -> Ended:
    """List the cases that come with lstmsolve."""
    from lstmsolve.cli.verbs.showing import run_cases

    return run_cases(json)


@app.command()
@command
def report(
    cases: Annotated[
        list[str] | None, typer.Argument(metavar="[CASE]...", help="Cases; all shipped ones if none.")
    ] = None,
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Where the pages go.")] = Path("reports"),
    timeout: Annotated[float, typer.Option(min=0.0, metavar="S", help="Seconds for each case.")] = 60.0,
    jobs: JobsOption = None,
    again: Annotated[bool, typer.Option("--again", help="Search even where DIR has an accepted certificate.")] = False,
    json: JsonOption = False,
) -> Ended:
    """Write a markdown page with plots for each case, and an index.

    Example: `lstmsolve report parity ramp --out pages`
    """
    from lstmsolve.cli.verbs.reporting import run_report

    return run_report(cases, out, timeout, jobs, again, json)


@app.callback(invoke_without_command=True)
def root(
    version: Annotated[bool, typer.Option("--version", help="Print the version.", is_eager=True)] = False,
) -> None:
    if version:
        from importlib.metadata import version as installed

        typer.echo(f"lstmsolve {installed('lstmsolve')}")
        raise typer.Exit(int(Exit.GOOD))


def main() -> None:
    """Run the command line, and leave with its exit code."""
    limit_memory(MEMORY_LIMIT)
    # Each of a library's threads would take memory of its own, and nothing here runs faster with them.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    with noticed() as pressed:
        try:
            app()
        except SystemExit as error:
            if not isinstance(error.code, int):
                raise
            leave(error.code)
        except BaseException:
            if not pressed():
                raise
            interrupted()
