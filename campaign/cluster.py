"""A campaign on a Dask cluster: each task is one trial, in a process of its own beside the cluster's worker.

The cluster's workers need this folder and the package; docs/cluster.md says how they get them.
"""

from __future__ import annotations

import logging
import threading
import time
from contextlib import suppress
from typing import Any

from campaign.hunting import Hunt
from campaign.trials.findings import CRASH, Finding
from campaign.trials.running import Ended, Name, kind_of
from campaign.workers import Worker

POLL = 0.2
"""Seconds between looks at what is done."""

GONE = ("cancelled", "resumed", "released", "forgotten")
"""States of a task on its worker in which nobody waits for it."""


def hunt(going: Hunt, address: str) -> bool:
    """Run a campaign there until its time is up; False if Ctrl-C came before."""
    import distributed

    logging.getLogger("distributed").setLevel(logging.CRITICAL)
    client: Any = distributed.Client(address, set_as_default=False)  # type: ignore[no-untyped-call]
    futures: dict[Name, Any] = {}
    try:
        while True:
            room = max(1, 2 * sum(client.nthreads().values()))
            while len(futures) < room and (name := going.following()) is not None:
                futures[name] = client.submit(trial, str(name), key=f"trial-{name}", pure=False)
            if not futures:
                return True
            for name, future in list(futures.items()):
                if future.done():
                    going.tally.add(name, _ended(name, future))
                    del futures[name]
            if going.over():
                client.cancel(list(futures.values()), force=True)
                return True
            time.sleep(POLL)
    except KeyboardInterrupt:
        client.cancel(list(futures.values()), force=True)
        return False
    finally:
        with suppress(Exception):
            client.close()


def _ended(name: Name, future: Any) -> Ended:
    if future.status == "finished":
        return Ended.read(future.result())
    told = f"the cluster lost it: {future.exception()!r}" if future.status == "error" else "the cluster lost it"
    return Ended(kind_of(name), {}, [Finding(CRASH, kind_of(name), told)])


def trial(name: str) -> dict[str, Any]:
    """Run on the cluster: one trial's record. A thread keeps its process for the next one."""
    from distributed import get_worker

    worker = get_worker()
    key = worker.get_current_task()

    def unwanted() -> bool:
        task = worker.state.tasks.get(key)
        return task is None or task.state in GONE

    ended = _mine().run(Name.of(name), unwanted)
    return {} if ended is None else ended.record()


_own = threading.local()


def _mine() -> Worker:
    if not hasattr(_own, "worker"):
        _own.worker = Worker()
    found = _own.worker
    assert isinstance(found, Worker)
    return found
