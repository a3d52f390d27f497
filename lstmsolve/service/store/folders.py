"""A job's folder as an archive: what the command wrote, its result, and what it was given."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from typing import Final

RESULT: Final = "result.json"


def archive(record: bytes, files: Mapping[str, bytes], given: Mapping[str, bytes]) -> bytes:
    """A zip of a job's folder, in which its command can be run again; the same for the same content."""
    return zipped({**given, **files, RESULT: record})


def zipped(files: Mapping[str, bytes]) -> bytes:
    """A zip of these files."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as found:
        for name, content in files.items():
            found.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return data.getvalue()
