"""Larger sizes tried before their turn, where smaller ones take long.

To find that a size has no design takes far longer than to find the design of one that has some. So sizes are tried one
after the other between what is known to be too few units and what is known to be enough: a third of the way up, as
queries grow with the size, and two thirds of the way up once there is a design. Those with a limit on z3's effort are
asked again with a larger one when all sizes have had theirs; what has no limit has a share of the time before the next
size joins in.
"""

from __future__ import annotations

from typing import Final, TypeGuard

from lstmsolve.encoder import Design, NoDesign
from lstmsolve.search.designs.questions import Class, Question, effort_of, limited, size_of
from lstmsolve.workers import Finished, Hand, Outcome

MORE: Final = 4
"""Times the effort the next time."""


class Early:
    """Which sizes wait to be tried, and which are being tried. Times are seconds that are left."""

    def __init__(self) -> None:
        self._waiting: dict[int, Class] = {}
        self._again: dict[int, Class] = {}
        """Those that z3 gave up, with more effort."""
        self._tried: set[int] = set()
        """In this round."""
        self._is_first_round = True
        self._hands: dict[str, Hand] = {}
        """Who was asked what, and has not given up."""
        self._since = 0.0
        self.latest: Hand | None = None
        self.open: dict[Hand, Class] = {}

    @property
    def is_waiting(self) -> bool:
        return bool(self._waiting)

    @property
    def ending(self) -> set[Hand]:
        """Those that end by themselves, and soon."""
        if not self._is_first_round:
            return set()
        return {hand for hand, question in self.open.items() if effort_of(question) is not None}

    def lay_by(self, question: Class) -> None:
        self._waiting[size_of(question)] = question

    def next(self, least: int, most: int | None, now: float, share: float) -> Class | None:
        """What to ask now, of a size from `least` up; None where there is nothing, or one still has its share.

        `most` is one unit fewer than a design that is known has.
        """
        latest = None if self.latest is None else self.open.get(self.latest)
        if latest is not None and (effort_of(latest) is not None or self._since - now < share):
            return None
        sizes = self._within(least, most)
        if not sizes and self._again:
            self._waiting, self._again, self._tried = self._again, {}, set()
            self._is_first_round = False
            sizes = self._within(least, most)
        if not sizes:
            return None
        unsettled = max((size for size in self._tried if most is None or size <= most), default=0)
        above = [size for size in sizes if size > unsettled] or sizes[-1:]
        last = len(above) - 1
        return self._waiting[above[last // 3 if most is None else last - last // 3]]

    def _within(self, least: int, most: int | None) -> list[int]:
        return [size for size in sorted(self._waiting) if least <= size and (most is None or size <= most)]

    def asked(self, question: Class, hand: Hand, now: float) -> None:
        size = size_of(question)
        del self._waiting[size]
        self._tried.add(size)
        self.open[hand] = question
        self._hands[question.label] = self.latest = hand
        self._since = now

    def answered(self, hand: Hand, outcome: Outcome) -> bool:
        """Was it asked early?"""
        question = self.open.pop(hand, None)
        if question is None:
            return False
        size = size_of(question)
        match outcome:
            case Finished(Design()):
                pass
            case Finished(NoDesign()):  # and so of no smaller size
                self._waiting, self._again = (
                    {other: one for other, one in known.items() if other > size}
                    for known in (self._waiting, self._again)
                )
            case _:
                del self._hands[question.label]
                effort = effort_of(question)
                if effort is not None:
                    self._again[size] = limited(question, MORE * effort)
        return True

    def gave_up(self, question: Question) -> TypeGuard[Class]:
        """Is it without an answer, and so to be asked in its turn?"""
        return isinstance(question, Class) and self.in_turn(question) is None

    def killed(self, hand: Hand) -> None:
        question = self.open.pop(hand, None)
        if question is not None:
            del self._hands[question.label]

    def in_turn(self, question: Class) -> Hand | None:
        """Who was asked this early; None if it is to be asked now."""
        for known in (self._waiting, self._again):
            one = known.get(size_of(question))
            if one is not None and one.label == question.label:
                del known[size_of(question)]
        return self._hands.get(question.label)
