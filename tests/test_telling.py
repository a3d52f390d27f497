"""How many states a design has to tell apart: a count, never more than designs that were found have codes for."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from lstmsolve.api.loading.cases import load_case
from lstmsolve.encoder import Design, DesignQuery, Logic, MapClass, NoDesign
from lstmsolve.encoder.designs.answer import answer
from lstmsolve.formats.cases import parse_case
from lstmsolve.kernel.spec.problems import Problem
from lstmsolve.model.watch import UNWATCHED
from lstmsolve.obligations.tables.quotients import merged
from lstmsolve.obligations.tables.telling import codes, told_apart
from lstmsolve.obligations.tables.transitions import START, TransitionTable, transition_table
from lstmsolve.search.designs.asking import all_questions
from lstmsolve.search.designs.questions import TooFew, is_early, size_of
from lstmsolve.search.designs.sizes import parts, whole

FOUND = {
    "parity": 1,
    "mod-3": 2,
    "tomita-1": 2,
    "tomita-4": 3,
    "tomita-7": 3,
    "even-pairs": 2,
    "change": 2,
    "delay-2": 3,
}
"""Cases and sizes at which they have designs whose gates are saturated, or of 0, 1/2 and 1."""

CLASSES = (MapClass(Logic.SATURATED, whole(1)), MapClass(Logic.SATURATED, whole(2)), MapClass(Logic.LINEAR, parts(2)))

MAYBE = """
[input]
x = [0, 1]
[state]
n = 0
[next]
n = "(n + 1) % 6"
[output]
h = "{says}"
"""


def asked(problem: Problem, table: TransitionTable, wanted: MapClass) -> Design | NoDesign | object:
    cell = problem.cell()
    return answer(DesignQuery(table, cell, problem.initial_state(cell.hidden), problem.constraints, (wanted,)))


@pytest.mark.parametrize("name", FOUND)
def test_designs_have_as_many_codes_and_classes_no_fewer(name: str) -> None:
    problem = load_case(name).with_hidden(FOUND[name])
    table = merged(transition_table(problem))
    seen = 0
    for wanted in CLASSES:
        design = asked(problem, table, wanted)
        if isinstance(design, Design):
            seen += 1
            pairs = {(design.c[mode], design.h[mode]) for mode in table.modes if mode != START}
            most = codes(table, wanted.levels, wanted.logic is Logic.SATURATED) ** problem.cell().hidden
            assert told_apart(table) <= len(pairs) <= most
    assert seen


@pytest.mark.parametrize("name", ["tomita-3", "delay-2", "change"])
def test_classes_with_too_few_codes_have_no_design(name: str) -> None:
    problem = load_case(name).with_hidden(1)
    table = merged(transition_table(problem))
    few = [one for one in CLASSES if codes(table, one.levels, one.logic is Logic.SATURATED) < told_apart(table)]
    assert few
    for wanted in few:
        assert isinstance(asked(problem, table, wanted), NoDesign)


def test_what_is_owed_at_some_time_only_counts_where_it_clashes() -> None:
    every = merged(transition_table(parse_case(MAYBE.format(says="n"))))
    assert told_apart(every) == 6
    some = merged(transition_table(parse_case(MAYBE.format(says="n if n < 2 else any"))))
    assert len(some.modes) == 7
    assert told_apart(some) == 2  # only neighbours ever owe 0 and 1 after as many steps
    none = merged(transition_table(parse_case(MAYBE.format(says="any if n < 5 else 1"))))
    assert told_apart(none) == 1


def test_thresholds_clash_where_no_output_is_on_both_sides() -> None:
    said = "1 if n == 0 else 0"
    apart = '[readout]\naccept = ">= 3/4"\nreject = "<= 1/4"\n'
    meeting = '[readout]\naccept = "> 1/2"\nreject = "<= 1/2"\n'
    assert told_apart(merged(transition_table(parse_case(MAYBE.format(says=said) + apart)))) == 6
    assert told_apart(merged(transition_table(parse_case(MAYBE.format(says=said) + meeting)))) == 6


def test_small_sizes_are_passed_over_with_a_note() -> None:
    problem = parse_case(MAYBE.format(says="1 if n == 0 else 0"))
    found = list(all_questions(problem, [1, 2], 0, UNWATCHED, (Logic.NONLINEAR,)))
    assert not any(isinstance(one, TooFew) for one in found)
    machine = load_case("tomita-3")
    found = list(all_questions(machine, [1, 2], 0, UNWATCHED, (Logic.SATURATED, Logic.LINEAR)))
    assert [one.label for one in found if isinstance(one, TooFew)] == ["hidden size 1, too few codes for 5 states"]


@pytest.mark.parametrize(("case", "early"), [("anbn", [4]), ("anbncn", [6]), ("parity", range(2, 9))])
def test_larger_sizes_may_be_asked_before_their_turn(case: str, early: Sequence[int]) -> None:
    """Of counters two units for each register without a bound; each is asked again in its turn."""
    asked = list(all_questions(load_case(case), range(1, 9), 0, UNWATCHED, tuple(Logic)))
    before = [one for one in asked if is_early(one)]
    assert [size_of(one) for one in before] == list(early)
    in_turn = {one.label for one in asked if not is_early(one)}
    assert all(one.label in in_turn for one in before)
    assert all(size_of(one) == 1 for one in asked[: asked.index(before[0])] if before)
