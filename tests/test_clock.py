"""Clocks and alarms: whatever does not read its clock is stopped all the same, and what was found is kept."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from fractions import Fraction
from pathlib import Path

import pytest
from typer.testing import CliRunner

import lstmsolve
from lstmsolve.api.passes.searching.designing import DYADIC_EFFORT
from lstmsolve.cli.ending import clock
from lstmsolve.cli.ending.clock import under_clock
from lstmsolve.cli.main import app
from lstmsolve.encoder import Logic
from lstmsolve.formats.documents import write_weights
from lstmsolve.kernel.base.errors import InputError, LimitReached
from lstmsolve.model.outcomes import Unknown
from lstmsolve.model.watch import UNWATCHED, Counted
from lstmsolve.search.designs.designer import Found, NotFound, search
from lstmsolve.search.designs.sizes import DYADIC_GRAIN
from lstmsolve.verifier.replay import replayed
from lstmsolve.workers import Overtime, Stopwatch
from tests.conftest import solved


@pytest.fixture(autouse=True)
def _hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "GRACE", 0.1)
    monkeypatch.setattr(clock, "AGAIN", 0.05)


def forever() -> None:
    while True:
        pass


def test_work_that_never_reads_its_clock_is_stopped() -> None:
    with pytest.raises(LimitReached, match=r"the time limit of 0\.1 s was reached"), under_clock(0.1):
        forever()


def test_an_alarm_that_somebody_swallows_comes_again() -> None:
    swallowed = 0

    def stubborn() -> None:
        nonlocal swallowed
        while swallowed < 3:
            try:
                forever()
            except LimitReached:
                swallowed += 1
        forever()

    with pytest.raises(LimitReached), under_clock(0.1):
        stubborn()
    assert swallowed == 3


def test_an_alarm_that_a_library_turns_into_something_else_is_still_the_limit() -> None:
    def library() -> None:
        try:
            forever()
        except LimitReached as error:
            raise ValueError("what is this?") from error

    with pytest.raises(LimitReached), under_clock(0.1):
        library()


def test_errors_before_the_limit_are_what_they_are() -> None:
    with pytest.raises(ZeroDivisionError), under_clock(60.0):
        _ = 1 / 0


def test_ctrl_c_stops_work_that_does_not_ask() -> None:
    def deaf(watch: Stopwatch) -> None:
        os.kill(os.getpid(), signal.SIGINT)
        assert watch.interrupted
        assert watch.remaining == 0
        forever()

    with pytest.raises(KeyboardInterrupt), under_clock(60.0) as watch:
        deaf(watch)


def test_afterwards_signals_are_what_they_were() -> None:
    before = signal.getsignal(signal.SIGALRM), signal.getsignal(signal.SIGINT)
    with under_clock(60.0):
        assert signal.getsignal(signal.SIGALRM) != before[0]
    assert (signal.getsignal(signal.SIGALRM), signal.getsignal(signal.SIGINT)) == before
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)


@pytest.mark.parametrize("seconds", [float("inf"), 1e300])
def test_there_is_always_some_limit(seconds: float) -> None:
    with under_clock(seconds) as watch:
        assert 1e7 < watch.remaining < float("inf")


def test_no_clock_counts_down_from_nan() -> None:
    with pytest.raises(InputError, match="is not a number of seconds"):
        Stopwatch(float("nan"))


def test_overtime_is_a_little_more_once_the_time_is_up() -> None:
    whole = Stopwatch(60.0)
    over = Overtime(whole, 5.0)
    assert over.remaining > 60
    whole.interrupt()
    assert 4 < over.remaining <= 5
    over.check()
    late = Overtime(whole, 0.0)
    with pytest.raises(LimitReached, match="interrupted"):
        late.check()


def test_a_reader_may_take_longer_than_the_command(tmp_path: Path) -> None:
    weights = tmp_path / "weights.json"
    write_weights(weights, solved("parity").weights)
    command = [
        sys.executable,
        "-m",
        "lstmsolve",
        "simulate",
        str(weights),
        "--inputs",
        ",".join("01" * 2_000),
        "--json",
    ]
    with subprocess.Popen([*command, "--timeout", "1"], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        time.sleep(3)
        result = json.loads(process.stdout.read())
    assert process.returncode == 0
    assert len(result["trace"]["h"]) == 4_000


@pytest.mark.parametrize("error", [MemoryError(), LimitReached("too much of it"), RecursionError()])
def test_what_ends_a_command_is_said_in_words(error: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(case: str) -> None:
        raise error

    monkeypatch.setattr("lstmsolve.cli.verbs.verifying.load_case", fails)
    code = 2 if isinstance(error, RecursionError) else 5
    said = CliRunner().invoke(app, ["verify", "parity", "b_f=1"])
    assert said.exit_code == code
    assert said.stderr in (
        "unknown: more than 2 GiB of memory were needed\n",
        "unknown: too much of it\n",
        "error: what was given is nested too deeply\n",
    )
    if code == 5:
        asked = CliRunner().invoke(app, ["verify", "parity", "b_f=1", "--json"])
        assert '"verdict": "unknown"' in asked.stdout


def test_a_certificate_is_not_accepted_before_it_is_checked_to_the_end() -> None:
    proof = solved("nonzero-counter").certificate
    outcome = lstmsolve.check(proof, seconds=0.0)
    assert isinstance(outcome, Unknown)
    assert outcome.reason == "not checked to the end: the time limit of 0 s was reached"


def test_long_runs_are_replayed_under_the_clock() -> None:
    watch = Stopwatch(60.0)
    watch.interrupt()
    with pytest.raises(LimitReached):
        replayed(lstmsolve.load_case("parity"), solved("parity").weights, [{"x": Fraction(1)}], watch)


def test_a_process_has_a_limit_on_memory_unless_it_was_given_one() -> None:
    code = (
        "import resource, sys; from lstmsolve.workers.memory import limit_memory\n"
        "if sys.argv[1:]: resource.setrlimit(resource.RLIMIT_DATA, (2**32, resource.RLIM_INFINITY))\n"
        "limit_memory(2**30)\n"
        "print(resource.getrlimit(resource.RLIMIT_DATA)[0])\n"
    )
    for arguments, limit in ((), 2**30), (("given",), 2**32):
        run = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=True)
        assert int(run.stdout) == limit


def test_a_worker_whose_parent_is_gone_does_not_begin() -> None:
    """It was started by a process that is not this one, as far as it knows."""
    command = [sys.executable, "-m", "lstmsolve.workers.child", "tests.test_workers:double", str(2**30), "1"]
    run = subprocess.run(command, input=b"", capture_output=True, timeout=60, check=False)
    assert (run.returncode, run.stdout) == (0, b"")


def test_a_part_in_steps_ends_after_so_many_looks_whatever_the_clock_says() -> None:
    part = Counted(UNWATCHED, 3)
    for _ in range(3):
        assert part.remaining == float("inf")
        part.check()
    assert part.remaining == 0.0
    with pytest.raises(LimitReached, match="the 3 steps set aside for this were not enough"):
        part.check()
    over = Counted(Stopwatch(0.0), 3)
    with pytest.raises(LimitReached, match="time limit"):
        over.check()


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_search_with_limited_effort_hangs_on_no_clock(jobs: int) -> None:
    """A design of the first class that has one, with one job and with two; and none where the effort is too small."""
    problem = lstmsolve.load_case("clipped-counter")
    asked = (problem, (problem.cell().hidden,), Stopwatch(60.0), jobs, 0, None, (Logic.LINEAR,), DYADIC_GRAIN)
    found = search(*asked, DYADIC_EFFORT)
    assert isinstance(found, Found)
    assert found.design.weights == search(*asked, DYADIC_EFFORT).design.weights  # type: ignore[union-attr]
    assert isinstance(search(*asked, 1_000), NotFound)
