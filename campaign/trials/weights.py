"""`verify`, `check` and `solve`."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from fractions import Fraction
from functools import partial
from random import Random
from typing import Any

from campaign.draw.cases import Pair, draw_cell, draw_demands, draw_values
from campaign.draw.expressions import random_pair
from campaign.draw.layers import layered
from campaign.draw.planting import automaton, equations
from campaign.oracle.brute_force import attempt
from campaign.oracle.specs import Domain, Reaction, Spec
from campaign.trials.claims import claimed
from campaign.trials.findings import CONTRADICTION, Trial
from campaign.trials.judging import against_design, against_verdict, failing_string, is_finite, read, shown

VERIFY_SECONDS, CHECK_SECONDS, SOLVE_SECONDS = 20.0, 20.0, 15.0
MUTANTS = 8


def draw_pair(random: Random, hidden: int | None = None) -> Pair:
    """A case and weights of any kind: planted, mutated or random."""
    match random.randrange(12):
        case 10 | 11:
            pair = layered(random, hidden)
        case 0 | 1 | 2:
            pair = automaton(random, hidden)
        case 3:
            pair = equations(random, hidden, finite=True)
        case 4 | 5 | 6:
            pair = equations(random, hidden)
        case 7:
            pair = random_pair(random, finite=False, hidden=hidden)
        case _:
            pair = random_pair(random, finite=True, hidden=hidden)
    pair = pair or equations(random, hidden)
    return _mutated(random, pair) if pair.right and random.random() < 0.45 else pair


def _mutated(random: Random, pair: Pair) -> Pair:
    """One weight changed, most of the time so that it makes a difference soon."""
    for _ in range(8 if random.random() < 0.8 else 1):
        mutant = pair.mutated(random)
        if attempt(pair.spec, mutant.weights, budget=200).failure is not None:
            break
    return mutant


def verify(trial: Trial) -> None:
    """A random pair through `verify`; where it is proved, the certificate through `check`."""
    pair = draw_pair(trial.random)
    _verified(trial, pair)


def _verified(trial: Trial, pair: Pair) -> bool:
    case, weights = trial.file("case.toml", pair.case), trial.file("weights.json", json.dumps(pair.weights))
    finite = is_finite(pair.spec)
    out = trial.folder / "out"
    answer = trial.ask("verify", case, weights, "--out", out, timeout=VERIFY_SECONDS, finite=finite)
    if answer is None:
        return False
    trial.contradict("verify", against_verdict(pair, answer.record, trial.random))
    if answer.verdict != "proved":
        return False
    _checked(trial, pair)
    return True


def _checked(trial: Trial, pair: Pair) -> None:
    """The certificate in `out` has to be accepted, and as one of this case."""
    out = trial.folder / "out"
    if not (out / "certificate.json").exists():
        trial.found(CONTRADICTION, "check", "a proof is claimed, and no certificate was written")
        return
    answer = trial.ask("check", out / "certificate.json", "--case", trial.folder / "case.toml", timeout=CHECK_SECONDS)
    if answer is not None and answer.verdict == "rejected":
        trial.found(CONTRADICTION, "check", f"rejects a certificate of ours: {answer.record['reason']}")
    if read(out / "weights.json")["weights"] != read(out / "certificate.json")["weights"]["weights"]:
        trial.found(CONTRADICTION, "check", "the certificate is about other weights")


def check(trial: Trial) -> None:
    """A certificate, written and read again; then mutants of it, which are rejected or say something true."""
    for _ in range(12):
        pair = automaton(trial.random, most=6) if trial.random.random() < 0.5 else equations(trial.random)
        if pair is not None and _verified(trial, pair) and (trial.folder / "out" / "certificate.json").exists():
            break
    else:
        return
    record = read(trial.folder / "out" / "certificate.json")
    for number in range(MUTANTS):
        mutant = _mutant(trial.random, record)
        path = trial.file(f"mutant-{number}.json", json.dumps(mutant))
        answer = trial.tool("check", path, timeout=CHECK_SECONDS * trial.haste)
        verdict = "refused" if answer.refused else str(answer.verdict)
        trial.runs[f"check mutant {verdict}"] += 1
        if answer.crash is not None:
            trial.found("crash", "check", f"{path.name}: {answer.crash}")
        elif answer.overtime:
            trial.found("overtime", "check", f"{path.name}: {answer.late:.1f} s beyond its limit")
        elif answer.verdict == "accepted":
            told = _against_claim(trial.random, partial(claimed, mutant))
            if told is not None:
                trial.found(CONTRADICTION, "check", f"accepts {path.name}, which {told}")
        other = trial.tool("check", path, "--case", trial.folder / "case.toml", timeout=CHECK_SECONDS * trial.haste)
        if other.verdict == "accepted":
            told = _against_claim(trial.random, partial(_of_case, pair.spec, mutant))
            if told is not None:
                trial.found(CONTRADICTION, "check", f"accepts {path.name} as one of the case, which {told}")


def _against_claim(random: Random, claim: Callable[[], tuple[Spec | None, Any]]) -> str | None:
    """What is wrong with what an accepted certificate says; a spec of None is not read here."""
    try:
        spec, weights = claim()
        failure = None if spec is None else failing_string(spec, weights, random)
    except (ArithmeticError, AssertionError, LookupError, SyntaxError, TypeError, ValueError) as error:
        return f"says nothing: {error!r}"
    return None if failure is None else f"is wrong on {shown(failure)}"


def _of_case(spec: Spec, certificate: dict[str, Any]) -> tuple[Spec, Any]:
    return spec, certificate["weights"]


def _mutant(random: Random, record: dict[str, Any]) -> dict[str, Any]:
    """The certificate with one place changed. Places in problem and weights are as likely as all others."""
    mutant = deepcopy(record)
    part = random.choice(("problem", "weights", "start", "modes", "modes", "modes"))
    places = list(_places(mutant[part]))
    holder, key = random.choice(places)
    old = holder[key]
    change: Callable[[], object] = random.choice(
        (lambda: _other(random, old), lambda: _other(random, old), lambda: random.choice(places)[0], lambda: None)
    )
    if random.random() < 0.15:
        del holder[key]
    elif random.random() < 0.2:
        there, where = random.choice(places)
        holder[key], there[where] = deepcopy(there[where]), deepcopy(old)
    else:
        holder[key] = deepcopy(change()) if not isinstance(old, str) else _other(random, old)
    return mutant


def _places(node: Any) -> list[tuple[Any, Any]]:
    """Every container with each of its keys."""
    found = []
    if isinstance(node, dict | list):
        for key in list(node) if isinstance(node, dict) else range(len(node)):
            found.append((node, key))
            found += _places(node[key])
    return found


def _other(random: Random, old: object) -> object:
    if not isinstance(old, str):
        return random.choice(([], {}, "0", "1", 0, True))
    numbers = list(re.finditer(r"\d+", old))
    if numbers and random.random() < 0.8:
        place = random.choice(numbers)
        return old[: place.start()] + random.choice(("0", "1", "2", "5")) + old[place.end() :]
    swaps = ((">=", ">"), (">=", "<="), ("==", "!="), ("high", "low"), ("low", "high"), ("min", "max"), ("+", "-"))
    usable = [(a, b) for a, b in swaps if a in old]
    if usable:
        a, b = random.choice(usable)
        return old.replace(a, b, 1)
    return random.choice(("0", "1", "-1", "1/2", "high", "linear", "low", f"{old}x", ""))


def solve(trial: Trial) -> None:
    """A small case through `solve`; weights that are right are often known."""
    random = trial.random
    if random.random() < 0.15:
        pair: Pair | None = layered(random, random.choice((1, 1, 2)))
    elif random.random() < 0.2:
        pair = _language(random)
    elif random.random() < 0.4:
        pair = automaton(random, random.choice((1, 1, 2)), most=8)
    elif random.random() < 0.6:
        pair = equations(random, 1, finite=random.random() < 0.5)
    else:
        pair = random_pair(random, finite=random.random() < 0.7, hidden=random.choice((1, 1, 2)))
    pair = pair or equations(random, 1)
    if random.random() < 0.35 and pair.hidden is None:
        pair = replace(pair, demands=draw_demands(random, pair))
    case = trial.file("case.toml", pair.case)
    options = ["--out", str(trial.folder / "out"), "--jobs", "1", "--seed", str(random.randrange(100))]
    if random.random() < 0.7:
        options += ["--objective", random.choice(("tolerant", "first", "first", "first"))]
    answer = trial.ask("solve", case, *options, timeout=SOLVE_SECONDS, finite=is_finite(pair.spec))
    if answer is None:
        return
    trial.contradict("solve", against_design(pair, answer.record, random))
    if answer.verdict == "solved":
        _checked(trial, pair)


def _language(random: Random) -> Pair:
    """A regular expression; Python reads it too."""
    regex = _regex(random, 3)
    pattern = re.compile(regex)

    def react(state: tuple[Any, ...], given: Any) -> Reaction:
        word = state[0] + str(given["x"])
        return (word,), (("==", Fraction(pattern.fullmatch(word) is not None)),)

    text = f'[language]\nalphabet = "01"\nregex = {json.dumps(regex)}'
    zero, one = Fraction(0), Fraction(1)
    spec = Spec({"x": Domain("listed", (zero, one))}, ("",), react, text, finite=True)
    cell = replace(draw_cell(random, 1, 3), c=(zero,) * 3, h=(zero,) * 3)
    return Pair(spec, cell, draw_values(random, cell), right=False, made="language", hidden="minimal")


def _regex(random: Random, depth: int) -> str:
    if depth == 0 or random.random() < 0.2:
        return random.choice(("0", "1", "0", "1", "[01]", "."))
    a, b = _regex(random, depth - 1), _regex(random, depth - 1)
    match random.randrange(6):
        case 0:
            return f"({a}|{b})"
        case 1:
            return f"({a})*"
        case 2:
            return f"({a}){random.choice(('+', '?', '{2}', '{1,2}'))}"
        case _:
            return a + b
