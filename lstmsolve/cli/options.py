"""Texts and options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final, Literal

import typer


def written_to(value: str | Path) -> Path:
    """The path of an option that says where to write."""
    if value == "":
        raise typer.BadParameter("is empty: name a path, or . for the folder that you are in")
    if value == "-":
        raise typer.BadParameter("is no path here: results go to standard output, files to paths (./- is one)")
    return Path(value)


ABOUT: Final = (
    "Designs, proves and refutes LSTM weights. State a behaviour as a case; get weights that have it, with a "
    "proof for **all** sequence lengths, or the shortest counterexample to the weights you have, or a proof that no "
    "weights of that size can do it."
    "\n\nA whole case, `count.toml`, for `lstmsolve solve count.toml` (`lstmsolve new count.toml` writes one):"
    '\n\n\b\n```toml\n[input]\nx = [0, 1]\n[state]\nn = 0\n[next]\nn = "min(3, n + x)"\n[output]\nh = "n"\n```'
)
EXIT_CODES: Final = (
    "Exit codes: 0 solved, proved, accepted, exact, sound, holds · 10 refuted, impossible, rejected, unsound, "
    "fails · 5 unknown · 2 bad input · 1 internal error · 130 interrupted."
)


def shipped_names(incomplete: str) -> list[str]:
    """Names of shipped cases, for the shell to complete."""
    from lstmsolve.api.loading.cases import shipped_cases

    return [name for name in shipped_cases() if name.startswith(incomplete)]


CaseArgument = Annotated[
    str,
    typer.Argument(metavar="CASE", help="A case file, or a shipped case by name.", autocompletion=shipped_names),
]
WeightsArgument = Annotated[
    str,
    typer.Argument(
        metavar="WEIGHTS", help='Weights: a file (JSON, text, CSV, TOML, YAML, .npz), or "b_f=1, w_i=1, w_o=-1".'
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print the result object alone, as JSON.")]
DenseOption = Annotated[
    bool, typer.Option("--dense", help="Write all rows of weights as lists, also long ones that are mostly zero.")
]
HiddenOption = Annotated[int | None, typer.Option(min=1, metavar="N", help="Hidden size, in place of the case's own.")]
SeedOption = Annotated[int, typer.Option(min=0, metavar="K", help="Seed of the solver's random choices.")]
JobsOption = Annotated[
    int | None, typer.Option(min=1, metavar="N", help="Solver processes at a time; all cores if left out.")
]
ClusterOption = Annotated[
    str | None,
    typer.Option(metavar="ADDRESS", help="Work on the Dask cluster of this scheduler, such as tcp://host:8786."),
]
AlphabetOption = Annotated[
    str | None, typer.Option(metavar="A", help="Its letters, such as 01; those that R names if left out.")
]
OutOption = Annotated[
    Path | None,
    typer.Option(
        "--out", parser=written_to, metavar="DIR", help="Write result.json, weights.json and certificate.json here."
    ),
]
EngineOption = Annotated[
    Literal["auto", "linear", "nonlinear", "scipy", "construct"],
    typer.Option(
        metavar="ENGINE",
        help="auto: every way; linear, nonlinear: z3, with maps from a finite list or of any reals; "
        "scipy: in floats, by descent and rounding; construct: from the automaton, without any search.",
    ),
]
ObjectiveOption = Annotated[
    Literal["simplest", "tolerant", "first"],
    typer.Option(help="Which of the weights that work: fewest nonzeros, widest margins, or the first found."),
]
FromOption = Annotated[
    Path | None,
    typer.Option("--from", metavar="AUTOMATON", help="Begin with an automaton: .dot, .att, .hoa, a table in .json."),
]
