"""A question: a command line and the files that it names, without a path of the server in it."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import Final, Literal, TypeAlias

from lstmsolve.kernel.base.errors import InputError

Verb: TypeAlias = Literal["solve", "verify", "check", "region", "family", "mark", "derive"]
"""What becomes a job. `simulate` and `export` are answered at once."""

DEFAULT_SECONDS: Final[Mapping[Verb, float]] = {
    "solve": 60.0,
    "verify": 30.0,
    "check": 30.0,
    "region": 60.0,
    "family": 120.0,
    "mark": 10.0,
    "derive": 120.0,
}
"""The time that a job has, unless it asks for another; of `mark`, each answer."""

_NAME: Final = re.compile(r"""^\s*name\s*=\s*["']([A-Za-z0-9][A-Za-z0-9_.-]{0,79})["']""", re.MULTILINE)
_PLAIN: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9 _.,()+-]{0,99}")


@dataclass(frozen=True)
class Question:
    """What a client asks: `lstmsolve VERB ARGUMENTS --timeout=SECONDS --json`, in a folder with these files."""

    verb: str
    arguments: tuple[str, ...]
    files: Mapping[str, bytes] = field(default_factory=dict)
    """By name; a name has at most one folder in it."""
    keeps: bool = False
    """Does the command write into its folder (`--out=.`)?"""

    def key(self, seconds: float) -> str:
        """The same for the same question to the same program.

        Processors are no part of it, and time only where more of it may find something better.
        """
        record = self.record() | {"lstmsolve": version("lstmsolve")}
        record |= {"seconds": seconds} if self.verb in _BETTER_WITH_TIME else {}
        return hashlib.sha256(json.dumps(record, sort_keys=True).encode()).hexdigest()

    def command_line(self, seconds: float, solvers: int | None = None, cluster: str | None = None) -> list[str]:
        """What follows `lstmsolve` on the command line, with so many solver processes, or those of a cluster."""
        line = [self.verb, *self.arguments, f"--timeout={seconds:g}", "--json"]
        line += ["--out=."] if self.keeps else []
        if cluster is not None and self.verb in _FAR:
            return [*line, f"--cluster={cluster}"]
        return [*line, f"--jobs={solvers}"] if solvers is not None and self.verb in _SOLVING else line

    def record(self) -> dict[str, object]:
        files = {name: base64.b64encode(data).decode() for name, data in self.files.items()}
        return {"verb": self.verb, "arguments": list(self.arguments), "files": files, "keeps": self.keeps}

    @classmethod
    def from_record(cls, record: Mapping[str, object]) -> Question:
        """The question that `record` states."""
        verb, arguments, files = record["verb"], record["arguments"], record["files"]
        assert isinstance(verb, str)
        assert isinstance(arguments, list)
        assert isinstance(files, Mapping)
        plain = {str(name): base64.b64decode(data) for name, data in files.items()}
        return cls(verb, tuple(map(str, arguments)), plain, record["keeps"] is True)


_BETTER_WITH_TIME: Final = ("solve", "region")

_SOLVING: Final = ("solve", "region", "family", "mark")
"""Verbs with `--jobs`."""

_FAR: Final = ("solve", "mark")
"""Verbs with `--cluster`."""


def case_file_name(text: str) -> str:
    """A name for the file of a case's text: the case's own where that is plain."""
    found = _NAME.search(text[:10_000])
    return f"{'case' if found is None else found[1]}.toml"


def plain_name(name: str, number: int) -> str:
    """The name of an answer's file: as it was, or what is harmless of it behind its number."""
    if _PLAIN.fullmatch(name):
        return name
    stem, dot, suffix = re.sub(r"[^A-Za-z0-9_.-]+", "-", name).strip("-.")[-60:].rpartition(".")
    return f"{number:03}-{stem or suffix or 'answer'}{dot + suffix if stem else ''}"


def answer_files(answers: list[tuple[str, bytes]]) -> dict[str, bytes]:
    """Answers under different names.

    Raises:
        InputError: two have the same name.
    """
    found: dict[str, bytes] = {}
    for number, (name, data) in enumerate(answers, 1):
        plain = f"answers/{plain_name(name, number)}"
        if plain in found:
            raise InputError.single("answers", "two answers have this name; give each its own", name)
        found[plain] = data
    return found
