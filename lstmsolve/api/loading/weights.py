"""Weights of files, texts and tables."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TypeAlias

from lstmsolve.api.loading.cases import is_there
from lstmsolve.formats.weights.reading import parse_weights, read_weights, weights_from_value
from lstmsolve.kernel.base.errors import InputError
from lstmsolve.kernel.lstm.cells import Weights
from lstmsolve.kernel.spec.problems import Problem

WeightsLike: TypeAlias = str | Path | Weights | Mapping[str, object]
"""A file, a text such as `"b_f=1, w_o=-1"`, weights, or a table of numbers, lists and arrays by name."""


def load_weights(weights: WeightsLike, problem: Problem | None = None) -> Weights:
    """The weights of a file, a text or a table, names left out being 0; `notes` say what was repaired.

    What they do not say of their cell, the problem says; else it is inferred. docs/weights.md has all that is read.

    Raises:
        InputError: with every complaint.
    """
    match weights:
        case Weights():
            return weights
        case Mapping():
            return weights_from_value(weights, problem)
        case str() if not is_there(Path(weights)) and any(sign in weights for sign in "=:{\n"):
            return parse_weights(weights, problem)
        case _ if Path(weights).suffix == ".safetensors":
            return _state_dict(Path(weights), problem)
        case _:
            return read_weights(Path(weights), problem)


def _state_dict(path: Path, problem: Problem | None) -> Weights:
    """The one LSTM of a safetensors file, with the layer after it; `import` has more to choose from."""
    from lstmsolve.api.passes.files.tensors import read_lstm  # numpy takes its time

    try:
        return read_lstm(path, problem).weights
    except InputError as error:
        raise error.within(error.source or str(path)) from None
