"""Who is let onto the upload page, for what, and what a stranger can learn there."""

import hmac
import io
import json
import re
import zipfile
from datetime import timedelta
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from nacl.signing import SigningKey
from PIL import Image
from sqlalchemy import select

from config.errors import Malformed, NotFound, TooLarge
from config.keys import read_receipt_seed
from gateway.case_reports import import_case
from gateway.cases import close_case
from gateway.decisions import match_by_person
from gateway.http.app import make_app
from gateway.intake import take_in
from gateway.models import IdentityAudit, Study
from gateway.node import Node
from gateway.portal import throttle
from gateway.portal.branding import BrandChange, clean_logo, set_brand
from gateway.portal.links import make_link, sign_link
from gateway.portal.words import LANGUAGES, catalogue, choose_language
from gateway.receipts import check_receipt
from gateway.uploads import pending_uploads, unpack_upload

BORN = "1961-07-04"
WRONG = "do not fit together"


@pytest.fixture
def case_number(node: Node) -> str:
    payload = json.dumps({"patient": {"name": "Planted^Identity", "birth_date": BORN}}).encode()
    return import_case(node, site="north", payload=payload, content_type="application/json", actor="test").case_number


@pytest.fixture
def app(node: Node) -> FastAPI:
    return make_app(node)


@pytest.fixture
def client(app: FastAPI) -> TestClient:
    return TestClient(app, follow_redirects=False)


def link(node: Node, number: str, **options) -> str:
    made = make_link(node, number, **({"days": 14, "single_use": False, "actor": "test"} | options))
    return "/upload/link/" + made["url"].rpartition("/")[2]


def enter(client: TestClient, path: str) -> dict[str, str]:
    """Open a session by a link; return the headers for what changes something."""
    assert client.post(path).status_code == 303
    page = client.get("/upload/send")
    token = json.loads(re.search(r'id="page">(.+?)</script>', page.text)[1])["csrf"]
    return {"X-CSRF-Token": token, "Tus-Resumable": "1.0.0"}


def upload(client: TestClient, headers: dict[str, str], data: bytes = b"abc"):
    created = client.post("/upload/tus", headers={**headers, "Upload-Length": str(len(data))})
    if created.status_code != 201:
        return created
    chunk = {**headers, "Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"}
    return client.patch(created.headers["Location"], content=data, headers=chunk)


def test_a_link_opens_a_session_for_one_case_and_an_upload_arrives_there(node, client, case_number):
    path = link(node, case_number)
    assert case_number not in path
    headers = enter(client, path)
    assert upload(client, headers).status_code == 204
    [upload_id] = pending_uploads(node)
    waybill = json.loads((node.uploads / f"{upload_id}.json").read_text())
    assert (waybill["site"], waybill["case_number"]) == ("north", case_number)
    state = client.get(f"/upload/deliveries/{upload_id}").json()
    assert state["state"] == "unpacking"
    assert client.get("/upload/status").json() == {"open": [], "deliveries": [upload_id]}


def test_the_cookie_is_for_the_upload_page_alone_and_out_of_reach_of_scripts(node, client, case_number):
    cookie = client.post(link(node, case_number)).headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "samesite=strict" in cookie.lower()
    assert "Path=/upload" in cookie


def test_looking_at_a_link_opens_nothing(node, client, case_number):
    answer = client.get(link(node, case_number))
    assert answer.status_code == 200
    assert "set-cookie" not in answer.headers
    assert case_number not in answer.text


def test_a_link_ends_with_its_time_with_its_case_and_when_anything_in_it_is_changed(node, client, case_number):
    path = link(node, case_number, days=14)
    token = path.rpartition("/")[2]
    link_id, expiry, signature = token.split("-", 2)
    longer = f"{link_id}-{int(expiry, 16) + 86400:x}-{signature}"
    for forged in (longer, f"{link_id}-{expiry}-AAAA", f"{'0' * 16}-{expiry}-{signature}", "x", "é-1-2", "--"):
        assert client.post(f"/upload/link/{forged}").status_code == 404
    unknown = sign_link(node.keys[1], "0" * 16, node.clock() + timedelta(days=1))
    assert client.post(f"/upload/link/{unknown}").status_code == 404
    node.clock.advance(timedelta(days=13))
    assert client.post(path).status_code == 303
    node.clock.advance(timedelta(days=2))
    assert client.post(path).status_code == 404
    fresh = link(node, case_number)
    close_case(node, case_number, actor="test")
    assert client.post(fresh).status_code == 404


def test_the_key_of_links_is_not_the_node_key_itself(node):
    plain = hmac.digest(node.keys[1].secret, b"x-1", "sha256")
    assert plain.hex() not in sign_link(node.keys[1], "x", node.clock())


def test_a_single_use_link_takes_one_upload_and_opens_no_second_session(node, app, client, case_number):
    path = link(node, case_number, single_use=True)
    headers = enter(client, path)
    other = TestClient(app, follow_redirects=False)
    other_headers = enter(other, path)
    begun = other.post("/upload/tus", headers={**other_headers, "Upload-Length": "3"}).headers["Location"]
    assert upload(client, headers).status_code == 204
    assert upload(client, headers).status_code == 403
    chunk = {**other_headers, "Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"}
    assert other.patch(begun, content=b"abc", headers=chunk).status_code == 403
    assert client.post(path).status_code == 404
    assert len(pending_uploads(node)) == 1
    assert client.get(f"/upload/deliveries/{pending_uploads(node)[0]}").status_code == 200


def test_a_session_of_a_case_that_closes_takes_nothing_more(node, client, case_number):
    headers = enter(client, link(node, case_number))
    close_case(node, case_number, actor="test")
    assert upload(client, headers).status_code == 403


def test_a_session_sees_only_what_came_by_its_own_way(node, app, client, case_number):
    assert upload(client, enter(client, link(node, case_number))).status_code == 204
    [upload_id] = pending_uploads(node)
    other = TestClient(app, follow_redirects=False)
    enter(other, link(node, case_number))
    for path in (f"/upload/deliveries/{upload_id}", f"/upload/deliveries/{upload_id}/events", "/upload/deliveries/x"):
        assert other.get(path).status_code == 404
    assert other.get("/upload/status").json() == {"open": [], "deliveries": []}


def test_the_page_does_not_tell_why_the_hospital_holds_a_study(gate, app, client):
    node, number = gate.node, gate.case(patient={"name": "Somebody^Else", "birth_date": BORN})
    assert upload(client, enter(client, link(node, number)), gate.part10(1)).status_code == 204
    [upload_id] = pending_uploads(node)
    unpack_upload(node, upload_id)
    take_in(node, list(node.spool.entries()))
    with node.identity.write() as session:
        study = session.get_one(Study, 1)
        study.state, study.reason = "held", "another patient's identity"
        study.finished_revision = study.wanted_revision
    told = client.get(f"/upload/deliveries/{upload_id}").json()
    assert told["files"] == [{"path": "upload", "disposition": "kept"}]
    assert "identity" not in json.dumps(told)


def test_the_signed_receipt_is_for_who_brought_it_and_says_nothing_of_other_cases(gate, app, client):
    node, number = gate.node, gate.case(patient={"name": "Somebody^Else", "birth_date": BORN})
    bundle = io.BytesIO()
    with zipfile.ZipFile(bundle, "w") as archive:
        archive.writestr("IM1", gate.part10(1))
    assert upload(client, enter(client, link(node, number)), bundle.getvalue()).status_code == 204
    [upload_id] = pending_uploads(node)
    unpack_upload(node, upload_id)
    take_in(node, list(node.spool.entries()))
    match_by_person(node, other := gate.case(), gate.study().study_uid, actor="test")
    address = f"/upload/deliveries/{upload_id}/receipt"
    receipts = {form: client.get(f"{address}.{form}") for form in ("json", "jws", "pdf")}
    seed = read_receipt_seed(node.settings.home)
    for answer in receipts.values():
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["content-disposition"].startswith("attachment")
        claims = check_receipt(answer.content, bytes(SigningKey(seed).verify_key))
        [study] = claims["studies"]
        assert (claims["case_number"], study["case_number"]) == (number, None)
        assert study["instances"][0]["reason"] == "on its way"
        assert other not in json.dumps(claims)
    assert [action for action, _ in gate.audited()].count("receipt-issued") == 3
    stranger = TestClient(app, follow_redirects=False)
    assert stranger.get(f"{address}.pdf").status_code == 401
    enter(stranger, link(node, number))
    assert stranger.get(f"{address}.pdf").status_code == 404
    assert stranger.get(f"/upload/deliveries/{'0' * 32}/receipt.pdf").status_code == 404
    assert client.get(f"{address}.docx").status_code == 422


def test_without_a_session_or_its_token_nothing_is_to_be_had(node, client, case_number):
    tus = {"Tus-Resumable": "1.0.0", "Upload-Length": "3"}
    assert client.post("/upload/tus", headers=tus).status_code == 401
    for path in ("/upload/status", "/upload/deliveries/x", "/upload/deliveries/x/events"):
        assert client.get(path).status_code == 401
    assert client.get("/upload/send").headers["location"] == "/upload"
    headers = enter(client, link(node, case_number))
    assert client.post("/upload/tus", headers=tus).status_code == 403
    for path in ("/api/worklist", "/intake/uploads/x", "/dicom-web/studies"):
        assert client.get(path, headers=headers).status_code == 401
    node.clock.advance(timedelta(hours=13))
    assert client.get("/upload/status").status_code == 401


def test_leaving_ends_the_session(node, client, case_number):
    token = enter(client, link(node, case_number))["X-CSRF-Token"]
    cookie = dict(client.cookies)
    client.post("/upload/leave", data={"csrf_token": token})
    client.cookies.update(cookie)
    assert client.get("/upload/status").status_code == 401


def try_number(client: TestClient, number: str, birth_date: str = BORN):
    return client.post("/upload", data={"number": number, "birth_date": birth_date})


def test_number_and_birth_date_open_the_case(node, client, case_number):
    assert try_number(client, f" {case_number[:5]} {case_number[5:]}").headers["location"] == "/upload/send"
    assert case_number in client.get("/upload/send").text


def test_what_does_not_fit_is_answered_alike_whatever_is_wrong(node, client, case_number):
    undated = import_case(node, site="north", payload=b'{"patient": {}}', content_type="", actor="test").case_number
    closed = import_case(
        node, site="north", payload=json.dumps({"patient": {"birth_date": BORN}}).encode(), content_type="", actor="t"
    ).case_number
    close_case(node, closed, actor="test")
    tries = [
        (case_number, "1961-07-05"),
        ("1234567894", BORN),
        ("12", BORN),
        (undated, ""),
        (undated, "0000-00-00"),
        (closed, BORN),
        ("", ""),
    ]
    answers = [try_number(client, *each) for each in tries]
    assert {answer.status_code for answer in answers} == {401}
    assert len({answer.text for answer in answers}) == 1
    assert WRONG in answers[0].text


def test_guessing_is_slowed_down_by_client_and_by_number_whether_it_exists_or_not(node, app, case_number):
    for number in (case_number, "1234567894"):
        for guess in range(throttle.NUMBER_ATTEMPTS):
            each = TestClient(app, client=(f"10.0.{guess}.1", 1), follow_redirects=False)
            assert try_number(each, number, "1950-01-01").status_code == 401
        fresh = TestClient(app, client=("10.9.9.9", 1), follow_redirects=False)
        assert try_number(fresh, number).status_code == 429
    one = TestClient(app, client=("10.1.1.1", 1), follow_redirects=False)
    statuses = [try_number(one, f"99999{number:05}").status_code for number in range(throttle.CLIENT_ATTEMPTS + 1)]
    assert statuses == [401] * throttle.CLIENT_ATTEMPTS + [429]
    node.clock.advance(timedelta(days=1, seconds=1))
    assert try_number(one, case_number).status_code == 303


def test_who_types_what_fits_is_never_slowed_down_but_takes_back_no_failure_of_before(node, client, case_number):
    for _ in range(throttle.CLIENT_ATTEMPTS - 1):
        assert try_number(client, case_number, "1950-01-01").status_code == 401
    for _ in range(throttle.CLIENT_ATTEMPTS + 1):
        assert try_number(client, case_number).status_code == 303
    assert try_number(client, case_number, "1950-01-01").status_code == 401
    assert try_number(client, case_number).status_code == 429


def test_a_form_sent_from_another_site_opens_nothing(node, client, case_number):
    headers = {"Sec-Fetch-Site": "cross-site"}
    assert client.post(link(node, case_number), headers=headers).status_code == 403
    data = {"number": case_number, "birth_date": BORN}
    assert client.post("/upload", data=data, headers=headers).status_code == 403


def test_no_identity_is_written_to_the_audit_trail_and_every_way_in_is(node, client, case_number):
    enter(client, link(node, case_number))
    try_number(client, case_number)
    try_number(client, case_number, "1950-01-01")
    with node.identity.read() as session:
        rows = list(session.scalars(select(IdentityAudit)))
    actions = [row.action for row in rows]
    assert actions[-4:] == ["upload-link-made", "upload-session", "upload-session", "upload-session-refused"]
    assert not re.search(r"Planted|19610704|1950", repr([(row.subject, row.detail) for row in rows]))


def test_pages_are_framed_by_the_sites_own_list_only(node, client, case_number):
    assert "frame-ancestors 'none'" in client.get("/upload?site=north").headers["content-security-policy"]
    set_brand(node, "north", BrandChange(frame_ancestors=("https://www.hospital.example",)), actor="test")
    allowed = client.get("/upload?site=north").headers["content-security-policy"]
    assert allowed.endswith("frame-ancestors 'self' https://www.hospital.example")
    assert "script-src 'self'" in allowed
    assert "frame-ancestors 'none'" in client.get("/upload?site=south").headers["content-security-policy"]


@pytest.mark.parametrize(
    "origin", ["hospital.example", "http://hospital.example", "https://a.example/x", "* ; script-src *"]
)
def test_what_is_no_origin_frames_nothing(node, origin):
    with pytest.raises(Malformed):
        set_brand(node, "north", BrandChange(frame_ancestors=(origin,)), actor="test")


def test_a_logo_is_made_anew_and_shown_small(node, client):
    target = io.BytesIO()
    picture = Image.new("RGB", (2000, 500), "navy")
    picture.save(target, "PNG", pnginfo=None)
    brand = set_brand(
        node,
        "north",
        BrandChange(name="Nord<b>", logo=target.getvalue() + b"<script>", colour="#0A3D62", imprint="Nord GmbH"),
        actor="test",
    )
    page = client.get("/upload?site=north")
    assert "Nord&lt;b&gt;" in page.text
    assert "Nord GmbH" in page.text
    logo = client.get(f"/upload/logo/north/{brand.logo_digest}.png")
    assert logo.headers["content-type"] == "image/png"
    assert Image.open(io.BytesIO(logo.content)).size == (480, 120)
    assert b"script" not in logo.content
    assert client.get("/upload/look/0a3d62.css").text == ":root { --brand: #0a3d62; }\n"
    assert client.get("/upload/look/red;}.css").status_code == 404


def test_a_logo_that_is_no_picture_and_colours_that_hide_words_are_refused(node):
    with pytest.raises(Malformed, match="SVG"):
        clean_logo(b"<svg onload=alert(1)></svg>")
    with pytest.raises(TooLarge):
        clean_logo(bytes(3 << 20))
    for colour in ("#ffff00", "navy", "#12345"):
        with pytest.raises(Malformed):
            set_brand(node, "north", BrandChange(colour=colour), actor="test")
    with pytest.raises(NotFound):
        set_brand(node, "nowhere", BrandChange(name="x"), actor="test")


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_catalogue_lacks_a_word_or_a_place_for_a_value(language):
    english, other = catalogue("en"), catalogue(language)
    assert list(other) == list(english)
    assert all(other.values())
    places = {key: set(re.findall(r"{\w+}", text)) for key, text in english.items()}
    assert {key: set(re.findall(r"{\w+}", text)) for key, text in other.items()} == places


def test_every_word_that_templates_and_scripts_ask_for_is_there_and_none_is_idle():
    folder = Path(throttle.__file__).parent
    text = "".join(
        path.read_text() for kind in ("templates/*.html", "static/*.js", "router.py") for path in folder.glob(kind)
    )
    asked = {key for key in catalogue("en") if f'"{key}"' in text or key.startswith("verdict.")}
    assert asked == set(catalogue("en"))
    named = set(re.findall(r'words(?:\[|\()"([a-z._]+)"', text))
    assert named <= set(catalogue("en"))


@pytest.mark.parametrize(
    ("chosen", "accepted", "language"),
    [
        (None, "", "en"),
        (None, "fr, de-AT;q=0.8, en;q=0.7", "de"),
        (None, "zh-TW,en;q=0.1", "zh-Hans"),
        ("es", "de", "es"),
        ("xx", "de", "de"),
        (None, "de;q=x, es;q=0.5", "es"),
    ],
)
def test_the_language_is_the_visitors_choice_then_the_browsers_then_english(chosen, accepted, language):
    assert choose_language(chosen, accepted) == language
