"""`derive`: formulas step by step, and a verdict on every claim."""

from __future__ import annotations

from pathlib import Path

from lstmsolve.api.deriving import derive, load_derivation
from lstmsolve.cli.boundary import EXIT_CODES, Exit, interruptible
from lstmsolve.cli.presenting import mention, print_json, tell
from lstmsolve.cli.progress import reporting
from lstmsolve.formats.derivation_results import derivation_record
from lstmsolve.formats.files import dump_json, write_text
from lstmsolve.model.derivation_texts import derivation_markdown, derivation_text
from lstmsolve.workers.clock import Stopwatch


def run_derive(case: str, timeout: float, seed: int, markdown: bool, out: Path | None, json: bool) -> Exit:
    mention(load_derivation(case).notes)
    with reporting() as say:
        watch = Stopwatch(timeout, say)
        with interruptible(watch):
            outcome = derive(case, seed=seed, watch=watch)
    record = derivation_record(outcome, watch.elapsed)
    written: list[str] = []
    if out is not None:
        texts = {
            "result.json": dump_json(record),
            "derivation.md": derivation_markdown(outcome),
            "derivation.txt": derivation_text(outcome),
        }
        for name, text in texts.items():
            write_text(out / name, text)
            written.append(str(out / name))
    if json:
        print_json(record)
    else:
        tell((derivation_markdown(outcome) if markdown else derivation_text(outcome)).removesuffix("\n"))
        for path in written:
            tell(f"wrote {path}", error=markdown)
    return Exit.INTERRUPTED if watch.interrupted else EXIT_CODES[outcome.verdict]
