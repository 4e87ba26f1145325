"""The upload page in a frame on a hospital's site, in a browser that keeps cookies and storage from such frames.

The hospital is http://localhost, the node http://127.0.0.1: two sites to a browser.
"""

import json
from collections.abc import Callable

import pytest
from nacl.signing import SigningKey
from playwright.sync_api import Frame, Page, expect

from config.keys import read_receipt_seed
from gateway.case_reports import import_case
from gateway.portal.branding import BrandChange, set_brand
from gateway.receipts import check_receipt
from gateway.sites import SiteChange, add_site

ARRIVAL = 120_000
BORN = "1961-07-04"
STORAGE = "() => { try { return sessionStorage.length } catch (error) { return error.name } }"


@pytest.fixture
def show(hospital, visit, framing) -> Callable[[str], Page]:
    """Return a function that shows a page of the node in a frame of a hospital that may."""

    def open_framed(path: str) -> Page:
        host = framing(hospital.url + path)
        set_brand(hospital.node, "north", BrandChange(frame_ancestors=(host.rpartition("/")[0],)), actor="test")
        return visit(host)

    return open_framed


def inside(page: Page) -> Frame:
    expect(page.frame_locator("iframe").locator("main")).to_be_visible()
    return page.frames[1]


def test_a_disc_is_sent_inside_the_frame_to_its_receipt_without_any_cookie(hospital, show, disc, begin, choose_folder):
    page = show(hospital.link())
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    frame = begin(inside(page))
    assert frame.evaluate(STORAGE) == "SecurityError", "this browser gives storage to frames of other sites"
    token = json.loads(frame.locator("#page").text_content())["bearer"]
    assert page.evaluate("document.querySelector('iframe').contentDocument") is None
    choose_folder(frame, disc)
    frame.get_by_role("button", name="Send now").click()
    expect(frame.get_by_role("heading", name="Everything has arrived")).to_be_visible(timeout=ARRIVAL)
    hospital.work()
    assert len(hospital.received()) == 7
    expect(frame.locator("#verdicts")).to_contain_text("Received, being checked", timeout=ARRIVAL)
    expect(frame.locator("#receipt-files")).to_have_text("7")
    with page.expect_download() as kept:
        frame.get_by_role("link", name="Signed receipt").click()
    public = bytes(SigningKey(read_receipt_seed(hospital.node.settings.home)).verify_key)
    claims = check_receipt(kept.value.path().read_bytes(), public)
    assert claims["case_number"] == hospital.case_number
    assert kept.value.suggested_filename == f"receipt-{claims['delivery']}.pdf"
    assert page.context.cookies() == []
    assert len(token) > 40
    assert [url for url in asked if token in url] == []


def test_the_number_and_birth_date_open_a_case_of_the_framing_hospital_and_of_no_other(hospital, show):
    add_site(hospital.node, "south", SiteChange(), actor="test")
    payload = json.dumps({"patient": {"birth_date": BORN}}).encode()
    other = import_case(hospital.node, site="south", payload=payload, content_type="", actor="test").case_number
    frame = inside(show("/upload?site=north"))

    def type_in(number: str) -> None:
        frame.get_by_label("Case number").fill(number)
        frame.get_by_label("date of birth").fill(BORN)
        frame.get_by_role("button", name="Continue").click()

    type_in(other)
    expect(frame.get_by_role("alert")).to_contain_text("do not fit together")
    type_in(hospital.case_number)
    expect(frame.get_by_role("heading", name="Where are the images?")).to_be_visible()
    frame.get_by_role("button", name="Deutsch").click()
    expect(frame.get_by_role("heading", name="Wo sind die Bilder?")).to_be_visible()
    frame.get_by_role("button", name="Verlassen").click()
    expect(frame.locator("#number")).to_be_visible()


def test_a_site_that_is_not_on_the_list_is_shown_nothing(hospital, visit, framing):
    another = BrandChange(frame_ancestors=("https://www.hospital.example",))
    for path, change in (("/upload?site=north", BrandChange()), (hospital.link(), another)):
        set_brand(hospital.node, "north", change, actor="test")
        page = visit("/upload/static/none")
        with page.expect_console_message(lambda message: "frame-ancestors" in message.text):
            page.goto(framing(hospital.url + path))
        while not (shown := page.frames[1].url):
            page.wait_for_timeout(50)
        assert shown.startswith("chrome-error:")
