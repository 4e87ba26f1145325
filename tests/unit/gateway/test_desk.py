"""The desk's API: coordinators look and decide, every look at a name is audited, and a foreign page can do nothing."""

import pytest
from fastapi.testclient import TestClient
from pydicom.dataset import Dataset
from pydicom.uid import BasicTextSRStorage
from sqlalchemy import func, select

from gateway.case_reports import receive
from gateway.decisions import match_by_person
from gateway.desk import pages
from gateway.desk.coordinators import add_coordinator, set_coordinator_active, set_coordinator_password
from gateway.links import case_of, get_case
from gateway.models import Case, Study
from gateway.sites import SiteChange, set_site
from tests.unit.gateway.desk_app import make_app

NAME, PASSWORD = "Casey", "a long enough password"


@pytest.fixture
def logged_in(gate):
    """Return a client with a coordinator's log-in, and its CSRF token."""
    with gate.node.identity.write() as session:
        add_coordinator(session, gate.node.clock, name=NAME, email="casey@example.org")
        set_coordinator_password(session, name=NAME, password=PASSWORD)
    with TestClient(make_app(gate.node), follow_redirects=False) as client:
        assert client.post("/desk/log-in", data={"name": NAME, "password": "wrong" * 4}).status_code == 401
        answer = client.post("/desk/log-in", data={"name": NAME, "password": PASSWORD})
        assert (answer.status_code, answer.headers["location"]) == (303, "/desk")
        assert "Path=/desk" in answer.headers["set-cookie"] and "HttpOnly" in answer.headers["set-cookie"]
        # The clock of these tests stands still in the past: a client of today holds the cookie for expired.
        client.headers["Cookie"] = answer.headers["set-cookie"].split(";")[0]
        page = client.get("/desk")
        yield client, page.text.split('name="csrf-token" content="')[1].split('"')[0]


@pytest.fixture
def waiting(gate, part10):
    """Return a study that waits, between two cases that fit alike."""
    numbers = [gate.case(question="one?"), gate.case(question="two?")]
    gate.receive(part10())
    assert gate.run() == "match"
    return gate.study(), numbers


def post(desk, study, does, **body):
    return desk.post(f"/desk/api/studies/{study.study_uid}/{does}", json=body)


def linked(gate):
    with gate.node.identity.read() as session:
        case = case_of(session, 1)
        return case.case_number if case else None


def test_what_waits_is_listed_with_its_candidates_and_the_look_is_audited(gate, desk, waiting) -> None:
    study, numbers = waiting
    gate.pass_time(days=8)
    (row,) = desk.get("/desk/api/studies").json()["studies"]
    assert (row["study_uid"], row["days"], row["candidates"]) == (study.study_uid, 8, 2)
    overview = desk.get("/desk/api/overview").json()
    assert overview["studies"] == {"unmatched": 1}
    assert (overview["studies_waiting"], overview["cases_without_images"], overview["beyond_goal"]) == (1, 2, 3)
    assert {each["case_number"] for each in desk.get("/desk/api/cases").json()["cases"]} == set(numbers)
    assert {"desk-studies-viewed", "desk-cases-viewed"} <= {action for action, _ in gate.audited()}


def test_study_that_is_held_with_its_case_is_listed_with_that_case(gate, desk, part10) -> None:
    number = gate.case(body_part="KNEE")
    gate.receive(part10(StudyDescription="CT HEAD", BodyPartExamined="HEAD"))
    gate.run()
    match_by_person(gate.node, number, gate.study().study_uid, actor="casey")
    gate.run()
    (row,) = desk.get("/desk/api/studies").json()["studies"]
    assert (row["state"], row["case"]) == ("held", number)
    page = " ".join(desk.get("/desk").text.split())
    assert f'<a href="/desk/cases/{number}">' in page and ">none</span>" not in page
    of_case = " ".join(desk.get(f"/desk/cases/{number}").text.split())
    assert f'href="/desk/studies/{row["study_uid"]}">CT HEAD</a>' in of_case
    assert '<span class="badge">held</span>' in of_case


@pytest.mark.parametrize(
    ("probability", "shown"),
    [(0.0, "under 1 %"), (0.004, "under 1 %"), (0.01, "1 %"), (0.9899, "99 %"), (0.993, "99.3 %"), (1, "over 99.9 %")],
)
def test_probability_is_never_shown_as_none_or_as_certain(probability, shown) -> None:
    parts = pages.ENVIRONMENT.get_template("parts.html").module
    assert str(parts.percent(probability)) == shown


def test_cases_are_listed_with_the_records_that_are_missing(gate, desk, part10) -> None:
    def missing() -> dict[str, list[str]]:
        return {each["case_number"]: each["missing"] for each in desk.get("/desk/api/cases").json()["cases"]}

    empty, silent = gate.case(patient={"name": "Somebody^Else"}), gate.case()
    gate.case(report={"text": "Normal."}, patient={"name": "Someone^Other"}, question="with a report")
    gate.receive(part10())
    gate.run()
    match_by_person(gate.node, silent, gate.study().study_uid, actor="casey")
    gate.run()
    found = missing()
    assert (found[empty], found[silent], sorted(map(len, found.values()))) == (
        ["images", "report"],
        ["report"],
        [1, 1, 2],
    )
    with gate.node.identity.write() as session:
        get_case(session, silent).report_text = "Normal."
        study = session.get_one(Study, 1)
        study.fitness = {"verdict": "unfit", "findings": []}
    assert missing()[silent] == ["again"]
    with gate.node.identity.write() as session:
        session.get_one(Study, 1).accepted_by = "casey"
    assert silent not in missing()
    counted = desk.get("/desk/api/overview").json()
    assert (counted["cases_lacking_records"], counted["cases_without_images"]) == (2, 2)


def test_lists_come_in_pages(desk, waiting) -> None:
    first = desk.get("/desk/api/cases?limit=1").json()
    second = desk.get(f"/desk/api/cases?limit=1&after={first['next']}").json()
    assert first["cases"][0]["case_number"] != second["cases"][0]["case_number"]
    assert second["next"] is None
    assert desk.get("/desk/api/cases?limit=0").status_code == 422


def test_a_study_lies_beside_its_candidates_field_by_field(gate, desk, waiting) -> None:
    study, numbers = waiting
    view = desk.get(f"/desk/api/studies/{study.study_uid}").json()
    assert {each["case_number"] for each in view["candidates"]} == set(numbers)
    assert view["candidates"][0]["reasons"]
    rows = {row["field"]: row["agreement"] for row in view["candidates"][0]["comparison"]}
    assert (rows["Name"], rows["Patient ID"], rows["Birth date"]) == ("agrees", "agrees", "unknown")
    assert ("desk-study-viewed", study.study_uid) in gate.audited()


def test_not_this_one_is_never_proposed_again_until_a_person_links_it(gate, desk, waiting) -> None:
    study, (wrong, right) = waiting
    assert post(desk, study, "reject", case_number=wrong).status_code == 204
    assert gate.run() == "enlist"
    assert linked(gate) == right
    assert post(desk, study, "unlink", case_number=right).status_code == 204
    assert gate.run() == "match"
    assert gate.study().candidates == []
    spaced = f"{wrong[:3]} {wrong[3:6]} {wrong[6:]}"
    assert post(desk, study, "link", case_number=spaced).status_code == 204
    view = desk.get(f"/desk/api/studies/{study.study_uid}").json()
    assert [(each["case_number"], each["how"], each["ended_by"]) for each in view["history"]] == [
        (right, "auto", "casey"),
        (wrong, "person", None),
    ]
    assert [each["case_number"] for each in view["rejected"]] == [right]


def test_parting_after_signing_is_refused(gate, desk, part10) -> None:
    study = gate.publish()
    gate.sign(study.study_uid)
    number = linked(gate)
    answer = post(desk, study, "unlink", case_number=number)
    assert answer.status_code == 409
    assert linked(gate) == number


def test_new_case_from_a_study_is_our_json_and_is_linked(gate, desk, part10) -> None:
    gate.receive(part10())
    gate.run()
    body = {"patient": {"name": "Planted^Identity"}, "question": "Bleeding?"}
    assert post(desk, gate.study(), "case", patient={}, nonsense=1).status_code in {400, 422}
    made = post(desk, gate.study(), "case", **body)
    assert made.status_code == 201
    assert linked(gate) == made.json()["case_number"]
    again = post(desk, gate.study(), "case", **body | {"accession_numbers": ["ACC-99"]})
    assert again.status_code == 409 and made.json()["case_number"] in again.json()["detail"]
    with gate.node.identity.read() as session:
        assert session.scalar(select(func.count()).select_from(Case)) == 1, "no case is made that nobody would link"


def test_report_among_the_images_is_shown_and_makes_the_case(gate, desk, part10) -> None:
    gate.receive(part10(1, PatientBirthDate="19600102"))
    words = Dataset()
    words.RelationshipType, words.ValueType, words.TextValue = "CONTAINS", "TEXT", "Normal."
    gate.receive(part10(2, SOPClassUID=BasicTextSRStorage, Modality="SR", ContentSequence=[words]))
    gate.run()
    study = gate.study()
    (report,) = desk.get(f"/desk/api/studies/{study.study_uid}").json()["reports"]
    assert (report["kind"], report["state"]) == ("structured report", "waiting")
    answer = desk.post(f"/desk/api/studies/{study.study_uid}/case-from-report")
    assert (answer.status_code, linked(gate)) == (201, answer.json()["case_number"])
    again = desk.post(f"/desk/api/studies/{study.study_uid}/case-from-report")
    assert again.status_code == 409 and "linked to case" in again.json()["detail"]


def test_nobody_makes_a_case_of_a_report_that_did_not_come_or_whose_study_is_of_two_patients(
    gate, desk, part10
) -> None:
    gate.receive(part10(1))
    gate.run()
    path = f"/desk/api/studies/{gate.study().study_uid}/case-from-report"
    assert "no report" in desk.post(path).json()["detail"]
    gate.receive(part10(2, PatientID="PATIENT-2"))
    assert "two patients" in desk.post(path).json()["detail"]
    released = desk.post(f"/desk/api/studies/{gate.study().study_uid}/release")
    assert released.status_code == 409 and not gate.study().released


def test_reminder_asks_for_what_is_missing_in_the_hospital_s_language(gate, desk) -> None:
    set_site(gate.node, "north", SiteChange(country="DE"), actor="test")
    number = gate.case(report={"text": "o.B."})
    letter = desk.post(f"/desk/api/cases/{number}/reminder", json={}).json()
    assert (letter["language"], letter["missing"]) == ("de", ["images"])
    assert letter["link"] in letter["text"] and "Bilder" in letter["text"]
    assert ("upload-link-made", number) in gate.audited()
    assert "images" in desk.post(f"/desk/api/cases/{number}/reminder", json={"language": "en"}).json()["text"]


def test_letter_in_a_language_that_none_is_written_in_is_refused_with_those_that_are(gate, desk) -> None:
    number = gate.case()
    said = desk.post(f"/desk/api/cases/{number}/reminder", json={"language": "zh"})
    assert (said.status_code, "en, de, es, zh-Hans" in said.json()["detail"]) == (400, True)
    assert ("upload-link-made", number) not in gate.audited()
    assert desk.post(f"/desk/api/cases/{number}/reminder", json={"language": ""}).json()["language"] == "en"


def test_reminder_for_a_study_without_a_case_asks_for_its_report(gate, desk, part10) -> None:
    gate.receive(part10(AccessionNumber="ACC-5"))
    gate.run()
    text = post(desk, gate.study(), "reminder", language="es").json()["text"]
    assert "ACC-5" in text and "informe" in text


def test_two_patients_in_one_study_hold_it_until_a_person_says_it_is_one(gate, desk, part10) -> None:
    gate.publish()
    gate.receive(part10(2, PatientID="PATIENT-2", PatientName="Second^Person"))
    assert gate.run() == "assess"
    assert gate.study().state == "held"
    assert gate.item(gate.study().study_uid).state == "cancelled"
    view = desk.get(f"/desk/api/studies/{gate.study().study_uid}").json()
    assert [(each["patient_id"], each["own"]) for each in view["patients_in_conflict"]] == [
        ("PATIENT-1", True),
        ("PATIENT-2", False),
    ]
    assert post(desk, gate.study(), "identities", same=True).status_code == 204
    assert gate.run() == "enlist"
    assert [disposition for disposition, _ in gate.dispositions()] == ["published", "published"]
    assert "Second^Person" in gate.study().other_names


def test_other_patient_s_images_are_set_aside_and_the_study_goes_on(gate, desk, part10) -> None:
    gate.publish()
    gate.receive(part10(2, PatientID="PATIENT-2"))
    assert gate.run() == "assess"
    assert post(desk, gate.study(), "identities", same=False).status_code == 204
    assert gate.run() == "enlist"
    assert gate.study().state == "published"
    assert [code for _, code in gate.dispositions()] == [None, "other-patient"]
    view = desk.get(f"/desk/api/studies/{gate.study().study_uid}").json()
    assert (view["patients_in_conflict"], len(view["patients_set_aside"])) == ([], 2)
    assert post(desk, gate.study(), "identities", same=False, patient=99).status_code == 404


def test_study_that_is_not_fit_is_held_with_words_for_the_hospital_until_it_is_accepted(gate, desk, part10) -> None:
    set_site(gate.node, "north", SiteChange(language="de"), actor="test")
    gate.case(body_part="KNEE")
    gate.receive(part10(StudyDescription="CT HEAD", BodyPartExamined="HEAD"))
    if gate.run() == "match":
        post(desk, gate.study(), "link", case_number=desk.get("/desk/api/cases").json()["cases"][0]["case_number"])
        assert gate.run() == "assess"
    study = gate.study()
    assert study.state == "held" and "knee" in study.reason
    fitness = desk.get(f"/desk/api/studies/{study.study_uid}").json()["fitness"]
    assert (fitness["verdict"], fitness["language"]) == ("unfit", "de")
    assert "Knie" in fitness["letter"] and "nicht berechnet" in fitness["letter"]
    number = linked(gate)
    letter = desk.post(f"/desk/api/cases/{number}/reminder", json={}).json()
    assert letter["missing"] == ["report", "again"]
    assert "Knie" in letter["text"] and "auch den ursprünglichen Befund" in letter["text"]
    assert post(desk, study, "accept").status_code == 204
    assert gate.run() == "enlist"
    assert ("study-accepted", study.study_uid) in gate.audited()


def test_log_in_may_look_and_change_nothing_without_its_csrf_token(gate, logged_in, waiting) -> None:
    client, token = logged_in
    study, (number, _) = waiting
    path = f"/desk/api/studies/{study.study_uid}/link"
    assert client.get(f"/desk/studies/{study.study_uid}").status_code == 200
    assert client.post(path, json={"case_number": number}).status_code == 403
    assert client.post("/desk/log-out").status_code == 403
    assert client.post("/desk/api/cases?site=north", json={"patient": {"name": "Made^Up"}}).status_code == 403
    assert client.post("/desk/api/report-file", json={}).status_code == 403
    assert client.post(path, json={"case_number": number}, headers={"X-CSRF-Token": token}).status_code == 204
    assert linked(gate) == number


def test_log_in_form_of_another_site_is_refused_and_who_is_shut_out_is_out_at_once(gate, logged_in) -> None:
    client, _ = logged_in
    form = {"name": NAME, "password": PASSWORD}
    assert client.post("/desk/log-in", data=form, headers={"Origin": "https://elsewhere.example"}).status_code == 403
    with gate.node.identity.write() as session:
        set_coordinator_active(session, name=NAME, active=False)
    assert client.get("/desk").headers["location"] == "/desk/log-in"
    assert client.post("/desk/log-in", data=form).status_code == 401


def test_pages_bear_the_guarding_headers_and_say_what_is_not_there(logged_in) -> None:
    client, _ = logged_in
    page = client.get("/desk")
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert page.headers["cache-control"] == "no-store"
    assert "<script>" not in page.text and "style=" not in page.text
    assert client.get("/desk/cases/1234567890").status_code in {404, 422}
    assert client.get("/desk/log-in?next=https://elsewhere.example").headers["location"] == "/desk"


def test_flagged_study_is_on_the_desk_until_a_person_has_looked(gate, desk) -> None:
    study = gate.publish()
    assert desk.get("/desk/api/studies").json()["studies"] == []
    with gate.node.identity.write() as session:
        session.get_one(Study, 1).flagged = True
    (row,) = desk.get("/desk/api/studies").json()["studies"]
    assert (row["study_uid"], row["flagged"], row["state"]) == (study.study_uid, True, "published")
    assert "I have looked at it" in desk.get(f"/desk/studies/{study.study_uid}").text
    assert desk.post(f"/desk/api/studies/{study.study_uid}/seen").status_code == 204
    assert desk.get("/desk/api/studies").json()["studies"] == []
    assert ("flag-seen", study.study_uid) in gate.audited()


def test_desk_shows_who_pays_and_who_may_have_the_answer(gate, desk) -> None:
    number = gate.case(payer="self", release={"to": "patient", "after_days": 14})
    assert desk.get(f"/desk/api/cases/{number}").json()["release_words"] == (
        "hospital at signing, patient 14 days after signing"
    )
    page = desk.get(f"/desk/cases/{number}").text
    assert "the patient" in page and "patient 14 days after signing" in page


def test_desk_asks_to_confirm_what_a_correction_told_and_a_saved_form_does(gate, desk) -> None:
    number = gate.case(patient={"name": "Mueller^Hans", "ids": [{"id": "INS7", "issuer": "AOK"}]})
    header = "MSH|^~\\&|RIS|NORTH|OVERREAD|NODE|20250302||ADT^A08|M1|P|2.5.1"
    message = f"{header}\rPID|1||INS7^^^AOK||Mueller^Hans||19500304\r"
    receive(gate.node, site="north", payload=message.encode(), actor="test")
    page = desk.get(f"/desk/cases/{number}").text
    assert "Confirm who the patient is" in page and "told birth date of a patient" in page
    saved = {"name": "Mueller^Hans", "birth_date": "1950-03-04"}
    assert desk.post(f"/desk/api/cases/{number}/identity", json=saved).is_success
    assert "Confirm who the patient is" not in desk.get(f"/desk/cases/{number}").text
    assert ("case-identity-confirmed", number) in gate.audited()


def test_page_of_a_case_says_what_was_asked_by_whom_and_where_the_patient_lives(desk, gate) -> None:
    asked = [{"modality": "MR", "description": "Left knee", "laterality": "L", "accession_number": "A-7"}]
    number = gate.case(
        patient={"name": "Planted^Ada"}, requested_studies=asked, referrer="Zuweiser^Made", jurisdiction="US-MA"
    )
    page = " ".join(desk.get(f"/desk/cases/{number}").text.split())
    for words in ("<dd>US-MA</dd>", "<dd>Zuweiser Made</dd>", "MR Left knee (left) A-7"):
        assert words in page
