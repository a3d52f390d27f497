"""Commands about other files: other tools', derivations, cases, reports. Each imports what it needs when it runs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from lstmsolve.cli.app import app
from lstmsolve.cli.ending.boundary import Ended, command
from lstmsolve.cli.options import (
    AlphabetOption,
    ClusterOption,
    DenseOption,
    FromOption,
    JobsOption,
    JsonOption,
    ObjectiveOption,
    SeedOption,
    written_to,
)


@app.command()
@command
def export(
    source: Annotated[
        Path, typer.Argument(metavar="WEIGHTS_OR_CERTIFICATE", help="Weights, or a certificate that says more of them.")
    ],
    target: Annotated[
        Literal["onnx", "onnx-step", "onnx-int8", "onnx-lstm", "torch", "safetensors", "c", "smtlib", "latex", "dot"],
        typer.Option(
            "--to",
            metavar="FORMAT",
            help="onnx (a Scan), onnx-step, onnx-int8, onnx-lstm (one node, for "
            "onnxruntime alone), torch, safetensors, c, smtlib, latex, dot.",
        ),
    ],
    out: Annotated[
        Path,
        typer.Option("-o", "--out", parser=written_to, metavar="PATH", help="The file, or the folder of c and torch."),
    ],
    case: Annotated[
        str | None, typer.Option(metavar="CASE", help="For weights: the case they are for, which gives names.")
    ] = None,
    precision: Annotated[
        Literal["float32", "float64"], typer.Option(help="Floats of the exported weights.")
    ] = "float32",
    prove: Annotated[bool, typer.Option("--prove", help="With c: let ESBMC prove the code for all lengths.")] = False,
    timeout: Annotated[float, typer.Option(min=0.0, metavar="S", help="Seconds until it is given up.")] = 60.0,
    json: JsonOption = False,
) -> Ended:
    """Write a design for another tool: ONNX, torch, C, SMT-LIB, LaTeX, Graphviz.

    Example: `lstmsolve export found/certificate.json --to onnx -o net.onnx`
    """
    from lstmsolve.cli.verbs.exporting import run_export

    return run_export(source, target, out, case, precision, prove, timeout, json)


@app.command("import")
@command
def import_(
    source: Annotated[Path, typer.Argument(metavar="FILE", help="A .safetensors, .npz, .onnx or .json state dict.")],
    out: Annotated[
        Path, typer.Option("-o", "--out", parser=written_to, metavar="WEIGHTS", help="The weights file to write.")
    ],
    case: Annotated[
        str | None, typer.Option(metavar="CASE", help="The case they are for: its activations, its columns.")
    ] = None,
    layer: Annotated[
        int | None, typer.Option(min=0, metavar="N", help="Which LSTM of a stack, counted from 0.")
    ] = None,
    readout: Annotated[
        str | None, typer.Option(metavar="NAME", help="The layer that reads h, where several could.")
    ] = None,
    timeout: Annotated[float, typer.Option(min=0.0, metavar="S", help="Seconds until it is given up.")] = 60.0,
    dense: DenseOption = False,
    json: JsonOption = False,
) -> Ended:
    """Read the LSTM of another tool's file, every float exactly the fraction that it is.

    Example: `lstmsolve import net.safetensors -o weights.json`
    """
    from lstmsolve.cli.verbs.exporting import run_import

    return run_import(source, out, case, layer, readout, timeout, dense, json)


@app.command()
@command
def derive(
    case: Annotated[str, typer.Argument(metavar="CASE", help="A derivation case file, or a shipped one by name.")],
    timeout: Annotated[float, typer.Option(min=0.0, metavar="S", help="Seconds until claims are left open.")] = 600.0,
    seed: Annotated[
        int, typer.Option(min=0, metavar="K", help="Seed of the random data on which claims are tried.")
    ] = 0,
    markdown: Annotated[bool, typer.Option("--markdown", help="Formulas in LaTeX, the rest in markdown.")] = False,
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="The formulas step by step, and how each claim was proved.")
    ] = False,
    out: Annotated[
        Path | None,
        typer.Option("--out", parser=written_to, metavar="DIR", help="Write result.json, derivation.md and .txt here."),
    ] = None,
    json: JsonOption = False,
) -> Ended:
    """Derive back-propagation formulas step by step, and check formulas derived by hand.

    Example: `lstmsolve derive hw6-3`
    """
    from lstmsolve.cli.verbs.deriving import run_derive

    return run_derive(case, timeout, seed, markdown, verbose, out, json)


@app.command()
@command
def new(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The case to write, such as mine.toml.")],
    like: Annotated[str | None, typer.Option(metavar="CASE", help="Begin with a copy of this case.")] = None,
    regex: Annotated[str | None, typer.Option(metavar="R", help="Begin with a regular language.")] = None,
    alphabet: AlphabetOption = None,
    source: FromOption = None,
    json: JsonOption = False,
) -> Ended:
    """Write a case to begin with: a template with a comment on each line, or one made of something.

    Examples: `lstmsolve new mine.toml`, `lstmsolve new mine.toml --from machine.dot`
    """
    from lstmsolve.cli.verbs.beginning import run_new

    return run_new(file, like, regex, alphabet, source, json)


@app.command()
@command
def cases(
    word: Annotated[
        str | None, typer.Argument(metavar="[WORD]", help="Only cases about this; or a case's name.")
    ] = None,
    show: Annotated[bool, typer.Option("--show", help="Print the file of the case with this name.")] = False,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Hidden sizes and sources as well.")] = False,
    json: JsonOption = False,
) -> Ended:
    """List the cases that come with lstmsolve, those about a word, or print one.

    Examples: `lstmsolve cases counter`, `lstmsolve cases parity --show`
    """
    from lstmsolve.cli.verbs.beginning import run_cases

    return run_cases(word, show, verbose, json)


@app.command()
@command
def batch(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="A folder of cases, with folders inside.")],
    out: Annotated[
        Path,
        typer.Option("--out", parser=written_to, metavar="DIR", help="Where the index and a folder for each case go."),
    ] = Path("solved"),
    timeout: Annotated[float, typer.Option(min=0.0, metavar="S", help="Seconds for each case.")] = 60.0,
    seed: SeedOption = 0,
    objective: ObjectiveOption = "simplest",
    jobs: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Cases at a time; as many as cores if left out.")
    ] = None,
    cluster: ClusterOption = None,
    again: Annotated[bool, typer.Option("--again", help="Solve even what DIR has the answer to.")] = False,
    json: JsonOption = False,
) -> Ended:
    """Solve all cases of a folder: an index, and a folder for each. Started again, it goes on where it stopped.

    Exit code 0 if all are solved, 10 if some are impossible or unreadable, else 5.

    Example: `lstmsolve batch cases/ --out solved`
    """
    from lstmsolve.cli.verbs.batching import run_batch

    return run_batch(folder, out, timeout, seed, objective, jobs, cluster, again, json)


@app.command()
@command
def report(
    cases: Annotated[
        list[str] | None, typer.Argument(metavar="[CASE]...", help="Cases; all shipped ones if none.")
    ] = None,
    out: Annotated[Path, typer.Option("--out", parser=written_to, metavar="DIR", help="Where the pages go.")] = Path(
        "reports"
    ),
    timeout: Annotated[float, typer.Option(min=0.0, metavar="S", help="Seconds for each case.")] = 60.0,
    jobs: JobsOption = None,
    again: Annotated[bool, typer.Option("--again", help="Search even where DIR has an accepted certificate.")] = False,
    runtimes: Annotated[
        bool, typer.Option("--runtimes", help="Write runtimes.md alone: DIR's certificates, exported and run.")
    ] = False,
    json: JsonOption = False,
) -> Ended:
    """Write a markdown page with plots for each case, and an index.

    Example: `lstmsolve report parity ramp --out pages`
    """
    from lstmsolve.cli.verbs.reporting import run_report, run_runtimes

    if runtimes:
        return run_runtimes(cases, out, json)
    return run_report(cases, out, timeout, jobs, again, json)


@app.command()
@command
def serve(
    host: Annotated[
        str, typer.Option(metavar="HOST", help="Beyond loopback, everybody who asks must show a token.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65_535, metavar="PORT", help="0 takes any that is free.")] = 8417,
    data: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Jobs and results are kept here; a folder of yours if left out.")
    ] = None,
    jobs: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Jobs at a time; one a core if left out.")
    ] = None,
    cluster: ClusterOption = None,
    token_file: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The token that is asked for; made if it is not there.")
    ] = None,
    origin: Annotated[
        list[str] | None, typer.Option(metavar="URL", help="A public address, under which a reverse proxy offers it.")
    ] = None,
    json: JsonOption = False,
) -> Ended:
    """Serve a page to play with, and the commands over HTTP, until Ctrl-C.

    Example: `lstmsolve serve`, then open http://127.0.0.1:8417/
    """
    from lstmsolve.cli.verbs.serving import run_serve

    return run_serve(host, port, data, jobs, cluster, token_file, origin or [], json)
