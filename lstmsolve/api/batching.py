"""`batch`: all cases of a folder solved, each in a process of its own, and what is done already left alone.

The one verb that stands on another: it is `solve`, many times. A case is done when its `result.json` is there, which
is written last and whole or not at all; so whenever a batch is stopped, what was finished stays finished.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from fractions import Fraction
from hashlib import sha256
from pathlib import Path
from typing import Final, overload

from lstmsolve.api.passes.floats import with_floats
from lstmsolve.api.passes.keeping import CERTIFICATE, RESULT, kept_files
from lstmsolve.api.passes.searching.designing import Objective
from lstmsolve.api.solving import SOLVE_SECONDS, solve
from lstmsolve.formats.cases import MAX_CASE, parse_case
from lstmsolve.formats.files import MIB, dump_json, kind_of_file, other_file, parse_json, read_text, write_text
from lstmsolve.formats.results import empty_record, result_record
from lstmsolve.kernel.base.errors import InputError, LimitReached
from lstmsolve.model.outcomes import Outcome as Found
from lstmsolve.model.outcomes import Solved
from lstmsolve.model.watch import Watch
from lstmsolve.workers import Crashed, Crew, Finished, Outcome, Stopwatch, TimedOut, local

MAX_RESULT: Final = 128 * MIB
"""Of a `result.json` that is looked at again; it holds the weights."""

SOLVE_ONE: Final = "lstmsolve.api.batching:solve_one"
"""What the processes run on an `Order`."""

CASE_JOBS: Final = 2
"""Solver processes of each case, on whatever machine: how many there are may decide what is found."""

GRACE: Final = 40.0
"""Seconds beyond a case's own before its process is killed: it has to start, and to write down what it found."""


@dataclass(frozen=True)
class Asked:
    """What an answer is the answer to; answers to anything else are not kept."""

    case: str
    """Of the case's text, SHA-256."""
    timeout: str
    seed: int
    objective: Objective

    def is_settled_by(self, record: Mapping[str, object]) -> bool:
        """Would the same be found again? What was `unknown` is asked again if there is more time."""
        before = record.get("asked")
        if not isinstance(before, dict):
            return False
        if any(before.get(key) != value for key, value in asdict(self).items() if key != "timeout"):
            return False
        if record.get("verdict") != "unknown":
            return True
        try:
            return float(str(before.get("timeout"))) >= float(self.timeout)
        except ValueError:
            return False


@dataclass(frozen=True)
class Order:
    """One case to solve."""

    text: str
    name: str
    asked: Asked
    seconds: float
    refused: str = ""
    """Why there is no text."""


@dataclass(frozen=True)
class Answer:
    """What came out of an order: the record of `result.json`, and the texts of the files beside it."""

    record: dict[str, object]
    files: dict[str, str]


@dataclass(frozen=True, slots=True)
class Row:
    """What the index says of a case."""

    case: str
    """The path of its file below the folder, without the suffix; also that of its folder of results."""
    verdict: str | None
    """None where the file is no case that can be read."""
    hidden: int | None
    reason: str
    elapsed_s: float
    kept: bool = False
    """Was it done before?"""


def batch(
    folder: Path,
    out: Path,
    *,
    seconds: float = SOLVE_SECONDS,
    seed: int = 0,
    objective: Objective = "simplest",
    crew: Crew | None = None,
    again: bool = False,
    watch: Watch,
) -> Iterator[Row]:
    """A row for each case of a folder as it is done; those of earlier runs first. It ends early with its watch.

    Raises:
        InputError: there is no such folder, it has no cases, or the results cannot be written.
    """
    paths = case_files(folder)
    orders = _Orders(folder, paths, Asked("", repr(seconds), seed, objective), seconds)
    left: list[int] = []
    for number, name in enumerate(orders.names):
        row = None if again else _kept(out / name, name, orders, number)
        if row is None:
            left.append(number)
        else:
            yield row
    crew = crew or local(None)
    for place, outcome in crew.each(SOLVE_ONE, _Chosen(orders, left), seconds + GRACE, watch):
        if watch.remaining <= 0 and not isinstance(outcome, Finished):
            return  # not finished, and not begun: the next run will
        yield _written(out, orders.names[left[place]], outcome)


def case_files(folder: Path) -> list[Path]:
    """The case files in and below a folder, in order; those of other kinds and hidden ones left out.

    Raises:
        InputError: there is no such folder, or no case in it.
    """
    if not folder.is_dir():
        raise InputError.single("FOLDER", "is no folder", source=str(folder))
    found: list[Path] = []
    for path, below, names in os.walk(folder):
        below[:] = sorted(name for name in below if not name.startswith("."))
        found += [Path(path, name) for name in sorted(names) if name.endswith(".toml") and not name.startswith(".")]
    found = [path for path in found if not _is_other(path)]
    if not found:
        raise InputError.single("FOLDER", "there are no cases (*.toml) in this folder", source=str(folder))
    return found


def _is_other(path: Path) -> bool:
    """Is it a file of ours, but no case?"""
    try:
        text = read_text(path, MAX_CASE)
    except InputError:
        return False
    return kind_of_file(text) not in (None, "case") and other_file(text, "case") is not None


class _Orders(Sequence[Order]):
    """The order of each case, read when it is needed: there may be a million."""

    def __init__(self, folder: Path, paths: Sequence[Path], asked: Asked, seconds: float) -> None:
        self.names = [path.relative_to(folder).with_suffix("").as_posix() for path in paths]
        self._paths = paths
        self._asked = asked
        self._seconds = seconds

    def __len__(self) -> int:
        return len(self._paths)

    @overload
    def __getitem__(self, number: int) -> Order: ...
    @overload
    def __getitem__(self, number: slice) -> Sequence[Order]: ...
    def __getitem__(self, number: int | slice) -> Order | Sequence[Order]:
        if isinstance(number, slice):
            return [self[one] for one in range(*number.indices(len(self)))]
        path = self._paths[number]
        text = refused = ""
        try:
            text = read_text(path, MAX_CASE)
        except InputError as error:
            refused = error.in_one_line
        digest = sha256(text.encode()).hexdigest()
        asked = Asked(digest, self._asked.timeout, self._asked.seed, self._asked.objective)
        return Order(text, path.stem, asked, self._seconds, refused)


class _Chosen(Sequence[Order]):
    """Some of the orders."""

    def __init__(self, orders: _Orders, numbers: Sequence[int]) -> None:
        self._orders = orders
        self._numbers = numbers

    def __len__(self) -> int:
        return len(self._numbers)

    @overload
    def __getitem__(self, place: int) -> Order: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[Order]: ...
    def __getitem__(self, place: int | slice) -> Order | Sequence[Order]:
        if isinstance(place, slice):
            return [self._orders[number] for number in self._numbers[place]]
        return self._orders[self._numbers[place]]


def _kept(folder: Path, name: str, orders: _Orders, number: int) -> Row | None:
    """The row of a case whose answer is here and whole; else None."""
    if not (folder / RESULT).exists():
        return None
    try:
        record = parse_json(read_text(folder / RESULT, MAX_RESULT))
    except InputError:
        return None
    if not isinstance(record, dict) or not orders[number].asked.is_settled_by(record):
        return None
    if record.get("certificate") is not None and not (folder / CERTIFICATE).exists():
        return None
    return _row(name, record, kept=True)


def _written(out: Path, name: str, outcome: Outcome) -> Row:
    """Keep an answer: the evidence first, and the result that says that it is there last."""
    folder = out / name
    match outcome:
        case Finished(Answer(record, files)):
            (folder / RESULT).unlink(missing_ok=True)
            for file, text in files.items():
                write_text(folder / file, text)
            certificate = str(folder / CERTIFICATE) if CERTIFICATE in files else None
            record = record | {"certificate": certificate}
            write_text(folder / RESULT, dump_json(record))
            return _row(name, record)
        case TimedOut():
            return Row(name, "unknown", None, "the time for one case was not enough", 0.0)
        case Crashed(reason):
            return Row(name, "unknown", None, f"solving it failed: {reason}", 0.0)
        case _:
            return Row(name, "unknown", None, "solving it failed", 0.0)


def _row(name: str, record: Mapping[str, object], *, kept: bool = False) -> Row:
    verdict, hidden, elapsed = record.get("verdict"), record.get("hidden"), record.get("elapsed_s")
    seconds = float(elapsed) if isinstance(elapsed, int | float | Fraction) else 0.0
    return Row(
        name,
        verdict if isinstance(verdict, str) else None,
        hidden if isinstance(hidden, int) else None,
        str(record.get("reason", "")),
        seconds,
        kept,
    )


def solve_one(order: Order) -> Answer:
    """`solve` on one case; whatever is wrong with its text is its answer, too."""
    watch = Stopwatch(order.seconds)
    extra: dict[str, object] = {"asked": asdict(order.asked), "hidden": None}
    try:
        if order.refused:
            return Answer(empty_record("solve", order.refused, 0.0) | extra, {})
        problem = parse_case(order.text, order.name)
        found: Found = with_floats(
            solve(problem, seed=order.asked.seed, objective=order.asked.objective, watch=watch, jobs=CASE_JOBS), watch
        )
        if isinstance(found, Solved):
            extra["hidden"] = found.weights.cell.hidden
        record = result_record("solve", problem.name, found, None, watch.elapsed)
        return Answer(record | extra, kept_files(found, watch))
    except InputError as error:
        return Answer(empty_record("solve", error.in_one_line, watch.elapsed) | extra, {})
    except LimitReached as error:
        return Answer(empty_record("solve", str(error), watch.elapsed) | extra | {"verdict": "unknown"}, {})
    except RecursionError:
        return Answer(empty_record("solve", "is nested too deeply", watch.elapsed) | extra, {})
