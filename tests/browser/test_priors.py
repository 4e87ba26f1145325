"""A prior beside the study in question, in a real browser: told apart from it, opened beside it, and never read."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from worklist.models import PublishedStudy, WorklistItem
from worklist.publishing import retire_item, set_case_context

pytestmark = pytest.mark.foreign

CASE_NUMBER = "2000000006"


@pytest.fixture
def open_with_prior(log_in, node) -> Callable[..., Page]:
    """Return what opens a study on the reading page that has a prior of the same case."""

    def show(*, slug: str = "ct-head", prior_slug: str = "ct-head") -> Page:
        item, prior = (node.publish(each, case_number=CASE_NUMBER) for each in (slug, prior_slug))
        with node.room.database.write() as session:
            uid = session.get_one(WorklistItem, prior).study_uid
            study = session.get_one(PublishedStudy, uid)
            study.study_date, study.description = "20230214", "CT HEAD BEFORE"
            words = {"question": None, "report": None, "report_language": None, "blind": False, "jurisdiction": None}
            set_case_context(session, uid, case_number=CASE_NUMBER, **words, prior=True)
            retire_item(session, uid)
        page = log_in()
        page.goto(f"/worklist/{item}")
        expect(page.locator("[data-part=image]").first).to_contain_text("1 /")
        return page

    yield show
    with node.room.database.write() as session:  # other tests of the session count what is open
        for study in session.query(PublishedStudy).where(PublishedStudy.case_number == CASE_NUMBER):
            study.case_number = None


def test_a_prior_is_named_and_opened_beside_the_study_from_this_node(open_with_prior) -> None:
    page = open_with_prior()
    expect(page.locator("#priors")).to_contain_text("2023-02-14 · CT HEAD BEFORE")
    expect(page.locator(".series-head")).to_have_text("Prior 2023-02-14 · CT HEAD BEFORE")
    expect(page.locator("[data-part=patient]").first).not_to_contain_text("PRIOR")
    with page.expect_response(lambda answer: "/rendered" in answer.url and answer.ok):
        page.get_by_role("button", name="Show prior 2023-02-14").click()
    expect(page.locator(".viewport")).to_have_count(2)
    beside = page.locator(".viewport").nth(1)
    expect(beside.locator("[data-part=patient]")).to_have_text("PRIOR\n2023-02-14 · CT HEAD BEFORE")
    expect(beside.locator("[data-part=image]")).to_contain_text("1 /")
    expect(page.locator(".viewport").first.locator("[data-part=patient]")).not_to_contain_text("PRIOR")
    expect(beside.locator("[data-part=window]")).to_contain_text("W ")
    expect(beside.locator("[data-part=message]")).to_be_hidden()


def test_images_of_a_prior_are_no_key_images_of_the_read(open_with_prior) -> None:
    page = open_with_prior()
    page.get_by_role("button", name="Claim this study").click()
    expect(page.get_by_label("Findings")).to_be_focused()
    mark = page.locator("button.key-image")
    page.get_by_role("button", name="Show prior 2023-02-14").click()
    expect(page.locator(".viewport.active [data-part=patient]")).to_contain_text("PRIOR")
    expect(mark).to_be_disabled()
    page.locator(".viewport").first.locator("canvas").click()
    expect(mark).to_be_enabled()
    mark.click()
    expect(page.locator("#key-images li, #key-images > *")).to_have_count(1)
    page.get_by_role("button", name="Release", exact=False).first.click()
