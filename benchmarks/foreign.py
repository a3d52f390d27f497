"""How many cases of a folder are settled: `python -m benchmarks.foreign FOLDER [--timeout S] [--check]`.

Every case is solved by the command line in a process of its own. Printed are a line for each case and, at the end, how
many are solved or proved impossible; with `--check`, certificates are checked as well. `--record FILE` keeps what is
found and asks only for cases that are not settled there; `--page FILE` writes a page of what is kept. With `--only`,
what the page says of other cases stays.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import tempfile
import time
import tomllib
from collections import Counter
from pathlib import Path
from typing import TypeAlias

SETTLED = ("solved", "impossible")

Found: TypeAlias = dict[str, object]
"""`verdict`, `reason`, `units` of weights, `any_size` of an impossibility, and `check` of the certificate."""


def settle(case: Path, timeout: float, check: bool) -> Found:
    with tempfile.TemporaryDirectory() as folder:
        outcome = _run("solve", str(case), "--timeout", f"{timeout:g}", "--out", folder, "--json")
        found: Found = {"verdict": outcome.get("verdict") or "error", "reason": outcome.get("reason", "")}
        weights = outcome.get("weights")
        if isinstance(weights, dict):
            found["units"] = weights["cell"]["hidden"]
        if outcome.get("any_size"):
            found["any_size"] = True
        certificate = Path(folder) / "certificate.json"
        if check and certificate.exists():
            found["check"] = _run("check", str(certificate), "--json").get("verdict")
    return found


def _run(*arguments: str) -> Found:
    command = [sys.executable, "-m", "lstmsolve", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    try:
        found = json.loads(done.stdout)
    except ValueError:
        return {"reason": done.stderr.strip()}
    return found if isinstance(found, dict) else {}


def told(found: Found) -> str:
    parts = (found.get("check"), f"H = {found['units']}" if "units" in found else None, found.get("reason"))
    return "; ".join(str(part) for part in parts if part)


def counted(results: dict[str, Found], timeout: float) -> str:
    verdicts = Counter(str(found["verdict"]) for found in results.values())
    settled = sum(verdicts[verdict] for verdict in SETTLED)
    counts = ", ".join(f"{number} {verdict}" for verdict, number in verdicts.most_common())
    return f"{settled} of {len(results)} settled in {timeout:g} s each ({counts})"


def page(cases: list[Path], results: dict[str, Found], timeout: float) -> str:
    """A table of all cases as markdown; without times, which say more about the machine."""
    lines = [
        "# Cases that nobody here wrote",
        "",
        "Converted from public automata, task lists, homework and PLC blocks.",
        "`python -m benchmarks.foreign FOLDER --check --page FILE` solves each as it is stated and has certificates",
        f"checked: {counted(results, timeout)}.",
        "",
        "| case | what it is | source | verdict | certificate |",
        "|---|---|---|---|---|",
    ]
    for case in cases:
        about, found = tomllib.loads(case.read_text()), results[case.stem]
        verdict = str(found["verdict"])
        if "units" in found and verdict == "solved":
            units = found["units"]
            verdict += f", {units} unit{'s' if units != 1 else ''}"
        verdict += " at any size" if found.get("any_size") else ""
        texts = (case.stem, about.get("title", ""), about.get("source", ""), verdict, found.get("check") or "")
        lines.append(f"| {' | '.join(str(text).replace('|', '/') for text in texts)} |")
    unknown = [f"- {name}: {found['reason']}" for name, found in results.items() if found["verdict"] not in SETTLED]
    lines += ["", "Not settled:" if unknown else "All are settled.", "", *unknown, *([""] if unknown else [])]
    return "\n".join(lines)


def from_page(text: str) -> dict[str, Found]:
    """What a page says, as it was found."""
    reasons = dict(re.findall(r"^- (\S+): (.*)$", text, re.MULTILINE))
    found: dict[str, Found] = {}
    for line in re.findall(r"^\| (.*) \|$", text, re.MULTILINE)[1:]:
        name, _, _, verdict, check = (part.strip() for part in f"{line} ".split(" | "))
        word, *more = re.split(r",? ", verdict)
        found[name] = {"verdict": word, "reason": reasons.get(name, "")}
        if word == "solved":
            found[name]["units"] = int(more[0])
        if more[:1] == ["at"]:
            found[name]["any_size"] = True
        if check:
            found[name]["check"] = check
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--timeout", type=float, default=60.0)
    parser.add_argument("--check", action="store_true", help="check the certificates")
    parser.add_argument("--only", nargs="*", help="names of cases; of the others a page keeps what it says")
    parser.add_argument("--record", type=Path, help="JSON file of what is found; settled cases are not asked for again")
    parser.add_argument("--page", type=Path, help="markdown file for the table")
    given = parser.parse_args()
    every = sorted(given.folder.glob("*.toml"))
    cases = [path for path in every if not given.only or path.stem in given.only]
    kept: dict[str, Found] = {}
    if given.record is not None and given.record.exists():
        kept = json.loads(given.record.read_text())
    for case in cases:
        if kept.get(case.stem, {}).get("verdict") in SETTLED:
            continue
        started = time.monotonic()
        found = settle(case, given.timeout, given.check)
        kept[case.stem] = found
        elapsed = time.monotonic() - started
        print(f"{case.stem:36} {found['verdict']!s:10} {elapsed:6.1f} s  {told(found)[:160]}", flush=True)
        if given.record is not None:
            given.record.write_text(json.dumps(kept, indent=1))
    results = {case.stem: kept[case.stem] for case in cases}
    print(counted(results, given.timeout))
    if given.page is not None:
        known = from_page(given.page.read_text()) if given.only and given.page.exists() else {}
        said = {case.stem: {**known, **results}[case.stem] for case in every if case.stem in {**known, **results}}
        given.page.write_text(page([case for case in every if case.stem in said], said, given.timeout))


if __name__ == "__main__":
    main()
