"""The inductive harness in C, run on numbers: it holds of exported code, and fails of code that was changed."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path

import pytest

import lstmsolve
from lstmsolve.api.exporting import export, exported, load_design
from lstmsolve.formats.cases import parse_case
from lstmsolve.interop.writing.design import Design
from lstmsolve.kernel.proofs.certificates import Certificate
from lstmsolve.kernel.spec.problems import Problem
from tests.test_products import SQUARES, WEIGHTS
from tests.test_properties import COUNTING
from tests.test_properties import case as property_case
from tests.test_readouts import PARITY, parity_weights

CERTIFICATES = Path(__file__).resolve().parents[1] / "reports" / "certificates"

STUBS = """#include <stdio.h>
#include <stdlib.h>
int nondet_int(void);
void __ESBMC_assume(_Bool condition);
void __ESBMC_assert(_Bool condition, const char *text);
int nondet_int(void)
{
    int value = 0;
    return scanf("%d", &value) == 1 ? value : 0;
}
void __ESBMC_assume(_Bool condition)
{
    if (!condition) {
        exit(3);
    }
}
void __ESBMC_assert(_Bool condition, const char *text)
{
    if (!condition) {
        printf("%s", text);
        exit(7);
    }
}
"""

pytestmark = pytest.mark.skipif(shutil.which("gcc") is None, reason="gcc is not installed")


def proved(problem: Problem, weights: object) -> Design:
    outcome = lstmsolve.verify(problem, weights)  # type: ignore[call-overload]
    assert isinstance(outcome, lstmsolve.Proved), outcome
    assert isinstance(outcome.certificate, Certificate)
    return Design(outcome.weights, outcome.certificate.problem, outcome.certificate)


def failures(given: Design, folder: Path, values: Iterable[int], change: tuple[str, str] | None = None) -> set[str]:
    """What assertions say that fail, over all cases of the harness and these values of each variable."""
    name = given.identifier
    export(given, "c", folder)
    (folder / "stubs.c").write_text(STUBS)
    if change is not None:
        source = folder / f"{name}.c"
        text = source.read_text()
        assert change[0] in text, text
        source.write_text(text.replace(*change))
    flags = ["-std=c99", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-fsanitize=undefined", "-fno-sanitize-recover"]
    sources = [f"{name}.c", f"{name}_harness.c", "stubs.c"]
    done = subprocess.run(["gcc", *flags, *sources, "-o", "p"], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    cases = (folder / f"{name}_harness.c").read_text().count("    case ")
    told, fine = set(), 0
    for case in range(cases):
        for value in values:
            ran = subprocess.run(
                [folder / "p"], input=f"{case} {value} {value} {value}", capture_output=True, text=True, check=False
            )
            assert ran.returncode in (0, 3, 7), ran.stderr
            fine += ran.returncode == 0
            told |= {ran.stdout} if ran.returncode == 7 else set()
    assert fine or told, "every run was assumed away"
    return told


@pytest.mark.parametrize(
    "always",
    [
        ["h[0] == n"],
        ["c[0] - n <= 1/2", "n - c[0] <= 1/2"],
        ["max(h[0], 3) >= 3 and h[0] >= 0"],
        ["h[0] >= 1 or n == 0"],
        ["not (h[0] > n)", "z[0] == (n if n >= 1 else 0)"],
    ],
)
def test_conditions_hold_of_the_code(tmp_path: Path, always: list[str]) -> None:
    given = proved(property_case("0..3", *always), COUNTING)
    assert "of [property] holds" in exported(given, "c")[f"{given.identifier}_harness.c"].decode()
    assert failures(given, tmp_path / "c", [0, 1, 5]) == set()


def test_conditions_fail_of_code_that_was_changed(tmp_path: Path) -> None:
    """The state is as the invariant says, and z is not."""
    given = proved(property_case("0..3", "0 <= z[0] - n", "z[0] <= n"), COUNTING)
    told = failures(given, tmp_path / "c", [0, 1, 5], ("z[0] = (case_number)(n0)", "z[0] = (case_number)(n0 + 1)"))
    assert told == {"condition 2 of [property] holds"}


@pytest.mark.parametrize("readout", ['decide = "argmax"\nmargin = 1', 'accept = ">= 1"\nreject = "<= 0"'])
def test_the_largest_and_thresholds_hold_of_the_code(tmp_path: Path, readout: str) -> None:
    problem = parse_case(f"{PARITY}[readout]\nlayer = true\n{readout}\n")
    given = proved(problem, parity_weights(V=[["-1"], ["1"]], d=["1", "0"]))
    assert failures(given, tmp_path / "c", [0]) == set()
    told = failures(given, tmp_path / "changed", [0], ("z[1] = (case_number)(n0)", "z[1] = (case_number)(0)"))
    assert any("z[1]" in text for text in told)
    vectors = exported(given, "c")[f"{given.identifier}_vectors.h"].decode()
    assert "{1, 1}" in vectors, "what comes out is compared, though thresholds alone are owed"


@pytest.mark.parametrize("name", ["tomita-3", "d-2"])
def test_fixed_point_keeps_the_invariant(tmp_path: Path, name: str) -> None:
    given = load_design(CERTIFICATES / f"{name}.json")
    assert failures(given, tmp_path / "c", [0]) == set()
    text = exported(given, "c")[f"{given.identifier}.c"].decode()
    line = next(line for line in text.splitlines() if "const int32_t g0 =" in line)
    assert failures(given, tmp_path / "changed", [0], (line, "    const int32_t g0 = 0;"))


def test_products_that_vary_have_no_harness() -> None:
    """Nor is the code refused for that."""
    given = proved(parse_case(SQUARES.format(bound="1/3")), WEIGHTS)
    assert given.certificate is not None
    assert given.certificate.multiplies
    assert "case.c" in exported(given, "c")
    assert "case_harness.c" not in exported(given, "c")
