"""The database in the data folder: questions, jobs, results and the files that jobs wrote.

Everything is written in transactions that are on the disk before anybody is told of them, so a server that is killed
loses nothing that it has finished, and a full disk is an error that changes nothing.
"""

from __future__ import annotations

import fcntl
import json
import sqlite3
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import fields, replace
from pathlib import Path
from typing import Final, TypeAlias

from lstmsolve.kernel.base.errors import InputError, LstmSolveError
from lstmsolve.service.jobs.questions import Question
from lstmsolve.service.jobs.records import Job, Kept, State

VERSION: Final = 1

SCHEMA: Final = """
CREATE TABLE questions (key TEXT PRIMARY KEY, record TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE results (
    id TEXT PRIMARY KEY, key TEXT NOT NULL REFERENCES questions, code INTEGER NOT NULL,
    verdict TEXT, record BLOB NOT NULL, settled INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX results_by_key ON results (key);
CREATE TABLE files (
    result TEXT NOT NULL REFERENCES results ON DELETE CASCADE, name TEXT NOT NULL, data BLOB NOT NULL,
    PRIMARY KEY (result, name)
) WITHOUT ROWID;
CREATE TABLE jobs (
    id TEXT PRIMARY KEY, client TEXT NOT NULL, verb TEXT NOT NULL, about TEXT NOT NULL,
    key TEXT NOT NULL REFERENCES questions, seconds REAL NOT NULL, state TEXT NOT NULL, created REAL NOT NULL,
    started REAL, ended REAL, result TEXT REFERENCES results, reused INTEGER NOT NULL, code INTEGER, error TEXT
) WITHOUT ROWID;
CREATE INDEX jobs_by_client ON jobs (client, created);
CREATE INDEX jobs_by_state ON jobs (state);
CREATE INDEX jobs_by_result ON jobs (result);
"""

_COLUMNS: Final = tuple(entry.name for entry in fields(Job) if entry.name != "verdict")
_JOBS: Final = (
    f"SELECT {', '.join(f'jobs.{name}' for name in _COLUMNS)}, results.verdict "
    "FROM jobs LEFT JOIN results ON results.id = jobs.result"
)

_Run: TypeAlias = Callable[..., sqlite3.Cursor]


class NotKept(LstmSolveError):
    """The database could not be written: the disk is full, or refuses."""


class Database:
    """Opened by one server at a time; its methods may be called from any thread."""

    def __init__(self, data: Path) -> None:
        """Open the database of a data folder, or make one.

        Raises:
            InputError: another server has it open, a newer version made it, or the folder cannot be used.
        """
        try:
            data.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._lock_file = (data / "lock").open("w")
        except OSError as error:
            raise InputError.single("--data", f"cannot be used: {error.strerror}", str(data)) from None
        try:
            fcntl.flock(self._lock_file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise InputError.single("--data", "another server uses this folder", str(data)) from None
        self._lock = threading.Lock()
        path = data / "jobs.sqlite"
        with ExitStack() as opened:
            opened.callback(self._lock_file.close)
            try:
                self._connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
                opened.callback(self._connection.close)
                self._prepare(path)
            except sqlite3.Error as error:
                raise InputError.single("--data", f"jobs.sqlite cannot be used: {error}", str(data)) from None
            opened.pop_all()

    def _prepare(self, path: Path) -> None:
        run = self._connection.execute
        run("PRAGMA journal_mode = WAL")
        run("PRAGMA synchronous = FULL")
        run("PRAGMA foreign_keys = ON")
        found = run("PRAGMA user_version").fetchone()[0]
        if found > VERSION:
            raise InputError.single("--data", "a newer lstmsolve made jobs.sqlite", str(path))
        if found < VERSION:
            self._connection.executescript(f"BEGIN; {SCHEMA} PRAGMA user_version = {VERSION}; COMMIT;")

    def close(self) -> None:
        with self._lock:
            self._connection.close()
            self._lock_file.close()

    # --- writing ---------------------------------------------------------------------------------

    def add(self, job: Job, question: Question) -> None:
        """Keep a new job and what it asks.

        Raises:
            NotKept: the disk is full, or refuses.
        """
        with self._writing() as run:
            run("INSERT OR IGNORE INTO questions VALUES (?, ?)", (job.key, json.dumps(question.record())))
            row = _row(job)
            run(f"INSERT INTO jobs VALUES ({', '.join('?' * len(row))})", row)

    def change(self, job: Job, kept: Kept | None = None, *, settled: bool = False) -> Job:
        """Keep the new state of a job, and the result that it ended with. `settled`: the same question need not be
        asked again.

        Raises:
            NotKept: the disk is full, or refuses.
        """
        with self._writing() as run:
            if kept is not None:
                verdict = json.loads(kept.record).get("verdict")
                row = (kept.id, kept.key, kept.code, verdict, kept.record, settled)
                run("INSERT INTO results VALUES (?, ?, ?, ?, ?, ?)", row)
                for name, data in kept.files.items():
                    run("INSERT INTO files VALUES (?, ?, ?)", (kept.id, name, data))
                job = replace(job, result=kept.id, verdict=verdict)
            names = ", ".join(f"{name} = ?" for name in _COLUMNS)
            # What has ended stays ended, whichever thread comes last.
            run(f"UPDATE jobs SET {names} WHERE id = ? AND ended IS NULL", (*_row(job), job.id))
        return job

    def forget(self, before: float) -> int:
        """Drop jobs that ended before a time, and all that only they refer to; how many."""
        with self._writing() as run:
            gone = run("DELETE FROM jobs WHERE ended < ?", (before,)).rowcount
            if gone:
                run("DELETE FROM results WHERE id NOT IN (SELECT result FROM jobs WHERE result IS NOT NULL)")
                run(
                    "DELETE FROM questions WHERE key NOT IN (SELECT key FROM jobs) "
                    "AND key NOT IN (SELECT key FROM results)"
                )
        return gone

    @contextmanager
    def _writing(self) -> Iterator[_Run]:
        with self._lock:
            try:
                self._connection.execute("BEGIN IMMEDIATE")
                yield self._connection.execute
                self._connection.execute("COMMIT")
            except sqlite3.Error as error:
                self._back()
                raise NotKept(f"the database could not be written: {error}") from error
            except BaseException:
                self._back()
                raise

    def _back(self) -> None:
        if self._connection.in_transaction:
            self._connection.execute("ROLLBACK")

    # --- reading ---------------------------------------------------------------------------------

    def job(self, id: str) -> Job | None:
        return next(self._jobs("WHERE jobs.id = ?", (id,)), None)

    def jobs_of(self, client: str, most: int) -> list[Job]:
        """The newest jobs of a client, the newest first."""
        return list(self._jobs("WHERE client = ? ORDER BY created DESC LIMIT ?", (client, most)))

    def unended(self) -> list[Job]:
        """Jobs that wait or ran when the server ended, in their order."""
        states = (State.QUEUED.value, State.RUNNING.value)
        return list(self._jobs("WHERE state IN (?, ?) ORDER BY created", states))

    def question(self, key: str) -> Question | None:
        row = self._one("SELECT record FROM questions WHERE key = ?", (key,))
        return None if row is None else Question.from_record(json.loads(str(row[0])))

    def settled(self, key: str) -> tuple[str, str | None] | None:
        """The id of a result that settles a question, and its verdict."""
        row = self._one("SELECT id, verdict FROM results WHERE key = ? AND settled", (key,))
        return None if row is None else (str(row[0]), None if row[1] is None else str(row[1]))

    def record(self, result: str) -> bytes:
        """The result object of a result, as it was printed."""
        row = self._one("SELECT record FROM results WHERE id = ?", (result,))
        return b"" if row is None else _bytes(row[0])

    def file_names(self, result: str) -> dict[str, int]:
        """Names of a result's files, and their sizes in bytes."""
        with self._lock:
            found = self._connection.execute(
                "SELECT name, length(data) FROM files WHERE result = ? ORDER BY name", (result,)
            )
            return {str(name): int(size) for name, size in found}

    def file(self, result: str, name: str) -> bytes | None:
        row = self._one("SELECT data FROM files WHERE result = ? AND name = ?", (result, name))
        return None if row is None else _bytes(row[0])

    def files(self, result: str) -> Mapping[str, bytes]:
        return {name: self.file(result, name) or b"" for name in self.file_names(result)}

    def _jobs(self, where: str, values: tuple[object, ...]) -> Iterator[Job]:
        with self._lock:
            rows = self._connection.execute(f"{_JOBS} {where}", values).fetchall()
        for row in rows:
            *plain, verdict = row
            found = dict(zip(_COLUMNS, plain, strict=True))
            yield Job(**{**found, "state": State(found["state"]), "reused": bool(found["reused"])}, verdict=verdict)

    def _one(self, query: str, values: tuple[object, ...]) -> tuple[object, ...] | None:
        with self._lock:
            row: tuple[object, ...] | None = self._connection.execute(query, values).fetchone()
            return row


def _row(job: Job) -> tuple[object, ...]:
    found = {name: getattr(job, name) for name in _COLUMNS} | {"state": job.state.value, "reused": int(job.reused)}
    return tuple(found.values())


def _bytes(value: object) -> bytes:
    assert isinstance(value, bytes)
    return value
