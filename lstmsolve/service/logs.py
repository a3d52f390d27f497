"""A structured log: one JSON object a line on standard error. Texts of clients are not in it."""

from __future__ import annotations

import json
import logging
import sys
import time
from typing import Final

LOG: Final = logging.getLogger("lstmsolve.service")


class _Lines(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        at = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created)) + f".{int(record.msecs):03}Z"
        fields = getattr(record, "fields", {})
        line: dict[str, object] = {"at": at, "level": record.levelname.lower(), "event": record.getMessage(), **fields}
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=True)


def log(event: str, *, level: int = logging.INFO, **fields: object) -> None:
    """Tell what happened."""
    LOG.log(level, event, extra={"fields": fields})


def start_logging() -> None:
    """Send the log, and what the web server has to say in earnest, to standard error."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Lines())
    for name in ("lstmsolve.service", "uvicorn", "uvicorn.error", "asyncio"):
        logger = logging.getLogger(name)
        logger.handlers = [handler]
        logger.propagate = False
        logger.setLevel(logging.INFO if name == "lstmsolve.service" else logging.WARNING)
