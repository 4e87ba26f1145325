"""A read from claim to signature in a browser: nothing is lost, nothing is signed by accident."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Route, expect
from pypdf import PdfReader

from worklist.items import claim
from worklist.models import WorklistItem
from worklist.principal import Principal

pytestmark = pytest.mark.foreign

OTHER_READER = "Dr Ben Example"


@pytest.fixture
def open_item(log_in, node) -> Callable[..., tuple[Page, str]]:
    def show(*, is_claimed: bool = True, **case: object) -> tuple[Page, str]:
        item = node.publish("ct-head", **case)
        page = log_in()
        page.goto(f"/worklist/{item}")
        expect(page.locator("[data-part=image]").first).to_contain_text("1 /")
        if is_claimed:
            page.get_by_role("button", name="Claim this study").click()
            expect(page.get_by_label("Findings")).to_be_focused()
        return page, item

    return show


def write(page: Page) -> None:
    page.get_by_label("Findings").fill("Left basal ganglia haemorrhage of 28 mm.")
    page.get_by_label("Impression").fill("Hypertensive haemorrhage; transfer is not needed.")


def test_a_read_is_written_marked_signed_and_downloaded(open_item):
    page, _ = open_item()
    write(page)
    page.get_by_label("Recommendation").fill("Repeat CT in 24 hours.")
    page.get_by_text("Minor difference").click()
    page.get_by_label("RADPEER score").select_option("2a")
    page.get_by_role("group", name="Treatment changed").get_by_text("No", exact=True).click()
    page.keyboard.press("Escape")
    page.keyboard.press("k")
    expect(page.get_by_role("button", name="Show key image, series 1, image 1")).to_be_visible()
    expect(page.locator("#save-state")).to_contain_text("Saved")
    page.get_by_role("button", name="Sign…").click()
    expect(page.locator("#sign-impression")).to_contain_text("transfer is not needed")
    page.get_by_role("button", name="Sign", exact=True).click()
    expect(page.get_by_role("heading", name="Signed read")).to_be_visible()
    expect(page.locator("#signed-values")).to_contain_text("Repeat CT in 24 hours.")
    expect(page.locator("#item-state")).to_have_text("Signed")
    expect(page.get_by_label("Findings")).to_be_hidden()
    with page.expect_download() as download:
        page.get_by_role("link", name="PDF report").click()
    assert "28 mm" in PdfReader(download.value.path()).pages[0].extract_text()
    with page.expect_download() as download:
        page.get_by_role("link", name="DICOM SR").click()
    assert download.value.path().read_bytes()[128:132] == b"DICM"


def test_after_signing_the_reader_adds_an_addendum(open_item):
    page, _ = open_item()
    write(page)
    page.get_by_label("Impression").press("Control+Enter")
    page.get_by_role("button", name="Sign", exact=True).click()
    page.get_by_label("Addendum").fill("The comparison study of May was not available.")
    page.get_by_role("button", name="Sign addendum").click()
    expect(page.locator("#addenda")).to_contain_text("comparison study of May")


def test_signing_without_an_impression_asks_for_it(open_item):
    page, _ = open_item()
    page.get_by_label("Findings").fill("Normal.")
    page.get_by_role("button", name="Sign…").click()
    expect(page.get_by_role("alert")).to_contain_text("Write the impression before signing")
    expect(page.get_by_label("Impression")).to_be_focused()


def test_what_is_signed_is_what_the_window_shows(open_item, context):
    page, item = open_item()
    write(page)
    expect(page.locator("#save-state")).to_contain_text("Saved")
    other = context.new_page()
    other.goto(f"/worklist/{item}")
    other.get_by_label("Impression").fill("Text of another window.")
    expect(other.locator("#save-state")).to_contain_text("Saved")
    page.get_by_role("button", name="Sign…").click()
    page.get_by_role("button", name="Sign", exact=True).click()
    expect(page.locator("#signed-values")).to_contain_text("transfer is not needed")


def test_a_signature_whose_answer_was_lost_counts_once_and_is_shown(open_item):
    page, _ = open_item()
    write(page)

    def lose_the_answer(route: Route) -> None:
        route.fetch()
        route.abort()

    page.route("**/sign", lose_the_answer)
    page.get_by_role("button", name="Sign…").click()
    page.get_by_role("button", name="Sign", exact=True).click()
    expect(page.get_by_role("heading", name="Signed read")).to_be_visible()


def test_after_signing_the_next_open_study_is_one_click_away(open_item, node):
    page, item = open_item()
    node.publish("ct-head")
    write(page)
    page.get_by_role("button", name="Sign…").click()
    page.get_by_role("button", name="Sign", exact=True).click()
    page.get_by_role("button", name="Next study").click()
    expect(page.get_by_role("button", name="Claim this study")).to_be_visible()
    assert item not in page.url


def test_going_on_writing_signs_nothing(open_item):
    page, _ = open_item()
    write(page)
    page.get_by_role("button", name="Sign…").click()
    page.get_by_role("button", name="Go on writing").click()
    expect(page.locator("#item-state")).to_have_text("Yours")
    expect(page.get_by_label("Findings")).to_be_enabled()


def test_the_draft_saves_itself_and_is_there_after_a_reload(open_item):
    page, _ = open_item()
    page.get_by_label("Findings").press_sequentially("Saved by itself.")
    expect(page.locator("#save-state")).to_contain_text("Saved")
    page.reload()
    expect(page.get_by_label("Findings")).to_have_value("Saved by itself.")


def test_while_the_node_does_not_answer_the_text_is_kept_and_saved_later(open_item):
    page, _ = open_item()
    page.route("**/read", lambda route: route.abort())
    page.get_by_label("Findings").fill("Written without a network.")
    expect(page.locator("#save-state")).to_contain_text("Not saved: The node does not answer")
    page.unroute("**/read")
    page.get_by_label("Findings").press("End")
    page.get_by_label("Impression").focus()
    expect(page.locator("#save-state")).to_contain_text("Saved")


def test_a_lost_claim_is_explained_and_the_text_stays(open_item, node):
    page, item = open_item()
    with node.room.database.write() as session:
        row = session.get(WorklistItem, item)
        row.state, row.reader_id, row.lease_until = "open", None, None
    room, other = node.room, Principal(OTHER_READER, "reader", 2, "token")
    with room.database.write() as session:
        claim(session, room.clock, other, item, rules=room.settings.worklist)
    page.get_by_label("Findings").fill("Typed after the claim was lost.")
    expect(page.locator("#mode-words")).to_contain_text("Your text is kept on this computer")
    expect(page.get_by_label("Findings")).to_have_value("Typed after the claim was lost.")
    page.get_by_role("button", name="Claim this study").click()
    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.get_by_label("Findings")).to_have_value("Typed after the claim was lost.")


def test_a_lapsed_claim_is_claimed_again_and_the_text_is_saved(open_item, node):
    page, item = open_item()
    with node.room.database.write() as session:
        row = session.get(WorklistItem, item)
        row.state, row.reader_id, row.lease_until = "open", None, None
    page.get_by_label("Findings").fill("Typed after the claim lapsed.")
    expect(page.locator("#mode-words")).to_contain_text("Claim the study again")
    page.get_by_role("button", name="Claim this study").click()
    expect(page.locator("#save-state")).to_contain_text("Saved")
    page.reload()
    expect(page.get_by_label("Findings")).to_have_value("Typed after the claim lapsed.")


def test_a_released_study_goes_back_to_the_open_list(open_item):
    page, _ = open_item()
    page.get_by_role("button", name="Release").click()
    page.get_by_role("dialog").get_by_role("button", name="Release").click()
    expect(page.locator("#item-state")).to_have_text("Open")
    expect(page.get_by_role("button", name="Claim this study")).to_be_visible()


def test_in_a_blind_read_the_original_report_stays_hidden_until_signed(open_item):
    page, _ = open_item(blind=True, report="The words of the first reader.")
    expect(page.locator("#blind")).to_be_visible()
    expect(page.get_by_text("Minor difference")).to_be_hidden()
    assert "first reader" not in page.content()
    write(page)
    page.get_by_role("button", name="Sign…").click()
    page.get_by_role("button", name="Sign", exact=True).click()
    page.locator("#report-box summary").click()
    expect(page.get_by_text("The words of the first reader.")).to_be_visible()


def test_the_whole_read_works_by_keyboard(open_item):
    page, _ = open_item(is_claimed=False)
    page.get_by_role("button", name="Claim this study").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_label("Findings")).to_be_focused()
    page.keyboard.type("Findings by keyboard.")
    page.keyboard.press("Tab")
    page.keyboard.type("Impression by keyboard.")
    page.keyboard.press("Escape")
    page.keyboard.press("ArrowDown")
    expect(page.locator("[data-part=image]")).to_contain_text("2 /")
    page.keyboard.press("k")
    page.keyboard.press("n")
    page.keyboard.press("Control+Enter")
    page.get_by_role("button", name="Sign", exact=True).focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Signed read")).to_be_visible()
    expect(page.get_by_role("button", name="Show key image, series 1, image 2")).to_be_visible()


def test_an_original_report_with_markup_is_shown_as_text(open_item):
    page, _ = open_item(is_claimed=False, report="<img src=x onerror=alert(1)> <b>bold</b>")
    page.locator("#report-box summary").click()
    expect(page.locator("#report")).to_have_text("<img src=x onerror=alert(1)> <b>bold</b>")
    assert page.locator("#report img").count() == 0
