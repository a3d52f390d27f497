"""What strangers send: a clear answer each, and the server stays up."""

from __future__ import annotations

import asyncio
import base64
import http.client
import io
import socket
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lstmsolve.kernel.base.errors import InputError
from lstmsolve.service.jobs.fairness import FairQueue
from lstmsolve.service.jobs.questions import Question
from lstmsolve.service.jobs.records import Job, State
from tests.service.server import COUNTER, HARD, RIGHT, Server, serving

ESCAPE = "\x1b[2J<script>alert(1)</script>"


@pytest.fixture(autouse=True)
def _still_up(server: Server) -> Any:
    yield
    assert server.ask("/api/health").status == 200


def npz(**arrays: object) -> str:
    data = io.BytesIO()
    np.savez(data, **arrays)  # type: ignore[arg-type]
    return base64.b64encode(data.getvalue()).decode()


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({}, "case: Field required"),
        ({"case": COUNTER}, "weights: Field required"),
        ({"case": COUNTER, "weights": RIGHT, "path": "/etc/passwd"}, "path: Extra inputs"),
        ({"case": "/etc/passwd", "weights": RIGHT}, "no name of a shipped one"),
        ({"case": "../cases/parity", "weights": RIGHT}, "no name of a shipped one"),
        ({"case": "--help", "weights": RIGHT}, "no name of a shipped one"),
        ({"case": ESCAPE, "weights": RIGHT}, "is not valid TOML"),
        ({"case": COUNTER, "weights": "/etc/passwd"}, "weights/given.txt"),
        ({"case": COUNTER, "weights": "\x1b[2J nothing"}, r"\x1b[2J nothing"),
        ({"case": COUNTER, "weights": "w_o = 1\ud800"}, "half a character"),
        ({"case": "x = \ud800", "weights": RIGHT}, "valid string"),
        ({"case": COUNTER, "weights": {"name": "a.pkl", "base64": "AAAA"}}, "its ending is one of"),
        ({"case": COUNTER, "weights": {"name": "a.npz", "base64": "%%%"}}, "is no base64"),
        ({"case": COUNTER, "weights": {"name": "a.npz", "base64": npz(w_o=np.array([{}], dtype=object))}}, "pickled"),
        ({"case": COUNTER, "weights": RIGHT, "timeout": 1e7}, "at most 600 s"),
        ({"case": COUNTER, "weights": RIGHT, "timeout": -1}, "greater than or equal to 0"),
        ({"case": COUNTER, "weights": RIGHT, "robust": "--help"}, "robust"),
        ({"case": "[input]\nx = [0, 1]\n[output]\nh = 'x.__class__'\n", "weights": RIGHT}, "output.h"),
        ({"case": "a" * 2**21, "weights": RIGHT}, "case: String should have at most"),
        ([], "valid dictionary"),
    ],
)
def test_bad_input_is_a_complaint(server: Server, body: Any, told: str) -> None:
    reply = server.ask("/api/verify?wait=30", body)
    assert reply.status == 422, reply.body
    assert told in reply.json["error"]
    assert "\x1b" not in reply.body.decode()


@pytest.mark.parametrize(
    "raw", [b"{", b"\xff\xfe", b"[" * 100_000, b"", b'{"case": NaN}', b'{"case": 1' + b"0" * 5000 + b"}"]
)
def test_what_is_no_json_is_a_complaint(server: Server, raw: bytes) -> None:
    assert server.ask("/api/verify", raw=raw).status in (400, 422)


def test_huge_bodies_are_refused_whether_they_tell_their_length_or_not(server: Server) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    connection.putrequest("POST", "/api/verify")
    connection.putheader("content-length", str(10**12))
    connection.endheaders()
    reply = connection.getresponse()
    assert reply.status == 413
    assert b"16 MiB" in reply.read()
    connection.close()
    with socket.create_connection(("127.0.0.1", server.port), timeout=60) as raw:
        raw.sendall(b"POST /api/verify HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: chunked\r\n\r\n")
        piece = b"100000\r\n" + b" " * 2**20 + b"\r\n"
        try:
            for _ in range(40):
                raw.sendall(piece)
        except OSError:
            return  # it has hung up on us
        assert b" 413 " in raw.recv(100)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/api/jobs/nonsense", 404),
        ("/api/jobs/%00%1b", 404),
        (f"/api/jobs/{'x' * 5000}", 404),
        ("/api/jobs/..%2f..%2fetc%2fpasswd", 404),
        ("/api/jobs/nonsense/files/..%2f..%2fjobs.sqlite", 404),
        ("/api/jobs/nonsense/events", 404),
        ("/api/cases/..%2f..%2fetc%2fpasswd", 404),
        ("/..%2f..%2f__init__.py", 404),
        ("/../settings.py", 404),
        ("/js/", 404),
        ("/api/nothing", 404),
    ],
)
def test_names_of_nothing_are_said_to_be_none(server: Server, path: str, status: int) -> None:
    assert server.ask(path).status == status


def test_files_of_a_job_are_its_own_only(server: Server) -> None:
    job = server.job("verify", {"case": COUNTER, "weights": RIGHT})
    for name in ("../result.json", "..%2fjobs.sqlite", "/etc/passwd", "case/nonzero-counter.toml"):
        assert server.ask(f"/api/jobs/{job['id']}/files/{name}").status == 404


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"origin": "https://evil.example"}, 403),
        ({"origin": "null"}, 403),
        ({"host": "evil.example"}, 421),
        ({"host": "127.0.0.1.evil.example"}, 421),
        ({"sec-fetch-site": "cross-site"}, 403),
        ({"sec-fetch-site": "same-origin"}, 200),
        ({"host": "localhost"}, 200),
    ],
)
def test_pages_elsewhere_may_not_ask(server: Server, headers: dict[str, str], status: int) -> None:
    assert server.ask("/api/health", headers=headers).status == status


def test_the_page_of_this_origin_may_ask(server: Server) -> None:
    assert server.ask("/api/health", headers={"origin": server.url}).status == 200


def test_browsers_are_told_to_be_strict(server: Server) -> None:
    for path in ("/", "/api/health", "/api/nothing"):
        headers = server.ask(path).headers
        assert "script-src 'self'" in headers["content-security-policy"]
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"
    assert server.ask("/js/main.js").headers["content-type"].startswith("text/javascript")


def test_a_thousand_jobs_are_too_many_for_one_client_and_nobody_else_has_to_wait(server: Server) -> None:
    flood = {"lstmsolve-client": "flood"}
    replies = [server.ask("/api/solve", {"case": HARD, "timeout": 60, "seed": n}, headers=flood) for n in range(60)]
    taken = [reply.json["id"] for reply in replies if reply.status == 202]
    refused = [reply for reply in replies if reply.status == 429]
    try:
        assert len(taken) == 24
        assert len(taken) + len(refused) == 60
        assert "24 jobs" in refused[0].json["error"]
        assert refused[0].headers["retry-after"]
        mine = server.job("verify", {"case": COUNTER, "weights": f"{RIGHT}, u_f=0", "timeout": 9})
        assert mine["state"] == "done"
    finally:
        for id in reversed(taken):
            assert server.ask(f"/api/jobs/{id}/cancel", {}).json["state"] == "cancelled"
    assert server.ask("/api/solve", {"case": "parity"}, headers=flood).status in (200, 202)


def test_clients_take_turns() -> None:
    async def order() -> list[str]:
        queue = FairQueue()
        for name in ("a1", "a2", "a3", "b1", "c1", "b2"):
            await queue.put(Job(name, name[0], "solve", "", "", 1.0, State.QUEUED, 0.0))
        assert queue.place("a3") == 2 + 2 + 1
        assert queue.remove("a2") is not None
        return [(await queue.take(lambda job: True)).id for _ in range(5)]

    assert asyncio.run(order()) == ["a1", "b1", "c1", "a3", "b2"]


def test_a_cluster_is_told_to_the_commands_that_have_one() -> None:
    near = Question("solve", ("case/parity.toml",)).command_line(9.0, 2, None)
    far = Question("solve", ("case/parity.toml",)).command_line(9.0, 2, "tcp://host:8786")
    assert near == ["solve", "case/parity.toml", "--timeout=9", "--json", "--jobs=2"]
    assert far == ["solve", "case/parity.toml", "--timeout=9", "--json", "--cluster=tcp://host:8786"]
    assert "--cluster=x" not in Question("verify", ()).command_line(9.0, 2, "x")


def test_nobody_beyond_loopback_is_served_without_a_token(tmp_path: Path) -> None:
    from lstmsolve.service.serving import serve
    from lstmsolve.service.settings import Settings

    for settings in (
        Settings("none", tmp_path, host="0.0.0.0"),
        Settings("none", tmp_path, origins=("https://lstm.example.org",)),
    ):
        with pytest.raises(InputError, match="a token is needed"):
            serve(settings, lambda port: None)
    assert not list(tmp_path.iterdir())


def test_slow_clients_do_not_keep_others_from_being_answered(server: Server) -> None:
    slow = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(60)]
    try:
        for number, connection in enumerate(slow):
            connection.sendall(b"GET /api/health HT"[: number % 18])
        assert server.ask("/api/health").status == 200
    finally:
        for connection in slow:
            connection.close()


def test_connections_that_say_nothing_are_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    import uvicorn

    from lstmsolve.service.web import patience

    monkeypatch.setattr(patience, "PATIENCE", 0.2)

    async def app(scope: Any, receive: Any, send: Any) -> None:
        raise AssertionError("nothing was asked")

    async def silence() -> bytes:
        config = uvicorn.Config(app, port=0, http=patience.PatientProtocol, lifespan="off", log_config=None)
        found = uvicorn.Server(config)
        serving = asyncio.create_task(found.serve())
        while not found.started:
            await asyncio.sleep(0.01)
        port = found.servers[0].sockets[0].getsockname()[1]
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET / HTTP/1.1\r\nhost: ")
        answer = await asyncio.wait_for(reader.read(), 30)
        writer.close()
        found.should_exit = True
        await serving
        return answer

    assert asyncio.run(silence()) == b""


def test_a_body_that_does_not_arrive_is_given_up() -> None:
    from lstmsolve.service.settings import Limits, Settings
    from lstmsolve.service.web.guards import Guards

    said: list[Any] = []

    async def asked() -> None:
        async def app(scope: Any, receive: Any, send: Any) -> None:
            raise AssertionError("it has not arrived")

        async def receive() -> Any:
            await asyncio.sleep(60)

        async def send(message: Any) -> None:
            said.append(message)

        guards = Guards(app, Settings("none", Path(), limits=Limits(body_seconds=0.05)))
        headers = [(b"host", b"localhost"), (b"content-length", b"5")]
        scope = {"type": "http", "method": "POST", "path": "/api/solve", "headers": headers, "client": ("x", 1)}
        await guards(scope, receive, send)

    asyncio.run(asked())
    assert said[0]["status"] == 408


def test_a_token_is_asked_for_and_kept_in_a_file_of_its_own(tmp_path: Path) -> None:
    token = tmp_path / "token"
    options = ("--jobs", "1", "--token-file", str(token), "--origin", "https://lstm.example.org")
    with serving(tmp_path / "data", *options) as server:
        assert server.token == token.read_text().strip()
        assert token.stat().st_mode & 0o777 == 0o600
        assert server.ask("/api/health").status == 200
        assert server.ask("/").status == 200
        proxied = {"host": "lstm.example.org", "origin": "https://lstm.example.org", "x-forwarded-for": "192.0.2.7"}
        assert server.ask("/api/health", headers=proxied).status == 200
        assert server.ask("/api/health", headers={**proxied, "origin": "https://other.example.org"}).status == 403
        assert server.ask("/api/health", headers={**proxied, "host": "other.example.org"}).status == 421
        for wrong in ("", "Bearer ", "Bearer wrong", f"Bearer {server.token}x", f"Basic {server.token}"):
            reply = server.ask("/api/health", headers={"authorization": wrong})
            assert reply.status == 401, wrong
            assert "token" in reply.json["error"]
        assert server.token is not None
        assert not any(server.token in line for line in server.log)
