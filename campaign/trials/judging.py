"""What is said of weights and of designs, held against brute force."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from fractions import Fraction
from pathlib import Path
from random import Random
from typing import Any

from campaign.draw.cases import Demands, Pair
from campaign.oracle.brute_force import Letters, all_tried, attempt, letters, objections, wander, wrong_on
from campaign.oracle.formulas import value
from campaign.oracle.specs import Spec
from campaign.oracle.textbook import Record, named

BUDGET = 2500
"""Steps of the cell for one judgement."""

SPEC_STATES = 2000
"""States of a finite reference machine."""


def failing_string(spec: Spec, weights: Record, random: Random, budget: int = BUDGET) -> Letters | None:
    """A string on which the weights are wrong, if a search of a moment finds one."""
    tried = attempt(spec, weights, budget)
    if tried.failure is not None or tried.closed:
        return tried.failure
    return wander(spec, weights, random)


def is_finite(spec: Spec) -> bool:
    """Are there finitely many inputs and states of the reference machine, and not too many?"""
    if spec.finite is not None or not all_tried(spec):
        return bool(spec.finite)
    seen, todo = {spec.start}, [spec.start]
    for state, letter in ((state, letter) for state in todo for letter in letters(spec)):
        reaction = spec.react(state, letter)
        if reaction is not None and reaction[0] not in seen:
            if len(seen) == SPEC_STATES:
                return False
            seen.add(reaction[0])
            todo.append(reaction[0])
    return True


def against_verdict(pair: Pair, record: Mapping[str, Any], random: Random) -> Iterator[str]:
    """What is not so about a result of `verify`."""
    weights, spec = pair.weights, pair.spec
    match record["verdict"]:
        case "proved":
            failure = failing_string(spec, weights, random)
            if failure is not None:
                yield f"proved, but wrong on {shown(failure)}"
        case "refuted":
            run = record["counterexample"]
            yield from objections(spec, weights, run)
            if "a shortest run" in record["reason"]:
                tried = attempt(spec, weights)
                if tried.failure is not None and len(tried.failure) < len(run["inputs"]):
                    yield f"called a shortest run, but {shown(tried.failure)} is shorter"
        case "unknown":
            length = (record["scope"] or {}).get("max_length")
            if length is not None:
                tried = attempt(spec, weights)
                if tried.failure is not None and len(tried.failure) <= length:
                    yield f"right up to {length} steps, but wrong on {shown(tried.failure)}"
        case other:
            yield f"the verdict is {other}"


def against_design(pair: Pair, record: Mapping[str, Any], random: Random) -> Iterator[str]:
    """What is not so about a result of `solve`; the pair's weights satisfy its demands."""
    match record["verdict"]:
        case "solved":
            weights = record["weights"]
            failure = failing_string(pair.spec, weights, random)
            if failure is not None:
                yield f"solved, but wrong on {shown(failure)}"
            yield from unmet(pair.demands, weights)
        case "impossible":
            if pair.right:
                yield "impossible, but there are weights that are right"
            yield from _against_core(pair, record["core"], random)
        case "unknown":
            pass
        case other:
            yield f"the verdict is {other}"


def _against_core(pair: Pair, core: list[list[list[str]]], random: Random) -> Iterator[str]:
    strings = []
    for string in core:
        decoded = [pair.spec.decode(list(map(Fraction, columns))) for columns in string]
        if None in decoded:
            yield "a string of the core is none of the case's"
            return
        strings.append([letter for letter in decoded if letter is not None])
    for values in _guesses(pair, random):
        weights = pair.cell.record(values)
        if all(wrong_on(pair.spec, weights, string) is None for string in strings) and not list(
            unmet(pair.demands, weights)
        ):
            yield f"impossible, but these weights do right on the core: {json.dumps(weights['weights'])}"
            return


def _guesses(pair: Pair, random: Random) -> Iterator[dict[Any, Fraction]]:
    places = sorted(pair.values)
    levels = list(map(Fraction, ("-1", "0", "1", "2", "1/2")))
    for _ in range(400):
        yield {place: random.choice(levels) for place in places}
        base = {**pair.values}
        base[random.choice(places)] = random.choice(levels)
        yield base


def unmet(demands: Demands, weights: Record) -> Iterator[str]:
    """What weights lack of a case's demands."""
    names = named(weights)
    for name, wanted in demands.fixed.items():
        if names[name] != wanted:
            yield f"{name} is {names[name]}, and not {wanted} as demanded"
    for name, given in names.items():
        if demands.integer and given.denominator != 1:
            yield f"{name} is {given}, and not an integer as demanded"
        if demands.bounds is not None and not demands.bounds[0] <= given <= demands.bounds[1]:
            yield f"{name} is {given}, and not within {demands.bounds}"
    for condition in demands.where:
        if not value(condition, names):
            yield f"{condition} is demanded, and not so"


def shown(string: Letters) -> str:
    """A string in a line."""
    told = ", ".join(":".join(str(v) for v in letter.values()) for letter in string[:40])
    return f"[{told}{', …' if len(string) > 40 else ''}] ({len(string)} steps)"


def read(path: Path) -> Any:
    """A JSON file."""
    return json.loads(path.read_text())
