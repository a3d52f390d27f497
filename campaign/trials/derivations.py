"""`derive`: claims that are right, and lies of every size."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from random import Random
from typing import Any

from campaign.draw.derivations import Claim, DerivationCase, draw_derivation
from campaign.oracle.derivatives import Element, Net, Unread, difference
from campaign.trials.findings import UNKNOWN, Finding, Trial

DERIVE_SECONDS = 60.0
TOLERANCE = 1e-8


def derive(trial: Trial) -> None:
    """A random system and claims about it."""
    drawn = draw_derivation(trial.random)
    path = trial.file("trial.toml", drawn.text)
    answer = trial.tool("derive", path, timeout=DERIVE_SECONDS * trial.haste)
    trial.runs[f"derive {'refused' if answer.refused else answer.verdict}"] += 1
    if answer.overtime:
        trial.found("overtime", "derive", f"{answer.late:.1f} s beyond its limit")
    if answer.crash is not None:
        trial.found("crash", "derive", answer.crash)
        return
    if answer.refused:
        trial.found("refused", "derive", answer.said.strip()[-600:])
        return
    trial.contradict("derive", _against(trial, drawn, answer.record))


def _against(trial: Trial, drawn: DerivationCase, record: Mapping[str, Any]) -> Iterator[str]:
    holds = [report["holds"] for report in record["claims"]]
    wanted = "fails" if False in holds else "unknown" if None in holds else "holds"
    if record["verdict"] != wanted:
        yield f"the verdict is {record['verdict']}, and claims are {holds}"
    for claim, report in zip(drawn.claims, record["claims"], strict=True):
        trial.runs[f"claim {'right' if claim.right else 'changed'} {report['holds']}"] += 1
        lie = "every size" if claim.wrong else _lie(trial.random, drawn, claim)
        if claim.right:
            assert lie is None, f"the campaign's own claim is wrong: {claim.text} {lie}"
        told = f"claim {report['id']} {claim.text!r}"
        if report["holds"] is True and lie is not None:
            yield f"{told} is said to hold, but does not at {lie}"
        if report["holds"] is False and claim.right:
            yield f"{told} is said to fail, but is right"
        if report["holds"] is None and claim.right:
            trial.findings.append(Finding(UNKNOWN, "derive", f"{told}: {report['reason']}"))
        yield from (f"{told}: {what}" for what in _against_witness(drawn, claim, report["witness"]))
        if report["corrected"] is not None:
            yield from (f"{told}: {what}" for what in _against_mended(trial.random, drawn, report["corrected"]))


def _lie(random: Random, drawn: DerivationCase, claim: Claim, most: int = 4) -> str | None:
    """A place at which a claim is wrong, shown by numbers; None where none was found."""
    sizes = [*range(1, most + 1), 6, *([] if claim.needle is None else [claim.needle])]
    for steps in sizes:
        for data in _data(random, drawn, steps, "1/7" in claim.text):
            net = Net(drawn.system, steps, data)
            try:
                for n in range(steps) if "[n]" in claim.text.partition(" = ")[0] else (None,):
                    off = difference(net, claim.text, {} if n is None else {"n": n})
                    if abs(off) > (0 if drawn.system.exact else TOLERANCE):
                        return f"N = {steps}, n = {n}"
            except (Unread, ZeroDivisionError, OverflowError):
                break
    return None


def _data(random: Random, drawn: DerivationCase, steps: int, sevenths: bool) -> Iterator[dict[Element, Fraction]]:
    """Numbers for inputs and parameters."""
    for special in (False, True) if sevenths else (False,):
        data: dict[Element, Fraction] = {}
        for name in ("a", "q", "u", "g", "b"):
            data[name, None] = Fraction(random.choice((1, 3, 5, -3, -1)), random.choice((2, 4, 8)))
        for name in ("x", "t", "e"):
            for n in range(steps):
                drawn_ = Fraction(random.choice((1, 3, -5, -1, 7)), random.choice((2, 4)))
                data[name, n] = Fraction(1, 7) if special and name == "x" else drawn_
        yield data


def _against_witness(drawn: DerivationCase, claim: Claim, witness: Mapping[str, Any] | None) -> Iterator[str]:
    if witness is None or witness["unknowns"]:
        return
    data = {
        _element(key): Fraction(value) for table in ("parameters", "inputs") for key, value in witness[table].items()
    }
    net = Net(drawn.system, witness["sizes"]["N"], data)
    try:
        off = difference(net, claim.text, witness["indices"])
    except (Unread, ZeroDivisionError, OverflowError):
        return
    if off == 0 and (drawn.system.exact or "10**" not in claim.text):
        yield f"both sides agree at the witness {witness}"


def _against_mended(random: Random, drawn: DerivationCase, corrected: str) -> Iterator[str]:
    lie = _lie(random, drawn, Claim(corrected, right=False))
    if lie is not None:
        yield f"mended to {corrected!r}, which is wrong at {lie}"


def _element(key: str) -> Element:
    name, _, inside = key.removesuffix("]").partition("[")
    return name, int(inside) if inside else None
