"""An answer that somebody handed in: weights, or a family of them, in whatever format."""

from __future__ import annotations

from pathlib import Path

from lstmsolve.formats.families import read_family
from lstmsolve.formats.files import read_bytes
from lstmsolve.formats.weights.decoding import decoded, is_numpy
from lstmsolve.formats.weights.reading import MAX_WEIGHTS, is_family, read_weights
from lstmsolve.kernel.base.errors import InputError
from lstmsolve.kernel.lstm.cells import Weights
from lstmsolve.kernel.spec.problems import Problem
from lstmsolve.model.families import Family


def read_answer(path: Path, problem: Problem) -> Weights | Family:
    """The weights of a file, or the family where it states conditions.

    Raises:
        InputError: with every complaint about the file.
    """
    return read_family(path) if holds_family(path) else read_weights(path, problem)


def holds_family(path: Path) -> bool:
    """Does a file state conditions? One that cannot be read states none."""
    suffix = path.suffix.lower()
    try:
        data = read_bytes(path, MAX_WEIGHTS)
        return not is_numpy(data, suffix) and is_family(decoded(data)[0], suffix)
    except (InputError, RecursionError):
        return False
