"""The text of a new case: a commented template, a language, an automaton, or another case under a new name."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Final

from lstmsolve.formats.starting.automata import Automaton
from lstmsolve.kernel.base.errors import InputError

TEMPLATE: Final = """\
# A behaviour that a cell is to have at every sequence length.
# `lstmsolve solve {file}` finds weights for it, with a proof. docs/case-format.md explains every line.
format = "lstmsolve/case/1"
name   = {name}
title  = "Say how many ones came since the last zero, up to three"

[input]                  # what arrives at each step, one line a column
x = [0, 1]               # or "0.." (all naturals), "real 0..1", {{ symbols = ["a", "b"] }}

[state]                  # registers, with their values before any input
ones = 0                 # or {{ symbols = ["idle", "busy"], init = "idle" }}

[next]                   # their next values, all at once; names on the right are the old values
ones = "min(3, ones + 1) if x == 1 else 0"

[output]                 # what h must be after the step, from the new values and the input
h = "ones"               # `any` where it does not matter; ["…", "…"] for several units

[cell]
hidden = "minimal"       # or a number of units
# gate = "crelu"         # of f, i and o
# candidate = "crelu"    # or "identity"
# output = "identity"    # or "crelu"

# [readout]              # thresholds in place of exact outputs 1 and 0
# accept = ">= 3/4"
# reject = "<= 1/4"

# [assume]               # a promise about inputs; nothing is owed once it is broken
# always = "not (x == 1 and ones == 3)"

# [weights]              # what weights must also satisfy
# bounds = "-4..4"
# integer = true
"""

MACHINE_HEAD: Final = """\
# An automaton, of which the cell says the output after each symbol.
format = "lstmsolve/case/1"
name   = {name}
title  = {title}

[cell]
hidden = "minimal"

[machine]                # two symbols share one column (0 and 1), more are one-hot, in this order
"""

LANGUAGE: Final = """\
# h is 1 while the word read so far is in the language, else 0.
format = "lstmsolve/case/1"
name   = {name}
title  = {title}

[language]
alphabet = {alphabet}        # two letters share one column (0 for the first, 1 for the second), more are one-hot
regex    = {regex}

[cell]
hidden = "minimal"
"""


def template(name: str, file: str) -> str:
    """A small case with a comment on each line."""
    return TEMPLATE.format(name=_quoted(name), file=file)


def language_case(name: str, regex: str, alphabet: str | None) -> str:
    """The case of a regular language; the alphabet is that of its letters where none is given."""
    letters = alphabet_of(regex) if alphabet is None else alphabet
    title = f"Is the word read so far in {regex}?"
    return LANGUAGE.format(name=_quoted(name), title=_quoted(title), alphabet=_quoted(letters), regex=_quoted(regex))


def alphabet_of(regex: str) -> str:
    """The letters and digits that an expression names, in their order.

    Raises:
        InputError: it names none, or says "any but", so that its letters are not all.
    """
    if re.search(r"\\[^\W\d_]|\[\^|(?<!\\)\.", regex):
        message = "the alphabet is not clear from '.', '[^…]' or a class such as \\d; say --alphabet, such as 01"
        raise InputError.single("--alphabet", message, regex)
    spread = re.sub(r"([^\W_])-([^\W_])", _range, re.sub(r"\{[\d,]*\}", "", regex))
    letters = sorted({sign for sign in spread if sign.isalnum()} | set(re.findall(r"\\(\W)", spread)))
    if not letters:
        raise InputError.single("--alphabet", "the expression names no letters; say --alphabet, such as 01", regex)
    return "".join(letters)


def machine_case(name: str, title: str, automaton: Automaton) -> str:
    """The case of an automaton."""
    record = automaton.record()
    lines = [f"alphabet = {_value(record['alphabet'])}", f"start    = {_value(record['start'])}"]
    for key in ("output", "next"):
        lines += ["", f"[machine.{key}]"]
        table = record[key]
        assert isinstance(table, Mapping)
        lines += [f"{_key(state)} = {_value(entry)}" for state, entry in table.items()]
    return MACHINE_HEAD.format(name=_quoted(name), title=_quoted(title)) + "\n".join(lines) + "\n"


def renamed(text: str, name: str, original: str) -> str:
    """Another case's text under a new name."""
    line = f"name   = {_quoted(name)}"
    changed, count = re.subn(r"(?m)^name\s*=.*$", lambda _: line, text, count=1)
    head = f"# Like {original}; change what is different.\n"
    return head + (changed if count else f"{line}\n{text}")


def _value(value: object) -> str:
    """A TOML value in one line."""
    match value:
        case Mapping():
            return "{ " + ", ".join(f"{_key(str(key))} = {_value(entry)}" for key, entry in value.items()) + " }"
        case list():
            return "[" + ", ".join(map(_value, value)) + "]"
        case str():
            return _quoted(value)
        case _:
            return str(value)


def _key(text: str) -> str:
    return text if re.fullmatch(r"[A-Za-z0-9_-]+", text) else _quoted(text)


def _quoted(text: str) -> str:
    """A basic string of TOML, whose escapes are those of JSON."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _range(found: re.Match[str]) -> str:
    first, last = ord(found[1]), ord(found[2])
    return "".join(map(chr, range(first, min(last, first + 200) + 1)))
