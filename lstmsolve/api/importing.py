"""`import`: files of other tools to weights."""

from __future__ import annotations

from pathlib import Path

from lstmsolve.api.loading.cases import load_case
from lstmsolve.api.passes.files.tensors import read_lstm
from lstmsolve.interop.reading.assembling import Imported
from lstmsolve.kernel.base.errors import InputError
from lstmsolve.kernel.spec.problems import Problem


def import_weights(
    path: str | Path,
    *,
    case: str | Path | Problem | None = None,
    layer: int | None = None,
    readout: str | None = None,
) -> Imported:
    """The LSTM of a file: gates in our order, every float exactly the fraction that it is.

    `case` says which activations are meant, where the file does not, and is held against what is found. `layer` takes
    one LSTM of several, counted from 0; `readout` names the layer that reads h, where several could.

    Raises:
        InputError: the file cannot be read, holds no LSTM or one that cells here cannot be, or a package is missing.
    """
    path = Path(path)
    problem = None if case is None else load_case(case)
    try:
        found = read_lstm(path, problem, layer, readout)
        if problem is not None:
            problem.for_weights(found.weights)
    except InputError as error:
        raise error.within(error.source or str(path)) from None
    return found
