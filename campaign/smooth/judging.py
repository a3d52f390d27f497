"""A verdict held against float64 and balls."""

from __future__ import annotations

from random import Random

from campaign.smooth.asking import Verdict
from campaign.smooth.drawing import Pair
from campaign.smooth.oracle import fails_in_floats, first_failure

ALL_WORDS_TO = 9
LONG_WORDS = 4
LONG = 150


def contradiction(pair: Pair, verdict: Verdict, random: Random) -> str | None:
    """Why the verdict is false; None if nothing speaks against it."""
    net, machine = pair.net, pair.machine
    match verdict.name:
        case "refuted":
            failing = first_failure(net, machine, verdict.word)
            if failing != len(verdict.word):
                return f"the run {verdict.word} does not fail at its last step first, but at {failing}"
            if verdict.shortest:
                shorter = fails_in_floats(net, machine, min(len(verdict.word) - 1, ALL_WORDS_TO))
                if shorter is not None and first_failure(net, machine, shorter) is not None:
                    return f"{shorter} fails, and is shorter than {verdict.word}"
        case "proved" | "unknown":
            if verdict.name == "proved" and not verdict.accepted:
                return "the certificate is not accepted when it is read again"
            longest = ALL_WORDS_TO if verdict.name == "proved" else min(ALL_WORDS_TO, verdict.length or 0)
            short = fails_in_floats(net, machine, longest)
            if short is not None and first_failure(net, machine, short) is not None:
                return f"{verdict.name} up to {longest}, but {short} fails"
            for _ in range(LONG_WORDS if verdict.name == "proved" else 0):
                bias = random.random()
                word = [int(random.random() < bias) for _ in range(LONG)]
                if first_failure(net, machine, word) is not None:
                    return f"proved, but {word} fails"
        case other:
            return f"no verdict: {other}"
    return None
