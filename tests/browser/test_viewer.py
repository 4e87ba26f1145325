"""The frame viewer: scroll, window, zoom, cine and layout change what is on the screen."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.foreign

GREY_SUM = """() => {
  const canvas = document.querySelector('.viewport.active canvas');
  const data = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
  let sum = 0;
  for (let at = 0; at < data.length; at += 4) sum += data[at];
  return sum / (data.length / 4);
}"""


@pytest.fixture
def open_study(log_in, node) -> Callable[[str], Page]:
    def show(slug: str) -> Page:
        item = node.publish(slug)
        page = log_in()
        page.goto(f"/worklist/{item}")
        expect(page.locator("[data-part=image]").first).to_contain_text("1 /")
        return page

    return show


def brightness(page: Page) -> float:
    return page.evaluate(GREY_SUM)


def settled(page: Page) -> float:
    """Wait until the lossless picture is there, then return its brightness."""
    expect(page.locator(".viewport.active [data-part=window]")).not_to_contain_text("JPEG")
    return brightness(page)


def test_wheel_arrows_and_slider_scroll_the_stack(open_study):
    page = open_study("ct-head")
    number = page.locator("[data-part=image]")
    page.locator("canvas").hover()
    page.mouse.wheel(0, 100)
    expect(number).to_contain_text("2 / 4")
    page.keyboard.press("ArrowDown")
    expect(number).to_contain_text("3 / 4")
    page.keyboard.press("Home")
    expect(number).to_contain_text("1 / 4")
    page.get_by_label("Image of the series").fill("4")
    expect(number).to_contain_text("4 / 4")


def test_another_image_is_another_picture(open_study):
    page = open_study("ct-head")
    first = settled(page)
    page.keyboard.press("End")
    expect(page.locator("[data-part=image]")).to_contain_text("4 / 4")
    assert abs(settled(page) - first) > 0.5


def test_a_drag_changes_the_window_and_the_picture_follows(open_study):
    page = open_study("ct-head")
    window = page.locator("[data-part=window]")
    expect(window).to_contain_text("W 80 C 40")
    before = settled(page)
    box = page.locator("canvas").bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 60, y + 120, steps=6)
    page.mouse.up()
    expect(window).not_to_contain_text("W 80 ")
    assert settled(page) < before - 1, "dragging down raises the centre, so the picture gets darker"


def test_number_keys_choose_presets_and_zero_goes_back(open_study):
    page = open_study("ct-head")
    own = settled(page)
    page.keyboard.press("4")
    expect(page.locator("[data-part=window]")).to_contain_text("W 2200 C 500")
    expect(page.get_by_label("Window preset")).to_have_value("4")
    assert abs(settled(page) - own) > 1
    page.keyboard.press("0")
    expect(page.locator("[data-part=window]")).to_contain_text("W 80 C 40")
    assert settled(page) == own


def test_inverting_turns_black_to_white_inside_the_image_only(open_study):
    page = open_study("ct-head")
    before = settled(page)
    page.keyboard.press("i")
    expect(page.locator("[data-part=window]")).to_contain_text("inverted")
    assert brightness(page) > before
    page.keyboard.press("i")
    assert brightness(page) == before


def test_zoom_pan_and_fit(open_study):
    page = open_study("ct-head")
    window = page.locator("[data-part=window]")
    before = settled(page)
    page.keyboard.press("+")
    expect(window).to_contain_text("125 %")
    page.keyboard.down("Control")
    box = page.locator("canvas").bounding_box()
    page.mouse.move(box["x"] + 200, box["y"] + 200)
    page.mouse.down()
    page.mouse.move(box["x"] + 900, box["y"] + 200, steps=3)
    page.mouse.up()
    page.keyboard.up("Control")
    assert abs(brightness(page) - before) > 1
    page.keyboard.press("f")
    expect(window).to_contain_text("100 %")
    assert settled(page) == before


def test_cine_plays_and_pauses(open_study):
    page = open_study("xa-coronary")
    number = page.locator("[data-part=image]")
    page.keyboard.press(" ")
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
    expect(number).not_to_contain_text("1 /")
    page.keyboard.press(" ")
    expect(page.get_by_role("button", name="Play")).to_be_visible()
    settled(page)  # a picture that was on its way may have come still
    stopped = number.inner_text()
    page.wait_for_timeout(400)
    assert number.inner_text() == stopped


def test_four_viewports_show_four_series_and_keys_go_to_the_active_one(open_study):
    page = open_study("mr-brain")
    page.get_by_role("button", name="Four images").click()
    expect(page.locator(".viewport")).to_have_count(4)
    shown = page.locator("[data-part=series]")
    expect(shown.nth(1)).to_contain_text("Series")
    assert shown.nth(0).inner_text() != shown.nth(1).inner_text()
    page.locator("canvas").nth(1).click()
    page.keyboard.press("ArrowDown")
    expect(page.locator("[data-part=image]").nth(1)).to_contain_text(re.compile(r"^2 /"))
    expect(page.locator("[data-part=image]").nth(0)).to_contain_text(re.compile(r"^1 /"))
    page.get_by_role("button", name="One image").click()
    expect(page.locator(".viewport")).to_have_count(1)


def test_orientation_letters_and_scale_are_shown_for_an_axial_slice(open_study):
    page = open_study("ct-head")
    expect(page.locator("[data-edge=left]")).to_have_text("R")
    expect(page.locator("[data-edge=top]")).to_have_text("A")
    expect(page.locator("[data-part=scale]")).to_contain_text("mm")


def test_a_frame_that_cannot_be_rendered_is_said_and_not_drawn(open_study):
    page = open_study("ct-head")
    problem = '{"title": "Cannot render", "detail": "the pixel data is truncated"}'
    page.route(
        "**/rendered*",
        lambda route: route.fulfill(status=422, body=problem, content_type="application/problem+json"),
    )
    page.keyboard.press("4")
    expect(page.locator("[data-part=message]")).to_contain_text("cannot be shown: the pixel data is truncated")
    assert brightness(page) == 0
