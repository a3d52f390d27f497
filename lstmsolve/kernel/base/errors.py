"""Every exception the package raises on purpose, in one tree.

    LstmSolveError
    ├── InputError        the user gave something wrong: all complaints at once (exit code 2)
    ├── OutsideFragment   a step is not piecewise affine here: no proof this way, never a wrong one
    ├── LimitReached      time, memory or size ran out (ends as `unknown`, with its reason)
    ├── RejectedProof     a certificate does not prove its claim (raised in `checker/` alone)
    └── …                 the service's own, which only `service/` raises

Anything else that escapes is a bug (exit code 1).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice
from typing import Final, ParamSpec, TypeVar

from lstmsolve.kernel.base.characters import shown
from lstmsolve.kernel.base.numbers import show_number

P = ParamSpec("P")
T = TypeVar("T")


MOST_TOLD: Final = 100
"""Complaints that are spelt out."""


class LstmSolveError(Exception):
    """The root of the tree; never raised itself."""


@dataclass(frozen=True, slots=True)
class Complaint:
    """One thing wrong with an input: where, what, and what to try.

    All of it may quote the input; `str` shows it in one line, and in two more where there is a caret.
    """

    key: str
    message: str
    value: str | None = None
    caret: str | None = None
    """The offending text with a `^` under the place (`syntax.caret`), where the value is an expression."""

    def __str__(self) -> str:
        head = f"{_shorten(self.key, 200)}: " if self.key else ""
        got = f" (got {_shorten(self.value)})" if self.value is not None and self.caret is None else ""
        pointer = f"\n{self.caret}" if self.caret is not None else ""
        return f"{shown(f'{head}{_shorten(self.message, 1000)}{got}')}{pointer}"


class InputError(LstmSolveError):
    """The user's input is wrong. Carries every complaint, and the file where there is one."""

    def __init__(self, complaints: Iterable[Complaint], source: str | None = None) -> None:
        self.complaints = tuple(complaints)
        self.source = source
        super().__init__(self._text())

    @classmethod
    def single(cls, key: str, message: str, value: object = None, source: str | None = None) -> InputError:
        """An error with one complaint."""
        return cls([Complaint(key, message, spelled(value))], source)

    def within(self, source: str) -> InputError:
        """The same error, naming the file it was found in."""
        return InputError(self.complaints, source)

    @property
    def in_one_line(self) -> str:
        """The first complaint, and how many more there are, for where the file is named beside it."""
        first = str(self.complaints[0]).partition("\n")[0]
        more = len(self.complaints) - 1
        return first if not more else f"{first} (and {more} more complaint{'s' if more > 1 else ''})"

    def _text(self) -> str:
        prefix = f"{shown(self.source)}: " if self.source else ""
        lines = [f"{prefix}{complaint}" for complaint in self.complaints[:MOST_TOLD]]
        left = len(self.complaints) - MOST_TOLD
        return "\n".join(lines + ([f"{prefix}and {left} more complaints"] if left > 0 else []))


class Complaints:
    """Collects complaints while reading goes on, to raise them all together."""

    def __init__(self) -> None:
        self.found: list[Complaint] = []

    def attempt(self, read: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T | None:
        """`read(…)`, or None with its complaints kept."""
        try:
            return read(*args, **kwargs)
        except InputError as error:
            self.found += error.complaints
            return None

    def add(self, key: str, message: str, value: object = None, caret: str | None = None) -> None:
        self.found.append(Complaint(key, message, spelled(value), caret))

    def refuse(self) -> None:
        """Raise what was collected, if anything was."""
        if self.found:
            raise InputError(self.found)


class OutsideFragment(LstmSolveError):
    """A value is not affine on the region at hand, so the linear method has nothing to say."""


class LimitReached(LstmSolveError):
    """Time, memory or a size limit ended the work before an answer."""


class RejectedProof(LstmSolveError):
    """A certificate fails; the message names the place and the condition."""


def spelled(value: object) -> str | None:
    """A value of the input as a complaint has it; None stands for none."""
    match value:
        case None | str():
            return value
        case int() | Fraction() if not isinstance(value, bool):
            return show_number(value)
    try:
        return str(value)
    except (ValueError, RecursionError):
        return f"a {type(value).__name__} that is too long to be shown"


def some(names: Iterable[str], most: int = 20) -> str:
    """Names as a list to read, cut where it is long: each of many complaints may hold it."""
    first = list(islice(names, most + 1))
    return ", ".join(first[:most]) + (", …" if len(first) > most else "")


def _shorten(text: str, width: int = 80) -> str:
    return text if len(text) <= width else text[: width - 1] + "…"
