"""How outcomes look where nobody prints them: in a line at a prompt, with all that counts in a notebook."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from lstmsolve.kernel.base.characters import shown

LONGEST_LINE: Final = 100


class Shown:
    """Has a verdict, and a reason or a statement; shows itself in notebooks, and is kept in files by `save`."""

    __slots__ = ()

    def __repr__(self) -> str:
        reason: str = getattr(self, "reason", "") or getattr(self, "statement", "")
        line = shown(reason.partition("\n")[0])
        said = getattr(self, "verdict", None) or type(self).__name__
        short = line if len(line) <= LONGEST_LINE else f"{line[:LONGEST_LINE]}…"
        return f"<{said}: {short}>"

    def _repr_markdown_(self) -> str:
        # Imports upwards, here and below: a notebook asks the value itself.
        from lstmsolve.showing.notebooks import outcome_markdown

        return outcome_markdown(self)

    def save(self, folder: str | Path) -> list[Path]:
        """Write `result.json` and, where there are any, `weights.json` and `certificate.json`; the paths.

        They are the files that `--out` writes, for `check`, `verify` and `simulate` to read.
        """
        from lstmsolve.api.passes.keeping import save

        return save(self, Path(folder))
