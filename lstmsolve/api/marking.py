"""`mark`: a class's answers, each weights or a family, judged one by one in processes of their own."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from lstmsolve.api.loading.cases import load_case, require_exact
from lstmsolve.api.passes.judging import MEND_ONE, MEND_SECONDS, Known, Mending, judged, known_solutions
from lstmsolve.api.passes.settling import settled
from lstmsolve.formats.answers import holds_family, read_answer
from lstmsolve.formats.files import MIB
from lstmsolve.kernel.base.errors import InputError, LimitReached
from lstmsolve.kernel.lstm.cells import Weights
from lstmsolve.kernel.spec.problems import Problem
from lstmsolve.model.families import Family
from lstmsolve.model.marks import Change, Mark, Marked
from lstmsolve.model.outcomes import Refuted, VerifyOutcome
from lstmsolve.model.watch import Part, Watch
from lstmsolve.workers import Crashed, Crew, Finished, Stopwatch, TimedOut, local

ANSWER_SECONDS: Final = 10.0
MARK_SECONDS: Final = 3_600.0
ANSWER_MEMORY: Final = 2 * 2**30
LARGEST_ANSWER: Final = 8 * MIB
GRACE: Final = 2.0
"""Seconds beyond an answer's own before its process is killed."""

REGION_SECONDS: Final = 30.0
"""For the region, which families are judged by."""

HINT_SECONDS: Final = 10.0
"""For the region, where it only says what would have been right."""

MARK_ONE: Final = "lstmsolve.api.marking:mark_one"
"""What the processes run on a `Script`."""


@dataclass(frozen=True)
class Script:
    """One answer to mark, and what to mark it by."""

    problem: Problem
    known: Known | None
    """Where families are among the answers."""
    path: str
    seconds: float
    content: bytes | None = None
    """Of the file, where it is marked by somebody who cannot read it."""


def mark(
    case: str | Path | Problem,
    files: Sequence[str | Path],
    *,
    seconds: float = ANSWER_SECONDS,
    jobs: int | None = None,
    watch: Watch | None = None,
    crew: Crew | None = None,
) -> Iterator[Marked]:
    """The mark of each file, in their order. No file can keep the others from being marked.

    `crew` replaces the processes of this machine.

    Raises:
        InputError: the case is wrong, or its activations have no exact values.
    """
    problem = load_case(case)
    require_exact(problem)
    watch = watch or Stopwatch(MARK_SECONDS)
    crew = crew or local(jobs)
    known = None
    if any(_is_family(Path(file)) for file in files):
        watch.say("finding the region that families are judged by")
        known = known_solutions(problem, Part(watch, REGION_SECONDS), jobs=jobs)
    far = crew.is_far
    scripts = [Script(problem, known, str(file), seconds, _content(Path(file)) if far else None) for file in files]
    done: dict[int, Marked] = {}
    for number, outcome in crew.each(MARK_ONE, scripts, seconds + GRACE, watch, ANSWER_MEMORY):
        match outcome:
            case Finished(Marked() as marked):
                done[number] = marked
            case TimedOut():
                why = "the time for one answer was not enough" if watch.remaining > 0 else "no time was left for it"
                done[number] = _without(scripts[number].path, Mark.UNKNOWN, why)
            case Crashed(reason):
                done[number] = _without(scripts[number].path, Mark.UNREADABLE, f"marking it failed: {reason}")
            case _:
                done[number] = _without(scripts[number].path, Mark.UNREADABLE, "marking it failed")
        watch.say(
            f"{len(done)} of {len(scripts)} answers marked: {Path(scripts[number].path).name} {done[number].mark.value}"
        )
    marks = [done[number] for number in range(len(scripts))]
    yield from _mended(marks, problem, known, crew, jobs, watch)


def _mended(
    marks: Sequence[Marked], problem: Problem, known: Known | None, crew: Crew, jobs: int | None, watch: Watch
) -> Iterator[Marked]:
    """The marks, wrong weights with the smallest single change that makes them right."""
    refuted = [marked.finding.weights for marked in marks if isinstance(marked.finding, Refuted)]
    wrong = {str(weights): weights for weights in refuted}
    if wrong and known is None and watch.remaining > 0:
        watch.say("finding the region that says what would be right")
        known = known_solutions(problem, Part(watch, HINT_SECONDS), jobs=jobs, others=False)
    changes: dict[str, Change] = {}
    if wrong and known is not None:
        orders = [Mending(known, weights) for weights in wrong.values()]
        for number, outcome in crew.each(MEND_ONE, orders, MEND_SECONDS + GRACE, watch, ANSWER_MEMORY):
            match outcome:
                case Finished(Change() as change):
                    changes[list(wrong)[number]] = change
                case _:
                    pass  # a hint less; the mark stands without it
    for marked in marks:
        key = str(marked.finding.weights) if isinstance(marked.finding, Refuted) else ""
        yield replace(marked, nearest=changes.get(key))


def _without(path: str, mark: Mark, reason: str) -> Marked:
    return Marked(path, mark, None, reason, reason)


def _is_family(path: Path) -> bool:
    """Does this file state conditions? One that is not to be read does not."""
    try:
        _refuse_odd_files(path)
    except (InputError, OSError):
        return False
    return holds_family(path)


_seen: dict[str, VerifyOutcome] = {}
"""What this process has verified: classes hand in the same weights more than once."""


def mark_one(script: Script) -> Marked:
    """The mark of one answer; whatever is wrong with its file is its mark, too."""
    if script.content is not None:
        return _marked_elsewhere(script, script.content)
    path = Path(script.path)
    try:
        _refuse_odd_files(path)
        answer = read_answer(path, script.problem)
        return _judged_family(script, answer) if isinstance(answer, Family) else _verified(script, answer)
    except InputError as error:
        return _without(script.path, Mark.UNREADABLE, error.in_one_line)
    except LimitReached as error:
        return _without(script.path, Mark.UNKNOWN, str(error))
    except RecursionError:
        return _without(script.path, Mark.UNREADABLE, "is nested too deeply")


def _content(path: Path) -> bytes | None:
    """What a file holds, where it is one that is read at all."""
    try:
        _refuse_odd_files(path)
        return path.read_bytes()
    except (InputError, OSError):
        return None


def _marked_elsewhere(script: Script, content: bytes) -> Marked:
    """The mark of a file that is not here: of one that has its content and its name."""
    with tempfile.TemporaryDirectory(prefix="lstmsolve-") as folder:
        here = Path(folder, Path(script.path).name)
        here.write_bytes(content)
        return replace(mark_one(replace(script, path=str(here), content=None)), path=script.path)


def _refuse_odd_files(path: Path) -> None:
    """Only plain files of a reasonable size are read: a pipe would never end."""
    if not path.exists():
        return  # reading it says what is wrong
    if not path.is_file():
        raise InputError.single("", "is not a plain file", source=str(path))
    if path.stat().st_size > LARGEST_ANSWER:
        raise InputError.single("", f"is larger than {LARGEST_ANSWER // MIB} MiB, the limit here", source=str(path))


def _verified(script: Script, weights: Weights) -> Marked:
    key = f"{weights}"
    if key not in _seen:
        _seen[key] = settled(script.problem.for_weights(weights), weights, Stopwatch(script.seconds))
    found = _seen[key]
    mark = {"proved": Mark.RIGHT, "refuted": Mark.WRONG, "unknown": Mark.UNKNOWN}[found.verdict]
    return Marked(script.path, mark, found.verdict, found.reason, found, repairs=weights.notes)


def _judged_family(script: Script, answer: Family) -> Marked:
    if script.known is None:
        return _without(script.path, Mark.UNREADABLE, "the file changed while it was marked")
    found = judged(answer, script.known, Stopwatch(script.seconds))
    mark = {"exact": Mark.RIGHT, "sound": Mark.RIGHT, "unsound": Mark.WRONG, "unknown": Mark.UNKNOWN}[found.verdict]
    return Marked(script.path, mark, found.verdict, found.reason, found, repairs=answer.notes)
