"""The page routes: who sees which shell, where a log-in leads, and what a browser is told to refuse."""

import re
from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from worklist.access.log_ins import COOKIE
from worklist.access.readers import add_reader, set_password
from worklist.access.throttle import ATTEMPTS
from worklist.api import make_router as make_api_router
from worklist.pages.router import make_router
from worklist.problems import install_problem_handlers

READER = "Dr Ada"
PASSWORD = "a long enough password"
SHELLS = ("/worklist", "/worklist/0123456789abcdef0123456789abcdef")


@pytest.fixture
def client(room) -> Iterator[TestClient]:
    with room.database.write() as session:
        add_reader(session, room.clock, name=READER, email="ada@example.org")
        set_password(session, name=READER, password=PASSWORD)
    app = FastAPI()
    app.include_router(make_api_router(room))
    app.include_router(make_router(room))
    install_problem_handlers(app)
    with TestClient(app, follow_redirects=False) as client:
        yield client


def log_in(client: TestClient, **form: str):
    """Send the log-in form and keep the cookie, whose end lies in the real past since the clock stands still."""
    answer = client.post("/", data={"name": READER, "password": PASSWORD} | form)
    for name, value in re.findall(r"(\w+)=([^;]+);", answer.headers.get("Set-Cookie", ""))[:1]:
        client.cookies.set(name, value)
    return answer


def csrf_token(client: TestClient) -> str:
    return re.search(r'name="csrf-token" content="([^"]+)"', client.get("/worklist").text)[1]


@pytest.mark.parametrize("path", ["/", *SHELLS])
def test_every_page_tells_the_browser_what_to_refuse(client, path):
    if path != "/":
        log_in(client)
    answer = client.get(path)
    assert answer.status_code == 200
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self'" in policy
    assert "style-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("path", ["/", *SHELLS])
def test_no_page_holds_a_script_a_style_or_a_handler_of_its_own(client, path):
    if path != "/":
        log_in(client)
    page = client.get(path).text
    assert re.search(r"<script(?![^>]*\ssrc=)", page) is None
    assert "<style" not in page
    assert re.search(r"\s(on\w+|style)=", page) is None


@pytest.mark.parametrize("path", SHELLS)
def test_a_stranger_is_led_to_the_log_in_and_from_there_back(client, path):
    answer = client.get(path)
    assert answer.status_code == 303
    assert client.get(answer.headers["Location"]).status_code == 200
    next_page = re.search(r'name="next" value="([^"]*)"', client.get(answer.headers["Location"]).text)[1]
    assert log_in(client, next=next_page).headers["Location"] == path


@pytest.mark.parametrize(
    "next_page",
    ["https://example.org/", "//example.org", "/\\example.org", "/worklist/../api/me", "/worklist/x\n", "javascript:1"],
)
def test_a_log_in_leads_to_no_other_place(client, next_page):
    assert log_in(client, next=next_page).headers["Location"] == "/worklist"


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(client):
    cookie = log_in(client).headers["Set-Cookie"]
    assert cookie.startswith(f"{COOKIE}=")
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie


def test_a_wrong_password_is_401_and_says_nothing_about_the_name(client):
    wrong = log_in(client, password="another password")
    unknown = log_in(client, name="Nobody", password="another password")
    assert wrong.status_code == unknown.status_code == 401
    assert "do not fit together" in wrong.text
    assert wrong.text.replace(READER, "") == unknown.text.replace("Nobody", "")
    assert "another password" not in wrong.text


def test_guessing_is_slowed_down(client):
    for _ in range(ATTEMPTS):
        log_in(client, password="another password")
    answer = log_in(client)
    assert answer.status_code == 429
    assert "Too many attempts" in answer.text


def test_a_name_is_shown_as_text(client):
    answer = log_in(client, name='"><script>alert(1)</script>', password="x")
    assert "<script>alert" not in answer.text


@pytest.mark.parametrize(
    "headers",
    [{"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Origin": "https://example.org"}],
)
def test_a_log_in_form_sent_from_another_site_is_refused(client, headers):
    answer = client.post("/", data={"name": READER, "password": PASSWORD}, headers=headers)
    assert answer.status_code == 403
    assert "Set-Cookie" not in answer.headers


def test_logging_out_needs_the_token_and_ends_the_log_in(client):
    log_in(client)
    token = csrf_token(client)
    assert client.post("/log-out").status_code == 403
    assert client.post("/log-out", data={"csrf_token": "x"}).status_code == 403
    assert client.get("/worklist").status_code == 200
    answer = client.post("/log-out", data={"csrf_token": token})
    assert answer.headers["Location"] == "/"
    assert f'{COOKIE}=""' in answer.headers["Set-Cookie"]
    assert client.cookies[COOKIE], "the test still sends the old cookie"
    assert client.get("/worklist").status_code == 303, "the old cookie is worth nothing"


def test_logging_out_after_the_log_in_has_ended_leads_to_the_log_in(client):
    assert client.post("/log-out").headers["Location"] == "/"


def test_who_is_logged_in_need_not_log_in_again(client):
    log_in(client)
    assert client.get("/").headers["Location"] == "/worklist"
    assert client.get("/?next=/worklist/abc").headers["Location"] == "/worklist/abc"


def test_the_pages_token_opens_the_api(client):
    log_in(client)
    token = csrf_token(client)
    assert client.get("/api/me").json()["name"] == READER
    assert client.post("/api/worklist/none/claim").status_code == 403
    assert client.post("/api/worklist/none/claim", headers={"X-CSRF-Token": token}).status_code == 404


def test_a_token_that_is_no_readers_sees_no_reading_page(client, token):
    headers = {"Authorization": f"Bearer {token('integrator', 'viewer')}"}
    assert client.get("/worklist", headers=headers).status_code == 303


@pytest.mark.parametrize("path", ["/worklist/a%20b", "/worklist/" + "x" * 65])
def test_an_address_that_is_no_item_is_404(client, path):
    log_in(client)
    assert client.get(path).status_code == 404
