"""LSTMs proved for all lengths or refuted: `python -m benchmarks.smooth [--seconds S] [--report FILE] [NAME ...]`.

The trained nets are torch's, from `benchmarks/nets`; where torch is installed, its own accuracy on random strings
stands beside the verdict, and every run that fails is replayed in torch. Then come nets set by hand. Every proof is
checked again from its file.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from statistics import median
from typing import Any, Final, NamedTuple

from benchmarks import handset
from lstmsolve.api.checking import check
from lstmsolve.api.loading.cases import load_case
from lstmsolve.api.verifying import verify
from lstmsolve.formats.documents import write_certificate
from lstmsolve.kernel.base.errors import InputError, LimitReached
from lstmsolve.kernel.lstm.cells import Weights
from lstmsolve.kernel.spec.problems import Problem
from lstmsolve.model.outcomes import Accepted, Proved, Refuted, Unknown, VerifyOutcome
from lstmsolve.reports.pages.build import build_reports
from lstmsolve.showing.tables import markdown_table

NETS = Path(__file__).parent / "nets"
TRAINED: Final = 40
"""The longest strings that the nets were trained on."""
LEARNT: Final = 90.0
"""Of so many random strings of that length, in percent, a net that learnt is right at every prefix."""
AT_LENGTH: Final = 200
TIMES: Final = 5
"""Runs of a net that is set by hand, of which the middle one's time counts."""
HEADER: Final = ["net", f"torch at {AT_LENGTH}", "verdict", "seconds", "boxes", "fails after", "evidence"]

PAGE: Final = """# Trained nets

LSTMs trained with torch on strings of up to {trained} symbols (AdamW, no regularisation; 3, 5 or 8 units and a linear
layer on h), judged for all lengths in real arithmetic by `verify`. The files are in `benchmarks/nets`;
`python -m benchmarks.smooth --report reports/trained-nets.md` makes this page.

Seconds are those of a processor, with a limit of {seconds:g} for each net; in a proof's the search for the largest
error that it absorbs is among them. Every proof was written to a file and accepted by `check`, every run was replayed
in balls until its signs were certain, and then in torch's own float32: *wrong too* where torch errs at its last step
as well. *Torch at {length}* is torch's share of 1,000 random strings of {length} symbols that are right at every
prefix; where it is in brackets, the net did not learn its language: of strings of {trained} symbols it has less than
{learnt:g} % right.

{table}

{decided}

## Set by hand

The one-unit parity, i = σ(100x + 100h - 50), f = σ(-100), g = tanh 100, o = σ(-100x - 100h + 150), read at h = 1/2,
as it is and with all weights times 0.08; and the golden net of aⁿbⁿ, whose c counts a's and b's, with every h within
0.1 of what it says ([its page](horizons/golden-anbn.md)). Seconds are those of `verify` alone, its modules loaded, the
middle one of {times} runs.

{hand}
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--report", type=Path)
    given = parser.parse_args()

    def wanted(name: str) -> bool:
        return not given.names or any(name.startswith(start) for start in given.names)

    lines = []
    for path in sorted(NETS.glob("*.safetensors")):
        if wanted(path.stem):
            lines.append(_judged(path, given.seconds))
            print(" | ".join(lines[-1].cells), lines[-1].reason, sep=" | ", flush=True)
    decided = told(lines)
    print(decided)
    by_hand = [_by_hand(name, *made) for name, made in HAND if wanted(name)]
    for row in by_hand:
        print(" | ".join(row), flush=True)
    if given.report is not None:
        page = PAGE.format(
            trained=TRAINED,
            seconds=given.seconds,
            length=AT_LENGTH,
            learnt=LEARNT,
            table=markdown_table(HEADER, [line.cells for line in lines]),
            decided=decided,
            times=TIMES,
            hand=markdown_table(["net", "verdict", "seconds", "boxes", "length"], by_hand),
        )
        given.report.write_text(page)
        _write_horizon(given.report.parent / "horizons")


class Processor:
    """A limit in processor seconds, so that what else the machine does has no part in the verdicts."""

    def __init__(self, seconds: float) -> None:
        self._end = time.process_time() + seconds

    @property
    def remaining(self) -> float:
        return self._end - time.process_time()

    def check(self) -> None:
        if self.remaining <= 0:
            raise LimitReached("the processor seconds of the benchmark are used up")

    def say(self, message: str) -> None:
        pass


class Line(NamedTuple):
    """A trained net."""

    name: str
    verdict: str
    seconds: float
    boxes: str
    fails: str
    accuracy: float | None
    """Torch's, at `AT_LENGTH`; None where torch is not installed."""
    learnt: bool | None
    """Its language, by torch; None where torch is not installed."""
    evidence: str
    reason: str

    @property
    def cells(self) -> list[str]:
        accuracy = "–" if self.accuracy is None else f"{self.accuracy:g} %"
        accuracy = f"({accuracy})" if self.learnt is False else accuracy
        return [self.name, accuracy, self.verdict, f"{self.seconds:.1f}", self.boxes, self.fails, self.evidence]


def told(lines: list[Line]) -> str:
    """How many are decided, of all and, where torch says so, of those that learnt."""
    decided = [line for line in lines if line.verdict != "unknown"]
    if any(line.learnt is None for line in lines):
        return f"{len(decided)} of the {len(lines)} are decided."
    learnt = [line for line in lines if line.learnt]
    counts = {verdict: sum(line.verdict == verdict for line in learnt) for verdict in ("refuted", "proved", "unknown")}
    return (
        f"{len(decided)} of the {len(lines)} are decided. Of the {len(learnt)} that learnt their language "
        f"{counts['refuted']} are refuted, {counts['proved']} proved, {counts['unknown']} open."
    )


def _judged(path: Path, seconds: float) -> Line:
    case = NETS / f"{path.stem.partition('-')[0]}-net.toml"
    processor = time.process_time()
    outcome = verify(case, path, watch=Processor(seconds))
    spent = time.process_time() - processor
    boxes = fails = evidence = ""
    match outcome:
        case Proved(certificate=certificate):
            boxes = str(len(getattr(certificate, "boxes", ())))
            with tempfile.TemporaryDirectory() as folder:
                file = Path(folder) / "certificate.json"
                write_certificate(file, certificate)
                evidence = f"certificate of {file.stat().st_size // 1024} KiB "
                evidence += "accepted" if isinstance(check(file, case=case, seconds=600), Accepted) else "REJECTED"
        case Refuted(counterexample=run):
            shortest = " (shortest)" if outcome.reason.startswith("a shortest") else ""
            fails = f"{run.step + 1}{shortest}"
            evidence = _replayed(path, [float(x[0]) for x in run.trace.inputs], run.expected[0] == 1)
    short, long = (_accuracy(path, case, length) for length in (TRAINED, AT_LENGTH))
    learnt = None if short is None else short >= LEARNT
    return Line(path.stem, outcome.verdict, spent, boxes, fails, long, learnt, evidence, outcome.reason)


HAND: Final[tuple[tuple[str, tuple[Problem, Weights]], ...]] = (
    ("parity-by-hand", handset.parity(Fraction(1))),
    ("parity-by-hand, times 0.08", handset.parity(Fraction("0.08"))),
    ("golden-anbn", handset.golden()),
)


def _write_horizon(folder: Path) -> None:
    """The page of the golden net, from its certificate."""
    problem, weights = handset.golden()
    outcome = verify(problem, weights, watch=Processor(60))
    if isinstance(outcome, Unknown) and outcome.horizon is not None:
        write_certificate(folder / "certificates" / f"{problem.name}.json", outcome.horizon)
        build_reports([problem], folder, Processor(60))


def _by_hand(name: str, problem: Problem, weights: Weights) -> list[str]:
    """A row: `length` is where a run fails, or to where all runs are right."""
    verify(problem, weights, watch=Processor(60))  # which loads modules
    spent = []
    for _ in range(TIMES):
        begun = time.process_time()
        outcome = verify(problem, weights, watch=Processor(60))
        spent.append(time.process_time() - begun)
    boxes, length, accepted = _found(outcome)
    return [name, f"{outcome.verdict}{accepted}", f"{median(spent):.3f}", boxes, length]


def _found(outcome: VerifyOutcome) -> tuple[str, str, str]:
    """Boxes, the length, and whether `check` accepts the certificate."""
    match outcome:
        case Proved(certificate=certificate):
            return str(len(getattr(certificate, "boxes", ()))), "all", _accepted(lambda: check(certificate))
        case Refuted(counterexample=run):
            return "", f"fails after {run.step + 1}", ""
        case Unknown(horizon=horizon) if horizon is not None:
            return (
                str(len(horizon.boxes)),
                f"right up to {float(horizon.length):.4g}",
                _accepted(lambda: check(horizon)),
            )
    return "", "", ""


def _accepted(checked: Callable[[], object]) -> str:
    return ", accepted" if isinstance(checked(), Accepted) else ", REJECTED"


def _replayed(path: Path, inputs: list[float], accepts: bool) -> str:
    """What torch says at the end of a run."""
    try:
        import torch
    except ImportError:
        return "torch is not installed"
    logit = float(_logits(path, torch.tensor(inputs)[None, :, None])[0, -1])
    return f"torch says {logit:.3g}, {'wrong too' if (logit > 0) != accepts else 'right (float32)'}"


def _accuracy(path: Path, case: Path, length: int) -> float | None:
    """The share of random strings that torch gets right at every prefix, in percent."""
    try:
        import torch
    except ImportError:
        return None
    machine = load_case(case).machine
    assert machine is not None
    torch.manual_seed(0)
    words = torch.randint(0, 2, (1000, length))
    said = _logits(path, words[:, :, None].float()) > 0
    right = 0
    for word, answers in zip(words.tolist(), said.tolist(), strict=True):
        state, good = machine.start, True
        for symbol, answer in zip(word, answers, strict=True):
            letter = machine.letter(state, machine.alphabet[symbol])
            state = machine.next[state][machine.alphabet[symbol]]
            good = good and answer == (letter == 1)
        right += good
    return right / 10


def _logits(path: Path, inputs: Any) -> Any:
    import torch
    from safetensors.torch import load_file

    tensors = load_file(str(path))
    hidden = tensors["lstm.weight_hh_l0"].shape[1]
    lstm = torch.nn.LSTM(1, hidden, batch_first=True)
    lstm.load_state_dict(
        {key.removeprefix("lstm."): value for key, value in tensors.items() if key.startswith("lstm.")}
    )
    with torch.no_grad():
        h, _ = lstm(inputs)
        return (h @ tensors["linear.weight"].T + tensors["linear.bias"])[..., 0]


if __name__ == "__main__":
    try:
        main()
    except InputError as error:
        raise SystemExit(f"error: {error}") from None
