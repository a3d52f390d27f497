"""One case's page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from shlex import quote
from typing import assert_never

from lstmsolve.arithmetic.ranges import Ranges
from lstmsolve.checker.walking import Weakest
from lstmsolve.kernel.base.affine import show
from lstmsolve.kernel.base.characters import quoted
from lstmsolve.kernel.base.numbers import show_number
from lstmsolve.kernel.language.expressions import ANY, SymbolKind
from lstmsolve.kernel.language.printing import constant_text
from lstmsolve.kernel.lstm.cells import Gate, Weights
from lstmsolve.kernel.proofs.certificates import Certificate, Impossibility
from lstmsolve.kernel.proofs.enclosures import EnclosureCertificate
from lstmsolve.kernel.proofs.horizons import HorizonCertificate
from lstmsolve.kernel.proofs.statements import impossibility_statement, readout_lines, statement
from lstmsolve.kernel.spec.domains import describe
from lstmsolve.kernel.spec.problems import Problem
from lstmsolve.model.outcomes import Impossible, Proof, Solved, SolveOutcome, Unknown
from lstmsolve.reports.parts.boxes import boxes_picture
from lstmsolve.reports.parts.examples import Example
from lstmsolve.reports.parts.horizons import horizon_parts
from lstmsolve.reports.parts.mutants import MutantCount
from lstmsolve.reports.parts.sizes import sizes_section
from lstmsolve.reports.parts.steps import proof_steps
from lstmsolve.showing.media import code, fenced, markdown, mermaid
from lstmsolve.showing.summaries import map_table, numbers, weights_line
from lstmsolve.showing.tables import markdown_table, ready_table

_MOST_ROWS = 60
_MOST_SYMBOLS = 12
_MOST_MODES_DRAWN = 12
_GATE_NAMES = {Gate.FORGET: "forget f", Gate.INPUT: "input i", Gate.CANDIDATE: "candidate c", Gate.OUTPUT: "output o"}


@dataclass(frozen=True, slots=True)
class Linked:
    """Paths from the page, empty where there is no such file; and the case as commands name it."""

    case: str
    certificate: str = ""
    run: str = ""
    weights: str = ""
    modes: str = ""


def case_page(
    problem: Problem,
    outcome: SolveOutcome,
    example: Example | None,
    counted: MutantCount | None,
    sizes: Ranges | None,
    linked: Linked,
    weakest: Weakest | None = None,
) -> str:
    """The page of a case, with what it links to."""
    parts = [f"# {markdown(problem.name)}", f"{markdown(problem.title)}."]
    parts += [f"Source: {markdown(problem.source)}."] if problem.source else []
    parts += ["## The behaviour", *_behaviour(problem)]
    match outcome:
        case Solved(weights, proof):
            parts += ["## The weights", *_weights(weights)]
            parts += [f"![the weights as a heat map]({linked.weights})"] if linked.weights else []
            parts += ["## Why they are right", *_proof(proof, linked.modes)]
            if example is not None:
                parts += ["## A run", *_run(problem, example)]
                parts.append(f"![inputs, c, what is said and what is owed over time]({linked.run})")
            parts += ["## Its neighbours", _mutants(counted)] if counted is not None else []
            parts += ["## How large its numbers get", *sizes_section(sizes)] if sizes is not None else []
            parts += ["## What was proved", *_claim(proof, linked, weakest)]
        case Impossible(claim):
            parts += ["## No weights of this size", *_impossible(claim, linked)]
        case Unknown(weights=Weights() as weights, horizon=HorizonCertificate() as horizon):
            parts += ["## The weights", *_weights(weights)]
            parts += [
                "## How far they are right",
                *horizon_parts(horizon),
                "## What was proved",
                *_reach(horizon, linked),
            ]
        case Unknown():
            # How far a search came depends on the machine, and a page must not.
            parts += ["## No design", "Verdict: unknown. The search found no design in its time, and ruled none out."]
        case _:
            assert_never(outcome)
    return "\n\n".join(part for part in parts if part) + "\n"


def _behaviour(problem: Problem) -> list[str]:
    spec = problem.spec
    rows = [[f"input {code(entry.name)}", markdown(describe(entry.domain))] for entry in spec.inputs]
    for register in spec.registers:
        update = spec.next.get(register.name)
        becomes = f"becomes {code(update.text)}" if update is not None else "never changes"
        said = f"starts at {constant_text(register.initial)}"
        if isinstance(register.kind, SymbolKind):
            symbols = sorted(register.kind.symbols)
            more = ", …" if len(symbols) > _MOST_SYMBOLS else ""
            said = f"one of {', '.join(map(quoted, symbols[:_MOST_SYMBOLS]))}{more}; {said}"
        rows.append([f"register {code(register.name)}", f"{markdown(said)}, {becomes}"])
    rows += [[f"output `h[{unit}]`", code(formula.text)] for unit, formula in enumerate(spec.outputs)]
    if problem.machine is not None and problem.machine.regex is not None:
        rows.append(["language", code(problem.machine.regex)])
    if spec.assume is not None:
        rows.append(["promised", code(spec.assume.text)])
    rows += [["after every step", code(formula.text)] for formula in spec.always]
    if spec.readout is not None:
        rows += [["readout", line] for line in readout_lines(spec.readout, spec.replies)]
    cell = problem.cell()
    size = problem.choice.hidden or "as small as found"
    activations = f"gates {cell.gate.value}, candidate {cell.candidate.value}, output {cell.output.value}"
    rows.append(["cell", f"hidden size {size}; {activations}"])
    return [ready_table(["part", "what it is"], rows)]


def _weights(weights: Weights) -> list[str]:
    if len(weights.gates) * weights.cell.hidden > _MOST_ROWS:
        return [f"{weights_line(weights)}."]
    rows = []
    for gate, name in _GATE_NAMES.items():
        values = weights.gates[gate]
        for unit in range(weights.cell.hidden):
            label = name if weights.cell.hidden == 1 else f"{name}, unit {unit}"
            rows.append([label, numbers(values.w[unit]), numbers(values.u[unit]), numbers(values.b[unit : unit + 1])])
    return [markdown_table(["gate", "w (inputs)", "u (h)", "b"], rows), f"Nonzero: {weights_line(weights)}."]


def _proof(certificate: Proof, modes: str) -> list[str]:
    header, rows = map_table(certificate)
    if isinstance(certificate, EnclosureCertificate):
        text = (
            "After every step the last output gates o and the cells c are in one of these boxes of the state that the "
            "reference machine is in, and h = o tanh(c). Every step from a box ends in a box, with the readout on the "
            "right side, which the checker shows in integers with all rounding outward."
        )
        parts = [text, markdown_table(header, rows[:_MOST_ROWS])]
        if len(rows) > _MOST_ROWS:
            parts.append(f"(and {len(rows) - _MOST_ROWS} more boxes, all in the certificate)")
        if modes:
            parts.append(f"![the boxes, and states of random runs, in two coordinates]({modes})")
        return parts
    steps = proof_steps(certificate)
    text = (
        "After every step, reference machine and cell are in one of these modes, and c and h are the functions of "
        "the registers that stand there (the refinement map). Each row of the second table is one case of one step: "
        "from the mode's states and such an input, the cell lands on the map of the target mode. By induction the "
        "outputs are right at every length."
    )
    if any("[" in variable for mode in certificate.modes.values() for variable in mode.variables):
        text += " Where c or h is said by itself, as c[1], it is whatever the registers' column allows."
    parts = [text, markdown_table(header, rows[:_MOST_ROWS])]
    if len(rows) > _MOST_ROWS:
        parts.append(f"(and {len(rows) - _MOST_ROWS} more modes, all in the certificate)")
    if len(rows) <= _MOST_MODES_DRAWN:
        parts.append(_diagram(certificate))
    if modes:
        parts.append(f"![the modes, and what leads from one to another]({modes})")
    header = ["from", "input and case", "to", "with", "gates"]
    cells = [[s.source, s.given, s.target, s.becomes, s.gates] for s in steps[:_MOST_ROWS]]
    told = [place for place in range(len(header)) if place == 1 or any(row[place] for row in cells)]
    parts.append(markdown_table([header[k] for k in told], [[row[k] for k in told] for row in cells]))
    if len(steps) > _MOST_ROWS:
        parts.append(f"(and {len(steps) - _MOST_ROWS} more cases, all in the certificate)")
    return parts


def modes_plot(certificate: Proof) -> str | None:
    """The modes as a picture, where they are few; boxes over states of random runs."""
    if isinstance(certificate, EnclosureCertificate):
        return boxes_picture(certificate)
    if len(certificate.modes) > _MOST_MODES_DRAWN:
        return None
    from lstmsolve.showing.plots import states_plot

    places = {name: number for number, name in enumerate(certificate.modes)}
    arrows = {(places[source], places[target]): label for (source, target), label in _transitions(certificate).items()}
    return states_plot(list(places), places[certificate.start], arrows)


def _transitions(certificate: Certificate) -> Mapping[tuple[str, str], str]:
    """From which mode to which other, on what."""
    labels: dict[tuple[str, str], list[str]] = {}
    for step in proof_steps(certificate):
        labels.setdefault((step.source, step.target), []).append(step.given)
    return {ends: " or ".join(dict.fromkeys(given)) for ends, given in labels.items()}


def _diagram(certificate: Certificate) -> str:
    """The modes as a state diagram (mermaid)."""
    ids = {name: f"m{number}" for number, name in enumerate(certificate.modes)}
    lines = ["```mermaid", "stateDiagram-v2"]
    lines += [f'    state "{mermaid(name)}" as {key}' for name, key in ids.items()]
    lines.append(f"    [*] --> {ids[certificate.start]}")
    for (source, target), given in _transitions(certificate).items():
        lines.append(f"    {ids[source]} --> {ids[target]}: {mermaid(given)}")
    return "\n".join([*lines, "```"])


def _run(problem: Problem, example: Example) -> list[str]:
    registers = [register.name for register in problem.spec.registers]
    inputs = [entry.name for entry in problem.spec.inputs]
    header = ["n", *inputs, *registers, "c[n]", "h[n]", "spec says"]
    rows = []
    for n, given in enumerate(example.inputs):
        values = [show(given[name]) for name in inputs] + [show(example.registers[n][name]) for name in registers]
        owed = ", ".join("any" if value is ANY else show(value) for value in example.owed[n])
        rows.append([str(n), *values, numbers(example.trace.c[n]), numbers(example.trace.h[n]), owed])
    return [markdown_table(header, rows)]


def _claim(certificate: Proof, linked: Linked, weakest: Weakest | None) -> list[str]:
    if isinstance(certificate, EnclosureCertificate):
        told = (
            f"The certificate has {len(certificate.boxes)} boxes. It was accepted by the checker, which uses integers"
        )
    else:
        cases = len(proof_steps(certificate))
        told = f"The certificate has {len(certificate.modes)} modes and {cases} cases. It was accepted by the checker, "
        told += "which uses exact fractions"
    margin = ""
    if weakest is not None:
        margin = f"The weakest margin of the readout is {float(weakest.margin):.3g} ({weakest.place}). "
    return [
        fenced(statement(certificate)),
        f"{told} and no solver. {margin}To check it again, in the folder of this page:",
        _commands(f"check {linked.certificate}"),
        "To find weights anew:",
        _commands(f"solve {quote(linked.case)} --out found"),
    ]


def _reach(horizon: HorizonCertificate, linked: Linked) -> list[str]:
    return [
        fenced(statement(horizon)),
        f"The certificate has {len(horizon.boxes)} boxes. It was accepted by the checker, which uses integers and no "
        "solver. To check it again, in the folder of this page:",
        _commands(f"check {linked.certificate}"),
    ]


def _mutants(counted: MutantCount) -> str:
    total = counted.refuted + counted.proved + counted.unknown
    longest = f" (the longest of their shortest counterexamples has {counted.longest} steps)" if counted.refuted else ""
    return (
        f"Of the {total} designs that differ in one weight (moved by 1 or 1/2, set to 0, doubled), {counted.refuted} "
        f"are refuted{longest}, {counted.proved} are proved right as well, and {counted.unknown} are unknown."
    )


def _commands(*lines: str) -> str:
    return fenced("\n".join(f"$ lstmsolve {line}" for line in lines), "console")


def _impossible(claim: Impossibility, linked: Linked) -> list[str]:
    strings = [", ".join(":".join(map(show_number, x)) for x in string) for string in claim.strings]
    if claim.any_size:
        why = "What is owed after this string is more than any cell can say:"
        if claim.signs is not None:
            why = f"Unit {claim.signs.unit} alone cannot say its output on these strings, whatever the others do:"
        return [
            f"Verdict: impossible at any hidden size. {why}",
            "\n".join(f"- {code(string)}" for string in strings),
            fenced(impossibility_statement(claim)),
            "To check the claim again, without a solver, in the folder of this page:",
            _commands(f"check {linked.certificate}"),
        ]
    return [
        f"Verdict: impossible. No weights with hidden size {claim.problem.choice.hidden} do right, and these strings "
        "alone rule them all out (inputs of one step after the other):",
        "\n".join(f"- {code(string)}" for string in strings),
        fenced(impossibility_statement(claim)),
        "To ask the solvers again, in the folder of this page:",
        _commands(f"check {linked.certificate}"),
        "To make the claim anew:",
        _commands(f"solve {quote(linked.case)} --out found"),
    ]
