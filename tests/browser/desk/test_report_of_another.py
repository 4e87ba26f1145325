"""A case whose report names somebody else, in a real browser: a person says whose it is."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from gateway.models import Case

from .conftest import Desk

Visit = Callable[..., Page]
TEXT = "Name: Berta Planted\nMRN: OTHER-2\nFindings: no bleeding."


@pytest.mark.parametrize(("button", "left"), [("It is this patient's", TEXT), ("It is somebody else's", "")])
def test_report_that_names_somebody_else_stays_or_goes_as_a_person_says(
    desk: Desk, visit: Visit, button: str, left: str
) -> None:
    page = visit(f"/desk/cases/{desk.case(report={'text': TEXT})}", width=390)
    expect(page.get_by_role("heading", name="Say whose the report is")).to_be_visible()
    expect(page.get_by_text("names another name and another patient number")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.get_by_role("button", name=button).click()
    expect(page.get_by_role("heading", name="Say whose the report is")).to_have_count(0)
    with desk.node.identity.read() as session:
        case = session.scalars(select(Case)).one()
    assert (case.report_text, case.reports_of_others) == (left, {})
