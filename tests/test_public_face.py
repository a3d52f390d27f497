"""What the package promises to the outside: its names, and that the documents show what is there."""

from __future__ import annotations

import json
import pydoc
import re
import subprocess
import sys
from base64 import b64decode
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
        "arrays",
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
    for outcome in (proved, refuted):
        _, _, picture = outcome._repr_markdown_().partition("](data:image/svg+xml;base64,")
        assert b64decode(picture.partition(")")[0]).startswith(b"<?xml")


def test_outcomes_keep_themselves_as_the_command_line_does(tmp_path: Path) -> None:
    proved = lstmsolve.verify("ramp", "b_f=1 w_f=-1 b_i=1 w_c=-1 b_c=1 b_o=1")
    assert isinstance(proved, lstmsolve.Proved)
    written = proved.save(tmp_path / "kept")
    assert [path.name for path in written] == ["weights.json", "certificate.json", "result.json"]
    assert lstmsolve.check(tmp_path / "kept" / "certificate.json").verdict == "accepted"
    assert lstmsolve.load_weights(tmp_path / "kept" / "weights.json") == proved.weights
    record = json.loads((tmp_path / "kept" / "result.json").read_text())
    assert (record["command"], record["verdict"]) == ("verify", "proved")
    assert record["certificate"] == str(tmp_path / "kept" / "certificate.json")


def test_weights_go_to_arrays_and_back() -> None:
    problem = lstmsolve.case(input={"x": [0, 1], "y": [0, 1]}, output="x", hidden=2)
    weights = lstmsolve.load_weights({"w_o": [[1, 0], [0, "1/2"]], "b_c": [1, -2], "V": [[1, 0]], "d": [3]}, problem)
    arrays = lstmsolve.arrays(weights)
    assert {name: array.shape for name, array in arrays.items() if name in ("w_f", "u_o", "b_i", "V", "d")} == {
        "w_f": (2, 2),
        "u_o": (2, 2),
        "b_i": (2,),
        "V": (1, 2),
        "d": (1,),
    }
    assert lstmsolve.load_weights(arrays, problem) == weights
    assert arrays["w_o"].tolist() == [[1.0, 0.0], [0.0, 0.5]]
    started = lstmsolve.load_weights({"b_f": 1, "initial": {"c": [2], "h": [0]}})
    assert lstmsolve.load_weights(lstmsolve.arrays(started)) == started
    assert lstmsolve.arrays(started, "float32")["b_f"].dtype == "float32"


def test_importing_the_package_imports_next_to_nothing() -> None:
    code = "import sys, lstmsolve; print(sorted(m for m in sys.modules if m.startswith('lstmsolve')))"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "['lstmsolve']"


@pytest.mark.parametrize("page", ["README.md", "docs/case-format.md", "docs/python.md", "docs/weights.md"])
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
