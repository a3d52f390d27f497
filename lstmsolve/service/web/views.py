"""Jobs as answers, and answers of servants as responses."""

from __future__ import annotations

import asyncio
import json
import shlex
from http import HTTPStatus

from fastapi import Response
from fastapi.responses import JSONResponse

from lstmsolve.service.jobs.records import Job, State
from lstmsolve.service.lanes.dispatcher import Dispatcher
from lstmsolve.service.lanes.servants import Answer, Answered
from lstmsolve.service.store.database import Database
from lstmsolve.service.web.bodies import JobLine, JobView

_BAD_INPUT = 2


def line(job: Job) -> JobLine:
    """A job in a list."""
    return JobLine(
        id=job.id,
        verb=job.verb,
        case=job.about,
        state=job.state.value,
        created=job.created,
        ended=job.ended,
        verdict=job.verdict,
    )


async def view(job: Job, dispatcher: Dispatcher, database: Database, *, whole: bool = True) -> JobView:
    """All that there is to say of a job; with `whole`, its result as well."""
    question = await asyncio.to_thread(database.question, job.key)
    assert question is not None
    result, files = None, {}
    if job.result is not None:
        files = await asyncio.to_thread(database.file_names, job.result)
        result = json.loads(await asyncio.to_thread(database.record, job.result)) if whole else None
    return JobView(
        id=job.id,
        verb=job.verb,
        case=job.about,
        state=job.state.value,
        before=dispatcher.place(job.id),
        command=shlex.join(["lstmsolve", *question.command_line(job.seconds)]),
        seconds=job.seconds,
        created=job.created,
        started=job.started,
        ended=job.ended,
        reused=job.reused,
        verdict=job.verdict,
        error=job.error,
        files=files,
        result=result,
    )


def status_of(job: Job) -> HTTPStatus:
    """200 of a job that is done, 202 of one that is not yet, and of others why not."""
    match job.state:
        case State.QUEUED | State.RUNNING:
            return HTTPStatus.ACCEPTED
        case State.FAILED:
            return HTTPStatus.UNPROCESSABLE_ENTITY if job.code == _BAD_INPUT else HTTPStatus.INTERNAL_SERVER_ERROR
        case _:
            return HTTPStatus.OK


def responded(answer: Answer) -> Response:
    """What a servant printed, as it is; or why it did not."""
    match answer:
        case Answered(code=0 | 5 | 10, out=out):
            return Response(out, media_type="application/json")
        case Answered(code=2, out=out) if out:
            return Response(out, HTTPStatus.UNPROCESSABLE_ENTITY, media_type="application/json")
        case Answered(code, _, err):
            status = HTTPStatus.UNPROCESSABLE_ENTITY if code == _BAD_INPUT else HTTPStatus.INTERNAL_SERVER_ERROR
            return refusal(status, err.strip().removeprefix("error: "))
        case _:
            message = "this took too long to be answered at once, or too much memory"
            return refusal(HTTPStatus.UNPROCESSABLE_ENTITY, message)


def refusal(status: HTTPStatus, error: str, headers: dict[str, str] | None = None) -> JSONResponse:
    """Why a request is not answered."""
    return JSONResponse({"error": error, "complaints": None}, status, headers)
