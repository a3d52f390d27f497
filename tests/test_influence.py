"""What no output depends on may hold anything: such weights are proved, and no proof leaves open what is read."""

from __future__ import annotations

import random
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

import lstmsolve
from lstmsolve.checker.check import check
from lstmsolve.formats.weights.reading import weights_from_value
from lstmsolve.kernel.base.affine import Affine, Row
from lstmsolve.kernel.base.errors import RejectedProof
from lstmsolve.kernel.lstm.cells import Activation, Weights
from lstmsolve.kernel.proofs.certificates import Case, Certificate, Lands, Mode, Node, Split
from lstmsolve.kernel.spec.problems import Problem
from lstmsolve.linear.polyhedra import prove
from lstmsolve.model.outcomes import Proved
from lstmsolve.model.watch import UNWATCHED
from lstmsolve.obligations.stepping.influence import NOTHING, idle, without
from lstmsolve.simulator.exact import run
from lstmsolve.writing.weights import weights_record
from tests.conftest import solved

CERTIFICATES = Path(__file__).parents[1] / "reports" / "certificates"
VALUES = [Fraction(n, d) for n in range(-3, 4) for d in (1, 2)]


def loaded(weights: Weights, extra: int, seed: int) -> Weights:
    """The weights with more units, which read all and hold what they like, and which nobody reads."""
    rng = random.Random(seed)
    record: dict[str, Any] = weights_record(weights)
    hidden, inputs = weights.cell.hidden, weights.cell.inputs
    numbers: dict[str, Any] = {}
    for gate in "fico":
        known = {name: record["weights"][f"{name}_{gate}"] for name in "wub"}

        def row(size: int) -> list[str]:
            return [str(rng.choice(VALUES)) for _ in range(size)]

        numbers[f"w_{gate}"] = [*known["w"], *(row(inputs) for _ in range(extra))]
        numbers[f"u_{gate}"] = [[*old, *["0"] * extra] for old in known["u"]] + [
            row(hidden + extra) for _ in range(extra)
        ]
        numbers[f"b_{gate}"] = [*known["b"], *row(extra)]
    cell = {**record["cell"], "hidden": hidden + extra}
    return weights_from_value({"format": "lstmsolve/weights/1", "cell": cell, "weights": numbers})


def proved(case: str | Problem, weights: Weights) -> Certificate:
    outcome = lstmsolve.verify(lstmsolve.load_case(case).with_hidden(weights.cell.hidden), weights)
    assert isinstance(outcome, Proved), outcome
    assert isinstance(outcome.certificate, Certificate)
    return outcome.certificate


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("name", ["parity", "nonzero-counter"])
def test_units_that_nobody_reads_may_hold_anything(name: str, seed: int) -> None:
    certificate = proved(name, loaded(solved(name).weights, 2, seed))
    check(certificate)


def test_a_spec_that_owes_nothing_is_met_by_all_weights() -> None:
    spec = {
        "format": "lstmsolve/case/1",
        "name": "silent",
        "input": {"x": [0, 1]},
        "state": {"r": 0},
        "next": {"r": "(r + x) % 4"},
        "output": {"h": "1 if r > 3 else any"},
        "cell": {"candidate": "identity", "output": "crelu"},
    }
    weights = loaded(solved("parity").weights, 1, 5)
    problem = lstmsolve.case(spec)
    cell = replace(weights.cell, candidate=Activation.IDENTITY, output=Activation.CRELU)
    proved(problem, replace(weights, cell=cell))


@pytest.mark.parametrize("seed", range(6))
def test_runs_without_idle_parts_say_the_same(seed: int) -> None:
    problem, weights = lstmsolve.load_case("parity").with_hidden(3), loaded(solved("parity").weights, 2, seed)
    parts = idle(problem, weights, UNWATCHED)
    assert parts.c >= {1, 2}
    assert 0 not in parts.h
    inputs = [(Fraction(random.Random(seed + n).randint(0, 1)),) for n in range(40)]
    shown = [[h[0] for h in run(given, inputs).h] for given in (weights, without(weights, parts))]
    assert shown[0] == shown[1]


@pytest.mark.parametrize("name", ["anbn", "mod-3", "d-2", "shuffle-dyck-1"])
def test_what_is_read_is_not_idle(name: str) -> None:
    weights = lstmsolve.load_weights(CERTIFICATES / f"{name}.json")
    assert idle(lstmsolve.load_case(name).with_hidden(weights.cell.hidden), weights, UNWATCHED) == NOTHING


# --- what the checker accepts ---------------------------------------------------------------------


def changed(node: Node, name: str) -> Node:
    """The tree with no value of this variable where it lands, and no phases."""
    match node:
        case Split(condition, holds, fails):
            return Split(condition, changed(holds, name), changed(fails, name))
        case Lands():
            values = {key: form for key, form in node.values.items() if key != name}
            return replace(node, values=values, gates={})
        case _:
            return node


def opened(certificate: Certificate, label: str, *, where: bool = False) -> Certificate:
    """The certificate that leaves open what unit 0 holds or shows, though outputs depend on it."""
    name = f"{label}[0]"

    def mode(known: Mode) -> Mode:
        c, h = ((Affine.variable(name), *v[1:]) if part == label else v for part, v in (("c", known.c), ("h", known.h)))
        registers = {**known.registers, "odd": Affine.variable(name)} if where else known.registers
        return replace(known, variables={**known.variables, name: False}, c=c, h=h, registers=registers)

    initial = getattr(certificate.weights.initial, label)[0]
    return replace(
        certificate,
        modes={key: mode(known) for key, known in certificate.modes.items()},
        cases={
            key: tuple(Case(case.inputs, changed(case.tree, name)) for case in cases)
            for key, cases in certificate.cases.items()
        },
        start_values={**certificate.start_values, name: initial},
    )


@pytest.mark.parametrize("label", ["c", "h"])
def test_what_outputs_depend_on_cannot_be_left_open(label: str) -> None:
    certificate = proved("parity", solved("parity").weights)
    check(certificate)
    with pytest.raises(RejectedProof):
        check(opened(certificate, label))


def test_a_variable_that_is_mentioned_elsewhere_needs_its_value() -> None:
    certificate = proved("parity", solved("parity").weights)
    with pytest.raises(RejectedProof, match="needs one value"):
        check(opened(certificate, "h", where=True))


def test_no_variable_is_called_like_the_unknown() -> None:
    certificate = proved("parity", loaded(solved("parity").weights, 1, 0))
    modes = {
        name: replace(mode, variables={**mode.variables, "?f[0]": False}) for name, mode in certificate.modes.items()
    }
    with pytest.raises(RejectedProof, match="do not begin"):
        check(replace(certificate, modes=modes, start_values={**certificate.start_values, "?f[0]": Fraction(0)}))


def test_a_value_that_is_called_like_what_is_left_open_is_compared_all_the_same() -> None:
    """The cell counts on. Two modes say in turns that it stays at 0, each by a variable that the other leaves open."""
    spec = {"input": {"x": [1]}, "output": {"h": "0"}, "readout": {"accept": ">= 3", "reject": "<= 3/2"}}
    problem = lstmsolve.case({"name": "small", **spec, "cell": {"hidden": 2}})
    one = {f"b_{gate}": [1, 0] for gate in "fico"}
    weights = lstmsolve.load_weights({**one, "w_i": [[0], [0]], "cell": {"inputs": 1, "hidden": 2}})
    held, shown, zero = Affine.variable("held"), Affine.variable("shown"), Affine((), Fraction(0))

    def mode(name: str, known: str, free: str) -> Mode:
        where = tuple(Row(Affine.variable(said) * sign) for said in ("held", known) for sign in (1, -1))
        variables = dict.fromkeys(("held", "shown", known, free), False)
        return Mode(name, variables, where, {}, (held, Affine.variable(free)), (shown, zero))

    def step(source: Mode, target: Mode, known: str, free: str) -> tuple[Case, ...]:
        # `known` is 0 in the source, and what the target leaves open is called so.
        values = {"held": Affine.variable(known), "shown": held + 1, free: zero}
        goals = [Row(row.form.substitute(values)) for row in target.where]
        proofs = [prove(source.where, goal, frozenset()) or {} for goal in goals]
        readout = prove(source.where, Row(-held + Fraction(1, 2)), frozenset())
        assert readout is not None
        return (Case({"x": Fraction(1)}, Lands(target.name, values, {}, tuple(proofs), {0: readout})),)

    first, second = mode("first", "a", "b"), mode("second", "b", "a")
    certificate = Certificate(
        problem,
        weights,
        {"first": first, "second": second},
        {"first": step(first, second, "a", "b"), "second": step(second, first, "b", "a")},
        "first",
        dict.fromkeys(("held", "shown", "a", "b"), Fraction(0)),
    )
    with pytest.raises(RejectedProof, match=r"c\[0\] becomes held \+ 1"):
        check(certificate)
