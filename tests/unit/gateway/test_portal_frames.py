"""The upload page in a frame: a bearer token in the place of a cookie, which neither passes for the other."""

import json
import re
from datetime import timedelta

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from gateway.case_reports import import_case
from gateway.cases import close_case
from gateway.http import events
from gateway.http.app import make_app
from gateway.node import Node
from gateway.portal import router
from gateway.portal.admission import COOKIE
from gateway.portal.branding import BrandChange, set_brand
from gateway.portal.deliveries import delivery_state
from gateway.portal.links import make_link
from gateway.portal.upload_sessions import FRAMED_IDLE, LONGEST, end_upload_session

BORN = "1961-07-04"
HOSPITAL = "https://www.hospital.example"
FRAME = {"Sec-Fetch-Dest": "iframe", "Sec-Fetch-Site": "same-origin"}
FIRST = {"Sec-Fetch-Dest": "iframe", "Sec-Fetch-Site": "cross-site"}


def file_case(node: Node, site: str = "north") -> str:
    payload = json.dumps({"patient": {"name": "Planted^Identity", "birth_date": BORN}}).encode()
    return import_case(node, site=site, payload=payload, content_type="application/json", actor="test").case_number


@pytest.fixture
def case_number(node: Node) -> str:
    set_brand(node, "north", BrandChange(frame_ancestors=(HOSPITAL,)), actor="test")
    return file_case(node)


@pytest.fixture
def app(node: Node) -> FastAPI:
    return make_app(node)


@pytest.fixture
def client(app: FastAPI) -> TestClient:
    return TestClient(app, follow_redirects=False)


def link(node: Node, number: str) -> str:
    made = make_link(node, number, days=14, single_use=False, actor="test")
    return "/upload/link/" + made["url"].rpartition("/")[2]


def facts(answer) -> dict:
    return json.loads(re.search(r'id="page">(.+?)</script>', answer.text)[1])


def enter(client: TestClient, path: str) -> dict[str, str]:
    """Open a session in a frame; return the header that shows it."""
    answer = client.post(path, headers=FRAME)
    assert answer.status_code == 200
    return {"Authorization": f"Bearer {facts(answer)['bearer']}", "Tus-Resumable": "1.0.0"}


def test_the_token_comes_in_a_page_that_only_the_allowed_may_frame_and_sets_no_cookie(node, client, case_number):
    path = link(node, case_number)
    assert "<form" in client.get(path, headers=FIRST).text
    answer = client.post(path, headers=FRAME)
    assert answer.headers["content-security-policy"].endswith(f"frame-ancestors 'self' {HOSPITAL}")
    assert answer.headers["cache-control"] == "no-store"
    assert COOKIE not in answer.headers.get("set-cookie", "")
    assert facts(answer)["csrf"] == ""
    assert len(facts(answer)["bearer"]) >= 43
    assert client.get("/upload/status").status_code == 401


def test_what_a_hospital_may_not_frame_gets_a_cookie_which_a_browser_keeps_from_frames(node, client):
    answer = client.post(link(node, file_case(node)), headers=FRAME)
    assert answer.status_code == 303
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    assert "samesite=strict" in answer.headers["set-cookie"].lower()


def test_a_bearer_token_uploads_resumes_and_is_told_of_it_with_nothing_beside_it(node, app, client, case_number):
    path = link(node, case_number)
    who = enter(client, path)
    created = client.post("/upload/tus", headers={**who, "Upload-Length": "6"})
    chunk = {**who, "Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"}
    assert client.patch(created.headers["Location"], content=b"abc", headers=chunk).status_code == 204
    again = TestClient(app)
    later = enter(again, path)
    [begun] = again.get("/upload/status", headers=later).json()["open"]
    assert begun["offset"] == 3
    rest = {**later, "Upload-Offset": "3", "Content-Type": "application/offset+octet-stream"}
    assert again.patch(f"/upload/tus/{begun['id']}", content=b"def", headers=rest).status_code == 204
    assert again.get(f"/upload/deliveries/{begun['id']}", headers=later).json()["state"] == "unpacking"


def test_neither_kind_of_secret_passes_for_the_other(node, app, client, case_number):
    token = enter(client, link(node, case_number))["Authorization"].removeprefix("Bearer ")
    assert client.get("/upload/status", headers={"Cookie": f"{COOKIE}={token}"}).status_code == 401
    window = TestClient(app, follow_redirects=False)
    window.post(link(node, case_number))
    cookie = window.cookies[COOKIE]
    assert window.get("/upload/status").status_code == 200
    assert client.get("/upload/status", headers={"Authorization": f"Bearer {cookie}"}).status_code == 401
    wrong = {"Authorization": "Bearer wrong"}
    assert window.get("/upload/status", headers=wrong).status_code == 401, "a wrong token is not made good by a cookie"


def test_a_cookie_that_comes_along_opens_nothing_in_a_frame(node, client, case_number):
    client.post(link(node, case_number))
    assert client.get("/upload?site=north").headers["location"] == "/upload/send"
    framed = client.get("/upload?site=north", headers=FIRST)
    assert (framed.status_code, 'name="birth_date"' in framed.text) == (200, True)


def test_a_form_from_another_site_opens_nothing_in_a_frame(node, client, case_number):
    for path in (link(node, case_number), "/upload", "/upload/send"):
        assert client.post(path, headers=FIRST).status_code == 403


def test_in_a_frame_the_number_opens_a_case_of_that_site_alone_and_the_answer_does_not_tell(node, client, case_number):
    numbers = (file_case(node, "south"), "1234567894")
    answers = [
        client.post("/upload", headers=FRAME, data={"number": number, "birth_date": BORN, "site": "north"})
        for number in numbers
    ]
    assert {answer.status_code for answer in answers} == {401}
    assert len({answer.text for answer in answers}) == 1
    opened = client.post("/upload", headers=FRAME, data={"number": case_number, "birth_date": BORN, "site": "north"})
    assert facts(opened)["case"] == case_number


def test_a_token_that_is_not_shown_for_a_while_ends_and_one_that_is_ends_with_the_longest_time(
    node, client, case_number
):
    path = link(node, case_number)
    idle = enter(client, path)
    node.clock.advance(FRAMED_IDLE + timedelta(seconds=1))
    assert client.get("/upload/status", headers=idle).status_code == 401
    busy, began = enter(client, path), node.clock()
    while node.clock() - began < LONGEST - FRAMED_IDLE:
        node.clock.advance(FRAMED_IDLE * 0.75)
        assert client.get("/upload/status", headers=busy).status_code == 200
    node.clock.advance(began + LONGEST - node.clock())
    assert client.get("/upload/status", headers=busy).status_code == 401


def test_the_page_is_shown_again_in_another_language_and_left_by_its_token_in_a_body(node, client, case_number):
    who = enter(client, link(node, case_number))
    form = {"bearer": who["Authorization"].removeprefix("Bearer "), "site": "north"}
    again = client.post("/upload/send?lang=de", headers=FRAME, data=form)
    assert "Wo sind die Bilder?" in again.text
    assert facts(again)["bearer"] == form["bearer"]
    assert client.post("/upload/leave", headers=FRAME, data=form).headers["location"] == "/upload?site=north"
    assert client.get("/upload/status", headers=who).status_code == 401
    assert client.post("/upload/send", headers=FRAME, data=form).status_code == 401
    elsewhere = client.post("/upload/leave", headers=FRAME, data=form | {"site": "//evil.example"})
    assert elsewhere.headers["location"] == "/upload"


def test_a_link_that_ended_says_so_in_the_frame_that_could_show_it(node, client, case_number):
    path = link(node, case_number)
    close_case(node, case_number, actor="test")
    answer = client.get(path, headers=FIRST)
    assert answer.status_code == 404
    assert answer.headers["content-security-policy"].endswith(HOSPITAL)
    assert "/upload?site=north" in answer.text
    forged = client.get(path[:-4] + "AAAA", headers=FIRST)
    assert "frame-ancestors 'none'" in forged.headers["content-security-policy"]


def test_a_stream_of_events_ends_with_the_session_that_opened_it(node, client, case_number, monkeypatch):
    shown = enter(client, link(node, case_number))
    begun = client.post("/upload/tus", headers={**shown, "Upload-Length": "6"}).headers["Location"]
    looks: list[str] = []

    def leave_after_a_look(*arguments):
        looks.append(arguments[-1])
        if len(looks) == 2:
            end_upload_session(node, shown["Authorization"].removeprefix("Bearer "), framed=True)
        return delivery_state(*arguments)

    monkeypatch.setattr(router, "delivery_state", leave_after_a_look)
    monkeypatch.setattr(events, "_POLL_SECONDS", 0.01)
    monkeypatch.setattr(events, "_LONGEST_SECONDS", 10)
    told = client.get(f"/upload/deliveries/{begun.rpartition('/')[2]}/events", headers=shown)
    assert (told.status_code, told.text.count("event: delivery")) == (200, 1)
    assert len(looks) == 2
