"""What is asked of z3 and what it answers, as plain data that travels between processes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from fractions import Fraction
from typing import Final, TypeAlias

from lstmsolve.kernel.base.affine import Affine
from lstmsolve.kernel.language.expressions import Constant
from lstmsolve.kernel.lstm.cells import Cell, Gate, Parameter, State, Vector, Weights
from lstmsolve.kernel.proofs.signs import Signs
from lstmsolve.kernel.spec.problems import CellChoice, Constraints
from lstmsolve.kernel.spec.specs import Demand, Formula, Spec
from lstmsolve.obligations.strings.systems import EndlessString
from lstmsolve.obligations.tables.transitions import TransitionTable

WRITING: Final = (Gate.INPUT, Gate.CANDIDATE, Gate.OUTPUT)
"""The gates of a unit that is written afresh at each step."""


class Logic(Enum):
    """Which class of designs is searched."""

    SATURATED = "saturated"
    """Cells of levels or registers that are kept, reset or raised by one, every gate LOW or HIGH."""
    AUXILIARY = "auxiliary"
    """The same, on a table with sinks or ghosts: what a cell holds need be no function of the registers."""
    LINEAR = "linear"
    """Map coefficients from a finite set, one varying factor a product: linear arithmetic, complete in its class."""
    NONLINEAR = "nonlinear"
    """Any real map value in each (finite) mode: polynomial arithmetic."""


@dataclass(frozen=True)
class MapClass:
    """A class of refinement maps."""

    logic: Logic
    levels: tuple[Fraction, ...] = ()
    """Constants that c and h may be in a mode, besides the registers; NONLINEAR has any values."""


@dataclass(frozen=True)
class DesignQuery:
    """Are there weights, and a map, that keep every transition?"""

    table: TransitionTable
    cell: Cell
    initial: State
    constraints: Constraints
    classes: tuple[MapClass, ...]
    """Asked for one after the other, until one has a design."""
    seed: int = 0
    free_c: bool = False
    """Is c[-1] unknown, in place of that of `initial`?"""
    free_h: bool = False
    always: tuple[Formula, ...] = ()
    """Conditions on what a mode's single state holds, shows and says; a proof looks at the others of [property]."""
    grid: int = 0
    """Weights are multiples of 1 over this; 0: any numbers."""
    effort: int | None = None
    """z3's limit (`rlimit`) for each class; None: as long as it takes."""


@dataclass(frozen=True)
class Shape:
    """Which codes are looked for, and which units hear which."""

    groups: tuple[int, ...]
    """So many units each. A unit hears those of its own group and of the later ones; one group: all hear all."""
    signed: bool
    """May units show -1, beside 0 and 1?"""


@dataclass(frozen=True)
class RestoringQuery:
    """Are there codes for the states of an automaton, and threshold units that write them afresh at each step?"""

    next: tuple[tuple[int, ...], ...]
    """State, symbol -> state. State 0 is the start, where all units show 0."""
    columns: tuple[Vector, ...]
    """The input columns of each symbol."""
    owed: tuple[tuple[Demand, ...], ...]
    """What z owes on entering each state, the bounds of which are numbers."""
    hidden: int
    shown: Fraction | None
    """What a unit that is on shows, where outputs are read of units; None where there is a layer."""
    seed: int = 0
    effort: int | None = None
    """z3's limit (`rlimit`) for each shape and attempt; None: as long as it takes."""


@dataclass(frozen=True)
class RegistersQuery:
    """Is there a design in which every unit holds a form over the registers?"""

    tables: tuple[TransitionTable, ...]
    """The spec cut into modes in different ways: the first that has a design is taken."""
    cell: Cell
    width: int
    """How many units say an output."""
    exactly: bool
    """Has the design as many units as the cell? Otherwise it has as many as it takes."""


@dataclass(frozen=True)
class SayingQuery:
    """Does one unit say these outputs 0 and 1 of an automaton, whatever the others do?"""

    columns: tuple[Vector, ...]
    """Of each input."""
    moves: tuple[tuple[int | None, ...], ...]
    """By state and input. The initial state is 0; None never comes."""
    owed: tuple[tuple[bool | None, ...], ...]
    """1, 0 or anything."""
    writing: tuple[Gate, ...]
    """Gates whose product is written and shown; beside them there is f."""


@dataclass(frozen=True)
class Saying:
    """Gates of such a unit, on an automaton in which each state also tells what the unit holds."""

    states: tuple[int, ...]
    """Which state of the query's automaton each is."""
    moves: tuple[tuple[int | None, ...], ...]
    slopes: Mapping[Gate, Vector]
    shifts: Mapping[Gate, Vector]
    """By state."""


@dataclass(frozen=True)
class SignsQuery:
    """Do signs of one unit's gates tell that it cannot say what is owed after these strings, and on which of them?"""

    choice: CellChoice
    unit: int
    due: tuple[tuple[tuple[Vector, ...], Signs], ...]
    """Each string, and the signs that h of the unit may have after it."""


@dataclass(frozen=True)
class StringsQuery:
    """Are there any weights at all that do right on these strings, for all large K where they hold K?"""

    spec: Spec
    strings: tuple[EndlessString, ...]
    cell: Cell
    initial: State
    constraints: Constraints
    seed: int = 0
    free_c: bool = False
    free_h: bool = False


@dataclass(frozen=True)
class UnrollQuery:
    """Do these weights fail after exactly so many steps, on any inputs at all?"""

    spec: Spec
    weights: Weights
    length: int
    seed: int = 0


@dataclass(frozen=True)
class Design:
    """Weights and the refinement map, by mode: c and h [H] as forms over the mode's variables."""

    weights: Weights
    c: Mapping[str, tuple[Affine, ...]]
    h: Mapping[str, tuple[Affine, ...]]
    table: TransitionTable
    """The modes that the map is about: those of the query, with its sinks settled."""


@dataclass(frozen=True)
class Restoring:
    """The code of each state that is entered, -1, 0 or 1 for each unit, and weights that realise them.

    By these, every argument that matters is at least 1 or at most -1, and z of a layer is 1 beyond what it owes.
    """

    codes: Mapping[int, tuple[int, ...]]
    weights: Mapping[Parameter, Fraction]


@dataclass(frozen=True, slots=True)
class NoDesign:
    """None exists in the class that was searched."""


@dataclass(frozen=True, slots=True)
class Undecided:
    """The solver gave up."""

    reason: str


@dataclass(frozen=True, slots=True)
class Candidate:
    """Weights that do right on the strings, or are near such weights where those are irrational."""

    weights: Weights


@dataclass(frozen=True, slots=True)
class NoWeights:
    """None do; the strings with these numbers show it already."""

    core: tuple[int, ...]


class Opinion(Enum):
    """What a solver says of the claim that no weights do right on some strings."""

    AGREES = "agrees"
    DISAGREES = "disagrees"
    UNDECIDED = "gave no answer"


@dataclass(frozen=True)
class FailingRun:
    """Inputs on which they do, as the solver sees it."""

    inputs: tuple[Mapping[str, Constant], ...]


@dataclass(frozen=True, slots=True)
class NoFailingRun:
    """They do not."""


UnrollAnswer: TypeAlias = FailingRun | NoFailingRun | Undecided
DesignAnswer: TypeAlias = Design | NoDesign | Undecided
RestoringAnswer: TypeAlias = Restoring | NoDesign | Undecided
StringsAnswer: TypeAlias = Candidate | NoWeights | Undecided
