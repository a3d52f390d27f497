"""Problems as the record that `kernel.records.problems` reads back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import assert_never

from lstmsolve.kernel.base.numbers import format_number
from lstmsolve.kernel.language.expressions import ANY, NumericKind, SymbolKind
from lstmsolve.kernel.records.problems import FREE
from lstmsolve.kernel.spec.domains import Domain, IntegerRange, Listed, RealInterval, Symbols, edge
from lstmsolve.kernel.spec.machines import Letter, Machine
from lstmsolve.kernel.spec.problems import CellChoice, Constraints, Problem
from lstmsolve.kernel.spec.specs import Decide, Readout, Register, Spec
from lstmsolve.writing.weights import state_record


def problem_record(problem: Problem) -> dict[str, object]:
    """The record that `problem_from_record` reads back as the same problem."""
    record: dict[str, object] = {
        "name": problem.name,
        "title": problem.title,
        "source": problem.source,
        **spec_record(problem.spec, problem.machine),
        "cell": _cell_record(problem.choice),
    }
    if not problem.constraints.is_empty:
        record["weights"] = _constraints_record(problem.constraints)
    return record


def spec_record(spec: Spec, automaton: Machine | None) -> dict[str, object]:
    """The record that `spec_from_record` reads back as the same spec."""
    spec = spec.stated or spec
    record: dict[str, object] = {}
    if automaton is not None:
        record["machine"] = machine_record(automaton)
    else:
        record["input"] = {entry.name: domain_record(entry.domain) for entry in spec.inputs}
        record["state"] = {register.name: _register_record(register) for register in spec.registers}
        record["next"] = {name: formula.text for name, formula in spec.next.items()}
        record["output"] = (
            [formula.text for formula in spec.outputs]
            if spec.replies is None
            else {"symbols": list(spec.replies), "is": spec.outputs[0].text}
        )
    if spec.assume is not None:
        record["assume"] = spec.assume.text
    if spec.always:
        record["property"] = [formula.text for formula in spec.always]
    if spec.readout is not None:
        record["readout"] = readout_record(spec.readout)
    return record


def readout_record(readout: Readout) -> dict[str, object]:
    """What differs from reading h[k] as output k at once; `decide` where the other keys do not say it."""
    record: dict[str, object] = {}
    if readout.decide is Decide.ARGMAX:
        record["decide"] = readout.decide.value
    for key, threshold, sign in (("accept", readout.accept, ">"), ("reject", readout.reject, "<")):
        if threshold is not None:
            record[key] = f"{f'{sign} ' if threshold.strict else ''}{format_number(threshold.bound)}"
    if readout.margin is not None:
        record["margin"] = format_number(readout.margin)
    if readout.layer:
        record["layer"] = True
    if readout.late:
        record["late"] = readout.late
    return record


def machine_record(automaton: Machine) -> dict[str, object]:
    def spoken(said: Letter | Mapping[str, Letter]) -> object:
        if isinstance(said, Mapping):
            return {symbol: spoken(letter) for symbol, letter in said.items()}
        if isinstance(said, str):
            return said
        return "any" if said is ANY else format_number(said)

    record: dict[str, object] = {
        "alphabet": list(automaton.alphabet),
        "start": automaton.start,
        "output": {state: spoken(said) for state, said in automaton.output.items()},
        "next": {state: dict(row) for state, row in automaton.next.items()},
    }
    if automaton.replies is not None:
        record["replies"] = list(automaton.replies)
    return record if automaton.regex is None else record | {"regex": automaton.regex}


def domain_record(domain: Domain) -> object:
    """The domain as `parse_domain` reads it."""
    match domain:
        case IntegerRange(low, high):
            return f"{edge(low)}..{edge(high)}"
        case RealInterval(low, high):
            return f"real {edge(low)}..{edge(high)}"
        case Listed(values):
            return [format_number(value) for value in values]
        case Symbols(names):
            return {"symbols": list(names)}
        case _:
            assert_never(domain)


def _register_record(register: Register) -> dict[str, object]:
    match register.kind:
        case SymbolKind(symbols):
            return {"symbols": sorted(symbols), "init": register.initial}
        case NumericKind(integer):
            assert not isinstance(register.initial, str)
            return {"init": format_number(register.initial), "type": "integer" if integer else "real"}


def _constraints_record(constraints: Constraints) -> dict[str, object]:
    record: dict[str, object] = {"fixed": {name: format_number(value) for name, value in constraints.fixed.items()}}
    for key, bound in (("low", constraints.low), ("high", constraints.high)):
        if bound is not None:
            record[key] = format_number(bound)
    return record | {"integer": constraints.integer, "where": [formula.text for formula in constraints.where]}


def _cell_record(choice: CellChoice) -> dict[str, object]:
    record: dict[str, object] = {
        "hidden": "minimal" if choice.hidden is None else choice.hidden,
        "gate": choice.gate.value,
        "candidate": choice.candidate.value,
        "output": choice.output.value,
    }
    if choice.free_c and choice.free_h:
        return record | {"initial": FREE}
    if choice.initial is None:
        return record
    start: dict[str, object] = {**state_record(choice.initial)}
    return record | {"initial": start | ({"c": FREE} if choice.free_c else {}) | ({"h": FREE} if choice.free_h else {})}
