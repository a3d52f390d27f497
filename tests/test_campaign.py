"""The campaign: a slice of it on the package, and whether it notices lies, crashes and hangs."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import time
import tomllib
from collections import Counter
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from random import Random
from typing import Any

import pytest

from campaign.draw.cases import Pair, draw_cell
from campaign.draw.derivations import draw_derivation
from campaign.draw.expressions import random_pair
from campaign.draw.planting import automaton, equations
from campaign.oracle.brute_force import attempt, wander
from campaign.oracle.derivatives import Net, difference
from campaign.oracle.formulas import value
from campaign.oracle.textbook import crelu, named
from campaign.tally import Tally
from campaign.tool import Answer, lstmsolve
from campaign.trials.derivations import derive
from campaign.trials.findings import CONTRADICTION, CRASH, OVERTIME, REFUSED, Finding, Trial
from campaign.trials.regions import family, region
from campaign.trials.running import TRIALS, Ended, Name, kind_of, run
from campaign.trials.weights import check, solve, verify
from campaign.workers import Worker

ROOT = Path(__file__).parents[1]


# --- a slice of the campaign ---------------------------------------------------------------------


@pytest.mark.parametrize(("kind", "numbers"), [("verify", range(6)), ("check", range(1)), ("derive", range(7, 8))])
def test_a_slice(kind: str, numbers: range) -> None:
    tally = Tally(0)
    for number in numbers:
        name = Name(20_000, number)
        tally.add(name, run(name, lstmsolve, kind=kind))
    assert tally.good, tally.told()
    assert any(count for what, count in tally.runs.items() if what.startswith(kind)), tally.told()


def test_the_same_seed_draws_the_same_trials() -> None:
    files: list[dict[str, str]] = []
    for _ in range(2):
        written: dict[str, str] = {}
        for kind in ("verify", "solve", "family", "derive"):
            for number in range(2):
                run(Name(3, number), keeping(written, f"{kind} {number}"), kind=kind)
        files.append(written)
    assert files[0] == files[1]
    assert len(set(files[0].values())) == len(files[0]) == 8
    counted = Counter(kind_of(Name(0, number)) for number in range(2000))
    assert set(counted) == set(TRIALS)
    assert all(abs(counted[kind] / 20 - share) < 4 for kind, (_, share) in TRIALS.items())


def keeping(written: dict[str, str], key: str) -> Callable[..., Answer]:
    """A tool that does nothing but keep what it was given."""

    def tool(command: str, *arguments: str | Path, timeout: float) -> Answer:
        written[key] = "\n".join(path.read_text() for path in arguments if isinstance(path, Path) and path.is_file())
        return Answer(command, 1, {}, "nothing done", -timeout)

    return tool


def test_nothing_of_the_campaign_but_its_tools_knows_the_package() -> None:
    modules = set((ROOT / "campaign").rglob("*.py"))
    users = {path.name for path in modules if re.search(r"(?m)^\s*(from|import) lstmsolve\b", path.read_text())}
    assert len(modules) > 15
    assert users == {"tool.py", "asking.py"}


# --- the oracle ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("x if x > 1/2 else any", None),
        ("0.1 + x % 3 // 2", Fraction(1, 10)),
        ("max(-x, min(2, abs(r - 3)))", Fraction(2)),
        ("1 if 0 <= x < 1 or not s == 'on' else 7", Fraction(7)),
        ("w[0,1] + r", Fraction(11, 2)),
    ],
)
def test_the_evaluator(text: str, wanted: Fraction | None) -> None:
    names: dict[str, Any] = {"x": Fraction(1, 3), "r": Fraction(1, 2), "s": "on", "w[0,1]": Fraction(5)}
    if "x %" in text or "or not" in text:
        names["x"] = Fraction(3) if "%" in text else Fraction(1)
    assert value(text, names) == wanted


def test_crelu() -> None:
    assert [crelu(Fraction(a)) for a in ("-3", "0", "1/3", "1", "7")] == [0, 0, Fraction(1, 3), 1, 1]


def test_planted_weights_are_right_and_many_mutants_are_not() -> None:
    wrong = 0
    for seed in range(16):
        random = Random(seed)
        pair = (None if seed % 2 else automaton(random)) or equations(random)
        tried = attempt(pair.spec, pair.weights, budget=250)
        assert tried.failure is None
        assert wander(pair.spec, pair.weights, random, walks=2) is None
        mutant = pair.mutated(random)
        wrong += attempt(pair.spec, mutant.weights, budget=250).failure is not None
    assert wrong > 2


def test_weights_by_name() -> None:
    weights = draw_cell(Random(0), width=2, hidden=1)
    names = named(weights.record({place: Fraction(n) for n, place in enumerate(weights.places())}))
    assert {"w_f[0,0]", "w_f[0,1]", "u_o[0,0]", "u_o", "b_i[0]", "b_i"} <= set(names)
    assert "w_f" not in names
    assert [names["w_f[0,1]"], names["u_f"], names["b_f"]] == [1, 2, 3]


def test_most_changed_claims_are_shown_to_be_wrong_and_no_right_one_is() -> None:
    from campaign.trials.derivations import _lie

    shown = total = 0
    for seed in range(12):
        drawn = draw_derivation(Random(seed))
        for claim in drawn.claims:
            lie = _lie(Random(seed), drawn, claim)
            assert not (claim.right and lie), claim
            if not claim.right:
                total += 1
                shown += claim.wrong or lie is not None
    assert shown > 0.7 * total


def test_derivatives_by_hand() -> None:
    drawn = draw_derivation(Random(0))
    system = type(drawn.system)({"v": "a*v[n-1]"}, {"v": Fraction(1)}, "v[1]", True, {"dL_da": "a"})
    net = Net(system, 2, {("a", None): Fraction(3)})
    assert difference(net, "dL/da = 2*a", {}) == 0
    assert difference(net, "dL/da = 2*a + 10**(-80)", {}) == -Fraction(1, 10**80)


# --- lies ----------------------------------------------------------------------------------------


def pair_of(drawn: Callable[[Random], Pair | None], seed: int = 5) -> Pair:
    pair = drawn(Random(seed))
    assert pair is not None
    return pair


def found_by(trial: Callable[[Trial], None], tool: Any, folder: Path, seeds: range) -> Counter[str]:
    """The kinds of findings."""
    found: Counter[str] = Counter()
    for seed in seeds:
        place = folder / str(seed)
        place.mkdir()
        running = Trial(Random(seed), tool, place)
        trial(running)
        found.update(finding.kind for finding in running.findings)
    return found


def saying(code: int, *, late: float = -1.0, **record: Any) -> Callable[..., Answer]:
    """A tool that says the same of everything."""

    def tool(command: str, *arguments: str | Path, timeout: float) -> Answer:
        return Answer(command, code, {"reason": "a lie", "scope": None, **record}, "", late)

    return tool


def test_it_notices_when_everything_is_proved(tmp_path: Path) -> None:
    found = found_by(verify, saying(0, verdict="proved"), tmp_path, range(10))
    assert found[CONTRADICTION] > 10  # no certificate, and some weights are wrong
    honest = [random_pair(Random(seed), finite=True) for seed in range(5)]
    assert any(attempt(pair.spec, pair.weights).failure for pair in honest)


def test_it_notices_when_one_wrong_verdict_is_turned_around(tmp_path: Path) -> None:
    """The package's own answers, but for `refuted`, which becomes `proved` with the certificate of other weights."""
    lies = 0

    def tool(command: str, *arguments: str | Path, timeout: float) -> Answer:
        nonlocal lies
        answer = lstmsolve(command, *arguments, timeout=timeout)
        if answer.verdict != "refuted":
            return answer
        lies += 1
        return Answer(command, 0, {**answer.record, "verdict": "proved", "counterexample": None}, "", answer.late)

    found = found_by(verify, tool, tmp_path, range(30, 36))
    assert lies > 0
    assert found[CONTRADICTION] >= 2 * lies  # wrong on a string, and without a certificate


def test_it_notices_false_counterexamples(tmp_path: Path) -> None:
    run_ = {"inputs": [["0"]], "step": 0, "expected": ["5"], "actual": ["6"], "trace": {"c": [["6"]], "h": [["6"]]}}
    found = found_by(verify, saying(10, verdict="refuted", counterexample=run_), tmp_path, range(6))
    assert found[CONTRADICTION] >= 6


def test_it_notices_that_unknown_promises_too_much(tmp_path: Path) -> None:
    found = found_by(verify, saying(5, verdict="unknown", scope={"max_length": 3}), tmp_path, range(8))
    assert 0 < found[CONTRADICTION] < 8


def test_it_notices_that_planted_nets_are_called_impossible(tmp_path: Path) -> None:
    found = found_by(solve, saying(10, verdict="impossible", core=[]), tmp_path, range(4))
    assert found[CONTRADICTION] >= 4  # an empty core is no evidence: any weights do right on it


def test_it_notices_designs_that_are_wrong(tmp_path: Path) -> None:
    def tool(command: str, *arguments: str | Path, timeout: float) -> Answer:
        case = tomllib.loads(Path(arguments[0]).read_text())
        width = 0
        for domain in case.get("input", {"x": [0, 1]}).values():
            width += len(domain["symbols"]) if isinstance(domain, dict) else 1
        hidden = case["cell"]["hidden"]
        size = 1 if hidden == "minimal" else hidden
        gates = {f"{kind}_{g}": [["3"] * (width if kind == "w" else size)] * size for kind in "wu" for g in "fico"}
        cell = {"inputs": width, "hidden": size, "gate": "crelu", "candidate": "crelu", "output": "identity"}
        weights = {"cell": cell, "weights": {**gates, **{f"b_{g}": ["3"] * size for g in "fico"}}}
        return Answer(command, 0, {"verdict": "solved", "weights": weights, "reason": ""}, "", -1.0)

    def on_inputs(trial: Trial) -> None:
        solve(trial)

    found = found_by(on_inputs, tool, tmp_path, range(4, 10))
    assert found[CONTRADICTION] >= 6


def test_it_notices_a_checker_that_accepts_everything(tmp_path: Path) -> None:
    def tool(command: str, *arguments: str | Path, timeout: float) -> Answer:
        if command == "check":
            return Answer(command, 0, {"verdict": "accepted", "reason": ""}, "", -1.0)
        return lstmsolve(command, *arguments, timeout=timeout)

    found = found_by(check, tool, tmp_path, range(6))
    assert found[CONTRADICTION] >= 1


def test_it_notices_false_claims_of_regions_and_families(tmp_path: Path) -> None:
    excluded = {"excluded": True, "weights": None}

    def region_tool(command: str, *arguments: str | Path, timeout: float) -> Answer:
        out = Path(arguments[2])
        out.mkdir()
        (out / "region.toml").write_text('[weights]\nwhere = ["b_f[0] == 17"]\n')
        return Answer(command, 0, {"verdict": None, "region": {"others": excluded}}, "", -1.0)

    assert found_by(region, region_tool, tmp_path, range(3))[CONTRADICTION] >= 3
    (tmp_path / "families").mkdir()
    exact = saying(0, verdict="exact", sound=True, complete=True)
    assert found_by(family, exact, tmp_path / "families", range(4))[CONTRADICTION] >= 2


def test_it_notices_false_claims_of_derivations(tmp_path: Path) -> None:
    def telling(holds: bool) -> Callable[..., Answer]:
        def tool(command: str, *arguments: str | Path, timeout: float) -> Answer:
            claims = tomllib.loads(Path(arguments[0]).read_text())["claims"]
            told = [{**c, "holds": holds, "witness": None, "corrected": None, "reason": ""} for c in claims]
            verdict = "holds" if holds else "fails"
            return Answer(command, 0 if holds else 10, {"verdict": verdict, "claims": told}, "", -1.0)

        return tool

    for holds in (True, False):
        folder = tmp_path / str(holds)
        folder.mkdir()
        assert found_by(derive, telling(holds), folder, range(3))[CONTRADICTION] >= 3


def test_it_notices_crashes_late_answers_and_refused_files(tmp_path: Path) -> None:
    for name, tool, kind in (
        ("code", saying(1), CRASH),
        ("disagreeing", saying(0, verdict="refuted"), CRASH),
        ("late", saying(5, late=2.5, verdict="unknown"), OVERTIME),
        ("refused", saying(2), REFUSED),
    ):
        (tmp_path / name).mkdir()
        assert found_by(verify, tool, tmp_path / name, range(3))[kind] == 3
    assert not Answer("verify", 5, {"verdict": "unknown"}, "", 1.9).overtime


# --- processes, and what is printed --------------------------------------------------------------


def test_a_trial_that_hangs_is_killed_and_the_next_one_runs() -> None:
    worker = Worker(hanging=0.01)
    try:
        hung = worker.run(Name(0, 1), lambda: False)
        assert hung is not None
        assert [finding.kind for finding in hung.findings] == [OVERTIME]
        worker.hanging = 300
        after = worker.run(Name(0, 6), lambda: False)  # refutes some weights in a moment
        assert after is not None
        assert after.runs
        assert worker.run(Name(0, 2), lambda: True) is None
    finally:
        worker.close()


def test_ctrl_c_prints_what_was_found() -> None:
    command = [sys.executable, "-m", "campaign", "--seconds", "300"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        time.sleep(2.0)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert "trials: " in out
    assert not err


def test_the_page_and_the_terminal_say_what_was_counted() -> None:
    tally = Tally(7)
    tally.add(Name(7, 3), Ended("verify", {"verify proved": 2, "verify proved finite": 2}, []))
    finding = Finding(CONTRADICTION, "verify", "proved, but wrong on [0]", finite=True)
    tally.add(Name(7, 4), Ended("verify", {"verify unknown": 1, "verify unknown finite": 1}, [finding]))
    assert "contradiction 7-4 verify (finite): proved, but wrong on [0]" in tally.told()
    page = tally.page()
    assert "| contradictions | 1 |" in page
    assert "`verify` settled 2 of 3; 1 unknown (33.33 %)." in page
    assert "7-4" not in page
