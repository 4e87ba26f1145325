"""The coordinator's desk in a real browser: looked at, decided by mouse and by keys, and shut to everybody else."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from gateway.case_reports import receive
from gateway.links import case_of
from gateway.models import IdentityAudit

from .conftest import COORDINATOR, PASSWORD, REPORT, Desk

Visit = Callable[..., Page]
STUDY = {"PatientName": "Müller^Hannah", "PatientBirthDate": "19590307", "PatientSex": "F", "StudyDate": "20250301"}


@pytest.fixture
def two_cases(desk: Desk) -> list[str]:
    """File two cases that both fit a study which waits, and return their numbers."""
    report = {"text": REPORT, "language": "en"}
    numbers = [desk.case(report=report), desk.case(report=report, question="once more?")]
    desk.receive(StudyDescription="CT HEAD", **STUDY)
    desk.run()
    assert desk.study().state == "unmatched"
    return numbers


def linked_case(desk: Desk) -> str | None:
    with desk.node.identity.read() as session:
        case = case_of(session, 1)
        return case.case_number if case else None


def actions(desk: Desk) -> list[str]:
    with desk.node.identity.read() as session:
        return list(session.scalars(select(IdentityAudit.action).order_by(IdentityAudit.seq)))


def test_a_stranger_is_sent_to_the_log_in_and_comes_back_to_the_page(desk: Desk, visit: Visit) -> None:
    number = desk.case()
    page = visit(f"/desk/cases/{number}", logged_in=False)
    expect(page).to_have_title("Log in · Overread")
    page.get_by_label("Coordinator").fill(COORDINATOR)
    page.get_by_label("Password").fill("not the password")
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("alert")).to_contain_text("do not fit")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Case")
    page.get_by_role("button", name="Log out").click()
    expect(page).to_have_title("Log in · Overread")
    assert {"desk-log-in", "desk-log-in-failed", "desk-log-out", "case-viewed"} <= set(actions(desk))


def test_a_candidate_is_compared_and_linked_and_its_words_are_corrected(
    desk: Desk, visit: Visit, two_cases: list[str]
) -> None:
    page = visit("/desk")
    expect(page.locator("#count-studies")).to_have_text("1")
    page.get_by_role("link", name="Müller Hannah").click()
    first = page.locator(f"[data-case='{two_cases[0]}']")
    expect(first.locator("[data-agreement=agrees]").first).to_contain_text("agrees")
    first.get_by_role("button", name="Link").click()
    expect(page.get_by_role("heading", level=2).first).to_contain_text("Linked to case")
    assert linked_case(desk) == two_cases[0]
    expect(page.locator(".keys-line")).to_have_count(0)
    page.get_by_role("link", name="Words for the reader").click()
    expect(page.locator("mark[data-kind=name]").first).to_contain_text("Hannah Mueller")
    text = page.locator("textarea[name=report]")
    assert "Mueller" not in text.input_value() and "Kildare" not in text.input_value()
    text.fill("Hannah again")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".notice-error")).to_contain_text("still bear")
    text.fill("CT of the head. No haemorrhage.")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".badge").first).to_contain_text("corrected by")
    assert {"desk-viewed", "desk-study-viewed", "match", "desk-words-viewed", "words-edited"} <= set(actions(desk))


def test_not_this_one_by_keys_is_remembered_and_no_page_is_wider_than_the_window(
    desk: Desk, visit: Visit, two_cases: list[str]
) -> None:
    uid = desk.study().study_uid
    for width in (1280, 390):
        for path in ("/desk", f"/desk/cases/{two_cases[0]}", f"/desk/studies/{uid}"):
            page = visit(path, width=width)
            assert page.evaluate("document.documentElement.scrollWidth") <= width, path
    narrowest = page.locator(".sides td:nth-child(3)").evaluate_all("all => Math.min(...all.map((c) => c.clientWidth))")
    assert narrowest > 120, "a name is read in one piece on a phone"
    expect(page.locator("html[data-ready]")).to_have_count(1)
    expect(page.locator(".keys-line")).to_contain_text("link it")
    page.keyboard.press("j")
    wrong = page.evaluate("document.activeElement.closest('.candidate').dataset.case")
    page.keyboard.press("n")
    expect(page.locator(".candidate")).to_have_count(1)
    desk.run()
    assert linked_case(desk) == next(number for number in two_cases if number != wrong)


def test_a_case_is_made_a_reminder_written_and_two_patients_are_parted(desk: Desk, visit: Visit) -> None:
    desk.receive(1, **STUDY)
    desk.receive(2, **STUDY | {"PatientID": "PATIENT-2", "PatientName": "Other^Person"})
    desk.run()
    page = visit("/desk")
    expect(page.locator("td .badge[data-kind=alarm]")).to_have_text("two patients")
    page.get_by_role("link", name="Müller Hannah").click()
    expect(page.get_by_text("Other Person")).to_be_visible()
    expect(page.get_by_text("after it was published")).to_have_count(0)
    expect(page.get_by_text("New case from this study")).to_have_count(0)
    page.get_by_role("row", name="Müller Hannah").get_by_role("button", name="It is this patient's study").click()
    expect(page.get_by_text("A person has said whose it is")).to_be_visible()
    page.get_by_text("New case from this study").click()
    page.get_by_label("Clinical question").fill("Bleeding?")
    page.get_by_role("button", name="Make the case and link it").click()
    page.get_by_role("heading", name="Linked to case").get_by_role("link").click()
    page.get_by_label("Language").select_option("de")
    page.get_by_role("button", name="Write the reminder").click()
    letter = page.get_by_label("Letter to the hospital")
    expect(letter).to_have_value(re.compile(r"Sehr geehrte.*/upload/link/", re.DOTALL))
    assert {"identities-decided", "case-imported", "match", "upload-link-made"} <= set(actions(desk))


def test_what_was_taken_as_one_is_taken_back_on_the_page_that_shows_it_also_on_a_phone(
    desk: Desk, visit: Visit
) -> None:
    long = "X" * 64
    desk.receive(1, **STUDY)
    desk.receive(2, **STUDY | {"PatientID": long, "PatientName": "Other^Person"})
    desk.run()
    page = visit(f"/desk/studies/{desk.study().study_uid}", width=390)
    page.get_by_role("button", name="It is one person").click()
    expect(page.get_by_role("heading", name="Taken as one person")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.get_by_role("button", name="Take back that Other Person is one person").click()
    expect(page.get_by_role("heading", name="Two patients inside this study")).to_be_visible()
    expect(page.get_by_role("heading", name="Taken as one person")).to_have_count(0)
    merged = f"MSH|^~\\&|RIS|N|OVERREAD|NODE|20250302||ADT^A40|M1|P|2.5.1\rPID|1||PATIENT-1^^^HA\rMRG|{long}^^^HA\r"
    receive(desk.node, site="north", payload=merged.encode(), actor="test")
    number = desk.case(patient={"name": "Mueller^Hannah", "ids": [{"id": "PATIENT-1", "issuer": "HA"}]})
    page = visit(f"/desk/cases/{number}", width=390)
    expect(page.get_by_role("heading", name="Merged by its hospital")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.get_by_role("button", name="Take back").click()
    expect(page.get_by_role("heading", name="Merged by its hospital")).to_have_count(0)
    assert {"identities-taken-back", "merge-taken-back"} <= set(actions(desk))
