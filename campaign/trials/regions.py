"""`region` and `family`: members are looked for on foot, and each is tried."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from fractions import Fraction
from random import Random
from typing import Any, Final

from campaign.draw.cases import VALUES, Cell, Pair, Values, draw_demands, name_of
from campaign.draw.planting import automaton, equations
from campaign.oracle.brute_force import attempt, objections
from campaign.oracle.formulas import value
from campaign.oracle.textbook import Record, named
from campaign.trials.findings import CONTRADICTION, Trial
from campaign.trials.judging import failing_string, is_finite, shown, unmet

REGION_SECONDS, FAMILY_SECONDS = 20.0, 25.0
MEMBERS: Final = 40
STEPS: Final = 400
FAR: Final = tuple(map(Fraction, ("5", "-5", "100", "-100", "1/100", "-1/100", "3/2", "0")))

Holds = Callable[[Record], bool]


def region(trial: Trial) -> None:
    """The region of a case whose weights are known: are its members right, and are those weights among them?"""
    pair = _planted(trial.random)
    case = trial.file("case.toml", pair.case)
    out = trial.folder / "out"
    finite = is_finite(pair.spec)
    seed = str(trial.random.randrange(100))
    options = ("--out", out, "--jobs", "1", "--seed", seed)
    answer = trial.ask("region", case, *options, timeout=REGION_SECONDS, finite=finite)
    if answer is None:
        return
    if answer.verdict == "impossible":
        trial.found(CONTRADICTION, "region", "impossible, but there are weights that are right")
    found = answer.record.get("region")
    if found is None:
        return
    trial.contradict("region", _against_region(trial, pair, found, _member_of(out / "region.toml")))


def _against_region(trial: Trial, pair: Pair, found: Mapping[str, Any], holds: Holds) -> Iterator[str]:
    inside = holds(pair.weights)
    others = found["others"]
    if others["excluded"] is True:
        if not inside:
            yield "these are all weights that work, but the planted ones are not among them"
        for weights in _right_nearby(trial.random, pair):
            if not holds(weights):
                yield f"these are all weights that work, but others do: {json.dumps(weights['weights'])}"
                return
    if others["weights"] is not None:
        yield from _against_solution(trial.random, pair, others["weights"], holds, "others")
    if inside:
        yield from _against_members(trial.random, pair, pair.values, holds)


def family(trial: Trial) -> None:
    """A family around known weights: is what is said of soundness and completeness so?"""
    random = trial.random
    pair = _planted(random)
    case = trial.file("case.toml", pair.case)
    path = trial.file("family.toml", _family(random, pair))
    holds = _member_of(path)
    options = ("--jobs", "1", "--seed", str(random.randrange(100)))
    answer = trial.ask("family", case, path, *options, timeout=FAMILY_SECONDS, finite=is_finite(pair.spec))
    if answer is not None:
        trial.contradict("family", _against_family(random, pair, answer.record, holds))


def _against_family(random: Random, pair: Pair, record: Mapping[str, Any], holds: Holds) -> Iterator[str]:
    sound, complete = record["sound"], record["complete"]
    wanted = {True: "exact" if complete else "sound", False: "unsound", None: "unknown"}[sound]
    if record["verdict"] != wanted:
        yield f"the verdict is {record['verdict']} with sound {sound} and complete {complete}"
    if sound is True:
        yield from _against_members(random, pair, pair.values, holds)
    if sound is False:
        failing = record["member_that_fails"]
        if not holds(failing) or list(unmet(pair.demands, failing)):
            yield "the member that fails is no member"
        yield from objections(pair.spec, failing, record["counterexample"])
    if complete is True:
        for weights in _right_nearby(random, pair):
            if not holds(weights):
                yield f"called complete, but other weights do: {json.dumps(weights['weights'])}"
                return
    if complete is False:
        yield from _against_solution(random, pair, record["solution_outside"], holds, "the solution outside")


def _against_solution(random: Random, pair: Pair, weights: Record, holds: Holds, name: str) -> Iterator[str]:
    failure = failing_string(pair.spec, weights, random)
    if failure is not None:
        yield f"{name}: weights that are wrong on {shown(failure)}"
    if holds(weights):
        yield f"{name}: weights that are not outside"
    yield from (f"{name}: {told}" for told in unmet(pair.demands, weights))


def _against_members(random: Random, pair: Pair, start: Values, holds: Holds) -> Iterator[str]:
    """Walks from member to member; each has to be right, and to satisfy what the case demands."""
    for weights in _members(random, pair.cell, start, holds):
        if list(unmet(pair.demands, weights)):
            continue  # a region says so itself; a family is judged within the demands
        failure = failing_string(pair.spec, weights, random, budget=500)
        if failure is not None:
            yield f"a member is wrong on {shown(failure)}: {json.dumps(weights['weights'])}"
            return


def _members(random: Random, cell: Cell, start: Values, holds: Holds) -> Iterator[Record]:
    here, found = start, 0
    for _ in range(STEPS):
        there = _moved(random, here)
        weights = cell.record(there)
        if holds(weights):
            here, found = there, found + 1
            yield weights
            if found == MEMBERS:
                return


def _right_nearby(random: Random, pair: Pair) -> Iterator[Record]:
    """Weights that are surely right: all their joint states were seen. The planted ones are the first."""
    yield pair.weights
    for _ in range(60):
        there = pair.values
        for _ in range(random.choice((1, 1, 2, 3))):
            there = _moved(random, there)
        weights = pair.cell.record(there)
        tried = attempt(pair.spec, weights, budget=400)
        if tried.closed and tried.failure is None and not list(unmet(pair.demands, weights)):
            yield weights


def _moved(random: Random, values: Values) -> Values:
    place = random.choice(sorted(values))
    step = random.choice((-1, 1)) * random.choice((Fraction(1), Fraction(1, 4), Fraction(1, 10)))
    return {**values, place: random.choice((*VALUES, *FAR, values[place] + step, values[place] + step, -values[place]))}


def _planted(random: Random) -> Pair:
    found = automaton(random, 1, most=8) if random.random() < 0.5 else None
    pair = found or equations(random, 1, finite=random.random() < 0.4)
    return replace(pair, demands=draw_demands(random, pair)) if random.random() < 0.3 else pair


def _family(random: Random, pair: Pair) -> str:
    """Conditions that the pair's weights satisfy."""
    lines, where = ['format = "lstmsolve/family/1"', "[weights]"], []
    loose = random.choice((0.1, 0.25, 0.6))
    for place in sorted(pair.values):
        here, name = pair.values[place], name_of(place)
        if random.random() > loose:
            lines.append(f'"{name}" = "{here}"')
            continue
        match random.randrange(4):
            case 0:
                where.append(f"{name} >= {here}" if random.random() < 0.5 else f"{name} <= {here}")
            case 1:
                where.append(f"{here} - 1 <= {name} <= {here} + 1/2")
            case 2:
                other = random.choice(sorted(pair.values))
                where.append(_together(name, name_of(other), here + pair.values[other], here, random))
            case _:
                pass
    return "\n".join([*lines, f"where = {json.dumps(where)}", ""])


def _together(name: str, other: str, total: Fraction, here: Fraction, random: Random) -> str:
    return random.choice(
        (f"{name} + {other} >= {total}", f"{name} == {here} or {other} >= 1", f"{name} + {other} == {total}")
    )


def _member_of(path: Any) -> Holds:
    """Does a weights record satisfy the conditions of a family file?"""
    section = tomllib.loads(path.read_text(), parse_float=str)["weights"]
    where = section.pop("where", [])
    integer = section.pop("integer", False)

    def holds(weights: Record) -> bool:
        names = named(weights)
        return (
            all(names[name] == Fraction(given) for name, given in section.items())
            and all(value(condition, names) for condition in where)
            and not (integer and any(given.denominator != 1 for given in names.values()))
        )

    return holds
