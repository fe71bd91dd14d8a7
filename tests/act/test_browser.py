"""The report in a real browser: nothing is fetched, nothing runs over the edge, on a ward PC and a phone."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from hygie.act.picture import Picture
from hygie.act.report import report
from hygie.pipeline import Line
from hygie.words import Words

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="skipped: no Chromium on this machine (apt-get install chromium)"),
    pytest.mark.filterwarnings("ignore"),
]
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync", "--no-first-run"]


def unread(_store: Any, _evidence: str, _member: str, position: int, around: int = 1) -> list[Line]:
    """A long original line, as a log has them."""
    return [Line(position + step, "champ " * 60, step == 0) for step in range(-around, around + 1)]


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield opened
        opened.close()


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize(("width", "height"), [(1366, 768), (1920, 1080), (390, 844)])
def test_the_report_reads_well(
    hospital: Any, browser: Any, tmp_path: Path, language: str, width: int, height: int
) -> None:
    path = tmp_path / "report.html"
    path.write_text(report(Picture(hospital, Words(language)), unread), "utf-8")
    page = browser.new_page(viewport={"width": width, "height": height})
    asked: list[str] = []
    said: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto(path.as_uri())
    assert asked == [path.as_uri()]
    assert said == []
    assert page.locator("h1").count() == 1
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate("document.documentElement.lang") == language
    page.close()
