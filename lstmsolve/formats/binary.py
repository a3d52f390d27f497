"""Files that are no text, and folders of files: read with limits, written whole or not at all."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from secrets import token_hex

from lstmsolve.kernel.base.errors import InputError


def write_bytes(path: Path, data: bytes) -> None:
    """Write a file so that it is there whole or not at all."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = _beside(path)
        try:
            with beside.open("xb") as file:
                file.write(data)
            beside.replace(path)
        except BaseException:
            beside.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise InputError.single("", f"cannot be written: {error.strerror}", source=str(path)) from None


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
        beside = _beside(path)
        try:
            for name, data in files.items():
                write_bytes(beside / name, data)
            beside.rename(path)
        except BaseException:
            shutil.rmtree(beside, ignore_errors=True)
            raise
    except OSError as error:
        raise InputError.single("", f"cannot be written: {error.strerror}", source=str(path)) from None


def _beside(path: Path) -> Path:
    return path.with_name(f".{path.name[:200]}.{token_hex(8)}")
