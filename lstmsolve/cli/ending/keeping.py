"""How `solve` and `verify` end: files kept where --out says, the result as text or JSON, and what to try next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from lstmsolve.cli.ending.boundary import EXIT_CODES, Ended
from lstmsolve.cli.screen.presenting import lines, presented
from lstmsolve.formats.files import dump_json, write_text
from lstmsolve.formats.results import result_record
from lstmsolve.model.outcomes import Outcome
from lstmsolve.workers import Stopwatch


def kept(
    verb: str,
    case: str,
    outcome: Outcome,
    watch: Stopwatch,
    out: Path | None,
    json: bool,
    hints: Sequence[str],
    dense: bool,
    extra: Mapping[str, object] | None = None,
) -> Ended:
    """Keep what a verb found, and say how it ended; `extra` are further keys of its record."""
    written, certificate = [], None
    if out is not None:
        from lstmsolve.api.passes.keeping import CERTIFICATE, RESULT, kept_files

        for name, text in kept_files(outcome, watch, dense=dense).items():
            write_text(out / name, text)
            written.append(str(out / name))
        certificate = str(out / CERTIFICATE) if str(out / CERTIFICATE) in written else None
    record = result_record(verb, case, outcome, certificate, watch.elapsed, dense=dense) | dict(extra or {})
    if hints:
        record["next"] = list(hints)
    if out is not None:
        write_text(out / RESULT, dump_json(record))
        written.append(str(out / RESULT))
    text = presented(outcome, record, written, json)
    if hints and not json:
        text += lines("what to try next:", *(f"  {hint}" for hint in hints))
    return Ended(EXIT_CODES[outcome.verdict], text)
