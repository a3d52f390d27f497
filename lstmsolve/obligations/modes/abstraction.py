"""Finding modes: abstract interpretation with affine hulls and template polyhedra.

Each control (see `partitions`) gets a *shape*: the affine hull of the joint states seen there
(Karr 1976) and bounds on a few templates over the hull's free coordinates (Sankaranarayanan,
Sipma & Manna 2005). Steps are run symbolically from every shape, and whatever falls outside its
target's shape is added to it, until nothing does. A bound that keeps moving is put where the
problem suggests one (at an end of a real input's range, a threshold of a gate or of the readout:
Blanchet et al. 2003), further out each time it does not hold, and given up in the end (widening);
then all are sharpened again from what actually arrives (narrowing). Of the candidate inequalities
template >= landmark, the inductive ones remain, as in Houdini (Flanagan & Leino 2001).

Nothing here needs to be trusted: the shapes become modes of a certificate, which is proved and
checked afterwards.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import partial
from itertools import combinations
from typing import Final, TypeAlias

from lstmsolve.kernel.base.affine import ONE, ZERO, Affine, Row, is_integral, normalised
from lstmsolve.kernel.base.errors import LimitReached
from lstmsolve.kernel.language.evaluation import Value
from lstmsolve.kernel.language.expressions import NumericKind
from lstmsolve.kernel.lstm.symbolic import Entry
from lstmsolve.kernel.proofs.certificates import Mode
from lstmsolve.kernel.proofs.regions import Region
from lstmsolve.kernel.spec.domains import RealInterval
from lstmsolve.linear.hulls import Hull, hull_of_forms
from lstmsolve.linear.polyhedra import minimum, prove
from lstmsolve.model.watch import UNWATCHED, Watch
from lstmsolve.obligations.modes.partitions import Control, ManyValues, Partition
from lstmsolve.obligations.stepping.branching import Forking, Leaf, Outside, explore, leaves
from lstmsolve.obligations.stepping.coordinates import Held, OfSpec, Quotient, Remainder, Shown
from lstmsolve.obligations.stepping.systems import Inputs, Joint, Moved, System, bind_values

MAX_MODES: Final = 25_000
PATIENCE: Final = 3
"""Times a bound may move before it is given up."""
NARROWINGS: Final = 2


@dataclass(frozen=True, slots=True)
class Effort:
    """What is looked for in a mode, and how long."""

    relations: tuple[Affine, ...] | None = None
    """Forms over coordinates that are bounded, besides the free coordinates; None: sums and differences of any two."""
    most_rows: int | None = None
    """Rows of the linear programs that bounds are asked of: the same on every machine, as no clock is."""
    products: bool = False
    """Are products of two forms that both vary bounded, where otherwise such steps are passed over?"""


BOUNDLESS: Final = Effort()


@dataclass(frozen=True, slots=True)
class Arrival:
    """Where a step leads."""

    control: Control
    moved: Moved
    inputs: Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class BrokenPromise:
    """The step breaks [assume]."""


StepResult: TypeAlias = Arrival | BrokenPromise


@dataclass
class Shape:
    """What is known of the joint states of one control; grows until it is inductive."""

    hull: Hull
    bounds: dict[Affine, Fraction]
    """template >= bound, templates over the names of the hull's free coordinates."""
    integers: set[str]
    """Coordinates that are integers in every state seen."""
    moves: dict[Affine, int] = field(default_factory=dict)


class Abstraction:
    """The modes of a system under a partition. Build it with `find_modes`."""

    def __init__(self, system: System, partition: Partition, watch: Watch, effort: Effort = BOUNDLESS) -> None:
        self.system = system
        self._watch = watch
        self._effort = effort
        self._rows_left = effort.most_rows
        self.partition = partition
        self.inputs = Inputs(system.spec)
        self.shapes: dict[Control, Shape] = {}
        self.passed_over = False
        """Were there steps outside the fragment?"""
        self.start = partition.start(system.start())
        self._names = tuple(coordinate.name for coordinate in partition.infinite)
        registers = {register.name for register in system.spec.registers if register.kind == NumericKind(True)}
        self._whole = {one.name for one in partition.infinite if isinstance(one, OfSpec) and one.register in registers}
        self._divided = {one.register: one.divisor for one in partition.infinite if isinstance(one, Quotient)}
        self._landmarks = _landmarks(system) if partition.infinite else []

    # --- modes of shapes ---------------------------------------------------------------------

    def variables(self, shape: Shape) -> dict[str, bool]:
        """The free coordinates, and whether each is an integer."""
        return {self._names[place]: self._names[place] in shape.integers for place in shape.hull.pivots}

    def rows(self, shape: Shape) -> list[Row]:
        whole = {name for name, integer in self.variables(shape).items() if integer}
        return [normalised(template - bound, False, whole) for template, bound in shape.bounds.items()]

    def needed(self, shape: Shape) -> list[Row]:
        """The rows without those that follow from others."""
        whole = {name for name, integer in self.variables(shape).items() if integer}
        rows = [row for row in self.rows(shape) if not _follows_from_ends(row, shape.bounds)]
        for row in list(rows):
            others = [other for other in rows if other is not row]
            if prove(others, row, whole) is not None:
                rows = others
        return rows

    def joint(self, control: Control, shape: Shape) -> Joint:
        """The joint states of a shape, as forms over its variables."""
        forms: dict[str, Value] = dict(zip(self._names, shape.hull.map(self._names), strict=True))
        forms |= {one.name: value if isinstance(value, str) else Affine((), value) for one, value in control.values}
        start = self.system.start()
        registers = {name: self._register(name, forms) for name in start.registers}
        c, h = (
            tuple(_entry(forms[part(unit).name]) for unit in range(units))
            for part, units in ((Held, len(start.c)), (Shown, len(start.h)))
        )
        return Joint(registers, c, h)

    def _register(self, name: str, forms: Mapping[str, Value]) -> Value:
        """A register's form; one that is followed in parts is put together again."""
        divisor = self._divided.get(name)
        if divisor is None:
            return forms[name]
        quotient, remainder = forms[Quotient(name, divisor).name], forms[Remainder(name, divisor).name]
        assert isinstance(quotient, Affine)
        assert isinstance(remainder, Affine)
        return quotient * divisor + remainder

    def mode(self, control: Control, name: str) -> Mode:
        """The mode of a control."""
        shape = self.shapes[control]
        joint = self.joint(control, shape)
        return Mode(
            name,
            self.variables(shape),
            tuple(self.needed(shape)),
            joint.registers,
            tuple(Affine.lift(entry) for entry in joint.c),
            tuple(Affine.lift(entry) for entry in joint.h),
        )

    # --- steps -------------------------------------------------------------------------------

    def steps(self, control: Control) -> list[Leaf[StepResult] | Outside]:
        """Every way a step can go from a control's shape."""
        shape = self.shapes[control]
        joint = self.joint(control, shape)
        region = self.inputs.region(self.needed(shape), self.variables(shape))
        found: list[Leaf[StepResult] | Outside] = []
        for _, inputs in self.inputs.cases:
            step = partial(self._step, joint, inputs)
            found += leaves(explore(region, step, self._watch, products=self._effort.products))
        return found

    def _step(self, joint: Joint, inputs: Mapping[str, Value], oracle: Forking) -> StepResult:
        given = bind_values(inputs, oracle.region)
        moved = self.system.step(joint.bind(oracle.region), given, oracle)
        if moved is None:
            return BrokenPromise()
        control = self.partition.control(joint.bind(oracle.region), given, moved, self.system.spec, oracle)
        return Arrival(control, moved, given)

    def vector(self, moved: Moved) -> list[Affine]:
        return [moved.joint.at(one) for one in self.partition.infinite]

    # --- growing -----------------------------------------------------------------------------

    def absorb(self, control: Control, vector: list[Affine], region: Region) -> bool:
        """Make a control's shape hold the image of `vector` over `region`; did it have to grow?"""
        shape = self.shapes.get(control)
        whole = self._whole | {
            name for name, form in zip(self._names, vector, strict=True) if is_integral(form, region.integers)
        }
        if shape is None:
            if len(self.shapes) >= MAX_MODES:
                raise LimitReached(f"more than {MAX_MODES} modes")
            whole = {
                n
                for n, form in zip(self._names, vector, strict=True)
                if n in self._whole or is_integral(form, region.integers)
            }
            self.shapes[control] = self._fresh(hull_of_forms(vector), whole, [(vector, region)])
            return True
        hull = shape.hull.with_forms(vector)
        if hull is not shape.hull:
            old = (list(shape.hull.map(self._names)), Region.of(self.rows(shape), frozenset(), frozenset()))
            self.shapes[control] = self._fresh(hull, shape.integers & whole, [old, (vector, region)])
            return True
        grew = not shape.integers <= whole
        shape.integers &= whole
        for template in list(shape.bounds):
            least = self._least(template, vector, region)
            if least is not None and least >= shape.bounds[template]:
                continue
            grew = True
            shape.moves[template] = shape.moves.get(template, 0) + 1
            if least is not None and shape.moves[template] > PATIENCE:
                least = next((mark for mark in self._landmarks if mark <= least), None)
            if least is None:
                del shape.bounds[template]
            else:
                shape.bounds[template] = least
        return grew

    def _fresh(self, hull: Hull, integers: set[str], images: list[tuple[list[Affine], Region]]) -> Shape:
        """The least shape with this hull that holds all images."""
        bounds: dict[Affine, Fraction] = {}
        for template in self._templates(hull):
            least = [self._least(template, vector, region) for vector, region in images]
            known = [value for value in least if value is not None]
            if len(known) == len(least):
                bounds[template] = min(known)
        return Shape(hull, bounds, integers)

    def _templates(self, hull: Hull) -> list[Affine]:
        names = [self._names[place] for place in hull.pivots]
        if self._effort.relations is None:
            return _octagons(names)
        free = dict(zip(self._names, hull.map(self._names), strict=True))
        # Coordinates that take few values are constants in a mode.
        related = (
            _slope(relation.substitute({name: free.get(name, Affine((), ZERO)) for name in relation.variables}))
            for relation in self._effort.relations
        )
        slopes = dict.fromkeys([*map(Affine.variable, names), *(slope for slope in related if not slope.is_zero)])
        return [sign * form for form in slopes for sign in (1, -1)]

    def _least(self, template: Affine, vector: list[Affine], region: Region) -> Fraction | None:
        image = template.substitute(dict(zip(self._names, vector, strict=True)))
        if image.is_constant:
            return image.constant
        if self._rows_left is not None:
            self._rows_left -= len(region.rows)
            if self._rows_left < 0:
                raise LimitReached(f"bounds took more than {self._effort.most_rows} rows")
        found = minimum(region.rows, image)
        return None if found is None else found[0]

    def narrow(self) -> None:
        """Sharpen every shape to what arrives there from the shapes as they are."""
        arriving: dict[Control, list[tuple[list[Affine], Region]]] = {control: [] for control in self.shapes}
        for control in self.shapes:
            for leaf in self.steps(control):
                if isinstance(leaf, Leaf) and isinstance(leaf.result, Arrival):
                    arriving[leaf.result.control].append((self.vector(leaf.result.moved), leaf.region))
        for control, images in arriving.items():
            if images and control != self.start:
                shape = self.shapes[control]
                self.shapes[control] = self._fresh(shape.hull, shape.integers, images)


def find_modes(
    system: System, partition: Partition, watch: Watch = UNWATCHED, effort: Effort = BOUNDLESS
) -> Abstraction:
    """Shapes that hold every reachable joint state, one for each reachable control.

    Steps outside the fragment are passed over; whoever builds a proof meets them again.

    Raises:
        LimitReached: too many modes, too many cases in one step, more than the effort allows, or the watch ran out.
    """
    while True:
        try:
            return _grown(Abstraction(system, partition, watch, effort))
        except ManyValues as error:
            partition = partition.without(error.coordinate)


def _grown(found: Abstraction) -> Abstraction:
    start = found.system.start()
    vector = [start.at(one) for one in found.partition.infinite]
    found.absorb(found.start, vector, Region.of([], frozenset(), frozenset()))
    pending = deque([found.start])
    while pending:
        for leaf in found.steps(pending.popleft()):
            match leaf:
                case Leaf(region, _, Arrival(target, moved, _)):
                    if found.absorb(target, found.vector(moved), region) and target not in pending:
                        pending.append(target)
                case Outside():
                    found.passed_over = True
                case Leaf():
                    pass
    for _ in range(NARROWINGS if found.partition.infinite else 0):
        found.narrow()
    return found


def _octagons(names: list[str]) -> list[Affine]:
    """Each variable and its negation, each difference and each sum of two with its negation."""
    singles = [Affine.variable(name) for name in names]
    pairs = [form for a, b in combinations(singles, 2) for form in (a - b, a + b)]
    return [sign * form for form in [*singles, *pairs] for sign in (1, -1)]


def _follows_from_ends(row: Row, bounds: Mapping[Affine, Fraction]) -> bool:
    """Does a row over several variables follow from the least and greatest values of each?"""
    if len(row.form.terms) < 2:
        return False
    least = row.form.constant
    for name, factor in row.form.terms:
        end = bounds.get(Affine.variable(name) * (1 if factor > 0 else -1))
        if end is None:
            return False
        least += abs(factor) * end
    return least >= 0


def _slope(form: Affine) -> Affine:
    """The form without its constant, its first factor 1."""
    return Affine(form.terms, ZERO) * (1 / form.terms[0][1]) if form.terms else Affine((), ZERO)


def _landmarks(system: System) -> list[Fraction]:
    """Bounds worth a try before one is given up (widening with thresholds), the greatest first."""
    spec = system.spec
    ends = {
        end
        for entry in spec.inputs
        if isinstance(entry.domain, RealInterval)
        for end in (entry.domain.low, entry.domain.high)
        if end is not None
    }
    readout = spec.readout
    said = [side.bound for side in (readout.accept, readout.reject) if side is not None] if readout else []
    sizes = {ZERO, ONE, *map(abs, (*ends, *system.thresholds, *said))}
    return sorted({sign * size for size in sizes for sign in (1, -1)}, reverse=True)


def _entry(value: Value) -> Entry:
    assert isinstance(value, Affine)
    return value.constant if value.is_constant else value
