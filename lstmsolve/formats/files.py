"""Reading with limits, writing atomically, and strict JSON and TOML with exact numbers."""

from __future__ import annotations

import json
import os
import re
import tomllib
from collections.abc import Collection, Mapping
from pathlib import Path
from secrets import token_hex
from typing import Final

from lstmsolve.kernel.base.errors import InputError, spelled
from lstmsolve.kernel.base.numbers import looks_like_number, parse_number
from lstmsolve.showing.media import json_string

MIB: Final = 2**20

MAX_KEY_PARTS: Final = 8
"""Parts of a dotted TOML key; no format here has more than four."""


def read_text(path: Path, limit: int) -> str:
    """The text of a file of at most `limit` bytes, without the mark that some editors begin one with.

    Raises:
        InputError: it cannot be read, is larger, or is not UTF-8.
    """
    data = read_bytes(path, limit)
    try:
        return data.decode().removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        raise InputError.single("", f"is not UTF-8 text (byte {error.start})", source=str(path)) from None


def read_bytes(path: Path, limit: int) -> bytes:
    """A file of at most `limit` bytes.

    Raises:
        InputError: it cannot be read, or is larger.
    """
    try:
        with path.open("rb") as file:
            data = file.read(limit + 1)
    except FileNotFoundError:
        raise InputError.single("", "there is no such file", source=str(path)) from None
    except OSError as error:
        raise InputError.single("", f"cannot be read: {error.strerror}", source=str(path)) from None
    if len(data) > limit:
        raise InputError.single("", f"is larger than {limit // MIB} MiB, the limit here", source=str(path))
    return data


def kind_of_file(text: str) -> str | None:
    """What a file of ours calls itself near its beginning: `case`, `weights`, `certificate`, …; None if nothing."""
    found = _FORMAT.search(text[:4_000])
    return None if found is None else found[1]


def other_file(text: str, wanted: str, also: Collection[str] = ()) -> InputError | None:
    """The one complaint about a file of ours that is of another kind than is wanted here; `also` are taken, too."""
    kind = kind_of_file(text) or next((kind for kind, sign in _SIGNS.items() if sign.search(text)), None)
    if kind is None or kind == wanted or kind in also or kind not in _TAKEN_BY:
        return None
    return InputError.single("", f"is no {wanted} but a {kind} file; `lstmsolve {_TAKEN_BY[kind]}` takes it")


_FORMAT: Final = re.compile(r"""["']?format["']?\s*[=:]\s*["']lstmsolve/([a-z]+)/""")
_SIGNS: Final = {
    "derivation": re.compile(r"(?m)^\s*\[signals\]"),
    "case": re.compile(r"(?m)^\s*\[(?:input|machine|language)\]"),
}
"""What tells files that do not say what they are."""

_TAKEN_BY: Final = {
    "case": "solve",
    "derivation": "derive",
    "family": "family CASE",
    "weights": "verify CASE",
    "certificate": "check",
    "result": "verify CASE",
}
"""The commands that take our files."""


def write_text(path: Path, text: str) -> None:
    """`write_bytes` of a text."""
    write_bytes(path, text.encode())


def write_bytes(path: Path, data: bytes) -> None:
    """Write a file so that it is there whole or not at all.

    Of a link, what it leads to is written. A pipe or a device is no file to be replaced: it is written into.

    Raises:
        InputError: it cannot be written, or is read-only.
    """
    try:
        target = Path(os.path.realpath(path))
        if target.exists() and not target.is_file() and not target.is_dir():
            with target.open("wb") as stream:
                stream.write(data)
            return
        if target.is_file() and not (target.stat().st_mode & 0o222 and os.access(target, os.W_OK)):
            raise InputError.single("", "is read-only, and is left as it is", source=str(path))
        target.parent.mkdir(parents=True, exist_ok=True)
        beside = beside_of(target)
        try:
            with beside.open("xb") as file:
                file.write(data)
            beside.replace(target)
        except BaseException:
            beside.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise InputError.single("", f"cannot be written: {error.strerror}", source=str(path)) from None


def beside_of(path: Path) -> Path:
    """A new name in the same folder, for what is renamed when it is whole."""
    return path.with_name(f".{path.name[:200]}.{token_hex(8)}")


def parse_toml(text: str) -> dict[str, object]:
    """TOML with decimals as fractions.

    Raises:
        InputError: a syntax error, with line and column.
    """
    _refuse_long_keys(text)
    try:
        return tomllib.loads(text, parse_float=_exact)
    except tomllib.TOMLDecodeError as error:
        raise InputError.single("", f"is not valid TOML: {error}") from None
    except (RecursionError, ValueError) as error:
        raise InputError.single("", f"is not valid TOML: {_brief(error)}") from None


def toml_value(value: object) -> str | None:
    """A value as TOML has it, for complaints about it."""
    match value:
        case str():
            return json_string(value)
        case bool():
            return str(value).lower()
        case list():
            return f"[{', '.join(toml_value(entry) or '' for entry in value)}]"
        case Mapping():
            return f"{{ {', '.join(f'{key} = {toml_value(entry)}' for key, entry in value.items())} }}"
        case _:
            return spelled(value)


def _refuse_long_keys(text: str) -> None:
    """A dotted key costs `tomllib` the square of its length, and each of its parts is a table in a table."""
    bare = _QUOTED.sub('""', text)
    for field in _FIELD_ENDS.split(bare):
        parts = field.count(".") + 1
        if parts > MAX_KEY_PARTS:
            message = f"has a key of {parts} parts, {field.strip()[:20]}…; at most {MAX_KEY_PARTS} are read"
            raise InputError.single("", message)


_QUOTED: Final = re.compile(
    r'"""(?:\\.|[^\\])*?(?:"""|\Z)' + r"|'''.*?(?:'''|\Z)" + r'|"(?:\\.|[^"\\\n])*"?' + r"|'[^'\n]*'?|#[^\n]*",
    re.DOTALL,
)
"""Strings, also ones that do not end, and comments. What has begun always matches, so that the time is linear."""

_FIELD_ENDS: Final = re.compile(r"[=,\[\]{}\n]")
"""Between these stand keys, and numbers with their one point."""


def parse_json(text: str) -> object:
    """JSON with decimals as fractions; duplicate keys, NaN and infinities are refused.

    Raises:
        InputError: a syntax error, with line and column.
    """
    try:
        return json.loads(
            text,
            parse_float=_exact,
            parse_int=_integer,
            parse_constant=_refuse_constant,
            object_pairs_hook=_without_duplicates,
        )
    except json.JSONDecodeError as error:
        message = f"is not valid JSON: {error.msg} (line {error.lineno}, column {error.colno})"
        raise InputError.single("", message) from None
    except (RecursionError, ValueError) as error:
        raise InputError.single("", f"is not valid JSON: {_brief(error)}") from None


def dump_json(record: object) -> str:
    """Readable JSON: indented, short lists on one line, a newline at the end."""
    return _dump(record, 0) + "\n"


def _dump(value: object, depth: int) -> str:
    if isinstance(value, Mapping):
        opening, closing = "{}"
        parts = [f"{json_string(str(key))}: {_dump(entry, depth + 1)}" for key, entry in value.items()]
    elif isinstance(value, list):
        opening, closing = "[]"
        parts = [_dump(entry, depth + 1) for entry in value]
    else:
        return json_string(value) if isinstance(value, str) else json.dumps(value)
    # On one line if it fits; what does not fit one level down has a line break, and does not fit here either.
    if sum(map(len, parts)) + 2 * len(parts) + 2 * depth <= 110 and not any("\n" in part for part in parts):
        return f"{opening}{', '.join(parts)}{closing}"
    inner, outer = "  " * (depth + 1), "  " * depth
    return f"{opening}\n{inner}" + f",\n{inner}".join(parts) + f"\n{outer}{closing}"


def _exact(text: str) -> object:
    plain = text.replace("_", "")
    # nan and inf: whoever reads the value refuses floats
    return parse_number(plain) if looks_like_number(plain) else float(text)


def _integer(text: str) -> int:
    return int(parse_number(text))


def _refuse_constant(text: str) -> object:
    raise ValueError(f"{text} is not a number here")


def _without_duplicates(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        seen: set[str] = set()
        twice = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
        raise ValueError(f"the key {twice!r} appears twice in one object")
    return found


def _brief(error: Exception) -> str:
    if isinstance(error, RecursionError):
        return "nested too deeply"
    # Python's own words about a long integer speak to programmers.
    return "an integer of too many digits" if "set_int_max_str_digits" in str(error) else str(error)
