"""OHIF, fetched as an administrator would, shows a CT, an MR and a multi-frame ultrasound from this node alone."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from config.errors import Unavailable
from gateway.viewer import install_viewer

from .conftest import CHROMIUM_ARGUMENTS

pytestmark = pytest.mark.foreign

SOFTWARE_WEBGL = ("--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--ignore-gpu-blocklist")
STUDIES = {"ct-head": "CT HEAD", "us-echo": "ECHO"}
if os.environ.get("OVERREAD_OHIF") == "all":
    STUDIES["mr-brain"] = "MRT SCH"
MEAN_COLOUR = """() => {
  const canvas = document.querySelector('canvas.cornerstone-canvas');
  const data = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
  const sums = [0, 0, 0];
  for (let at = 0; at < data.length; at += 4) for (const band of [0, 1, 2]) sums[band] += data[at + band];
  return sums.map((sum) => sum / (data.length / 4));
}"""


@pytest.fixture(scope="module")
def browser(chromium: Path) -> Iterator[Browser]:
    """Start Chromium with WebGL in software."""
    arguments = [each for each in CHROMIUM_ARGUMENTS if each != "--disable-gpu"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium, args=[*arguments, *SOFTWARE_WEBGL], timeout=180_000
        )
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def installed(node) -> None:
    """Install the pinned OHIF; without npm, or where npm gets nothing twice, there is nothing to try."""
    if shutil.which("npm") is None:
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)("the foreign program npm is missing")
    for attempt in (1, 2):
        try:
            install_viewer(node.room.settings, node.room.clock)
        except Unavailable as error:
            if attempt == 2:
                pytest.skip(f"OHIF could not be fetched, so it was not tried: {error}")
        else:
            return


def colours(page: Page) -> list[float]:
    return page.evaluate(MEAN_COLOUR)


def wait_for_other(page: Page, before: list[float]) -> list[float]:
    """Wait until the picture is another one."""
    page.wait_for_function(
        f"before => ({MEAN_COLOUR})().some((mean, band) => Math.abs(mean - before[band]) > 0.2)", arg=before
    )
    return colours(page)


def open_from_list(page: Page, description: str) -> None:
    """Open a study of the study list in the basic viewer and wait for its first picture."""
    row = page.get_by_role("row").filter(has_text=description).first  # other tests may have published it too
    row.dblclick()
    expect(page.locator("[data-cy=viewport-overlay-bottom-right]")).to_contain_text("(1/4)")
    for words in ("Skip all", "Confirm and hide"):
        page.add_locator_handler(page.get_by_text(words), lambda found: found.click())
    wait_for_other(page, [0, 0, 0])


def scroll_and_window(page: Page) -> None:
    """Scroll one picture on and drag the window; the overlay and the picture must follow."""
    canvas = page.locator("canvas.cornerstone-canvas").first
    window = page.locator("[data-cy=viewport-overlay-bottom-left]")
    first = colours(page)
    canvas.hover()
    page.mouse.wheel(0, 100)
    expect(page.locator("[data-cy=viewport-overlay-bottom-right]")).to_contain_text("(2/4)")
    second = wait_for_other(page, first)
    box, words = canvas.bounding_box(), window.inner_text()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 60, y + 90, steps=4)
    page.mouse.up()
    expect(window).not_to_have_text(words)
    wait_for_other(page, second)


def test_ohif_lists_opens_scrolls_and_windows_from_this_node_alone(node, installed, log_in):
    for slug in STUDIES:
        node.publish(slug)
    page = log_in()
    asked: set[str] = set()
    refused: list[str] = []
    page.context.on("request", lambda request: asked.add(urlsplit(request.url).netloc))
    page.context.on("response", lambda answer: answer.status >= 400 and refused.append(urlsplit(answer.url).path))
    page.set_viewport_size({"width": 1000, "height": 640})  # software draws every pixel of it
    page.goto("/ohif/")
    for slug, description in STUDIES.items():
        open_from_list(page, description)
        red, green, blue = colours(page)
        assert max(red, green, blue) - min(red, green, blue) < 3, f"{slug} is (nearly) grey and must look so"
        scroll_and_window(page)
        if pictures := os.environ.get("OVERREAD_SCREENSHOTS"):
            page.screenshot(path=f"{pictures}/ohif-{slug}.png")
        page.locator("[data-cy=return-to-work-list]").click()
    assert page.evaluate("crossOriginIsolated")
    assert {host for host in asked if host} == {urlsplit(node.url).netloc}
    assert refused == []


def test_the_reading_page_leads_to_the_study_in_ohif(node, installed, log_in):
    item = node.publish("ct-head")
    page = log_in()
    page.goto(f"/worklist/{item}")
    link = page.get_by_role("link", name="Open in OHIF")
    expect(link).to_be_visible()
    assert link.get_attribute("href").startswith("/ohif/viewer?StudyInstanceUIDs=2.25.")
