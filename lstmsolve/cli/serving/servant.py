"""The process that runs command lines for the service: `python -m lstmsolve.cli.serving.servant PARENT`.

An order is a line of JSON on standard input, with a folder and either a command line, or a request of the page that
is no command (`helping`). What goes on, and how it ended, is told in lines of JSON on standard output, of which the
first says that it is ready. Standard error goes nowhere: what a command says there comes with its answer. Ctrl-C ends a
command as ever, and leaves the process for the next one.
"""

from __future__ import annotations

import io
import json
import os
import signal
import sys
from collections.abc import Mapping
from contextlib import redirect_stderr, redirect_stdout
from typing import Final

import typer

from lstmsolve.cli import weights  # isort: skip
from lstmsolve.cli import files  # isort: skip
from lstmsolve.cli.app import app
from lstmsolve.cli.ending.boundary import Exit, command
from lstmsolve.cli.screen.progress import told_to
from lstmsolve.workers import claim
from lstmsolve.workers.child import die_with
from lstmsolve.workers.memory import MEMORY_LIMIT, limit_memory
from lstmsolve.workers.starting import dismiss

__all__ = ["files", "main", "weights"]

_READY: Final = ("solving", "checking", "regions", "marking", "deriving", "showing", "exporting")
"""Modules of `cli.verbs` that are imported before the first order."""


def main() -> None:
    """Serve until standard input ends."""
    die_with(int(sys.argv[1]))
    claim()
    limit_memory(MEMORY_LIMIT)
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    _prepare()

    def tell(message: Mapping[str, object]) -> None:
        answers.write(json.dumps(message) + "\n")
        answers.flush()

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a command that runs has its own idea of it
    tell({"ready": True})
    for line in sys.stdin:
        order = json.loads(line)
        os.chdir(order["folder"])
        with told_to(lambda text: tell({"say": text})):
            tell(_done(order))
    dismiss()
    os._exit(0)


def _prepare() -> None:
    from importlib import import_module

    for name in _READY:
        import_module(f"lstmsolve.cli.verbs.{name}")
    import_module("lstmsolve.cli.serving.helping")


def _done(order: Mapping[str, object]) -> dict[str, object]:
    """Run one order; its exit code, and what it printed."""
    out, err = io.StringIO(), io.StringIO()
    code = int(Exit.INTERNAL)
    with redirect_stdout(out), redirect_stderr(err):
        try:
            if "help" in order:
                _help(order)
            else:
                line = order["line"]
                assert isinstance(line, list)
                app(line, prog_name="lstmsolve")
        except typer.Exit as ended:
            code = ended.exit_code
        except SystemExit as ended:
            code = ended.code if isinstance(ended.code, int) else int(Exit.GOOD)
    return {"code": code, "out": out.getvalue(), "err": err.getvalue()}


def _help(order: Mapping[str, object]) -> None:
    from lstmsolve.cli.serving import helping

    wanted = {"read": helping.run_read, "slice": helping.run_slice, "formulas": helping.run_formulas}
    command(wanted[str(order["help"])])(**order["arguments"])  # type: ignore[arg-type]


if __name__ == "__main__":
    main()
