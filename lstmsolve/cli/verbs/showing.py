"""`simulate`."""

from __future__ import annotations

from lstmsolve.api.loading.cases import load_case
from lstmsolve.api.loading.weights import load_weights
from lstmsolve.api.simulating import Arithmetic, columns_of, gates_along, owed_along, simulate
from lstmsolve.cli.ending.boundary import Ended, Exit
from lstmsolve.cli.ending.clock import under_clock
from lstmsolve.cli.screen.presenting import mention
from lstmsolve.cli.screen.render import table_text
from lstmsolve.formats.files import dump_json
from lstmsolve.formats.results import empty_record, owed_record, trace_record
from lstmsolve.formats.texts import parse_inputs, parse_steps
from lstmsolve.showing.summaries import run_table


def run_simulate(
    weights: str, inputs: str, case: str | None, arithmetic: Arithmetic, timeout: float, json: bool
) -> Ended:
    with under_clock(timeout) as watch:
        problem = None if case is None else load_case(case)
        given = load_weights(weights, problem)
        mention(given.notes)
        if problem is None:
            steps, columns = None, parse_inputs(inputs, given.cell.inputs)
        else:
            problem = problem.for_weights(given)
            steps = parse_steps(inputs, problem)
            columns = columns_of(problem, steps)
        trace = simulate(given, columns, arithmetic, watch=watch)
        gates = gates_along(given, trace, arithmetic, watch)
        owed = () if problem is None or steps is None else owed_along(problem, steps, trace, watch)
        if problem is not None and len(owed) < len(columns):
            mention([f"from step {len(owed)} on nothing is owed: the promise of [assume] is broken"])
        if json:
            record = empty_record("simulate", f"{arithmetic} run", watch.elapsed)
            record |= {"case": problem.name if problem is not None else None, "repairs": list(given.notes)}
            record["trace"] = trace_record(trace, gates)
            return Ended(Exit.GOOD, dump_json(record if problem is None else record | owed_record(owed)))
        return Ended(Exit.GOOD, table_text(*run_table(trace, gates, owed)))
