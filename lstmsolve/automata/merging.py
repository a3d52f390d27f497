"""Merging states that nobody can tell apart (Hopcroft 1971; Valmari and Lehtinen 2008 for the layout)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Sequence


def indistinguishable(labels: Sequence[Hashable], moves: Sequence[Sequence[int]]) -> list[int]:
    """The class of each state, in the coarsest partition that labels and moves respect.

    State `q` shows `labels[q]` and goes to `moves[q][a]` on the symbol numbered `a`. Two states
    share a class iff no word leads them to different labels. Classes are numbered by their first
    states. Takes O(k n log n) for n states and k symbols.
    """
    if not labels:
        return []
    sources = _sources(moves)
    by_label: dict[Hashable, set[int]] = defaultdict(set)
    for state, label in enumerate(labels):
        by_label[label].add(state)
    blocks = list(by_label.values())
    block_of = {state: number for number, block in enumerate(blocks) for state in block}
    waiting = {(number, symbol) for number in range(len(blocks)) for symbol in range(len(sources))}
    while waiting:
        number, symbol = waiting.pop()
        entering = [source for state in blocks[number] for source in sources[symbol].get(state, ())]
        cut: dict[int, set[int]] = defaultdict(set)
        for state in entering:
            cut[block_of[state]].add(state)
        for old, inside in cut.items():
            if len(inside) == len(blocks[old]):
                continue
            # The smaller part becomes the new block, so that a state moves at most log n times.
            part = inside if 2 * len(inside) <= len(blocks[old]) else blocks[old] - inside
            blocks[old] -= part
            new = len(blocks)
            blocks.append(part)
            block_of.update(dict.fromkeys(part, new))
            waiting |= {(new, letter) for letter in range(len(sources))}
    numbers: dict[int, int] = {}
    return [numbers.setdefault(block_of[state], len(numbers)) for state in range(len(labels))]


def _sources(moves: Sequence[Sequence[int]]) -> list[dict[int, list[int]]]:
    """For each symbol, the states that lead to each state."""
    found: list[dict[int, list[int]]] = [defaultdict(list) for _ in moves[0]]
    for state, row in enumerate(moves):
        for symbol, target in enumerate(row):
            found[symbol][target].append(state)
    return found
