"""Exported C: compiled without warnings, run under sanitizers, judged by the spec; and proved by ESBMC where it is."""

from __future__ import annotations

import random
import shutil
import subprocess
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

import lstmsolve
from lstmsolve.api.exporting import export, exported, load_design
from lstmsolve.interop.writing.design import Design
from lstmsolve.kernel.base.errors import InputError
from lstmsolve.kernel.lstm.cells import Gate, GateWeights, Parameter, Weights
from lstmsolve.kernel.proofs.certificates import Certificate
from lstmsolve.workers import Stopwatch
from lstmsolve.workers.esbmc import find_esbmc, prove_code
from tests.specs import random_run
from tests.test_cli import lstmsolve as command

CERTIFICATES = Path(__file__).resolve().parents[1] / "reports" / "certificates"
DESIGNS = [
    "parity",
    "debounce",
    "mod-16",
    "delay-3",
    "anbn",
    "nonzero-counter",
    "set-reset-latch",
    "binary-addition",
    "leaky-average",
    "tomita-3",
    "d-2",
]
FLAGS = [
    "-std=c99",
    "-Wall",
    "-Wextra",
    "-Wpedantic",
    "-Wconversion",
    "-Werror",
    "-fsanitize=address,undefined",
    "-fno-sanitize-recover",
]

needs_gcc = pytest.mark.skipif(shutil.which("gcc") is None, reason="gcc is not installed")


def design(name: str) -> Design:
    return load_design(CERTIFICATES / f"{name}.json")


def compiled(folder: Path, *sources: str) -> Path:
    done = subprocess.run(
        ["gcc", *FLAGS, *sources, "-lm", "-o", "program"], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return folder / "program"


@needs_gcc
@pytest.mark.parametrize("name", DESIGNS)
def test_vectors_come_out(tmp_path: Path, name: str) -> None:
    given = design(name)
    export(given, "c", tmp_path / "c")
    program = compiled(tmp_path / "c", f"{given.identifier}.c", f"{given.identifier}_test.c")
    done = subprocess.run([program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "256 steps, 0 wrong" in done.stdout


def shrunk(given: Design, factor: int) -> Design:
    """The same behaviour, with h over `factor` where units are not read and always shown; proved."""
    assert given.problem is not None
    weights, old = given.weights, given.weights.gates[Gate.OUTPUT]
    open_always = [not any(w) and not any(u) and b == 1 for w, u, b in zip(old.w, old.u, old.b, strict=True)]
    factors = [factor if j >= given.outputs and always else 1 for j, always in enumerate(open_always)]
    assert factor in factors
    gates = {}
    for gate, part in weights.gates.items():
        u = tuple(tuple(v * k for v, k in zip(row, factors, strict=True)) for row in part.u)
        gates[gate] = GateWeights(part.w, u, part.b)
    gates[Gate.OUTPUT] = replace(gates[Gate.OUTPUT], b=tuple(b / k for b, k in zip(old.b, factors, strict=True)))
    outcome = lstmsolve.verify(given.problem, Weights(weights.cell, gates, weights.initial), seconds=60)
    assert isinstance(outcome, lstmsolve.Proved)
    assert isinstance(outcome.certificate, Certificate)
    return Design(outcome.weights, outcome.certificate.problem, outcome.certificate)


def said(given: Design, folder: Path, length: int) -> None:
    """The code compiles, and says on a random run what the spec says."""
    assert given.problem is not None
    export(given, "c", folder)
    (folder / "driver.c").write_text(DRIVER.format(name=given.identifier, upper=given.identifier.upper()))
    program = compiled(folder, f"{given.identifier}.c", "driver.c")
    run = random_run(given.problem, length, 5)
    told = subprocess.run(
        [program],
        input=" ".join(str(value) for x in run.inputs for value in x),
        capture_output=True,
        text=True,
        check=True,
    )
    found = list(map(int, told.stdout.split()))
    width = given.outputs
    for n, owed in enumerate(run.owed):
        z = found[n * width : (n + 1) * width]
        assert all(value is None or value == actual for value, actual in zip(owed, z, strict=True)), n


@needs_gcc
@pytest.mark.parametrize(
    ("name", "factor"), [("anbn", 2), ("anbn", 64), ("delay-2", 8), ("majority", 2), ("mod-5", 1024)]
)
def test_fractions_of_powers_of_two_run_in_integers(tmp_path: Path, name: str, factor: int) -> None:
    given = shrunk(design(name), factor)
    header = exported(given, "c")[f"{given.identifier}.h"].decode()
    assert f"state h holds h * {factor}" in header
    assert "typedef int" in header
    assert ("_BOUND" in header) == (name in ("anbn", "majority"))
    if "_BOUND" not in header:
        assert ("int8_t h[" in header) == (factor < 128)
    said(given, tmp_path / "c", 5_000)


@needs_gcc
@pytest.mark.parametrize("name", ["tomita-3", "tomita-6", "d-2"])
def test_halves_are_kept_in_eight_bits(tmp_path: Path, name: str) -> None:
    given = design(name)
    header = exported(given, "c")[f"{given.identifier}.h"].decode()
    assert "int8_t c[" in header
    assert "int8_t h[" in header
    said(given, tmp_path / "c", 20_000)


@pytest.mark.parametrize("name", ["leaky-average", "clipped-counter"])
def test_what_fixed_point_does_not_hold_is_written_in_floats(name: str) -> None:
    """Real inputs; thirds, if the certificate still has them."""
    given = design(name)
    dyadic = all(value.denominator & (value.denominator - 1) == 0 for _, value in given.numbers())
    header = exported(given, "c")[f"{given.identifier}.h"].decode()
    if name == "leaky-average" or not dyadic:
        assert "typedef float" in header or "typedef double" in header


DRIVER = """
#include <stdio.h>
#include "{name}.h"
int main(void)
{{
    {name}_state state;
    int value = 0;
    {name}_reset(&state);
    for (;;) {{
        {name}_number x[{upper}_INPUTS];
        {name}_number z[{upper}_OUTPUTS];
        for (int d = 0; d < {upper}_INPUTS; d++) {{
            if (scanf("%d", &value) != 1) {{
                return 0;
            }}
            x[d] = ({name}_number)value;
        }}
        {name}_step(&state, x, z);
        for (int k = 0; k < {upper}_OUTPUTS; k++) {{
            printf("%d ", (int)z[k]);
        }}
    }}
}}
"""


@needs_gcc
@pytest.mark.parametrize(
    ("name", "length"), [("parity", 1_000_000), ("debounce", 20_000), ("anbn", 20_000), ("mod-16", 20_000)]
)
def test_long_random_runs_are_as_owed(tmp_path: Path, name: str, length: int) -> None:
    """The code against the spec, step by step."""
    given = design(name)
    assert given.problem is not None
    export(given, "c", tmp_path / "c")
    text = DRIVER.format(name=given.identifier, upper=given.identifier.upper())
    (tmp_path / "c" / "driver.c").write_text(text)
    program = compiled(tmp_path / "c", f"{given.identifier}.c", "driver.c")
    if name == "parity":
        rng = random.Random(0)
        bits = [rng.randrange(2) for _ in range(length)]
        wanted, odd = [], 0
        for bit in bits:
            odd ^= bit
            wanted.append(odd)
        given_text = " ".join(map(str, bits))
    else:
        run = random_run(given.problem, length, 5)
        given_text = " ".join(str(value) for x in run.inputs for value in x)
        wanted = [int(value) for owed in run.owed for value in owed if value is not None]
        assert len(wanted) == length
    done = subprocess.run([program], input=given_text, capture_output=True, text=True, check=True)
    assert list(map(int, done.stdout.split())) == wanted


def test_integers_are_as_narrow_as_the_proof_allows() -> None:
    narrow = exported(design("parity"), "c")["parity.h"].decode()
    assert "int8_t c[1];" in narrow
    assert "_BOUND" not in narrow
    wide = exported(design("nonzero-counter"), "c")["nonzero_counter.h"].decode()
    assert "int32_t c[1];" in wide
    assert "NONZERO_COUNTER_BOUND" in wide


@needs_gcc
def test_no_name_ends_a_comment(tmp_path: Path) -> None:
    given = design("parity")
    assert given.problem is not None
    sly = replace(given, problem=replace(given.problem, name="x */ int y; /* ??/"), certificate=None)
    export(sly, "c", tmp_path / "c")
    compiled(tmp_path / "c", f"{sly.identifier}.c", f"{sly.identifier}_test.c")


def test_smooth_cells_are_written_in_double(tmp_path: Path) -> None:
    from lstmsolve.kernel.lstm.cells import Activation, Cell, parameters

    cell = Cell(1, 1, Activation.SIGMOID, Activation.TANH, Activation.TANH)
    values: dict[Parameter, Fraction] = dict.fromkeys(parameters(cell), Fraction(1, 3))
    files = exported(Design(Weights.of(cell, values)), "c")
    assert b"tanh(" in files["lstm.c"]
    assert "lstm_harness.c" not in files


@pytest.fixture
def esbmc() -> Path:
    try:
        return find_esbmc()
    except InputError:
        pytest.skip("ESBMC is not installed")


@pytest.mark.parametrize("name", ["parity", "debounce", "nonzero-counter", "set-reset-latch"])
def test_the_code_is_proved_for_all_lengths(tmp_path: Path, esbmc: Path, name: str) -> None:
    given = design(name)
    export(given, "c", tmp_path / "c")
    assert prove_code(tmp_path / "c", given.identifier, Stopwatch(120)).verdict == "proved"


@pytest.mark.parametrize("name", ["parity", "debounce", "nonzero-counter"])
def test_code_that_was_changed_is_refuted(tmp_path: Path, esbmc: Path, name: str) -> None:
    given = design(name)
    export(given, "c", tmp_path / "c")
    source = tmp_path / "c" / f"{given.identifier}.c"
    text = source.read_text()
    mutant = text.replace("(f0 * ", "((1 - f0) * ", 1)
    assert mutant != text
    source.write_text(mutant)
    judged = prove_code(tmp_path / "c", given.identifier, Stopwatch(120))
    assert judged.verdict == "refuted"
    assert "as" in judged.reason


def test_a_design_that_fails_in_floats_is_refuted(tmp_path: Path, esbmc: Path) -> None:
    """tomita-5 with thirds: right over the fractions, wrong in double."""
    from tests.test_floats import IN_THE_FIELD, proved

    outcome = proved("tomita-5", IN_THE_FIELD["tomita-5"])
    assert isinstance(outcome.certificate, Certificate)
    given = Design(outcome.weights, outcome.certificate.problem, outcome.certificate)
    export(given, "c", tmp_path / "c")
    assert prove_code(tmp_path / "c", given.identifier, Stopwatch(120)).verdict == "refuted"


def test_a_proof_needs_c_and_a_certificate(tmp_path: Path) -> None:
    result = command("export", str(CERTIFICATES / "parity.json"), "--to", "latex", "--prove", "-o", str(tmp_path / "x"))
    assert result.exit_code == 2
    assert "--to c" in result.stderr
    problem = lstmsolve.load_case("parity")
    weights = lstmsolve.load_weights("b_f=1", problem)
    export(Design(weights), "c", tmp_path / "c")
    with pytest.raises(InputError, match="harness"):
        prove_code(tmp_path / "c", "lstm", Stopwatch(5))


def test_nothing_is_half_written(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("here already")
    with pytest.raises(InputError, match="is a file"):
        export(design("parity"), "c", tmp_path / "taken")
    assert (tmp_path / "taken").read_text() == "here already"
    assert list(tmp_path.iterdir()) == [tmp_path / "taken"]
