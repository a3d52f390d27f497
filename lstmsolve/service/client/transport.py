"""Requests to the service over `urllib`: JSON in, JSON or bytes out, errors as errors of this package."""

from __future__ import annotations

import http.client
import json
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from secrets import token_hex
from urllib.parse import urlsplit

from lstmsolve.kernel.base.errors import Complaint, InputError
from lstmsolve.service.client.answers import ServiceError

_REFUSED = 422


class Transport:
    """One service at one address."""

    def __init__(self, url: str, token: str | None, patience: float) -> None:
        if urlsplit(url).scheme not in ("http", "https"):
            raise InputError.single("url", "is an address such as http://127.0.0.1:8417", url)
        self._url = url.rstrip("/")
        self._patience = patience
        self._headers = {"lstmsolve-client": token_hex(8), "accept": "application/json"}
        if token is not None:
            self._headers["authorization"] = f"Bearer {token}"

    def bytes(self, path: str, body: Mapping[str, object] | None = None) -> bytes:
        """The body of the answer.

        Raises:
            InputError: what was asked is wrong.
            ServiceError: there is no answer.
        """
        data = None if body is None else json.dumps(body).encode()
        headers = self._headers | ({} if data is None else {"content-type": "application/json"})
        request = urllib.request.Request(self._url + path, data, headers)
        try:
            with urllib.request.urlopen(request, timeout=self._patience) as answer:
                found: bytes = answer.read()
                return found
        except urllib.error.HTTPError as error:
            raise _told(error.code, error.read()) from None
        except (OSError, http.client.HTTPException) as error:
            raise ServiceError(f"{self._url} does not answer: {error}") from None

    def json(self, path: str, body: Mapping[str, object] | None = None) -> dict[str, object]:
        """The same, where the answer is an object."""
        found = json.loads(self.bytes(path, body))
        assert isinstance(found, dict)
        return found

    def progress(self, path: str) -> Iterator[str]:
        """The messages of a job that runs, as they come, until it has ended.

        Raises:
            ServiceError: the stream breaks off.
        """
        request = urllib.request.Request(self._url + path, headers=self._headers)
        try:
            with urllib.request.urlopen(request, timeout=self._patience) as stream:
                event = ""
                for raw in stream:
                    name, _, value = raw.decode().rstrip("\n").partition(": ")
                    if name == "event":
                        event = value
                    elif name == "data" and event == "progress":
                        yield str(json.loads(value)["text"])
        except urllib.error.HTTPError as error:
            raise _told(error.code, error.read()) from None
        except (OSError, http.client.HTTPException) as error:
            raise ServiceError(f"{self._url} does not answer: {error}") from None


def _told(status: int, body: bytes) -> InputError | ServiceError:
    """An error of the service as one of ours."""
    try:
        found = json.loads(body)
        message = str(found["error"])
    except (ValueError, KeyError, TypeError):
        return ServiceError(f"the service answered with status {status}", status)
    if status != _REFUSED:
        return ServiceError(message, status)
    complaints = found.get("complaints")
    if not complaints:
        return InputError.single("", message)
    return InputError(
        Complaint(str(each.get("key", "")), str(each.get("message", "")), each.get("value"), each.get("caret"))
        for each in complaints
    )
