"""How far cells that count are right, in tables: counters, the cells that follow them, boxes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from lstmsolve.kernel.base.affine import Affine, show
from lstmsolve.kernel.proofs.enclosures import Side
from lstmsolve.kernel.proofs.horizons import Counting, Followed, HorizonCertificate, Target
from lstmsolve.showing.tables import markdown_table

MOST_BOXES: Final = 60


def horizon_parts(certificate: HorizonCertificate) -> list[str]:
    """What holds after every step up to the length."""
    text = (
        f"Every run of up to {certificate.length:,} steps is right; of longer ones nothing is said. The registers have "
        "no bound, and no forget gate is 1, so cells that follow counters are off by a little more after every step. "
        "So long they are near enough: counters are known by their classes, and all other cells c and the last output "
        "gates o are in one of the boxes of the state that the reference machine is in. The checker shows in integers, "
        "all rounding outward, that every step keeps that."
    )
    boxes = [_box(certificate, number) for number in range(len(certificate.boxes))]
    parts = [
        text,
        markdown_table(["counter", "is", "classes"], list(_counters(certificate))),
        markdown_table(
            ["cell", "follows", "off by at most"], list(map(_Telling(certificate).row, certificate.followed))
        ),
        markdown_table(["box", "state", "c", "o"], boxes[:MOST_BOXES]),
    ]
    if len(boxes) > MOST_BOXES:
        parts.append(f"(and {len(boxes) - MOST_BOXES} more boxes, all in the certificate)")
    return parts


def _counters(certificate: HorizonCertificate) -> Iterator[list[str]]:
    for counter in certificate.counters:
        between = [str(value) for value in range(counter.least + 1, counter.most)]
        classes = [f"up to {counter.least}", *between, f"{counter.most} and more"]
        yield [counter.name, show(counter.form), ", ".join(classes)]


class _Telling:
    """Rows of followed cells."""

    def __init__(self, certificate: HorizonCertificate) -> None:
        self._certificate = certificate

    def row(self, followed: Followed) -> list[str]:
        """What a cell follows in which states, and how far it may be off in the end."""
        counter = None if followed.counter is None else self._certificate.counters[followed.counter]
        states: dict[Target, list[int]] = {}
        for state, target in enumerate(followed.targets):
            if target is not None:
                states.setdefault(target, []).append(state)
        told = []
        for target, where in states.items():
            form = Affine.lift(target.offset)
            if counter is not None and target.factor:
                form += Affine(((counter.name, target.factor),), form.constant * 0)
            told.append(f"{show(form)} in {self._known(where)}")
        length = self._certificate.length
        # What a cell may be off by grows with the count that it is at.
        apart = followed.apart(counter, length, 0 if counter is None else counter.furthest(length))
        return [f"c[{followed.unit}]", "; ".join(told), f"{float(apart):.3g}"]

    def _known(self, states: Sequence[int]) -> str:
        named = dict.fromkeys(_registers(self._certificate.states[state]) for state in states)
        return " or ".join(named)


def _registers(state: Counting) -> str:
    return ", ".join(f"{name} = {show(value)}" for name, value in state.known.items()) or "every state"


def _box(certificate: HorizonCertificate, number: int) -> list[str]:
    box = certificate.boxes[number]
    state = certificate.states[box.state]
    told = [_registers(state)] if state.known else []
    for counter, place in zip(certificate.counters, state.classes, strict=True):
        low, high = counter.span(place)
        told.append(f"{counter.name} {f'<= {high}' if low is None else f'>= {low}' if high is None else f'= {low}'}")
    followed = {one.unit for one in certificate.followed if one.targets[box.state] is not None}

    def side(pair: Side) -> str:
        low, high = ("∞" if end is None else f"{end / 2**certificate.scale:.4g}" for end in pair)
        return f"{'-' * (pair[0] is None)}{low}..{high}"

    c = ["follows" if unit in followed else side(pair) for unit, pair in enumerate(box.c)]
    return [str(number), ", ".join(told), ", ".join(c), ", ".join(map(side, box.o))]
