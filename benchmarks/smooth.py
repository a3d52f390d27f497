"""Trained LSTMs, proved for all lengths or refuted: `python -m benchmarks.smooth [--seconds S] [NAME ...]`.

The nets are torch's, from `benchmarks/nets`; where torch is installed, its own accuracy on random
strings of length 200 stands beside the verdict. Every proof is checked again from its file, and
every run that fails is replayed in torch.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path
from typing import Any

from lstmsolve.api.checking import check
from lstmsolve.api.loading.cases import load_case
from lstmsolve.api.verifying import verify
from lstmsolve.formats.documents import write_certificate
from lstmsolve.kernel.base.errors import InputError, LimitReached
from lstmsolve.model.outcomes import Accepted, Proved, Refuted

NETS = Path(__file__).parent / "nets"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--seconds", type=float, default=60.0)
    given = parser.parse_args()
    print(
        f"{'net':16} {'verdict':8} {'seconds':>7} {'cpu':>6} {'boxes':>5} {'length':>6} {'torch at 200':>12}  evidence"
    )
    decided = 0
    for path in sorted(NETS.glob("*.safetensors")):
        if given.names and not any(path.stem.startswith(name) for name in given.names):
            continue
        verdict = _judged(path, given.seconds)
        decided += verdict in ("proved", "refuted")
    print(f"decided: {decided}")


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


def _judged(path: Path, seconds: float) -> str:
    case = NETS / f"{path.stem.partition('-')[0]}-net.toml"
    begun, processor = time.perf_counter(), time.process_time()
    outcome = verify(case, path, watch=Processor(seconds))
    spent = f"{time.perf_counter() - begun:7.1f} {time.process_time() - processor:6.1f}"
    boxes = length = ""
    evidence = outcome.reason
    match outcome:
        case Proved(certificate=certificate):
            boxes = str(len(getattr(certificate, "boxes", ())))
            with tempfile.TemporaryDirectory() as folder:
                file = Path(folder) / "certificate.json"
                write_certificate(file, certificate)
                evidence = f"certificate of {file.stat().st_size // 1024} KiB "
                evidence += "accepted" if isinstance(check(file, case=case, seconds=600), Accepted) else "REJECTED"
        case Refuted(counterexample=run):
            length = str(run.step + 1)
            evidence = "replayed in balls; " + _replayed(
                path, [float(x[0]) for x in run.trace.inputs], run.expected[0] == 1
            )
    print(
        f"{path.stem:16} {outcome.verdict:8} {spent} {boxes:>5} {length:>6} {_accuracy(path, case):>12}  "
        f"{evidence[:160]}",
        flush=True,
    )
    return outcome.verdict


def _replayed(path: Path, inputs: list[float], accepts: bool) -> str:
    """What torch says at the end of a run."""
    try:
        import torch
    except ImportError:
        return "torch is not installed"
    logit = float(_logits(path, torch.tensor(inputs)[None, :, None])[0, -1])
    return f"torch says {logit:.3g}, {'wrong too' if (logit > 0) != accepts else 'right (float32)'}"


def _accuracy(path: Path, case: Path) -> str:
    """The share of random strings of length 200 that torch gets right at every prefix."""
    try:
        import torch
    except ImportError:
        return "-"
    machine = load_case(case).machine
    assert machine is not None
    torch.manual_seed(0)
    words = torch.randint(0, 2, (1000, 200))
    said = _logits(path, words[:, :, None].float()) > 0
    right = 0
    for word, answers in zip(words.tolist(), said.tolist(), strict=True):
        state, good = machine.start, True
        for symbol, answer in zip(word, answers, strict=True):
            letter = machine.letter(state, machine.alphabet[symbol])
            state = machine.next[state][machine.alphabet[symbol]]
            good = good and answer == (letter == 1)
        right += good
    return f"{right / 10:.1f} %"


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
