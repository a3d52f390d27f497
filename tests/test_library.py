"""The shipped cases mean what their titles say: each against its plain statement in `tests/library.py`."""

from __future__ import annotations

from fractions import Fraction
from itertools import product
from random import Random

import pytest

from lstmsolve import shipped_cases
from lstmsolve.api.loading.cases import load_case
from lstmsolve.kernel.base.affine import Affine
from lstmsolve.kernel.language.expressions import ANY
from lstmsolve.kernel.spec.specs import Spec
from lstmsolve.obligations.stepping.systems import lifted
from tests.library import LIBRARY, Columns, Entry, Letter

STRINGS = 1_000
"""Strings tried exhaustively, a case; lengths go up until there are more."""


def spec_says(spec: Spec, xs: list[Columns]) -> list[tuple[Fraction | None, ...]]:
    """What the case owes after each step, up to the first step that breaks its promise."""
    registers, said = spec.initial, []
    for x in xs:
        assert spec.is_legal(x)
        given = {name: lifted(value) for name, value in spec.decode(x).items()}
        if not spec.assumed(registers, given):
            break
        after = spec.step(registers, given)
        registers = dict(after.registers)
        said.append(tuple(None if owed is ANY else Affine.lift(owed).constant for owed in after.outputs))
    return said


def assert_agree(spec: Spec, entry: Entry, word: list[Letter]) -> None:
    said = spec_says(spec, [entry.letters[letter] for letter in word])
    prefixes = [word[: n + 1] for n in range(len(word))]
    assert len(said) == sum(map(entry.legal, prefixes)), word
    for prefix, got in zip(prefixes, said, strict=False):
        wanted = entry.says(prefix)
        expected = wanted if isinstance(wanted, tuple) else (wanted,) * len(got)
        assert got == expected, prefix


def test_every_shipped_case_is_in_the_library() -> None:
    assert set(LIBRARY) == set(shipped_cases())
    assert len(LIBRARY) >= 40


def test_every_shipped_case_has_a_title_and_a_source() -> None:
    for name, path in shipped_cases().items():
        problem = load_case(path)
        assert problem.name == name
        assert problem.title != name
        assert problem.source


@pytest.mark.parametrize("case", LIBRARY)
def test_cases_say_what_their_titles_say(case: str) -> None:
    entry, spec = LIBRARY[case], load_case(case).spec
    length = 1
    while len(entry.letters) ** (length + 1) <= STRINGS:
        length += 1
    for word in product(entry.letters, repeat=length):
        assert_agree(spec, entry, list(word))
    generator = Random(5)
    assert_agree(spec, entry, [generator.choice(list(entry.letters)) for _ in range(60)])
