"""Whatever the file: a command ends within its limit, in bounded memory, with an answer or a clear error."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.forked import Forked, Run
from tests.hostile import CASES, CERTIFICATES, DERIVATIONS, FAMILIES, WEIGHTS, family

pytestmark = [pytest.mark.hostile, pytest.mark.skipif(sys.platform != "linux", reason="forks, and looks into /proc")]

LIMIT = 0.3
"""Seconds for every command."""

MOST_CPU = 20.0
"""Processor seconds that a command and its workers may take altogether: some start, and all are stopped."""

MOST_MEMORY = 1024 * 2**20
"""Bytes: what limits on sizes leave, well below the limit at which a command is stopped."""

CLOCK = ("--timeout", str(LIMIT))


@pytest.fixture(scope="module")
def forked() -> Iterator[Forked]:
    runner = Forked()
    yield runner
    runner.close()


def ended(run: Run) -> None:
    """It came to an end of its own, said why in a few words, and left nothing behind."""
    assert run.code in (0, 2, 5, 10), run
    assert "Traceback" not in run.out + run.err
    assert "internal error" not in run.err
    assert (run.out or run.err).strip()
    assert len(run.err) < 50_000
    assert run.cpu < MOST_CPU
    assert run.peak < MOST_MEMORY
    assert run.orphans == []


def written(path: Path, text: str) -> str:
    path.write_text(text)
    return str(path)


@pytest.mark.parametrize("name", CASES)
def test_cases(name: str, forked: Forked, tmp_path: Path) -> None:
    case = written(tmp_path / "hostile.toml", CASES[name])
    for command in (("solve", case, "--jobs", "1"), ("verify", case, "b_f[0]=1 b_o[0]=1 b_i[0]=1 b_c[0]=1")):
        ended(forked.run(*command, *CLOCK))


@pytest.mark.parametrize("command", ["region", "construct", "scipy", "report"])
@pytest.mark.parametrize("name", ["12 inputs of 16 values", "20,000 units", "registers in a tangle", "100,000 symbols"])
def test_the_other_commands_on_cases(name: str, command: str, forked: Forked, tmp_path: Path) -> None:
    case = written(tmp_path / "hostile.toml", CASES[name])
    argv = {
        "region": ("region", case),
        "report": ("report", case, "--out", str(tmp_path / "out")),
    }.get(command, ("solve", case, "--engine", command))
    ended(forked.run(*argv, *CLOCK))


@pytest.mark.parametrize("name", WEIGHTS)
def test_weights(name: str, forked: Forked, tmp_path: Path) -> None:
    answer = written(tmp_path / "answer.json", WEIGHTS[name])
    free = written(tmp_path / "hostile.toml", FREE)
    ended(forked.run("simulate", answer, "--inputs", ",".join("01" * 200), *CLOCK))
    ended(forked.run("simulate", answer, "--inputs", "0,1", "--arithmetic", "float32", *CLOCK))
    ended(forked.run("verify", free, answer, *CLOCK))


FREE = """
format = "lstmsolve/case/1"
name = "hostile"
[input]
x = [0, 1]
[output]
h = "any"
[cell]
hidden = 1
initial = { c = ["2/3"], h = ["2/3"] }
"""


@pytest.mark.parametrize("name", FAMILIES)
def test_families(name: str, forked: Forked, tmp_path: Path) -> None:
    stated = written(tmp_path / "family.toml", family(FAMILIES[name]))
    ended(forked.run("family", "nonzero-counter", stated, "--jobs", "1", *CLOCK))


def test_a_folder_of_answers(forked: Forked, tmp_path: Path) -> None:
    for number, text in enumerate(WEIGHTS.values()):
        written(tmp_path / f"{number}.json", text)
    marked = forked.run("mark", "nonzero-counter", str(tmp_path), "--jobs", "2", "--json", *CLOCK)
    ended(marked)
    assert marked.out.count('"mark": ') == len(WEIGHTS)


@pytest.mark.parametrize("name", CERTIFICATES)
def test_certificates(name: str, forked: Forked, tmp_path: Path) -> None:
    certificate = written(tmp_path / "certificate.json", CERTIFICATES[name]())
    run = forked.run("check", certificate, *CLOCK)
    ended(run)
    assert run.code != 0


@pytest.mark.parametrize("name", DERIVATIONS)
def test_derivations(name: str, forked: Forked, tmp_path: Path) -> None:
    ended(forked.run("derive", written(tmp_path / "hostile.toml", DERIVATIONS[name]), *CLOCK))


def test_texts_of_the_command_line(forked: Forked, tmp_path: Path) -> None:
    ended(forked.run("verify", "parity", "b_f=1 " * 10_000, *CLOCK))
    ended(forked.run("verify", "parity", "b_f=1", "--max-length", str(10**30), *CLOCK))
    ended(forked.run("solve", "parity", "--hidden", str(10**30), *CLOCK))
    ended(forked.run("solve", "parity", "--seed", str(10**30), *CLOCK))
    ended(forked.run("region", "parity", "--hidden", str(10**9), *CLOCK))
    ended(forked.run("simulate", "/dev/zero", "--inputs", "0", *CLOCK))
    ended(forked.run("solve", "/dev/zero", *CLOCK))
    ended(forked.run("verify", "parity", "b_f=1", "--timeout", "nan"))
    ended(forked.run("verify", "parity", "b_f=1", "--timeout", "inf"))
