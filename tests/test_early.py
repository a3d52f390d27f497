"""Larger sizes before their turn: which is tried when, and what becomes of what is found."""

from __future__ import annotations

from dataclasses import replace

from lstmsolve.api.loading.cases import load_case
from lstmsolve.encoder import Design, DesignQuery, Logic, NoDesign, Undecided
from lstmsolve.encoder.designs.answer import answer
from lstmsolve.model.watch import UNWATCHED
from lstmsolve.search.designs.asking import all_questions
from lstmsolve.search.designs.early import MORE, Early
from lstmsolve.search.designs.questions import Class, effort_of, is_early, size_of
from lstmsolve.workers import Crashed, Finished, Hand, Outcome


class Somebody:
    """Stands for a process that is never started."""

    function = ""
    alive = True

    def give(self, argument: object) -> None: ...
    def read(self) -> Outcome:
        return Crashed("")

    def kill(self) -> None: ...
    def __enter__(self) -> Hand:
        return self

    def __exit__(self, *error: object) -> None: ...


QUESTIONS = tuple(all_questions(load_case("parity"), range(1, 9), 0, UNWATCHED, tuple(Logic)))
EARLY = [one for one in QUESTIONS if is_early(one)]
IN_TURN = {one.label: one for one in QUESTIONS if isinstance(one, Class) and not one.is_early}


def laid_by() -> Early:
    early = Early()
    for question in EARLY:
        early.lay_by(question)
    return early


def tried(early: Early, most: int | None = None, least: int = 1) -> tuple[int, Hand]:
    """The size that is next, and who was asked."""
    question = early.next(least, most, 50.0, 5.0)
    assert question is not None
    hand = Somebody()
    early.asked(question, hand, 50.0)
    return size_of(question), hand


def design() -> Finished:
    found = answer(next(one.query for one in QUESTIONS if isinstance(one, Class) and size_of(one) == 1))  # type: ignore[arg-type]
    assert isinstance(found, Design)
    return Finished(found)


def test_a_third_up_first_then_nearer_to_what_is_known() -> None:
    early = laid_by()
    size, hand = tried(early)
    assert size == 4
    assert early.next(1, None, 10.0, 5.0) is None  # z3 ends by itself, so no other joins in
    assert early.ending == {hand}
    assert early.answered(hand, Finished(Undecided("z3 gave up")))
    size, hand = tried(early)
    assert size == 6
    assert early.answered(hand, design())
    size, hand = tried(early, most=5)
    assert size == 5
    assert early.answered(hand, design())
    assert tried(early, most=4)[0] == 3


def test_what_has_no_design_rules_out_smaller_sizes() -> None:
    early = laid_by()
    _, hand = tried(early)
    assert early.answered(hand, Finished(NoDesign()))
    size, hand = tried(early)
    assert size == 6
    assert early.answered(hand, design())
    assert tried(early, most=5)[0] == 5
    assert early.next(1, 4, 50.0, 5.0) is None


def test_what_z3_gave_up_is_asked_again_with_more_effort_when_all_had_their_turn() -> None:
    early = laid_by()
    sizes = []
    for _ in EARLY:
        size, hand = tried(early)
        sizes.append(size)
        early.answered(hand, Finished(Undecided("z3 gave up")))
    assert sorted(sizes) == [size_of(one) for one in EARLY]
    again = early.next(1, None, 50.0, 5.0)
    assert again is not None
    assert size_of(again) == 4
    assert effort_of(again) == MORE * (effort_of(EARLY[0]) or 0)


def test_what_has_no_limit_has_a_share_of_the_time() -> None:
    early = Early()
    for question in EARLY:
        assert isinstance(question.query, DesignQuery)
        early.lay_by(replace(question, query=replace(question.query, effort=None)))
    assert tried(early)[0] == 4
    assert not early.ending
    assert early.next(1, None, 46.0, 5.0) is None
    following = early.next(1, None, 45.0, 5.0)
    assert following is not None
    assert size_of(following) == 6


def test_a_size_is_not_asked_twice_unless_it_was_given_up_or_killed() -> None:
    early = laid_by()
    size, hand = tried(early)
    question = next(IN_TURN[one.label] for one in EARLY if size_of(one) == size)
    assert early.in_turn(question) is hand
    early.killed(hand)
    assert early.in_turn(question) is None
    size, hand = tried(early)
    early.answered(hand, Finished(NoDesign()))
    question = next(IN_TURN[one.label] for one in EARLY if size_of(one) == size)
    assert early.in_turn(question) is hand
    pending = next(IN_TURN[one.label] for one in EARLY if size_of(one) > size)
    assert early.in_turn(pending) is None
    assert not early.answered(hand, Finished(NoDesign()))
