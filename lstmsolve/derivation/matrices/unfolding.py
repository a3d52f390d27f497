"""A case with [shapes], in matrix notation, as the same case in indices.

A name with a shape gets an index for each of its axes, after those that it is declared with: with h = "H" under
[shapes], `h[n]` is `h[n, i]`. Derivatives have the shape of what is moved (dL/dW that of W); of a vector by a
vector they are a matrix, with a row for each element of the former.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from lstmsolve.derivation.language.formulas import Derivative, Formula, Ref
from lstmsolve.derivation.language.indices import Span
from lstmsolve.derivation.language.reading import RESERVED, Vocabulary, read_formula
from lstmsolve.derivation.language.writing import write, write_index, write_ref
from lstmsolve.derivation.matrices.entries import Entries, Turned
from lstmsolve.derivation.matrices.reading import read_matrices, read_matrix_equation
from lstmsolve.derivation.matrices.tensors import Indices, ShapeError, Tensor
from lstmsolve.kernel.base.affine import Affine
from lstmsolve.kernel.base.errors import Complaints
from lstmsolve.kernel.language.expressions import ExpressionError
from lstmsolve.kernel.language.syntax import caret
from lstmsolve.kernel.spec.domains import IntegerRange
from lstmsolve.model.derivations import ClaimText, ClassIndex, DerivationCase

_LETTERS: Final = "ijklmpqrs"
_TABLES: Final = ("let", "signals", "loss", "given", "names")
_INDICES: Final = (ClassIndex, IntegerRange)
_PLAIN: Final = Vocabulary((), ())


def in_indices(case: DerivationCase) -> DerivationCase:
    """The case without [shapes]; itself, if it has none.

    Raises:
        InputError: with every complaint about its shapes.
    """
    if not case.shapes:
        return case
    complaints = Complaints()
    unfolding = _Unfolding(case, complaints)
    complaints.refuse()
    found = unfolding.case()
    complaints.refuse()
    return found


@dataclass(frozen=True, slots=True)
class _Head:
    name: str
    own: tuple[str, ...]
    """The indices that it is declared with."""


class _Unfolding:
    def __init__(self, case: DerivationCase, complaints: Complaints) -> None:
        self._case = case
        self._complaints = complaints
        self._heads: dict[tuple[str, str], _Head] = {}
        for table in ("inputs", "parameters", *_TABLES):
            for key in getattr(case, table):
                head = _head(key)
                if head is not None:
                    self._heads[table, key] = head
        names = {head.name for head in self._heads.values()}
        positions = frozenset({*case.sizes, *case.time, *case.indices})
        anywhere = Span(Affine.lift(0), Affine.lift(0))  # their ranges are for whoever reads the case in indices
        classes = {key.partition("[")[0]: anywhere for key, d in case.inputs.items() if isinstance(d, _INDICES)}
        self._vocabulary = Vocabulary(names | positions | _given_losses(case), positions, classes)
        self._shapes = {name: self._shape(name, text) for name, text in case.shapes.items()}
        for name in case.shapes:
            if name not in names:
                complaints.add(f"shapes.{name}", "nothing of this name is declared")
        self._bare = sorted(names - self._shapes.keys())
        lengths = dict.fromkeys(axis for shape in self._shapes.values() for axis in shape)
        self._letters = self._named(lengths)
        own = {head.name: len(head.own) for head in self._heads.values()}
        indices = Indices(self._letters, frozenset({*names, *case.sizes, *case.time, *RESERVED}))
        self._entries = Entries(self._shapes, own, indices)

    def case(self) -> DerivationCase:
        """The case in indices."""
        case = self._case
        self._name_derivatives()
        self._complaints.refuse()
        indices = dict(case.indices)
        for length, letters in self._letters.items():
            indices.update({letter: f"0..{write_index(length - 1)}" for letter in letters if letter not in indices})
        tables = {table: self._table(table) for table in _TABLES}
        self._complaints.refuse()
        return replace(
            case,
            shapes={},
            indices=indices,
            inputs={self._key("inputs", key): domain for key, domain in case.inputs.items()},
            parameters={self._key("parameters", key): domain for key, domain in case.parameters.items()},
            let=tables["let"],
            signals=tables["signals"],
            loss=tables["loss"],
            given=tables["given"],
            names=tables["names"],
            claims=tuple(self._claims()),
        )

    def _shape(self, name: str, text: str) -> tuple[Affine, ...]:
        """`H, D` or `H x D`."""
        axes = []
        for part in text.replace("×", ",").replace(" x ", ",").split(","):
            try:
                ref = read_formula(f"i[{part.strip()}]", _PLAIN)
            except ExpressionError:
                ref = None
            if (
                not isinstance(ref, Ref)
                or len(ref.indices) != 1
                or not set(ref.indices[0].variables) <= set(self._case.sizes)
            ):
                self._complaints.add(f"shapes.{name}", 'a shape is made of sizes, "H" or "H, D"', text)
                return ()
            axes.append(ref.indices[0])
        return tuple(axes)

    def _named(self, lengths: Mapping[Affine, None]) -> dict[Affine, list[str]]:
        """Two index variables for each length: those that are declared, then new ones."""
        used = {*self._vocabulary.names}
        found: dict[Affine, list[str]] = {}
        fresh = (letter + number for number in ("", "2", "3", "4") for letter in _LETTERS)
        for length in lengths:
            wanted = f"0..{write_index(length - 1)}"
            names = [name for name, text in self._case.indices.items() if text.replace(" ", "") == wanted]
            while len(names) < 2:
                letter = next(fresh)
                if letter not in used:
                    used.add(letter)
                    names.append(letter)
            found[length] = names
        return found

    def _name_derivatives(self) -> None:
        """Names of derivatives, and what is given, have the shapes of what they stand for."""
        for table in ("given", "names"):
            texts: Mapping[str, str] = getattr(self._case, table)
            for key, text in texts.items():
                tensor = self._tensor(f'{table}."{key}"', text)
                if tensor is not None and (table, key) in self._heads:
                    self._shapes[self._heads[table, key].name] = tensor.axes

    def _tensor(self, key: str, text: str) -> Tensor | None:
        try:
            return self._entries.tensor(read_matrices(text, self._vocabulary))
        except ExpressionError as error:
            self._complaints.add(key, str(error), text, caret(text, error.at))
        except ShapeError as error:
            bare = [name for name in self._bare if re.search(rf"(?<![\w]){re.escape(name)}(?![\w])", text)]
            hint = f"; without a shape here, and so numbers: {', '.join(bare)}" if bare else ""
            self._complaints.add(key, f"{error}{hint}", text)
        return None

    def _key(self, table: str, key: str) -> str:
        head = self._heads.get((table, key))
        return key if head is None else write_ref(self._element(head)[0])

    def _element(self, head: _Head) -> tuple[Ref, tuple[Affine, ...]]:
        """The name at its own indices and one for each axis; and the latter."""
        at: list[Affine] = []
        taken = frozenset(head.own)
        for length in self._shapes.get(head.name, ()):
            letter = next((name for name in self._letters[length] if name not in taken), None)
            letter = letter or self._entries.indices.free(length, taken)
            taken |= {letter}
            at.append(Affine.variable(letter))
        return Ref(head.name, (*map(Affine.variable, head.own), *at)), tuple(at)

    def _table(self, table: str) -> dict[str, str]:
        texts: Mapping[str, str] = getattr(self._case, table)
        found: dict[str, str] = {}
        for key, text in texts.items():
            head = self._heads.get((table, key))
            tensor = self._tensor(f'{table}."{key}"', text)
            if head is None or tensor is None:
                found[key] = text
                continue
            ref, at = self._element(head)
            wanted = self._shapes.get(head.name, ())
            if tensor.axes != wanted and not (tensor.constant and not tensor.axes):
                said = Tensor(wanted, tensor.entry).shape
                message = f"the formula is {tensor.shape}, and {head.name} {said} by [shapes]"
                self._complaints.add(f'{table}."{key}"', message, text)
                continue
            found[write_ref(ref)] = write(tensor.entry(at if tensor.axes else (), _used(ref)))
        return found

    def _claims(self) -> Iterator[ClaimText]:
        left: Formula | None = None
        for claim in self._case.claims:
            try:
                own, right = read_matrix_equation(claim.text, self._vocabulary)
            except ExpressionError as error:
                self._complaints.add(f"claims.{claim.id}", str(error), claim.text, caret(claim.text, error.at))
                continue
            left = own or left
            if left is None:
                yield claim
                continue
            found = self._claim(claim, left, right, own is None)
            if found is not None:
                yield found

    def _claim(self, claim: ClaimText, left: Formula, right: Formula, chained: bool) -> ClaimText | None:
        turned: list[Turned] = []
        try:
            wanted = self._entries.tensor(left)
            said = self._entries.tensor(right, turned)
        except ShapeError as error:
            return self._misshapen(claim, left, f"{error}, and no transpose makes it fit", chained)
        if said.axes != wanted.axes and said.axes == wanted.axes[::-1]:
            turned.append(
                Turned(f"the right side is {said.shape}, the left one {wanted.shape}", "the right side transposed")
            )
            said = said.transposed()
        if said.axes != wanted.axes and not (said.constant and not said.axes):
            message = f"the right side is {said.shape}, the left one {wanted.shape}"
            return self._misshapen(claim, left, message, chained)
        own = _own_indices(left)
        at = self._places(wanted, own)
        names = frozenset(own) | {name for form in at for name in form.variables}
        text = f"{write(wanted.entry(at, names))} = {write(said.entry(at if said.axes else (), names))}"
        shown = f"{write(left)} {claim.text.strip()}" if chained else claim.text.strip()
        return replace(claim, text=text, said=shown, turned=tuple((t.why, t.says) for t in turned), chained=chained)

    def _misshapen(self, claim: ClaimText, left: Formula, why: str, chained: bool) -> ClaimText | None:
        """A claim that no transpose makes sensible; its right side does not matter then."""
        try:
            wanted = self._entries.tensor(left)
        except ShapeError as error:
            self._complaints.add(f"claims.{claim.id}", str(error), claim.text)
            return None
        own = _own_indices(left)
        at = self._places(wanted, own)
        shown = f"{write(left)} {claim.text.strip()}" if chained else claim.text.strip()
        text = f"{write(wanted.entry(at, own))} = 0"
        return replace(claim, text=text, said=shown, turned=((why, ""),), chained=chained)

    def _places(self, wanted: Tensor, own: frozenset[str]) -> tuple[Affine, ...]:
        at: list[Affine] = []
        taken = own
        for length in wanted.axes:
            letter = next((name for name in self._letters.get(length, ()) if name not in taken), None)
            letter = letter or self._entries.indices.free(length, taken)
            taken |= {letter}
            at.append(Affine.variable(letter))
        return tuple(at)


def _head(key: str) -> _Head | None:
    try:
        ref = read_formula(key, _PLAIN)
    except ExpressionError:
        return None  # whoever reads the case in indices complains
    if not isinstance(ref, Ref):
        return None
    return _Head(ref.name, tuple("".join(form.variables) for form in ref.indices))


def _given_losses(case: DerivationCase) -> frozenset[str]:
    """Losses that are spoken of under [given] alone: L of ∂L/∂h[n]."""
    found = set()
    for text in case.given.values():
        try:
            formula = read_formula(text, _PLAIN)
        except ExpressionError:
            continue
        if isinstance(formula, Derivative):
            found.add(formula.of.name)
    return frozenset(found)


def _own_indices(left: Formula) -> frozenset[str]:
    refs = (left.of, left.by) if isinstance(left, Derivative) else (left,) if isinstance(left, Ref) else ()
    return frozenset(name for ref in refs for form in ref.indices for name in form.variables)


def _used(ref: Ref) -> frozenset[str]:
    return frozenset(name for form in ref.indices for name in form.variables)
