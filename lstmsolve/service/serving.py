"""The server process: from its settings to its end."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from secrets import token_urlsafe
from typing import Final

from lstmsolve.kernel.base.errors import InputError
from lstmsolve.service.settings import LOOPBACK, Settings

SHORTEST_TOKEN: Final = 16
KEEP_ALIVE: Final = 15
"""Seconds that a connection may be idle."""

BACKLOG: Final = 512

SHUTDOWN: Final = 5
"""Seconds that requests have to end when the server does."""


def serve(settings: Settings, ready: Callable[[int], None]) -> None:
    """Serve until SIGTERM or Ctrl-C; `ready` is told the port, once it is listened on.

    Raises:
        InputError: the data folder or the address cannot be used, or there is no token where one is needed.
    """
    import uvicorn

    class Server(uvicorn.Server):
        @contextmanager
        def capture_signals(self) -> Iterator[None]:
            """Either signal is the wish for a clean end, and no more than that."""
            before = {number: signal.signal(number, self.handle_exit) for number in (signal.SIGINT, signal.SIGTERM)}
            try:
                yield
            finally:
                for number, handler in before.items():
                    signal.signal(number, handler)

    from lstmsolve.service.logs import start_logging
    from lstmsolve.service.store.database import Database
    from lstmsolve.service.web.app import application
    from lstmsolve.service.web.patience import PatientProtocol

    if settings.token is None and (settings.host not in LOOPBACK or settings.origins):
        raise InputError.single("--token-file", "others can reach this address, so a token is needed", settings.host)
    start_logging()
    database = Database(settings.data)
    config = uvicorn.Config(
        application(settings, database),
        host=settings.host,
        port=settings.port,
        http=PatientProtocol,
        log_config=None,
        access_log=False,
        timeout_keep_alive=KEEP_ALIVE,
        timeout_graceful_shutdown=SHUTDOWN,
        forwarded_allow_ips="127.0.0.1" if settings.origins else "",
        proxy_headers=bool(settings.origins),
        server_header=False,
    )
    listening = _bound(settings)
    ready(listening.getsockname()[1])
    try:
        asyncio.run(Server(config).serve(sockets=[listening]))
    finally:
        listening.close()


def _bound(settings: Settings) -> socket.socket:
    """A socket at the address; port 0 takes any that is free."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    found = socket.socket(family, socket.SOCK_STREAM)
    try:
        found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        found.bind((settings.host, settings.port))
        found.listen(BACKLOG)
    except (OSError, OverflowError) as error:
        found.close()
        message = f"cannot be listened on: {error}"
        raise InputError.single("--port", message, f"{settings.host}:{settings.port}") from None
    return found


def kept_token(path: Path) -> str:
    """The token of a file, which is made if it is not there.

    Raises:
        InputError: it cannot be read or written, or is too short to be one.
    """
    try:
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w") as file:
                file.write(token_urlsafe(24) + "\n")
        token = path.read_text().strip()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError.single("--token-file", f"cannot be used: {error}", str(path)) from None
    if len(token) < SHORTEST_TOKEN or not token.isascii() or not token.isprintable():
        message = f"needs a token of {SHORTEST_TOKEN} or more characters in one line of ASCII"
        raise InputError.single("--token-file", message, str(path))
    return token
