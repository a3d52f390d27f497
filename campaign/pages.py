"""The page of counts: its opening is the campaign's, each section a command's own; what others wrote is kept."""

from __future__ import annotations

from pathlib import Path
from typing import Final

HEADING: Final = "\n## "


def write_opening(page: Path, text: str) -> None:
    """What stands before the first section."""
    _, *sections = _parts(page)
    page.write_text(text.rstrip("\n") + "\n" + "".join(f"{HEADING}{section}" for section in sections))


def write_section(page: Path, title: str, text: str) -> None:
    """The section of this title, in its place or at the end."""
    opening, *sections = _parts(page)
    written = f"{title}\n\n{text.strip()}\n"
    places = [number for number, section in enumerate(sections) if section.partition("\n")[0] == title]
    if places:
        sections[places[0]] = written
    else:
        sections.append(written)
    page.write_text(opening.rstrip("\n") + "\n" + "".join(f"{HEADING}{section.rstrip()}\n" for section in sections))


def _parts(page: Path) -> list[str]:
    return (page.read_text() if page.exists() else "# Soundness\n").split(HEADING)
