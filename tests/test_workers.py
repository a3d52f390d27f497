"""Workers: a solver that hangs, dies or eats memory costs its query, never the caller."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from lstmsolve.workers import Crashed, Finished, Race, Stopwatch, TimedOut, Worker, call

HERE = "tests.test_workers"


def double(value: int) -> int:
    return 2 * value


def hang(seconds: float) -> None:
    time.sleep(seconds)


def die(code: int) -> None:
    os._exit(code)


def raise_error(message: str) -> None:
    raise ValueError(message)


def eat(size: int) -> int:
    return len(bytearray(size))


def chatter(text: str) -> str:
    print(text)  # noqa: T201
    return text


def run(function: str, argument: object, seconds: float = 30.0, memory: int = 2**31) -> object:
    with Worker(f"{HERE}:{function}", memory) as worker:
        return call(worker, argument, Stopwatch(seconds))


def test_workers_run_this_code_whatever_lies_in_the_current_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "lstmsolve").mkdir()
    (tmp_path / "lstmsolve" / "__init__.py").write_text("raise ImportError('some other package')")
    monkeypatch.chdir(tmp_path)
    assert run("double", 21) == Finished(42)


def test_a_worker_returns_its_value() -> None:
    assert run("double", 21) == Finished(42)


def test_a_hanging_worker_is_killed_at_the_deadline() -> None:
    assert run("hang", 60.0, seconds=1.0) == TimedOut()


def test_death_errors_and_hunger_are_outcomes() -> None:
    assert isinstance(run("die", 3), Crashed)
    assert run("raise_error", "no") == Crashed("ValueError: no")
    assert run("eat", 2**33) == Crashed("out of memory")


def test_what_a_solver_prints_does_not_spoil_its_answer() -> None:
    assert run("chatter", "noise") == Finished("noise")


def test_a_race_hands_out_outcomes_as_they_come_and_kills_the_rest() -> None:
    with Race() as race:
        slow = race.run(Worker(f"{HERE}:hang"), 60.0)
        fast = race.run(Worker(f"{HERE}:double"), 1)
        answered = race.next(Stopwatch(30.0))
        assert answered == (fast, Finished(2))
        assert race.running == 1
    assert not slow.alive


def test_a_worker_killed_by_its_owner_has_no_outcome() -> None:
    with Race() as race:
        unwanted = race.run(Worker(f"{HERE}:hang"), 60.0)
        race.kill(unwanted)
        wanted = race.run(Worker(f"{HERE}:double"), 1)
        assert race.next(Stopwatch(30.0)) == (wanted, Finished(2))


def test_an_interrupt_ends_the_wait() -> None:
    watch = Stopwatch(60.0)
    watch.interrupt()
    with Worker(f"{HERE}:hang") as worker:
        assert call(worker, 60.0, watch) == TimedOut()
