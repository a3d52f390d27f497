"""What a certificate claims, read from its JSON without the package."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from campaign.oracle.specs import Domain, Expressions, Reaction, Register, Spec, State, Symbol, owed
from campaign.oracle.textbook import Record


def claimed(certificate: Mapping[str, Any]) -> tuple[Spec | None, Record]:
    """The spec and the weights that a certificate speaks of; no spec where it is of a kind that is not read here."""
    problem = certificate["problem"]
    readout = None
    if problem.get("readout") is not None:
        readout = Fraction(problem["readout"]["accept"]), Fraction(problem["readout"]["reject"])
    if "machine" in problem:
        return _machine(problem, readout), certificate["weights"]
    registers = []
    for name, register in problem["state"].items():
        if "symbols" in register:
            registers.append(Register(name, register["init"], tuple(register["symbols"])))
        else:
            registers.append(Register(name, Fraction(register["init"]), register["type"]))
    inputs = {name: domain(given) for name, given in problem["input"].items()}
    outputs = tuple(map(str, problem["output"]))
    machine = Expressions(inputs, tuple(registers), problem["next"], outputs, problem.get("assume"), readout)
    return machine.spec(), certificate["weights"]


def domain(given: Any) -> Domain:
    """A domain as certificates write it."""
    if isinstance(given, Mapping):
        return Domain("symbols", tuple(given["symbols"]))
    if isinstance(given, list):
        return Domain("listed", tuple(map(Fraction, given)))
    kind = "real" if given.startswith("real") else "integer"
    low, _, high = given.removeprefix("real").strip().partition("..")
    return Domain(kind, (), Fraction(low) if low else None, Fraction(high) if high else None)


def _machine(problem: Mapping[str, Any], readout: tuple[Fraction, Fraction] | None) -> Spec | None:
    machine = problem["machine"]
    letters, moves, said = tuple(machine["alphabet"]), machine["next"], machine["output"]
    if len(letters) == 2:  # they share one column: 0 and 1
        inputs = {"x": Domain("listed", (Fraction(0), Fraction(1)))}
    else:
        inputs = {"x": Domain("symbols", letters)}

    def react(state: State, given: Mapping[str, Symbol]) -> Reaction:
        symbol = given["x"]
        letter = letters[int(symbol)] if isinstance(symbol, Fraction) else symbol
        after = moves[state[0]][letter]
        told = said[state[0]][letter] if isinstance(said[state[0]], Mapping) else said[after]
        return (after,), (owed(None if told == "any" else Fraction(told), readout),)

    return Spec(inputs, (machine["start"],), react, "")
