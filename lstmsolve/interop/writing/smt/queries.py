"""SMT-LIB 2: the induction of a certificate as queries, one for each mode and combination of listed inputs.

Each file NNN.smt2 asks for a state of the mode, an input and a step that breaks the invariant or an output: `unsat` is
expected. start.smt2 asks whether the start is outside of the invariant: `unsat`. vacuity.smt2 asks for any step at all:
`sat` is expected, or the others would say nothing. The invariant is spelled out afresh from the modes, and the cell and
the spec from their definitions; nothing of the certificate's own proof is used.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import product

from lstmsolve.interop.writing.design import Design, Files
from lstmsolve.interop.writing.smt.terms import Terms, quoted
from lstmsolve.kernel.base.affine import ONE, ZERO, Affine, is_integral, linear_sum
from lstmsolve.kernel.base.characters import ascii_only
from lstmsolve.kernel.base.errors import InputError
from lstmsolve.kernel.language.expressions import Constant, NumericKind
from lstmsolve.kernel.lstm.cells import Activation, Gate, nonzero
from lstmsolve.kernel.proofs.certificates import Certificate, Mode
from lstmsolve.kernel.spec.domains import Symbols, domain_rows, enumerated
from lstmsolve.kernel.spec.specs import Spec

PRELUDE = """(define-fun clip ((a Real)) Real (ite (<= a 0.0) 0.0 (ite (>= a 1.0) 1.0 a)))
(define-fun gated ((a Real) (v Real)) Real (ite (<= a 0.0) 0.0 (ite (>= a 1.0) v (* a v))))
"""


def smtlib_files(design: Design) -> Files:
    """A folder of queries and a README.

    Raises:
        InputError: there is no certificate.
    """
    if design.certificate is None:
        raise InputError.single("--to smtlib", "needs a certificate: its modes are the invariant that is asked about")
    spec = design.certificate.problem.spec
    if spec.replies is not None or spec.always:
        message = "queries are written for outputs that are numbers; symbols and [property] are not among them yet"
        raise InputError.single("--to smtlib", message)
    queries = _Queries(design.certificate)
    files = {"start.smt2": queries.start(), "vacuity.smt2": queries.vacuity()}
    asked = [(mode, inputs) for mode in design.certificate.modes.values() for inputs in queries.combinations()]
    width = len(str(len(asked)))
    for place, (mode, inputs) in enumerate(asked):
        files[f"step-{place:0{width}}.smt2"] = queries.step(mode, inputs)
    lines = [
        f"step-{place:0{width}}.smt2: unsat ({mode.name}; {_told(inputs)})"
        for place, (mode, inputs) in enumerate(asked)
    ]
    readme = "\n".join(
        [design.statement, "", "Expected answers:", "start.smt2: unsat", "vacuity.smt2: sat", *lines, ""]
    )
    files["README.txt"] = "\n".join(map(ascii_only, readme.split("\n")))
    return {name: text.encode("ascii") for name, text in files.items()}


def _told(inputs: Mapping[str, Constant]) -> str:
    return ", ".join(f"{name} = {value}" for name, value in inputs.items()) or "any input"


@dataclass(frozen=True, slots=True)
class _Place:
    """What is known where a step begins: c and h as forms, given inputs, and which variables are integers."""

    c: Sequence[Affine]
    h: Sequence[Affine]
    inputs: Mapping[str, Constant]
    integers: frozenset[str]


def _whole(certificate: Certificate) -> bool:
    """Is everything in the queries an integer?"""
    spec, weights = certificate.problem.spec, certificate.weights
    numbers = [*weights.nonzero().values(), *weights.initial.c, *weights.initial.h, *spec.constants]
    forms = [
        (form, mode)
        for mode in certificate.modes.values()
        for form in (*mode.c, *mode.h, *(value for value in mode.registers.values() if isinstance(value, Affine)))
    ]
    rows = [row.form for mode in certificate.modes.values() for row in mode.where]
    return (
        spec.readout is None
        and weights.layer is None
        and all(value.denominator == 1 for value in numbers)
        and all(all(mode.variables.values()) for mode in certificate.modes.values())
        and all(is_integral(form, frozenset(mode.variables)) for form, mode in forms)
        and all(factor.denominator == 1 for form in rows for factor in (form.constant, *form.coefficients.values()))
        and all(kind != NumericKind(False) for kind in [e.kind for e in spec.inputs] + [r.kind for r in spec.registers])
    )


class _Queries:
    def __init__(self, certificate: Certificate) -> None:
        self._certificate = certificate
        self._spec: Spec = certificate.problem.spec
        self._cell = certificate.weights.cell
        self._terms = Terms(_whole(certificate))
        self._before = self._state("")
        self._after = self._state("'")
        self._inputs = {entry.name: quoted(f"in {entry.name}") for entry in self._spec.inputs}

    def _state(self, mark: str) -> dict[str, str]:
        """The coordinates of a joint state by name."""
        found = {f"reg {register.name}": quoted(f"{register.name}{mark}") for register in self._spec.registers}
        for unit in range(self._cell.hidden):
            found |= {f"{part}{unit}": quoted(f"{part}[{unit}]{mark}") for part in "ch"}
        return found

    def combinations(self) -> list[dict[str, Constant]]:
        listed = [(e.name, values) for e in self._spec.inputs if (values := enumerated(e.domain)) is not None]
        return [
            dict(zip([name for name, _ in listed], chosen, strict=True)) for chosen in product(*(v for _, v in listed))
        ]

    def start(self) -> str:
        """Is the start outside of the invariant?"""
        initial = self._certificate.weights.initial
        equal = [f"(= {self._before[f'reg {r.name}']} {self._constant(r.initial)})" for r in self._spec.registers]
        for part, values in (("c", initial.c), ("h", initial.h)):
            equal += [
                f"(= {self._before[f'{part}{unit}']} {self._terms.number(value)})" for unit, value in enumerate(values)
            ]
        asserts = [*equal, f"(not {self._invariant(self._before)})"]
        return self._query("the start is in the invariant", "unsat", self._declared(self._before), asserts)

    def step(self, mode: Mode, inputs: Mapping[str, Constant]) -> str:
        """Is there a step from this mode that breaks the invariant or an output?"""
        names = {name: quoted(f"var {name}") for name in mode.variables}
        declared = "".join(
            f"(declare-const {names[name]} {'Int' if whole else 'Real'})\n" for name, whole in mode.variables.items()
        )
        reals = {
            name: self._terms.of_integer(names[name]) if whole else names[name]
            for name, whole in mode.variables.items()
        }
        defined = "".join(
            f"(define-fun {self._before[key]} () {self._terms.sort} {value})\n"
            for key, value in self._values(mode, reals).items()
        )
        told, ranges = self._given(inputs)
        asserts = [self._row(row.form, row.strict, reals) for row in mode.where] + ranges
        place = self._place(mode, mode.variables, inputs)
        asserts += [f"(not (and {self._invariant(self._after, self._whole_after(place))} {self._owed()}))"]
        if self._spec.assume is not None:
            asserts.insert(0, self._terms.term(self._spec.assume.tree, self._names(self._before)))
        text = declared + told + defined + self._moved(place)
        return self._query(
            f"a step from mode {mode.name} with {_told(inputs)} keeps the invariant", "unsat", text, asserts
        )

    def vacuity(self) -> str:
        """Is there any step from the start?"""
        start = self._certificate.modes[self._certificate.start]
        point = {name: self._terms.number(value) for name, value in self._certificate.start_values.items()}
        defined = "".join(
            f"(define-fun {self._before[key]} () {self._terms.sort} {value})\n"
            for key, value in self._values(start, point).items()
        )
        declared, ranges = self._given({})
        listed = [self._one_of(entry.name) for entry in self._spec.inputs if enumerated(entry.domain) is not None]
        asserts = [*ranges, *listed, self._invariant(self._after)]
        values = {name: Affine((), value) for name, value in self._certificate.start_values.items()}
        at = replace(
            start,
            c=tuple(form.substitute(values) for form in start.c),
            h=tuple(form.substitute(values) for form in start.h),
        )
        place = self._place(at, {}, {})
        if self._spec.assume is not None:
            asserts.append(self._terms.term(self._spec.assume.tree, self._names(self._before)))
        return self._query("some step is possible", "sat", declared + defined + self._moved(place), asserts)

    def _place(self, mode: Mode, variables: Mapping[str, bool], inputs: Mapping[str, Constant]) -> _Place:
        integers = {name for name, whole in variables.items() if whole}
        for entry in self._spec.inputs:
            if entry.kind == NumericKind(True):
                integers.add(f"in {entry.name}")
        return _Place(mode.c, mode.h, inputs, frozenset(integers))

    def _one_of(self, name: str) -> str:
        entry = next(entry for entry in self._spec.inputs if entry.name == name)
        values = " ".join(f"(= {self._inputs[name]} {self._constant(v)})" for v in enumerated(entry.domain) or ())
        return f"(or {values} false)"

    def _given(self, inputs: Mapping[str, Constant]) -> tuple[str, list[str]]:
        """Declarations of the inputs, and the conditions of their domains."""
        text, ranges = "", []
        for entry in self._spec.inputs:
            name = self._inputs[entry.name]
            if entry.name in inputs:
                text += f"(define-fun {name} () {self._terms.sort} {self._constant(inputs[entry.name])})\n"
            elif entry.kind == NumericKind(True) and enumerated(entry.domain) is None and not self._terms.whole:
                whole = quoted(f"int {entry.name}")
                text += f"(declare-const {whole} Int)\n(define-fun {name} () Real (to_real {whole}))\n"
            else:
                text += f"(declare-const {name} {self._terms.sort})\n"
            if enumerated(entry.domain) is None:
                ranges += [
                    self._row(r.form, r.strict, {entry.name: name}) for r in domain_rows(entry.domain, entry.name)
                ]
        return text, ranges

    def _names(self, state: Mapping[str, str]) -> dict[str, str]:
        return {r.name: state[f"reg {r.name}"] for r in self._spec.registers} | self._inputs

    def _moved(self, place: _Place) -> str:
        """Definitions of the next state: the spec's registers, then c and h of the cell."""
        names, text = self._names(self._before), ""
        for register in self._spec.registers:
            update = self._spec.next.get(register.name)
            value = names[register.name] if update is None else self._terms.term(update.tree, names)
            text += f"(define-fun {self._after[f'reg {register.name}']} () {self._terms.sort} {value})\n"
        columns = self._columns(place)
        for unit in range(self._cell.hidden):
            g, whole = self._argument(Gate.CANDIDATE, unit, columns, place)
            if self._cell.candidate is Activation.CRELU:
                g = self._gated(g, self._terms.number(ONE), whole) if whole else f"(clip {g})"
            kept = self._gated(*self._gate(Gate.FORGET, unit, columns, place, self._before[f"c{unit}"]))
            c = f"(+ {kept} {self._gated(*self._gate(Gate.INPUT, unit, columns, place, g))})"
            text += f"(define-fun {self._after[f'c{unit}']} () {self._terms.sort} {c})\n"
            shown = self._after[f"c{unit}"]
            if self._cell.output is Activation.CRELU:
                shown = self._gated(shown, self._terms.number(ONE), True) if self._terms.whole else f"(clip {shown})"
            h = self._gated(*self._gate(Gate.OUTPUT, unit, columns, place, shown))
            text += f"(define-fun {self._after[f'h{unit}']} () {self._terms.sort} {h})\n"
        return text

    def _gated(self, argument: str, value: str, whole: bool) -> str:
        """CReLU of the argument times the value. Of an integer the CReLU is 0 or 1, and there is no product."""
        zero = self._terms.number(ZERO)
        return f"(ite (<= {argument} {zero}) {zero} {value})" if whole else f"(gated {argument} {value})"

    def _gate(
        self, gate: Gate, unit: int, columns: list[tuple[str, Affine | None]], place: _Place, value: str
    ) -> tuple[str, str, bool]:
        argument, whole = self._argument(gate, unit, columns, place)
        return argument, value, whole

    def _argument(
        self, gate: Gate, unit: int, columns: list[tuple[str, Affine | None]], place: _Place
    ) -> tuple[str, bool]:
        """A gate's argument, and whether it is an integer whatever the integers that it is made of."""
        part = self._certificate.weights.gates[gate]
        fed = [(value, *columns[column]) for column, value in nonzero(part.w[unit])]
        fed += [(value, self._before[f"h{column}"], place.h[column]) for column, value in nonzero(part.u[unit])]
        known = [(known, value) for value, _, known in fed if known is not None]
        whole = self._terms.whole or (
            len(known) == len(fed) and is_integral(linear_sum(known, part.b[unit]), place.integers)
        )
        parts = [self._terms.product(value, term) for value, term, _ in fed]
        return self._terms.total(parts + ([self._terms.number(part.b[unit])] if part.b[unit] else [])), whole

    def _columns(self, place: _Place) -> list[tuple[str, Affine | None]]:
        """Each input column as a term, and as a form where it is one."""
        columns: list[tuple[str, Affine | None]] = []
        zero, one = self._terms.number(ZERO), self._terms.number(ONE)
        for entry in self._spec.inputs:
            name, given = self._inputs[entry.name], place.inputs.get(entry.name)
            if isinstance(entry.domain, Symbols):
                for symbol in entry.domain.names:
                    known = None if given is None else Affine((), Fraction(symbol == given))
                    columns.append((f"(ite (= {name} {self._terms.symbol(symbol)}) {one} {zero})", known))
            elif given is None:
                columns.append((name, Affine.variable(f"in {entry.name}")))
            else:
                assert isinstance(given, Fraction)
                columns.append((name, Affine((), given)))
        return columns

    def _owed(self) -> str:
        """The outputs are what the spec says."""
        names = self._names(self._after)
        parts = ["true"]
        for unit, formula in enumerate(self._spec.outputs):
            h = self._output(unit)
            meets = f"(= {h} {{}})"
            readout = self._spec.readout
            if readout is not None and readout.accept is not None and readout.reject is not None:
                accept, reject = (
                    f"({sign}{'' if side.strict else '='} {h} {self._terms.number(side.bound)})"
                    for sign, side in ((">", readout.accept), ("<", readout.reject))
                )
                meets = f"(ite (= {{}} 1.0) {accept} (ite (= {{}} 0.0) {reject} (= {h} {{}})))"
            parts.append(self._terms.owed(formula.tree, names, meets))
        return f"(and {' '.join(parts)})"

    def _output(self, k: int) -> str:
        """z[k] of the next state."""
        layer = self._certificate.weights.layer
        if layer is None:
            return self._after[f"h{k}"]
        parts = [self._terms.product(value, self._after[f"h{unit}"]) for unit, value in nonzero(layer.V[k])]
        return self._terms.total(parts + ([self._terms.number(layer.d[k])] if layer.d[k] else []))

    def _whole_after(self, place: _Place) -> frozenset[str]:
        """Coordinates of the next state that are always integers: by the kind of a register, or by the weights."""
        found = {f"reg {r.name}" for r in self._spec.registers if r.kind == NumericKind(True)}
        columns = self._columns(place)
        for unit in range(self._cell.hidden):
            whole = {gate: self._argument(gate, unit, columns, place)[1] for gate in Gate}
            kept = is_integral(place.c[unit], place.integers)
            if kept and whole[Gate.FORGET] and whole[Gate.INPUT] and whole[Gate.CANDIDATE]:
                found |= {f"c{unit}", *([f"h{unit}"] if whole[Gate.OUTPUT] else [])}
        return frozenset(found)

    def _invariant(self, state: Mapping[str, str], whole: frozenset[str] = frozenset()) -> str:
        """The state is in some mode, for some values of its variables; coordinates in `whole` are integers."""
        return f"(or {' '.join(self._in_mode(mode, state, whole) for mode in self._certificate.modes.values())} false)"

    def _in_mode(self, mode: Mode, state: Mapping[str, str], whole: frozenset[str]) -> str:
        names = {name: quoted(f"of {mode.name} {name}") for name in mode.variables}
        reals = {
            name: self._terms.of_integer(names[name]) if whole else names[name]
            for name, whole in mode.variables.items()
        }
        solved, integers, left = self._solved(mode, state, whole)
        reals |= solved
        parts = [f"(= {state[key]} {value})" for key, value in self._values(mode, reals).items()]
        parts += [self._row(row.form, row.strict, reals) for row in mode.where]
        asked = (
            name for name, integer in mode.variables.items() if integer and name in solved and name not in integers
        )
        parts += [f"(is_int {solved[name]})" for name in asked]
        text = f"(and {' '.join(parts)} true)"
        if not left:
            return text
        bound = " ".join(f"({names[name]} {'Int' if mode.variables[name] else 'Real'})" for name in left)
        return f"(exists ({bound}) {text})"

    def _solved(
        self, mode: Mode, state: Mapping[str, str], whole: frozenset[str]
    ) -> tuple[dict[str, str], set[str], list[str]]:
        """Variables that are a coordinate up to a factor and a constant, which need no quantifier.

        Their terms, those that are integers because the coordinate is, and the variables that are left.
        """
        solved: dict[str, str] = {}
        integers: set[str] = set()
        for key, value in self._forms(mode).items():
            if isinstance(value, Affine) and len(value.terms) == 1 and value.terms[0][0] not in solved:
                name, factor = value.terms[0]
                if self._terms.whole and abs(factor) != 1:
                    continue
                shifted = self._terms.total(
                    [state[key], self._terms.number(-value.constant)] if value.constant else [state[key]]
                )
                solved[name] = self._terms.product(1 / factor, shifted)
                if key in whole and abs(factor) == 1 and value.constant.denominator == 1:
                    integers.add(name)
        return solved, integers, [name for name in mode.variables if name not in solved]

    def _forms(self, mode: Mode) -> dict[str, Affine | str]:
        found: dict[str, Affine | str] = {f"reg {name}": value for name, value in mode.registers.items()}
        for unit in range(self._cell.hidden):
            found |= {f"c{unit}": mode.c[unit], f"h{unit}": mode.h[unit]}
        return found

    def _values(self, mode: Mode, names: Mapping[str, str]) -> dict[str, str]:
        return {
            key: self._terms.symbol(value) if isinstance(value, str) else self._terms.form(value, names)
            for key, value in self._forms(mode).items()
        }

    def _row(self, value: Affine, strict: bool, names: Mapping[str, str]) -> str:
        return f"({'>' if strict else '>='} {self._terms.form(value, names)} {self._terms.number(ZERO)})"

    def _constant(self, value: Constant) -> str:
        return self._terms.symbol(value) if isinstance(value, str) else self._terms.number(value)

    def _declared(self, state: Mapping[str, str]) -> str:
        return "".join(f"(declare-const {name} {self._terms.sort})\n" for name in state.values())

    def _query(self, what: str, expected: str, text: str, asserts: list[str]) -> str:
        said = ascii_only(what)
        lines = "".join(f"(assert {condition})\n" for condition in asserts)
        prelude = "" if self._terms.whole else PRELUDE
        return f"; {said}\n(set-info :status {expected})\n(set-logic ALL)\n{prelude}{text}{lines}(check-sat)\n"
