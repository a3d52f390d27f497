"""A real browser, headless, where one is installed."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


@contextmanager
def a_browser() -> Iterator[Browser]:
    """Chromium of the system; the test is skipped where there is none."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        pytest.skip(f"no browser is installed: {', '.join(NAMES)}")
    with playwright.sync_playwright() as driver:
        # Without the browser's own sandbox, which containers do not allow; the page is ours.
        browser = driver.chromium.launch(executable_path=found, args=["--no-sandbox"])
        try:
            yield browser
        finally:
            browser.close()


def listened(page: Page) -> list[str]:
    """What the page has to complain about, as it comes: errors, and whatever its own policy refuses."""
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))

    def hear(message: object) -> None:
        kind, text = getattr(message, "type", ""), str(getattr(message, "text", ""))
        # That a case does not read is told by a status, which the console mentions as an error.
        if kind == "error" and "422" not in text:
            complaints.append(text)

    page.on("console", hear)
    return complaints
