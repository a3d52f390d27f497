"""Workers: a solver that hangs, dies or eats memory costs its query, never the caller."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from lstmsolve.kernel.base.errors import LimitReached
from lstmsolve.model.watch import Watch
from lstmsolve.workers import Crashed, Finished, Race, Stopwatch, TimedOut, Worker, call, hired, prepare
from lstmsolve.workers.ahead import Ahead

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


def until(ahead: Ahead[int]) -> int | None:
    """The next thing, waited for."""
    while (found := ahead.take()) is None and not ahead.finished:
        time.sleep(0.001)
    return found


def test_what_is_made_ahead_comes_in_order_and_nobody_waits_for_it() -> None:
    gate = threading.Event()

    def made(watch: Watch) -> Iterator[int]:
        yield 1
        gate.wait()
        yield 2

    with Ahead(made, Stopwatch(60.0)) as ahead:
        assert until(ahead) == 1
        assert [ahead.take(), ahead.peek()] == [None, None]
        assert not ahead.finished
        gate.set()
        assert until(ahead) == 2
        assert until(ahead) is None
        assert (ahead.finished, ahead.reason) == (True, None)


def test_limits_end_the_making_with_a_reason_and_bugs_are_raised() -> None:
    def limited(watch: Watch) -> Iterator[int]:
        yield 1
        raise LimitReached("too many modes")

    def broken(watch: Watch) -> Iterator[int]:
        yield 1 // 0

    with Ahead(limited, Stopwatch(60.0)) as ahead:
        assert until(ahead) == 1
        assert until(ahead) is None
        assert ahead.reason == "too many modes"
    with Ahead(broken, Stopwatch(60.0)) as ahead, pytest.raises(ZeroDivisionError):
        until(ahead)


def test_whoever_makes_stops_when_nobody_takes_any_more() -> None:
    ended = threading.Event()

    def made(watch: Watch) -> Iterator[int]:
        try:
            while True:
                watch.check()
                yield 1
        finally:
            ended.set()

    with Ahead(made, Stopwatch(60.0)) as ahead:
        assert until(ahead) == 1
    assert ended.wait(30.0)


def test_a_worker_that_was_prepared_is_taken_once() -> None:
    prepare(f"{HERE}:double")
    with hired(f"{HERE}:double") as first, hired(f"{HERE}:double") as second:
        assert first is not second
        assert call(first, 1, Stopwatch(30.0)) == Finished(2)
        assert call(second, 2, Stopwatch(30.0)) == Finished(4)
