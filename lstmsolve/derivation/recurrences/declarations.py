"""What a derivation case declares: names with their indices, sizes and ranges."""

from __future__ import annotations

import re
from collections.abc import Mapping
from fractions import Fraction
from typing import Final

from lstmsolve.derivation.language.formulas import Formula, Ref
from lstmsolve.derivation.language.indices import Scope, Size, Span
from lstmsolve.derivation.language.reading import RESERVED, Vocabulary, is_name, read_formula
from lstmsolve.derivation.language.selecting import spelled_out
from lstmsolve.derivation.recurrences.systems import Leaf
from lstmsolve.kernel.base.affine import Affine
from lstmsolve.kernel.base.errors import Complaints
from lstmsolve.kernel.language.expressions import ExpressionError
from lstmsolve.kernel.language.syntax import caret
from lstmsolve.kernel.spec.domains import Domain, IntegerRange, Listed
from lstmsolve.model.derivations import ClassIndex, DerivationCase, InputDomain, OneHot

_SIZE: Final = re.compile(r" *([0-9]{1,6}) *(?:(\.\.) *([0-9]{1,6})?)? *")
_NO_WORDS: Final = Vocabulary((), ())

Indices = tuple[str, ...]


class Declarations:
    """The declarations of one case; what is wrong with them goes to `complaints`."""

    def __init__(self, case: DerivationCase, complaints: Complaints) -> None:
        self._case = case
        self._complaints = complaints
        self._keys: dict[tuple[str, str], str] = {}
        self._tables: dict[str, str] = {}
        self.time = next(iter(case.time), None)
        self.sizes = self._sizes()
        self.spans = self._spans()
        self.classes: dict[str, Span] = {}
        self.inputs = self._leaves("inputs", case.inputs)
        self.parameters = self._leaves("parameters", case.parameters)
        self.heads: Mapping[str, Mapping[str, Indices]] = {
            table: self._heads(table) for table in ("let", "signals", "loss", "given", "names")
        }
        """For each table the names it defines, with their index variables."""

    @property
    def names(self) -> frozenset[str]:
        """Everything declared."""
        return frozenset(self._tables)

    @property
    def vocabulary(self) -> Vocabulary:
        return Vocabulary(self.names, frozenset({*self.spans, *self.sizes}), self.classes)

    def key(self, table: str, name: str) -> str:
        """The place of a name in the file, as complaints name it."""
        return spelled_key(table, self._keys[table, name])

    def text(self, table: str, name: str) -> str:
        texts: Mapping[str, str] = getattr(self._case, table)
        return texts[self._keys[table, name]]

    def declare(self, table: str, name: str, key: str) -> None:
        """Note a name, and complain where it cannot be one."""
        self._keys[table, name] = key
        if name in RESERVED:
            self._complaints.add(spelled_key(table, key), f"{name!r} has a meaning in formulas; choose another name")
        elif name in self._tables:
            message = f"{name!r} is already declared under [{self._tables[name]}]"
            self._complaints.add(spelled_key(table, key), message)
        elif not is_name(name):
            self._complaints.add(spelled_key(table, key), "a name is made of letters, digits and _", name)
        self._tables.setdefault(name, table)

    def refuse_differentials(self) -> None:
        """Complain about names that could be read as differentials: dh where h is declared too."""
        for name, table in self._tables.items():
            if name[:1] in ("d", "p") and name[1:] in self._tables:
                message = f"{name!r} could also be read as a differential of {name[1:]!r}; choose another name"
                self._complaints.add(self.key(table, name), message)

    def read(self, table: str, name: str) -> Formula | None:
        """The formula that stands at a key, or None after a complaint."""
        text = self.text(table, name)
        try:
            return spelled_out(read_formula(text, self.vocabulary), self.vocabulary)
        except ExpressionError as error:
            self._complaints.add(self.key(table, name), str(error), text, caret(text, error.at))
            return None

    def _sizes(self) -> dict[str, Size]:
        found = {}
        for name, text in self._case.sizes.items():
            self.declare("sizes", name, name)
            match = _SIZE.fullmatch(text)
            low = int(match[1]) if match else 1
            high = None if match and match[2] and not match[3] else int(match[3] or low) if match else 0
            if high is not None and high < low:
                self._complaints.add(f"sizes.{name}", 'a size is a whole number, "1..", or "2..8"', text)
            else:
                found[name] = Size(low, high)
        return found

    def _spans(self) -> dict[str, Span]:
        """Every index variable, time first; a range may mention sizes and indices before it."""
        found: dict[str, Span] = {}
        if len(self._case.time) > 1:
            self._complaints.add("time", "one index can be the time", ", ".join(self._case.time))
        for table, texts in (("time", self._case.time), ("indices", self._case.indices)):
            for name, text in texts.items():
                self.declare(table, name, name)
                span = self._span(f"{table}.{name}", text, {*self.sizes, *found})
                if span is not None:
                    found[name] = span
                    if table == "time" and span.low != Affine.lift(0):
                        self._complaints.add(f"time.{name}", "time starts at 0, as in 0..N-1", text)
        return found

    def _span(self, key: str, text: str, known: set[str]) -> Span | None:
        low, dots, high = text.partition("..")
        if not dots:
            self._complaints.add(key, 'a range of an index is written "0..N-1"', text)
            return None
        first, last = self._edge(key, low, text, 0, known), self._edge(key, high, text, len(low) + 2, known)
        return None if first is None or last is None else Span(first, last)

    def _edge(self, key: str, part: str, text: str, at: int, known: set[str]) -> Affine | None:
        try:
            # Read as an index, like those of sums and lags.
            ref = read_formula(f"i[{part}]", _NO_WORDS)
        except ExpressionError as error:
            self._complaints.add(key, str(error), text, caret(text, at + max(error.at - 2, 0)))
            return None
        form = ref.indices[0] if isinstance(ref, Ref) and len(ref.indices) == 1 else None
        unknown = [] if form is None else [name for name in form.variables if name not in known]
        if form is None or unknown:
            message = f"{unknown[0]!r} is not declared" if unknown else "an end of a range is such as 0 or N-1"
            self._complaints.add(key, message, text, caret(text, at))
            return None
        return form

    def _leaves(self, table: str, domains: Mapping[str, InputDomain]) -> dict[str, Leaf]:
        found = {}
        for key, given in domains.items():
            head = self._head(table, key)
            domain = self._domain(table, spelled_key(table, key), given)
            if head is None or domain is None:
                continue
            found[head[0]] = Leaf(*head, domain)
            if isinstance(domain, Span):
                self.classes[head[0]] = domain
            if table == "parameters" and self.time in head[1]:
                self._complaints.add(spelled_key(table, key), "a parameter does not depend on time; make it an input")
            if table == "parameters" and isinstance(domain, Listed):
                self._complaints.add(spelled_key(table, key), "a parameter is a real number, to differentiate by")
        return found

    def _domain(self, table: str, key: str, given: InputDomain) -> Domain | Span | None:
        match given:
            case OneHot():
                return Listed((Fraction(0), Fraction(1)))
            case ClassIndex(text):
                span = self._span(key, text, set(self.sizes))
                if span is None or Scope(self.sizes).never_negative(span.high - span.low):
                    return span
                self._complaints.add(key, "this range is empty at some sizes, and an index must be something", text)
                return None
            case IntegerRange(int(low), int(high)) if table == "inputs":
                return Span(Affine.lift(low), Affine.lift(high))
            case _:
                return given

    def _heads(self, table: str) -> dict[str, Indices]:
        keys: Mapping[str, str] = getattr(self._case, table)
        heads = [self._head(table, key) for key in keys]
        return {head[0]: head[1] for head in heads if head is not None}

    def _head(self, table: str, key: str) -> tuple[str, Indices] | None:
        """`h[n, j]` as its name and index variables."""
        place = spelled_key(table, key)
        try:
            ref = read_formula(key, _NO_WORDS)
        except ExpressionError as error:
            self._complaints.add(place, str(error), key, caret(key, error.at))
            return None
        if not isinstance(ref, Ref) or any(form != Affine.variable("".join(form.variables)) for form in ref.indices):
            self._complaints.add(place, "a name is written h, h[n] or h[n, j], with declared indices", key)
            return None
        indices = tuple("".join(form.variables) for form in ref.indices)
        unknown = [index for index in indices if index not in self.spans]
        message = None
        if unknown:
            message = f"{unknown[0]!r} is not declared under [time] or [indices]"
        elif len(set(indices)) < len(indices):
            message = "an index appears twice; declare a second one with the same range"
        elif self.time in indices[1:]:
            message = f"the time index {self.time} comes first"
        if message is not None:
            self._complaints.add(place, message, key)
            return None
        self.declare(table, ref.name, key)
        return ref.name, indices


def spelled_key(table: str, key: str) -> str:
    """A key as TOML writes it: `signals."h[n]"`, `parameters.w`."""
    return f"{table}.{key}" if key.isascii() and key.isidentifier() else f'{table}."{key}"'
