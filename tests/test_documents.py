"""What the documents show is what the program does: their console blocks are run, their links followed."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from markdown_it import MarkdownIt

import lstmsolve

ROOT = Path(__file__).parents[1]
DOCUMENTS = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    ROOT / "CHANGELOG.md",
    *sorted((ROOT / "docs").rglob("*.md")),
]
WALKS = [ROOT / "docs" / name for name in ("tutorial.md", "next.md")] + sorted((ROOT / "docs" / "guides").glob("*.md"))
"""Documents whose commands follow one another in one folder, with the files that they show."""
PROMPT = "$ lstmsolve "


def sessions() -> list[tuple[str, str, str]]:
    """Document, command and output of every `$ lstmsolve …` in a console block."""
    found = []
    for path in [path for path in DOCUMENTS if path not in WALKS]:
        for block in re.findall(r"```console\n(.*?)```", path.read_text(), re.S):
            for part in re.split(r"(?m)^(?=\$ )", block):
                if part.startswith(PROMPT):
                    command, _, output = part.removeprefix(PROMPT).partition("\n")
                    found.append((path.name, command, output))
    return found


def pattern(output: str) -> str:
    """A line `…` stands for any lines."""
    lines = [line.rstrip() for line in output.strip("\n").splitlines()]
    return "".join("(?:.*\n)*?" if line == "…" else f"{re.escape(line)}\n" for line in lines)


@pytest.mark.parametrize(("document", "command", "output"), sessions())
def test_consoles_show_what_the_program_prints(document: str, command: str, output: str, tmp_path: Path) -> None:
    printed = said_by(command, tmp_path, "120")
    assert re.fullmatch(pattern(output), printed), printed


def said_by(command: str, folder: Path, columns: str) -> str:
    ran = subprocess.run(
        [sys.executable, "-m", "lstmsolve", *shlex.split(command)],
        cwd=folder,
        env=os.environ | {"COLUMNS": columns},
        capture_output=True,
        text=True,
        check=False,
    )
    # Bad input is said on standard error, and progress is too.
    shown = ran.stdout if ran.returncode != 2 else ran.stderr
    return "".join(f"{line.rstrip()}\n" for line in shown.splitlines())


@pytest.mark.parametrize("path", WALKS, ids=lambda path: path.stem)
def test_walks_can_be_followed(path: Path, tmp_path: Path) -> None:
    """LSTMSOLVE_ACCEPT=1 writes the outputs anew."""
    text = path.read_text()
    for name, content in re.findall(r'```\w+ title="(.*?)"\n(.*?)```', text, re.S):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(content)
    for block in re.findall(r"```console\n(.*?)```", text, re.S):
        followed = ""
        for part in re.split(r"(?m)^(?=\$ )", block):
            command, _, output = part.removeprefix(PROMPT).partition("\n")
            if not part.startswith(PROMPT):
                continue
            printed = said_by(command, tmp_path, "80").strip("\n") + "\n"
            as_shown = re.fullmatch(pattern(output), printed)
            followed += part if as_shown else f"{PROMPT}{command}\n{printed}"
            assert as_shown or os.environ.get("LSTMSOLVE_ACCEPT") == "1", printed
        text = text.replace(block, followed)
    if os.environ.get("LSTMSOLVE_ACCEPT") == "1":
        path.write_text(text)


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_somewhere(path: Path) -> None:
    for target in links(path):
        if "://" in target:
            continue
        file, _, anchor = target.partition("#")
        there = (path.parent / file).resolve() if file else path
        assert there.exists(), target
        if anchor:
            assert anchor in anchors(there), target


def links(path: Path) -> list[str]:
    tokens = MarkdownIt().parse(path.read_text())
    inner = [child for token in tokens for child in token.children or []]
    return [str(token.attrGet("href")) for token in inner if token.type == "link_open"]


def anchors(path: Path) -> set[str]:
    """The anchors of headings, as they are made where documents are usually shown."""
    titles = re.findall(r"(?m)^#+ (.*)$", path.read_text())
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def shown_derivations() -> list[str]:
    text = (ROOT / "docs" / "gradients.md").read_text()
    return [block for block in re.findall(r"```toml\n(.*?)```", text, re.S) if block.startswith("format")]


@pytest.mark.parametrize(("number", "verdict"), [(0, "fails"), (1, "holds")])
def test_derivation_cases_that_are_shown_are_cases(number: int, verdict: str, tmp_path: Path) -> None:
    text = shown_derivations()[number]
    name = re.findall(r'(?m)^name *= "(.*?)"', text)[0]
    path = tmp_path / f"{name}.toml"
    path.write_text(text)
    assert lstmsolve.derive(path).verdict == verdict


def test_the_site_has_every_document() -> None:
    config = yaml.safe_load((ROOT / "mkdocs.yml").read_text())

    def pages(entries: list[object]) -> Iterator[str]:
        for entry in entries:
            for value in entry.values() if isinstance(entry, dict) else [entry]:
                yield from pages(value) if isinstance(value, list) else [str(value)]

    listed = sorted(pages(config["nav"]))
    assert listed == sorted(str(path.relative_to(ROOT / "docs")) for path in (ROOT / "docs").rglob("*.md"))
