"""Hostile texts in every place of every format, through every command: refused clearly, or shown harmless."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from typer.testing import CliRunner, Result

import lstmsolve
from lstmsolve.api.deriving import load_derivation
from lstmsolve.cli.main import app
from lstmsolve.derivation.engine import check_case
from lstmsolve.kernel.base.characters import shown
from lstmsolve.kernel.base.errors import InputError
from lstmsolve.reports.pages.build import build_reports
from lstmsolve.reports.pages.derivations import build_derivations
from lstmsolve.workers import Stopwatch
from lstmsolve.writing.weights import weights_record
from tests.conftest import solved
from tests.test_texts import PARSER, STEERING, inlines

REPORTS = Path(__file__).parents[1] / "reports"
LOOKS = "<script>alert(1)</script> | =cmd() $x$ [bold]b[/bold] *c* `d` ![e](f) :smile: {g} \"h\" 'i' \\"
"""What some medium would act on, and a text may well say."""


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, list(map(str, arguments)))


def harmless(text: str) -> bool:
    """Nothing in it but what is seen, and our own line breaks."""
    return shown(text, lines=True) == text


def refused(result: Result, payload: str) -> None:
    assert result.exit_code == 2, result.output
    assert result.stdout == ""
    assert harmless(result.stderr)
    assert "Traceback" not in result.stderr
    assert payload not in result.stderr
    assert len(result.stderr) < 2000


# --- every place of every file --------------------------------------------------------------------

CASE = """
format = "lstmsolve/case/1"
name = @name|hostile@
title = @title|A title@
source = @source|A book@
[input]
x = { symbols = ["a", @symbol|b@] }
@input|y@ = [0, 1]
[state]
q = { symbols = ["b", @state|c@], init = @start|b@ }
@register|n@ = 0
[next]
q = @next|'b' if x == 'a' else q@
[output]
h = @output|any@
[assume]
always = @assume|x == 'a'@
[cell]
hidden = 1
gate = @gate|crelu@
[weights]
@weight|b_o@ = 0
where = [@where|b_f >= 0@]
"""
MACHINE = """
format = "lstmsolve/case/1"
name = "machine"
[machine]
alphabet = ["0", @letter|1@]
start = @start|s@
output = { @spoken|s@ = 1 }
[machine.next]
@from|s@ = { "0" = @to|s@, @read|1@ = "s" }
[cell]
hidden = 1
"""
LANGUAGE = """
format = "lstmsolve/case/1"
name = "language"
[language]
alphabet = @letters|ab@
regex = @regex|(ab)*@
[cell]
hidden = 1
"""
FAMILY = """
format = "lstmsolve/family/1"
name = @name|mine@
title = @title|A title@
source = @source|A book@
[weights]
@weight|b_o@ = 0
where = [@where|b_f >= 0@]
"""
DERIVATION = """
format = "lstmsolve/derivation/1"
name = @name|hostile@
title = @title|A title@
source = @source|A book@
kinks = [@kink|relu@]
[sizes]
N = "1.."
@size|M@ = @range|2..3@
[time]
@time|n@ = "0..N-1"
[indices]
@index|m@ = @span|1..M-1@
[inputs]
@input|x[n]@ = @domain|real@
[parameters]
@parameter|w[m]@ = "real"
[let]
@abbreviation|b[n]@ = @formula|x[n] + 1@
[signals]
@signal|h[n]@ = @definition|w[1]*h[n-1] + b[n]@
[before]
@before|h@ = 0
[loss]
@lost|L@ = @loss|Σ(n, 0, N-1, h[n])@
[names]
@short|δ[n]@ = @long|dL/dh[n]@
[[claims]]
id = @id|1@
place = @place|page 1@
claim = @claim|δ[n] = 1 + w[1]*δ[n+1]@
"""
TEMPLATES = {
    "case": (CASE, ("solve",)),
    "machine": (MACHINE, ("solve",)),
    "language": (LANGUAGE, ("solve",)),
    "family": (FAMILY, ("family", "nonzero-counter")),
    "derivation": (DERIVATION, ("derive",)),
}
PLACES = [
    (form, place) for form, (template, _) in TEMPLATES.items() for place, _ in re.findall(r"@(\w+)\|(.*?)@", template)
]


def filled(template: str, place: str = "", payload: str = "") -> str:
    """The file with a payload in one place."""

    def text(found: re.Match[str]) -> str:
        return json.dumps(payload if found[1] == place else found[2])

    return re.sub(r"@(\w+)\|(.*?)@", text, template)


@pytest.mark.parametrize("form", TEMPLATES)
def test_the_files_are_right_but_for_the_payload(tmp_path: Path, form: str) -> None:
    path = tmp_path / "hostile.toml"
    path.write_text(filled(TEMPLATES[form][0]))
    load(form, path)


def load(form: str, path: Path) -> object:
    match form:
        case "family":
            found = lstmsolve.load_family(path)
            found.fit(lstmsolve.load_case("nonzero-counter"))
            return found
        case "derivation":
            check_case(load_derivation(path))
            return path
        case _:
            return lstmsolve.load_case(path)


@pytest.mark.parametrize(("form", "place"), PLACES)
def test_no_place_of_a_file_takes_what_could_steer_a_terminal(tmp_path: Path, form: str, place: str) -> None:
    template, command = TEMPLATES[form]
    for number, (kind, payload) in enumerate(STEERING.items()):
        if kind != "surrogate":  # no file in UTF-8 holds one
            path = tmp_path / f"{number}.toml"
            path.write_text(filled(template, place, payload))
            refused(run(*command, path), payload)


@pytest.mark.parametrize(("form", "place"), PLACES)
def test_complaints_about_any_text_are_harmless(tmp_path: Path, form: str, place: str) -> None:
    path = tmp_path / "hostile.toml"
    for payload in (LOOKS, LOOKS + "\x1b[2J\u202e", f"{filled_in(form, place)} # {LOOKS}", "x" * 30_000):
        path.write_text(filled(TEMPLATES[form][0], place, payload))
        try:
            load(form, path)
        except InputError as error:
            said = str(error)
            assert harmless(said)
            assert len(said) < 5000


def filled_in(form: str, place: str) -> str:
    return str(dict(re.findall(r"@(\w+)\|(.*?)@", TEMPLATES[form][0]))[place])


@pytest.mark.parametrize("payload", STEERING.values(), ids=STEERING)
def test_weights_files(tmp_path: Path, payload: str) -> None:
    good = weights_record(solved("nonzero-counter").weights)
    edits: list[tuple[bool, Callable[[Any], object]]] = [
        # What nobody knows is passed over with a note, and repaired where that is clear (docs/weights.md).
        (True, lambda r: r.update(format=payload)),
        (True, lambda r: r.update({payload: 1})),
        (True, lambda r: r["cell"].update({payload: 1})),
        (True, lambda r: r["weights"].update({payload: []})),
        (False, lambda r: r["cell"].update(gate=payload)),
        (False, lambda r: r["weights"].update(w_c=[[payload]])),
        (False, lambda r: r["weights"].update(w_c=[{payload: "1"}])),
        (False, lambda r: r["initial"].update(c=[payload])),
    ]
    for number, (passed_over, edit) in enumerate(edits):
        record = json.loads(json.dumps(good))
        edit(record)
        path = tmp_path / f"{number}.json"
        path.write_text(json.dumps(record))
        result = run("simulate", path, "--inputs", "1")
        if not passed_over or result.exit_code == 2:
            refused(result, payload)
            refused(run("verify", "nonzero-counter", path), payload)
        else:
            assert result.exit_code == 0
            assert harmless(result.output)
            assert payload not in result.output


@pytest.mark.parametrize("kind", ["escape", "new line", "right-to-left override", "surrogate"])
def test_certificates(tmp_path: Path, kind: str) -> None:
    """A payload in place of each text and each key, one after the other."""
    payload = STEERING[kind]
    good = json.loads((REPORTS / "certificates" / "anbn.json").read_text())
    del good["modes"]["start"]["cases"][1:]
    for number, record in enumerate(poisoned(good, payload)):
        path = tmp_path / f"{number}.json"
        path.write_text(json.dumps(record))
        result = run("check", path)
        assert result.exit_code in (2, 10), result.output
        assert harmless(result.output)
        assert payload not in result.output


def poisoned(record: Any, payload: str, most: int = 24) -> Iterator[Any]:
    """Copies of a record with the payload in one place each, in about so many."""
    text = json.dumps(record)
    spots = [found.span() for found in re.finditer(r'"[^"]*"', text)]
    for start, end in spots[:: max(1, len(spots) // most)]:
        yield json.loads(text[:start] + json.dumps(payload) + text[end:])


# --- what may be said, and is shown ---------------------------------------------------------------

SAID = """
format = "lstmsolve/case/1"
name = "hostile"
title = {looks}
source = {looks}
[machine]
alphabet = ["0", {looks}]
start = "s"
output = {{ s = 0, {looks} = 1 }}
[machine.next]
s = {{ "0" = "s", {looks} = {looks} }}
{looks} = {{ "0" = "s", {looks} = {looks} }}
[cell]
hidden = 1
"""


@pytest.fixture
def hostile(tmp_path: Path) -> Path:
    path = tmp_path / "hostile.toml"
    path.write_text(SAID.format(looks=json.dumps(LOOKS)))
    return path


def test_every_command_shows_such_texts_as_they_are(hostile: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    solution = run("solve", hostile, "--out", out)
    assert solution.exit_code == 0, solution.output
    assert "[bold]b[/bold]" in re.sub(r"\s", "", solution.stdout)
    checked = run("check", out / "certificate.json", "--case", hostile)
    assert checked.exit_code == 0, checked.output
    assert f"x = 1 for {LOOKS!a})" in checked.stdout
    results = [
        run("verify", hostile, "b_f=1"),
        run("verify", hostile, out / "weights.json"),
        run("verify", hostile, out / "weights.json", "--json"),
        run("region", hostile, "--timeout", "20", "--no-others"),
        run("simulate", out / "weights.json", "--inputs", "0,1"),
        run("mark", hostile, out / "weights.json"),
        run("check", out / "certificate.json", "--json"),
    ]
    for result in results:
        assert result.exit_code in (0, 10), result.output
        assert harmless(result.output)


def test_pages_and_plots_say_such_texts_and_do_not_act_on_them(hostile: Path, tmp_path: Path) -> None:
    build_reports([lstmsolve.load_case(hostile)], tmp_path / "pages", Stopwatch(600.0))
    for page in ("hostile.md", "README.md"):
        assert_plain(tmp_path / "pages" / page)
    page = (tmp_path / "pages" / "hostile.md").read_text()
    tokens = PARSER.parse(page)
    assert tokens[4].children is not None
    assert "".join(child.content for child in tokens[4].children) == f"{LOOKS}."
    svg = ElementTree.parse(tmp_path / "pages" / "plots" / "hostile.svg")
    assert svg.getroot().tag.endswith("svg")
    assert not [element for element in svg.iter() if "script" in element.tag]


def assert_plain(path: Path) -> None:
    """The page has our headings, links and pictures, and no HTML at all."""
    text = path.read_text()
    assert harmless(text)
    tokens = PARSER.parse(text)
    children = inlines(tokens)
    assert not [token for token in (*tokens, *children) if token.type.startswith("html")]
    targets = [str(child.attrGet("href") or child.attrGet("src")) for child in children if child.type in LINKS]
    assert all(re.fullmatch(r"[\w./-]+", target) for target in targets), targets
    for token in tokens:
        if token.type == "fence" and token.info == "mermaid":
            assert "<script" not in token.content
            assert token.content.count('"') % 2 == 0
    assert len({len(row) for row in rows_of(tokens) if LOOKS in row}) <= 1


LINKS = ("link_open", "image")


def rows_of(tokens: list[Any]) -> Iterator[list[str]]:
    """Each row of a table is as wide as its head."""
    row: list[str] = []
    for before, token in pairwise(tokens):
        if before.type in ("th_open", "td_open"):
            row.append(token.content)
        if token.type == "tr_close":
            yield row
            row = []


FAMILY_SAID = f"""
format = "lstmsolve/family/1"
name = {json.dumps(LOOKS)}
title = {json.dumps(LOOKS)}
[weights]
where = ["w_o <= 1", "b_f == 1", "b_o == 1"]
"""


def test_families(tmp_path: Path) -> None:
    path = tmp_path / "family.toml"
    path.write_text(FAMILY_SAID)
    shown_ = run("family", "nonzero-counter", path, "--timeout", "10")
    assert shown_.exit_code == 10, shown_.output
    assert LOOKS in shown_.stdout
    marked = run("mark", "nonzero-counter", path, "--out", tmp_path / "marks")
    assert marked.exit_code == 10, marked.output
    assert_plain(next((tmp_path / "marks").glob("*.md")))


DERIVED = f"""
format = "lstmsolve/derivation/1"
name = "hostile"
title = {json.dumps(LOOKS)}
source = {json.dumps(LOOKS)}
[sizes]
N = "1.."
[time]
n = "0..N-1"
[inputs]
"x[n]" = "real"
[parameters]
a = "real"
[signals]
"h[n]" = "a*h[n-1] + x[n]"
[before]
h = 0
[loss]
L = "Σ(n, 0, N-1, h[n]**2)"
[[claims]]
id = {json.dumps(LOOKS)}
place = {json.dumps(LOOKS)}
claim = "dL/da = Σ(n, 0, N-1, 3*h[n])"
"""


def test_derivations(tmp_path: Path) -> None:
    path = tmp_path / "hostile.toml"
    path.write_text(DERIVED)
    told = run("derive", path)
    assert told.exit_code == 10, told.output
    assert harmless(told.output)
    assert LOOKS in told.stdout
    assert run("derive", path, "--json").exit_code == 10
    (tmp_path / "told.md").write_text(run("derive", path, "--markdown").stdout)
    build_derivations([load_derivation(path)], tmp_path / "pages", Stopwatch(600.0))
    for page in (tmp_path / "told.md", *(tmp_path / "pages" / "gradients").glob("*.md")):
        text = page.read_text()
        assert harmless(text)
        tokens = PARSER.parse(re.sub(r"\$\$\n.*?\n\$\$", "", text, flags=re.S))
        assert not [token for token in (*tokens, *inlines(tokens)) if token.type.startswith("html")]


# --- names of files -------------------------------------------------------------------------------

FILES = [
    "=cmd|' calc'!A0.json",
    "+1.json",
    "-2+3.json",
    "@SUM(A1).json",
    "a\nb.json",
    "\x1b[2Jc.json",
    "\u202ed.json",
    "[bold]e.json",
    "<script>f.json",
    "![g](h).json",
    "a | b.json",
    "\udcff.json",
    "ｉ.json",
    "$j$.json",
    ":smile:.json",
]


def test_names_of_answers(tmp_path: Path) -> None:
    answers, out = tmp_path / "answers", tmp_path / "marks"
    answers.mkdir()
    good = json.dumps(weights_record(solved("nonzero-counter").weights))
    for number, name in enumerate(FILES):
        (answers / name).write_text(good if number % 2 else "{")
    result = run("mark", "nonzero-counter", answers, "--out", out)
    assert result.exit_code == 10, result.output
    assert harmless(result.output)
    assert harmless(run("mark", "nonzero-counter", answers, "--json").output)
    table = (out / "marks.csv").read_text()
    assert harmless(table)
    rows = list(csv.reader(table.splitlines()))
    assert len(rows) == len(FILES) + 1
    assert {len(row) for row in rows} == {4}
    pages = sorted(out.glob("*.md"))
    assert len(pages) == len(FILES) + 1  # and one of the whole class
    assert all(re.fullmatch(r"[A-Za-z0-9._-]+", page.name) for page in pages)
    for page in pages:
        text = page.read_text()
        assert harmless(text)
        assert not [token for token in PARSER.parse(text) if token.type.startswith("html")]


def test_a_cell_of_the_marks_is_no_formula(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    names = [name for name in FILES if name[0] in "=+-@"]
    for name in names:
        Path(name).write_text("{")
    result = run("mark", "nonzero-counter", "--out", "marks", "--", *names)
    assert result.exit_code == 10, result.output
    rows = list(csv.DictReader(Path("marks/marks.csv").read_text().splitlines()))
    assert [row["answer"] for row in rows] == [f"'{name}" for name in names]


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("command", ["solve", "derive", "check", "mark parity", "family parity", "verify parity"])
def test_names_of_files_that_are_no_good_or_not_there(tmp_path: Path, name: str, command: str) -> None:
    path = tmp_path / name.replace(".json", ".toml" if command in ("solve", "derive", "family parity") else ".json")
    path.write_text("{")
    for given in (path, tmp_path / f"none{name}"):
        result = run(*command.split(), given)
        assert result.exit_code == (10 if command == "mark parity" else 2), result.output
        assert harmless(result.output)
