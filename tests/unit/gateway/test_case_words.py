"""The words for the reader: cleaned, kept, corrected, approved where a site wants it, void once the case changes."""

import json
from datetime import date

import pytest
from sqlalchemy import select

from config.errors import Conflict
from gateway.case_words import DOUBTFUL, MAY_NAME, UNAPPROVED, set_words, why_words_wait, words_view
from gateway.desk.case_form import correct_case
from gateway.links import case_of, request_revision
from gateway.models import IdentityAudit, Study
from gateway.pipeline import enlist as enlisting
from gateway.pipeline.outcome import Outcome
from gateway.pipeline.stages import STAGES
from gateway.returns import take_signed
from gateway.sites import SiteChange, set_site
from worklist.models import PublishedStudy

PATIENT = {"name": "Planted^Identity", "birth_date": "1959-03-07", "ids": [{"id": "PATIENT-1", "type": "MR"}]}
STUDY = {"StudyDate": "20250301", "PatientBirthDate": "19590307", "AccessionNumber": "ACC-17"}
REPORT = {"text": "Patient: Planted Identity\nCT of 2025-03-01. PATIENT-1. No bleeding.", "language": "en"}


@pytest.fixture
def published(gate, part10):
    gate.case(patient=PATIENT, accession_numbers=["ACC-17"], report=REPORT, question="Bleeding?")
    gate.receive(part10(**STUDY))
    gate.run()
    return gate.study()


def view(gate):
    with gate.node.identity.write() as session:
        return words_view(session, gate.node, gate.study().study_uid)


def correct(gate, report, *, approve=False, source=None):
    seen = view(gate)
    with gate.node.identity.write() as session:
        study = session.get_one(Study, 1)
        set_words(
            session, gate.node, study, report=report, question=seen["question"], source=source or seen["source"],
            approve=approve, actor="casey",
        )  # fmt: skip
        request_revision(study)


def report_of_reader(gate):
    with gate.node.reading.read() as session:
        return session.scalars(select(PublishedStudy)).one().report


def test_cleaning_is_audited_as_kinds_and_counts_and_dates_move_like_the_images(gate, published) -> None:
    assert view(gate)["removed"] == {"date": 1, "id": 1, "name": 1}
    with gate.node.identity.read() as session:
        entry = session.scalars(select(IdentityAudit).where(IdentityAudit.action == "words-cleaned")).one()
    assert json.loads(entry.detail) == {"removed": {"date": 1, "id": 1, "name": 1}}
    with gate.node.reading.read() as session:
        row = session.scalars(select(PublishedStudy)).one()
    moved = f"{row.study_date[:4]}-{row.study_date[4:6]}-{row.study_date[6:]}"
    assert row.report == f"Patient: [name]\nCT of {moved}. [id]. No bleeding."


def test_original_is_shown_in_pieces_with_what_stands_there_instead(gate, published) -> None:
    pieces = view(gate)["original"]["report"]
    assert "".join(each["text"] for each in pieces) == REPORT["text"]
    assert {"text": "Planted Identity", "kind": "name", "instead": "[name]"} in pieces


def test_correction_reaches_the_reader_and_bears_nothing_that_is_known(gate, published) -> None:
    with pytest.raises(Conflict, match="name"):
        correct(gate, "Mr PLANTED has no bleeding")
    correct(gate, "No bleeding at all.")
    assert gate.run() == "enlist"
    assert report_of_reader(gate) == "No bleeding at all."
    assert view(gate)["edited_by"] == "casey"
    with pytest.raises(Conflict, match="meanwhile"):
        correct(gate, "late", source="of another time")


def test_site_that_wants_it_has_each_report_approved_before_the_study_is_read(gate, part10) -> None:
    set_site(gate.node, "north", SiteChange(approve_reports=True), actor="test")
    gate.case(patient=PATIENT, accession_numbers=["ACC-17"], report=REPORT)
    gate.receive(part10(**STUDY))
    assert gate.run() == "assess"
    assert gate.study().state == "held" and "approved" in gate.study().reason
    correct(gate, view(gate)["report"], approve=True)
    assert gate.run() == "enlist"
    assert "No bleeding" in report_of_reader(gate)


def test_correction_of_the_case_voids_an_approval_and_searches_the_words_for_what_is_known_now(gate, published) -> None:
    correct(gate, "Bleeding of NEWNUMBER is unlikely.", approve=True)
    gate.run()
    with gate.node.identity.read() as session:
        number = case_of(session, 1).case_number
    ids = ({"id": "NEWNUMBER", "issuer": ""},)
    correct_case(gate.node, number, name="", birth_date="", sex="", ids=ids, actor="casey")
    assert gate.run() == "enlist"
    seen = view(gate)
    assert (seen["approved_by"], seen["edited_by"]) == (None, None)
    assert "NEWNUMBER" not in seen["report"] and seen["report"] == report_of_reader(gate)
    with pytest.raises(Conflict, match="id"):
        correct(gate, "Bleeding of NEWNUMBER is unlikely.")


def test_words_of_a_signed_read_stay(gate, published) -> None:
    gate.sign(published.study_uid)
    take_signed(gate.node)
    with pytest.raises(Conflict, match="signed"):
        correct(gate, "late")


def learn_another_number(gate):
    with gate.node.identity.read() as session:
        number = case_of(session, 1).case_number
    ids = ({"id": "NEWNUMBER", "issuer": ""},)
    correct_case(gate.node, number, name="", birth_date="", sex="", ids=ids, actor="casey")


def test_words_cleaned_anew_after_assess_wait_to_be_approved_before_a_reader_sees_them(gate, part10) -> None:
    set_site(gate.node, "north", SiteChange(approve_reports=True), actor="test")
    gate.case(patient=PATIENT, accession_numbers=["ACC-17"], report=REPORT)
    gate.receive(part10(**STUDY))
    gate.run()
    correct(gate, "Redacted by a person.", approve=True)
    for stage in STAGES[:-1]:
        assert stage.run(gate.node, 1) is Outcome.GO_ON
    learn_another_number(gate)
    assert enlisting.enlist_study(gate.node, 1) is Outcome.WAIT
    assert gate.study().state == "held" and "approved" in gate.study().reason
    assert report_of_reader(gate) is None
    assert gate.item(gate.study().study_uid) is None


def test_redaction_of_a_signed_read_survives_a_change_of_its_case_and_a_late_object(gate, part10, published) -> None:
    correct(gate, "Redacted by a person.")
    gate.run()
    gate.sign(published.study_uid)
    take_signed(gate.node)
    learn_another_number(gate)
    gate.receive(part10(2, **STUDY))
    assert gate.run() == "enlist"
    assert report_of_reader(gate) == "Redacted by a person."
    assert (view(gate)["report"], view(gate)["edited_by"]) == ("Redacted by a person.", "casey")


def test_read_that_this_zone_has_not_heard_of_yet_keeps_its_words_too(gate, published) -> None:
    correct(gate, "Redacted by a person.")
    gate.run()
    gate.sign(published.study_uid)
    learn_another_number(gate)
    enlisting.enlist_study(gate.node, 1)
    assert report_of_reader(gate) == "Redacted by a person."


def test_words_of_a_signed_read_go_when_they_bear_what_became_known_since(gate, published) -> None:
    correct(gate, "Bleeding of NEWNUMBER is unlikely.")
    gate.run()
    gate.sign(published.study_uid)
    take_signed(gate.node)
    learn_another_number(gate)
    assert gate.run() == "enlist"
    assert report_of_reader(gate) is None
    assert gate.study().flagged
    assert ("words-withdrawn", published.study_uid) in gate.audited()


SPANISH = "Fecha del estudio: 03/02/2025. Se compara con los de la paciente; no se aprecia sangrado en el parénquima."
GERMAN = "Untersuchung 03/02/2025. Die Aufnahmen der Patientin und der Vergleich mit den alten: keine Blutung."
ENGLISH = "Study of 03/02/2025. The images of the patient are compared with the old ones: no bleeding."


@pytest.mark.parametrize(
    ("text", "language", "country", "day"),
    [
        (SPANISH, "", "MX", (2, 3)),
        (SPANISH, "es", None, (2, 3)),
        (SPANISH, "", "US", None),  # the language says one, the country the other
        (GERMAN, "", "DE", (2, 3)),
        (ENGLISH, "en", "US", (3, 2)),
        (ENGLISH, "en", "GB", None),
        (f"{ENGLISH} Prior of 25/02/2025.", "en", "GB", (2, 3)),
        (f"{ENGLISH} Prior of 02/25/2025.", "en", None, (3, 2)),
        (f"{ENGLISH} Prior of 25/02/2025.", "en", "US", None),
        (f"{SPANISH} Previo: 02/25/2025.", "es", "MX", None),
    ],
)
def test_order_of_day_and_month_is_told_by_the_text_and_the_sites_country(
    gate, part10, text, language, country, day
) -> None:
    set_site(gate.node, "north", SiteChange(country=country), actor="test")
    report = {"text": text, "language": language} if language else {"text": text}
    gate.case(patient=PATIENT, accession_numbers=["ACC-17"], report=report)
    gate.receive(part10(**STUDY))
    gate.run()
    with gate.node.reading.read() as session:
        row = session.scalars(select(PublishedStudy)).one()
    published_on = date(int(row.study_date[:4]), int(row.study_date[4:6]), int(row.study_date[6:]))
    if day is None:
        assert "[date]" in row.report[:30]
        return
    moved = date(2025, *day) + (published_on - date(2025, 3, 1))
    assert (f"{moved:%m/%d/%Y}" if country == "US" or "02/25" in text else f"{moved:%d/%m/%Y}") in row.report[:40]


def test_word_that_may_be_the_name_is_looked_at_before_a_reader_sees_it(gate, part10) -> None:
    patient = PATIENT | {"name": "Grant^Planted"}
    report = {"text": "IN THE SCANNER GRANT FELT UNWELL. NO BLEEDING.", "language": "en"}
    gate.case(patient=patient, accession_numbers=["ACC-17"], report=report, question="Bleeding?")
    gate.receive(part10(**STUDY, PatientName="Grant^Planted"))
    gate.run()
    assert (gate.study().state, gate.study().reason) == ("held", MAY_NAME)
    seen = view(gate)
    assert {"text": "GRANT", "kind": "doubtful", "instead": "GRANT"} in seen["original"]["report"]
    assert (seen["doubtful"], seen["approval_required"]) == (1, True)
    correct(gate, "IN THE SCANNER [name] FELT UNWELL. NO BLEEDING.", approve=True)
    gate.run()
    assert report_of_reader(gate) == "IN THE SCANNER [name] FELT UNWELL. NO BLEEDING."


def test_words_approved_before_their_report_was_found_to_name_somebody_else_wait_again(gate, published) -> None:
    def why():
        with gate.node.identity.write() as session:
            return why_words_wait(session, gate.node, session.get_one(Study, 1))

    set_site(gate.node, "north", SiteChange(approve_reports=True), actor="test")
    assert why() == UNAPPROVED
    correct(gate, "No bleeding.", approve=True)
    assert why() == ""
    with gate.node.identity.write() as session:
        case_of(session, 1).reports_of_others = {"": ["name"]}
    assert why() == DOUBTFUL
    seen = view(gate)
    assert (seen["report"], seen["approved_by"]) == ("No bleeding.", None)  # what a person wrote stays
    correct(gate, "No bleeding.", approve=True)
    assert why() == ""


def test_words_are_not_approved_by_who_was_not_shown_that_their_report_names_somebody_else(gate, published) -> None:
    before = view(gate)
    assert before["names_somebody_else"] is False
    with gate.node.identity.write() as session:
        case_of(session, 1).reports_of_others = {"": ["name"]}
    with pytest.raises(Conflict, match="load the words again"):
        correct(gate, "No bleeding.", approve=True, source=before["source"])
    correct(gate, "No bleeding.", source=before["source"])  # to correct them one need not know
    assert view(gate)["names_somebody_else"] is True
    correct(gate, "No bleeding.", approve=True)
    assert view(gate)["approved_by"] == "casey"
