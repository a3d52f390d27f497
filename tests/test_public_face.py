"""What the package promises to the outside: its names, and that the documents show what is there."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

import lstmsolve

ROOT = Path(__file__).parents[1]


def test_exported_names_are_pinned() -> None:
    assert lstmsolve.__all__ == [
        "check",
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
        assert callable(getattr(lstmsolve, name))


def test_importing_the_package_imports_next_to_nothing() -> None:
    code = "import sys, lstmsolve; print(sorted(m for m in sys.modules if m.startswith('lstmsolve')))"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "['lstmsolve']"


@pytest.mark.parametrize("page", ["README.md", "docs/weights.md"])
def test_the_python_in_the_documents_runs(page: str) -> None:
    blocks = re.findall(r"```python\n(.*?)```", (ROOT / page).read_text(), re.S)
    assert blocks
    for block in blocks:
        exec(compile(block, page, "exec"), {})


def test_modules_stay_readable() -> None:
    for path in (ROOT / "lstmsolve").rglob("*.py"):
        assert len(path.read_text().splitlines()) <= 400, path
