"""Derivation cases: TOML text to a `DerivationCase`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from pydantic import ValidationError

from lstmsolve.formats.cases import MAX_CASE, schema_complaints
from lstmsolve.formats.derivations.schema import FORMAT, DerivationFile
from lstmsolve.formats.files import other_file, parse_toml, read_text
from lstmsolve.kernel.base.errors import Complaints, InputError
from lstmsolve.model.derivations import DerivationCase


def read_derivation(path: Path) -> DerivationCase:
    """The derivation case of a file; its formulas are not read yet.

    Raises:
        InputError: with every complaint about the file's structure.
    """
    try:
        text = read_text(path, MAX_CASE)
        other = other_file(text, "derivation")
        if other is not None:
            raise other
        case = parse_derivation(text)
    except InputError as error:
        raise error.within(str(path)) from None
    if case.name != path.stem:
        note = f"the case calls itself {case.name!r}, its file {path.name!r}"
        return replace(case, notes=(*case.notes, note))
    return case


def parse_derivation(text: str) -> DerivationCase:
    """The derivation case that a text states."""
    try:
        case = DerivationFile.model_validate(parse_toml(text)).case()
    except ValidationError as error:
        raise InputError(schema_complaints(error, "docs/gradients.md")) from None
    complaints = Complaints()
    seen: set[str] = set()
    for number, claim in enumerate(case.claims):
        if claim.id in seen:
            complaints.add(f"claims.{number}.id", "another claim has this id", claim.id)
        seen.add(claim.id)
    complaints.refuse()
    return case


def is_derivation(path: Path) -> bool:
    """Does the file call itself a derivation case? False also for a file that cannot be read."""
    try:
        return parse_toml(read_text(path, MAX_CASE)).get("format") == FORMAT
    except InputError:
        return False
