"""`simulate`."""

from __future__ import annotations

from lstmsolve.api.loading import load_weights
from lstmsolve.api.simulating import Arithmetic, simulate
from lstmsolve.cli.ending.boundary import Ended, Exit
from lstmsolve.cli.ending.clock import under_clock
from lstmsolve.cli.screen.presenting import mention
from lstmsolve.cli.screen.render import table_text
from lstmsolve.formats.files import dump_json
from lstmsolve.formats.results import empty_record, trace_record
from lstmsolve.formats.texts import parse_inputs
from lstmsolve.showing.summaries import numbers


def run_simulate(weights: str, inputs: str, arithmetic: Arithmetic, timeout: float, json: bool) -> Ended:
    with under_clock(timeout) as watch:
        given = load_weights(weights)
        mention(given.notes)
        trace = simulate(given, parse_inputs(inputs, given.cell.inputs), arithmetic, watch=watch)
        if json:
            record = empty_record("simulate", f"{arithmetic} run", watch.elapsed)
            record["repairs"] = list(given.notes)
            return Ended(Exit.GOOD, dump_json({**record, "trace": trace_record(trace)}))
        header = ["step", "x", "c", "h"]
        columns = (map(numbers, column) for column in (trace.inputs, trace.c, trace.h))
        rows = [[str(n), *step] for n, step in enumerate(zip(*columns, strict=True))]
        return Ended(Exit.GOOD, table_text(header, rows))
