"""Both expression languages come through one door: the same guards, clear errors, and no text takes long."""

from __future__ import annotations

import os
import random
import string
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from lstmsolve.cli.main import app
from lstmsolve.derivation.language.reading import Vocabulary, read_formula
from lstmsolve.kernel.language.expressions import ExpressionError
from lstmsolve.kernel.language.parsing import parse_expression
from lstmsolve.kernel.language.syntax import MAX_DEPTH, MAX_LENGTH, MAX_NODES, caret

Read = Callable[[str], object]
WORDS = Vocabulary({"a", "h", "x", "L", "n", "N", "m"}, {"n", "N", "m"})
LANGUAGES: dict[str, Read] = {
    "expressions": lambda text: parse_expression(text, indexed=True),
    "formulas": lambda text: read_formula(text, WORDS),
}
TOO_MUCH = {
    "chained if": "a if x == 1 else " * 400 + "a",
    "nested if": "(" * 300 + "a" + " if x == 1 else a)" * 300,
    "parentheses": "(" * 5000 + "a" + ")" * 5000,
    "open brackets": "[" * 5000,
    "open braces": "{" * 5000,
    "minus": "-" * 5000 + "a",
    "not": "not " * 1000 + "a",
    "plus": "+".join(["a"] * 3000),
    "times": "*".join(["a"] * 3000),
    "calls": "abs(" * 180 + "a" + ")" * 180,
    "unclosed calls": "abs(" * 3000,
    "powers": "**".join(["a"] * 3000),
    "lambda": "lambda:" * 2000 + "a",
    "attributes": "a" + ".a" * 5000,
    "dictionaries": "{a:" * 180 + "a" + "}" * 180,
    "wide": "max(" + ",".join(["a"] * (MAX_NODES + 1)) + ")",
    "comparisons": "<".join(["a"] * (MAX_NODES + 1)),
    "long": "a" * (MAX_LENGTH + 1),
    "long number": "9" * 1001,
    "long decimal": "0." + "9" * 1001,
    "long index": f"a[{'9' * 1001}]",
    "long hexadecimal": "0x" + "f" * 5000,
}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("text", TOO_MUCH.values(), ids=TOO_MUCH)
def test_too_much_is_an_error_at_once(language: str, text: str) -> None:
    started = time.process_time()
    with pytest.raises(ExpressionError) as error:
        LANGUAGES[language](text)
    assert time.process_time() - started < 5  # in fact a few hundredths
    assert 0 <= error.value.at <= len(text)
    assert len(str(error.value)) < 300


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("text", "at", "says"),
    [
        ("", 0, "is empty"),
        (" \n\t ", 0, "is empty"),
        ("a +", 3, "does not parse"),
        ("  (a", 2, "was never closed"),
        ("a # b", 2, None),
        ("a\n# b", 2, None),
        ("a + \x1b[31m", 4, "U+001B a control character cannot stand here"),
        ("a\x00", 1, "U+0000"),
        ("a + \u202eb", 4, "U+202E RIGHT-TO-LEFT OVERRIDE cannot stand here"),
        ("a\u00a0+ b", 1, "U+00A0 NO-BREAK SPACE"),
        ("a\x0c+ b", 1, "U+000C"),
        ("ａ + b", 0, "U+FF41 FULLWIDTH LATIN SMALL LETTER A"),
        ("a + １", 4, "; write 1"),
        ("𝐚 + b", 0, "; write a"),
        ("a + \u05d0", 4, "HEBREW LETTER ALEF"),
        ("а + b", 0, "CYRILLIC SMALL LETTER A"),
        ("a + “b”", 4, "LEFT DOUBLE QUOTATION MARK"),
        ("a\u200b", 1, "ZERO WIDTH SPACE"),
        ("a \\\n+ b", 3, "does not parse"),
        ("a; b", 1, "does not parse"),
        ("a = b", 2, "does not parse"),
        ("0x10 + a", 0, "is not a number"),
        ("a + 1_000", 4, "is not a number"),
        ("a + 1e3", 4, "is not a number"),
        ("a + 1j", 4, "is not"),
        ("a + None", 4, "is not in the"),
        ("a + b'x'", 4, "is not in the"),
        ("a + f'{b}'", 4, "is not in the"),
        ("a + (b := 1)", 5, "is not in the"),
        ("a + ...", 4, "is not in the"),
        ("[a for a in b]", 0, "is not in the"),
        ("a.b", 0, "is not in the"),
        ("a @ b", 0, "is not in the"),
    ],
)
def test_both_languages_refuse_the_same_and_point_at_it(language: str, text: str, at: int, says: str | None) -> None:
    with pytest.raises(ExpressionError) as error:
        LANGUAGES[language](text)
    assert (says or "") in str(error.value)
    assert error.value.at == at


@pytest.mark.parametrize("language", LANGUAGES)
@given(st.text(st.sampled_from("ax1.[]()+-*/%<>=!'\"#,:{}&|^~@ \n\\∂σ\u0307ａ\u202e") | st.characters(), max_size=40))
def test_any_text_is_read_or_refused(language: str, text: str) -> None:
    refusal = None
    try:
        LANGUAGES[language](text)
    except ExpressionError as error:
        refusal = error
    if refusal is not None:
        assert 0 <= refusal.at <= len(text)
        assert caret(text, refusal.at).count("\n") == 1


@pytest.mark.parametrize("seed", range(30))
def test_random_program_text_takes_no_time(seed: int) -> None:
    generator = random.Random(seed)
    pieces = [
        "a",
        "x",
        "1",
        "(",
        ")",
        "[",
        "]",
        "{",
        "}",
        "if ",
        " else ",
        "not ",
        "and ",
        "or ",
        "lambda ",
        ":",
        ",",
        "*",
    ]
    pieces += ["-", "<", "=", ".", "'", "f'", "for ", "in ", "await ", "**", "min(", "sum(", *string.punctuation]
    chosen = generator.sample(pieces, generator.randint(2, 6))
    text = "".join(generator.choices(chosen, k=8000))[:MAX_LENGTH]
    started = time.process_time()
    for read in LANGUAGES.values():
        with pytest.raises(ExpressionError):
            read(text)
    assert time.process_time() - started < 5


@pytest.mark.parametrize("text", ["0**((n - 50)**2)", "(a - a)**((N - 77)**2)", "2**(1000*N)", "(1 + a)**1000"])
def test_powers_that_grow_with_indices_alone_are_read(text: str) -> None:
    assert read_formula(text, WORDS)


@pytest.mark.parametrize("text", ["σ", "δ_h", "ŷ", "y\u0302", "σ̇(a)", "∂L/∂h[n]", "2·a", "a×x", "a−1", "Ω", "ξ̂", "é"])
def test_formulas_keep_their_letters(text: str) -> None:
    assert read_formula(text, WORDS)


@pytest.mark.parametrize(
    "text",
    ["ð", "ϵ", "µ", "ℎ", "ｈ", "ﬁ", "a\u0300", "\u0307a", "a + \u0307", "a\u0307\u0307\u0307", "日", "x²", "a'", "√a"],
)
def test_formulas_take_no_letter_for_another(text: str) -> None:
    with pytest.raises(ExpressionError, match=r"cannot stand here|does not parse"):
        read_formula(text, WORDS)


def test_the_caret_stands_under_the_place_whatever_the_letters_take() -> None:
    assert caret("状態 + x", 5) == "    状態 + x\n           ^"
    assert caret("σ̇(a) + q", 7) == "    σ̇(a) + q\n          ^"
    assert caret("a\x1b + q", 5) == "    a\\x1b + q\n            ^"
    assert caret("x" * 500, 400).splitlines()[1].index("^") == 64


# --- what is let in is borne by all that comes after ----------------------------------------------

DESIGN = """
format = "lstmsolve/case/1"
name = "deep"
[input]
x = [0, 1]
[state]
n = 0
[next]
n = "{text}"
[output]
h = "n"
[cell]
hidden = 1
"""
D = MAX_DEPTH
DEEP = {
    "chained if": "0 if x == 5 else " * (D - 2) + "x",
    "nested if": "(" * (D - 3) + "x" + " if x != 5 else 0)" * (D - 3),
    "plus": "+".join(["0"] * (D - 2) + ["x"]),
    "minus": "-" * (D - D % 2 - 2) + "x",
    "min": "min(1," * (D - 2) + "x" + ")" * (D - 2),
    "abs": "abs(" * (D - 2) + "x" + ")" * (D - 2),
    "not": "1 if " + "not " * (2 * ((D - 4) // 2)) + "x == 1 else 0",
    "and or": "1 if " + "(x==1 and (x == 1 or " * ((D - 6) // 2) + "x == 1" + "))" * ((D - 6) // 2) + " else 0",
    "remainder": "(" * (D - 2) + "x" + ")%2" * (D - 2),
    "many or": "1 if " + " or ".join(["x == 1"] * 1200) + " else 0",
    "many arguments": "min(" + ",".join(["x"] * 4000) + ")",
}


@pytest.mark.parametrize("text", DEEP.values(), ids=DEEP)
def test_the_deepest_expressions_are_solved_verified_and_checked(tmp_path: Path, text: str) -> None:
    path, out = tmp_path / "deep.toml", tmp_path / "out"
    path.write_text(DESIGN.format(text=text))
    solution = CliRunner().invoke(app, ["solve", str(path), "--out", str(out)])
    assert solution.exit_code == 0, solution.output
    checked = CliRunner().invoke(app, ["check", str(out / "certificate.json"), "--case", str(path)])
    assert checked.exit_code == 0, checked.output
    refuted = CliRunner().invoke(app, ["verify", str(path), "b_i=1 w_c=1"])
    assert refuted.exit_code == 10, refuted.output


def test_what_is_written_out_longer_than_it_may_be_read_is_refused() -> None:
    assert parse_expression("<".join(["aa"] * 4000))
    text = "<".join(["aa"] * 4900)
    assert len(text) < MAX_LENGTH < len(text.replace("<", " < "))
    with pytest.raises(ExpressionError, match="written out"):
        parse_expression(text)


DERIVATION = """
format = "lstmsolve/derivation/1"
name = "deep"
[sizes]
N = "1.."
[time]
n = "0..N-1"
[inputs]
"x[n]" = "real"
[parameters]
a = "real"
{let}
[signals]
"h[n]" = "{text}"
[before]
h = 0
[loss]
L = "Σ(n, 0, N-1, h[n]**2)"
{claims}
"""


def derived(path: Path, text: str = "a*h[n-1]", let: str = "", claims: str = "") -> tuple[int, str]:
    path.write_text(DERIVATION.format(text=text, let=let, claims=claims))
    result = CliRunner().invoke(app, ["derive", str(path), "--timeout", "60"])
    assert "Traceback" not in result.stderr
    return result.exit_code, result.stderr


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("a*h[n-1] if x[n] == 0 else " * 400 + "x[n]", "nested more than 150 deep"),
        ("a*h[n-1] if x[n] == 0 else " * 60 + "x[n]", "more than 50 levels of nesting"),
        ("tanh(" * 9 + "a*h[n-1]" + ")" * 9, "more than 8 functions within one another"),
        ("a/(1 + " * 30 + "h[n-1]**2" + ")" * 30, "more than 50 levels of nesting"),
        ("(((1 + h[n-1])**1000)**1000)**1000", "binary digits in its numbers"),
        ("2**(10**10)*h[n-1]", "binary digits in its numbers"),
        ("2**((N - 77)**9)*h[n-1]", "binary digits in its numbers"),
        ("((10**900)**900)*h[n-1]", "binary digits in its numbers"),
        ("h[n-1] + " + "*".join(["9" * 900] * 5), "binary digits in its numbers"),
        (f"{'9' * 1001}*h[n-1]", "a number of 1001 digits"),
        ("a*h[n-1] # + x[n]", "there are no comments"),
    ],
)
def test_formulas_that_later_stages_cannot_bear_are_refused(tmp_path: Path, text: str, says: str) -> None:
    code, said = derived(tmp_path / "deep.toml", text)
    assert code == 2
    assert 'deep.toml: signals."h[n]": ' in said
    assert says in said


def test_abbreviations_count_as_what_they_stand_for(tmp_path: Path) -> None:
    doubling = "[let]\n" + "".join(f'b{i} = "b{i - 1}*b{i - 1}"\n' for i in range(1, 60)) + 'b0 = "a + 1"\n'
    code, said = derived(tmp_path / "deep.toml", "b59*h[n-1]", doubling)
    assert code == 2
    assert "with its abbreviations put in: a formula with more than" in said
    nested = "[let]\n" + "".join(f'b{i} = "tanh(b{i - 1})"\n' for i in range(1, 12)) + 'b0 = "a + 1"\n'
    code, said = derived(tmp_path / "deep.toml", "b11*h[n-1]", nested)
    assert code == 2
    assert "more than 8 functions within one another" in said
    few = "[let]\n" + "".join(f'b{i} = "tanh(b{i - 1})"\n' for i in range(1, 6)) + 'b0 = "a + 1"\n'
    claims = '[[claims]]\nid = "1"\nclaim = "dL/da = tanh(tanh(tanh(tanh(b5))))"\n'
    code, said = derived(tmp_path / "deep.toml", "b3*h[n-1]", few, claims)
    assert code == 2
    assert "claims.1: with its abbreviations put in" in said


@pytest.mark.parametrize(
    "text",
    [
        "a*h[n-1] if x[n] == 0 else " * 45 + "x[n]",
        "+".join(["a*h[n-1]"] * 140),
        "σ(" * 6 + "a*h[n-1] + x[n]" + ")" * 6,
        "a/(1 + " * 20 + "h[n-1]**2" + ")" * 20,
        f"{'9' * 900}*h[n-1] + {'7' * 900}*x[n]",
        "a*h[n-1] + 10**(-80)*x[n]",
        "a**N*h[n-1] + x[n]**999 + 2**(-n)",
    ],
    ids=["chained if", "plus", "functions", "fractions", "long numbers", "a small number", "powers"],
)
def test_formulas_within_the_limits_are_derived(tmp_path: Path, text: str) -> None:
    code, said = derived(tmp_path / "deep.toml", text)
    assert code == 0, said


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("verify nonzero-counter CASE", "but a case file; `lstmsolve solve` takes it"),
        ("family nonzero-counter CASE", "but a case file; `lstmsolve solve` takes it"),
        ("family nonzero-counter WEIGHTS", "but a weights file; `lstmsolve verify CASE` takes it"),
        ("verify nonzero-counter DERIVATION", "but a derivation file; `lstmsolve derive` takes it"),
        ("solve DERIVATION", "but a derivation file; `lstmsolve derive` takes it"),
    ],
)
def test_the_wrong_kind_of_file_is_one_line_that_says_who_takes_it(command: str, said: str, tmp_path: Path) -> None:
    files = {
        "CASE": ("c.toml", "[input]\nx = [0, 1]\n[output]\nh = 'x'\n"),
        "DERIVATION": ("d.toml", "name = 'd'\n[signals]\nh = 'x'\n"),
        "WEIGHTS": ("w.json", '{"format": "lstmsolve/weights/1", "cell": {"inputs": 1, "hidden": 1}, "weights": {}}'),
    }
    for name, (file, text) in files.items():
        (tmp_path / file).write_text(text)
        command = command.replace(name, str(tmp_path / file))
    ran = CliRunner().invoke(app, command.split())
    assert ran.exit_code == 2
    assert said in ran.stderr
    assert len(ran.stderr.strip().splitlines()) == 1


@pytest.mark.parametrize(
    ("formula", "instead"),
    [
        ("1 if x == 1 && x == 0 else 0", "for && write and"),
        ("1 if x == 1 || x == 0 else 0", "for || write or"),
        ("x == 1 ? 1 : 0", "for ? write A if C else B"),
        ("(x + 1) mod 3", "for mod write %"),
        ("1 if x = 1 else 0", "for = write =="),
        ("1 if !(x == 1) else 0", "for ! write not"),
        ("if x == 1 then 1 else 0", "for then write A if C else B"),
    ],
)
def test_what_other_languages_write_is_answered_with_what_is_written_here(
    formula: str, instead: str, tmp_path: Path
) -> None:
    (tmp_path / "c.toml").write_text(f"[input]\nx = [0, 1]\n[output]\nh = '{formula}'\n")
    ran = CliRunner().invoke(app, ["solve", str(tmp_path / "c.toml")])
    assert ran.exit_code == 2
    assert instead in ran.stderr


def test_shells_complete_commands_and_names_of_cases() -> None:
    def completed(words: str, place: int) -> list[str]:
        asked = {"_LSTMSOLVE_COMPLETE": "complete_bash", "COMP_WORDS": words, "COMP_CWORD": str(place)}
        ran = subprocess.run(
            [str(Path(sys.executable).with_name("lstmsolve"))],
            env=os.environ | asked,
            capture_output=True,
            text=True,
            check=False,
        )
        return ran.stdout.split()

    assert "solve" in completed("lstmsolve so", 1)
    assert completed("lstmsolve solve tomita-", 2)[:2] == ["tomita-1", "tomita-2-one-unit"]
