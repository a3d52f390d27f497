"""Problems as plain records, the one form in which cases and certificates carry them.

The case reader (`formats/`) turns TOML with its conveniences into such a record. A certificate
holds the problem in this form, each formula as its tree is written, and the checker reads it with
the same code that read the case.
"""

from __future__ import annotations

import re
from typing import Final

from lstmsolve.kernel.base.errors import Complaints, InputError
from lstmsolve.kernel.lstm.cells import (
    CANDIDATE_ACTIVATIONS,
    GATE_ACTIVATIONS,
    MAX_HIDDEN,
    OUTPUT_ACTIVATIONS,
    Activation,
    State,
)
from lstmsolve.kernel.records import reading as records
from lstmsolve.kernel.records.specs import SPEC_KEYS, read_formula, spec_from_record
from lstmsolve.kernel.spec.problems import CellChoice, Constraints, Problem, size_complaints

CASE_NAME: Final = r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}"
"""Cases give their names to files."""


def problem_from_record(record: object) -> Problem:
    """The problem that a record states.

    Raises:
        InputError: with every complaint that can be found at once; keys are those of a case file.
    """
    found = records.fields(record, "", ["name", "title", "source", "cell"], [*SPEC_KEYS, "weights"])
    complaints = Complaints()
    if not re.fullmatch(CASE_NAME, str(found["name"])):
        complaints.add("name", "the name of a case is letters, digits, . _ and -", found["name"])
    behaviour = complaints.attempt(spec_from_record, found)
    cell = complaints.attempt(_cell_from_record, found["cell"])
    constraints = complaints.attempt(constraints_from_record, found.get("weights", {}))
    name, title, source = (complaints.attempt(records.text, found[key], key) for key in ("name", "title", "source"))
    complaints.refuse()
    assert behaviour is not None
    assert cell is not None
    assert constraints is not None
    assert name is not None
    assert title is not None
    assert source is not None
    spec, automaton, notes = behaviour
    problem = Problem(name, title, source, spec, cell, constraints, automaton, notes)
    complaints.found += size_complaints(problem)
    complaints.refuse()
    return problem


def state_from_record(record: object, at: str) -> State:
    found = records.fields(record, at, ["c", "h"])
    c, h = (
        tuple(
            records.number(value, f"{at}.{key}[{position}]")
            for position, value in enumerate(records.items(found[key], f"{at}.{key}"))
        )
        for key in ("c", "h")
    )
    if len(c) != len(h):
        raise InputError.single(at, "c and h need the same number of entries", f"{len(c)} and {len(h)}")
    return State(c, h)


def constraints_from_record(record: object, at: str = "weights") -> Constraints:
    """Fixed weights, bounds, integrality and conditions; names are checked once the size is known."""
    found = records.fields(record, at, [], ["fixed", "low", "high", "integer", "where"])
    complaints = Complaints()
    fixed = {
        name: complaints.attempt(records.number, value, f"{at}.{name}")
        for name, value in records.table(found.get("fixed", {}), at).items()
    }
    low, high = (
        complaints.attempt(records.number, found[key], f"{at}.bounds") if key in found else None
        for key in ("low", "high")
    )
    where = [
        complaints.attempt(read_formula, text, f"{at}.where[{position}]", indexed=True)
        for position, text in enumerate(records.items(found.get("where", []), f"{at}.where"))
    ]
    integer = records.choice(str(found.get("integer", False)), f"{at}.integer", {"True": True, "False": False})
    complaints.refuse()
    return Constraints(
        {name: value for name, value in fixed.items() if value is not None},
        low,
        high,
        integer,
        tuple(formula for formula in where if formula is not None),
    )


def _cell_from_record(record: object) -> CellChoice:
    found = records.fields(record, "cell", ["hidden"], ["gate", "candidate", "output", "initial"])
    complaints = Complaints()
    hidden = (
        None
        if found["hidden"] == "minimal"
        else complaints.attempt(records.whole, found["hidden"], "cell.hidden", 1, MAX_HIDDEN)
    )
    gate, candidate, output = (
        complaints.attempt(
            records.choice,
            found.get(key, default.value),
            f"cell.{key}",
            {activation.value: activation for activation in options},
        )
        for key, options, default in (
            ("gate", GATE_ACTIVATIONS, Activation.CRELU),
            ("candidate", CANDIDATE_ACTIVATIONS, Activation.CRELU),
            ("output", OUTPUT_ACTIVATIONS, Activation.IDENTITY),
        )
    )
    start = complaints.attempt(_start, found["initial"]) if "initial" in found else (None, False, False)
    complaints.refuse()
    assert start is not None
    assert gate is not None
    assert candidate is not None
    assert output is not None
    return CellChoice(hidden, gate, candidate, output, *start)


FREE: Final = "free"


def _start(record: object) -> tuple[State | None, bool, bool]:
    """The initial state with zeros for what is free, and whether c and h are.

    `"free"`, or a table of c and h in which one of them may be `"free"`.
    """
    if record == FREE:
        return None, True, True
    found = records.fields(record, "cell.initial", ["c", "h"])
    free = [found[key] == FREE for key in ("c", "h")]
    if all(free):
        return None, True, True
    given = next(value for value, unknown in zip((found["c"], found["h"]), free, strict=True) if not unknown)
    zeros = ["0"] * len(records.items(given, "cell.initial"))
    filled = {key: zeros if unknown else found[key] for key, unknown in zip(("c", "h"), free, strict=True)}
    return state_from_record(filled, "cell.initial"), free[0], free[1]
