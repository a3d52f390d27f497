"""Sigmoid and tanh cells: the checker's arithmetic, proofs, refutations, files."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from fractions import Fraction
from itertools import product
from pathlib import Path
from random import Random
from typing import Any, Literal

import numpy as np
import pytest
from flint import arb, ctx
from hypothesis import given
from hypothesis import strategies as st

from benchmarks import enclosures
from lstmsolve.api.checking import check
from lstmsolve.api.exporting import arrays, exported
from lstmsolve.api.loading.weights import load_weights
from lstmsolve.api.solving import solve
from lstmsolve.api.verifying import verify
from lstmsolve.checker.enclosures import check_enclosures
from lstmsolve.checker.fixed_point import ONE, SCALE, sigmoid_line, tanh_line
from lstmsolve.checker.forms import Form, Packed, Stepper
from lstmsolve.formats.cases import parse_case, read_case
from lstmsolve.formats.results import result_record
from lstmsolve.interop.writing.design import Design
from lstmsolve.kernel.base.errors import InputError
from lstmsolve.kernel.lstm.cells import Activation, Cell, Gate, GateWeights, State, Weights
from lstmsolve.kernel.proofs.enclosures import EnclosureCertificate
from lstmsolve.kernel.records.certificates import certificate_from_record
from lstmsolve.kernel.spec.problems import Problem, weight_names
from lstmsolve.model.outcomes import Accepted, Proved, Refuted, Solved, Unknown
from lstmsolve.model.traces import EnclosedCounterexample
from lstmsolve.model.watch import UNWATCHED
from lstmsolve.reports.pages.cases import Linked, case_page
from lstmsolve.reports.parts.boxes import boxes_picture
from lstmsolve.smooth import following
from lstmsolve.smooth.balls import right_up_to
from lstmsolve.smooth.following import Sources, follow
from lstmsolve.smooth.forms import Boxes, started, stepped
from lstmsolve.smooth.lattice import Plan, taken
from lstmsolve.smooth.lines import sigmoid_line as float_sigmoid_line
from lstmsolve.smooth.nets import net_of, table_of
from lstmsolve.smooth.runs import first_failure, walks
from lstmsolve.workers import Stopwatch
from lstmsolve.writing.certificates import certificate_record

NETS = Path(__file__).parents[1] / "benchmarks" / "nets"

PARITY = """
format = "lstmsolve/case/1"
name = "parity-smooth"
[machine]
alphabet = "01"
start = "even"
output = { even = 0, odd = 1 }
[machine.next]
even = { "0" = "even", "1" = "odd" }
odd = { "0" = "odd", "1" = "even" }
[cell]
hidden = 1
gate = "sigmoid"
candidate = "tanh"
output = "tanh"
[readout]
accept = "> 1/2"
reject = "< 1/2"
"""


def one_unit(scale: Fraction) -> Weights:
    """i = σ(100x + 100h - 50), f = σ(-100), g = tanh 100, o = σ(-100x - 100h + 150), all scaled."""

    def gate(w: int, u: int, b: int) -> GateWeights:
        return GateWeights(((scale * w,),), ((scale * u,),), (scale * b,))

    gates = {
        Gate.FORGET: gate(0, 0, -100),
        Gate.INPUT: gate(100, 100, -50),
        Gate.CANDIDATE: gate(0, 0, 100),
        Gate.OUTPUT: gate(-100, -100, 150),
    }
    cell = Cell(1, 1, Activation.SIGMOID, Activation.TANH, Activation.TANH)
    return Weights(cell, gates, State.zero(1))


def random_weights(seed: int, hidden: int, size: float = 3.0) -> Weights:
    random = Random(seed)

    def number() -> Fraction:
        return Fraction(round(random.gauss(0, size) * 100), 100)

    gates = {
        gate: GateWeights(
            tuple((number(),) for _ in range(hidden)),
            tuple(tuple(number() for _ in range(hidden)) for _ in range(hidden)),
            tuple(number() for _ in range(hidden)),
        )
        for gate in Gate
    }
    return Weights(Cell(1, hidden, Activation.SIGMOID, Activation.TANH, Activation.TANH), gates, State.zero(hidden))


def _sigmoid(x: Any) -> Any:
    return 1 / (1 + (-x).exp())


@pytest.fixture(scope="module")
def parity() -> Problem:
    return parse_case(PARITY)


@pytest.fixture(scope="module")
def proof(parity: Problem) -> dict[str, Any]:
    outcome = verify(parity, one_unit(Fraction(1)))
    assert isinstance(outcome, Proved)
    return certificate_record(outcome.certificate)


def test_the_checkers_functions_against_balls_and_mpmath() -> None:
    """A slice of `python -m benchmarks.enclosures`."""
    outside, widest = enclosures.compared(4_000, 1)
    assert outside == []
    assert widest <= 4


@pytest.mark.parametrize("name", ["exponential", "sigmoid"])
def test_bounds_that_are_wrong_by_two_units_are_noticed(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    right = getattr(enclosures, name)
    monkeypatch.setattr(enclosures, name, lambda x: tuple(bound + 2 for bound in right(x)))
    outside, _ = enclosures.compared(200, 1)
    assert outside


def test_lines_hold_between_their_ends() -> None:
    random = Random(3)
    ctx.prec = 200
    unit = arb(2) ** SCALE
    for _ in range(1_500):
        low = int(random.uniform(-30, 30) * random.random() ** 3 * ONE)
        high = low + int(random.random() ** 4 * random.choice([40, 1, 0.01, 1e-9]) * ONE)
        for line, squashed in (
            (sigmoid_line(low, high), _sigmoid),
            (tanh_line(low, high), arb.tanh),
        ):
            for x in (low, high, *(random.randint(low, high) for _ in range(5))):
                exact = squashed(arb(x) / unit) * unit
                assert abs(exact - arb(line.slope) * x / unit - line.offset) <= arb(line.error)
                assert arb(line.low) <= exact <= arb(line.high)
        searched = float_sigmoid_line(np.array(low / ONE), np.array(high / ONE))
        assert abs(float(searched.error) - sigmoid_line(low, high).error / ONE) < 1e-9
    ctx.prec = 53


@pytest.mark.parametrize("seed", range(6))
def test_steps_enclose_runs_and_agree(seed: int) -> None:
    """The checker's step holds runs from the box, and is what the search's step is."""
    random = Random(seed)
    hidden = random.choice([1, 2, 3])
    weights = random_weights(seed, hidden)
    error = Fraction(random.choice([0, 1]), 1000)
    stepper = Stepper.of(weights, [(Fraction(0),), (Fraction(1),)], error)
    sides = [sorted(random.uniform(-3, 3) for _ in range(2)) for _ in range(hidden)]
    gates = [sorted(random.random() for _ in range(2)) for _ in range(hidden)]
    scaled = [tuple(int(v * ONE) for v in side) for side in sides]
    boxed = stepper.boxed([(a, b) for a, b in scaled], [(int(a * ONE), int(b * ONE)) for a, b in gates])
    landed = stepper.step(boxed, 1)
    assert landed is not None
    again = stepper.step(landed.states, 0)
    assert again is not None
    problem = parse_case(PARITY.replace("hidden = 1", f"hidden = {hidden}"))
    net = net_of(table_of(problem.spec, weights), weights)
    boxes = Boxes(
        *(
            np.array([column])
            for column in ([s[0] for s in sides], [s[1] for s in sides], [g[0] for g in gates], [g[1] for g in gates])
        )
    )
    slip = float(error)
    first = stepped(started(boxes, slip), net.u, net.bias[[1]], slip)
    second = stepped(first.forms, net.u, net.bias[[0]], slip)
    for mine, searched in ((landed, first), (again, second)):
        for unit in range(hidden):
            form = mine.states.c[unit]
            assert form.low is not None
            assert form.high is not None
            assert form.low / ONE == pytest.approx(float(searched.forms.c.low[0, unit]), abs=1e-9)
            assert form.high / ONE == pytest.approx(float(searched.forms.c.high[0, unit]), abs=1e-9)
    for _ in range(300):
        c = np.array([random.choice([a, b, random.uniform(a, b)]) for a, b in sides])
        o = np.array([random.choice([a, b, random.uniform(a, b)]) for a, b in gates])
        h = o * np.tanh(c) + random.choice([-1, 0, 1]) * slip
        for mine, symbol in ((landed, 1), (again, 0)):
            pre = net.u @ h + net.bias[symbol]
            squashed = 1 / (1 + np.exp(-pre))
            c = squashed[:hidden] * c + squashed[hidden : 2 * hidden] * np.tanh(pre[2 * hidden : 3 * hidden])
            h = squashed[3 * hidden :] * np.tanh(c) + random.choice([-1, 0, 1]) * slip
            c = c + random.choice([-1, 0, 1]) * slip
            for unit in range(hidden):
                form, seen = mine.states.c[unit], mine.states.h[unit]
                assert form.low is not None
                assert form.high is not None
                assert seen.low is not None
                assert seen.high is not None
                assert form.low / ONE - 1e-9 <= c[unit] <= form.high / ONE + 1e-9
                assert seen.low / ONE - 1e-9 <= h[unit] <= seen.high / ONE + 1e-9


def test_the_hand_set_parity_lstm(parity: Problem) -> None:
    outcome = verify(parity, one_unit(Fraction(1)))
    assert isinstance(outcome, Proved)
    assert len(getattr(outcome.certificate, "boxes", ())) == 3


def test_its_gain_is_needed(parity: Problem) -> None:
    weights = one_unit(Fraction(2, 25))
    outcome = verify(parity, weights)
    assert isinstance(outcome, Refuted)
    assert outcome.counterexample.step == 43
    net = net_of(table_of(parity.spec, weights), weights)
    # No shorter word of a hundred thousand random ones fails.
    random = Random(0)
    for _ in range(500):
        assert first_failure(net, [random.randint(0, 1) for _ in range(43)]) is None


@pytest.mark.parametrize(("name", "length"), [("tomita5-h8", 6), ("tomita6-h3", 7), ("tomita4-h5", 14)])
def test_shortest_failures_of_trained_nets(name: str, length: int) -> None:
    case, path = NETS / f"{name.partition('-')[0]}-net.toml", NETS / f"{name}-s0.safetensors"
    outcome = verify(case, path)
    assert isinstance(outcome, Refuted)
    assert outcome.counterexample.step + 1 == length
    assert "a shortest run" in outcome.reason
    problem, weights = read_case(case), load_weights(path)
    net = net_of(table_of(problem.spec, weights), weights)
    assert all(first_failure(net, word) is None for word in product((0, 1), repeat=min(length - 1, 11)))
    last = outcome.counterexample.actual[0]
    assert isinstance(last, tuple)
    assert (last[0] > 0) == (last[1] > 0) == (outcome.counterexample.expected[0] == 0)


def test_a_trained_net_is_proved_for_all_lengths() -> None:
    outcome = verify(NETS / "tomita2-net.toml", NETS / "tomita2-h3-s0.safetensors", seconds=120)
    assert isinstance(outcome, Proved)
    assert isinstance(check(outcome.certificate), Accepted)


def numbers(record: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """The path of every integer, and of everything that is null."""
    if isinstance(record, dict):
        for key, value in record.items():
            yield from numbers(value, (*path, key))
    elif isinstance(record, list):
        for place, value in enumerate(record):
            yield from numbers(value, (*path, place))
    elif record is None or (isinstance(record, int) and not isinstance(record, bool)):
        yield path


def changed(record: Any, path: tuple[str | int, ...], value: object) -> Any:
    copied = json.loads(json.dumps(record))
    place = copied
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    return copied


def verdict(record: Any) -> bool:
    try:
        return isinstance(check(certificate_from_record(record)), Accepted)
    except InputError:
        return False


def test_certificates_are_read_back(proof: dict[str, Any]) -> None:
    assert verdict(json.loads(json.dumps(proof)))
    assert certificate_record(certificate_from_record(json.loads(json.dumps(proof)))) == proof


def test_mutants_are_rejected(proof: dict[str, Any]) -> None:
    """Targets moved, boxes made smaller by a hair beyond their slack, weights and thresholds changed."""
    boxes = proof["boxes"]
    for number, box in enumerate(boxes):
        others = [
            other for other in range(len(boxes) + 1) if other == len(boxes) or boxes[other]["state"] != box["state"]
        ]
        for at, way in enumerate(proof["start"]):
            if way == number:
                for other in others:
                    assert not verdict(changed(proof, ("start", at), other))
        for source, of in enumerate(boxes):
            for at, way in enumerate(of["ways"]):
                if way == number:
                    for other in others:
                        assert not verdict(changed(proof, ("boxes", source, "ways", at), other))
                    assert not verdict(changed(proof, ("boxes", source, "ways", at), None))
        assert not verdict(changed(proof, ("boxes", number, "c", 0), [2**29, 2**29 + 1]))
        assert not verdict(changed(proof, ("boxes", number, "c", 0), [None, None]))
        assert not verdict(changed(proof, ("boxes", number, "o", 0), [1, 0]))
        assert not verdict(changed(proof, ("boxes", number, "state"), 1 - box["state"]))
    for key in ("states", "boxes", "start", "scale", "error", "by"):
        assert not verdict({name: value for name, value in proof.items() if name != key})
    assert not verdict(changed(proof, ("scale",), 29))
    assert not verdict(changed(proof, ("error",), "1/2"))
    assert not verdict(changed(proof, ("problem", "readout", "accept"), "9/10"))
    assert not verdict(changed(proof, ("weights", "weights", "b_i"), ["-5"]))
    assert not verdict(changed(proof, ("weights", "cell", "gate"), "crelu"))


CONDITIONS = """
[property]
always = [
    "h[0] >= 3/5 if state == 'odd' else h[0] <= 2/5",
    "x != 1 or state != 'even' or -1/5 <= h[0] < 1/5",
]
"""


def test_conditions_are_proved_or_refuted(parity: Problem) -> None:
    """What [property] asks beside the outputs: a proof, mutants of it, and a run that names what fails."""
    text = PARITY + CONDITIONS
    outcome = verify(parse_case(text), one_unit(Fraction(1)))
    assert isinstance(outcome, Proved)
    record = certificate_record(outcome.certificate)
    assert verdict(record)
    for place, sharper in ((0, "h[0] >= 4/5 if state == 'odd' else h[0] <= 2/5"), (1, "h[0] < 0")):
        assert not verdict(changed(record, ("problem", "property", place), sharper))
    sharp = text.replace("h[0] >= 3/5 if", "h[0] >= 4/5 if")
    refuted = verify(parse_case(sharp), one_unit(Fraction(1)))
    assert isinstance(refuted, Refuted)
    run = refuted.counterexample
    assert isinstance(run, EnclosedCounterexample)
    assert run.broken is not None
    assert run.broken.startswith("h[0] >= 0.8")
    assert run.step == 0
    assert "the spec says that h[0] >= 0.8" in refuted.reason
    told = result_record("verify", "x", refuted, None, 0.0)["counterexample"]
    assert isinstance(told, dict)
    assert told["condition"] == run.broken
    with pytest.raises(InputError, match="leaves h a choice"):
        verify(parse_case(text.replace("h[0] < 1/5", "h[0] < 1/5 or h[0] > 2")), one_unit(Fraction(1)))
    with pytest.raises(InputError, match="about h and z"):
        verify(parse_case(text.replace("-1/5 <= h[0] < 1/5", "c[0] < 2")), one_unit(Fraction(1)))


def test_the_page_of_a_proof_by_boxes(parity: Problem) -> None:
    """Its picture, and the weakest margin, which runs keep and a threshold just beyond breaks."""
    weights = one_unit(Fraction(1, 5))
    outcome = verify(parity, weights)
    assert isinstance(outcome, Proved)
    certificate = outcome.certificate
    assert isinstance(certificate, EnclosureCertificate)
    weakest = check_enclosures(certificate)
    assert weakest is not None
    net = net_of(table_of(parity.spec, weights), weights)
    scale = 2.0**certificate.scale
    boxes = [(box.state, *(v / scale for v in (*box.c[0], *box.o[0]) if v is not None)) for box in certificate.boxes]
    margin = 1.0
    for step in walks(net, 40, 60, 0.5):
        for state, c, o, h in zip(step.points.state, step.points.c, step.o, step.points.h, strict=True):
            assert any(b[0] == state and b[1] <= c[0] <= b[2] and b[3] <= o[0] <= b[4] for b in boxes)
            odd = certificate.states[state] != certificate.states[0]
            margin = min(margin, float(h[0] - 0.5 if odd else 0.5 - h[0]))
    assert 0 < float(weakest.margin) <= margin
    closer = certificate_record(certificate)
    for side, sign in ((">", 1), ("<", -1)):
        bound = Fraction(1, 2) + sign * (weakest.margin + Fraction(1, 1000))
        closer = changed(closer, ("problem", "readout", "accept" if sign > 0 else "reject"), f"{side} {float(bound)!r}")
    assert not verdict(closer)
    picture = boxes_picture(certificate)
    assert picture is not None
    assert picture == boxes_picture(certificate)
    page = case_page(parity, Solved(weights, certificate, ""), None, None, None, Linked("x", modes="m.svg"), weakest)
    assert "![the boxes, and states of random runs, in two coordinates](m.svg)" in page
    assert f"weakest margin of the readout is {float(weakest.margin):.3g} ({weakest.place})" in page


def test_proofs_hold_for_implementations_that_err(parity: Problem) -> None:
    """Runs with errors as large as the proof allows, in every c and h, keep their side of the threshold."""
    weights = one_unit(Fraction(1, 5))
    outcome = verify(parity, weights, robust=Fraction(1, 50))
    assert isinstance(outcome, Proved)
    certificate = outcome.certificate
    assert isinstance(certificate, EnclosureCertificate)
    assert certificate.error >= Fraction(1, 50)
    slip, random = float(certificate.error), Random(5)
    u, w, b = (np.array([20.0, 0, 0, -20]), np.array([20.0, 0, 0, -20]), np.array([-10.0, -20, 20, 30]))
    for _ in range(200):
        c = h = 0.0
        odd = False
        for _ in range(60):
            x = random.randint(0, 1)
            odd ^= bool(x)
            pre = u * h + w * x + b
            i, f, o = (1 / (1 + np.exp(-pre[k])) for k in (0, 1, 3))
            exact = f * c + i * np.tanh(pre[2])
            c = exact + random.choice([-1, 0, 1]) * slip
            h = o * np.tanh(random.choice([exact, c])) + random.choice([-1, 0, 1]) * slip
            assert (h > 0.5) == odd


def test_errors_that_are_too_large_are_not_proved(parity: Problem) -> None:
    open_ = verify(parity, one_unit(Fraction(1)), robust=Fraction(3, 10), seconds=5)
    assert isinstance(open_, Unknown)
    assert open_.max_length is None  # short runs were tried without errors


def test_unknown_says_how_far(parity: Problem) -> None:
    """A net on the edge: right for long, not provable in a moment."""
    outcome = verify(parity, one_unit(Fraction(2, 25)), max_length=20, seconds=3)
    assert isinstance(outcome, Unknown)
    assert outcome.max_length is not None
    assert outcome.max_length >= 8


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (('[readout]\naccept = "> 1/2"\nreject = "< 1/2"\n', ""), "readout"),
        (('accept = "> 1/2"', 'accept = "> 1/2"\nlayer = true'), "layer"),
        (('reject = "< 1/2"', 'reject = "<= 3/4"'), "reject"),
        (('candidate = "tanh"', 'candidate = "crelu"'), "cell.candidate"),
    ],
)
def test_bad_cases_name_the_key(change: tuple[str, str], told: str) -> None:
    with pytest.raises(InputError, match=told):
        verify(parse_case(PARITY.replace(*change)), one_unit(Fraction(1)))


@pytest.mark.parametrize("name", ["w_c[0,0]", "b_f[0]", "u_o[0,0]"])
def test_numbers_beyond_floats_are_refused_by_every_command(parity: Problem, name: str) -> None:
    weights = one_unit(Fraction(1))
    place = weight_names(weights.cell)[name]
    large = Weights.of(weights.cell, weights.values() | {place: Fraction(10) ** 400}, weights.initial)
    tried: tuple[Callable[[], object], ...] = (
        lambda: verify(parity, large),
        lambda: solve(parity, start=large),
        lambda: exported(Design(large, parity), "c"),
        lambda: arrays(large),
    )
    for attempt in tried:
        with pytest.raises(InputError, match="too large for a"):
            attempt()


@pytest.mark.parametrize("target", ["smtlib", "dot"])
def test_a_proof_by_boxes_has_no_modes_to_export(parity: Problem, target: Literal["smtlib", "dot"]) -> None:
    with pytest.raises(InputError, match="proves by boxes"):
        exported(Design(one_unit(Fraction(1)), parity, None, "what it proves", "digest"), target)


def test_files_with_wrong_numbers_are_refused(tmp_path: Path) -> None:
    from safetensors.numpy import load_file, save_file

    good = load_file(NETS / "parity-h3-s0.safetensors")
    for name, value in (("lstm.weight_hh_l0", np.nan), ("lstm.bias_ih_l0", np.inf)):
        bad = {key: array.copy() for key, array in good.items()}
        bad[name].flat[0] = value
        save_file(bad, tmp_path / "bad.safetensors")
        with pytest.raises(InputError, match=name):
            load_weights(tmp_path / "bad.safetensors")
    save_file({key: array for key, array in good.items() if "hh" not in key}, tmp_path / "bad.safetensors")
    with pytest.raises(InputError, match="weight_hh_l0"):
        load_weights(tmp_path / "bad.safetensors")
    save_file(good | {"lstm.weight_hh_l0": good["lstm.weight_hh_l0"][:, :2].copy()}, tmp_path / "bad.safetensors")
    with pytest.raises(InputError, match="shape"):
        load_weights(tmp_path / "bad.safetensors")
    (tmp_path / "bad.safetensors").write_bytes(b"no tensors")
    with pytest.raises(InputError, match="safetensors"):
        load_weights(tmp_path / "bad.safetensors")
    with pytest.raises(InputError, match="no such file"):
        load_weights(tmp_path / "missing.safetensors")


def case_of(machine: str, layer: bool) -> str:
    readout = 'layer = true\naccept = "> 0"\nreject = "< 0"' if layer else 'accept = ">= 1/2"\nreject = "<= 1/4"'
    return f"""
format = "lstmsolve/case/1"
name = "built"
{machine}
[cell]
hidden = "minimal"
gate = "sigmoid"
candidate = "tanh"
output = "tanh"
[readout]
{readout}
"""


def random_machine(seed: int, states: int, alphabet: str) -> str:
    random = Random(seed)
    names = [f"s{number}" for number in range(states)]
    rows = [
        f"{name} = {{ " + ", ".join(f'"{symbol}" = "{random.choice(names)}"' for symbol in alphabet) + " }"
        for name in names
    ]
    said = ", ".join(f"{name} = {random.randint(0, 1)}" for name in names)
    head = f'[machine]\nalphabet = "{alphabet}"\nstart = "s0"\noutput = {{ {said} }}\n[machine.next]\n'
    return head + "\n".join(rows)


@pytest.mark.parametrize("layer", [False, True])
@pytest.mark.parametrize(
    "machine",
    ['[language]\nalphabet = "01"\nregex = "(10)*"', '[language]\nalphabet = "01"\nregex = "0*1*0*1*"']
    + [random_machine(seed, 7, "01") for seed in range(1)],
)
def test_weights_are_built_and_proved(machine: str, layer: bool) -> None:
    problem = parse_case(case_of(machine, layer))
    outcome = solve(problem, seconds=60)
    assert isinstance(outcome, Solved)
    assert isinstance(check(outcome.certificate), Accepted)
    weights = outcome.weights
    assert problem.machine is not None
    assert weights.cell.hidden <= len(problem.machine.next)
    assert all(value * 100 == int(value * 100) for value in weights.nonzero().values())
    assert_right(problem, weights, range(1, 9))


def test_weights_for_three_symbols() -> None:
    problem = parse_case(case_of(random_machine(5, 5, "abc"), True))
    outcome = solve(problem, seconds=60)
    assert isinstance(outcome, Solved)
    assert_right(problem, outcome.weights, range(1, 6))


def test_what_cannot_be_built_says_why() -> None:
    outcome = solve(parse_case(case_of(random_machine(5, 5, "abc"), False)), hidden=2)
    assert isinstance(outcome, Unknown)
    assert "layer = true" in outcome.reason
    outcome = solve(parse_case(case_of(random_machine(1, 7, "01"), True)), hidden=1)
    assert isinstance(outcome, Unknown)
    assert "units" in outcome.reason


def assert_right(problem: Problem, weights: Weights, lengths: range) -> None:
    """All words of some lengths, in a textbook LSTM of our own: gates from numpy, the automaton walked by hand."""
    machine = problem.machine
    assert machine is not None
    readout = problem.spec.readout
    assert readout is not None
    assert readout.accept is not None
    assert readout.reject is not None
    accept, reject = readout.accept.bound, readout.reject.bound
    hidden = weights.cell.hidden
    order = (Gate.FORGET, Gate.INPUT, Gate.CANDIDATE, Gate.OUTPUT)
    w, u, b = (
        {gate: np.array([list(map(float, row)) for row in weights.gates[gate].w]) for gate in order},
        {gate: np.array([list(map(float, row)) for row in weights.gates[gate].u]) for gate in order},
        {gate: np.array(list(map(float, weights.gates[gate].b))) for gate in order},
    )
    size = len(machine.alphabet)
    columns = np.array([[0.0], [1.0]]) if size == 2 else np.eye(size)
    for length in lengths:
        for word in product(range(size), repeat=length):
            c, h, state = np.zeros(hidden), np.zeros(hidden), machine.start
            for letter in word:
                x = columns[letter]
                f, i, o = (
                    1 / (1 + np.exp(-(w[gate] @ x + u[gate] @ h + b[gate])))
                    for gate in (Gate.FORGET, Gate.INPUT, Gate.OUTPUT)
                )
                g = np.tanh(w[Gate.CANDIDATE] @ x + u[Gate.CANDIDATE] @ h + b[Gate.CANDIDATE])
                c = f * c + i * g
                h = o * np.tanh(c)
                state = machine.next[state][machine.alphabet[letter]]
            z = h[0]
            if weights.layer is not None:
                z = float(np.array(list(map(float, weights.layer.V[0]))) @ h + float(weights.layer.d[0]))
            assert z >= accept if machine.output[state] == 1 else z <= reject


@pytest.mark.parametrize("seed", range(12))
def test_verdicts_on_random_nets_hold_in_floats(seed: int) -> None:
    """Proved nets are right on long random words; runs of refuted ones fail in floats at their last step."""
    random = Random(seed)
    hidden = random.choice([1, 2, 3])
    text = case_of(random_machine(seed, random.choice([1, 2, 3]), "01"), False)
    problem = parse_case(text.replace('">= 1/2"', '"> 0"').replace('"<= 1/4"', '"< 0"'))
    weights = random_weights(seed, hidden, random.choice([1.0, 6.0]))
    outcome = verify(problem, weights, seconds=4)
    net = net_of(table_of(problem.spec, weights), weights)
    if isinstance(outcome, Refuted):
        word = [int(x[0]) for x in outcome.counterexample.trace.inputs]
        assert first_failure(net, word) == len(word)
    else:
        words = [[random.randint(0, 1) for _ in range(400)] for _ in range(10)]
        failures = [first_failure(net, word) for word in words]
        if isinstance(outcome, Proved):
            assert failures == [None] * 10


@pytest.mark.parametrize("most", [1, 4_000])
def test_sources_are_followed_alike_whatever_they_are_followed_together_with(
    most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where they make too many numbers at once, half of them are followed at a time."""
    problem = read_case(NETS / "tomita6-net.toml")
    weights = load_weights(NETS / "tomita6-h5-s0.safetensors", problem)
    net = net_of(table_of(problem.spec, weights), weights)
    generator = np.random.default_rng(1)
    c_low, o_low = generator.uniform(-2, 2, (7, net.hidden)), generator.uniform(0, 0.9, (7, net.hidden))
    boxes = Boxes(c_low, c_low + 0.3, o_low, o_low + 0.1)
    sources = Sources(boxes, np.arange(7) == 3, np.arange(7) % 3, np.arange(7) % 2)
    grid = Plan(0.1, 6).grid
    given = (net, grid, sources, 6, lambda state, _: np.full(len(state), -1), UNWATCHED)
    together = follow(*given)
    monkeypatch.setattr(following, "MOST_NUMBERS", most)
    apart = follow(*given)
    assert np.allclose(together.margin, apart.margin)
    assert np.allclose(together.shares, apart.shares)
    # In the order of their sources, and of steps for each.
    orders = [np.argsort(found.images.source, kind="stable") for found in (together, apart)]
    one, other = (taken(found.images, order) for found, order in zip((together, apart), orders, strict=True))
    assert len(one.source) > 7
    assert all(map(np.allclose, (*one.boxes, *one[:3], *one[4:]), (*other.boxes, *other[:3], *other[4:])))


def test_how_far_runs_are_right_is_said_as_far_as_time_allows(parity: Problem) -> None:
    weights = one_unit(Fraction(1))
    table = table_of(parity.spec, weights)
    assert right_up_to(table, weights, 6, 1_000, UNWATCHED) == 6
    assert right_up_to(table, weights, 6, 10, UNWATCHED) == 2
    assert right_up_to(table, weights, 6, 1_000, Stopwatch(0)) == 0


SIZES = st.sampled_from([0, 1, 7, 8, 40, 79, 80, 81, 159, 160])
NUMBERS = st.builds(
    lambda sign, bits, less: sign * ((1 << bits) - less), st.sampled_from([-1, 1]), SIZES, st.integers(0, 1)
)


@given(st.lists(st.tuples(NUMBERS, st.lists(NUMBERS, min_size=3, max_size=3)), min_size=1, max_size=6))
def test_sums_of_packed_factors_are_the_sums_rounded_down(parts: list[tuple[int, list[int]]]) -> None:
    """At powers of two and next to them, where a digit would run over first."""
    packed = Packed.of([Form(0, factors, 0, 0) for _, factors in parts], max(abs(u).bit_length() for u, _ in parts))
    said = packed.sums([(unit, u) for unit, (u, _) in enumerate(parts)])
    assert said == [sum(u * factors[place] for u, factors in parts) >> SCALE for place in range(3)]


REAL = """
format = "lstmsolve/case/1"
name = "real"
[input]
x = [0, 1]
[state]
s = { init = 0, type = "real" }
[next]
s = "s / 2 + x"
[output]
h = "1 if s >= 1 else 0"
[cell]
hidden = 1
gate = "sigmoid"
candidate = "tanh"
output = "tanh"
[readout]
accept = "> 1/2"
reject = "< 1/2"
"""


@pytest.mark.parametrize("ask", [lambda case: verify(case, one_unit(Fraction(1))), solve])
@pytest.mark.parametrize(
    ("change", "told"),
    [(("[0, 1]", '"real 0..1"'), "input.x"), (("[0, 1]", '"0.."'), "input.x"), (("", ""), "state.s")],
)
def test_reals_without_end_are_refused(ask: Callable[[Problem], Any], change: tuple[str, str], told: str) -> None:
    with pytest.raises(InputError, match=told):
        ask(parse_case(REAL.replace(*change)))


def test_reals_that_take_few_values_are_judged() -> None:
    """s is 0 or 1: the last input."""
    problem = parse_case(REAL.replace('"s / 2 + x"', '"min(s, 0) + x"'))
    outcome = solve(problem, seconds=60)
    assert isinstance(outcome, Solved)
    assert isinstance(verify(problem, outcome.weights), Proved)
