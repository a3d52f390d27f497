"""One server for all tests of a process that only ask."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.service.server import Server, serving


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    pytest.importorskip("fastapi", reason="the extra `serve` is not installed")
    with serving(tmp_path_factory.mktemp("service")) as found:
        yield found
