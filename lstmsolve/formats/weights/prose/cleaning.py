"""Texts out of documents, chats and spreadsheets as plain ones: LaTeX, other signs for minus, comments."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

_SIGNS: Final = str.maketrans(
    {
        **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2212\ufe63\uff0d", "-"),
        **dict.fromkeys("\u2018\u2019\u201a\u2032\u00b4", "'"),
        **dict.fromkeys("\u201c\u201d\u201e\u00ab\u00bb", '"'),
        **dict.fromkeys("\u00a0\u2002\u2003\u2007\u2009\u202f\u3000", " "),
        **dict.fromkeys("\u200b\u200c\u200d\u2060\ufeff", ""),
        **dict(zip("\u2092\u1d62", "oi", strict=True)),
        "\uff1d": "=", "\uff0c": ",", "\uff1b": ";", "\uff1a": ":", "\u2215": "/", "\u2044": "/",
        "\u2265": ">=", "\u2a7e": ">=", "\u2267": ">=", "\u2264": "<=", "\u2a7d": "<=", "\u2266": "<=",
        "\u2260": "!=", "\u2227": " and ", "\u2228": " or ", "\u2190": "=", "\u2254": "=", "\u21d0": "=",
    }
)  # fmt: skip
_LATEX: Final = tuple(
    (re.compile(pattern), replacement)
    for pattern, replacement in [
        (r"(?s)\A.{0,20000}?\\begin\s*\{document\}", " "),
        (r"\\documentclass(?:\[[^\]]{0,200}\])?\{[^{}]{0,80}\}", " "),
        (r"\\_", "_"),
        (r"\\[dt]?frac\s*(\d)\s*(\d)(?!\d)", r"\1/\2"),
        (r"\\[dt]?frac\s*\{\s*([-+]?\d{1,1000})\s*\}\s*\{\s*(\d{1,1000})\s*\}", r"\1/\2"),
        (r"\\begin\s*\{[pbvB]?matrix\}", "["),
        (r"\\end\s*\{[pbvB]?matrix\}", "]"),
        (r"\\(?:begin|end)\s*\{[^{}]{0,40}\}", " "),
        (r"\\(?:text|mathrm|mathbf|mathit|mathsf|textbf|textit|operatorname)\s*\{([^{}]{0,200})\}", r"\1"),
        (r"\\(?:geq?|geqslant)(?![a-zA-Z])", ">="),
        (r"\\(?:leq?|leqslant)(?![a-zA-Z])", "<="),
        (r"\\(?:neq?)(?![a-zA-Z])", "!="),
        (r"\\(?:lor|vee)(?![a-zA-Z])", " or "),
        (r"\\(?:land|wedge)(?![a-zA-Z])", " and "),
        (r"\\(?:gets|leftarrow|coloneqq)(?![a-zA-Z])", "="),
        (r"\\(?:quad|qquad|left|right|displaystyle)(?![a-zA-Z])", " "),
        (r"\\\\", ";"),
        (r"\\[()\[\]]", "\n"),
        (r"\\[,;:! ]", " "),
        (r"_\s*\{\s*([A-Za-z]{1,9})\s*\}", r"_\1"),
    ]
)
_TITLE: Final = re.compile(r"\\(?:(?:sub)*section|paragraph|title|author)\*?\s*\{([^{}\n]{0,200})\}")
_HEADING: Final = re.compile(r"(?m)^[ \t]*#{1,6}[ \t]+(.*)$")
_COMMENT: Final = re.compile(r"(?m)(?<![^\s,;])(?:#|//|%).*$")
TAG: Final = re.compile(r"</?(?:p|br|li|ul|ol|b|i|em|strong|code|pre|div|span|sub|t[drh]|table|tbody)\b[^<>]{0,200}>")
_NAME: Final = r"[A-Za-z]_?\{?[A-Za-z]{1,2}\}?(?:\[[\d, ]{1,9}\])?"
_IS: Final = re.compile(
    rf"\b({_NAME})\s+(?:(?:is|are|be)\s+)?(?:is|are|be|equals?(?:\s+to)?|equal\s+to|set\s+to|to|of)\s+(?=[-+]?\.?\d)"
)
_NAMES: Final = rf"(?P<names>{_NAME}(?:\s*,\s*{_NAME})+)"
_VALUES: Final = r"(?P<values>[-+.\d/]+(?:\s*,\s*[-+.\d/]+)+)"
_TOGETHER: Final = (
    re.compile(rf"\(\s*{_NAMES}\s*\)\s*=\s*[(\[]\s*{_VALUES}\s*[)\]]"),
    re.compile(rf"(?m)^[ \t]*{_NAMES}[ \t]*=[ \t]*{_VALUES}[ \t]*$"),
)
_GATE_LINE: Final = re.compile(
    r"(?im)^\s*(?:the\s+)?(?P<gate>[fico]|g|forget|input|candidate|cell|output)(?:\s+gate)?\s*[:,-]\s*"
    r"(?P<rest>(?:[wub]\s*[=:][^\n]*))$"
)
_BARE: Final = re.compile(r"(?i)\b([wub])(?=\s*[=:])")
_VULGAR: Final = re.compile("(?<![0-9/.])[\u00bc-\u00be\u2150-\u215e]")


def plain(text: str) -> str:
    """The text with one sign for each thing: `-`, straight quotes, plain blanks, `>=`, and fractions as `1/2`."""
    text = _TITLE.sub(r"\n# \1\n", text)
    if text.isascii():
        return text
    halves = _VULGAR.sub(lambda found: unicodedata.normalize("NFKC", found[0]), text)
    return halves.translate(_SIGNS)


def headings(text: str) -> list[str]:
    """The headings of Markdown, and of LaTeX after `plain`."""
    return _HEADING.findall(text)


def spelled_out(text: str) -> str:
    """What is said in words or of several weights at once as one `name = number` each, where the names are short.

    `b_f is 1`, `b_f equal to 1`; `(w_f, u_f, b_f) = (0, 0, 1)`; `forget gate: w = 0, u = 0, b = 1`.
    """
    text = _GATE_LINE.sub(_of_gate, text)
    for pattern in _TOGETHER:
        text = pattern.sub(_one_by_one, text)
    return _IS.sub(r"\1 = ", text)


def _of_gate(found: re.Match[str]) -> str:
    letter = {"candidate": "c", "cell": "c", "g": "c"}.get(found["gate"].lower(), found["gate"][0].lower())
    return _BARE.sub(rf"\1_{letter}", found["rest"])


def _one_by_one(found: re.Match[str]) -> str:
    names, values = (re.split(r"\s*,\s*", found[part].strip()) for part in ("names", "values"))
    if len(names) != len(values):
        return found[0]
    return ", ".join(f"{name} = {value}" for name, value in zip(names, values, strict=True))


def without_markup(text: str, *, stars: bool = True) -> str:
    """A plain text without LaTeX, markdown and comments; line breaks stay. `stars` takes `*` for emphasis."""
    text = TAG.sub(" ", _COMMENT.sub("", text))
    if "\\" in text or "$" in text or "{" in text:
        for pattern, replacement in _LATEX:
            text = pattern.sub(replacement, text)
        text = text.replace("$", " ").replace("&", " ")
    # A list's bullets or a table's bars; a minus before a digit is a sign.
    text = re.sub(r"(?m)^\s{0,8}(?:[-*+>\u2022]\s+(?![0-9.])|\d{1,2}[.)]\s+(?=[A-Za-z$`*]))", "", text)
    return re.sub(r"[`*]|(?<!\|)\|(?!\|)" if stars else r"`|\*\*|(?<!\|)\|(?!\|)", " ", text)
