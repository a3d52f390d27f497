"""Matrix notation as Python's parser can read it: a product that is a blank, transposes, squares.

W h[n-1]       W@h[n-1]          a ⊙ b, a ∘ b     a*b
Uᵀ, U^T, U⊤    U.T               h²               h**2
a·b            a@b
"""

from __future__ import annotations

import re
from typing import Final

_KEYWORDS: Final = r"(?:if|else|and|or|not|in|is)\b"
_PRODUCT: Final = re.compile(
    r"(?<=[\w\])²ᵀ⊤\u0302\u0303\u0304\u0307\u0308])(?<!\bif)(?<!\belse)(?<!\band)(?<!\bor)(?<!\bnot) +"
    rf"(?=[\w(∂])(?!{_KEYWORDS})"
)
_SPELLINGS: Final = (
    (re.compile(r" *(?:ᵀ|⊤|\^T\b|\^⊤|\^\{T\}|\^\{⊤\})"), ".T"),
    (re.compile("²"), "**2"),
    (re.compile("[⊙∘]"), "*"),
    (re.compile("[·⋅]"), "@"),
)


def parseable(text: str) -> tuple[str, list[int]]:
    """The text for Python's parser, and for each of its columns the column of the original that it comes from."""
    columns = list(range(len(text) + 1))
    # Products first: they are told by the blanks and marks that people wrote.
    for pattern, instead in ((_PRODUCT, "@"), *_SPELLINGS):
        parts: list[str] = []
        kept: list[int] = []
        end = 0
        for found in pattern.finditer(text):
            parts += [text[end : found.start()], instead]
            kept += [*columns[end : found.start()], *[columns[found.start()]] * len(instead)]
            end = found.end()
        text, columns = "".join([*parts, text[end:]]), [*kept, *columns[end:]]
    return text, columns
