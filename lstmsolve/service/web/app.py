"""The application: routes, the page, and what errors become."""

from __future__ import annotations

import mimetypes
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus
from importlib.metadata import version
from pathlib import Path
from typing import Final

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp

from lstmsolve.kernel.base.errors import InputError
from lstmsolve.service.lanes.dispatcher import Busy, Dispatcher
from lstmsolve.service.lanes.quick import Quick
from lstmsolve.service.lanes.running import TooMuch
from lstmsolve.service.logs import LOG, log
from lstmsolve.service.settings import Settings
from lstmsolve.service.store.database import Database, NotKept
from lstmsolve.service.web.guards import Guards, Refused
from lstmsolve.service.web.routes import Service, router
from lstmsolve.service.web.views import refusal

# Whatever the system believes: a browser runs no module that is called a text.
mimetypes.add_type("text/javascript", ".js")

PAGE: Final = Path(__file__).resolve().parents[1] / "page"

_MOST_COMPLAINTS: Final = 20


def application(settings: Settings, database: Database) -> ASGIApp:
    """The service as an ASGI application; it starts and ends its jobs with its own life."""

    @asynccontextmanager
    async def living(app: FastAPI) -> AsyncIterator[None]:
        dispatcher, quick = Dispatcher(settings, database), Quick(settings)
        app.state.service = Service(settings, database, dispatcher, quick)
        await dispatcher.start()
        await quick.start()
        log("started", host=settings.host, port=settings.port, jobs=settings.jobs)
        try:
            yield
        finally:
            await dispatcher.close()
            quick.close()
            database.close()
            log("ended cleanly")

    app = FastAPI(
        title="lstmsolve",
        version=version("lstmsolve"),
        description="LSTM weights designed, proved and refuted. Results are `lstmsolve/result/1`.",
        lifespan=living,
        openapi_url="/api/openapi.json",
        docs_url=None,  # its pages would be loaded from elsewhere
        redoc_url=None,
    )
    app.include_router(router)
    app.mount("/", StaticFiles(directory=PAGE, html=True), name="page")
    for kind, handler in _HANDLERS.items():
        app.add_exception_handler(kind, handler)
    return Guards(app, settings)


def _handled(request: Request, error: Exception) -> Response:
    """What an exception becomes."""
    match error:
        case Refused():
            return refusal(error.status, str(error))
        case InputError():
            complaints = [
                {"key": c.key, "message": c.message, "value": c.value, "caret": c.caret} for c in error.complaints
            ]
            body = {"error": str(error), "complaints": complaints}
            return JSONResponse(body, HTTPStatus.UNPROCESSABLE_ENTITY)
        case RequestValidationError():
            found = error.errors()[:_MOST_COMPLAINTS]
            told = [
                {"key": ".".join(map(str, each["loc"][1:]))[:200], "message": str(each["msg"])[:200]} for each in found
            ]
            first = "; ".join(f"{each['key']}: {each['message']}" for each in told)
            return JSONResponse({"error": first, "complaints": told}, HTTPStatus.UNPROCESSABLE_ENTITY)
        case RecursionError():
            return refusal(HTTPStatus.UNPROCESSABLE_ENTITY, "the request is nested too deeply")
        case Busy():
            return refusal(HTTPStatus.TOO_MANY_REQUESTS, str(error), {"retry-after": "5"})
        case NotKept() | OSError():
            return refusal(HTTPStatus.INSUFFICIENT_STORAGE, f"the server's disk refuses: {error}")
        case TooMuch():
            return refusal(HTTPStatus.UNPROCESSABLE_ENTITY, "it wrote more than is kept here")
        case HTTPException():
            return refusal(HTTPStatus(error.status_code), str(error.detail), dict(error.headers or {}))
        case _:
            LOG.error("a request failed", exc_info=error, extra={"fields": {"path": request.url.path[:200]}})
            return refusal(HTTPStatus.INTERNAL_SERVER_ERROR, "internal error: please report this as a bug")


_OURS: Final = (Refused, InputError, RecursionError, Busy, NotKept, OSError, TooMuch)
_HANDLERS: Final = dict.fromkeys((*_OURS, RequestValidationError, HTTPException, Exception), _handled)
