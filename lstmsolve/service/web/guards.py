"""What stands before every route: who may ask from where, how much and how long, and headers for the browser.

Written for ASGI itself, so that a body is counted while it arrives.
"""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import Iterable
from http import HTTPStatus
from secrets import compare_digest
from typing import Final
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from lstmsolve.service.logs import log
from lstmsolve.service.settings import LOOPBACK, Settings

HEADERS: Final = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "cache-control": "no-store",
}

_CLIENT: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")


class Refused(Exception):
    """A request that goes no further."""

    def __init__(self, status: HTTPStatus, error: str) -> None:
        super().__init__(error)
        self.status = status


def client_of(scope: Scope) -> str:
    """Who asks: the address, and what the client calls itself: people behind one address have turns of their own."""
    address = scope["client"][0] if scope.get("client") else "unknown"
    name = Headers(scope=scope).get("lstmsolve-client", "")
    return f"{address} {name}" if _CLIENT.fullmatch(name) else f"{address} "


class Guards:
    """The ASGI application behind its guards."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app = app
        self._settings = settings
        self._public = {_netloc(origin): origin.rstrip("/") for origin in settings.origins}
        self._loopback = settings.host in LOOPBACK

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began, status = time.monotonic(), 0

        async def answer(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        try:
            self._admit(scope)
            body = await self._body(scope, receive)
            await self._app(scope, _replayed(body, receive), answer)
        except Refused as refusal:
            await _refuse(refusal, answer)
        finally:
            seconds = round(time.monotonic() - began, 3)
            log("request", method=scope["method"], path=scope["path"][:200], status=status, seconds=seconds)

    def _admit(self, scope: Scope) -> None:
        headers = Headers(scope=scope)
        self._know_host(headers.get("host", ""))
        self._know_origin(headers, scope)
        if self._settings.token is not None and scope["path"].startswith("/api/"):
            shown = headers.get("authorization", "").removeprefix("Bearer ").encode()
            if not compare_digest(shown, self._settings.token.encode()):
                raise Refused(HTTPStatus.UNAUTHORIZED, "a token is needed: Authorization: Bearer TOKEN")

    def _know_host(self, host: str) -> None:
        """On loopback, a name that is not ours is a page elsewhere that has bent its name to this machine."""
        if self._loopback and host not in self._public and urlsplit(f"//{host}").hostname not in LOOPBACK:
            raise Refused(HTTPStatus.MISDIRECTED_REQUEST, "this service has another name; --origin tells it one")

    def _know_origin(self, headers: Headers, scope: Scope) -> None:
        """A page elsewhere may not ask anything."""
        origin, host = headers.get("origin"), headers.get("host", "")
        if origin is not None and origin.rstrip("/") not in {f"http://{host}", *self._public.values()}:
            raise Refused(HTTPStatus.FORBIDDEN, "requests of pages elsewhere are not answered")
        if headers.get("sec-fetch-site") == "cross-site" and scope["path"].startswith("/api/"):
            raise Refused(HTTPStatus.FORBIDDEN, "requests of pages elsewhere are not answered")

    async def _body(self, scope: Scope, receive: Receive) -> bytes:
        """The whole body, or no more than its limits."""
        limits = self._settings.limits
        told = Headers(scope=scope).get("content-length", "0")
        if told.isdecimal() and int(told[:20]) > limits.body:
            raise self._too_large()
        parts: list[bytes] = []
        left = limits.body
        try:
            async with asyncio.timeout(limits.body_seconds):
                while True:
                    message = await receive()
                    if message["type"] == "http.disconnect":
                        raise Refused(HTTPStatus.BAD_REQUEST, "the request ended too early")
                    part = message.get("body", b"")
                    left -= len(part)
                    if left < 0:
                        raise self._too_large()
                    parts.append(part)
                    if not message.get("more_body", False):
                        return b"".join(parts)
        except TimeoutError:
            raise Refused(HTTPStatus.REQUEST_TIMEOUT, "the request took too long to arrive") from None

    def _too_large(self) -> Refused:
        most = self._settings.limits.body // 2**20
        return Refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"the request is larger than {most} MiB, the limit here")


def _netloc(origin: str) -> str:
    return urlsplit(origin).netloc


def _replayed(body: bytes, receive: Receive) -> Receive:
    """The body again, and then whatever comes."""
    told = False

    async def again() -> Message:
        nonlocal told
        if told:
            return await receive()
        told = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again


async def _refuse(refusal: Refused, send: Send) -> None:
    body = json.dumps({"error": str(refusal), "complaints": None}).encode()
    headers: Iterable[tuple[bytes, bytes]] = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
        (b"connection", b"close"),
    ]
    await send({"type": "http.response.start", "status": refusal.status.value, "headers": list(headers)})
    await send({"type": "http.response.body", "body": body})
