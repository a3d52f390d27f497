"""`export` and `import`."""

from __future__ import annotations

from pathlib import Path

from lstmsolve.api.exporting import Precision, Target, export
from lstmsolve.api.importing import import_weights, write_imported
from lstmsolve.cli.ending.boundary import Ended, Exit
from lstmsolve.cli.ending.clock import under_clock
from lstmsolve.cli.screen.presenting import lines, mention
from lstmsolve.formats.files import dump_json
from lstmsolve.formats.results import empty_record


def run_export(
    source: Path, target: Target, out: Path, case: str | None, precision: Precision, timeout: float, json: bool
) -> Ended:
    with under_clock(timeout) as watch:
        done = export(source, target, out, case=case, precision=precision, watch=watch)
        mention(done.notes)
        if json:
            record = empty_record("export", f"exported to {target}", watch.elapsed)
            return Ended(Exit.GOOD, dump_json(record | {"written": list(done.written), "notes": list(done.notes)}))
        return Ended(Exit.GOOD, lines(*(f"wrote {path}" for path in done.written)))


def run_import(
    source: Path, out: Path, case: str | None, layer: int | None, readout: str | None, timeout: float, json: bool
) -> Ended:
    with under_clock(timeout) as watch:
        found = import_weights(source, case=case, layer=layer, readout=readout)
        write_imported(out, found)
        mention(found.notes)
        if json:
            record = empty_record("import", f"imported {source.name}", watch.elapsed)
            return Ended(Exit.GOOD, dump_json(record | {"written": [str(out)], "notes": list(found.notes)}))
        return Ended(Exit.GOOD, lines(f"wrote {out}"))
