"""What the package promises to the outside: its names, and that the documents show what is there."""

from __future__ import annotations

import pydoc
import re
import subprocess
import sys
from pathlib import Path

import pytest

import lstmsolve

ROOT = Path(__file__).parents[1]


def test_exported_names_are_pinned() -> None:
    assert lstmsolve.__all__ == [
        "Accepted",
        "Certificate",
        "Counterexample",
        "Impossible",
        "InputError",
        "Problem",
        "Proved",
        "Refuted",
        "Rejected",
        "Solved",
        "Unknown",
        "Weights",
        "__version__",
        "case",
        "check",
        "connect",
        "derive",
        "family",
        "load_case",
        "load_certificate",
        "load_derivation",
        "load_family",
        "load_weights",
        "mark",
        "region",
        "shipped_cases",
        "shipped_derivations",
        "simulate",
        "solve",
        "verify",
    ]
    for name in lstmsolve.__all__:
        assert getattr(lstmsolve, name).__doc__
    assert set(lstmsolve.__all__) <= set(dir(lstmsolve))


def test_help_shows_the_verbs() -> None:
    bold = re.compile(".\x08")
    plain = bold.sub("", pydoc.render_doc(lstmsolve, renderer=pydoc.TextDoc()))
    for verb in ("solve", "verify", "check", "region", "family", "mark", "simulate", "derive"):
        assert f"    {verb}(" in plain


def test_outcomes_say_what_they_are_in_a_line_and_all_of_it_in_a_notebook() -> None:
    proved = lstmsolve.verify("ramp", "b_f=1 w_f=-1 b_i=1 w_c=-1 b_c=1 b_o=1")
    refuted = lstmsolve.verify("nonzero-counter", "b_f=1 w_i=1 w_c=1 b_o=1 w_o=1")
    assert repr(proved) == "<proved: every step keeps the refinement map; the proof has been checked>"
    assert repr(refuted) == "<refuted: a shortest run that fails: at step 0 h is (1), the spec says (0)>"
    assert "| mode | registers | c | h |" in proved._repr_markdown_()
    assert "| 0 | 1 | 1 | 1 | 1 | 1 | 1 | 1 | 1 | 0 ✗ |" in refuted._repr_markdown_()


def test_importing_the_package_imports_next_to_nothing() -> None:
    code = "import sys, lstmsolve; print(sorted(m for m in sys.modules if m.startswith('lstmsolve')))"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "['lstmsolve']"


@pytest.mark.parametrize("page", ["README.md", "docs/case-format.md", "docs/weights.md"])
def test_the_python_in_the_documents_runs(page: str) -> None:
    blocks = re.findall(r"```python\n(.*?)```", (ROOT / page).read_text(), re.S)
    assert blocks
    for block in blocks:
        exec(compile(block, page, "exec"), {})


def test_rooms_stay_small() -> None:
    for folder in {path.parent for path in (ROOT / "lstmsolve").rglob("*.py")}:
        assert len([path for path in folder.glob("*.py") if path.name != "__init__.py"]) <= 12, folder


def test_only_workers_the_command_line_and_the_service_read_a_clock() -> None:
    package = ROOT / "lstmsolve"
    clocked = re.compile(r"(?m)^\s*(import|from) (time|datetime)\b")
    reading = {path.relative_to(package).parts[0] for path in package.rglob("*.py") if clocked.search(path.read_text())}
    assert reading == {"workers", "cli", "service"}


def test_modules_stay_readable() -> None:
    for path in (ROOT / "lstmsolve").rglob("*.py"):
        assert len(path.read_text().splitlines()) <= 400, path
