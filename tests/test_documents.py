"""What the documents show is what the program does: their console blocks are run, their links followed."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

import lstmsolve

ROOT = Path(__file__).parents[1]
DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))]
PROMPT = "$ lstmsolve "


def sessions() -> list[tuple[str, str, str]]:
    """Document, command and output of every `$ lstmsolve …` in a console block."""
    found = []
    for path in DOCUMENTS:
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
    ran = subprocess.run(
        [sys.executable, "-m", "lstmsolve", *shlex.split(command)],
        cwd=tmp_path,
        env=os.environ | {"COLUMNS": "120"},
        capture_output=True,
        text=True,
        check=False,
    )
    printed = "".join(f"{line.rstrip()}\n" for line in ran.stdout.splitlines())
    assert re.fullmatch(pattern(output), printed), printed + ran.stderr


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
