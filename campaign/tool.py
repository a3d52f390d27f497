"""The package as its users meet it: command lines, files, JSON and exit codes. Nothing else here imports it."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol

GRACE: Final = 2.0
"""Seconds by which a command may exceed its limit."""

CODES: Final[Mapping[str | None, int]] = {
    **dict.fromkeys(("solved", "proved", "accepted", "exact", "sound", "holds", None), 0),
    **dict.fromkeys(("refuted", "impossible", "rejected", "unsound", "fails"), 10),
    "unknown": 5,
}


@dataclass(frozen=True)
class Answer:
    """What a command said."""

    command: str
    code: int
    record: dict[str, Any]
    """The result object; empty where none was printed."""
    said: str
    """Standard error."""
    late: float
    """Seconds beyond the time limit."""

    @property
    def verdict(self) -> str | None:
        found = self.record.get("verdict")
        return found if isinstance(found, str) else None

    @property
    def crash(self) -> str | None:
        """What is wrong with the way in which the command ended."""
        if self.code not in (0, 2, 5, 10):
            return f"exit code {self.code}: {self.said.strip()[-600:]}"
        if "Traceback" in self.said:
            return self.said.strip()[-600:]
        if self.code != 2 and not self.record:
            return f"exit code {self.code}, and no result: {self.said.strip()[-600:]}"
        if self.code != 2 and CODES.get(self.verdict) != self.code:
            return f"exit code {self.code} with the verdict {self.verdict}"
        return None

    @property
    def refused(self) -> bool:
        """Was the file called bad?"""
        return self.code == 2

    @property
    def overtime(self) -> bool:
        return self.late > GRACE


class Tool(Protocol):
    """Something that runs a command; the tests put liars in its place."""

    def __call__(self, command: str, *arguments: str | Path, timeout: float) -> Answer: ...


def lstmsolve(command: str, *arguments: str | Path, timeout: float) -> Answer:
    """Run a command of the package in this process, with `--json` and a time limit."""
    from typer.testing import CliRunner

    from lstmsolve.cli.main import app

    argv = [command, *map(str, arguments), "--json", "--timeout", f"{timeout:g}"]
    began = time.monotonic()
    result = CliRunner().invoke(app, argv)
    late = time.monotonic() - began - timeout
    try:
        record = json.loads(result.stdout)
    except ValueError:
        record = {}
    said = result.stderr
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        said += f"\n{result.exception!r}"
    return Answer(command, result.exit_code, record if isinstance(record, dict) else {}, said, late)
