"""Trained LSTMs repaired: `python -m benchmarks.repair [--seconds S] [--report FILE] [FILE.safetensors ...]`.

The nets are torch's, from `benchmarks/nets` if none are named; the case of a net is the file beside it that is called
after its language. Limits are processor seconds, and every certificate is checked again from its file. A report keeps
what it says of other nets.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path
from typing import Final, TypeAlias

from benchmarks.smooth import NETS, Processor
from lstmsolve.api.checking import check
from lstmsolve.api.solving import solve
from lstmsolve.formats.documents import write_certificate
from lstmsolve.formats.files import write_text
from lstmsolve.kernel.base.errors import InputError
from lstmsolve.kernel.proofs.enclosures import EnclosureCertificate
from lstmsolve.model.outcomes import Accepted, Solved

Row: TypeAlias = tuple[str, ...]

HEADER: Final = ("net", "answer", "seconds", "boxes", "largest change", "of the weights' size")

PAGE: Final = """# Repaired nets

The nets of [trained-nets.md](trained-nets.md), given to `solve --from`: moved until they are proved for all lengths in
real arithmetic, and back again as far as the proof holds; the layer stays as it is. Weights that a short look proves
right as they are stay where they are.
Seconds are those of a processor, of at most {seconds:g} for each net. Every certificate was checked again.
`python -m benchmarks.repair --report reports/repaired-nets.md` makes this page.

{table}

{total}.
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="*", type=Path)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--report", type=Path)
    given = parser.parse_args()
    rows = {} if given.report is None else _reported(given.report)
    print(" | ".join(HEADER))
    for path in given.files or sorted(NETS.glob("*.safetensors")):
        row = rows[path.stem] = _repaired(path, given.seconds)
        print(" | ".join(row), flush=True)
        if given.report is not None:
            _report(given.report, rows, given.seconds)


def _report(report: Path, rows: dict[str, Row], seconds: float) -> None:
    answers = [row[1] for row in rows.values()]
    total = (
        f"Of {len(rows)} nets {answers.count('repaired')} are repaired, "
        f"{answers.count('right')} are right as they are, {answers.count('unknown')} stay unknown"
    )
    lines = (HEADER, ("---",) * len(HEADER), *(rows[name] for name in sorted(rows)))
    table = "\n".join(f"| {' | '.join(row)} |" for row in lines)
    write_text(report, PAGE.format(seconds=seconds, table=table, total=total))


def _reported(report: Path) -> dict[str, Row]:
    """The rows of a report, by net."""
    if not report.exists():
        return {}
    lines = [line for line in report.read_text().splitlines() if line.startswith("| ")][1:]
    rows = [tuple(cell.strip() for cell in line.strip("|").split("|")) for line in lines]
    return {row[0]: row for row in rows if row[0] != "---"}


def _repaired(path: Path, seconds: float) -> Row:
    case = path.parent / f"{path.stem.partition('-')[0]}-net.toml"
    begun = time.process_time()
    outcome = solve(case, start=path, watch=Processor(seconds))
    spent = f"{time.process_time() - begun:.1f}"
    if not isinstance(outcome, Solved):
        return path.stem, "unknown", spent, "", "", ""
    assert isinstance(outcome.certificate, EnclosureCertificate)
    assert outcome.moved is not None
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "certificate.json"
        write_certificate(file, outcome.certificate)
        if not isinstance(check(file, case=case, seconds=600), Accepted):
            raise SystemExit(f"{path.stem}: the certificate was not accepted")
    boxes = str(len(outcome.certificate.boxes))
    if not outcome.moved.most:
        return path.stem, "right", spent, boxes, "", ""
    return (
        path.stem,
        "repaired",
        spent,
        boxes,
        f"{float(outcome.moved.most):.2f}",
        f"{float(100 * outcome.moved.relative):.3g} %",
    )


if __name__ == "__main__":
    try:
        main()
    except InputError as error:
        raise SystemExit(f"error: {error}") from None
