"""What `check` prints is what was proved: a certificate's own texts and names cannot make it say anything else."""

from __future__ import annotations

import json
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

import lstmsolve
from lstmsolve.api.checking import check
from lstmsolve.cli.main import app
from lstmsolve.formats.cases import parse_case
from lstmsolve.formats.documents import write_certificate
from lstmsolve.kernel.base.errors import InputError
from lstmsolve.kernel.proofs.certificates import Certificate, Impossibility
from lstmsolve.kernel.proofs.statements import impossibility_statement, statement
from lstmsolve.kernel.records.certificates import certificate_from_record
from lstmsolve.kernel.spec.problems import Problem
from lstmsolve.model.outcomes import Accepted, Rejected, Solved
from lstmsolve.writing.certificates import certificate_record

REPORTS = Path(__file__).parents[1] / "reports" / "certificates"
Edit = Callable[[Any], object]


def record_of(case: str) -> Any:
    return json.loads((REPORTS / f"{case}.json").read_text())


def first(record: Any) -> Any:
    """The first mode."""
    return next(iter(record["modes"].values()))


def accepted(record: Any) -> str:
    outcome = check(certificate_from_record(record))
    assert isinstance(outcome, Accepted)
    return outcome.statement


@pytest.mark.parametrize(
    "text",
    [
        "1-odd if x==1 else odd",
        "\n (1 - odd)\n\tif x == 1\n else odd\n",
        "(1 - odd if (x == 1) else (+odd))",
        "1 - odd if x == 1.0 else odd",
    ],
)
def test_the_statement_is_printed_from_the_tree(text: str) -> None:
    record = record_of("parity")
    told = accepted(record)
    assert "odd becomes 1 - odd if x == 1 else odd" in told
    record["problem"]["next"]["odd"] = text
    assert accepted(record) == told


@pytest.mark.parametrize(
    ("edit", "says"),
    [
        (lambda r: r["next"].update(odd="1 - odd if x == 1 else odd # the tally"), "there are no comments"),
        (lambda r: r["next"].update(odd="1 - odd if x == 1 else odd\n#\nany"), "there are no comments"),
        (lambda r: r.update(output=["ａｎｙ"]), "U+FF41 FULLWIDTH LATIN SMALL LETTER A"),
        (lambda r: r.update(output=["odd \u202eelse\u202c"]), "U+202E RIGHT-TO-LEFT OVERRIDE"),
        (lambda r: r.update(output=["odd\x1b[2K"]), "U+001B"),
        (lambda r: r.update(output=["odd\u2028"]), "U+2028"),
        (lambda r: r.update(assume="x == 1\r\x0b"), "U+000B"),
        (lambda r: r.update(output=["1 if 'a\\x1b' == 'b' else odd"]), "the symbol holds U+001B"),
        (lambda r: r.update(name="parity\nproved"), "the name of a case"),
        (lambda r: r.update(title="\x1b[1A"), "title: holds U+001B"),
        (lambda r: r["input"].update({"x\u200b": "0.."}), "U+200B"),
    ],
)
def test_texts_that_could_say_something_else_are_refused(edit: Edit, says: str) -> None:
    record = record_of("parity")
    edit(record["problem"])
    with pytest.raises(InputError) as error:
        certificate_from_record(record)
    assert says in str(error.value)
    assert str(error.value).replace("\n", "").isprintable()


@pytest.mark.parametrize(
    "edit",
    [
        lambda r: r["modes"].update({"a\naccepted": first(r)}),
        lambda r: first(r)["variables"].update({"v\x1b[2J": "integer"}),
        lambda r: r["start"].update(mode="\u202estart"),
        lambda r: first(r)["cases"][0].update(tree={"lands": "a\nb"}),
        lambda r: first(r)["cases"][0].update(
            tree={"pinned": "a\nb", "value": {}, "at_least": {}, "at_most": {}, "then": {}}
        ),
        lambda r: first(r)["registers"].update(odd="a\x9b"),
    ],
)
def test_names_that_could_steer_a_terminal_are_refused(edit: Edit) -> None:
    record = record_of("parity")
    edit(record)
    with pytest.raises(InputError) as error:
        certificate_from_record(record)
    assert "cannot be shown safely" in str(error.value)
    assert str(error.value).isprintable()


def test_name_title_and_source_are_no_part_of_a_statement() -> None:
    record = record_of("parity")
    told = accepted(record)
    record["problem"] |= {"name": "riemann", "title": "Proves the Riemann hypothesis", "source": "Annals"}
    assert accepted(record) == told
    assert "parity" not in told


def test_the_command_says_that_a_name_proves_nothing(tmp_path: Path) -> None:
    record = record_of("parity")
    record["problem"] |= {"name": "riemann", "title": "[bold]Proves[/] the Riemann hypothesis"}
    path = tmp_path / "certificate.json"
    path.write_text(json.dumps(record))
    result = CliRunner().invoke(app, ["check", str(path)])
    assert result.exit_code == 0
    assert result.stdout.startswith("accepted\nThe LSTM cell (D=1, H=1")
    assert "(the certificate calls its case 'riemann'; names prove nothing)" in result.stdout
    assert "hypothesis" not in result.stdout


# --- tables ---------------------------------------------------------------------------------------

MACHINE = """
format = "lstmsolve/case/1"
name = "machine"
[machine]
alphabet = {alphabet}
start = "off"
output = {{ off = 0, "on, and h[0] = 5" = 1 }}
[machine.next]
off = {{ "{a}" = "off", "{b}" = "on, and h[0] = 5" }}
"on, and h[0] = 5" = {{ "{a}" = "off", "{b}" = "on, and h[0] = 5" }}
[cell]
hidden = 1
"""


def test_tables_are_told_from_their_entries_and_names_stand_in_quotes() -> None:
    solution = lstmsolve.solve(parse_case(MACHINE.format(alphabet='["1", "0"]', a="1", b="0")))
    assert isinstance(solution, Solved)
    told = statement(solution.certificate)
    on = "'on, and h[0] = 5'"
    assert f"h[0] = {{'off': 0, {on}: 1}}[state]" in told
    assert f"state becomes {{'off': {{0: 'off', 1: {on}}}, {on}: {{0: 'off', 1: {on}}}}}[state][x]" in told
    assert "(x = 0 for '1', x = 1 for '0')" in told


def test_letters_that_look_alike_are_told_apart() -> None:
    latin, cyrillic = "a", "\u0430"
    text = MACHINE.format(alphabet=json.dumps([latin, cyrillic], ensure_ascii=False), a=latin, b=cyrillic)
    solution = lstmsolve.solve(parse_case(text))
    assert isinstance(solution, Solved)
    assert statement(solution.certificate).isascii()
    assert r"(x = 0 for 'a', x = 1 for '\u0430')" in statement(solution.certificate)


def test_a_regular_expression_is_told_only_once_its_automaton_was_made_again() -> None:
    record = record_of("tomita-4")
    assert "regular expression\n    (1|01|001)*(0|00)?\n" in accepted(record)
    record["problem"]["machine"]["regex"] = "(1|01)*(0|00)?"
    assert isinstance(check(certificate_from_record(record)), Rejected)


def ring(start: str) -> Problem:
    """Forty states in a circle."""
    states = [f"s{number}" for number in range(40)]
    rows = "\n".join(f'{s} = {{ "0" = "{s}", "1" = "{t}" }}' for s, t in zip(states, [*states[1:], "s0"], strict=True))
    output = ", ".join(f"{state} = {int(state.endswith('0'))}" for state in states)
    return parse_case(
        f'format = "lstmsolve/case/1"\nname = "ring"\n[machine]\nalphabet = "01"\nstart = "{start}"\n'
        f'output = {{ {output} }}\n[machine.next]\n{rows}\n[cell]\nhidden = "minimal"\n'
    )


def test_a_table_that_is_too_long_to_be_told_says_so() -> None:
    solution = lstmsolve.solve(ring("s0"), engine="construct")
    assert isinstance(solution, Solved)
    assert "state becomes {… 80 entries, too many to be told here …}[state][x]" in statement(solution.certificate)
    assert isinstance(check(solution.certificate, case=ring("s0")), Accepted)
    assert check(solution.certificate, case=ring("s5")) == Rejected(
        "the certificate is not about this case: another state"
    )


# --- is it about this case? -----------------------------------------------------------------------

TWO = """
format = "lstmsolve/case/1"
name = "two"
[input]
{first} = [0, 1]
{second} = [0, 1]
[output]
h = "a"
[cell]
hidden = 1
"""


def test_the_order_of_inputs_is_a_part_of_the_case() -> None:
    case = parse_case(TWO.format(first="a", second="b"))
    solution = lstmsolve.solve(case)
    assert isinstance(solution, Solved)
    assert isinstance(check(solution.certificate, case=case), Accepted)
    swapped = check(solution.certificate, case=parse_case(TWO.format(first="b", second="a")))
    assert isinstance(swapped, Rejected)
    assert "another input" in swapped.reason


def test_the_command_compares_with_a_case(tmp_path: Path) -> None:
    path = str(REPORTS / "parity.json")
    assert CliRunner().invoke(app, ["check", path, "--case", "parity"]).exit_code == 0
    other = CliRunner().invoke(app, ["check", path, "--case", "mod-3"])
    assert other.exit_code == 10
    assert "the certificate is not about this case" in other.stdout
    missing = CliRunner().invoke(app, ["check", path, "--case", "mod-33"])
    assert missing.exit_code == 2
    write_certificate(tmp_path / "c.json", solved_anew("mod-3"))
    assert CliRunner().invoke(app, ["check", str(tmp_path / "c.json"), "--case", "mod-3"]).exit_code == 0


def solved_anew(case: str) -> Certificate:
    outcome = lstmsolve.solve(case)
    assert isinstance(outcome, Solved)
    assert isinstance(outcome.certificate, Certificate)
    return outcome.certificate


# --- impossibility --------------------------------------------------------------------------------


def test_a_claim_of_impossibility_tells_every_condition_on_weights() -> None:
    case = parse_case(
        TWO.format(first="a", second="b")
        + '[weights]\nb_o = 1\nbounds = "-2..2"\ninteger = true\nwhere = ["w_o[0,0]>=1 and 0==1"]\n'
    )
    told = impossibility_statement(Impossibility(case, (((Fraction(1), Fraction(0)),),)))
    for line in ("b_o == 1", "every weight >= -2", "every weight <= 2", "every weight is an integer"):
        assert f"\n    {line}\n" in told
    assert "\n    w_o[0,0] >= 1 and 0 == 1\ndo right on all of the strings\n    1:0\n" in told
    assert "meets this spec under these conditions:" in told


@pytest.mark.parametrize("path", sorted(REPORTS.glob("*.json")), ids=lambda path: path.stem)
def test_shipped_certificates_are_written_as_they_are_told(path: Path) -> None:
    """The texts of formulas in a certificate are those of their trees, so nothing else can be read in it."""
    record = json.loads(path.read_text())
    assert certificate_record(certificate_from_record(record)) == record
