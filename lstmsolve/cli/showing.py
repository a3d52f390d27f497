"""`simulate` and `cases`."""

from __future__ import annotations

import time
from pathlib import Path

from lstmsolve.api.deriving import load_derivation, shipped_derivations
from lstmsolve.api.loading import load_case, load_weights, shipped_cases
from lstmsolve.api.simulating import Arithmetic, simulate
from lstmsolve.cli.boundary import Exit
from lstmsolve.cli.clock import under_clock
from lstmsolve.cli.presenting import print_json
from lstmsolve.cli.render import show_table
from lstmsolve.formats.results import empty_record, trace_record
from lstmsolve.formats.texts import parse_inputs


def run_simulate(weights: Path, inputs: str, arithmetic: Arithmetic, timeout: float, json: bool) -> Exit:
    with under_clock(timeout) as watch:
        given = load_weights(weights)
        trace = simulate(given, parse_inputs(inputs, given.cell.inputs), arithmetic, watch=watch)
        if json:
            record = empty_record("simulate", f"{arithmetic} run", watch.elapsed)
            print_json({**record, "trace": trace_record(trace)})
            return Exit.GOOD
        header = ["step", "x", "c", "h"]
        steps = zip(trace.inputs, trace.c, trace.h, strict=True)
        show_table(header, [[str(n), *(", ".join(map(str, part)) for part in step)] for n, step in enumerate(steps)])
        return Exit.GOOD


def run_cases(json: bool) -> Exit:
    started = time.monotonic()
    problems = [load_case(path) for path in shipped_cases().values()]
    derivations = [load_derivation(path) for path in shipped_derivations().values()]
    if json:
        listed = [{"name": p.name, "title": p.title, "source": p.source, "kind": "behaviour"} for p in problems]
        listed += [{"name": d.name, "title": d.title, "source": d.source, "kind": "derivation"} for d in derivations]
        print_json({**empty_record("cases", f"{len(listed)} cases", time.monotonic() - started), "cases": listed})
        return Exit.GOOD
    rows = [[p.name, str(p.choice.hidden or "minimal"), p.title, p.source] for p in problems]
    show_table(["case", "hidden", "what it does", "source"], rows)
    show_table(["derivation", "what it is", "source"], [[d.name, d.title, d.source] for d in derivations])
    return Exit.GOOD
