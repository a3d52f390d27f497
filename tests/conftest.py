"""Shared by all tests: the solved table, found once a session."""

from __future__ import annotations

import os
from functools import cache

import pytest
from hypothesis import settings

import lstmsolve
from lstmsolve.model.outcomes import Solved

FULL = os.environ.get("LSTMSOLVE_FULL") == "1"
"""Ask for all that tests can try, where else they try a part that is drawn once and for all."""

# Wall time is never asserted, and a busy machine must not fail a property. CI tries the same examples on
# each run; `pytest --hypothesis-profile=explore` looks for new ones.
settings.register_profile("explore", deadline=None, print_blob=True, max_examples=500)
settings.register_profile("repeatable", deadline=None, derandomize=True, max_examples=100 if FULL else 25)
settings.load_profile("repeatable")


@cache
def solved(case: str) -> Solved:
    """The design that `solve` finds for a shipped case."""
    outcome = lstmsolve.solve(case)
    assert isinstance(outcome, Solved), outcome
    return outcome


@pytest.fixture(autouse=True)
def _plain_help(monkeypatch: pytest.MonkeyPatch) -> None:
    """Help and errors come out without colours or terminal widths."""
    monkeypatch.setenv("_TYPER_FORCE_DISABLE_TERMINAL", "1")
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setenv("NO_COLOR", "1")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """What the agreement tests counted, also when they ran in several processes."""
    counted = [
        value
        for report in terminalreporter.getreports("passed") + terminalreporter.getreports("failed")
        for name, value in getattr(report, "user_properties", ())
        if name == "agreement" and report.when == "call"
    ]
    if counted:
        proved, refuted, unknown = (sum(column) for column in zip(*counted, strict=True))
        total = proved + refuted + unknown
        terminalreporter.write_line(
            f"verify against brute force: {total} random pairs, {proved} proved, {refuted} refuted, {unknown} unknown"
        )
