"""A person looks at a quarantined film in a real browser, draws boxes with mouse and keys, and decides."""

from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image, ImageDraw
from playwright.sync_api import Page, expect
from pydicom import dcmread
from pydicom.pixels import pixel_array
from pydicom.uid import UltrasoundMultiFrameImageStorage
from sqlalchemy import select

from gateway.models import IdentityAudit, ReceivedObject
from gateway.studies import release

from .conftest import COORDINATOR, Desk

Visit = Callable[..., Page]
COLUMNS, ROWS, FRAMES = 320, 240, 3


@pytest.fixture
def film(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> np.ndarray:
    """Quarantine a film with a name in its banner, and return its frames."""
    monkeypatch.setenv("OVERREAD_DEIDENTIFY__READ_TEXT", "false")
    frames = []
    for number in range(FRAMES):
        canvas = Image.new("L", (COLUMNS, ROWS), 0)
        draw = ImageDraw.Draw(canvas)
        draw.ellipse((100, 90, 220, 210), fill=60 + 20 * number)
        draw.text((6, 8), "Mueller^Hannah  PATIENT-1  1959-03-07", fill=255)
        draw.text((150, 225), f"frame {number + 1}", fill=200)
        frames.append(np.asarray(canvas))
    pixels = np.stack(frames)
    desk.receive(
        SOPClassUID=UltrasoundMultiFrameImageStorage, Modality="US", Rows=ROWS, Columns=COLUMNS, NumberOfFrames=FRAMES,
        BitsAllocated=8, BitsStored=8, HighBit=7, PixelData=pixels.tobytes(),
    )  # fmt: skip
    release(desk.node, desk.study().study_uid, actor="test")
    desk.run()
    assert outcome(desk).disposition == "quarantined"
    return pixels


def audited(desk: Desk) -> list[tuple[str, str]]:
    with desk.node.identity.read() as session:
        return [(each.action, each.actor) for each in session.scalars(select(IdentityAudit))]


def outcome(desk: Desk) -> ReceivedObject:
    with desk.node.identity.read() as session:
        return session.get_one(ReceivedObject, 1)


def test_a_film_is_looked_at_frame_by_frame_and_what_is_drawn_is_blacked(
    desk: Desk, visit: Visit, film: np.ndarray
) -> None:
    page = visit("/desk")
    page.get_by_role("link", name="1", exact=True).click()
    page.get_by_role("link", name="1", exact=True).click()
    expect(page.locator("#found")).to_contain_text("like text")
    expect(page.locator("rect.found").first).to_be_visible()
    expect(page.get_by_role("button", name="Black the boxes")).to_be_disabled()
    place = page.locator("#overlay").bounding_box()
    assert place is not None
    scale = place["width"] / COLUMNS
    page.mouse.move(place["x"] + 1, place["y"] + 1)
    page.mouse.down()
    page.mouse.move(place["x"] + 200 * scale, place["y"] + 10 * scale, steps=3)
    page.mouse.move(place["x"] + 300 * scale, place["y"] + 30 * scale, steps=3)
    page.mouse.up()
    expect(page.locator("#boxes li")).to_have_count(1)
    page.keyboard.press(".")
    expect(page.locator("#frame")).to_have_value("2")
    expect(page.locator("#picture")).to_have_attribute("src", "/desk/api/quarantine/1/frames/2/picture")
    page.keyboard.press("n")
    second = page.locator("rect.drawn").nth(1)
    expect(second).to_be_focused()
    before = [int(second.get_attribute(name) or "") for name in ("x", "y", "width", "height")]
    for keys in ("ArrowDown", "Control+ArrowRight", "Shift+ArrowRight"):
        page.keyboard.press(keys)
    after = [int(second.get_attribute(name) or "") for name in ("x", "y", "width", "height")]
    assert after == [before[0] + 1, before[1] + 3, before[2] + 3, before[3]]
    page.keyboard.press("Delete")
    page.reload()
    expect(page.locator("#boxes li")).to_have_count(1)
    page.get_by_role("button", name="Black the boxes").click()
    expect(page.get_by_text("Nothing waits in quarantine")).to_be_visible()
    desk.run()
    row = outcome(desk)
    assert (row.disposition, row.drawn) == ("published", [[0, 0, 300, 30]])
    with desk.node.published.open(row.derived_blob or "") as blob:
        result = pixel_array(dcmread(blob), raw=True)
    assert not result[:, :30, :300].any()
    assert np.array_equal(result[:, 30:], film[:, 30:])
    assert {("quarantine-viewed", COORDINATOR), ("quarantine-cleaned", COORDINATOR)} <= set(audited(desk))


def test_what_was_found_is_taken_over_and_an_object_can_be_discarded_or_let_go(
    desk: Desk, visit: Visit, film: np.ndarray
) -> None:
    page = visit("/desk/quarantine/1")
    expect(page.get_by_role("button", name="Take what was found")).to_be_enabled()
    page.get_by_role("button", name="Take what was found").click()
    expect(page.locator("rect.drawn").first).to_be_visible()
    page.get_by_role("button", name="Remove box 1").click()
    page.get_by_role("button", name="Nothing to black").click()
    expect(page.get_by_text("Nothing waits in quarantine")).to_be_visible()
    assert ("quarantine-released", COORDINATOR) in audited(desk)
    desk.receive(2, BurnedInAnnotation="YES")
    desk.run()
    page.goto("/desk/quarantine/2")
    page.get_by_role("button", name="Discard").click()
    expect(page.get_by_text("Nothing waits in quarantine")).to_be_visible()
    assert ("quarantine-discarded", COORDINATOR) in audited(desk)


@pytest.fixture
def series(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> list[np.ndarray]:
    """Quarantine a series of pictures with a name in each banner, the fifth a film and the sixth of another size."""
    monkeypatch.setenv("OVERREAD_DEIDENTIFY__READ_TEXT", "false")
    pictures = []
    for number in range(1, 7):
        columns, frames = (COLUMNS - 64 if number == 6 else COLUMNS), (2 if number == 5 else 1)
        canvas = Image.new("L", (columns, ROWS), 0)
        draw = ImageDraw.Draw(canvas)
        draw.ellipse((60 + 8 * number, 90, 180 + 8 * number, 210), fill=90)
        draw.text((6, 8), f"Mueller^Hannah  PATIENT-1  {number}", fill=255)
        pixels = np.stack([np.asarray(canvas)] * frames)
        pictures.append(pixels[0])
        desk.receive(
            number, SOPClassUID=UltrasoundMultiFrameImageStorage, Modality="US", Rows=ROWS, Columns=columns,
            NumberOfFrames=frames, SeriesInstanceUID="1.2.3.4", BitsAllocated=8, BitsStored=8, HighBit=7,
            PixelData=pixels.tobytes(),
        )  # fmt: skip
    release(desk.node, desk.study().study_uid, actor="test")
    desk.run()
    return pictures


def test_the_pictures_of_a_series_are_looked_at_one_by_one_and_decided_together(
    desk: Desk, visit: Visit, series: list[np.ndarray]
) -> None:
    page = visit("/desk/quarantine/1")
    together = page.locator("#clean-alike button")
    expect(page.get_by_role("heading", name="5 more of its series wait")).to_be_visible()
    page.get_by_role("button", name="New box").click()
    expect(together).to_be_disabled()
    expect(page.locator("#looked")).not_to_contain_text("5 of 5")
    for number in (2, 3, 4, 5, 6):
        page.locator(f"figure[data-object='{number}']").scroll_into_view_if_needed()
    expect(page.locator("#looked")).to_have_text("Looked at 3 of 5; 2 left out, to be decided one by one")
    expect(page.get_by_text("a film of 2 frames")).to_be_visible()
    expect(page.get_by_text("of another size")).to_be_visible()
    expect(page.locator("#pictures rect.drawn")).to_have_count(3)
    page.get_by_role("button", name="Remove box 1").click()
    page.get_by_role("button", name="New box").click()
    page.get_by_role("button", name="Black the boxes in these 4 pictures").click()
    expect(page.get_by_role("cell", name="5", exact=True)).to_be_visible()
    desk.run()
    with desk.node.identity.read() as session:
        rows = list(session.scalars(select(ReceivedObject).order_by(ReceivedObject.id)))
    assert [row.disposition for row in rows] == ["published"] * 4 + ["quarantined"] * 2
    (x, y, width, height) = (rows[0].drawn or [])[0]
    for row, picture in zip(rows[:4], series, strict=False):
        with desk.node.published.open(row.derived_blob or "") as blob:
            result = pixel_array(dcmread(blob), raw=True)
        expected = picture.copy()
        expected[y : y + height, x : x + width] = 0
        assert np.array_equal(result, expected)
