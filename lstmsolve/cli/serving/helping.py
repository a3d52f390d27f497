"""What the page asks besides verbs: how a case reads, a slice of a region, formulas to look at."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Final

from lstmsolve.api.deriving import load_derivation, names_derivation
from lstmsolve.api.loading.cases import is_smooth, load_case
from lstmsolve.api.loading.weights import load_weights
from lstmsolve.cli.ending.boundary import Ended, Exit
from lstmsolve.cli.ending.clock import under_clock
from lstmsolve.formats.families import read_family
from lstmsolve.formats.files import dump_json
from lstmsolve.kernel.base.errors import InputError
from lstmsolve.kernel.base.numbers import format_number
from lstmsolve.kernel.lstm.cells import parameters
from lstmsolve.kernel.spec.domains import IntegerRange, Listed, RealInterval, Symbols, describe
from lstmsolve.kernel.spec.machines import column_values
from lstmsolve.kernel.spec.problems import Problem
from lstmsolve.kernel.spec.specs import Input
from lstmsolve.model.derivations import DerivationCase
from lstmsolve.model.weight_sets import point_from
from lstmsolve.obligations.weights.regions import weights_allowed
from lstmsolve.obligations.weights.simplify import pieces
from lstmsolve.writing.weights import cell_record, weights_record

SECONDS: Final = 8.0
"""Less than the service waits, so that it is told what took so long."""

MOST_PIECES: Final = 200
MOST_WEIGHTS: Final = 400
"""Weights that are shown one by one."""


def run_read(case: str, weights: str | None) -> Ended:
    """What a page must know of a case, and of weights for it; or every complaint, with exit code 2."""

    def read() -> dict[str, object]:
        if names_derivation(case):
            return _derivation(load_derivation(case))
        problem = load_case(case)
        told = _problem(problem)
        if weights is not None:
            given = load_weights(Path(weights), problem)
            problem.for_weights(given)
            told |= {"weights": weights_record(given), "repairs": list(given.notes)}
            few = given.cell.hidden * (given.cell.inputs + given.cell.hidden + 1) * 4 <= MOST_WEIGHTS
            told["names"] = (
                [[place.name, place.short_name(given.cell)] for place in parameters(given.cell)] if few else []
            )
        return told

    return _told(read)


def run_slice(case: str, family: str, weights: str, across: str, upward: str) -> Ended:
    """The corners of a region's pieces where only two weights vary, within the square that is drawn."""
    from lstmsolve.reports.parts.slices import EDGE, Slice, corners, restricted

    def cut() -> dict[str, object]:
        problem = load_case(case)
        given = load_weights(Path(weights), problem)
        names = {place.name for place in parameters(given.cell)}
        for key, name in (("across", across), ("upward", upward)):
            if name not in names:
                raise InputError.single(key, "is no weight of this cell", name)
        region = weights_allowed(read_family(Path(family)).constraints, given.cell)
        wanted = Slice(across, upward, (across, upward), point_from(given))
        found = [corners(rows, wanted) for rows in pieces(restricted(region, wanted), MOST_PIECES)]
        shown = [[[_number(x), _number(y)] for x, y in piece] for piece in found if piece]
        return {"edge": _number(EDGE), "pieces": shown}

    return _told(cut)


def run_formulas(latex: Sequence[str]) -> Ended:
    """LaTeX as MathML, which browsers set themselves; null where it cannot be read."""
    from latex2mathml.converter import convert

    def one(text: str) -> str | None:
        try:
            return str(convert(text))
        except Exception:  # noqa: BLE001 - the library has no one error; whoever asked shows the LaTeX itself
            return None

    return _told(lambda: {"mathml": [one(text) for text in latex]})


def _told(work: Callable[[], dict[str, object]]) -> Ended:
    with under_clock(SECONDS):
        try:
            return Ended(Exit.GOOD, dump_json(work()))
        except InputError as error:
            told = [
                {"key": complaint.key, "message": complaint.message, "value": complaint.value, "caret": complaint.caret}
                for complaint in error.complaints
            ]
            return Ended(Exit.BAD_INPUT, dump_json({"error": str(error), "complaints": told}))


def _derivation(case: DerivationCase) -> dict[str, object]:
    from lstmsolve.derivation.recurrences.validation import system_of

    system_of(case)
    return {"kind": "derivation", "name": case.name, "title": case.title, "source": case.source}


def _problem(problem: Problem) -> dict[str, object]:
    spec, size = problem.spec, problem.choice.hidden
    return {
        "kind": "behaviour",
        "name": problem.name,
        "title": problem.title,
        "source": problem.source,
        "notes": list(problem.notes),
        "inputs": [_input(entry, problem) for entry in spec.inputs],
        "columns": spec.columns,
        "registers": [register.name for register in spec.registers],
        "cell": cell_record(problem.cell()),
        "hidden": size,
        "least_hidden": problem.least_hidden,
        "outputs": spec.width if spec.has_layer else None,
        "exact": problem.cell().exact,
        "smooth": is_smooth(problem),
        "free": problem.choice.free,
        "fixed": {name: format_number(value) for name, value in problem.constraints.fixed.items()},
    }


def _input(entry: Input, problem: Problem) -> dict[str, object]:
    """An input's name, and values to choose from or where they lie."""
    told: dict[str, object] = {"name": entry.name, "says": describe(entry.domain)}
    named: Mapping[str, object] = {} if problem.machine is None else column_values(problem.machine.alphabet)
    match entry.domain:
        case Symbols(names):
            return told | {"kind": "choice", "values": list(names)}
        case Listed() if named:
            return told | {"kind": "choice", "values": list(named)}
        case Listed(values):
            return told | {"kind": "choice", "values": [_number(value) for value in values[:MOST_WEIGHTS]]}
        case IntegerRange(low, high):
            return told | {"kind": "integer", "low": low, "high": high}
        case RealInterval(low, high):
            return told | {
                "kind": "real",
                "low": None if low is None else _number(low),
                "high": None if high is None else _number(high),
            }


def _number(value: Fraction) -> str:
    return format_number(value)
