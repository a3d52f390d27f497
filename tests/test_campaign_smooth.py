"""The campaign on sigmoid and tanh nets: a slice of it, and whether it notices lies."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from campaign.pages import write_opening, write_section
from campaign.smooth import counters
from campaign.smooth.__main__ import COUNTERS, FINITE, hunt
from campaign.smooth.asking import Verdict, verdict
from campaign.smooth.drawing import Pair, draw
from campaign.smooth.oracle import Machine, Net, fails_in_floats, first_failure


def test_a_slice() -> None:
    counts, wrong = hunt(11, range(15), verdict, FINITE)
    assert wrong == []
    assert counts["proved"]
    assert counts["refuted"]


def everything_is_proved(pair: Pair) -> Verdict:
    return Verdict("proved", accepted=True)


def nothing_is_accepted(pair: Pair) -> Verdict:
    said = verdict(pair)
    return replace(said, accepted=False) if said.name == "proved" else Verdict("unknown", length=0)


def runs_go_on_after_they_failed(pair: Pair) -> Verdict:
    said = verdict(pair)
    return replace(said, word=(*said.word, 0)) if said.name == "refuted" else Verdict("unknown", length=0)


def everything_is_right_for_long(pair: Pair) -> Verdict:
    return Verdict("unknown", length=9)


def runs_are_called_shortest_that_are_not(pair: Pair) -> Verdict:
    random = Random(0)
    for _ in range(200):
        word = [random.randint(0, 1) for _ in range(12)]
        length = first_failure(pair.net, pair.machine, word)
        if length is not None:
            return Verdict("refuted", tuple(word[:length]), shortest=True)
    return Verdict("unknown", length=0)


@pytest.mark.parametrize(
    "liar",
    [
        everything_is_proved,
        nothing_is_accepted,
        runs_go_on_after_they_failed,
        everything_is_right_for_long,
        runs_are_called_shortest_that_are_not,
    ],
)
def test_it_notices(liar: Callable[[Pair], Verdict]) -> None:
    _, wrong = hunt(11, range(12), liar, FINITE)
    assert wrong


def test_counters_get_horizons() -> None:
    counts, wrong = hunt(0, (9, 10), counters.verdict, COUNTERS)
    assert wrong == []
    assert counts["horizon"]
    assert counts["refuted"]


@pytest.mark.parametrize("factor", [3, 100])
def test_horizons_that_are_too_long_are_noticed(factor: int) -> None:
    """Not by words of 200 steps, on which the net is right: c after xⁿ yᵐ tells."""

    def liar(given: counters.Counting) -> Verdict:
        return Verdict("horizon", length=factor * 1_523_587_698, accepted=True)

    leaking = counters.draw(Random("0-9"))
    assert counters.contradiction(leaking, Verdict("horizon", length=200, accepted=True), Random(0)) is None
    assert counters.contradiction(leaking, liar(leaking), Random(0)) is not None


def test_powers_are_what_steps_lead_to() -> None:
    """The closed form says the same as steps in balls, on nets that are wrong after some of these words."""
    verdicts = set()
    for number in range(12):
        given = counters.draw(Random(f"0-{number}"))
        for first, then, count, more in counters.far(60):
            word = (first,) * count + (then,) * more
            fails = counters.first_failure(given, word)
            if fails in (None, len(word)):
                verdicts.add(fails is None)
                assert counters.powers_are_right(given, first, then, count, more) is (fails is None)
    assert verdicts == {True, False}


def test_the_oracle_on_a_net_worked_out_by_hand() -> None:
    """i and o are σ(0) = 1/2 and c's input is tanh x: z = tanh(tanh(x) / 2) / 2 - 1/10 after one step."""
    nothing = ([["0"]], [["0"]], ["0"])
    net = Net(1, {"f": nothing, "i": nothing, "o": nothing, "c": ([["1"]], [["0"]], ["0"])}, (["1"], "-1/10"))
    says_one = Machine(((0, 1), (0, 1)), (0, 1))
    assert fails_in_floats(net, says_one, 1) is None
    # After 1 0 the cell holds tanh(1) / 4, and z = tanh(0.19) / 2 - 0.1 < 0; after 1 1 0 it is 0.28, and z > 0.
    assert fails_in_floats(net, says_one, 4) == (1, 1, 0)
    assert first_failure(net, says_one, (1, 0, 1, 1, 0)) == 5


def test_trials_hang_on_their_number() -> None:
    assert draw(Random("0-5")) == draw(Random("0-5"))
    assert draw(Random("0-5")) != draw(Random("0-6"))


def test_a_page_keeps_what_others_wrote(tmp_path: Path) -> None:
    page = tmp_path / "soundness.md"
    write_opening(page, "# Soundness\n\nold counts\n")
    write_section(page, "Enclosures", "a")
    write_section(page, "Sigmoid and tanh", "b")
    write_section(page, "Enclosures", "c\n")
    write_opening(page, "# Soundness\n\nnew counts\n")
    assert page.read_text() == "# Soundness\n\nnew counts\n\n## Enclosures\n\nc\n\n## Sigmoid and tanh\n\nb\n"
