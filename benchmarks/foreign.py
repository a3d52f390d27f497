"""How many cases of a folder are settled: `python -m benchmarks.foreign FOLDER [--timeout S] [--objective first]`.

Every case is solved by the command line in a process of its own. Printed are a line for each case and, at the end, how
many are solved or proved impossible; with `--check`, certificates are checked as well.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

SETTLED = ("solved", "impossible")


def settle(case: Path, timeout: float, check: bool) -> tuple[str, str, float]:
    """The verdict, what there is to say about it, and the seconds it took."""
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        found = _run("solve", str(case), "--timeout", f"{timeout:g}", "--out", folder, "--json")
        verdict = str(found.get("verdict") or "error")
        said = str(found.get("reason", ""))
        weights = found.get("weights")
        if isinstance(weights, dict):
            said = f"H = {weights['cell']['hidden']}; {said}"
        elapsed = time.monotonic() - started
        certificate = Path(folder) / "certificate.json"
        if check and certificate.exists():
            said = f"{_run('check', str(certificate), '--json').get('verdict')}; {said}"
    return verdict, said, elapsed


def _run(*arguments: str) -> dict[str, object]:
    command = [sys.executable, "-m", "lstmsolve", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    try:
        found = json.loads(done.stdout)
    except ValueError:
        return {"reason": done.stderr.strip()}
    return found if isinstance(found, dict) else {}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--timeout", type=float, default=60.0)
    parser.add_argument("--check", action="store_true", help="check the certificates")
    parser.add_argument("--only", nargs="*", help="names of cases")
    given = parser.parse_args()
    cases = [path for path in sorted(given.folder.glob("*.toml")) if not given.only or path.stem in given.only]
    verdicts: Counter[str] = Counter()
    for case in cases:
        verdict, said, elapsed = settle(case, given.timeout, given.check)
        verdicts[verdict] += 1
        print(f"{case.stem:36} {verdict:10} {elapsed:6.1f} s  {said[:160]}", flush=True)
    settled = sum(verdicts[verdict] for verdict in SETTLED)
    counts = ", ".join(f"{number} {verdict}" for verdict, number in verdicts.most_common())
    print(f"{settled} of {len(cases)} settled in {given.timeout:g} s each ({counts})")


if __name__ == "__main__":
    main()
