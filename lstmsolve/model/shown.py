"""How outcomes look where nobody prints them: in a line at a prompt, with all that counts in a notebook."""

from __future__ import annotations

from typing import Final

from lstmsolve.kernel.base.characters import shown

LONGEST_LINE: Final = 100


class Shown:
    """Has a verdict, and a reason or a statement."""

    __slots__ = ()

    def __repr__(self) -> str:
        reason: str = getattr(self, "reason", "") or getattr(self, "statement", "")
        line = shown(reason.partition("\n")[0])
        said = getattr(self, "verdict", None) or type(self).__name__
        short = line if len(line) <= LONGEST_LINE else f"{line[:LONGEST_LINE]}…"
        return f"<{said}: {short}>"

    def _repr_markdown_(self) -> str:
        # The one import upwards: a notebook asks the value itself how it looks.
        from lstmsolve.showing.notebooks import outcome_markdown

        return outcome_markdown(self)
