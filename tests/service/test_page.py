"""The page in a real browser: play, solve, region, derive, class and jobs, by clicks and by keyboard alone."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.service.browser import a_browser, listened
from tests.service.server import PRINTED, RAMP, WRONG_RAMP, Server

if TYPE_CHECKING:
    from playwright.sync_api import Browser, FilePayload, Page

SLOW = int(os.environ.get("SLOW", 60_000))
"""Milliseconds; a busy machine is no failure."""

SHOTS = os.environ.get("LSTMSOLVE_SCREENSHOTS")
"""A folder for pictures, to be looked at."""


NAMELESS = """() => [...document.querySelectorAll("main :is(input, select, textarea, button)")]
    .filter((each) => !each.ariaLabel && !each.textContent.trim() && !each.labels?.length)
    .map((each) => each.outerHTML)"""
"""Controls that a screen reader has no name for."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with a_browser() as found:
        yield found


@pytest.fixture
def page(browser: Browser, server: Server) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1280, "height": 900}, accept_downloads=True)
    found = context.new_page()
    found.set_default_timeout(SLOW)
    complaints = listened(found)
    found.goto(server.url)
    yield found
    context.close()
    assert complaints == []


def shot(page: Page, name: str) -> None:
    if SHOTS:
        page.screenshot(path=str(Path(SHOTS, f"{name}.png")), full_page=True)


def says(page: Page, region: str, text: str | re.Pattern[str]) -> None:
    from playwright.sync_api import expect

    expect(page.get_by_role("region", name=region)).to_contain_text(text, timeout=SLOW)


def reads(page: Page, text: str | re.Pattern[str]) -> None:
    """What the case box says of the case."""
    from playwright.sync_api import expect

    expect(page.locator("#case-said")).to_contain_text(text, timeout=SLOW)


def taken(name: str, data: bytes) -> FilePayload:
    return {"name": name, "mimeType": "text/plain", "buffer": data}


def set_weights(page: Page, text: str) -> None:
    for word in text.split():
        name, _, value = word.partition("=")
        page.get_by_label(name, exact=True).fill(value)


def test_the_printed_answer_is_refuted_by_moving_a_weight_and_then_mended(page: Page) -> None:
    set_weights(page, PRINTED.replace("w_o=1", "w_o=0"))
    slider = page.get_by_label("w_o, slider")
    for _ in range(4):  # a quarter each
        slider.press("ArrowRight")
    assert page.get_by_label("w_o", exact=True).input_value() == "1"
    says(page, "Verdict", "refuted: wrong")
    says(page, "Verdict", "at step 0 h is (1), the spec says (0)")
    says(page, "Run", "✗")
    shot(page, "play-refuted")
    page.get_by_role("button", name="What is the nearest change that works?").click()
    says(page, "Verdict", "w_o = -1")
    page.get_by_role("button", name="Make it").click()
    says(page, "Verdict", "proved: right for all lengths")
    says(page, "Verdict", "The map that every step keeps")
    says(page, "Verdict", "h[0] = tally")
    assert page.get_by_label("w_o", exact=True).input_value() == "-1"
    shot(page, "play-proved")


def test_a_case_complains_with_a_caret_while_it_is_typed(page: Page) -> None:
    area = page.get_by_label("Its text, to change as you like")
    area.fill('[input]\nx = [0, 1]\n[output]\nh = "x +* 1"\n')
    reads(page, "output.h: this does not parse")
    reads(page, re.compile(r"x \+\* 1\s+\^"))
    says(page, "Verdict", "does not read yet")
    area.fill('title = "<b>bold</b><img src=x onerror=alert(1)>"\n[input]\nx = [0, 1]\n[output]\nh = "x"\n')
    reads(page, "<b>bold</b>")
    assert page.locator("main b, main img").count() == 0
    set_weights(page, "b_i=1 w_c=1 b_o=1")
    says(page, "Verdict", "proved: right for all lengths")


def test_weights_are_taken_as_a_text_and_a_run_is_stepped_by_keys(page: Page) -> None:
    from playwright.sync_api import expect

    page.get_by_text("Give them as a text").click()
    page.get_by_label("Weights in any form").fill('{"b_f": 1, "w_i": "1", "w_c": 1, "w_o": -1, "b_o": 1}')
    page.get_by_role("button", name="Use these").click()
    says(page, "Weights", "left out, so 0")
    says(page, "Verdict", "proved: right for all lengths")
    page.get_by_label("Inputs: steps between commas").fill("2,0,7")
    run = page.get_by_role("region", name="Run")
    expect(run.locator("tbody tr")).to_have_count(3, timeout=SLOW)
    run.get_by_role("button", name="a step on").press("ArrowRight")
    run.get_by_role("button", name="a step on").press("ArrowRight")
    expect(run).to_contain_text("step 1 of 0 to 2")
    expect(run.locator("tr.now")).to_have_count(1)


def test_solve_shows_progress_and_gives_the_proof(page: Page, tmp_path: Path) -> None:
    page.get_by_role("link", name="Solve").click()
    page.get_by_label("Choose a case").select_option("parity")
    reads(page, "One-bit toggle")
    page.get_by_role("button", name="Solve").click()
    says(page, "Solve", "solved")
    with page.expect_download() as download:
        page.get_by_role("button", name="Certificate").click()
    download.value.save_as(tmp_path / "certificate.json")
    import lstmsolve

    assert lstmsolve.check(tmp_path / "certificate.json", case="parity").verdict == "accepted"
    with page.expect_download() as export:
        page.get_by_label("Format of the export").select_option("latex")
        page.get_by_role("button", name="Export").click()
    assert export.value.suggested_filename == "parity.tex"
    shot(page, "solve")
    page.get_by_role("button", name="Play with these weights").click()
    says(page, "Verdict", "proved: right for all lengths")


def test_a_search_is_stopped(page: Page, server: Server) -> None:
    from tests.service.server import HARD

    page.get_by_role("link", name="Solve").click()
    page.get_by_label("Its text, to change as you like").fill(HARD)
    reads(page, "case")
    page.get_by_role("button", name="Solve").click()
    says(page, "Solve", re.compile(r"[0-9] s: "))
    page.get_by_role("button", name="Stop").click()
    says(page, "Solve", "cancelled")


def test_a_region_is_sliced_and_its_point_moved_by_keys(page: Page) -> None:
    page.get_by_role("link", name="Region").click()
    page.get_by_label("Choose a case").select_option("ramp")
    reads(page, "Steps since the last 1")
    page.get_by_role("button", name="Find the region").click()
    says(page, "Slice", "proved: right for all lengths")
    says(page, "What was found", "Piece 1 of")
    point = page.get_by_role("slider", name="the point")
    for _ in range(4):
        point.press("ArrowDown")
    says(page, "Slice", "refuted: wrong")
    shot(page, "region")


def test_formulas_are_derived_and_set(page: Page) -> None:
    page.get_by_role("link", name="Derive").click()
    reads(page, "Homework")
    page.get_by_label("Choose a case").select_option("hw6-3")
    page.get_by_role("button", name="Derive").click()
    says(page, "Derivation", "2 of 4 claims fail")
    says(page, "Derivation", "b_1 is not defined")
    assert page.locator("math msub").count() > 20
    shot(page, "derive")


COUNT_ROWS = """
const marks = document.querySelector("#marks");
window.rows = [];
const count = () => window.rows.push(marks.querySelectorAll("tbody tr").length);
new MutationObserver(count).observe(marks, { childList: true });
"""


def test_a_class_of_forty_is_marked(page: Page) -> None:
    page.get_by_role("link", name="Class").click()
    reads(page, "Problem 6.4")
    page.get_by_label("Choose a case").select_option("ramp")
    reads(page, "Steps since the last 1")
    answers = [(f"student-{number:02}.txt", WRONG_RAMP if number % 3 else RAMP) for number in range(39)]
    files = [taken(name, text.encode()) for name, text in answers]
    page.evaluate(COUNT_ROWS)
    page.get_by_label("Answers").set_input_files(files[:20])
    says(page, "Marks", "7 right, 13 wrong")
    grown = page.evaluate("window.rows")
    before_all = [rows for rows in grown if 0 < rows < 20]
    assert before_all == sorted(before_all)
    assert before_all  # as they are marked; how many at a time is for the machine to say
    odd = taken("<script>alert(1)</script>.txt", b"\x1b[2J nothing")
    page.get_by_label("Answers").set_input_files([*files[20:], odd])
    says(page, "Marks", "13 right, 26 wrong, 1 unreadable")
    says(page, "Marks", "right if w_c = -1")
    assert page.locator("#marks tbody tr").count() == 40 + 2  # and two mistakes
    with page.expect_download() as download:
        page.get_by_role("button", name="marks.csv").click()
    assert len(Path(download.value.path()).read_text().splitlines()) == 41
    shot(page, "class")


def test_jobs_have_pages_of_their_own_with_links_to_share(page: Page, browser: Browser) -> None:
    set_weights(page, PRINTED)
    says(page, "Verdict", "refuted: wrong")
    page.get_by_role("link", name="Jobs").click()
    page.get_by_role("link", name="verify nonzero-counter").first.click()
    page.wait_for_url("**/#job/*")
    link = page.url
    another = browser.new_page()
    another.goto(link)
    another.get_by_text("lstmsolve verify case/nonzero-counter.toml").wait_for(timeout=SLOW)
    another.close()
    page.get_by_role("button", name="Ask again").click()
    page.wait_for_url(lambda url: url != link)
    page.get_by_text("answered before").wait_for(timeout=SLOW)
    shot(page, "job")


def test_an_unknown_job_is_said_to_be_none(browser: Browser, server: Server) -> None:
    page = browser.new_page()
    page.goto(f"{server.url}/#job/none")
    page.get_by_text("there is no such job").wait_for(timeout=SLOW)
    page.close()


@pytest.mark.parametrize(("name", "width", "scheme"), [("narrow", 360, "light"), ("dark", 1280, "dark")])
def test_nothing_sticks_out_on_narrow_screens_and_everything_has_a_name(
    browser: Browser, server: Server, name: str, width: int, scheme: str
) -> None:
    context = browser.new_context(
        viewport={"width": width, "height": 800},
        color_scheme=scheme,  # type: ignore[arg-type]
        bypass_csp=True,  # the page's policy forbids the look inside, too
    )
    page = context.new_page()
    page.goto(server.url)
    page.locator("#run svg").wait_for(timeout=SLOW)
    for part in ("Play", "Solve", "Region", "Derive", "Class", "Jobs"):
        page.get_by_role("link", name=part).click()
        page.locator("main .card").first.wait_for(timeout=SLOW)
        if part == "Play":
            page.locator("#run svg").wait_for(timeout=SLOW)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        shot(page, f"{part.lower()}-{name}")
        assert page.evaluate(NAMELESS) == []
    context.close()
