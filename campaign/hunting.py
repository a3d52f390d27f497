"""Trials side by side until the time is up. Which trial comes n-th depends on the seed alone."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from itertools import count

from campaign.tally import Tally
from campaign.trials.running import Name
from campaign.workers import HANGING, Worker


class Hunt:
    """A campaign while it runs."""

    def __init__(self, seed: int, seconds: float, jobs: int, most: int | None = None, *, patience: float = 1.0) -> None:
        self.tally = Tally(seed)
        self._patience = patience
        self._numbers: Iterator[int] = iter(count() if most is None else range(most))
        self._end = time.monotonic() + seconds
        self._stopped = threading.Event()
        self._lock = threading.Lock()
        self._threads = [threading.Thread(target=self._work, daemon=True) for _ in range(jobs)]

    def run(self) -> bool:
        """Run until the time is up; False if Ctrl-C came before. Trials that were going on then do not count."""
        for thread in self._threads:
            thread.start()
        try:
            while any(thread.is_alive() for thread in self._threads):
                time.sleep(0.1)
        except KeyboardInterrupt:
            self._stopped.set()
            return False
        finally:
            for thread in self._threads:
                thread.join()
        return True

    def following(self) -> Name | None:
        """The next trial, if there is to be one."""
        if self.over():
            return None
        with self._lock:
            number = next(self._numbers, None)
        return None if number is None else Name(self.tally.seed, number)

    def over(self) -> bool:
        return self._stopped.is_set() or time.monotonic() > self._end

    def _work(self) -> None:
        worker = Worker(HANGING * self._patience, self._patience)
        try:
            while (name := self.following()) is not None:
                ended = worker.run(name, self.over)
                if ended is not None:
                    with self._lock:
                        self.tally.add(name, ended)
        finally:
            worker.close()
