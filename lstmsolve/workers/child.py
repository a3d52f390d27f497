"""The worker's side: `python -m lstmsolve.workers.child module:function memory_bytes parent_id [many]`.

Reads one pickled argument from standard input and writes one pickled outcome to standard output;
with `many`, one after another until there are no more.
Whatever a solver prints goes to standard error instead, where it cannot spoil the answer.
"""

from __future__ import annotations

import contextlib
import ctypes
import importlib
import os
import pickle
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, Final, NoReturn, cast

from lstmsolve.workers.memory import collect_seldom, limit_memory
from lstmsolve.workers.outcomes import Crashed, Finished

SET_DEATH_SIGNAL: Final = 1
SET_NAME: Final = 15

_PACKAGE_ROOT: Final = Path(__file__).resolve().parents[2]


def interpreter(module: str, *arguments: str) -> list[str]:
    """The command that runs one of our modules."""
    # -P: not whatever is called lstmsolve in the folder that the user happens to be in.
    return [sys.executable, "-P", "-m", f"lstmsolve.workers.{module}", *arguments]


def environment() -> dict[str, str]:
    """For workers: this package, and no threads in libraries, as each has a core at most."""
    path = os.pathsep.join(filter(None, [str(_PACKAGE_ROOT), os.environ.get("PYTHONPATH")]))
    return {"PYTHONPATH": path, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}


def main() -> None:
    function, memory, parent = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    die_with(parent)
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    work(function, memory, sys.stdin.buffer, answers, many="many" in sys.argv[4:])


def work(function: str, memory: int, arguments: BinaryIO, answers: BinaryIO, *, many: bool) -> NoReturn:
    """Answer as long as there are arguments, and end the process."""
    _control(SET_NAME, function.rpartition(".")[2].encode())  # which `ps` and `top` show
    limit_memory(memory)
    collect_seldom()
    module, _, name = function.partition(":")
    call = cast("Callable[[object], object]", getattr(importlib.import_module(module), name))
    with answers:
        while True:
            try:
                argument = pickle.load(arguments)
            except EOFError:
                break
            outcome = _called(call, argument)
            pickle.dump(outcome, answers)
            answers.flush()
            if not many or isinstance(outcome, Crashed):
                break
    # z3 can hang or crash while it tidies up, and there is nothing left to save.
    os._exit(0)


def _called(call: Callable[[object], object], argument: object) -> Finished | Crashed:
    try:
        return Finished(call(argument))
    except MemoryError:
        return Crashed("out of memory")
    except Exception as error:  # noqa: BLE001 - the parent decides what a failed solver means
        return Crashed(f"{type(error).__name__}: {error}")


def die_with(parent: int) -> None:
    """On Linux, be killed when the parent dies, so that no solver outlives its caller."""
    _control(SET_DEATH_SIGNAL, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(0)  # it died before it could be asked for


def _control(option: int, argument: int | bytes) -> None:
    """Linux's prctl; nothing elsewhere."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(option, argument)


if __name__ == "__main__":
    main()
