"""`lstmsolve.connect`: the verbs, asked of a service.

service = lstmsolve.connect("http://127.0.0.1:8417")
answer = service.solve("nonzero-counter")
print(answer.verdict, lstmsolve.check(answer.certificate()).verdict)
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Literal, TypeAlias, cast

from lstmsolve.kernel.base.errors import InputError
from lstmsolve.kernel.lstm.cells import Weights
from lstmsolve.service.client.answers import Answer, ServiceError
from lstmsolve.service.client.transport import Transport
from lstmsolve.writing.weights import weights_record

CaseLike: TypeAlias = str | Path
"""The text of a case or the name of a shipped one; a path is read here, and its text is sent."""

WeightsLike: TypeAlias = str | Path | Weights | Mapping[str, object]
"""A text, a table by name, weights; a path is read here."""

Arithmetic: TypeAlias = Literal["exact", "float32", "float16", "bfloat16"]
Verified: TypeAlias = Literal["exact", "float32", "float16", "bfloat16", "int8", "int16"]
Listener: TypeAlias = Callable[[str], None]

_WAIT = 20.0
"""Seconds that one request waits for a result, before it asks again."""


def connect(url: str = "http://127.0.0.1:8417", token: str | None = None, patience: float = 60.0) -> Connection:
    """The service at an address; `patience` is how many seconds one request may take.

    Raises:
        InputError: the address is none.
        ServiceError: nobody is there, or the token is wrong.
    """
    connection = Connection(Transport(url, token, patience))
    connection.health()
    return connection


class Connection:
    """The verbs of a service. Each waits for the result; `on` is told what goes on meanwhile.

    Each raises `InputError` where what is given is wrong, and `ServiceError` where there is no result.
    """

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def health(self) -> Mapping[str, object]:
        """Its version, and how busy it is."""
        return self._transport.json("/api/health")

    def solve(
        self,
        case: CaseLike | None = None,
        *,
        regex: str | None = None,
        alphabet: str | None = None,
        hidden: int | None = None,
        timeout: float | None = None,
        seed: int = 0,
        objective: Literal["simplest", "tolerant", "first"] = "simplest",
        engine: Literal["auto", "linear", "nonlinear", "scipy", "construct"] = "auto",
        start: WeightsLike | None = None,
        arithmetic: Arithmetic = "exact",
        on: Listener | None = None,
    ) -> Answer:
        """Weights for a case, or for a regular language; `start` are sigmoid and tanh weights to repair."""
        body: dict[str, object] = {"case": None if case is None else _text(case)}
        body |= {"regex": regex, "alphabet": alphabet, "hidden": hidden}
        body |= {"timeout": timeout, "seed": seed, "objective": objective, "engine": engine, "arithmetic": arithmetic}
        body |= {} if start is None else {"start": _weights(start)}
        return self._job("solve", body, on)

    def verify(
        self,
        case: CaseLike,
        weights: WeightsLike,
        *,
        timeout: float | None = None,
        max_length: int | None = None,
        nearest: bool = False,
        arithmetic: Verified = "exact",
        robust: str | None = None,
        on: Listener | None = None,
    ) -> Answer:
        """Are these weights right for all lengths?"""
        body = {"case": _text(case), "weights": _weights(weights), "timeout": timeout, "max_length": max_length}
        body |= {"nearest": nearest, "arithmetic": arithmetic, "robust": robust}
        return self._job("verify", body, on)

    def region(
        self,
        case: CaseLike,
        *,
        hidden: int | None = None,
        timeout: float | None = None,
        others: bool = True,
        on: Listener | None = None,
    ) -> Answer:
        """All weights that work."""
        body = {"case": _text(case), "hidden": hidden, "timeout": timeout, "others": others}
        return self._job("region", body, on)

    def family(
        self, case: CaseLike, family: CaseLike, *, timeout: float | None = None, on: Listener | None = None
    ) -> Answer:
        """Is a family sound and complete?"""
        return self._job("family", {"case": _text(case), "family": _text(family), "timeout": timeout}, on)

    def mark(
        self,
        case: CaseLike,
        answers: Sequence[str | Path] | Mapping[str, str | bytes],
        *,
        timeout: float | None = None,
        points: str | None = None,
        on: Listener | None = None,
    ) -> Answer:
        """Which answers are right? Files, or texts by name; `timeout` is that of one answer."""
        if isinstance(answers, Mapping):
            sent = [_file(name, data.encode() if isinstance(data, str) else data) for name, data in answers.items()]
        else:
            sent = [_file(Path(path).name, _read(Path(path))) for path in answers]
        return self._job("mark", {"case": _text(case), "answers": sent, "timeout": timeout, "points": points}, on)

    def check(self, certificate: str | Path | Mapping[str, object], *, case: CaseLike | None = None) -> Answer:
        """Is this certificate a proof, and of what?"""
        given = _read(certificate).decode() if isinstance(certificate, Path) else certificate
        return self._job("check", {"certificate": given, "case": None if case is None else _text(case)}, None)

    def derive(self, case: CaseLike, *, timeout: float | None = None, on: Listener | None = None) -> Answer:
        """The back-propagation formulas of a derivation case, and its claims judged."""
        return self._job("derive", {"case": _text(case), "timeout": timeout}, on)

    def simulate(
        self,
        weights: WeightsLike,
        inputs: str,
        *,
        case: CaseLike | None = None,
        arithmetic: Literal["exact", "float64", "float32", "float16", "bfloat16"] = "exact",
    ) -> Mapping[str, object]:
        """The result object of a run."""
        body = {"weights": _weights(weights), "inputs": inputs, "arithmetic": arithmetic}
        return self._transport.json("/api/simulate", body | {"case": None if case is None else _text(case)})

    def answer(self, id: str, on: Listener | None = None) -> Answer:
        """The result of a job that was asked before."""
        return self._awaited(self._transport.json(f"/api/jobs/{id}"), on)

    def cancel(self, id: str) -> None:
        """End a job."""
        self._transport.json(f"/api/jobs/{id}/cancel", {})

    def fetch(self, path: str) -> bytes:
        """A file of the service."""
        return self._transport.bytes(path)

    def _job(self, verb: str, body: Mapping[str, object], on: Listener | None) -> Answer:
        given = {name: value for name, value in body.items() if value is not None}
        return self._awaited(self._transport.json(f"/api/{verb}?wait={0 if on else _WAIT}", given), on)

    def _awaited(self, job: Mapping[str, object], on: Listener | None) -> Answer:
        if on is not None and job["state"] in ("queued", "running"):
            self._listen(str(job["id"]), on)
        while job["state"] in ("queued", "running"):
            job = self._transport.json(f"/api/jobs/{job['id']}?wait={_WAIT}")
        if job["state"] != "done":
            if job["state"] == "failed" and job["error"] is not None:
                # A job that is asked for by its id tells of bad input in its error, not in the status.
                raise InputError.single("", str(job["error"]))
            raise ServiceError(f"the job {job['id']} is {job['state']}: {job['error']}")
        files = cast("Mapping[str, int]", job["files"])
        result = cast("Mapping[str, object]", job["result"])
        return Answer(str(job["id"]), result, files, job["reused"] is True, self)

    def _listen(self, id: str, on: Listener) -> None:
        """Tell what goes on, until the job has ended."""
        for text in self._transport.progress(f"/api/jobs/{id}/events"):
            on(text)


def _text(case: CaseLike) -> str:
    return _read(case).decode() if isinstance(case, Path) else case


def _weights(weights: WeightsLike) -> object:
    match weights:
        case Weights():
            return weights_record(weights)
        case Path():
            return _file(weights.name, _read(weights))
        case _:
            return weights


def _file(name: str, data: bytes) -> dict[str, str]:
    return {"name": name, "base64": base64.b64encode(data).decode()}


def _read(path: Path) -> bytes:
    from lstmsolve.formats.files import MIB, read_bytes

    return read_bytes(path, 64 * MIB)
