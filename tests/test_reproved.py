"""What was proved is proved again: the weights of every shipped certificate, without its proof."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import lstmsolve
from lstmsolve.formats.cases import parse_case
from lstmsolve.kernel.base.errors import LimitReached
from lstmsolve.kernel.proofs.certificates import Certificate
from lstmsolve.kernel.records.certificates import certificate_from_record
from lstmsolve.model.outcomes import Accepted, Proved, Refuted
from lstmsolve.obligations.modes.abstraction import Effort, find_modes
from lstmsolve.obligations.modes.partitions import partition_of, sample_inputs
from lstmsolve.obligations.stepping.systems import CellSystem

FOLDER = Path(__file__).parents[1] / "reports" / "certificates"
SHIPPED = {
    path.stem: certificate
    for path in sorted(FOLDER.glob("*.json"))
    if isinstance(certificate := certificate_from_record(json.loads(path.read_text())), Certificate)
}


def test_most_certificates_are_about_weights() -> None:
    assert {"anbn", "anbncn", "shuffle-dyck-1", "parity"} <= SHIPPED.keys()


@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_weights_are_proved_without_their_proof(name: str) -> None:
    shipped = SHIPPED[name]
    outcome = lstmsolve.verify(shipped.problem, shipped.weights, seconds=300)
    assert isinstance(outcome, Proved)
    assert outcome.certificate.weights == shipped.weights
    assert isinstance(lstmsolve.check(outcome.certificate), Accepted)


HEAD = 'format = "lstmsolve/case/1"\nname = "other-words"\n'
FALLING = (
    'x = { symbols = ["(", ")", "[", "]"] }\n[state]\nd = 0\ne = 0\nok = 1\n[next]\n'
    "d = \"d + 1 if x == '(' else d - 1 if x == ')' else d\"\n"
    "e = \"e + 1 if x == '[' else e - 1 if x == ']' else e\"\n"
    "ok = \"0 if (x == ')' and d <= 0) or (x == ']' and e <= 0) else ok\"\n"
    '[output]\nh = "1 if ok == 1 and d == 0 and e == 0 else 0"'
)
COMPARING = (
    'x = { symbols = ["a", "b"] }\n[state]\na = 0\nb = 0\nba = 0\n[next]\n'
    "a = \"a + 1 if x == 'a' else a\"\nb = \"b + 1 if x == 'b' else b\"\n"
    "ba = \"1 if x == 'a' and b > 0 else ba\"\n"
    '[output]\nh = "1 if ba == 0 and a == b and a > 0 else 0"'
)


@pytest.mark.parametrize(("name", "text"), [("shuffle-dyck-1", FALLING), ("anbn", COMPARING)])
def test_the_same_language_in_other_registers(name: str, text: str) -> None:
    # One register that falls instead of two counts; a loss that the spec has no word for.
    weights = SHIPPED[name].weights
    problem = parse_case(f"{HEAD}[input]\n{text}\n[cell]\nhidden = {weights.cell.hidden}")
    assert isinstance(lstmsolve.verify(problem, weights, seconds=300), Proved)
    contrary = text.replace("1 if ok == 1", "0 if ok == 1").replace("a > 0 else 0", "a > 1 else 0")
    wrong = parse_case(f"{HEAD}[input]\n{contrary}\n[cell]\nhidden = {weights.cell.hidden}")
    assert isinstance(lstmsolve.verify(wrong, weights, seconds=300), Refuted)


def test_effort_is_counted_and_not_timed() -> None:
    shipped = SHIPPED["anbn"]
    system = CellSystem(shipped.problem.spec, shipped.weights)
    partition = partition_of(system, sample_inputs(system.spec))
    for _ in range(2):
        with pytest.raises(LimitReached, match="more than 100 rows"):
            find_modes(system, partition, effort=Effort(most_rows=100))


def test_counters_do_not_pass_for_bounded() -> None:
    # Breadth first, four inputs do not get far; each register and each cell that counts is open all the same.
    shipped = SHIPPED["shuffle-dyck-1"]
    system = CellSystem(shipped.problem.spec, shipped.weights)
    partition = partition_of(system, sample_inputs(system.spec))
    assert {"ups", "downs", "lefts", "rights", "c[2]", "c[4]"} <= {one.name for one in partition.infinite}
    assert {"ok", "c[0]", "h[0]"} == {one.name for one in partition.finite}
