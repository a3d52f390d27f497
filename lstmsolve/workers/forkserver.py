"""Workers are forked from one process, so that what they import is imported once (Linux).

`python -m lstmsolve.workers.forkserver` takes orders from the socket that is its standard input, until nobody holds the
other end. An order with a socket of its own is for a worker, which reads its arguments there and answers there; one
without says what to import ahead. The server has one thread, whatever it imports: where a library has started others,
a worker is a fresh interpreter.
"""

from __future__ import annotations

import gc
import importlib
import os
import pickle
import select
import signal
import socket
import sys
from contextlib import suppress
from dataclasses import dataclass
from typing import Final, NoReturn

from lstmsolve.workers.child import die_with, interpreter, work
from lstmsolve.workers.memory import collect_seldom

LONGEST: Final = 2**16
"""Bytes of an order: a name and a path."""

BEGUN: Final = b"\0"
"""The first byte from a worker. With it comes a descriptor of its process, which no other process can take over."""


@dataclass(frozen=True, slots=True)
class Order:
    """A worker, or what it will import."""

    function: str
    """`module:function`"""
    memory: int = 0
    many: bool = False
    folder: str = os.curdir
    """Where whoever asks is at the moment."""


def main() -> None:
    serve(socket.socket(fileno=os.dup(0)))


def serve(orders: socket.socket) -> NoReturn:
    """Fork workers until nobody can order any more, then end them and the process."""
    collect_seldom()
    workers: dict[int, int] = {}
    """Process numbers by descriptors."""
    while True:
        ready, _, _ = select.select([orders.fileno(), *workers], [], [])
        for ended in workers.keys() & set(ready):
            os.waitpid(workers.pop(ended), 0)
            os.close(ended)
        if orders.fileno() in ready:
            data, lines, _, _ = socket.recv_fds(orders, LONGEST, 1)
            if not data:
                break
            order = pickle.loads(data)
            with suppress(Exception):  # the worker will fail at the same, and say so
                importlib.import_module(order.function.partition(":")[0])
            for line in lines:
                number = _forked(order, line)
                os.close(line)
                workers[os.pidfd_open(number)] = number
    for worker, number in workers.items():
        signal.pidfd_send_signal(worker, signal.SIGKILL)
        os.waitpid(number, 0)
    os._exit(0)


def _forked(order: Order, line: int) -> int:
    """The number of a worker's process."""
    gc.freeze()  # so that collecting garbage copies none of it
    server, alone = os.getpid(), is_alone()
    number = os.fork()
    if number:
        return number
    try:
        die_with(server)
        with suppress(OSError):
            os.chdir(order.folder)
        talk = socket.socket(fileno=line)
        socket.send_fds(talk, [BEGUN], [os.pidfd_open(os.getpid())])
        if not alone:
            os.dup2(line, 0)
            os.dup2(line, 1)
            rest = ["many"] if order.many else []
            command = interpreter("child", order.function, str(order.memory), str(server), *rest)
            os.execv(sys.executable, command)
        work(order.function, order.memory, talk.makefile("rb"), talk.makefile("wb"), many=order.many)
    finally:
        os._exit(1)


def is_alone() -> bool:
    """Has this process one thread? What other threads hold, nobody would ever release in a fork."""
    return len(os.listdir("/proc/self/task")) == 1


if __name__ == "__main__":
    main()
