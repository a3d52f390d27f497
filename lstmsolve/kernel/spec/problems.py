"""A design problem: a spec, the cell that is to meet it, and what its weights must satisfy."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Final

from lstmsolve.kernel.base.affine import ZERO, Affine
from lstmsolve.kernel.base.characters import shown
from lstmsolve.kernel.base.errors import Complaint, Complaints, InputError
from lstmsolve.kernel.base.numbers import show_number
from lstmsolve.kernel.language.evaluation import truth
from lstmsolve.kernel.language.expressions import (
    REAL,
    BooleanKind,
    ExpressionError,
    Kind,
    kind_of,
    name_nodes,
    names_in,
)
from lstmsolve.kernel.language.syntax import caret
from lstmsolve.kernel.lstm.cells import MAX_HIDDEN, Activation, Cell, Gate, Parameter, State, Weights, parameters
from lstmsolve.kernel.spec.machines import Machine
from lstmsolve.kernel.spec.specs import NO_ORACLE, PLACE, Formula, Spec


@dataclass(frozen=True)
class CellChoice:
    """What a case says about its cell."""

    hidden: int | None
    """H, or None for the least for which a design is found."""
    gate: Activation = Activation.CRELU
    candidate: Activation = Activation.CRELU
    output: Activation = Activation.IDENTITY
    initial: State | None = None
    """Zeros where None; what is free is zero here."""
    free_c: bool = False
    """Is c[-1] one of the unknowns?"""
    free_h: bool = False
    """Is h[-1]?"""

    @property
    def free(self) -> bool:
        """Is some of the start unknown?"""
        return self.free_c or self.free_h


@dataclass(frozen=True)
class Constraints:
    """What a solution's weights must satisfy besides meeting the spec."""

    fixed: Mapping[str, Fraction] = field(default_factory=dict)
    """By parameter name, `u_o` or `u_o[0,1]`."""
    low: Fraction | None = None
    high: Fraction | None = None
    integer: bool = False
    where: tuple[Formula, ...] = ()

    @property
    def is_empty(self) -> bool:
        return self == Constraints()

    def unmet(self, weights: Weights) -> Iterator[str]:
        """Each constraint that these weights break, as a sentence."""
        if self.is_empty:
            return
        names = weight_names(weights.cell)
        for name, wanted in self.fixed.items():
            if weights[names[name]] != wanted:
                yield f"{name} must be {show_number(wanted)}"
        zeros = self._broken_by("a weight", ZERO)
        # Most weights of a large cell are zero, so these are gone through only if there is a complaint about them.
        places = weights.nonzero() if next(zeros, None) is None else parameters(weights.cell)
        for place in places:
            yield from self._broken_by(place.name, weights[place])
        for formula in self.where:
            forms = {name: Affine((), weights[names[name]]) for name in names_in(formula.tree)}
            if not truth(formula.tree, forms, NO_ORACLE):
                yield f"{formula.text} must hold"

    def met_by(self, weights: Weights) -> bool:
        return next(self.unmet(weights), None) is None

    def _broken_by(self, name: str, value: Fraction) -> Iterator[str]:
        if self.low is not None and value < self.low:
            yield f"{name} must be at least {show_number(self.low)}"
        if self.high is not None and value > self.high:
            yield f"{name} must be at most {show_number(self.high)}"
        if self.integer and value.denominator != 1:
            yield f"{name} must be an integer"


@dataclass(frozen=True, repr=False)
class Problem:
    name: str
    title: str
    source: str
    spec: Spec
    choice: CellChoice
    constraints: Constraints = Constraints()
    machine: Machine | None = None
    """The automaton that `spec` was made of, where there is one."""
    notes: tuple[str, ...] = field(default=(), compare=False)
    """What was done to the case on reading it, for the user to know."""

    def __repr__(self) -> str:
        said = self.name if self.title == self.name else f"{self.name}: {self.title}"
        units = self.choice.hidden or "as many as it takes"
        return shown(f"<case {said}; inputs {', '.join(entry.name for entry in self.spec.inputs)}; units: {units}>")

    @property
    def least_hidden(self) -> int:
        """The output speaks of this many units, so no fewer will do."""
        mentioned = [0 if part == "z" and self.spec.has_layer else place + 1 for part, place in self.places]
        return max([1, *mentioned, 0 if self.spec.has_layer else self.spec.width])

    @property
    def places(self) -> list[tuple[str, int]]:
        """The c, h and z that conditions of [property] mention."""
        names = {name for formula in self.spec.always for name in names_in(formula.tree)}
        found = (PLACE.fullmatch(name) for name in sorted(names))
        return [(place["part"], int(place["place"])) for place in found if place is not None]

    def cell(self, hidden: int | None = None) -> Cell:
        """The cell with this hidden size, or the case's own, or the least."""
        size = hidden or self.choice.hidden or self.least_hidden
        choice = self.choice
        outputs = self.spec.width if self.spec.has_layer else None
        return Cell(self.spec.columns, size, choice.gate, choice.candidate, choice.output, outputs)

    def initial_state(self, hidden: int) -> State:
        """Where the cell starts; zero for what is free."""
        return self.choice.initial or State.zero(hidden)

    def with_hidden(self, hidden: int) -> Problem:
        """The same problem for one hidden size.

        Raises:
            InputError: the size does not fit the outputs, the initial state or the constraints.
        """
        sized = replace(self, choice=replace(self.choice, hidden=hidden))
        complaints = size_complaints(sized)
        if complaints:
            raise InputError(complaints)
        return sized

    def started_at(self, start: State) -> Problem:
        """The same problem with this start where the case leaves it open."""
        if not self.choice.free:
            return self
        return replace(self, choice=replace(self.choice, initial=start, free_c=False, free_h=False))

    def for_weights(self, weights: Weights) -> Problem:
        """The same problem for the hidden size of these weights.

        Raises:
            InputError: another cell than the problem's, or another initial state.
        """
        wanted, got = self.cell(weights.cell.hidden), weights.cell
        complaints = Complaints()
        for key in ("inputs", "hidden", "gate", "candidate", "output"):
            want, have = getattr(wanted, key), getattr(got, key)
            if key == "hidden":
                want = self.choice.hidden or have
            if want != have:
                message = f"the case {self.name!r} has {getattr(want, 'value', want)} here"
                complaints.add(f"cell.{key}", message, getattr(have, "value", have))
        if got.hidden < self.least_hidden:
            complaints.add("cell.hidden", f"the output speaks of {self.least_hidden} units", got.hidden)
        if got.outputs != wanted.outputs:
            complaints.add("readout", *_layer_misfit(wanted.outputs, got.outputs))
        complaints.refuse()
        start = self.initial_state(got.hidden)
        c_fits = self.choice.free_c or weights.initial.c == start.c
        h_fits = self.choice.free_h or weights.initial.h == start.h
        if not (c_fits and h_fits):
            complaints.add("initial", f"the case {self.name!r} starts in another state (see its [cell] initial)")
        complaints.refuse()
        return self.with_hidden(got.hidden)


def _layer_misfit(wanted: int | None, got: int | None) -> tuple[str, str]:
    """What is wrong with a layer of `got` rows, and that."""
    if wanted is None:
        return "the case reads h itself, these weights have an output layer (say layer = true in [readout])", f"{got}"
    if got is None:
        return f'the case reads an output layer; give "readout" with V [{wanted}, hidden] and d [{wanted}]', "none"
    return f"the case has {wanted} outputs, so V and d need as many rows", f"{got}"


@dataclass(frozen=True)
class WeightNames(Mapping[str, Parameter]):
    """Every name a weight may be called by: `w_o[0,0]` always, `w_o` where there is only one.

    A large cell has too many to list, so names are read when they are asked for.
    """

    cell: Cell

    def __getitem__(self, name: str) -> Parameter:
        found = _NAME.fullmatch(name)
        if found is not None:
            matrix, unit, column = found["matrix"] or found["readout"], found["unit"], found["column"]
            gate = Gate(found["gate"]) if found["gate"] else None
            second = (column or "0") if matrix not in ("b", "d") else None
            place = Parameter(matrix, gate, int(unit or 0), None if second is None else int(second))
            width = self.cell.inputs if matrix == "w" else self.cell.hidden
            height = self.cell.hidden if gate is not None else self.cell.outputs or 0
            inside = place.unit < height and (place.column or 0) < width
            if inside and name in (place.name, place.short_name(self.cell)):
                return place
        raise KeyError(name)

    def __iter__(self) -> Iterator[str]:
        for place in parameters(self.cell):
            yield from dict.fromkeys([place.short_name(self.cell), place.name])

    def __len__(self) -> int:
        return sum(1 for _ in self)


_NAME: Final = re.compile(
    r"((?P<matrix>[wub])_(?P<gate>[fico])|(?P<readout>[Vd]))(\[(?P<unit>[0-9]{1,9})(,(?P<column>[0-9]{1,9}))?\])?",
    re.ASCII,
)


def weight_names(cell: Cell) -> Mapping[str, Parameter]:
    """The weights of a cell by name."""
    return WeightNames(cell)


def size_complaints(problem: Problem) -> list[Complaint]:
    """What does not fit the problem's hidden size, once that is fixed."""
    hidden = problem.choice.hidden
    complaints = Complaints()
    if problem.spec.has_layer:
        for _, place in (found for found in problem.places if found[0] == "z"):
            if place >= problem.spec.width:
                message = f"the layer has {problem.spec.width} outputs, so there is no z[{place}]"
                complaints.add("property.always", message)
    if complaints.found:
        return complaints.found
    if hidden is None:
        return []
    if hidden > MAX_HIDDEN:
        complaints.add("cell.hidden", f"at most {MAX_HIDDEN} units are supported", hidden)
        return complaints.found
    if hidden < problem.least_hidden:
        message = f"the output speaks of {problem.least_hidden} units, so hidden must be at least that"
        complaints.add("cell.hidden", message, hidden)
    if problem.choice.initial is not None and len(problem.choice.initial.c) != hidden:
        complaints.add("cell.initial", f"needs {hidden} numbers each, one a unit", len(problem.choice.initial.c))
    if problem.constraints.is_empty:
        return complaints.found
    cell = problem.cell()
    known = weight_names(cell)
    shapes = f"w_f[0..{hidden - 1},0..{cell.inputs - 1}], u_f[…], b_f[…], the same for i, c and o"
    if cell.outputs is not None:
        shapes += f"; V[0..{cell.outputs - 1},0..{hidden - 1}], d[…]"
    for name in problem.constraints.fixed:
        if name not in known:
            complaints.add(f"weights.{name}", f"the cell has no such weight; it has {shapes}")
    for position, formula in enumerate(problem.constraints.where):
        key = f"weights.where[{position}]"
        unknown = next((node for node in name_nodes(formula.tree) if node.name not in known), None)
        if unknown is not None:
            message = f"undefined name {unknown.name!r} (the cell has {shapes})"
            complaints.add(key, message, formula.source, caret(formula.source, unknown.at))
            continue
        scope: dict[str, Kind] = dict.fromkeys(names_in(formula.tree), REAL)
        try:
            if not isinstance(kind_of(formula.tree, scope), BooleanKind):
                complaints.add(key, "a condition is needed here, such as b_i >= 1", formula.source)
        except ExpressionError as error:
            complaints.add(key, str(error), formula.source, caret(formula.source, error.at))
    return complaints.found
