"""`simulate` and `cases`."""

from __future__ import annotations

import time
from pathlib import Path

from lstmsolve.api.deriving import load_derivation, shipped_derivations
from lstmsolve.api.loading import load_case, load_weights, shipped_cases
from lstmsolve.api.simulating import Arithmetic, simulate
from lstmsolve.cli.ending.boundary import Ended, Exit
from lstmsolve.cli.ending.clock import under_clock
from lstmsolve.cli.screen.render import table_text
from lstmsolve.formats.files import dump_json
from lstmsolve.formats.results import empty_record, trace_record
from lstmsolve.formats.texts import parse_inputs
from lstmsolve.showing.summaries import run_table


def run_simulate(weights: Path, inputs: str, arithmetic: Arithmetic, timeout: float, json: bool) -> Ended:
    with under_clock(timeout) as watch:
        given = load_weights(weights)
        trace = simulate(given, parse_inputs(inputs, given.cell.inputs), arithmetic, watch=watch)
        if json:
            record = empty_record("simulate", f"{arithmetic} run", watch.elapsed)
            return Ended(Exit.GOOD, dump_json({**record, "trace": trace_record(trace)}))
        return Ended(Exit.GOOD, table_text(*run_table(trace)))


def run_cases(json: bool) -> Ended:
    started = time.monotonic()
    problems = [load_case(path) for path in shipped_cases().values()]
    derivations = [load_derivation(path) for path in shipped_derivations().values()]
    if json:
        listed = [{"name": p.name, "title": p.title, "source": p.source, "kind": "behaviour"} for p in problems]
        listed += [{"name": d.name, "title": d.title, "source": d.source, "kind": "derivation"} for d in derivations]
        record = empty_record("cases", f"{len(listed)} cases", time.monotonic() - started)
        return Ended(Exit.GOOD, dump_json({**record, "cases": listed}))
    rows = [[p.name, str(p.choice.hidden or "minimal"), p.title, p.source] for p in problems]
    told = [[d.name, d.title, d.source] for d in derivations]
    text = table_text(["case", "hidden", "what it does", "source"], rows)
    return Ended(Exit.GOOD, text + table_text(["derivation", "what it is", "source"], told))
