"""Which results need not be found again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

_CONCLUSIVE: Final = (0, 10)
"""Exit codes of commands that have an answer."""


def is_settled(verb: str, code: int, record: Mapping[str, object]) -> bool:
    """Would more time add nothing to this result?"""
    if code not in _CONCLUSIVE:
        return False
    match verb:
        case "mark":
            answers = record.get("answers")
            return isinstance(answers, list) and all(answer["mark"] != "unknown" for answer in answers)
        case "family":
            return record.get("sound") is False or record.get("complete") is not None
        case "region":
            region = record.get("region")
            return isinstance(region, Mapping) and region["others"]["excluded"] is not None
        case _:
            return True
