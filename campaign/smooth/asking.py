"""The package's verdict on a net and what it should do; nothing else of the campaign knows the package."""

from __future__ import annotations

import time
from dataclasses import dataclass

from campaign.smooth.drawing import Pair
from campaign.smooth.oracle import Net

SECONDS = 0.3
"""Of processor time, so that verdicts do not hang on what else the machine does."""


class Processor:
    """A limit in processor seconds."""

    def __init__(self, seconds: float) -> None:
        self._end = time.process_time() + seconds

    @property
    def remaining(self) -> float:
        return self._end - time.process_time()

    def check(self) -> None:
        from lstmsolve.kernel.base.errors import LimitReached

        if self.remaining <= 0:
            raise LimitReached("the time is up")

    def say(self, message: str) -> None:
        pass


@dataclass(frozen=True)
class Verdict:
    """What `verify` says: a run that fails, or up to which length it is right."""

    name: str
    word: tuple[int, ...] = ()
    shortest: bool = False
    length: int | None = None
    accepted: bool = False
    """`check` accepts the certificate as it was written and read again."""


def verdict(pair: Pair) -> Verdict:
    return asked(case_text(pair), pair.net, SECONDS)


def asked(case: str, net: Net, seconds: float) -> Verdict:
    """What `verify` says in so many seconds; its certificate is checked as it is written and read again."""
    import json

    import lstmsolve
    from lstmsolve.formats.cases import parse_case
    from lstmsolve.kernel.records.certificates import certificate_from_record
    from lstmsolve.kernel.records.weights import weights_from_record
    from lstmsolve.model.outcomes import Accepted, Proved, Refuted, Unknown
    from lstmsolve.writing.certificates import certificate_record

    def accepted(certificate: object) -> bool:
        again = certificate_from_record(json.loads(json.dumps(certificate_record(certificate))))  # type: ignore[arg-type]
        return isinstance(lstmsolve.check(again), Accepted)

    weights = weights_from_record(weights_record(net), "weights")
    outcome = lstmsolve.verify(parse_case(case), weights, watch=Processor(seconds))
    match outcome:
        case Refuted(counterexample=run, reason=reason):
            word = tuple(net.symbols.index(int(x[0])) for x in run.trace.inputs)
            return Verdict("refuted", word, reason.startswith("a shortest run"))
        case Proved(certificate=certificate):
            return Verdict("proved", accepted=accepted(certificate))
        case Unknown(max_length=length, horizon=horizon) if horizon is not None:
            return Verdict("horizon", length=length, accepted=accepted(horizon))
        case Unknown(max_length=length):
            return Verdict("unknown", length=length)


def case_text(pair: Pair) -> str:
    machine = pair.machine
    moves = "\n".join(f'q{k} = {{ "0" = "q{a}", "1" = "q{b}" }}' for k, (a, b) in enumerate(machine.moves))
    said = ", ".join(f"q{k} = {value}" for k, value in enumerate(machine.said))
    return f"""
format = "lstmsolve/case/1"
name = "random-net"
[machine]
alphabet = "01"
start = "q0"
output = {{ {said} }}
[machine.next]
{moves}
[cell]
hidden = {pair.net.hidden}
gate = "sigmoid"
candidate = "tanh"
output = "tanh"
[readout]
layer = true
accept = "> 0"
reject = "< 0"
"""


def weights_record(net: Net) -> dict[str, object]:
    parts: dict[str, object] = {}
    for gate, (w, u, b) in net.gates.items():
        parts |= {f"w_{gate}": w, f"u_{gate}": u, f"b_{gate}": b}
    v, d = net.layer
    cell = {"inputs": 1, "hidden": net.hidden, "gate": "sigmoid", "candidate": "tanh", "output": "tanh"}
    return {"format": "lstmsolve/weights/1", "cell": cell, "weights": parts, "readout": {"V": [v], "d": [d]}}
