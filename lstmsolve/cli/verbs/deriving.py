"""`derive`: formulas step by step, and a verdict on every claim."""

from __future__ import annotations

from pathlib import Path

from lstmsolve.api.deriving import derive, load_derivation
from lstmsolve.cli.ending.boundary import EXIT_CODES, Ended
from lstmsolve.cli.ending.clock import under_clock
from lstmsolve.cli.screen.presenting import lines, mention, tell
from lstmsolve.cli.screen.progress import reporting
from lstmsolve.formats.derivations.results import derivation_record
from lstmsolve.formats.files import dump_json, write_text
from lstmsolve.showing.derivations import derivation_markdown, derivation_text


def run_derive(
    case: str, timeout: float, seed: int, markdown: bool, verbose: bool, out: Path | None, json: bool
) -> Ended:
    with under_clock(timeout) as watch:
        mention(load_derivation(case).notes)
        with reporting(watch):
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
        code = EXIT_CODES[outcome.verdict]
        if json:
            return Ended(code, dump_json(record))
        files = [f"wrote {path}" for path in written]
        if not markdown:
            return Ended(code, derivation_text(outcome, verbose) + lines(*files))
        for line in files:
            tell(line, error=True)
        return Ended(code, derivation_markdown(outcome))
