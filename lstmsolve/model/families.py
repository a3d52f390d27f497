"""A family: a stated set of weights, such as a published answer, and what was found out about it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Literal

from lstmsolve.kernel.base.errors import Complaint, InputError
from lstmsolve.kernel.lstm.cells import Weights
from lstmsolve.kernel.spec.problems import Constraints, Problem, size_complaints
from lstmsolve.model.shown import Shown
from lstmsolve.model.traces import Counterexample

FamilyVerdict = Literal["exact", "sound", "unsound", "unknown"]


@dataclass(frozen=True)
class Family:
    """The weights that satisfy some conditions."""

    name: str
    constraints: Constraints
    title: str = ""
    source: str = ""
    origin: str = ""
    """The file it was read from."""
    notes: tuple[str, ...] = field(default=(), compare=False)
    """What was repaired on reading it, for the user to know."""

    def fit(self, problem: Problem) -> None:
        """Refuse conditions that make no sense for the problem's cell. It has one hidden size.

        Raises:
            InputError: an unknown weight, or a condition that is not linear.
        """
        complaints = size_complaints(replace(problem, constraints=self.constraints))
        if complaints:
            raise InputError(complaints, self.origin or self.name)


@dataclass(frozen=True, slots=True)
class FailingMember:
    """A member of the family that does not meet the spec, with a run that shows it."""

    weights: Weights
    counterexample: Counterexample


@dataclass(frozen=True, repr=False)
class FamilyJudged(Shown):
    """Does every member of a family meet the spec, and is every solution a member? None: open."""

    family: Family
    sound: bool | None
    complete: bool | None
    failing: FailingMember | None
    """Where it is not sound."""
    outside: Weights | None
    """Where it is not complete: weights that were proved, and are no member."""
    reason: str

    @property
    def verdict(self) -> FamilyVerdict:
        if self.sound is None:
            return "unknown"
        if not self.sound:
            return "unsound"
        return "exact" if self.complete else "sound"


def nobody(family: Family, problem: Problem) -> InputError:
    """The error of a family without members among the weights that the problem allows."""
    theirs = (
        "all its conditions" if problem.constraints.is_empty else "its conditions and those of the case's [weights]"
    )
    message = f"no weights satisfy {theirs}, so the family is empty and there is nothing to judge"
    return InputError([Complaint("weights", message)], family.origin or family.name)
