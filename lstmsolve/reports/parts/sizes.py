"""How large a design's numbers get, as a table: for who gives each of them a type."""

from __future__ import annotations

from typing import Final

from lstmsolve.arithmetic.ranges import Ranged, Ranges, together
from lstmsolve.kernel.base.numbers import show_number
from lstmsolve.showing.tables import markdown_table

MOST_SINGLE: Final = 6
"""Components of a vector that get a row each; longer vectors get one for all."""

WIDTHS: Final = (16, 32)


def sizes_section(found: Ranges) -> list[str]:
    """A sentence, the table, and how counts grow."""
    rows = [
        _row(entry)
        for vector in found.vectors
        for entry in (vector if len(vector) <= MOST_SINGLE else [together(vector, vector[0].name.removesuffix("[0]"))])
    ]
    text = (
        "Proved by the certificate, at every length. An accumulator is a signed integer that counts in units and holds "
        "the sum and all of its parts, in whatever order they are added."
    )
    return [text, markdown_table(["number", "least", "largest", "unit", "accumulator"], rows), *_growth(found)]


def _row(entry: Ranged) -> list[str]:
    low, high = entry.range.low, entry.range.high
    unit = entry.range.unit
    return [
        entry.name,
        "no bound" if low is None else show_number(low),
        "no bound" if high is None else show_number(high),
        "" if unit is None else show_number(unit),
        _accumulator(entry),
    ]


def _accumulator(entry: Ranged) -> str:
    if entry.bits is not None:
        return f"{entry.bits} bit{'s' if entry.bits > 1 else ''}"
    enough = [(bits, entry.largest(bits)) for bits in WIDTHS]
    return "; ".join(f"{bits} bits up to N = {largest:,}" for bits, largest in enough if largest is not None)


def _growth(found: Ranges) -> list[str]:
    if not any(entry.slope for vector in found.vectors for entry in vector):
        return []
    free = ["inputs"] if any(entry.slope for entry in found.vectors[0]) else []
    unbounded = " and ".join([*free, *(["counts"] if found.counts else [])])
    text = f"N is the size of the largest of the {unbounded} that nothing bounds."
    if not found.counts:
        return [text]
    if found.growth is None:
        return [f"{text} They grow by no rate that is known."]
    given = "" if found.inputs is None else f" while inputs are at most {show_number(found.inputs)} in size"
    start, rate = show_number(found.growth.start), show_number(found.growth.rate)
    return [f"{text} Counts are at most {start} at the start and grow by at most {rate} a step{given}."]
