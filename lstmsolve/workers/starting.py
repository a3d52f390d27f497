"""How a worker's process starts: forked from a server on Linux (`workers.forkserver`), else as a fresh interpreter."""

from __future__ import annotations

import atexit
import os
import pickle
import select
import signal
import socket
import subprocess
import sys
import threading
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from typing import BinaryIO, Final, Protocol, cast

from lstmsolve.workers import is_claimed
from lstmsolve.workers.child import environment, interpreter
from lstmsolve.workers.forkserver import BEGUN, Order, is_alone, serve

_GOING: Final = 0.05
"""Seconds for a server to end by itself; while it imports something it takes longer, and nobody waits for that."""


class Process(Protocol):
    """A worker's process, as seen by whoever started it."""

    @property
    def answers(self) -> BinaryIO: ...

    @property
    def alive(self) -> bool: ...

    def send(self, argument: bytes, *, last: bool) -> None:
        """Raises: OSError: it has ended."""
        ...

    def kill(self) -> None: ...


def started(function: str, memory: int, *, many: bool = False) -> Process:
    """A process that imports a function and waits for what to do with it."""
    while (server := _serving()) is not None:
        try:
            return server.fork(function, memory, many)
        except ConnectionError:
            dismiss()  # it was killed
    return _Fresh(function, memory, many)


def prepare(*functions: str) -> None:
    """Let the server import what these functions need, while this process has modules of its own to import."""
    server = _serving()
    if server is not None:
        with suppress(ConnectionError):
            for function in functions:
                server.order(Order(function))


class _Forked:
    """A process that the server has forked."""

    def __init__(self, line: socket.socket) -> None:
        self._line = line
        self._answers = line.makefile("rb")
        self._beginning = threading.Lock()
        self._process: int | None = None

    @property
    def answers(self) -> BinaryIO:
        self._begun()
        return self._answers

    @property
    def alive(self) -> bool:
        process = self._begun()
        return process is not None and not _ended(process, 0.0)

    def send(self, argument: bytes, *, last: bool) -> None:
        self._line.sendall(argument)
        if last:
            self._line.shutdown(socket.SHUT_WR)

    def kill(self) -> None:
        self._begun()
        with self._beginning:
            process, self._process = self._process, None
        if process is not None:
            with suppress(ProcessLookupError):
                signal.pidfd_send_signal(process, signal.SIGKILL)
            _ended(process, None)
            os.close(process)
        self._line.close()
        self._answers.close()

    def _begun(self) -> int | None:
        """The descriptor of the process; None if it died before it could say it, or was killed."""
        with self._beginning:
            if self._process is None:
                with suppress(OSError):
                    _, found, _, _ = socket.recv_fds(self._line, len(BEGUN), 1)
                    self._process = found[0] if found else None
            return self._process


class _Fresh:
    """A fresh interpreter."""

    def __init__(self, function: str, memory: int, many: bool) -> None:
        rest = ["many"] if many else []
        self._process = subprocess.Popen(
            interpreter("child", function, str(memory), str(os.getpid()), *rest),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=os.environ | environment(),
            start_new_session=True,  # Ctrl-C is the parent's to handle
        )

    @property
    def answers(self) -> BinaryIO:
        return cast("BinaryIO", self._process.stdout)

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def send(self, argument: bytes, *, last: bool) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(argument)
        self._process.stdin.flush()
        if last:
            self._process.stdin.close()

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with suppress(OSError):
                    pipe.close()


@dataclass(frozen=True, slots=True)
class _Server:
    orders: socket.socket
    number: int
    """Of its process."""

    @staticmethod
    def fresh() -> _Server:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        nowhere = [(os.POSIX_SPAWN_OPEN, number, os.devnull, os.O_RDWR, 0) for number in (1, 2)]
        with theirs:
            number = os.posix_spawn(
                sys.executable,
                interpreter("forkserver"),
                os.environ | environment(),
                file_actions=[(os.POSIX_SPAWN_DUP2, theirs.fileno(), 0), *nowhere],
                setsid=True,  # Ctrl-C is the parent's to handle
            )
        return _Server(ours, number)

    @staticmethod
    def forked() -> _Server:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        number = os.fork()
        if number:
            theirs.close()
            return _Server(ours, number)
        try:
            _leave_parent(theirs.fileno())
            serve(theirs)
        finally:
            os._exit(1)

    def order(self, wanted: Order, *lines: int) -> None:
        socket.send_fds(self.orders, [pickle.dumps(wanted)], lines)

    def fork(self, function: str, memory: int, many: bool) -> _Forked:
        try:
            folder = os.getcwd()
        except OSError:
            folder = os.sep  # it was deleted
        ours, theirs = socket.socketpair()
        with theirs:
            try:
                self.order(Order(function, memory, many, folder), theirs.fileno())
            except ConnectionError:
                ours.close()
                raise
        return _Forked(ours)

    def dismiss(self) -> None:
        """End it, with all its workers."""
        self.orders.close()
        with suppress(OSError):  # somebody else has waited for it
            process = os.pidfd_open(self.number)
            if not _ended(process, _GOING):
                signal.pidfd_send_signal(process, signal.SIGKILL)
            os.waitpid(self.number, 0)
            os.close(process)


_server: _Server | None = None
_beginning = threading.Lock()


def _serving() -> _Server | None:
    """The server of this process; None where there can be none.

    A process that is ours has by now imported much of what workers need, and they are spared that.
    """
    global _server
    with _beginning:
        if _server is None and _can_be_served():
            _server = _Server.forked() if is_claimed() and is_alone() else _Server.fresh()
        return _server


@cache
def _can_be_served() -> bool:
    if sys.platform != "linux":
        return False
    try:
        os.close(os.pidfd_open(os.getpid()))
        is_alone()
    except OSError:
        return False  # an old kernel, or one that must not be asked
    return True


@atexit.register
def dismiss() -> None:
    """End the server, and with it all workers."""
    global _server
    server, _server = _server, None
    if server is not None:
        server.dismiss()


def _forget() -> None:
    """In a fork of this process: the server is not its own, and must not stay for its sake."""
    global _server, _beginning
    if _server is not None:
        _server.orders.close()
    _server = None
    _beginning = threading.Lock()  # another thread may have held it, or this one does, for the server that it forks


def _leave_parent(orders: int) -> None:
    """Be no part of the process that this one was forked from: of its terminal, its files, its handling of signals."""
    os.setsid()
    for kind in (signal.SIGINT, signal.SIGALRM):
        signal.signal(kind, signal.SIG_DFL)
    nowhere = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(nowhere, number)
    for number in map(int, os.listdir("/proc/self/fd")):  # and not all numbers that are allowed, which may be a billion
        if number > 2 and number != orders:
            with suppress(OSError):  # that of the list itself
                os.close(number)
    os.environ.update(environment())


def _ended(process: int, seconds: float | None) -> bool:
    """Has the process ended, at the latest after so many seconds?"""
    waiting = select.poll()
    waiting.register(process, select.POLLIN)
    return bool(waiting.poll(None if seconds is None else 1000 * seconds))


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)
