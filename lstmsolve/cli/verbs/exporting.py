"""`export` and `import`."""

from __future__ import annotations

from pathlib import Path

from lstmsolve.api.exporting import Precision, Target, export, load_design
from lstmsolve.api.importing import import_weights
from lstmsolve.cli.ending.boundary import EXIT_CODES, Ended, Exit
from lstmsolve.cli.ending.clock import under_clock
from lstmsolve.cli.screen.presenting import lines, mention
from lstmsolve.formats.documents import write_weights
from lstmsolve.formats.files import dump_json
from lstmsolve.formats.results import empty_record
from lstmsolve.kernel.base.errors import InputError
from lstmsolve.workers.esbmc import prove_code


def run_export(
    source: Path,
    target: Target,
    out: Path,
    case: str | None,
    precision: Precision,
    prove: bool,
    timeout: float,
    json: bool,
) -> Ended:
    with under_clock(timeout) as watch:
        if prove and target != "c":
            raise InputError.single("--prove", "proves C: --to c", target)
        design = load_design(source, case, watch)
        done = export(design, target, out, precision=precision, watch=watch)
        mention(done.notes)
        judged = prove_code(out, design.identifier, watch) if prove else None
        code = Exit.GOOD if judged is None else EXIT_CODES[judged.verdict]
        reason = f"exported to {target}" if judged is None else judged.reason
        if json:
            record = empty_record("export", reason, watch.elapsed)
            record |= {"verdict": None if judged is None else judged.verdict, "case": design.name}
            return Ended(code, dump_json(record | {"written": list(done.written), "notes": list(done.notes)}))
        told = [] if judged is None else [f"{judged.verdict}: {judged.reason}"]
        return Ended(code, lines(*(f"wrote {path}" for path in done.written), *told))


def run_import(
    source: Path,
    out: Path,
    case: str | None,
    layer: int | None,
    readout: str | None,
    timeout: float,
    dense: bool,
    json: bool,
) -> Ended:
    with under_clock(timeout) as watch:
        found = import_weights(source, case=case, layer=layer, readout=readout)
        write_weights(out, found.weights, dense=dense)
        mention(found.notes)
        if json:
            record = empty_record("import", f"imported {source.name}", watch.elapsed)
            return Ended(Exit.GOOD, dump_json(record | {"written": [str(out)], "notes": list(found.notes)}))
        return Ended(Exit.GOOD, lines(f"wrote {out}"))
