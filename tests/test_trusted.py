"""What must be trusted: the lines that are counted are those that run, for each kind of claim."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest

import lstmsolve
from lstmsolve.api.passes.trusting import CLAIMS, lines_of_code, trusted
from lstmsolve.formats.cases import parse_case
from lstmsolve.model.outcomes import Proved
from lstmsolve.writing.certificates import certificate_record
from tests import test_bounds, test_signs
from tests.test_horizons import MAJORITY, horizon, saturated
from tests.test_smooth import PARITY, one_unit

ROOT = Path(__file__).parents[1]
PACKAGE = Path(lstmsolve.__file__).parent


def test_readme_says_how_many_lines_must_be_trusted() -> None:
    readme = " ".join((ROOT / "README.md").read_text().split())
    assert f"{trusted().lines_for('exact cells, for all lengths'):,} lines of Python" in readme
    assert f"{trusted().lines:,} for all kinds" in readme


def test_lines_of_code_are_those_that_do_something() -> None:
    source = '"""Module."""\n\nimport re\n\n\ndef f(\n    x: int,\n) -> int:\n    """Doc."""\n    # why\n    return x\n'
    assert lines_of_code(source) == 5


def exact() -> object:
    return json.loads((ROOT / "reports" / "certificates" / "parity.json").read_text())


def boxes() -> object:
    outcome = lstmsolve.verify(parse_case(PARITY), one_unit(Fraction(1)))
    assert isinstance(outcome, Proved)
    return certificate_record(outcome.certificate)


def up_to_a_length() -> object:
    found = horizon(MAJORITY, saturated(4, 1, [[3]]))
    assert not isinstance(found, str)
    return certificate_record(found)


def by_bounds() -> object:
    return certificate_record(test_bounds.ruled(test_bounds.problem("2 * n")).claim)


def by_signs() -> object:
    return certificate_record(test_signs.ruled(test_signs.PARITY_OF_DIGIT).claim)


KINDS: dict[str, tuple[Callable[[], object], str]] = {
    "exact cells, for all lengths": (exact, "check.check"),
    "sigmoid and tanh cells, for all lengths": (boxes, "enclosures.check_enclosures"),
    "sigmoid and tanh cells, up to a length": (up_to_a_length, "horizons.check_horizon"),
    "impossible at any size, by bounds": (by_bounds, "beyond.check_beyond"),
    "impossible at any size, by signs": (by_signs, "signs.check_signs"),
}


@pytest.mark.parametrize("claim", CLAIMS)
def test_to_read_check_and_state_a_claim_loads_only_what_is_counted_for_it(claim: str, tmp_path: Path) -> None:
    made, checker = KINDS[claim]
    module, function = checker.split(".")
    path = tmp_path / "certificate.json"
    path.write_text(json.dumps(made()))
    says = "impossibility_statement" if claim.startswith("impossible") else "statement"
    code = (
        "import json, sys;"
        "from lstmsolve.kernel.records.certificates import certificate_from_record;"
        f"from lstmsolve.kernel.proofs.statements import {says};"
        f"from lstmsolve.checker.{module} import {function};"
        f"given = certificate_from_record(json.load(open({str(path)!r})));"
        f"{function}(given); {says}(given);"
        "print('\\n'.join(m for m in sys.modules if m.startswith('lstmsolve.')))"
    )
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    files = {name.removeprefix("lstmsolve.").replace(".", "/") for name in loaded}
    counted = {name.removesuffix(".py").removesuffix("/__init__") for name in trusted().claims[claim]}
    folders = {path.parent.relative_to(PACKAGE).as_posix() for path in PACKAGE.rglob("__init__.py")}
    assert files - folders == counted
