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
from typing import cast

from lstmsolve.workers.memory import collect_seldom, limit_memory
from lstmsolve.workers.processes import Crashed, Finished


def main() -> None:
    function, memory, parent = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    die_with(parent)
    answer = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    limit_memory(memory)
    collect_seldom()
    module, _, name = function.partition(":")
    call = cast("Callable[[object], object]", getattr(importlib.import_module(module), name))
    many = "many" in sys.argv[4:]
    with answer:
        while True:
            try:
                argument = pickle.load(sys.stdin.buffer)
            except EOFError:
                break
            outcome = _called(call, argument)
            pickle.dump(outcome, answer)
            answer.flush()
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
    if sys.platform == "linux":
        set_death_signal = 1
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(set_death_signal, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(0)  # it died before it could be asked for


if __name__ == "__main__":
    main()
