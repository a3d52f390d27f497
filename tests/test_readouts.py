"""Output layers, symbols as outputs, answers a step late, free starts: read, solved, verified, checked."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from fractions import Fraction
from itertools import product
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest

import lstmsolve
from lstmsolve.api.checking import load_certificate
from lstmsolve.formats.cases import parse_case
from lstmsolve.kernel.base.affine import Affine
from lstmsolve.kernel.base.errors import InputError
from lstmsolve.kernel.language.expressions import DontCare
from lstmsolve.kernel.lstm.cells import Layer, Parameter, Weights
from lstmsolve.kernel.records.certificates import FORMAT, FORMAT_2, certificate_from_record
from lstmsolve.kernel.records.problems import problem_from_record
from lstmsolve.kernel.records.weights import weights_from_record
from lstmsolve.kernel.spec.problems import Problem, weight_names
from lstmsolve.model.outcomes import Accepted, Proved, Refuted, Rejected, Solved
from lstmsolve.model.regions import RegionFound
from lstmsolve.search.floats.losses import Loss, Sample
from lstmsolve.writing.certificates import certificate_record
from lstmsolve.writing.problems import problem_record
from lstmsolve.writing.weights import weights_record
from tests.textbook import Textbook

COUNTER = """
[input]
x = [0, 1]
[state]
n = 0
[next]
n = "(n + x) % 3"
[output]
reply = { symbols = ["none", "one", "two"], is = "'none' if n == 0 else 'one' if n == 1 else 'two'" }
"""

PARITY = """
[machine]
alphabet = "ab"
start = "even"
output = { even = "ok", odd = "err" }
[machine.next]
even = { a = "even", b = "odd" }
odd = { a = "odd", b = "even" }
"""


def read(record: dict[str, Any], word: list[list[Fraction]]) -> list[list[Fraction]]:
    """z after each step, by a textbook LSTM and a plain sum."""
    record = dense(record)
    cell = Textbook.of(record)
    c, h = cell.initial
    said = []
    for x in word:
        c, h = cell.step(c, h, x)
        if "readout" not in record:
            said.append(list(h))
            continue
        rows, d = record["readout"]["V"], record["readout"]["d"]
        sums = (sum((Fraction(v) * value for v, value in zip(row, h, strict=True)), Fraction(0)) for row in rows)
        said.append([total + Fraction(shift) for total, shift in zip(sums, d, strict=True)])
    return said


def dense(record: dict[str, Any]) -> dict[str, Any]:
    """A weights record with lists in place of tables of what is not zero."""
    hidden, inputs = record["cell"]["hidden"], record["cell"]["inputs"]

    def row(value: Any, size: int) -> list[str]:
        return [value.get(str(k), "0") for k in range(size)] if isinstance(value, Mapping) else list(value)

    found = dict(record)
    found["weights"] = {
        name: row(rows, hidden)
        if name.startswith("b_")
        else [row(one, inputs if name.startswith("w_") else hidden) for one in rows]
        for name, rows in record["weights"].items()
    }
    if "readout" in record:
        outputs = len(record["readout"]["V"])
        layer = {"V": [row(one, hidden) for one in record["readout"]["V"]], "d": row(record["readout"]["d"], outputs)}
        found["readout"] = layer
    return found


def solved(text: str, engine: Any = "auto") -> Solved:
    outcome = lstmsolve.solve(parse_case(text), seconds=60, engine=engine)
    assert isinstance(outcome, Solved), outcome.reason
    assert isinstance(lstmsolve.check(outcome.certificate), Accepted)
    return outcome


def words(letters: int, length: int) -> list[tuple[int, ...]]:
    return list(product(range(letters), repeat=length))


READOUTS: dict[str, tuple[str, Callable[[list[Fraction], int], bool]]] = {
    "value": ("layer = true", lambda z, right: z == [Fraction(k == right) for k in range(len(z))]),
    "threshold": (
        'layer = true\ndecide = "threshold"\naccept = "> 3"\nreject = "<= -2"',
        lambda z, right: all(v > 3 if k == right else v <= -2 for k, v in enumerate(z)),
    ),
    "argmax": (
        'layer = true\ndecide = "argmax"',
        lambda z, right: all(z[right] > v for k, v in enumerate(z) if k != right),
    ),
    "margin": (
        'layer = true\ndecide = "argmax"\nmargin = "5/2"',
        lambda z, right: all(z[right] - v >= Fraction(5, 2) for k, v in enumerate(z) if k != right),
    ),
}


@pytest.mark.parametrize("engine", ["auto", "construct"])
@pytest.mark.parametrize("readout", READOUTS)
def test_replies_are_read_as_the_case_says(readout: str, engine: str) -> None:
    text, right = READOUTS[readout]
    outcome = solved(f"{COUNTER}[readout]\n{text}\n", engine)
    record = weights_record(outcome.weights)
    for word in words(2, 7):
        said = read(record, [[Fraction(x)] for x in word])
        assert all(right(z, sum(word[: n + 1]) % 3) for n, z in enumerate(said)), word


def test_a_counterexample_names_the_reply() -> None:
    weights = {"b_f": [1], "readout": {"V": [[1], [0], [0]], "d": [0, 1, 0]}}
    case = f"{COUNTER}[cell]\nhidden = 1\n[readout]\nlayer = true\n"
    values = lstmsolve.verify(parse_case(case), weights)
    assert values.reason.endswith("z is (0, 1, 0), the spec says 'none', (1, 0, 0)")
    greatest = lstmsolve.verify(parse_case(f"{case}decide = 'argmax'\n"), weights)
    assert greatest.reason.endswith("z is (0, 1, 0), the spec says 'none', z[0] the greatest")


def test_without_a_layer_symbols_are_units() -> None:
    outcome = solved(COUNTER.replace("(n + x) % 3", "x").replace("'one' if n == 1 else 'two'", "'two'"), "construct")
    for word in words(2, 5):
        said = read(weights_record(outcome.weights), [[Fraction(x)] for x in word])
        assert [z[:3] for z in said] == [[1 - x, 0, x] for x in word]


def test_a_layer_says_numbers_that_no_unit_can() -> None:
    text = COUNTER.replace("(n + x) % 3", "n + x").partition("[output]")[0]
    outcome = solved(f'{text}[output]\nh = ["-n / 3", "2 - n"]\n[readout]\nlayer = true\n')
    for word in words(2, 6):
        said = read(weights_record(outcome.weights), [[Fraction(x)] for x in word])
        totals = [sum(word[: n + 1]) for n in range(len(word))]
        assert said == [[Fraction(-n, 3), Fraction(2 - n)] for n in totals]


@pytest.mark.parametrize("late", [1, 2])
def test_late_answers_are_those_of_an_earlier_step(late: int) -> None:
    text = COUNTER.partition("[output]")[0]
    said = "2 * n if x == 1 else n"  # of the new register and the input
    outcome = solved(f'{text}[output]\nh = "{said}"\n[readout]\nlayer = true\nlate = {late}\n', "construct")
    for word in words(2, 7):
        z = [row[0] for row in read(weights_record(outcome.weights), [[Fraction(x)] for x in word])]
        counts = [sum(word[: n + 1]) % 3 for n in range(len(word))]
        owed = [2 * n if x else n for n, x in zip(counts, word, strict=True)]
        assert z[late:] == owed[: len(word) - late]


def test_what_is_owed_nothing_is_owed_nothing_later_either() -> None:
    text = COUNTER.partition("[output]")[0]
    case = f'{text}[output]\nh = "any if n == 1 else n"\n[readout]\nlayer = true\nlate = 1\n'
    spec = parse_case(case).spec
    registers = spec.initial
    for x, said in ((1, None), (1, None), (1, 2), (0, 0)):
        after = spec.step(registers, {"x": Affine((), Fraction(x))})
        registers = dict(after.registers)
        (output,) = after.outputs
        assert (None if isinstance(output, DontCare) else output.constant) == said
    solved(case, "construct")


def test_a_late_mealy_machine_is_built_and_its_replies_are_right() -> None:
    random = Random(3)
    states, letters, replies = [f"q{k}" for k in range(6)], "abcd", ["ok", "err", "none"]
    moves = {q: {a: random.choice(states) for a in letters} for q in states}
    said = {q: {a: random.choice(replies) for a in letters} for q in states}
    table = "\n".join(f"{q} = {{ {', '.join(f'{a} = {t!r}' for a, t in row.items())} }}" for q, row in moves.items())
    outputs = "\n".join(f"{q} = {[said[q][a] for a in letters]}" for q in states)
    text = (
        f'[machine]\nalphabet = "{letters}"\nstart = "q0"\nreplies = {replies}\n[machine.output]\n{outputs}\n'
        f"[machine.next]\n{table}\n"
    )
    for late in (0, 1):
        outcome = solved(f"{text}[readout]\nlayer = true\nlate = {late}\n", "construct")
        record = weights_record(outcome.weights)
        for _ in range(30):
            word = [random.randrange(4) for _ in range(12)]
            columns = [[Fraction(k == letter) for k in range(4)] for letter in word]
            state, owed = "q0", []
            for letter in word:
                owed.append([Fraction(reply == said[state][letters[letter]]) for reply in replies])
                state = moves[state][letters[letter]]
            assert read(record, columns)[late:] == owed[: len(word) - late]


def test_a_free_start_is_found_and_is_part_of_the_claim() -> None:
    text = COUNTER.partition("[output]")[0].replace('"(n + x) % 3"', '"1 - n"').replace("n = 0", "n = 1")
    case = f'{text}[output]\nh = "1 - n"\n[cell]\nhidden = 1\ninitial = "free"\n'
    outcome = solved(case)
    assert "c[-1] =" in lstmsolve.check(outcome.certificate).statement  # type: ignore[union-attr]
    half = solved(case.replace('"free"', '{ c = "free", h = [0] }'))
    assert half.weights.initial.h == (Fraction(0),)
    given = parse_case(case.replace('"free"', "{ c = [0], h = [0] }"))
    if outcome.weights.initial != given.initial_state(1):
        with pytest.raises(InputError, match="starts in another state"):
            lstmsolve.verify(given, outcome.weights)


# --- verifying ------------------------------------------------------------------------------------


def parity_weights(**readout: Any) -> Weights:
    names = {"w_f": "-1", "b_f": "1", "w_i": "1", "w_c": "1", "u_c": "-1", "b_o": "1"}
    zero = {"w": [["0"]], "u": [["0"]], "b": ["0"]}
    record = {
        "format": "lstmsolve/weights/1",
        "cell": {"inputs": 1, "hidden": 1},
        "weights": {
            f"{m}_{g}": (
                zero[m] if f"{m}_{g}" not in names else [names[f"{m}_{g}"]] if m == "b" else [[names[f"{m}_{g}"]]]
            )
            for m in "wub"
            for g in "fico"
        },
        "readout": readout,
    }
    return weights_from_record(record)


@pytest.mark.parametrize(
    ("readout", "rows", "verdict"),
    [
        ("", {"V": [["-1"], ["1"]], "d": ["1", "0"]}, Proved),
        ("", {"V": [["-1"], ["1"]], "d": ["1", "1/7"]}, Refuted),
        ('decide = "argmax"', {"V": [["0"], ["1/9"]], "d": ["1/99", "0"]}, Proved),
        ('decide = "argmax"', {"V": [["0"], ["1"]], "d": ["0", "0"]}, Refuted),
        ('decide = "argmax"\nmargin = 0', {"V": [["0"], ["1"]], "d": ["0", "0"]}, Proved),
        ('decide = "argmax"\nmargin = 1', {"V": [["0"], ["2"]], "d": ["1", "0"]}, Proved),
        ('decide = "argmax"\nmargin = "101/100"', {"V": [["0"], ["2"]], "d": ["1", "0"]}, Refuted),
        ('accept = ">= 7"\nreject = "< 7"', {"V": [["-1"], ["1"]], "d": ["7", "6"]}, Proved),
        ('accept = "> 7"\nreject = "<= 7"', {"V": [["-1"], ["1"]], "d": ["7", "6"]}, Refuted),
    ],
)
def test_given_layers_are_proved_or_refuted(readout: str, rows: Any, verdict: type) -> None:
    problem = parse_case(f"{PARITY}[readout]\nlayer = true\n{readout}\n")
    outcome = lstmsolve.verify(problem, parity_weights(**rows))
    assert isinstance(outcome, verdict), outcome.reason
    if isinstance(outcome, Refuted):
        assert outcome.counterexample.trace.z is not None
        assert outcome.counterexample.actual == outcome.counterexample.trace.z[-1]
    else:
        assert isinstance(outcome, Proved)
        assert isinstance(lstmsolve.check(outcome.certificate), Accepted)


def test_a_threshold_on_a_real_output_is_met_or_missed_exactly() -> None:
    """A layer over an input that is any real: `>` and `>=` differ at one point."""
    text = '[input]\nx = "real 0..1"\n[output]\nh = "1"\n[readout]\nlayer = true\naccept = "{}"\nreject = "<= -1"\n'
    record = weights_record(parity_weights(V=[["1"]], d=["2"]))
    arrays: Any = record["weights"]
    arrays |= {"w_f": [["0"]], "b_f": ["0"], "b_i": ["1"], "w_i": [["0"]], "u_c": [["0"]], "w_c": [["1"]]}
    weights = weights_from_record(record)
    assert isinstance(lstmsolve.verify(parse_case(text.format(">= 2")), weights), Proved)
    missed = lstmsolve.verify(parse_case(text.format("> 2")), weights)
    assert isinstance(missed, Refuted)
    assert missed.counterexample.actual == (Fraction(2),)


def test_every_number_of_a_layer_matters() -> None:
    """Whatever is changed in V and d of a proved design by value, the certificate is rejected."""
    outcome = solved(f"{PARITY}[readout]\nlayer = true\n")
    record = json.loads(json.dumps(certificate_record(outcome.certificate)))
    for output, row in enumerate(record["weights"]["readout"]["V"]):
        for changed in (row, record["weights"]["readout"]["d"]):
            place = output if changed is not row else 0
            old = changed[place]
            changed[place] = str(Fraction(old) + Fraction(1, 1000))
            assert isinstance(lstmsolve.check(certificate_from_record(record)), Rejected)
            changed[place] = old
    assert isinstance(lstmsolve.check(certificate_from_record(record)), Accepted)


def test_new_words_make_a_new_format_and_old_ones_keep_theirs(tmp_path: Path) -> None:
    outcome = solved(f"{PARITY}[readout]\nlayer = true\n")
    record = certificate_record(outcome.certificate)
    assert record["format"] == FORMAT_2
    with pytest.raises(InputError, match="format"):
        certificate_from_record({**record, "format": FORMAT})
    old = lstmsolve.solve("parity")
    assert isinstance(old, Solved)
    assert certificate_record(old.certificate)["format"] == FORMAT
    file = tmp_path / "certificate.json"
    file.write_text(json.dumps(record))
    assert load_certificate(file) == outcome.certificate


def test_problems_and_weights_are_read_back_as_they_were_written() -> None:
    random = Random(1)
    for text, _ in READOUTS.values():
        for late in (0, 2):
            problem = parse_case(f"{COUNTER}[readout]\n{text}\nlate = {late}\n")
            assert problem_from_record(problem_record(problem)) == problem
    for outputs in (1, 3, 20):
        for hidden in (1, 2, 40):
            cell = Problem("x", "", "", parse_case(PARITY).spec, parse_case(PARITY).choice).cell(hidden)
            cell = type(cell)(cell.inputs, hidden, outputs=outputs)
            places = [Parameter("V", None, random.randrange(outputs), random.randrange(hidden)) for _ in range(5)]
            weights = Weights.of(cell, {place: Fraction(random.randrange(1, 9), 7) for place in places})
            assert weights_from_record(json.loads(json.dumps(weights_record(weights)))) == weights
            assert isinstance(weights.layer, Layer)
            names = weight_names(cell)
            assert all(names[place.name] == names[place.short_name(cell)] == place for place in weights.values())


# --- machines -------------------------------------------------------------------------------------


def test_missing_moves_lead_to_the_default() -> None:
    text = '[machine]\nalphabet = "01"\nstart = "a"\ndefault = "dead"\noutput = { a = 1, b = 1 }\n'
    machine = parse_case(f'{text}[machine.next]\na = {{ "0" = "b" }}\nb = {{ "1" = "a" }}\n').machine
    assert machine is not None
    assert machine.next == {
        "a": {"0": "b", "1": "dead"},
        "b": {"0": "dead", "1": "a"},
        "dead": {"0": "dead", "1": "dead"},
    }
    assert machine.output == {"a": 1, "b": 1, "dead": 0}


def test_texts_that_are_numbers_are_numbers_unless_they_are_named_as_replies() -> None:
    text = PARITY.replace('"ok"', '"1/3"').replace('"err"', '"2/3"')
    machine = parse_case(text).machine
    assert machine is not None
    assert machine.output == {"even": Fraction(1, 3), "odd": Fraction(2, 3)}
    named = parse_case(text.replace('start = "even"', 'start = "even"\nreplies = ["2/3", "1/3"]')).machine
    assert named is not None
    assert (named.replies, named.output) == (("2/3", "1/3"), {"even": "1/3", "odd": "2/3"})


BAD: list[tuple[str, str]] = [
    (f"{PARITY}[readout]\nmargin = 1\n", "readout.margin: a margin goes with decide"),
    (f'{PARITY}[readout]\ndecide = "argmax"\nmargin = -1\n', "a margin is at least 0"),
    (f'{PARITY}[readout]\ndecide = "argmax"\naccept = ">= 1"\nreject = "<= 0"\n', "thresholds go with decide"),
    (f'{PARITY}[readout]\naccept = ">= 1"\n', "readout.reject: a readout by thresholds needs"),
    (f'{PARITY}[readout]\naccept = ">= 1"\nreject = "<= 1"\n', "no number to both"),
    (f'{PARITY}[readout]\naccept = "<= 1"\nreject = "<= 0"\n', "a threshold is written"),
    (f"{PARITY}[readout]\nlate = -1\n", "readout.late"),
    (f"{PARITY}[readout]\nlayer = 1\n", "readout.layer"),
    (f'{PARITY}[readout]\ndecide = "loudest"\n', "readout.decide"),
    ('[input]\nx = [0, 1]\n[output]\nh = "x"\n[readout]\ndecide = "argmax"\n', "one of two or more symbols"),
    (PARITY.replace('"err"', "0"), "is a number among outputs that are symbols"),
    (PARITY.replace('start = "even"', 'start = "even"\nreplies = ["ok"]'), "is not among the replies ok"),
    (PARITY.replace('start = "even"', 'start = "even"\ndefault = 3'), "machine.default"),
    (PARITY.replace('{ even = "ok", odd = "err" }', '{ even = ["ok"], odd = ["ok", "err"] }'), "one output a symbol"),
    (
        PARITY.replace('a = "odd", b = "even"', 'a = "odd"').replace("start", 'default = "lost"\nstart'),
        "what is said there",
    ),
    (COUNTER.replace("else 'two'", "else 2"), "differ in kind"),
    (COUNTER.replace("else 'two'", "else 'three'"), "'three' is not among the symbols"),
    (COUNTER.replace("'none' if", "'none' + 1 if"), "needs a number here"),
    (COUNTER.replace("reply =", 'h = "n"\nreply ='), "or reply ="),
    (f'{COUNTER}[cell]\nhidden = 2\ninitial = {{ c = "free", h = [0] }}\n', "cell.initial: needs 2 numbers"),
    (f'{COUNTER}[cell]\nhidden = 2\ninitial = "open"\n', "cell.initial"),
    (f"{COUNTER}[cell]\nhidden = 2\n", "the output speaks of 3 units"),
]


@pytest.mark.parametrize(("text", "message"), BAD)
def test_bad_readouts_are_named(text: str, message: str) -> None:
    with pytest.raises(InputError) as error:
        parse_case(text)
    assert message in str(error.value), str(error.value)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"V": [["1"]], "d": ["1", "0"]}, "readout.d: needs 1 numbers"),
        ({"V": [["1", "0"], ["0", "1"]], "d": ["1", "0"]}, "readout.V[0]: needs 1 numbers"),
        ({"V": [], "d": []}, "from 1 to"),
        ({"V": [["1"]]}, "readout.d: is missing"),
    ],
)
def test_layers_of_another_shape_are_named(change: Any, message: str) -> None:
    with pytest.raises(InputError) as error:
        parity_weights(**change)
    assert message in str(error.value)


def test_weights_and_case_agree_on_whether_there_is_a_layer() -> None:
    with_layer, without = parse_case(f"{PARITY}[readout]\nlayer = true\n"), parse_case(PARITY)
    weights = parity_weights(V=[["-1"], ["1"]], d=["1", "0"])
    with pytest.raises(InputError, match="these weights have an output layer"):
        lstmsolve.verify(without, Weights.of(type(weights.cell)(1, 2, outputs=2), {}))
    with pytest.raises(InputError, match="the case reads an output layer"):
        lstmsolve.verify(with_layer, Weights.of(type(weights.cell)(1, 1), {}))
    with pytest.raises(InputError, match="the case has 2 outputs"):
        lstmsolve.verify(with_layer, parity_weights(V=[["1"]], d=["1"]))


def test_conditions_on_the_layer_are_met() -> None:
    text = f'{PARITY}[readout]\nlayer = true\ndecide = "argmax"\n[cell]\nhidden = 1\n[weights]\n'
    outcome = solved(f'{text}d = [3, "any"]\nwhere = ["V[1,0] <= -1"]\n')
    assert outcome.weights[Parameter("d", None, 0)] == 3
    assert outcome.weights[Parameter("V", None, 1, 0)] <= -1
    exact = text.replace('decide = "argmax"\n', "")
    refused = lstmsolve.solve(parse_case(f"{exact}d = [3, 4]\n"), seconds=10)
    assert refused.verdict in ("unknown", "impossible")


# --- regions --------------------------------------------------------------------------------------

SIGN = '[input]\nx = [0, 1]\n[output]\nh = "1 - 2 * x"\n[readout]\nlayer = true\n[cell]\nhidden = 1\n'
LOUDEST = (
    '[input]\nx = [0, 1]\n[output]\nreply = { symbols = ["a", "b"], is = "\'a\' if x == 0 else \'b\'" }\n'
    '[readout]\nlayer = true\ndecide = "argmax"\n[cell]\nhidden = 1\n'
)


@pytest.mark.parametrize("text", [SIGN, LOUDEST])
def test_weights_in_a_region_are_right_and_layers_outside_of_it_are_wrong(text: str) -> None:
    problem = parse_case(text)
    found = lstmsolve.region(problem, seconds=60, others=False)
    assert isinstance(found, RegionFound)
    design = lstmsolve.solve(problem, seconds=60)
    assert isinstance(design, Solved)
    assert found.region.holds(design.weights)
    random = Random(5)
    values = design.weights.values()
    layer = [place for place in values if place.gate is None]
    for _ in range(40):
        moved = {**values, **{place: values[place] + Fraction(random.randint(-8, 8), 2) for place in layer}}
        weights = Weights.of(design.weights.cell, moved, design.weights.initial)
        outcome = lstmsolve.verify(problem, weights)
        # The gates are those of a map that is in the region, so the layer decides.
        assert isinstance(outcome, Proved) is found.region.holds(weights)


def test_a_tolerance_of_the_loudest_output_holds_at_its_very_ends() -> None:
    design = lstmsolve.solve(parse_case(LOUDEST), seconds=90, objective="tolerant")
    assert isinstance(design, Solved)
    assert design.tolerance is not None
    for place in [place for place in design.weights.values() if place.gate is None]:
        for end in design.tolerance.alone[place.name]:
            if end is not None:
                weights = Weights.of(design.weights.cell, {**design.weights.values(), place: end})
                assert isinstance(lstmsolve.verify(parse_case(LOUDEST), weights), Proved), (place.name, end)


def test_descent_finds_layers_as_well() -> None:
    text = '[input]\nx = "real 0..1"\n[output]\nh = "x / 2 - 3"\n[readout]\nlayer = true\n[cell]\nhidden = 1\n'
    outcome = lstmsolve.solve(parse_case(text), seconds=60, engine="scipy")
    assert isinstance(outcome, Solved), outcome.reason
    assert isinstance(lstmsolve.check(outcome.certificate), Accepted)


def test_gradients_of_a_layer_are_those_of_differences() -> None:
    problem = parse_case(SIGN)
    sample = Sample.of(problem.spec, [({"x": Fraction(0)}, {"x": Fraction(1)}), ({"x": Fraction(1)},)])
    loss = Loss(problem.cell(), problem.initial_state(1), sample)
    vector = np.linspace(-0.31, 0.42, len(loss.places))
    value, gradient = loss.with_gradient(vector)
    assert loss.values(vector[None, :])[0] == pytest.approx(value)
    for k in range(len(vector)):
        step = np.zeros_like(vector)
        step[k] = 1e-6
        ahead, behind = loss.values(np.stack([vector + step, vector - step]))
        assert gradient[k] == pytest.approx((ahead - behind) / 2e-6, abs=1e-5)
