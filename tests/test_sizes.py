"""Limits on sizes: what is too large is refused in words, and what is large but sparse is small."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from fractions import Fraction
from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

import lstmsolve
from lstmsolve.automata.languages import language_record
from lstmsolve.formats.cases import parse_case
from lstmsolve.formats.files import dump_json, parse_json, parse_toml
from lstmsolve.kernel.base.affine import MAX_BITS, Affine, common_denominator, dot, linear_sum, normalised
from lstmsolve.kernel.base.errors import InputError, LimitReached
from lstmsolve.kernel.lstm.cells import Cell, SparseRow, Weights, each, nonzero, parameters, row_of
from lstmsolve.kernel.proofs.certificates import Certificate
from lstmsolve.kernel.records.certificates import certificate_from_record
from lstmsolve.kernel.records.weights import weights_from_record
from lstmsolve.kernel.spec.problems import Constraints, weight_names
from lstmsolve.model.outcomes import Accepted, Impossible, Proved, Refuted, Rejected, Solved, Unknown
from lstmsolve.obligations.stepping.systems import MAX_COMBINATIONS, Inputs
from lstmsolve.writing.certificates import certificate_record
from lstmsolve.writing.weights import weights_record
from tests.hostile import CASES, CERTIFICATES, WEIGHTS, case, inputs
from tests.test_hostile import FREE
from tests.test_interrupts import SQUARES

# --- numbers that become longer and longer -------------------------------------------------------


def doubling() -> Weights:
    return weights_from_record(parse_json(WEIGHTS["numbers that double in length"]))


def test_numbers_that_double_in_length_end_a_verification() -> None:
    """c becomes c²/2 + 1/4, and h is half of it; right, not to be listed, and too tight for bounds."""
    text = SQUARES.replace('"real 0..1"', "[1]")
    outcome = lstmsolve.verify(parse_case(text), "u_f = 1, w_i = 1/4, b_c = 1, b_o = 1/2")
    assert isinstance(outcome, Unknown)
    assert f"numbers became longer than {MAX_BITS} bits" in outcome.reason
    # After n steps c has the denominator 2^(3 · 2^(n-1) - 1): that of n = 15 fits, the next one does not.
    assert outcome.max_length == 15


def test_numbers_that_double_in_length_stand_in_no_way_of_bounds() -> None:
    """c becomes c² at each step, from 2/3, and nothing is owed."""
    assert isinstance(lstmsolve.verify(parse_case(FREE), doubling()), Proved)


def test_they_end_a_simulation_too_but_not_one_in_floats() -> None:
    steps = [(Fraction(0),)] * 1_000
    with pytest.raises(LimitReached, match=r"longer than 50000 bits \(after 14 steps of a run\); floats, such as"):
        lstmsolve.simulate(doubling(), steps)
    assert lstmsolve.simulate(doubling(), steps, "float64").c[-1] == (0.0,)
    assert lstmsolve.simulate(doubling(), steps[:14]).c[-1] == (Fraction(2, 3) ** 2**14,)


def test_sums_of_long_numbers_end_in_words() -> None:
    terms = [Fraction(1, 10**900 + 2 * n + 1) for n in range(100)]
    forms = [(Affine.of({"x": term}), 1) for term in terms]
    for add in (
        lambda: dot((term, Fraction(1)) for term in terms),
        lambda: linear_sum(forms),
        lambda: common_denominator(terms),
        lambda: normalised(
            Affine.of({f"x{n}": term for n, term in enumerate(terms)}), False, {f"x{n}" for n in range(100)}
        ),
    ):
        with pytest.raises(LimitReached, match="longer than"):
            add()
    assert dot((term, Fraction(1)) for term in terms[:3]) == sum(terms[:3])


@pytest.mark.parametrize("name", ["a common denominator of a million digits", "300 nested equations of 900 digits"])
def test_certificates_of_long_numbers_are_not_accepted(name: str) -> None:
    outcome = lstmsolve.check(certificate_from_record(parse_json(CERTIFICATES[name]())))
    assert isinstance(outcome, Unknown)
    assert "longer than" in outcome.reason


# --- many inputs, symbols, units -----------------------------------------------------------------


def test_more_combinations_of_inputs_than_can_be_listed_leave_a_case_open() -> None:
    problem = parse_case(CASES["12 inputs of 16 values"])
    assert not Inputs(problem.spec).listable
    outcome = lstmsolve.verify(problem, "b_o[0]=0", seconds=20.0)
    assert isinstance(outcome, Unknown)
    assert f"at most {MAX_COMBINATIONS} are taken one by one" in outcome.reason


def test_but_runs_that_fail_on_telling_inputs_are_found_all_the_same() -> None:
    problem = parse_case(case(f'{inputs(12, chr(34) + "0..15" + chr(34))}[output]\nh = "x11"'))
    outcome = lstmsolve.verify(problem, "b_o[0]=0", seconds=20.0)
    assert isinstance(outcome, Refuted)
    assert outcome.counterexample.expected == (Fraction(1),)


def test_columns_are_counted() -> None:
    with pytest.raises(InputError, match="the inputs take 100000 columns, one a symbol or number; at most 1000"):
        parse_case(CASES["100,000 symbols"])


def test_a_billion_units_are_refused_before_anything_is_made_of_them() -> None:
    with pytest.raises(InputError, match=r"cell\.hidden"):
        lstmsolve.solve("parity", hidden=10**9)


def test_only_some_complaints_are_spelt_out() -> None:
    updates = "\n".join(f'n{k} = "1"' for k in range(1_000))
    with pytest.raises(InputError) as refused:
        parse_case(f'[input]\nx = [0, 1]\n[next]\n{updates}\n[output]\nh = "0"\n')
    assert len(refused.value.complaints) == 1_000
    assert str(refused.value).count("\n") == 100
    assert str(refused.value).endswith("more complaints")


def test_many_unknown_keys_are_one_complaint() -> None:
    with pytest.raises(InputError) as refused:
        parse_case(CASES["100,000 unknown keys"])
    assert len(str(refused.value)) < 1_000


SAID = ", ".join(f"q{n} = {int(n % 7 in (1, 2, 4))}" for n in range(60))

# --- rows that are mostly zero -------------------------------------------------------------------

ROWS = st.integers(16, 40).flatmap(
    lambda size: st.tuples(st.dictionaries(st.integers(0, size - 1), st.fractions(), max_size=6), st.just(size))
)


@given(ROWS)
def test_a_sparse_row_is_the_row(given_row: tuple[dict[int, Fraction], int]) -> None:
    entries, size = given_row
    plain = tuple(entries.get(column, Fraction(0)) for column in range(size))
    sparse = SparseRow(entries, size, Fraction(0))
    assert sparse == plain
    assert plain == sparse
    assert hash(sparse) == hash(plain)
    assert tuple(sparse) == plain
    assert [sparse[-1], sparse[size - 1], sparse[2:5]] == [plain[-1], plain[-1], plain[2:5]]
    assert row_of(entries, size) == plain
    assert each(sparse, lambda value: value - 1) == tuple(value - 1 for value in plain)
    assert dict(nonzero(each(sparse, Affine.lift))) == {k: Affine((), v) for k, v in nonzero(plain)}
    assert sparse != (*plain, Fraction(0))
    with pytest.raises(IndexError):
        sparse[size]


def test_lists_and_tables_of_a_row_are_the_same_weights() -> None:
    record = parse_json(WEIGHTS["6,000 units with one weight a row"])
    weights = weights_from_record(record)
    assert len(weights.nonzero()) == 24_000
    small = weights_record(
        Weights.of(Cell(1, 20), {place: Fraction(1, 2) for place in islice(parameters(Cell(1, 20)), 30)})
    )
    dense = {**small, "weights": {name: _listed(rows) for name, rows in small["weights"].items()}}  # type: ignore[attr-defined]
    assert weights_from_record(dense) == weights_from_record(small)


def test_vectors_of_a_built_net_are_their_entries_that_are_not_zero() -> None:
    """A mode of a ring of states has one unit at 1. Vectors of length H would make everything grow as its square."""
    rows = "\n".join(f'q{n} = {{ "0" = "q{n}", "1" = "q{(n + 1) % 60}" }}' for n in range(60))
    ring = f'name = "ring"\n[machine]\nalphabet = "01"\nstart = "q0"\noutput = {{ {SAID} }}\n[machine.next]\n{rows}\n'
    found = lstmsolve.solve(parse_case(ring), engine="construct")
    assert isinstance(found, Solved)
    assert isinstance(found.certificate, Certificate)
    read = certificate_from_record(parse_json(dump_json(certificate_record(found.certificate))))
    assert isinstance(read, Certificate)
    assert read == found.certificate
    for mode in (*islice(found.certificate.modes.values(), 1, None), *read.modes.values()):
        for part in (mode.c, mode.h):
            assert isinstance(part, SparseRow)
            assert len(part.entries) <= 2
    assert isinstance(lstmsolve.check(read), Accepted)
    # A mode that says more than the step does is no proof, however it is kept.
    mode = next(mode for mode in read.modes.values() if mode.registers["state"] == "q5")
    for wrong in ({**mode.h.entries, 40: Affine((), Fraction(1))}, {}):  # type: ignore[attr-defined]
        other = replace(mode, h=SparseRow(wrong, len(mode.h), Affine((), Fraction(0))))
        assert isinstance(lstmsolve.check(replace(read, modes={**read.modes, mode.name: other})), Rejected)


def _listed(rows: object) -> object:
    if isinstance(rows, dict):
        return [rows.get(str(column), "0") for column in range(20)]
    if isinstance(rows, list):
        return [_listed(row) for row in rows]
    return rows


@pytest.mark.parametrize("cell", [Cell(1, 1), Cell(2, 1), Cell(1, 2), Cell(3, 2)])
def test_weights_are_found_by_every_name_they_have_and_no_other(cell: Cell) -> None:
    names = weight_names(cell)
    listed = {place.name: place for place in parameters(cell)} | {p.short_name(cell): p for p in parameters(cell)}
    assert dict(names) == listed
    assert len(names) == len(listed)
    wrong = [
        "w_f[0,3]",
        "w_f[2,0]",
        "u_o[0,2]",
        "b_f[0,0]",
        "b_f[2]",
        "w_f[00,0]",
        "w_g[0,0]",
        "w_f[-1,0]",
        "w_f [0,0]",
        "b_f[٠]",
    ]
    for name in wrong:
        assert name not in names


def test_conditions_on_the_weights_of_a_large_cell_cost_what_they_say() -> None:
    weights = Weights.of(Cell(1, 20_000), {})
    assert Constraints(integer=True, low=Fraction(-1)).met_by(weights)
    assert next(Constraints(low=Fraction(1)).unmet(weights)) == "w_f[0,0] must be at least 1"
    assert next(Constraints(fixed={"u_c[19999,7]": Fraction(1)}).unmet(weights)) == "u_c[19999,7] must be 1"


# --- texts ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("regex", ["(" * 50 + "0" + "){0,2}" * 50, "((0{0,50}|1{1,50}){1,50}|01){1,50}", "0?" * 4_500])
def test_regular_expressions_that_blow_up_are_refused(regex: str) -> None:
    with pytest.raises(InputError, match="its automaton is too large"):
        language_record("01", regex)


@pytest.mark.parametrize(
    "text",
    [
        'a = "b.c.d.e.f.g.h.i.j.k"',
        "a = 'b.c.d.e.f.g.h.i.j.k' # l.m.n.o.p.q.r.s.t.u",
        'a = """\nb.c.d.e.f.g\n"h.i".j.k\n"""\nl.m = 1',
        "a = '''\nb.c.d.e.f.g.h.i.j.k'''",
        'a = "\\"b.c.d.e.f.g.h.i.j.k"',
        "a = [0.5, 0.25, 0.125, 1.5, 2.5, 3.5, 4.5, 5.5, 6.5, 7.5]",
        "a = { b.c.d = 1.5, e.f.g = 2.5, h.i.j = 3.5 }",
        'a."b.c.d.e.f.g.h.i.j.k" = 1',
        "a.b.c.d.e.f.g.h = 1\n[i.j.k.l]\nm.n = 2.5",
    ],
)
def test_points_in_texts_and_numbers_make_no_long_keys(text: str) -> None:
    assert set(parse_toml(text)) == set(tomllib.loads(text))


@pytest.mark.parametrize("key", ["a" + ".a" * 8, '"a"' + " . 'a'" * 8, "[" + "a." * 8 + "a]"])
def test_keys_of_many_parts_are_refused(key: str) -> None:
    with pytest.raises(InputError, match="a key of 9 parts"):
        parse_toml(key if key.startswith("[") else f"{key} = 1")


@pytest.mark.parametrize(("name", "hidden"), [("b_f", None), ('"b_f[1]"', 2)])
def test_of_the_sizes_those_are_tried_whose_weights_the_conditions_name(name: str, hidden: int | None) -> None:
    """`b_f` is that of a single unit, and one unit does not say mod-3; two do."""
    mod_3 = '[input]\nx = [0, 1]\n[state]\nn = 0\n[next]\nn = "(n + x) % 3"\n[output]\nh = "1 if n == 2 else 0"\n'
    text = f'name = "named"\n{mod_3}[cell]\nhidden = "minimal"\n[weights]\n{name} = 1\n'
    outcome = lstmsolve.solve(parse_case(text))
    assert isinstance(outcome, Impossible if hidden is None else Solved)
    assert hidden is None or (isinstance(outcome, Solved) and outcome.weights.cell.hidden == hidden)
