"""What an accepted certificate says, in words made from what was checked and from nothing else.

Formulas and tables are printed from their trees, numbers have all their digits, and names that the
certificate brings along stand in quotes and in ASCII. The case's own name, title and source are not
repeated: no proof says anything about them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Final, assert_never

from lstmsolve.kernel.base.characters import ascii_only, quoted
from lstmsolve.kernel.base.numbers import format_number
from lstmsolve.kernel.language.printing import constant_text
from lstmsolve.kernel.lstm.cells import Cell, State, Weights
from lstmsolve.kernel.proofs.certificates import Certificate, Impossibility
from lstmsolve.kernel.spec.domains import describe
from lstmsolve.kernel.spec.machines import INPUT_NAME, Machine, column_values
from lstmsolve.kernel.spec.problems import Constraints, Problem
from lstmsolve.kernel.spec.specs import EXACT, Decide, Readout, Spec, Threshold

if TYPE_CHECKING:
    from lstmsolve.kernel.proofs.enclosures import EnclosureCertificate
    from lstmsolve.kernel.proofs.horizons import HorizonCertificate

MOST_TOLD: Final = 100
"""Weights that a statement spells out."""


def statement(certificate: Certificate | EnclosureCertificate | HorizonCertificate) -> str:
    """What an accepted certificate proves."""
    if not isinstance(certificate, Certificate):
        return _enclosure_statement(certificate)
    weights = certificate.weights
    return (
        f"The LSTM cell ({describe_cell(weights.cell)})\nwith {_weights(weights)},\n"
        f"started at {describe_state(weights.initial)},\nmeets this spec:\n{spec_statement(certificate.problem)}"
    )


def _enclosure_statement(certificate: EnclosureCertificate | HorizonCertificate) -> str:
    weights, length = certificate.weights, certificate.length
    error = ""
    if certificate.error:
        error = f"\neven if every c and h of every step is off by up to {format_number(certificate.error)},"
    layer = ""
    if weights.layer is not None:
        rows = "; ".join(_numbers(row) for row in weights.layer.V)
        layer = f"\nread by the layer V = ({rows}), d = ({_numbers(weights.layer.d)}),"
    return (
        f"In real arithmetic, for these exact weights: the LSTM cell ({describe_cell(weights.cell)})\n"
        f"with {_weights(weights)},{layer}\n"
        f"started at {describe_state(weights.initial)},{error}\n"
        f"meets this spec{'' if length is None else f' on every run of up to {length} steps'}:\n"
        f"{spec_statement(certificate.problem, length)}"
    )


def impossibility_statement(claim: Impossibility) -> str:
    """What an accepted claim of impossibility says."""
    problem = claim.problem
    cell = problem.cell()
    if claim.any_size:
        return _statement_for_all_sizes(claim)
    lines = [f"No weights of an LSTM cell ({describe_cell(cell)}),", f"started at {_start(problem)},"]
    conditions = list(_conditions(problem.constraints))
    if conditions:
        lines += ["under the conditions", *(f"    {condition}" for condition in conditions)]
    strings = "; ".join(", ".join(":".join(map(format_number, x)) for x in string) for string in claim.strings)
    lines += ["do right on all of the strings", f"    {strings}"]
    under = " under these conditions" if conditions else ""
    return "\n".join([*lines, f"So none of this size meets this spec{under}:", spec_statement(problem)])


def _statement_for_all_sizes(claim: Impossibility) -> str:
    problem = claim.problem
    cell = problem.cell()
    layer = "" if cell.outputs is None else f", output layer of {cell.outputs}"
    kind = (
        f"D={cell.inputs}, any H, gates {cell.gate.value}, candidate {cell.candidate.value}, output {cell.output.value}"
    )
    start = "any c[-1] = h[-1]" if problem.choice.free else "c[-1] = h[-1] = 0"
    strings = "; ".join(", ".join(":".join(map(format_number, x)) for x in string) for string in claim.strings)
    on = "the string" if len(claim.strings) == 1 else "all of the strings"
    return (
        f"No weights of an LSTM cell ({kind}{layer}),\nstarted at {start}, of whatever hidden size, do right "
        f"on {on}\n    {strings}\nSo none meets this spec:\n{spec_statement(problem)}"
    )


def spec_statement(problem: Problem, length: int | None = None) -> str:
    """What meeting a problem's spec means, at every length or up to one."""
    spec = problem.spec.stated or problem.spec
    return "\n".join([*_spec_lines(spec, length), *(_machine_lines(problem.machine) if problem.machine else ())])


def describe_cell(cell: Cell) -> str:
    layer = "" if cell.outputs is None else f", output layer of {cell.outputs}"
    return (
        f"D={cell.inputs}, H={cell.hidden}, gates {cell.gate.value}, "
        f"candidate {cell.candidate.value}, output {cell.output.value}{layer}"
    )


def describe_state(state: State) -> str:
    if len(state.c) > MOST_TOLD and not any((*state.c, *state.h)):
        return "c[-1] = h[-1] = 0"
    return f"c[-1] = ({_numbers(state.c)}), h[-1] = ({_numbers(state.h)})"


def _start(problem: Problem) -> str:
    """Where cells of the problem's own size start."""
    choice, state = problem.choice, problem.initial_state(problem.cell().hidden)
    if choice.free_c and choice.free_h:
        return "any c[-1] and h[-1]"
    if choice.free:
        free, given, values = ("c", "h", state.h) if choice.free_c else ("h", "c", state.c)
        return f"any {free}[-1], {given}[-1] = ({_numbers(values)})"
    return describe_state(state)


def _spec_lines(spec: Spec, length: int | None) -> Iterator[str]:
    given = ", ".join(f"{entry.name} is {describe(entry.domain)}" for entry in spec.inputs)
    lengths = "any length" if length is None else f"length up to {length}"
    yield f"for every input sequence of {lengths} where at each step {given},"
    if spec.assume is not None:
        yield f"as long as every step, before its update, keeps the promise {spec.assume.text},"
    z = "z" if spec.has_layer else "h"
    if spec.always:
        yield "after every step"
        yield from (f"    {formula.text}" for formula in spec.always)
    if spec.replies is None and spec.outputs:
        yield "; ".join(f"{z}[{place}] = {formula.text}" for place, formula in enumerate(spec.outputs))
    elif spec.replies is not None:
        yield f"the reply is {spec.outputs[0].text}"
    if spec.readout is not None:
        yield from (f"({line})" for line in readout_lines(spec.readout, spec.replies))
    elif spec.replies is not None:
        yield from (f"({line})" for line in readout_lines(EXACT, spec.replies))
    if spec.registers:
        yield "where initially " + ", ".join(f"{r.name} = {constant_text(r.initial)}" for r in spec.registers)
        updates = [
            f"{register.name} becomes {spec.next[register.name].text}"
            if register.name in spec.next
            else f"{register.name} stays"
            for register in spec.registers
        ]
        at_once = ", all from the old values" if len(updates) > 1 else ""
        yield f"and at each step, before h is read{at_once}: {'; '.join(updates)}"


def readout_lines(readout: Readout, replies: Sequence[str] | None) -> Iterator[str]:
    """How the outputs are read, line by line."""
    z = "z" if readout.layer else "h"
    if readout.layer:
        yield "z = V h + d"
    if replies is not None:
        places = ", ".join(f"{z}[{place}] for {quoted(reply)}" for place, reply in enumerate(replies))
        match readout.decide:
            case Decide.VALUE:
                yield f"a reply is 1 at its own place and 0 at the others: {places}"
            case Decide.THRESHOLD:
                yield f"a reply is an output 1 at its own place and 0 at the others: {places}"
            case Decide.ARGMAX:
                least = "any number above 0" if readout.margin is None else f"at least {format_number(readout.margin)}"
                yield f"the right reply's output is greater than all others by {least}: {places}"
            case _:
                assert_never(readout.decide)
    if readout.accept is not None and readout.reject is not None:
        accept, reject = told(readout.accept, ">"), told(readout.reject, "<")
        yield f"an output 1 is read as {z} {accept}, 0 as {z} {reject}"
    if readout.late:
        steps = "1 step" if readout.late == 1 else f"{readout.late} steps"
        yield f"each output is said {steps} after it is owed; before, nothing is owed"


def told(threshold: Threshold, sign: str) -> str:
    """`>= 3/4` or `> 3/4`."""
    return f"{sign}{'' if threshold.strict else '='} {format_number(threshold.bound)}"


def _machine_lines(automaton: Machine) -> Iterator[str]:
    """What the symbols of an automaton stand for, and the language that it was made of."""
    values = column_values(automaton.alphabet)
    if any(symbol not in (value, constant_text(value)) for symbol, value in values.items()):
        coded = (f"{INPUT_NAME} = {constant_text(value)} for {quoted(symbol)}" for symbol, value in values.items())
        yield f"({', '.join(coded)})"
    if automaton.regex is not None:
        yield "This is the minimal automaton of the regular expression"
        yield f"    {ascii_only(automaton.regex)}"
        yield "so the spec says 1 after its words and 0 after all others"


def _conditions(constraints: Constraints) -> Iterator[str]:
    for name, value in constraints.fixed.items():
        yield f"{name} == {format_number(value)}"
    for bound, sign in ((constraints.low, ">="), (constraints.high, "<=")):
        if bound is not None:
            yield f"every weight {sign} {format_number(bound)}"
    if constraints.integer:
        yield "every weight is an integer"
    for formula in constraints.where:
        yield formula.text


def _weights(weights: Weights) -> str:
    named = [f"{place.short_name(weights.cell)}={format_number(value)}" for place, value in weights.nonzero().items()]
    if not named:
        return "all weights 0"
    more = f", {len(named) - MOST_TOLD} more weights of the certificate" if len(named) > MOST_TOLD else ""
    return f"{', '.join(named[:MOST_TOLD])}{more} and the rest 0"


def _numbers(values: Sequence[Fraction]) -> str:
    return ", ".join(map(format_number, values))
