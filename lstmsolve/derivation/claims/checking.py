"""Claims judged: for sense, on the unrolled net, by proof; and those that fail, explained and corrected."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from typing import Final, TypeAlias

from lstmsolve.derivation.claims.repairing import SCREENS, Mended, Repairer, proof, question_about
from lstmsolve.derivation.claims.statements import Claim, free_indices
from lstmsolve.derivation.language.formulas import (
    Derivative,
    Formula,
    index_forms,
    rebuilt,
    substitute,
)
from lstmsolve.derivation.language.latex import latex_equation
from lstmsolve.derivation.language.writing import write_equation
from lstmsolve.derivation.proof.casework import farthest
from lstmsolve.derivation.recurrences.systems import System
from lstmsolve.derivation.trial.arithmetic import DIGITS, Undefined, agreed_digits
from lstmsolve.derivation.trial.evaluation import Element
from lstmsolve.derivation.trial.laboratory import INSTANCES, Laboratory, Question, Trial
from lstmsolve.derivation.trial.unrolled import spell
from lstmsolve.kernel.base.affine import Affine
from lstmsolve.kernel.base.errors import LimitReached
from lstmsolve.kernel.base.numbers import format_number
from lstmsolve.model.derivations import ClaimFails, ClaimHolds, ClaimOpen, ClaimReport, Witness
from lstmsolve.model.watch import UNWATCHED, Watch

SHOWN_DIGITS: Final = 30


@dataclass(frozen=True, slots=True)
class Proved:
    """Proved for all sizes, and in agreement with the unrolled net at so many places."""

    how: str
    places: int


@dataclass(frozen=True, slots=True)
class Refuted:
    """Ill-formed, or false where the trial says; None if it is false nowhere that was tried."""

    trial: Trial | None


@dataclass(frozen=True, slots=True)
class Unproved:
    """In agreement at so many places, and not proved."""

    places: int
    why: str
    """Why there is no proof."""


Settled: TypeAlias = Proved | Refuted | Unproved


class Checker:
    """Judges the claims of one system, in their order: later ones may repeat the slips of earlier ones."""

    def __init__(self, system: System, claims: tuple[Claim, ...], seed: int = 0, watch: Watch = UNWATCHED) -> None:
        said = [side for claim in claims for side in (claim.left, claim.right)]
        self._system = system
        self._claims = {claim.id: claim for claim in claims}
        self._watch = watch
        self.laboratory = Laboratory(system, seed, farthest([*system.formulas, *said]), watch)
        self._repairer = Repairer(system, self.laboratory, watch)
        self._failed: dict[str, Mended] = {}

    def judge_all(self) -> Iterator[ClaimReport]:
        """A report for each claim; those that time does not suffice for are open."""
        late: str | None = None
        for number, claim in enumerate(self._claims.values(), 1):
            if late is None:
                self._watch.say(f"claim {number} of {len(self._claims)}: {claim.id}")
                try:
                    yield self.judge(claim)
                    continue
                except LimitReached as error:
                    late = str(error)
            yield ClaimOpen(claim.id, *self._shown(claim), claim.place, f"not settled: {late}")

    def judge(self, claim: Claim) -> ClaimReport:
        """The report about one claim; its chain's earlier claims must have been judged before."""
        shown = self._shown(claim)
        match self.settle(claim):
            case Proved(how, places):
                said = f"proved for all sizes {how}; {self._agreement(places)}"
                return ClaimHolds(claim.id, *shown, claim.place, said)
            case Unproved(places, why):
                said = f"{why}; {self._agreement(places)}" if places else why
                return ClaimOpen(claim.id, *shown, claim.place, said)
            case Refuted(trial):
                return self._failure(claim, trial)

    def settle(self, claim: Claim) -> Settled:
        """Is the claim true? Without explanations, which take longer."""
        places, failing = self._tried(claim)
        if failing is not None or claim.flaws:
            return Refuted(failing)
        if not places:
            return Unproved(0, "at no sizes that were tried does the left side exist")
        try:
            found = proof(claim.left, self._system.spelled_out(claim.right), self._system, self._watch)
        except LimitReached as error:
            return Unproved(places, f"not proved: {error}")
        return Unproved(places, "no proof for all sizes was found") if found is None else Proved(found, places)

    def _agreement(self, places: int) -> str:
        largest = self.laboratory.largest_sizes()
        sizes = f", sizes up to {', '.join(f'{name} = {size}' for name, size in largest.items())}" if largest else ""
        return f"agrees with the unrolled net to {agreed_digits(DIGITS)} digits at {places} places{sizes}"

    def _tried(self, claim: Claim) -> tuple[int, Trial | None]:
        """How many places agreed, and the first one that does not."""
        unknown = tuple(flaw.unknown for flaw in claim.flaws if flaw.unknown is not None)
        free = tuple(flaw.free for flaw in claim.flaws if flaw.free is not None)
        indices = free_indices(claim.left, self._system) + free
        question = Question(claim.left, self._readable(claim.right), indices, unknown)
        agreed = 0
        for trial in self.laboratory.trials(question, range(INSTANCES)):
            if not trial.agrees and self._confirmed(question, trial):
                return agreed, trial
            agreed += 1
        return agreed, None

    def _readable(self, right: Formula) -> Formula:
        """Names of derivatives spelled out, except where they are used with wrong indices."""
        try:
            return self._system.spelled_out(right)
        except ValueError:
            return right

    def _confirmed(self, question: Question, trial: Trial) -> bool:
        """Does the difference stand at twice the digits?"""
        again = self.laboratory.trials(question, [trial.number], 2 * DIGITS)
        return any(trial.stands(other) for other in again if other.at == trial.at)

    def _failure(self, claim: Claim, failing: Trial | None) -> ClaimFails:
        carried: str | None = None
        repeated: str | None = None
        try:
            mended = self._repairer.mend(claim)
            carried = self._carried_from(claim)
            repeated = self._repeated(mended) if carried is None else None
            self._failed[claim.id] = mended
            why = self._why(claim, failing, mended, carried, repeated)
            change = (
                " and ".join(each.says for each in mended.changes)
                or "the formula as it is derived, for no small change mends the line"
            )
        except LimitReached as error:
            mended = Mended(self._repairer.derived(claim), ())
            why = f"the two sides differ; nothing smaller was found to mend it: {error}"
            change = "the formula as it is derived"
        return ClaimFails(
            claim.id,
            *self._shown(claim),
            claim.place,
            why=why,
            witness=None if failing is None else self._witness(claim, failing),
            corrected=write_equation(claim.shown_left, mended.right),
            corrected_latex=latex_equation(claim.shown_left, mended.right),
            change=change,
            carried_from=carried,
            slips=tuple(dict.fromkeys(each.slip.value for each in mended.changes)),
            repeats=repeated,
        )

    def _repeated(self, mended: Mended) -> str | None:
        """The first earlier claim that was mended by the same kinds of change."""
        kinds = {change.slip for change in mended.changes}
        alike = (id for id, other in self._failed.items() if kinds and {c.slip for c in other.changes} == kinds)
        return next(alike, None)

    def _why(
        self, claim: Claim, failing: Trial | None, mended: Mended, carried: str | None, repeated: str | None
    ) -> str:
        said = [flaw.message for flaw in claim.flaws]
        if failing is not None and isinstance(failing.right, Undefined) and not said:
            said.append(failing.right.reason)
        if carried is not None:
            said.append(f"the slip is that of {carried}" if not said else f"it repeats the slip of {carried}")
        elif not said:
            said.append("the two sides differ")
        if carried is None and claim.after in self._failed and not self._follows(claim):
            said.append(f"it does not follow from the line before, {claim.after}")
        if mended.changes:
            said.append(f"it holds with {' and '.join(change.says for change in mended.changes)}")
        if repeated is not None:
            said.append(f"{repeated} has a slip of the same kind")
        return "; ".join(said)

    def _carried_from(self, claim: Claim) -> str | None:
        """The earlier failed claim that this one, made sensible, merely makes use of."""
        for right, _ in self._repairer.sensible(claim):
            for source, formula in self._wrong_lines(claim):
                if self._equal(claim.left, right, formula):
                    return source
        return None

    def _follows(self, claim: Claim) -> bool:
        """Does the claim, made sensible, say what the failed line before it says, made sensible?"""
        before = self._claims[claim.after or ""]
        sides = ([right for right, _ in self._repairer.sensible(c)] for c in (claim, before))
        return any(self._equal(claim.left, one, other) for one, other in product(*sides))

    def _wrong_lines(self, claim: Claim) -> Iterator[tuple[str, Formula]]:
        """Formulas for the same left side that follow from an earlier failed claim."""
        before = self._claims.get(claim.after or "")
        for source in self._failed:
            wrong = self._claims[source]
            if source == claim.id:
                continue
            if wrong.left == claim.left and not wrong.flaws:
                yield source, wrong.right
            if before is not None and not before.flaws:
                used = _with_claim(self._system.spelled_out(before.right), wrong)
                if used is not None:
                    yield source, used

    def _equal(self, left: Derivative, one: Formula, other: Formula) -> bool:
        """Do two right sides agree wherever they are tried?"""
        for digits, numbers in ((None, SCREENS), (DIGITS, range(INSTANCES))):
            questions = [question_about(left, side, self._system) for side in (one, other)]
            if questions[0] is None or questions[1] is None:
                return False
            pairs = zip(*(self.laboratory.trials(q, numbers, digits) for q in questions if q is not None), strict=True)
            for a, b in pairs:
                if isinstance(a.right, Undefined) or isinstance(b.right, Undefined):
                    return False
                if not a.net.arithmetic.close(a.right, b.right):
                    return False
        return True

    def _witness(self, claim: Claim, trial: Trial) -> Witness:
        data, arithmetic = trial.net.data, trial.net.arithmetic
        unknown = [flaw.unknown for flaw in claim.flaws if flaw.unknown is not None]
        right = trial.right
        return Witness(
            sizes=dict(data.sizes),
            indices={name: value for name, value in trial.at.items() if name not in data.sizes},
            parameters=_numbers(data.parameters),
            inputs=_numbers(data.inputs),
            unknowns={name: str(value) for name, value in self.laboratory.imagined(trial.number, unknown).items()},
            left=arithmetic.text(trial.left, SHOWN_DIGITS),
            right=right.reason if isinstance(right, Undefined) else arithmetic.text(right, SHOWN_DIGITS),
        )

    def _shown(self, claim: Claim) -> tuple[str, str]:
        return claim.said or write_equation(claim.shown_left, claim.right), latex_equation(
            claim.shown_left, claim.right
        )


def _with_claim(formula: Formula, claim: Claim) -> Formula | None:
    """The formula with a claim used as if it were true; None if it has no place there."""
    used = False

    def change(node: Formula) -> Formula:
        nonlocal used
        if isinstance(node, Derivative):
            values = _instance(claim.left, node)
            if values is not None:
                used = True
                return substitute(claim.right, values)
        return rebuilt(node, change)

    changed = change(formula)
    return changed if used else None


def _instance(pattern: Derivative, node: Derivative) -> Mapping[str, Affine] | None:
    """The values of the pattern's index variables that make it this node."""
    if (pattern.total, pattern.of.name, pattern.by.name) != (node.total, node.of.name, node.by.name):
        return None
    values: dict[str, Affine] = {}
    for form, wanted in zip(index_forms(pattern), index_forms(node), strict=True):
        variable = "".join(form.variables)
        if form == Affine.variable(variable):
            if values.setdefault(variable, wanted) != wanted:
                return None
        elif form != wanted:
            return None
    return values


def _numbers(table: Mapping[Element, Fraction]) -> dict[str, str]:
    return {spell(element): format_number(value) for element, value in table.items()}
