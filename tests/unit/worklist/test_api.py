"""The worklist's API from the outside: what DESIGN.md promises to scripts."""

import json

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from worklist.models import Charge, OutboxEntry, PublishedStudy, ReadingAudit
from worklist.publishing import set_case_context, set_site_terms

READ = {
    "findings": "A small bleed.",
    "impression": "Subdural haematoma.",
    "recommendation": "MR.",
    "agreement": "major",
    "radpeer": "3b",
    "diagnosis_changed": True,
    "treatment_changed": False,
    "key_images": [{"sop_instance_uid": "2.25.1.1.2", "frame": 10}],
}


def routes(app):
    paths = app.openapi()["paths"]
    return [(method.upper(), path) for path, methods in paths.items() for method in methods]


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer ovr_wrong"}, {"Authorization": "Basic YTpi"}])
def test_every_route_refuses_a_missing_or_wrong_token(app, headers):
    found = routes(app)
    assert len(found) == 11
    with TestClient(app) as client:
        for method, path in found:
            url = path.replace("{item_id}", "x").replace("{read_id}", "x")
            answer = client.request(method, url, headers=headers)
            assert answer.status_code == 401, (method, path)
            assert answer.headers["WWW-Authenticate"] == "Bearer"
            assert answer.headers["Content-Type"] == "application/problem+json"


def test_a_study_is_claimed_read_and_signed(room, publish, as_role):
    with room.database.write() as session:
        set_site_terms(session, site="north", display_name="North", rate_minor=25000, currency="EUR")
    item = publish()
    client = as_role("reader")
    assert client.post(f"/api/worklist/{item}/claim").json()["state"] == "claimed"
    draft = client.post(f"/api/worklist/{item}/read", json=READ)
    assert draft.status_code == 200
    assert {key: draft.json()[key] for key in READ} == READ
    signed = client.post(f"/api/worklist/{item}/sign")
    assert signed.status_code == 200
    body = signed.json()
    assert body["charge"] == {"amount_minor": 25000, "currency": "EUR"}
    assert (body["study_uid"], body["signed_at"]) == ("2.25.1", "2025-03-14T09:00:00Z")
    assert client.get(f"/api/reads/{body['id']}").json() == body
    with room.database.read() as session:
        assert [c.amount_minor for c in session.scalars(select(Charge))] == [25000]
        assert [o.kind for o in session.scalars(select(OutboxEntry))] == ["read-signed"]
        actions = list(session.scalars(select(ReadingAudit.action).order_by(ReadingAudit.seq)))
    assert actions == ["token-created", "claimed", "item-viewed", "signed", "read-viewed"]


def test_the_worklist_lists_exactly_the_agreed_keys(publish, as_role):
    item = publish(sex="F", age="045Y", description="CT head")
    body = as_role("integrator", "pacs").get("/api/worklist").json()
    assert body == {
        "items": [
            {
                "id": item,
                "study_uid": "2.25.1",
                "state": "open",
                "modality": "CT",
                "body_part": "HEAD",
                "description": "CT head",
                "patient": {"pseudonym": "P25.1", "sex": "F", "age": "045Y"},
                "site": "north",
                "site_name": "north",
                "received_at": "2025-03-14T09:00:00Z",
                "due_at": "2025-03-17T09:00:00Z",
                "reader": None,
                "case_number": None,
                "limited": False,
            }
        ],
        "next": None,
    }


def test_an_item_shows_its_case_and_series(room, publish, as_role):
    item = publish()
    with room.database.write() as session:
        set_case_context(
            session,
            "2.25.1",
            case_number="1234567897",
            question="Bleed?",
            report="No bleed.",
            report_language="en",
            blind=False,
            jurisdiction="US-MA",
        )
    body = as_role("reader").get(f"/api/worklist/{item}").json()
    assert (body["question"], body["report"], body["case_number"]) == ("Bleed?", "No bleed.", "1234567897")
    assert body["series"] == [
        {
            "series_uid": "2.25.1.1",
            "number": 1,
            "modality": "CT",
            "description": None,
            "instances": [
                {"sop_instance_uid": "2.25.1.1.1", "number": 1, "frames": 1, "rows": 512, "columns": 512},
                {"sop_instance_uid": "2.25.1.1.2", "number": 2, "frames": 10, "rows": 512, "columns": 512},
            ],
        }
    ]
    assert body["draft"] is None


def test_a_blind_read_hides_the_report_until_it_is_signed(room, publish, as_role):
    item = publish()
    with room.database.write() as session:
        set_case_context(
            session,
            "2.25.1",
            case_number=None,
            question="Bleed?",
            report="No bleed.",
            report_language="en",
            blind=True,
            jurisdiction=None,
        )
    client = as_role("reader")
    assert client.get(f"/api/worklist/{item}").json()["report"] is None
    assert "No bleed" not in client.post(f"/api/worklist/{item}/claim").text
    client.post(f"/api/worklist/{item}/read", json={"findings": "a", "impression": "b"})
    client.post(f"/api/worklist/{item}/sign")
    assert client.get(f"/api/worklist/{item}").json()["report"] == "No bleed."


@pytest.mark.parametrize("role", ["coordinator", "integrator", "admin"])
def test_only_a_reader_claims_reads_signs_and_adds(publish, as_role, role):
    item, client = publish(), as_role(role, "somebody")
    for path, body in (
        (f"/api/worklist/{item}/claim", None),
        (f"/api/worklist/{item}/read", READ),
        (f"/api/worklist/{item}/sign", None),
        ("/api/reads/x/addenda", {"text": "x"}),
    ):
        answer = client.post(path, json=body)
        assert (answer.status_code, answer.json()["status"]) == (403, 403)


def test_an_integrator_does_not_release(publish, as_role):
    assert as_role("integrator", "pacs").post(f"/api/worklist/{publish()}/release").status_code == 403


def test_a_reader_who_gives_back_a_prior_is_told_that_it_is_off_the_worklist(room, publish, as_role):
    item, ada = publish(), as_role()
    ada.post(f"/api/worklist/{item}/claim")
    with room.database.write() as session:
        session.get_one(PublishedStudy, "2.25.1").prior = True
    answer = ada.post(f"/api/worklist/{item}/release")
    assert (answer.status_code, answer.json()["state"]) == (200, "cancelled")
    assert ada.post(f"/api/worklist/{item}/claim").status_code == 409


def test_a_coordinator_releases_for_a_reader_and_the_draft_is_kept(publish, as_role):
    item, client = publish(), as_role("reader")
    client.post(f"/api/worklist/{item}/claim")
    client.post(f"/api/worklist/{item}/read", json={"findings": "kept"})
    answer = as_role("coordinator", "desk").post(f"/api/worklist/{item}/release")
    assert (answer.status_code, answer.json()["state"], answer.json()["reader"]) == (200, "open", None)
    assert client.get(f"/api/worklist/{item}").json()["draft"]["findings"] == "kept"


@pytest.mark.parametrize(
    "body",
    [
        {"diagnosis": "x"},
        {"agreement": "maybe"},
        {"radpeer": "4"},
        {"radpeer": 1},
        {"findings": "x" * 50_001},
        {"findings": "bell\a"},
        {"impression": "null\0"},
        {"recommendation": "escape\x1b[2J"},
        {"findings": "page\f"},
        {"findings": "delete\x7f"},
        {"findings": "next line\x85"},
        {"diagnosis_changed": "yes"},
        {"key_images": [{"sop_instance_uid": "../../etc", "frame": 1}]},
        {"key_images": [{"sop_instance_uid": "2.25.1.1.1", "frame": 0}]},
        {"key_images": [{"sop_instance_uid": "2.25.1.1.1", "frame": 1}] * 201},
    ],
)
def test_a_read_of_the_wrong_form_is_refused(publish, as_role, body):
    item, client = publish(), as_role("reader")
    client.post(f"/api/worklist/{item}/claim")
    answer = client.post(f"/api/worklist/{item}/read", json=body)
    assert answer.status_code == 422
    assert answer.headers["Content-Type"] == "application/problem+json"


def test_line_breaks_tabs_and_every_script_are_text(publish, as_role):
    item, client = publish(), as_role("reader")
    client.post(f"/api/worklist/{item}/claim")
    text = "Befund:\r\n\tkein Ödem\n无出血 \u200f\U0001f9e0"
    saved = client.post(f"/api/worklist/{item}/read", json={"findings": text})
    assert (saved.status_code, saved.json()["findings"]) == (200, text)


def test_a_refused_control_character_is_told_with_its_field_and_without_the_text(publish, as_role):
    item, client = publish(), as_role("reader")
    client.post(f"/api/worklist/{item}/claim")
    answer = client.post(f"/api/worklist/{item}/read", json={"findings": "MUELLER\0"})
    assert answer.json()["errors"] == [
        {"where": "body.findings", "problem": "Text holds no control characters but tab and line breaks"}
    ]
    assert "MUELLER" not in answer.text


def test_a_refusal_does_not_echo_what_was_sent(publish, as_role):
    item, client = publish(), as_role("reader")
    answer = client.post(f"/api/worklist/{item}/read", json={"radpeer": "MUELLER^HANS", "Müller Hans": 1})
    assert answer.status_code == 422
    assert "MUELLER" not in answer.text
    assert "ller" not in answer.text


def test_an_unknown_filter_is_refused(as_role):
    assert as_role("reader").get("/api/worklist?patient=x").status_code == 422


def test_a_save_changes_only_what_is_given(publish, as_role):
    item, client = publish(), as_role("reader")
    client.post(f"/api/worklist/{item}/claim")
    client.post(f"/api/worklist/{item}/read", json=READ)
    body = client.post(f"/api/worklist/{item}/read", json={"impression": "None.", "agreement": None}).json()
    assert (body["findings"], body["impression"], body["agreement"]) == (READ["findings"], "None.", None)


def test_an_addendum_is_shown_with_its_read(room, publish, as_role):
    item, client = publish(), as_role("reader")
    client.post(f"/api/worklist/{item}/claim")
    client.post(f"/api/worklist/{item}/read", json=READ)
    read_id = client.post(f"/api/worklist/{item}/sign").json()["id"]
    added = client.post(f"/api/reads/{read_id}/addenda", json={"text": "Also a fracture."})
    assert added.status_code == 201
    assert client.get(f"/api/reads/{read_id}").json()["addenda"] == [added.json()]
    assert as_role("reader", "Dr Ben").post(f"/api/reads/{read_id}/addenda", json={"text": "x"}).status_code == 403
    assert client.post(f"/api/reads/{read_id}/addenda", json={"text": "x\0"}).status_code == 422


def test_a_draft_is_seen_by_its_reader_alone(publish, as_role):
    item, client = publish(), as_role("reader")
    client.post(f"/api/worklist/{item}/claim")
    read_id = client.post(f"/api/worklist/{item}/read", json=READ).json()["id"]
    assert client.get(f"/api/reads/{read_id}").status_code == 200
    for role, name in (("reader", "Dr Ben"), ("admin", "root"), ("coordinator", "desk")):
        assert as_role(role, name).get(f"/api/reads/{read_id}").status_code == 404


def test_another_readers_claim_is_hidden_from_readers_and_shown_to_coordinators(publish, as_role):
    item, client = publish(), as_role("reader")
    client.post(f"/api/worklist/{item}/claim")
    other, desk = as_role("reader", "Dr Ben"), as_role("coordinator", "desk")
    assert other.get("/api/worklist").json()["items"] == []
    assert other.get(f"/api/worklist/{item}").status_code == 404
    assert desk.get("/api/worklist").json()["items"][0]["reader"] == "Dr Ada"
    assert desk.get(f"/api/worklist/{item}").json()["draft"] is None


def test_me_says_who_asks(as_role):
    assert as_role("reader").get("/api/me").json() == {
        "name": "Dr Ada",
        "role": "reader",
        "via": "token",
        "csrf_token": None,
    }


def test_openapi_names_the_errors_and_the_ways_in(app):
    document = app.openapi()
    assert set(document["components"]["securitySchemes"]) == {"HTTPBearer", "APIKeyCookie"}
    for path, methods in document["paths"].items():
        for method in methods.values():
            assert {"200", "201"} & set(method["responses"]), path
            assert "application/problem+json" in json.dumps(method["responses"]["401"])
            assert method["security"], path
