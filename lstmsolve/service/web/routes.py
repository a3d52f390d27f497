"""The endpoints: verbs that become jobs, jobs, and what is answered at once."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from functools import cache
from http import HTTPStatus
from importlib.metadata import version
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import StreamingResponse

from lstmsolve.api.deriving import load_derivation, shipped_derivations
from lstmsolve.api.loading.cases import load_case, shipped_cases
from lstmsolve.api.loading.families import shipped_families
from lstmsolve.service.jobs.questions import Question, Verb
from lstmsolve.service.jobs.records import Job, State
from lstmsolve.service.lanes.dispatcher import Dispatcher
from lstmsolve.service.lanes.quick import Quick
from lstmsolve.service.settings import Settings
from lstmsolve.service.store.database import Database
from lstmsolve.service.store.folders import archive, zipped
from lstmsolve.service.web import asking, bodies, views
from lstmsolve.service.web.guards import Refused, client_of

B = TypeVar("B", bound=bodies.Body)

LONGEST_WAIT = 60.0
MOST_LISTED = 200


class Service:
    """What routes need."""

    def __init__(self, settings: Settings, database: Database, dispatcher: Dispatcher, quick: Quick) -> None:
        self.settings = settings
        self.database = database
        self.dispatcher = dispatcher
        self.quick = quick

    async def job(self, id: str) -> Job:
        found = await self.dispatcher.find(id) if len(id) <= 64 else None
        if found is None:
            raise Refused(HTTPStatus.NOT_FOUND, "there is no such job")
        return found


def _service(request: Request) -> Service:
    service: Service = request.app.state.service
    return service


Here = Annotated[Service, Depends(_service)]
Wait = Annotated[float, Query(ge=0, le=LONGEST_WAIT, description="Seconds to wait for the result.")]
router = APIRouter(prefix="/api", responses={422: {"model": bodies.Problem}, 429: {"model": bodies.Problem}})


def _verb(verb: Verb, body_type: type[B], ask: Callable[[B], tuple[Question, str]]) -> None:
    """An endpoint that makes a job of a verb."""

    async def endpoint(
        service: Here, request: Request, response: Response, body: B, wait: Wait = 0.0
    ) -> bodies.JobView:
        question, about = ask(body)
        seconds = asking.seconds(verb, getattr(body, "timeout", None), service.settings.limits)
        job = await service.dispatcher.submit(client_of(request.scope), question, about, seconds)
        return await _answered(service, job.id, wait, response)

    endpoint.__annotations__["body"] = body_type
    summary = f"`lstmsolve {verb}` as a job"
    router.post(f"/{verb}", status_code=202, responses={200: {"model": bodies.JobView}}, summary=summary)(endpoint)


async def _answered(service: Service, id: str, wait: float, response: Response) -> bodies.JobView:
    await service.dispatcher.wait(id, wait)
    job = await service.job(id)
    response.status_code = views.status_of(job)
    return await views.view(job, service.dispatcher, service.database)


_verb("solve", bodies.Solve, asking.solve)
_verb("verify", bodies.Verify, asking.verify)
_verb("region", bodies.Region, asking.region)
_verb("family", bodies.FamilyBody, asking.family)
_verb("mark", bodies.Mark, asking.mark)
_verb("check", bodies.Check, asking.check)
_verb("derive", bodies.Derive, asking.derive)


# --- jobs --------------------------------------------------------------------------------------------


@router.get("/jobs", summary="Your jobs, the newest first")
async def jobs(service: Here, request: Request) -> list[bodies.JobLine]:
    found = await asyncio.to_thread(service.database.jobs_of, client_of(request.scope), MOST_LISTED)
    return [views.line(job) for job in found]


@router.get("/jobs/{id}", summary="One job")
async def job(service: Here, response: Response, id: str, wait: Wait = 0.0) -> bodies.JobView:
    found = await _answered(service, id, wait, response)
    response.status_code = HTTPStatus.OK
    return found


@router.get("/jobs/{id}/result", summary="The result, `lstmsolve/result/1`, as the command printed it")
async def result(service: Here, id: str) -> Response:
    found = await service.job(id)
    if found.result is None:
        status = HTTPStatus.CONFLICT if found.code is None else views.status_of(found)
        return views.refusal(status, found.error or f"there is no result yet: the job is {found.state.value}")
    return Response(await asyncio.to_thread(service.database.record, found.result), media_type="application/json")


@router.get("/jobs/{id}/events", summary="What goes on, as server-sent events: `job` and `progress`")
async def events(service: Here, id: str) -> StreamingResponse:
    await service.job(id)
    return StreamingResponse(_events(service, id), media_type="text/event-stream")


async def _events(service: Service, id: str) -> AsyncIterator[str]:
    """The job at first and at the end, and what it says in between; a comment where it says nothing."""
    yield await _job_event(service, id)
    async for said in service.dispatcher.follow(id):
        if said is None:
            yield ": still there\n\n"
        else:
            yield _event("progress", {"seconds": round(said.seconds, 3), "text": said.text})
    yield await _job_event(service, id)


async def _job_event(service: Service, id: str) -> str:
    found = await views.view(await service.job(id), service.dispatcher, service.database, whole=False)
    return _event("job", found.model_dump())


def _event(name: str, data: dict[str, Any]) -> str:
    return f"event: {name}\ndata: {json.dumps(data)}\n\n"


@router.post("/jobs/{id}/cancel", summary="End a job within a second, solvers included")
async def cancel(service: Here, id: str) -> bodies.JobView:
    await service.job(id)
    await service.dispatcher.cancel(id)
    return await views.view(await service.job(id), service.dispatcher, service.database)


@router.post("/jobs/{id}/again", status_code=202, summary="The same question as a new job")
async def again(service: Here, request: Request, response: Response, id: str, wait: Wait = 0.0) -> bodies.JobView:
    found = await service.dispatcher.again(client_of(request.scope), await service.job(id))
    return await _answered(service, found.id, wait, response)


@router.get("/jobs/{id}/files/{name:path}", summary="A file that it wrote")
async def file(service: Here, id: str, name: str) -> Response:
    found = await service.job(id)
    data = None if found.result is None else await asyncio.to_thread(service.database.file, found.result, name)
    if data is None:
        raise Refused(HTTPStatus.NOT_FOUND, "there is no such file")
    return _download(data, name.rpartition("/")[2])


@router.get("/jobs/{id}/folder.zip", summary="All of it: what was given, what it wrote, and the result")
async def folder(service: Here, id: str) -> Response:
    found = await service.job(id)
    if found.result is None or found.state is not State.DONE:
        raise Refused(HTTPStatus.NOT_FOUND, f"there is no folder: the job is {found.state.value}")
    question = await asyncio.to_thread(service.database.question, found.key)
    record = await asyncio.to_thread(service.database.record, found.result)
    files = await asyncio.to_thread(service.database.files, found.result)
    data = archive(record, files, {} if question is None else question.files)
    return _download(data, f"{found.verb}-{found.about}.zip")


@router.post("/jobs/{id}/export", summary="Its design for another tool: a file, or a zip of several")
async def export(service: Here, request: Request, id: str, body: bodies.Export) -> Response:
    found = await service.job(id)
    certificate = None
    if found.result is not None:
        certificate = await asyncio.to_thread(service.database.file, found.result, "certificate.json")
    if certificate is None:
        raise Refused(HTTPStatus.CONFLICT, "there is no certificate to export: only what is proved has one")
    name = f"{found.about}{_ENDINGS.get(body.to, '')}"
    line = ["export", "certificate.json", f"--to={body.to}", f"--precision={body.precision}", f"--out=out/{name}"]
    order = {"line": [*line, f"--timeout={service.settings.limits.quick_seconds - 2:g}", "--json"]}
    answer, written = await service.quick.ask(client_of(request.scope), order, {"certificate.json": certificate})
    if not written:
        return views.responded(answer)
    whole = {path.removeprefix("out/"): data for path, data in written.items()}
    if set(whole) == {name}:
        return _download(whole[name], name)
    return _download(zipped(whole), f"{name}-{body.to}.zip")


_ENDINGS = {
    "onnx": ".onnx",
    "onnx-step": ".onnx",
    "onnx-int8": ".onnx",
    "onnx-lstm": ".onnx",
    "safetensors": ".safetensors",
    "latex": ".tex",
    "dot": ".dot",
    "smtlib": ".smt2",
}


def _download(data: bytes, name: str) -> Response:
    plain = "".join(sign if sign.isascii() and (sign.isalnum() or sign in "._-") else "-" for sign in name)
    headers = {"content-disposition": f'attachment; filename="{plain}"'}
    return Response(data, media_type="application/octet-stream", headers=headers)


# --- at once -----------------------------------------------------------------------------------------


@router.post("/simulate", summary="`lstmsolve simulate`, at once")
async def simulate(service: Here, request: Request, body: bodies.Simulate) -> Response:
    question = asking.simulate(body)
    line = question[0].command_line(service.settings.limits.quick_seconds - 2)
    return await _quick(service, request, {"line": line}, dict(question[0].files))


@router.post("/read", summary="What a case states, and weights for it; or every complaint about them")
async def read(service: Here, request: Request, body: bodies.Read) -> Response:
    name, data = asking.any_case(body.case)
    files, weights = {name: data}, None
    if body.weights is not None:
        weights, given = asking.weights_file(body.weights)
        files[weights] = given
    return await _quick(service, request, _helped("read", case=name, weights=weights), files)


@router.post("/slice", summary="Where two weights of a region may be, the others as they are")
async def slice(service: Here, request: Request, body: bodies.Slice) -> Response:
    name, data = asking.behaviour(body.case)
    weights, given = asking.weights_file(body.weights)
    files = {name: data, weights: given, "family/given.toml": asking.encoded(body.family, "family")}
    named = {"case": name, "weights": weights, "family": "family/given.toml"}
    return await _quick(service, request, _helped("slice", **named, across=body.across, upward=body.upward), files)


@router.post("/formulas", summary="LaTeX as MathML")
async def formulas(service: Here, request: Request, body: bodies.Formulas) -> Response:
    return await _quick(service, request, _helped("formulas", latex=body.latex), {})


def _helped(help: str, **arguments: object) -> dict[str, object]:
    return {"help": help, "arguments": arguments}


async def _quick(service: Service, request: Request, order: dict[str, object], files: dict[str, bytes]) -> Response:
    answer, _ = await service.quick.ask(client_of(request.scope), order, files)
    return views.responded(answer)


# --- what there is -----------------------------------------------------------------------------------


@router.get("/cases", summary="The shipped cases")
def cases() -> list[dict[str, str]]:
    return _listed()


@cache
def _listed() -> list[dict[str, str]]:
    behaviours = [load_case(path) for path in shipped_cases().values()]
    derivations = [load_derivation(path) for path in shipped_derivations().values()]
    told = [{"name": found.name, "title": found.title, "kind": "behaviour"} for found in behaviours]
    told += [{"name": found.name, "title": found.title, "kind": "derivation"} for found in derivations]
    return told + [{"name": name, "title": "", "kind": "family"} for name in shipped_families()]


@router.get("/cases/{name}", summary="The text of a shipped case or family")
def case(name: str) -> dict[str, str]:
    path = {**shipped_cases(), **shipped_derivations(), **shipped_families()}.get(name)
    if path is None:
        raise Refused(HTTPStatus.NOT_FOUND, "there is no such case")
    return {"name": name, "text": path.read_text(encoding="utf-8")}


@router.get("/health", summary="Is it there, and how busy?")
async def health(service: Here) -> dict[str, Any]:
    dispatcher = service.dispatcher
    return {
        "version": version("lstmsolve"),
        "waiting": dispatcher.waiting,
        "running": dispatcher.running,
        "jobs": service.settings.jobs,
        "longest": service.settings.limits.seconds,
    }
