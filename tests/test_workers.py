"""Workers: a solver that hangs, dies or eats memory costs its query, never the caller."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from lstmsolve.kernel.base.errors import LimitReached
from lstmsolve.model.watch import Watch
from lstmsolve.workers import Crashed, Finished, Race, Stopwatch, TimedOut, Worker, call, pooled, prepare, starting
from lstmsolve.workers.ahead import Ahead

HERE = "tests.test_workers"


def double(value: int) -> int:
    return 2 * value


def hang(seconds: float) -> None:
    time.sleep(seconds)


def die(code: int) -> None:
    os._exit(code)


def here(nothing: None) -> str:
    return os.getcwd()


def ancestry(nothing: None) -> tuple[int, int]:
    return os.getpid(), os.getppid()


def pass_on(times: int) -> tuple[int, ...]:
    """The numbers of this process, its server, and those of a worker's worker."""
    if not times:
        return ancestry(None)
    outcome = run("pass_on", times - 1)
    assert isinstance(outcome, Finished)
    assert isinstance(outcome.value, tuple)
    return (*ancestry(None), *outcome.value)


def is_forked(nothing: None) -> bool:
    return b"forkserver" in Path("/proc/self/cmdline").read_bytes()


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


@pytest.fixture(params=["forked", "fresh"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """How workers start: as on Linux, or as elsewhere."""
    if request.param == "fresh":
        monkeypatch.setattr(starting, "_can_be_served", lambda: False)
    return str(request.param)


def test_workers_do_the_same_forked_and_fresh(way: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert run("here", None) == Finished(str(tmp_path))
    assert run("double", 21) == Finished(42)
    assert run("hang", 60.0, seconds=1.0) == TimedOut()
    assert isinstance(run("die", 3), Crashed)
    assert run("raise_error", "no") == Crashed("ValueError: no")
    assert run("eat", 2**33) == Crashed("out of memory")
    assert run("chatter", "noise") == Finished("noise")
    many = ["a", "b", "c"]
    outcomes = dict(pooled(f"{HERE}:chatter", many, 2, 30.0, Stopwatch(60.0)))
    assert [outcomes[number] for number in range(3)] == list(map(Finished, many))


def test_what_is_prepared_is_imported_once_for_all_workers() -> None:
    prepare(f"{HERE}:ancestry")
    first, second = run("ancestry", None), run("ancestry", None)
    assert isinstance(first, Finished)
    assert isinstance(second, Finished)
    assert first != second
    if sys.platform == "linux":
        assert first.value[1] == second.value[1]  # type: ignore[index]


@pytest.mark.skipif(sys.platform != "linux", reason="there is no server")
def test_a_server_that_dies_is_replaced() -> None:
    found = run("ancestry", None)
    assert isinstance(found, Finished)
    os.kill(found.value[1], signal.SIGKILL)  # type: ignore[index]
    assert run("double", 4) in (Finished(8), Crashed("the solver process ended without an answer (out of memory?)"))
    assert run("double", 4) == Finished(8)


@pytest.mark.skipif(sys.platform != "linux", reason="there is no server")
def test_where_a_library_starts_threads_workers_are_fresh_interpreters() -> None:
    assert run("is_forked", None) == Finished(True)
    code = (
        "from tests.test_workers import *\n"
        "prepare('tests.threaded:double')\n"
        "print(run('is_forked', None), call(Worker('tests.threaded:double'), 3, Stopwatch(30.0)))"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout == "Finished(value=False) Finished(value=6)\n"


@pytest.mark.skipif(sys.platform != "linux", reason="there is no server")
def test_a_process_of_ours_is_forked_itself_and_leaves_nobody_behind() -> None:
    code = (
        "import lstmsolve.workers as w, os, sys; from lstmsolve.workers.starting import dismiss\n"
        "if sys.argv[1:]: w.claim()\n"
        "mark = len(sys.argv)\n"
        "w.prepare('tests.test_workers:double')\n"
        "with w.Worker('tests.test_workers:pass_on') as worker:\n"
        "    found = w.call(worker, 2, w.Stopwatch(30.0)).value\n"
        "dismiss(); print(*found)"
    )
    for arguments in (), ("ours",):
        told = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=True)
        processes = told.stdout.split()
        assert len(set(processes)) == 6
        until = time.monotonic() + 30.0
        while any(Path("/proc", process).exists() for process in processes) and time.monotonic() < until:
            time.sleep(0.01)
        assert not any(Path("/proc", process).exists() for process in processes)
