"""The worker's side: `python -m lstmsolve.workers.child module:function memory_bytes`.

Reads one pickled argument from standard input and writes one pickled outcome to standard output.
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

from lstmsolve.workers.processes import Crashed, Finished


def main() -> None:
    function, memory = sys.argv[1], int(sys.argv[2])
    answer = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    _die_with_parent()
    _limit_memory(memory)
    module, _, name = function.partition(":")
    call = cast("Callable[[object], object]", getattr(importlib.import_module(module), name))
    argument = pickle.loads(sys.stdin.buffer.read())
    outcome: Finished | Crashed
    try:
        outcome = Finished(call(argument))
    except MemoryError:
        outcome = Crashed("out of memory")
    except Exception as error:  # noqa: BLE001 - the parent decides what a failed solver means
        outcome = Crashed(f"{type(error).__name__}: {error}")
    with answer:
        answer.write(pickle.dumps(outcome))
    # z3 can hang or crash while it tidies up, and there is nothing left to save.
    os._exit(0)


def _die_with_parent() -> None:
    """On Linux, be killed when the parent dies, so that no solver outlives its caller."""
    if sys.platform == "linux":
        set_death_signal = 1
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(set_death_signal, signal.SIGKILL)


def _limit_memory(limit: int) -> None:
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


if __name__ == "__main__":
    main()
