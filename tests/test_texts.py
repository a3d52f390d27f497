"""Which characters texts may hold, and how they are shown: judged by those who read the media."""

from __future__ import annotations

import csv
import io
import json
import re
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token
from rich.console import Console

from lstmsolve.cli.screen.render import show_line, show_rows
from lstmsolve.kernel.base.characters import ascii_only, name_flaw, quoted, shown
from lstmsolve.showing.media import code, csv_cell, fenced, json_string, markdown, mathtext, mermaid, terminal
from lstmsolve.showing.plots import time_plot
from lstmsolve.showing.tables import markdown_table, ready_table

STEERING = {
    "escape": "\x1b[2Jgone",
    "control sequence introducer": "\x9b2J",
    "new line": "x\nproved",
    "carriage return": "x\rproved",
    "tab": "x\ty",
    "delete": "x\x7f",
    "line separator": "x\u2028y",
    "no-break space": "x\u00a0y",
    "right-to-left override": "\u202elive",
    "isolate": "\u2066x\u2069",
    "right-to-left letter": "x\u05d0",
    "zero-width space": "a\u200bb",
    "joiner": "a\u200db",
    "soft hyphen": "a\u00adb",
    "variation selector": "a\ufe0fb",
    "Hangul filler": "a\u3164",
    "Braille blank": "a\u2800",
    "tag": "a\U000e0041",
    "full width": "ａｎｙ",
    "pile of accents": "a" + "\u0301" * 3,
    "private": "\ue000",
    "surrogate": "\udc80",
}
ACTIVE = [
    "|", "a | b \\| c", "*a*", "_a_", "__a__", "~~a~~", "`ls`", "``a`", "# a", "a #", "- a", "+ a", "1. a", "2) a",
    "> a", "---", "===", "<script>alert(1)</script>", "<b", "</p>", "<!-- a", "[a](http://b)", "![a](b)", "[a]: b",
    "[^1]", "&lt;", "&#60;", "$x$", "$$", "[bold]x[/bold]", "[/]", ":smile:", "=cmd()", "+1", "-1+1", "@SUM(1)", " =1",
    "\\", "a\\", "{{x}}", '"', "'", "%%", "a;b", "```", "http://b",
]  # fmt: skip
FINE = ["tally", "Dyck-1 (shuffled)", "aⁿbⁿcⁿ", "café", "σ̇", "状態", "→", "x² ½ …", "Привет", "q|0", "a b"]

texts = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=25)


@pytest.mark.parametrize("text", STEERING.values(), ids=STEERING)
def test_texts_that_could_steer_are_no_names_and_are_shown_escaped(text: str) -> None:
    assert name_flaw(text)
    assert name_flaw(shown(text)) is None
    assert json.loads(json_string(text)) == text
    assert name_flaw(json_string(text)) is None
    for show in (markdown, code, mermaid, mathtext, csv_cell, fenced):
        assert terminal(show(text)) == show(text)


@pytest.mark.parametrize("text", [*ACTIVE, *FINE])
def test_all_other_texts_can_be_names(text: str) -> None:
    assert name_flaw(text) is None
    assert shown(text) == text


@given(st.text())
def test_whatever_is_shown_is_harmless(text: str) -> None:
    assert name_flaw(shown(text)) is None
    assert name_flaw(quoted(text)) is None
    assert ascii_only(text).isascii()
    assert json.loads(json_string(text)) == text
    assert name_flaw(json_string(text)) is None


# --- markdown, read by an independent parser ------------------------------------------------------

PARSER = MarkdownIt("commonmark").enable(["table", "strikethrough"])


def inlines(tokens: list[Token]) -> list[Token]:
    return [child for token in tokens for child in token.children or ()]


def said(tokens: list[Token]) -> str:
    """The text of a page without markup; anything but text is an error."""
    children = inlines(tokens)
    assert {child.type for child in children} <= {"text", "text_special"}, children
    return "".join(child.content for child in children)


@pytest.mark.parametrize("text", ACTIVE)
def test_a_paragraph_says_the_text_and_nothing_else(text: str) -> None:
    tokens = PARSER.parse(f"{markdown(text)}\n")
    assert [token.type for token in tokens] == ["paragraph_open", "inline", "paragraph_close"]
    assert said(tokens) == text.strip()


@given(texts)
def test_any_text_in_a_heading_a_paragraph_and_a_table(text: str) -> None:
    page = f"# {markdown(text)}\n\nA word {markdown(text)} more.\n\n" + markdown_table(["a", "b"], [[text, "c"]])
    tokens = PARSER.parse(page)
    opened = [token.type for token in tokens if token.type.endswith("_open")]
    assert opened[:3] == ["heading_open", "paragraph_open", "table_open"]
    assert opened.count("td_open") == 2
    shown_ = [said([token]) for token in tokens if token.type == "inline"]
    plain = text.strip()
    assert [re.sub(" +", " ", part).strip() for part in shown_] == [
        re.sub(" +", " ", part).strip() for part in (plain, f"A word {plain} more.", "a", "b", plain, "c")
    ]


@given(texts)
def test_code_stays_code(text: str) -> None:
    for page in (f"x {code(text)} y", ready_table(["a"], [[code(text)]])):
        spans = [child for child in inlines(PARSER.parse(page)) if child.type == "code_inline"]
        assert len(spans) == 1
        assert spans[0].content.replace("\\|", "|").strip() == text.strip()
    lines = f"{text}\n```\n{text}"
    block, *rest = PARSER.parse(fenced(lines) + "\n\nafter")
    assert block.content == f"{lines}\n"
    assert [token.type for token in rest] == ["paragraph_open", "inline", "paragraph_close"]


# --- the other media ------------------------------------------------------------------------------


@pytest.mark.parametrize("text", [*ACTIVE, *STEERING.values()])
def test_no_cell_of_a_csv_file_is_a_formula(text: str) -> None:
    file = io.StringIO()
    csv.writer(file).writerow([csv_cell(text)])
    (cell,) = next(csv.reader(io.StringIO(file.getvalue())))
    assert cell in (shown(text), f"'{shown(text)}")
    assert cell.strip()[:1] not in ("=", "+", "-", "@")


@pytest.mark.parametrize("text", ["$x$", "$\\frac{1}{2}$", "$", "\\$x$", "<b>&amp;", "x_1^2", "$x$ and $y$"])
def test_labels_of_plots_are_no_formulas(text: str) -> None:
    drawn = time_plot({text: [(text, [0.0, 1.0]), ("other", [1.0, 0.0])]})
    labels = [element.text for element in ElementTree.fromstring(drawn).iter("{http://www.w3.org/2000/svg}text")]
    assert labels.count(text) == 2


@pytest.mark.parametrize("text", ["[bold]x[/bold]", "[/]", ":smile:", "[red", "\\[x]", "[link=http://b]x[/link]"])
def test_the_terminal_shows_markup_as_it_is(text: str) -> None:
    console = Console(file=io.StringIO(), force_terminal=True, width=200)
    show_line(console, text)
    show_rows(console, [text], [[text]])
    assert isinstance(console.file, io.StringIO)
    plain = re.sub(r"\x1b\[[0-9;]*m", "", console.file.getvalue())
    assert plain.count(text) == 3


def test_labels_of_diagrams_cannot_end_them() -> None:
    assert mermaid('a" --> b; %% <i>`{x}') == "a#34; --> b#59; #37;#37; #60;i>#96;#123;x#125;"
    assert mermaid("tally >= 0, d <= 1") == "tally >= 0, d <= 1"
