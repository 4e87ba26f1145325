"""The coordinator's own form in a real browser: filled from a file, with rows, sent once, kept when a log-in ends."""

from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect
from sqlalchemy import select

from gateway.models import Case

from .conftest import COORDINATOR, PASSWORD, Desk

Visit = Callable[..., Page]
TEXT = "Name: Made Up\nPatient ID: P-77\nDate of birth: 1957-03-21\nAccession number: ACC-9\n\nFindings: none."


def cases(desk: Desk) -> list[Case]:
    with desk.node.identity.read() as session:
        return list(session.scalars(select(Case).order_by(Case.id)))


def test_case_is_made_of_a_file_and_of_what_is_typed_beside_it_and_only_once(
    desk: Desk, visit: Visit, tmp_path: Path
) -> None:
    (tmp_path / "report.txt").write_text(TEXT)
    page = visit("/desk")
    page.get_by_role("link", name="New case").click()
    page.locator("[name='patient.name']").fill("<b>Up</b>^Made=测试^小明")
    page.locator("input[type=file]").set_input_files(tmp_path / "report.txt")
    expect(page.locator("[name='report.text']")).to_have_value(TEXT)
    expect(page.locator("[name='patient.birth_date']")).to_have_value("1957-03-21")
    expect(page.locator("[name='accessions.0.id']")).to_have_value("ACC-9")
    page.locator("[data-adds='patient.ids']").click()
    page.locator("[name='patient.ids.1.id']").fill("P-78")
    page.locator("[name='patient.ids.1.issuer']").fill("HIS")
    page.locator("[name='patient.other_names']").fill("Up^Maid\n\n Upp^Made ")
    page.locator("[name='release.to']").select_option("patient")
    page.locator("[name='release.after_days']").fill("14")
    page.get_by_role("button", name="Make the case").dblclick()
    page.wait_for_url("**/desk/cases/*")
    (case,) = cases(desk)
    assert case.patient_name == "<b>Up</b>^Made=测试^小明" and case.other_names == ["Up^Maid", "Upp^Made"]
    assert case.patient_ids == [{"id": "P-77", "issuer": ""}, {"id": "P-78", "issuer": "HIS"}]
    assert (case.accession_numbers, case.accession_issuers) == (["ACC-9"], [])
    assert (case.birth_date, case.report_text, case.release_to, case.release_after_days) == (
        "19570321",
        TEXT,
        "patient",
        14,
    )
    expect(page.get_by_role("link", name="text", exact=True)).to_be_visible()


def test_date_that_is_typed_beside_a_report_without_words_is_kept(desk: Desk, visit: Visit, tmp_path: Path) -> None:
    (tmp_path / "report.txt").write_text(" \n")
    page = visit("/desk/new-case")
    page.locator("[name='patient.name']").fill("Up^Made")
    page.locator("[name='report.date']").fill("2025-03-07")
    page.locator("input[type=file]").set_input_files(tmp_path / "report.txt")
    page.get_by_role("button", name="Make the case").click()
    page.wait_for_url("**/desk/cases/*")
    (case,) = cases(desk)
    assert (case.report_text, case.report_date) == ("", "20250307")


def test_what_was_written_when_the_log_in_ended_stands_there_again_and_goes_with_a_log_out(
    desk: Desk, visit: Visit
) -> None:
    page = visit("/desk/new-case")
    page.locator("[name='patient.name']").fill("Up^Made")
    page.locator("[data-adds='patient.ids']").click()
    page.locator("[name='patient.ids.1.id']").fill("P-78")
    page.locator("[name=blind]").check()
    page.context.clear_cookies()
    page.get_by_role("button", name="Make the case").click()
    page.get_by_label("Coordinator").fill(COORDINATOR)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    expect(page.locator("[name='patient.ids.1.id']")).to_have_value("P-78")
    expect(page.locator("[name='patient.name']")).to_have_value("Up^Made")
    expect(page.locator("[name=blind]")).to_be_checked()
    assert cases(desk) == []
    page.evaluate("sessionStorage.setItem('overread.desk.form of another', '[]')")
    page.get_by_role("button", name="Log out").click()
    expect(page).to_have_title("Log in · Overread")
    assert page.evaluate("Object.keys(sessionStorage)") == []


def test_what_was_written_is_kept_before_the_log_in_page_comes_however_late_the_refusal_is_read(visit: Visit) -> None:
    page = visit("/desk/new-case")
    page.evaluate(
        """() => {
          const real = window.fetch;
          window.fetch = async (...asked) => {
            const { ok, status } = await real(...asked);
            return { ok, status, json: () => new Promise((done) => setTimeout(() => done({}), 1000)) };
          };
        }"""
    )
    page.locator("[name='patient.name']").fill("Up^Made")
    page.context.clear_cookies()
    page.get_by_role("button", name="Make the case").click()
    page.get_by_label("Coordinator").fill(COORDINATOR)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    expect(page.locator("[name='patient.name']")).to_have_value("Up^Made")


def test_what_was_written_into_one_form_of_a_case_outlives_the_saving_of_the_other(desk: Desk, visit: Visit) -> None:
    number = desk.case(question="Bleeding?", referrer="Zuweiser^Made")
    page = visit(f"/desk/cases/{number}")
    page.get_by_text("Who the patient is", exact=True).click()
    page.get_by_text("What was asked, reported and agreed").click()
    page.locator("[name=question]").fill("Stroke?")
    page.locator("[data-adds=orders]").click()
    page.locator("[name='orders.1.id']").fill("O-2")
    page.locator("[name=birth_date]").fill("1959-03-08")
    page.get_by_role("button", name="Save who the patient is").click()
    expect(page.get_by_role("alert")).to_contain_text("was not saved yet")
    expect(page.locator("[name='orders.1.id']")).to_have_value("O-2")
    with desk.node.identity.write() as session:
        session.scalars(select(Case)).one().referrer = "Zuweiser^Other"  # by a message, meanwhile
    page.get_by_text("Who the patient is", exact=True).click()
    page.locator("[name=patient_id]").fill("P-99")
    page.get_by_role("button", name="Change the case").click()
    expect(page.get_by_text("Stroke?").first).to_be_visible()
    expect(page.locator("[name=patient_id]")).to_have_value("P-99")
    page.get_by_role("button", name="Save who the patient is").click()
    expect(page.locator(".facts")).to_contain_text("P-99")
    assert page.evaluate("Object.keys(sessionStorage)") == []
    (case,) = cases(desk)
    assert (case.birth_date, case.question, case.referrer) == ("19590308", "Stroke?", "Zuweiser^Other")
    assert [each["id"] for each in case.orders] == ["O-2"]


def test_case_is_changed_only_where_somebody_wrote(desk: Desk, visit: Visit) -> None:
    number = desk.case(question="Bleeding?", referrer="Zuweiser^Made", release={"to": "patient", "after_days": 7})
    page = visit(f"/desk/cases/{number}", width=390)
    page.get_by_text("What was asked, reported and agreed").click()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    with desk.node.identity.write() as session:
        session.scalars(select(Case)).one().referrer = "Zuweiser^Other"  # by a message, meanwhile
    page.locator("[name=question]").fill("Stroke?")
    page.locator("[name='report.text']").fill("Came by mail.")
    page.locator("[name='patient.other_names']").fill("Muller^Hanna")
    page.get_by_role("button", name="Change the case").click()
    expect(page.get_by_text("Stroke?").first).to_be_visible()
    (case,) = cases(desk)
    assert (case.question, case.referrer, case.report_text) == ("Stroke?", "Zuweiser^Other", "Came by mail.")
    assert (case.release_to, case.release_after_days) == ("patient", 7)
    assert (case.patient_name, case.other_names) == ("Mueller^Hannah", ["Muller^Hanna"])


def test_fields_beside_each_other_stand_at_one_height_and_rows_are_told_apart(desk: Desk, visit: Visit) -> None:
    page = visit("/desk/new-case")
    for names in (
        ("patient.name", "patient.birth_date", "patient.sex"),
        ("requested_studies.0.modality", "requested_studies.0.laterality", "requested_studies.0.description"),
    ):
        boxes = [page.locator(f"[name='{name}']").bounding_box() for name in names]
        assert len({(round(box["y"]), round(box["height"])) for box in boxes if box}) == 1
    assert page.get_by_role("button", name="Patient IDs: another one").is_visible()


def test_what_a_row_says_and_the_form_does_not_show_stays_when_the_row_is_changed(desk: Desk, visit: Visit) -> None:
    number = desk.case(requested_studies=[{"modality": "CT", "body_part": "KNEE", "study_uid": "1.2.3"}])
    page = visit(f"/desk/cases/{number}")
    page.get_by_text("What was asked, reported and agreed").click()
    page.locator("[name='requested_studies.0.laterality']").select_option("L")
    page.locator("[data-adds=requested_studies]").click()
    page.locator("[name='requested_studies.1.modality']").fill("MR")
    page.get_by_role("button", name="Change the case").click()
    expect(page.get_by_text("(left)").first).to_be_visible()
    (case,) = cases(desk)
    assert [(each["modality"], each.get("study_uid", "")) for each in case.requested_studies] == [
        ("CT", "1.2.3"),
        ("MR", ""),
    ]
    page.get_by_text("What was asked, reported and agreed").click()
    page.locator("[name='requested_studies.0.modality']").fill("")
    page.locator("[name='requested_studies.0.body_part']").fill("")
    page.locator("[name='requested_studies.0.laterality']").select_option("")
    page.get_by_role("button", name="Change the case").click()
    expect(page.get_by_text("(left)")).to_have_count(0)
    (case,) = cases(desk)
    assert [each["modality"] for each in case.requested_studies] == ["MR"]


def test_field_that_no_row_has_adds_none(desk: Desk, visit: Visit) -> None:
    page = visit("/desk/new-case")
    desk_js = page.locator("script[src$='desk.js']").get_attribute("src")
    field = """async (address) => {
      const { fieldOf } = await import(address);
      return fieldOf(document.querySelector("form[data-keeps]"), "patient.ids.0.type");
    }"""
    assert page.evaluate(field, str(desk_js).replace("desk.js", "case_form.js")) is None
    assert page.locator("[data-repeat='patient.ids']").count() == 1
