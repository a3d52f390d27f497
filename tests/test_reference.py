"""docs/reference.md is made from the code: commands and options, keys of files, verdicts and exit codes.

LSTMSOLVE_ACCEPT=1 writes it anew.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import typer

from lstmsolve.cli.ending.boundary import EXIT_CODES, Exit
from lstmsolve.cli.main import app
from lstmsolve.formats.derivations.schema import DerivationFile
from lstmsolve.formats.schemas.case_schema import CaseFile
from lstmsolve.showing.tables import ready_table

REFERENCE = Path(__file__).parents[1] / "docs" / "reference.md"


def reference() -> str:
    """The whole page."""
    parts = [
        "# Reference",
        "Made from the code by a test. With `--json` a command prints the result object alone on standard output; "
        "progress and messages go to standard error.",
        "## Commands",
        *commands(),
        "## Verdicts and exit codes",
        verdicts(),
        "## Keys of a case",
        "[case-format.md](case-format.md) says what they mean.",
        keys(CaseFile),
        "## Keys of a derivation case",
        "[gradients.md](gradients.md) says what they mean.",
        keys(DerivationFile),
    ]
    return "\n\n".join(parts) + "\n"


def commands() -> Iterator[str]:
    group: Any = typer.main.get_command(app)
    for name, command in group.commands.items():
        arguments = [p for p in command.params if p.param_type_name == "argument"]
        options = [p for p in command.params if p.param_type_name != "argument"]
        shown = " ".join(usage(p) if p.required else f"[{usage(p)}]" for p in arguments)
        yield f"### {name}"
        yield " ".join(f"`lstmsolve {name} {shown} [OPTIONS]`".split())
        yield "\n\n".join(" ".join(part.split()) for part in (command.help or "").split("\n\n"))
        rows = [[f"`{usage(p)}`", cell(p.help or "")] for p in arguments]
        rows += [[f"`{', '.join([*p.opts, *p.secondary_opts])}`", cell(said(p))] for p in options if p.name != "help"]
        yield ready_table(["argument or option", "what it says"], rows)


def usage(parameter: Any) -> str:
    return str(parameter.metavar or parameter.name.upper()).strip("[]")


def said(option: Any) -> str:
    told = str(option.help or "").rstrip(".")
    annotation = option.type_descriptor.annotation
    choices = get_args(annotation) if get_origin(annotation) is Literal else ()
    more = [f"one of {', '.join(choices)}"] if choices else []
    if option.default not in (None, False, True, ()) and not callable(option.default):
        more.append(f"default {option.default}")
    return f"{told} ({'; '.join(more)})" if more else told


def cell(text: str) -> str:
    return re.sub(r"\s+", " ", text).replace("|", "\\|")


def verdicts() -> str:
    rows = [
        [str(int(code)), ", ".join(v for v, c in EXIT_CODES.items() if c is code) or code.name.lower()] for code in Exit
    ]
    return ready_table(["exit code", "verdict, or what happened"], rows)


def keys(model: type) -> str:
    fields = model.model_fields  # type: ignore[attr-defined]
    rows = [[f"`{field.alias or name}`", "needed" if field.is_required() else ""] for name, field in fields.items()]
    return ready_table(["key", "must it be there"], rows)


def test_the_reference_is_what_the_code_says() -> None:
    if os.environ.get("LSTMSOLVE_ACCEPT") == "1":
        REFERENCE.write_text(reference())
    assert REFERENCE.read_text() == reference()


def test_the_reference_names_every_command() -> None:
    text = REFERENCE.read_text()
    for name in (
        "solve",
        "verify",
        "check",
        "simulate",
        "region",
        "family",
        "mark",
        "derive",
        "new",
        "cases",
        "report",
    ):
        assert f"### {name}\n" in text
