"""The command line itself, before it has commands."""

from __future__ import annotations

from typing import Annotated

import typer

from lstmsolve.cli.ending.boundary import Exit
from lstmsolve.cli.options import ABOUT, EXIT_CODES

app = typer.Typer(
    name="lstmsolve",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    context_settings={"help_option_names": ["-h", "--help"]},
    help=ABOUT,
    epilog=EXIT_CODES,
)


@app.callback(invoke_without_command=True)
def root(
    version: Annotated[bool, typer.Option("--version", help="Print the version.", is_eager=True)] = False,
) -> None:
    if version:
        from importlib.metadata import version as installed

        typer.echo(f"lstmsolve {installed('lstmsolve')}")
        raise typer.Exit(int(Exit.GOOD))
