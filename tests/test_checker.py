"""The checker fails closed: no certificate is accepted that proves nothing, whatever was changed in it."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from fractions import Fraction
from itertools import product
from pathlib import Path
from random import Random
from typing import Any

import pytest

from lstmsolve.api.checking import check
from lstmsolve.kernel.base.errors import InputError
from lstmsolve.kernel.language.expressions import ANY
from lstmsolve.kernel.proofs.certificates import Certificate, Mode
from lstmsolve.kernel.records.certificates import certificate_from_record
from lstmsolve.linear.polyhedra import point_in
from lstmsolve.model.outcomes import Accepted
from lstmsolve.obligations.modes.partitions import sample_inputs
from lstmsolve.obligations.stepping.systems import lifted
from lstmsolve.writing.certificates import certificate_record
from lstmsolve.writing.weights import weights_record
from tests.library import LIBRARY
from tests.table import BEHAVIOURS
from tests.test_solve import assert_right
from tests.textbook import Textbook, textbook_run

CERTIFICATES = [
    Path(__file__).parents[1] / "reports" / "certificates" / f"{behaviour.case}.json" for behaviour in BEHAVIOURS
]
Path_ = tuple[str | int, ...]


def verdict(record: Any) -> Accepted | str:
    """Accepted, or why not: unreadable certificates are refused as well."""
    try:
        outcome = check(certificate_from_record(record))
    except InputError as error:
        return str(error)
    return outcome if isinstance(outcome, Accepted) else outcome.reason


def numbers(record: Any, path: Path_ = ()) -> Iterator[Path_]:
    """The path of everything in a record that is a number: a text that reads as one, or an integer."""
    if isinstance(record, dict):
        for key, value in record.items():
            yield from numbers(value, (*path, key))
    elif isinstance(record, list):
        for position, value in enumerate(record):
            yield from numbers(value, (*path, position))
    elif isinstance(record, int) or (isinstance(record, str) and record.lstrip("-").replace("/", "").isdigit()):
        yield path


def changed(record: Any, path: Path_, change: Callable[[Any], Any]) -> Any:
    twin = copy.deepcopy(record)
    place = twin
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = change(place[path[-1]])
    return twin


def plus_one(value: Any) -> Any:
    return value + 1 if isinstance(value, int) else str(Fraction(value) + 1)


def negated(value: Any) -> Any:
    return -value if isinstance(value, int) else str(-Fraction(value))


def halved(value: Any) -> Any:
    return value * 2 if isinstance(value, int) else str(Fraction(value) / 2)


@pytest.mark.parametrize("path", CERTIFICATES, ids=lambda path: path.stem)
@pytest.mark.parametrize("change", [plus_one, negated, halved])
def test_every_number_matters(path: Path, change: Callable[[Any], Any]) -> None:
    """Each single number, changed: rejected, or what is left is still a proof of what it states.

    Two kinds of change survive. A weight may leave for another value that works too; then the
    statement printed is the new one, and the hand-written behaviour confirms it. A row of a mode or
    of a split may be written otherwise, or more widely; then steps of an independent LSTM from
    points of every mode confirm that the modes are still inductive.
    """
    record = json.loads(path.read_text())
    original = verdict(record)
    assert isinstance(original, Accepted)
    behaviour = next(behaviour for behaviour in BEHAVIOURS if behaviour.case == path.stem)
    for place in numbers(record):
        mutant = changed(record, place, change)
        outcome = verdict(mutant)
        if mutant == record or not isinstance(outcome, Accepted):
            continue
        if place[0] == "weights":
            assert outcome.statement != original.statement
            for xs in product(behaviour.alphabet, repeat=5):
                assert_right(behaviour, mutant["weights"], xs)
        else:
            assert outcome.statement == original.statement
            assert {"where", "split"} & set(place), place
            assert isinstance(outcome.certificate, Certificate)
            audit(outcome.certificate)


OTHERS = sorted(
    path
    for path in (Path(__file__).parents[1] / "reports" / "certificates").glob("*.json")
    if path not in CERTIFICATES and json.loads(path.read_text()).get("claim") != "impossible"
)
SAMPLED = 12


@pytest.mark.parametrize("path", OTHERS, ids=lambda path: path.stem)
def test_numbers_matter_in_every_shipped_certificate(path: Path) -> None:
    """As above for all other certificates, on some numbers of each, with the library as the outside opinion."""
    record = json.loads(path.read_text())
    original = verdict(record)
    assert isinstance(original, Accepted)
    entry, generator = LIBRARY[path.stem], Random(path.stem)
    places = list(numbers(record))
    for place in generator.sample(places, min(SAMPLED, len(places))):
        mutant = changed(record, place, generator.choice([plus_one, negated, halved]))
        outcome = verdict(mutant)
        if mutant == record or not isinstance(outcome, Accepted):
            continue
        if outcome.statement == original.statement:
            assert {"where", "split"} & set(place), place
            assert isinstance(outcome.certificate, Certificate)
            audit(outcome.certificate)
        elif place[0] == "weights":
            assert isinstance(outcome.certificate, Certificate)
            weights = weights_record(outcome.certificate.weights)
            for _ in range(100):
                word = generator.choices(list(entry.letters), k=6)
                h = textbook_run(weights, [entry.letters[letter] for letter in word])
                for n in range(len(word)):
                    if not entry.legal(word[: n + 1]):
                        break
                    wanted = entry.says(word[: n + 1])
                    owed = wanted if isinstance(wanted, tuple) else (wanted,)
                    assert all(o is None or o == said for o, said in zip(owed, h[n], strict=False)), (word, n)


def audit(certificate: Certificate) -> None:
    """Independent evidence that a certificate is right: a textbook LSTM stepped from points of its modes."""
    spec, weights = certificate.problem.spec, certificate.weights
    generator = Random(3)
    inputs = [given for given in sample_inputs(spec) if given]
    for mode in certificate.modes.values():
        for point in points(mode, generator):
            registers = {
                name: value if isinstance(value, str) else lifted(value.at(point))
                for name, value in mode.registers.items()
            }
            for given in inputs:
                values = {name: lifted(value) for name, value in given.items()}
                if not spec.assumed(registers, values):
                    continue
                after = spec.step(registers, values)
                record = weights_record(weights)
                record["initial"] = {part: [str(f.at(point)) for f in getattr(mode, part)] for part in "ch"}
                x = [column.constant for column in spec.encode(values)]
                cell = Textbook.of(record)
                c, h = cell.step(*cell.initial, x)
                for unit, expected in enumerate(after.outputs):
                    assert expected is ANY or h[unit] == expected.constant, (mode.name, point, given)
                assert any(holds(target, after.registers, c, h) for target in certificate.modes.values())


def points(mode: Mode, generator: Random) -> list[dict[str, Fraction]]:
    """Some points of a mode's region, near and far."""
    whole = {name for name, integer in mode.variables.items() if integer}
    smallest = point_in(mode.where, whole) or {}
    found = [{name: smallest.get(name, Fraction(0)) for name in mode.variables}]
    for _ in range(20):
        point = {name: Fraction(generator.randint(0, 40)) for name in mode.variables}
        if all(row.holds_at(point) for row in mode.where):
            found.append(point)
    return [point for point in found if all(row.holds_at(point) for row in mode.where)]


def holds(mode: Mode, registers: Any, c: list[Fraction], h: list[Fraction]) -> bool:
    """Is there a point of the mode with these registers, c and h? (Variables are registers and cells here.)"""
    cells = {f"c[{unit}]": value for unit, value in enumerate(c)}
    point = {name: cells[name] if name in cells else registers[name].constant for name in mode.variables}
    if not all(row.holds_at(point) for row in mode.where):
        return False
    same = all(
        value == registers[name] if isinstance(value, str) else value.at(point) == registers[name].constant
        for name, value in mode.registers.items()
    )
    return same and all(form.at(point) == value for form, value in zip((*mode.c, *mode.h), (*c, *h), strict=True))


# --- edited by hand ------------------------------------------------------------------------------


@pytest.fixture
def counter() -> Any:
    return json.loads(next(path for path in CERTIFICATES if path.stem == "nonzero-counter").read_text())


def leaf(record: Any, mode: str) -> Any:
    """The last leaf of a mode's tree."""
    node = record["modes"][mode]["cases"][0]["tree"]
    while "lands" not in node:
        node = (
            node["holds"] if "holds" in node and "empty" not in node["holds"] else node.get("fails", node.get("then"))
        )
    return node


def test_a_certificate_is_read_back_as_it_was_written(counter: Any) -> None:
    assert certificate_record(certificate_from_record(counter)) == counter


def test_an_edited_spec_is_rejected_or_its_own_statement_is_printed(counter: Any) -> None:
    counter["problem"]["next"]["tally"] = "tally + (2 if x >= 1 else 0)"
    assert "register tally" in str(verdict(counter))
    counter["problem"]["next"]["tally"] = "tally + (1 if 1 <= x else 0)"
    outcome = verdict(counter)
    assert isinstance(outcome, Accepted)
    assert "tally + (1 if 1 <= x else 0)" in outcome.statement


@pytest.mark.parametrize("domain", ["..", "-1..", "0..100", ["0", "1"], "real 0.."])
def test_a_proof_for_one_domain_is_no_proof_for_another(counter: Any, domain: Any) -> None:
    counter["problem"]["input"]["x"] = domain
    assert not isinstance(verdict(counter), Accepted)


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (lambda r: r.update(format="lstmsolve/certificate/9"), "format"),
        (lambda r: r.update(claim="some lengths"), "claim"),
        (lambda r: r.update(extra=1), "extra: unknown key"),
        (lambda r: r.pop("start"), "start: is missing"),
        (lambda r: r["modes"].pop("h[0] = 0"), "there is no mode 'h[0] = 0'"),
        (lambda r: r["start"].update(mode="h[0] = 0"), "start"),
        (lambda r: r["start"].update(values={}), "every variable of the mode needs one value"),
        (lambda r: r["start"]["values"].update(tally="1"), "start: register tally"),
        (lambda r: r["start"]["values"].update(tally="-1"), "start: tally >= 0 does not hold"),
        (lambda r: r["modes"]["h[0] = 0"].update(cases=[]), "not all combinations"),
        (lambda r: r["modes"]["h[0] = 0"]["cases"].append(r["modes"]["h[0] = 0"]["cases"][0]), "not all combinations"),
        (lambda r: r["modes"]["h[0] = 0"].update(where=[]), "mode 'h[0] = 0'"),
        (lambda r: r["modes"]["h[0] = 0"].update(variables={}), "tally is no variable here"),
        (lambda r: r["modes"]["h[0] = 0"]["variables"].update(x="integer"), "is an input and a variable"),
        (lambda r: r["modes"]["h[0] = 0"].update(registers={}), "registers are not those of the spec"),
        (lambda r: r["modes"]["h[0] = 0"]["registers"].update(tally="q"), "register tally cannot be q"),
        (lambda r: r["modes"]["h[0] = 0"]["cases"][0].update(tree={"broken": "assume"}), "promise"),
        (lambda r: r["modes"]["h[0] = 0"]["cases"][0].update(tree={"empty": {}}), "contradicts nothing"),
        (lambda r: r["modes"]["h[0] = 0"]["cases"][0].update(tree={"lands": "h[0] = 0"}), "leaves open whether"),
        (lambda r: r["modes"]["h[0] = 0"]["cases"][0].update(tree={"fold": 1}), "unknown key"),
        (lambda r: leaf(r, "h[0] = 0").update(lands="nowhere"), "there is no mode 'nowhere'"),
        (lambda r: leaf(r, "h[0] = 0").update(values={"tally": {"tally": "1"}}), "register tally becomes"),
        (lambda r: leaf(r, "h[0] = 0").update(values={}), "needs one value"),
        (lambda r: leaf(r, "h[0] = 0").update(values={"tally": {"q": "1"}}), "q is no variable"),
        (lambda r: leaf(r, "h[0] = 0")["gates"].pop("o[0]"), "the phase of o[0] is missing"),
        (lambda r: leaf(r, "h[0] = 0")["gates"]["o[0]"].update(phase="high"), "o[0] high"),
        (lambda r: leaf(r, "h[0] = 0")["gates"]["o[0]"].update(proofs=[]), "needs 1 proofs"),
        (lambda r: leaf(r, "h[0] = 0")["gates"].update({"q[0]": {"phase": "low", "proofs": [{}]}}), "no gate asks"),
        (lambda r: leaf(r, "h[0] = 0").update(conditions=[]), "needs one proof"),
        (lambda r: leaf(r, "h[0] = 0").update(readout={"0": {}}), "that nobody asks for"),
        (lambda r: r["weights"]["weights"].update(w_o=[["1"]]), "o[0]"),
        (lambda r: r["weights"]["cell"].update(gate="sigmoid"), "gate"),
        (lambda r: r["weights"].update(initial={"c": ["1"], "h": ["0"]}), "starts in another state"),
        (lambda r: r["problem"].update(weights={"fixed": {"b_f": "2"}}), "b_f must be 2"),
        (lambda r: r["problem"].update(weights={"low": "0"}), "must be at least 0"),
    ],
)
def test_tampering_is_named(counter: Any, edit: Callable[[Any], Any], message: str) -> None:
    edit(counter)
    outcome = verdict(counter)
    assert not isinstance(outcome, Accepted)
    assert message in outcome


def test_swapping_the_sides_of_a_split_is_rejected(counter: Any) -> None:
    def swap(node: Any) -> bool:
        if "split" in node:
            node["holds"], node["fails"] = node["fails"], node["holds"]
            return True
        return "then" in node and swap(node["then"])

    assert swap(counter["modes"]["h[0] = tally"]["cases"][0]["tree"])
    assert not isinstance(verdict(counter), Accepted)
