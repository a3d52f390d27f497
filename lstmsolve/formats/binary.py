"""Folders of files, written whole or not at all."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

from lstmsolve.formats.files import beside_of, write_bytes
from lstmsolve.kernel.base.errors import InputError


def write_folder(path: Path, files: Mapping[str, bytes]) -> None:
    """Write the files of a folder. A folder that is not there yet appears with all of them, or not at all."""
    if path.exists():
        if not path.is_dir():
            raise InputError.single("", "is a file; a folder is written here", source=str(path))
        for name, data in files.items():
            write_bytes(path / name, data)
        return
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = beside_of(path)
        try:
            for name, data in files.items():
                write_bytes(beside / name, data)
            beside.rename(path)
        except BaseException:
            shutil.rmtree(beside, ignore_errors=True)
            raise
    except OSError as error:
        raise InputError.single("", f"cannot be written: {error.strerror}", source=str(path)) from None
