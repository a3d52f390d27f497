"""YAML and numpy's files, read without running anything and without growing beyond their limits."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from io import BytesIO
from typing import Final

from lstmsolve.formats.files import MIB
from lstmsolve.kernel.base.errors import InputError

MAX_YAML: Final = MIB
MAX_UNPACKED: Final = 256 * MIB
MAX_DEPTH: Final = 40


def parse_yaml(text: str) -> object:
    """YAML with every scalar as its text, so that numbers stay exact; no aliases, which can grow without bound.

    Raises:
        InputError: it is not valid, too large, too deep, or uses aliases.
    """
    import yaml

    if len(text) > MAX_YAML:
        raise InputError.single("", f"is larger than {MAX_YAML // MIB} MiB, the limit for YAML")
    try:
        depth = 0
        for event in yaml.parse(text, Loader=yaml.BaseLoader):
            if isinstance(event, yaml.AliasEvent):
                raise InputError.single("", "uses an alias (*…), which is not read; write the value out")
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if depth > MAX_DEPTH:
                raise InputError.single("", "is nested too deeply")
        return _checked(yaml.load(text, Loader=yaml.BaseLoader))
    except yaml.MarkedYAMLError as error:
        at = error.problem_mark
        where = "" if at is None else f" (line {at.line + 1}, column {at.column + 1})"
        raise InputError.single("", f"is not valid YAML: {error.problem}{where}") from None
    except yaml.YAMLError:
        raise InputError.single("", "is not valid YAML") from None
    except (RecursionError, ValueError):
        raise InputError.single("", "is not valid YAML: nested too deeply, or an odd key") from None


def _checked(value: object) -> object:
    """`null` and `~` are no texts; numbers stay texts."""
    match value:
        case dict():
            return {str(key): _checked(entry) for key, entry in value.items()}
        case list():
            return [_checked(entry) for entry in value]
        case "" | "~" | "null" | "Null" | "NULL":
            return None
        case _:
            return value


def numpy_arrays(data: bytes) -> Mapping[str, object]:
    """The arrays of an .npz file, or the fields of an .npy file with named ones, as nested lists.

    Raises:
        InputError: it is none, holds pickled objects, or has no names.
    """
    import numpy as np

    _refuse_bombs(data)
    try:
        loaded = np.load(BytesIO(data), allow_pickle=False)
        if isinstance(loaded, np.ndarray):
            if loaded.dtype.names is None:
                message = "is one array without names; save all with np.savez(file, b_f=…, w_i=…)"
                raise InputError.single("", message)
            return {name: loaded[name].reshape(-1).tolist() for name in loaded.dtype.names}
        return {name: _listed(loaded[name], name) for name in loaded.files}
    except InputError:
        raise
    except (ValueError, OSError, EOFError, KeyError, zipfile.BadZipFile, MemoryError, SyntaxError) as error:
        if "pickle" in str(error):
            message = "holds pickled Python objects, which are never read; save with np.savez(file, b_f=…, w_i=…)"
            raise InputError.single("", message) from None
        raise InputError.single("", "is no file of numpy's that can be read") from None


def _listed(array: object, name: str) -> object:
    import numpy as np

    assert isinstance(array, np.ndarray)
    if array.dtype.kind not in "iuf":
        raise InputError.single(name, f"an array of numbers is needed, not of {array.dtype}")
    # Half and single precision are exact in double precision; longer formats are not ours to cut.
    if array.dtype.kind == "f" and array.dtype.itemsize > 8:
        raise InputError.single(name, f"floats of {array.dtype} are not read; save them as float64")
    return array.tolist()


def _refuse_bombs(data: bytes) -> None:
    if not data.startswith(b"PK"):
        return
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            size = sum(entry.file_size for entry in archive.infolist())
    except (zipfile.BadZipFile, ValueError, OSError):
        raise InputError.single("", "is no archive that can be read") from None
    if size > MAX_UNPACKED:
        raise InputError.single("", f"unpacks to more than {MAX_UNPACKED // MIB} MiB")
