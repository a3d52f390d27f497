"""Formulas in LaTeX, for markdown with `$…$`."""

from __future__ import annotations

import unicodedata
from typing import Final, assert_never

from lstmsolve.derivation.language.formulas import (
    Add,
    Call,
    Choice,
    Derivative,
    Divide,
    Formula,
    Multiply,
    Negative,
    Number,
    Position,
    Power,
    Ref,
    Relation,
    Sum,
)
from lstmsolve.derivation.language.functions import FUNCTIONS
from lstmsolve.derivation.language.writing import ATOM, FACTORS, POWER, joined, signed, tightness, write_index
from lstmsolve.kernel.base.affine import Affine
from lstmsolve.kernel.base.numbers import format_number

_GREEK: Final = frozenset(
    {"alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota", "kappa", "lambda", "mu"}
    | {"nu", "xi", "omicron", "pi", "rho", "sigma", "tau", "upsilon", "phi", "chi", "psi", "omega"}
)
ACCENTS: Final = {"\u0302": "hat", "\u0304": "bar", "\u0303": "tilde", "\u0307": "dot", "\u0308": "ddot"}
_RELATIONS: Final = {
    Relation.EQUAL: "=",
    Relation.UNEQUAL: r"\neq",
    Relation.LESS: "<",
    Relation.AT_MOST: r"\leq",
    Relation.GREATER: ">",
    Relation.AT_LEAST: r"\geq",
}


def latex(formula: Formula) -> str:
    """The formula, without the dollar signs."""
    match formula:
        case Number(value):
            return _fraction(value.numerator, value.denominator)
        case Position(form):
            return _index(form)
        case Ref():
            return _ref(formula)
        case Derivative(total, of, by):
            mark = "d" if total else r"\partial "
            return rf"\frac{{{mark}{_ref(of)}}}{{{mark}{_ref(by)}}}"
        case Call("sqrt", argument, False):
            return rf"\sqrt{{{latex(argument)}}}"
        case Call(function, argument, slope):
            name = FUNCTIONS[function].latex
            dotted = rf"\dot{{{name}}}" if slope else name
            return rf"{dotted}\left({latex(argument)}\right)"
        case Add(terms):
            return joined([_signed(term) for term in terms])
        case Multiply(factors):
            return r" \, ".join(
                _within(factor, FACTORS, last=place == len(factors) - 1) for place, factor in enumerate(factors)
            )
        case Negative(operand):
            return f"-{_within(operand, FACTORS)}"
        case Divide(numerator, denominator):
            return rf"\frac{{{latex(numerator)}}}{{{latex(denominator)}}}"
        case Power(base, exponent):
            return f"{_within(base, ATOM)}^{{{latex(exponent)}}}"
        case Sum(index, low, high, body):
            return rf"\sum_{{{_name(index)}={_index(low)}}}^{{{_index(high)}}} {_within(body, FACTORS)}"
        case Choice(condition, then, otherwise):
            relation = _RELATIONS[condition.relation]
            when = f"{latex(condition.left)} {relation} {latex(condition.right)}"
            return rf"\begin{{cases}} {latex(then)} & {when} \\ {latex(otherwise)} & \text{{otherwise}} \end{{cases}}"
        case _:
            assert_never(formula)


def latex_equation(left: Formula, right: Formula) -> str:
    return f"{latex(left)} = {latex(right)}"


def _ref(ref: Ref) -> str:
    return f"{_name(ref.name)}[{', '.join(map(_index, ref.indices))}]" if ref.indices else _name(ref.name)


def _name(name: str) -> str:
    """`δ_h` as \\delta_{h}, `ŷ` as \\hat{y}, `w_ci` as w_{ci}."""
    stem, _, below = name.partition("_")
    return _word(stem) + (f"_{{{', '.join(_word(part) for part in below.split('_'))}}}" if below else "")


def _word(word: str) -> str:
    if not word:
        return ""
    decomposed = unicodedata.normalize("NFD", word)
    letters = [letter for letter in decomposed if letter not in ACCENTS]
    accents = [ACCENTS[letter] for letter in decomposed if letter in ACCENTS]
    plain = "".join(letters)
    if plain == "L":
        spelled = r"\mathcal{L}"
    elif plain.lower() in _GREEK:
        spelled = f"\\{plain}"
    else:
        named = [_letter(letter) for letter in plain]
        single = len(named) == 1 or all(len(part) > 1 for part in named)
        spelled = "".join(named) if single else rf"\mathit{{{plain}}}"
    for accent in accents:
        spelled = rf"\{accent}{{{spelled}}}"
    return spelled


def _letter(letter: str) -> str:
    """A Greek letter as its command, any other as it is."""
    spelled = unicodedata.name(letter, "").split()
    if spelled[:1] == ["GREEK"] and spelled[-1].lower() in _GREEK:
        command = spelled[-1].lower()
        return f"\\{command.capitalize() if spelled[1] == 'CAPITAL' else command}"
    return letter


def _index(form: Affine) -> str:
    return write_index(form).replace("*", " ")


def _signed(term: Formula) -> tuple[bool, str]:
    negative, rest = signed(term)
    return negative, _within(rest, FACTORS)


def _within(formula: Formula, least: int, last: bool = True) -> str:
    """In parentheses where it is looser than `least`; fractions hold themselves together."""
    if isinstance(formula, Divide | Derivative) or (isinstance(formula, Number) and formula.value >= 0):
        loose = least > POWER
    elif isinstance(formula, Sum):
        loose = least > FACTORS or not last  # everything after it would seem to be summed
    else:
        loose = tightness(formula) < least
    return rf"\left({latex(formula)}\right)" if loose else latex(formula)


def _fraction(numerator: int, denominator: int) -> str:
    if denominator == 1:
        return format_number(numerator)
    sign = "-" if numerator < 0 else ""
    return rf"{sign}\frac{{{format_number(abs(numerator))}}}{{{format_number(denominator)}}}"
