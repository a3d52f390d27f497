"""Verbs over HTTP: results are those of the command line, to the letter."""

from __future__ import annotations

import http.client
import io
import json
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import lstmsolve
from lstmsolve.kernel.base.errors import InputError
from lstmsolve.service.client.answers import ServiceError
from tests.service.server import COUNTER, HARD, PRINTED, RAMP, RIGHT, WRONG_RAMP, Server

SMOOTH_PARITY = """
[input]
x = [0, 1]
[state]
odd = 0
[next]
odd = "(odd + x) % 2"
[output]
h = "odd"
[cell]
gate = "sigmoid"
candidate = "tanh"
output = "tanh"
[readout]
accept = "> 1/2"
reject = "< 1/2"
"""
LEAKING_PARITY = "b_f=-8, w_i=8, u_i=8, b_i=-4, b_c=8, w_o=-8, u_o=-8, b_o=12"

SHARED = {"case": COUNTER, "weights": PRINTED}


def npz(**arrays: object) -> bytes:
    data = io.BytesIO()
    np.savez(data, **{name: np.array(value) for name, value in arrays.items()})  # type: ignore[arg-type]
    return data.getvalue()


def timeless(record: Any) -> Any:
    """Without what differs from run to run."""
    return {key: value for key, value in record.items() if key != "elapsed_s"}


def test_a_result_is_what_the_command_prints_to_the_letter(server: Server, tmp_path: Path) -> None:
    job = server.job("verify", SHARED | {"timeout": 20})
    printed = server.ask(f"/api/jobs/{job['id']}/result")
    assert printed.headers["content-type"] == "application/json"
    archive = zipfile.ZipFile(io.BytesIO(server.ask(f"/api/jobs/{job['id']}/folder.zip").body))
    archive.extractall(tmp_path)
    command = [sys.executable, "-m", *job["command"].split()]
    ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert ran.returncode == 10
    ours, theirs = printed.body.decode().splitlines(), ran.stdout.splitlines()
    assert [line for line in ours if "elapsed_s" not in line] == [line for line in theirs if "elapsed_s" not in line]
    assert timeless(job["result"]) == timeless(json.loads((tmp_path / "result.json").read_text()))


def test_solve_leaves_the_folder_that_out_writes_and_its_proof_is_accepted(server: Server) -> None:
    job = server.job("solve", {"case": COUNTER})
    assert (job["state"], job["verdict"], job["result"]["scope"]) == ("done", "solved", "all lengths")
    assert set(job["files"]) == {"certificate.json", "result.json", "weights.json"}
    certificate = server.ask(f"/api/jobs/{job['id']}/files/certificate.json").body.decode()
    checked = server.job("check", {"certificate": certificate, "case": COUNTER})
    assert checked["verdict"] == "accepted"
    assert server.job("check", {"certificate": json.loads(certificate), "case": "parity"})["verdict"] == "rejected"
    onnx = server.ask(f"/api/jobs/{job['id']}/export", {"to": "c"})
    assert onnx.headers["content-disposition"] == 'attachment; filename="nonzero-counter-c.zip"'
    assert "nonzero-counter/nonzero_counter.c" in zipfile.ZipFile(io.BytesIO(onnx.body)).namelist()


def test_a_regular_language_needs_no_case(server: Server) -> None:
    job = server.job("solve", {"regex": "-*", "alphabet": "-+", "engine": "construct"})
    assert job["verdict"] == "solved", job


@pytest.mark.parametrize(
    ("verb", "body", "verdict", "key"),
    [
        ("verify", {"case": COUNTER, "weights": RIGHT}, "proved", "floats"),
        ("verify", {"case": "ramp", "weights": WRONG_RAMP, "nearest": True}, "refuted", "nearest"),
        ("verify", SHARED | {"weights": {"b_f": 1, "w_i": 1, "w_c": 1, "b_o": 1, "w_o": -1}}, "proved", "floats"),
        ("solve", {"case": SMOOTH_PARITY, "start": LEAKING_PARITY}, "solved", "moved"),
        ("region", {"case": "ramp", "others": False}, None, "region"),
        ("family", {"case": "ramp", "family": "w_f = 0\nwhere = ['b_f >= 0']\n"}, "unsound", "member_that_fails"),
        ("derive", {"case": "hw6-3"}, "fails", "claims"),
        ("mark", {"case": COUNTER, "answers": [{"name": "a.txt", "text": RIGHT}]}, None, "answers"),
    ],
)
def test_every_verb_is_there(server: Server, verb: str, body: Any, verdict: str | None, key: str) -> None:
    job = server.job(verb, body)
    assert job["state"] == "done", job
    assert job["result"]["format"] == "lstmsolve/result/1"
    assert job["result"]["verdict"] == verdict
    assert key in job["result"]


def test_a_class_is_marked_with_pages_and_csv(server: Server) -> None:
    answers = [{"name": f"{who}.txt", "text": WRONG_RAMP if who else RAMP} for who in range(3)]
    answers += [{"name": "../../../etc/<b>passwd</b>", "text": "no weights"}]
    job = server.job("mark", {"case": "ramp", "answers": answers, "points": "10,5"})
    assert [answer["mark"] for answer in job["result"]["answers"]] == ["right", "wrong", "wrong", "unreadable"]
    assert job["result"]["answers"][1]["nearest"] == {"weight": "w_c", "value": "-1"}
    assert {"marks.csv", "class.md", "marks.svg"} < set(job["files"])
    assert all("/" not in name.removeprefix("answers/") for name in job["files"])


def test_simulate_answers_at_once_and_shows_what_is_owed(server: Server) -> None:
    found = server.ask("/api/simulate", {"weights": PRINTED, "case": COUNTER, "inputs": "1,0"}).json
    assert found["trace"]["h"] == [["1"], ["1"]]
    assert found["owed"] == [["0"], ["1"]]
    assert found["right"] == [False, True]


def test_the_same_question_is_answered_from_memory(server: Server) -> None:
    body = {"case": COUNTER, "weights": f"{RIGHT}, u_o=0"}
    first, second = server.job("verify", body), server.job("verify", body | {"timeout": 7})
    assert not first["reused"]
    assert second["reused"]
    assert second["id"] != first["id"]
    assert second["result"] == first["result"]
    again = server.ask(f"/api/jobs/{first['id']}/again?wait=20", {}).json
    assert again["reused"]


def test_what_stayed_open_is_asked_again(server: Server) -> None:
    body = {"case": HARD, "timeout": 0.1}
    assert server.job("solve", body)["verdict"] == "unknown"
    assert not server.job("solve", body)["reused"]


def test_what_goes_on_is_told_as_it_goes_on_until_the_end(server: Server) -> None:
    id = server.ask("/api/solve", {"case": HARD, "timeout": 60, "seed": 5}).json["id"]
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    connection.request("GET", f"/api/jobs/{id}/events")
    stream = connection.getresponse()
    assert stream.headers["content-type"].startswith("text/event-stream")
    events: list[tuple[str, Any]] = []
    while line := stream.readline().decode().strip("\n"):
        name, data = line.removeprefix("event: "), stream.readline().decode().removeprefix("data: ")
        stream.readline()
        events.append((name, json.loads(data)))
        if name == "progress" and sum(each == "progress" for each, _ in events) == 1:
            assert server.ask(f"/api/jobs/{id}/cancel", {}).json["state"] == "cancelled"
    connection.close()
    assert [name for name, _ in events[:1]] == ["job"]
    assert any(name == "progress" and data["text"] and data["seconds"] >= 0 for name, data in events)
    assert (events[-1][0], events[-1][1]["state"]) == ("job", "cancelled")


def test_the_client_gives_values_of_this_package(server: Server, tmp_path: Path) -> None:
    service = lstmsolve.connect(server.url)
    told: list[str] = []
    answer = service.solve("parity", on=told.append)
    assert answer.verdict == "solved"
    assert answer.reused or told
    certificate = answer.certificate()
    assert certificate is not None
    assert lstmsolve.check(certificate, case="parity").verdict == "accepted"
    assert answer.weights is not None
    assert service.verify("parity", answer.weights).verdict == "proved"
    answer.save(tmp_path)
    assert lstmsolve.load_certificate(tmp_path / "certificate.json") == certificate
    marks = service.mark(COUNTER, {"a.txt": RIGHT, "b.txt": b"nothing"}).record["answers"]
    assert isinstance(marks, list)
    assert [each["mark"] for each in marks] == ["right", "unreadable"]
    (tmp_path / "weights.npz").write_bytes(npz(b_f=1, w_i=1, w_c=1, b_o=1, w_o=-1))
    assert service.verify(COUNTER, tmp_path / "weights.npz").verdict == "proved"


def test_the_client_says_what_is_wrong(server: Server) -> None:
    service = lstmsolve.connect(server.url)
    with pytest.raises(InputError, match=r"output\.h: this does not parse"):
        service.verify('[input]\nx = [0, 1]\n[output]\nh = "x +"\n', RIGHT)
    with pytest.raises(InputError, match="no name of a shipped one"):
        service.solve("no-such-case")
    with pytest.raises(ServiceError, match="there is no such job"):
        service.answer("nonsense")
    with pytest.raises(ServiceError, match="does not answer"):
        lstmsolve.connect("http://127.0.0.1:1")


def test_open_api_describes_every_endpoint(server: Server) -> None:
    found = server.ask("/api/openapi.json").json
    verbs = {"solve", "verify", "check", "region", "family", "mark", "derive", "simulate", "read"}
    assert {f"/api/{verb}" for verb in verbs} < set(found["paths"])
    assert found["components"]["schemas"]["Verify"]["additionalProperties"] is False
