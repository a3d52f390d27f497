"""The text of a file that somebody handed in, whatever editor saved it; and what is said of files that are no text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from lstmsolve.kernel.base.errors import InputError

READABLE: Final = "weights are read from text, JSON, CSV, TOML, YAML, .npz and .safetensors"

_BINARY: Final[Mapping[bytes, str]] = {
    b"%PDF": "a PDF",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"GIF8": "a picture",
    b"\xd0\xcf\x11\xe0": "an old Office document",
    b"{\\rtf": "an RTF document",
    b"\x80\x02": "a pickle, which is never read",
    b"\x80\x04": "a pickle, which is never read",
    b"\x89HDF": "an HDF5 file",
}

_ARCHIVES: Final[Mapping[str, str]] = {
    ".xlsx": "a spreadsheet; save it as CSV",
    ".ods": "a spreadsheet; save it as CSV",
    ".docx": f"a document; {READABLE}",
    ".odt": f"a document; {READABLE}",
    ".pt": "a pickle of torch, which is never read; save the arrays as .npz",
    ".pth": "a pickle of torch, which is never read; save the arrays as .npz",
    ".zip": "an archive; unpack it, and give the files in it",
}


def is_numpy(data: bytes, suffix: str) -> bool:
    """Is this a file of numpy's?

    Raises:
        InputError: it is another kind of archive.
    """
    if data.startswith(b"PK") and suffix in _ARCHIVES:
        raise InputError.single("", f"is {_ARCHIVES[suffix]}")
    return data.startswith((b"PK", b"\x93NUMPY"))


def decoded(data: bytes) -> tuple[str, str | None]:
    """The text of a file, and a note where it is no UTF-8.

    Raises:
        InputError: it is no text.
    """
    kind = next((name for start, name in _BINARY.items() if data.startswith(start)), None)
    if kind is not None:
        raise InputError.single("", f"is {kind}; {READABLE}")
    try:
        return data.decode("utf-8-sig"), None
    except UnicodeDecodeError as error:
        at = error.start
    if data.startswith((b"\xff\xfe", b"\xfe\xff")) and len(data) > 2:
        try:
            return data.decode("utf-16"), "the file is UTF-16, as some editors save it"
        except UnicodeDecodeError:
            pass
    text = data.decode("cp1252", errors="replace")
    readable = all(sign.isprintable() or sign in "\r\n\t" for sign in text) and "\ufffd" not in text
    if readable and len(data) > 2:
        return text, "the file is not UTF-8; it is read as Windows-1252"
    raise InputError.single("", f"is not UTF-8 text (byte {at}); {READABLE}")
