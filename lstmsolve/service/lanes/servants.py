"""Processes that run command lines: warm, killed on request, replaced when they are lost.

A servant has imported everything and says that it is ready. It is told a folder and a command line in one line of
JSON, and answers in lines of JSON: what goes on, and in the end the exit code and what was printed. It dies with the
server, and its solvers die with it.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias

LONGEST_LINE: Final = 256 * 2**20
"""Bytes of one answer."""

GRACE: Final = 0.7
"""Seconds that a command has to end by Ctrl-C, before its process is killed."""

STARTING: Final = 120.0
"""Seconds that a process has to become ready; they count for no job."""

MOST_ORDERS: Final = 64
"""After so many a process is replaced, with whatever its libraries have gathered."""

_PACKAGE_ROOT: Final = Path(__file__).resolve().parents[3]


@dataclass(frozen=True, slots=True)
class Answered:
    """The command ended."""

    code: int
    out: str
    err: str


@dataclass(frozen=True, slots=True)
class Lost:
    """The process died: killed from outside, or by the system, out of memory."""


@dataclass(frozen=True, slots=True)
class Overran:
    """It was killed, as it took longer than it may."""


Answer: TypeAlias = Answered | Lost | Overran


class Servant:
    """One process, and those that take its place."""

    def __init__(self, module: str) -> None:
        self._module = module
        self._process: asyncio.subprocess.Process | None = None
        self._orders = 0
        self._ready = False

    async def start(self) -> None:
        """Have a process ready."""
        if self._process is not None and self._process.returncode is None:
            return
        path = os.pathsep.join(filter(None, [str(_PACKAGE_ROOT), os.environ.get("PYTHONPATH")]))
        environment = {name: value for name, value in os.environ.items() if name not in _PRIVATE}
        self._orders, self._ready = 0, False
        self._process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", "-m", self._module, str(os.getpid())),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env={**environment, "PYTHONPATH": path, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
            start_new_session=True,  # Ctrl-C is the server's to handle
            limit=LONGEST_LINE,
        )

    async def ask(self, order: Mapping[str, object], seconds: float, say: Callable[[str], None]) -> Answer:
        """Run one command line. Whoever cancels this ends it, solvers included, within a second."""
        await self.start()
        process = self._process
        assert process is not None
        whole = False
        try:
            if not await self._is_ready(process):
                return Lost()
            async with asyncio.timeout(seconds):
                answer = await self._talk(process, order, say)
            whole = isinstance(answer, Answered)
        except TimeoutError:
            return Overran()
        except asyncio.CancelledError:
            whole = await asyncio.shield(self._interrupted(process))
            raise
        finally:
            self._orders += 1
            if not whole or self._orders >= MOST_ORDERS:
                self.kill()
        return answer

    async def _interrupted(self, process: asyncio.subprocess.Process) -> bool:
        """Ctrl-C for what runs: a command that ends by it leaves a process that is still warm."""
        assert process.stdout is not None
        with contextlib.suppress(TimeoutError, ProcessLookupError, ValueError):
            process.send_signal(signal.SIGINT)
            async with asyncio.timeout(GRACE):
                while line := await process.stdout.readline():
                    if "code" in json.loads(line):
                        return True
        return False

    async def _is_ready(self, process: asyncio.subprocess.Process) -> bool:
        """Wait until it has imported everything; false if that never happens."""
        if not self._ready:
            assert process.stdout is not None
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(STARTING):
                    self._ready = bool(await process.stdout.readline())
        return self._ready

    def kill(self) -> None:
        """End the process on the spot; its solvers end with it."""
        if self._process is not None and self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()
        self._process = None

    @staticmethod
    async def _talk(
        process: asyncio.subprocess.Process, order: Mapping[str, object], say: Callable[[str], None]
    ) -> Answer:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            process.stdin.write(json.dumps(order).encode() + b"\n")
            await process.stdin.drain()
            while True:
                line = await process.stdout.readline()
                if not line:
                    return Lost()
                told = json.loads(line)
                if "say" in told:
                    say(str(told["say"]))
                else:
                    return Answered(int(told["code"]), str(told["out"]), str(told["err"]))
        except (BrokenPipeError, ConnectionResetError, ValueError):
            return Lost()


_PRIVATE: Final = ("LSTMSOLVE_TOKEN",)
"""What a process that reads strangers' files need not know."""
