"""One command line run by a servant, in a folder of its own that is gone afterwards."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from secrets import token_hex

from lstmsolve.service.lanes.servants import Answer, Servant


class TooMuch(Exception):
    """A command wrote more than is kept."""


async def ran(
    servant: Servant,
    order: Mapping[str, object],
    files: Mapping[str, bytes],
    runs: Path,
    seconds: float,
    most: int,
    say: Callable[[str], None] = lambda message: None,
) -> tuple[Answer, dict[str, bytes]]:
    """How it ended, and the files that it wrote, besides those that it was given.

    Raises:
        OSError: the folder cannot be written.
        TooMuch: it wrote more than `most` bytes.
    """
    folder = runs / token_hex(8)
    try:
        await asyncio.to_thread(_lay_out, folder, files)
        answer = await servant.ask({**order, "folder": str(folder)}, seconds, say)
        return answer, await asyncio.to_thread(_collected, folder, files, most)
    finally:
        await asyncio.shield(asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True))


def _lay_out(folder: Path, files: Mapping[str, bytes]) -> None:
    folder.mkdir(parents=True, mode=0o700)
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(data)


def _collected(folder: Path, given: Mapping[str, bytes], most: int) -> dict[str, bytes]:
    """The files of the folder that are new. Those that begin with a dot were being written."""
    found: dict[str, bytes] = {}
    left = most
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if name in given or path.name.startswith(".") or path.is_symlink() or not path.is_file():
            continue
        left -= path.stat().st_size
        if left < 0:
            raise TooMuch
        found[name] = path.read_bytes()
    return found
