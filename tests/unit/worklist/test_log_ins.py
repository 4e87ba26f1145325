"""Log-ins with a cookie: how they open, end, resist guessing and resist forgery."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Annotated

import pytest
from fastapi import Depends, FastAPI, Form
from fastapi.responses import JSONResponse
from fastapi.testclient import TestClient
from sqlalchemy import func, select

from config.errors import Unauthenticated
from config.settings import Http
from worklist.access.csrf import HEADER, refuse_cross_site
from worklist.access.gate import Gate, Principal
from worklist.access.log_ins import COOKIE, drop_cookie, find_logged_in, log_in, log_out, set_cookie
from worklist.access.readers import add_reader, set_active, set_password
from worklist.access.throttle import ATTEMPTS, WINDOW, Throttled
from worklist.models import LogIn, LogInAttempt, ReadingAudit
from worklist.problems import install_problem_handlers

PASSWORD = "correct horse battery"


@pytest.fixture
def ada(room):
    with room.database.write() as session:
        reader_id = add_reader(session, room.clock, name="Dr Ada", email="ada@example.org")
        set_password(session, name="Dr Ada", password=PASSWORD)
    return reader_id


def try_log_in(room, name="Dr Ada", password=PASSWORD, client="192.0.2.1"):
    return log_in(room, name=name, password=password, client=client)


def whose(room, cookie):
    with room.database.read() as session:
        return find_logged_in(session, room.clock(), cookie)


def audited(room):
    with room.database.read() as session:
        rows = session.execute(select(ReadingAudit.actor, ReadingAudit.action).order_by(ReadingAudit.seq))
        return [tuple(row) for row in rows]


def test_the_right_password_opens_a_log_in_kept_as_a_hash(room, ada):
    opened = try_log_in(room)
    assert whose(room, opened.cookie) == Principal("Dr Ada", "reader", ada, "cookie", opened.csrf_token)
    assert opened.expires_at == room.clock() + timedelta(hours=12)
    with room.database.read() as session:
        assert session.scalars(select(LogIn)).one().cookie_hash != opened.cookie
    assert audited(room) == [("Dr Ada", "log-in")]
    assert opened.cookie not in repr(opened)


@pytest.mark.parametrize(("name", "password"), [("Dr Ada", "wrong"), ("Dr Nobody", PASSWORD), ("Dr Ada", "")])
def test_a_wrong_name_or_password_gets_the_same_answer(room, ada, name, password):
    with pytest.raises(Unauthenticated) as refusal:
        try_log_in(room, name, password)
    assert str(refusal.value) == "the name or the password is wrong"
    assert audited(room) == [("nobody", "log-in-failed")]


def test_a_reader_without_password_cannot_log_in(room, reader):
    reader("Dr Ben")
    with pytest.raises(Unauthenticated):
        try_log_in(room, "Dr Ben")


def test_a_log_in_ends_by_itself(room, ada, clock):
    cookie = try_log_in(room).cookie
    clock.advance(timedelta(hours=12))
    assert whose(room, cookie) is None
    try_log_in(room)
    with room.database.read() as session:
        assert session.scalar(select(func.count()).select_from(LogIn)) == 1


def test_logging_out_ends_the_log_in_and_no_other(room, ada):
    first, second = try_log_in(room).cookie, try_log_in(room).cookie
    with room.database.write() as session:
        log_out(session, room.clock, first)
        log_out(session, room.clock, "unknown")
    assert (whose(room, first), whose(room, second).name) == (None, "Dr Ada")
    assert audited(room)[-1] == ("Dr Ada", "log-out")


def test_a_reader_who_is_shut_out_is_logged_out(room, ada):
    cookie = try_log_in(room).cookie
    with room.database.write() as session:
        set_active(session, name="Dr Ada", active=False)
    assert whose(room, cookie) is None
    with pytest.raises(Unauthenticated):
        try_log_in(room)


def test_a_log_in_stays_ended_when_the_reader_is_let_in_again(room, ada):
    cookie = try_log_in(room).cookie
    for active in (False, True):
        with room.database.write() as session:
            set_active(session, name="Dr Ada", active=active)
    assert whose(room, cookie) is None
    assert try_log_in(room)


def test_a_new_password_ends_that_readers_log_ins_and_no_others(room, ada):
    with room.database.write() as session:
        add_reader(session, room.clock, name="Dr Ben", email="ben@example.org")
        set_password(session, name="Dr Ben", password=PASSWORD)
    old, other = try_log_in(room).cookie, try_log_in(room, "Dr Ben").cookie
    with room.database.write() as session:
        set_password(session, name="Dr Ada", password=PASSWORD + " staple")
    assert (whose(room, old), whose(room, other).name) == (None, "Dr Ben")
    assert whose(room, try_log_in(room, password=PASSWORD + " staple").cookie).name == "Dr Ada"


def test_guessing_is_stopped_for_that_client_and_goes_on_for_others(room, ada, clock):
    for _ in range(ATTEMPTS):
        with pytest.raises(Unauthenticated):
            try_log_in(room, password="guess")
    with pytest.raises(Throttled):
        try_log_in(room)
    assert try_log_in(room, client="192.0.2.2")
    clock.advance(WINDOW)
    assert try_log_in(room)


def test_guessing_in_parallel_gets_no_more_attempts(room, ada):
    def guess(_):
        try:
            try_log_in(room, password="guess")
        except Unauthenticated:
            return 1
        except Throttled:
            return 0
        return None

    with ThreadPoolExecutor(6) as pool:
        assert sum(pool.map(guess, range(ATTEMPTS + 8))) == ATTEMPTS


def test_a_success_clears_the_count_and_nothing_of_the_client_is_kept(room, ada):
    for _ in range(ATTEMPTS - 1):
        with pytest.raises(Unauthenticated):
            try_log_in(room, password="guess")
    with room.database.read() as session:
        kept = session.scalars(select(LogInAttempt.key)).all()
    assert not any("192.0.2.1" in key or "Ada" in key for key in kept)
    for _ in range(2):
        try_log_in(room)
    with room.database.read() as session:
        assert session.scalar(select(func.count()).select_from(LogInAttempt)) == 0


@pytest.mark.parametrize("secure", [True, False])
def test_the_cookie_is_http_only_and_strict(room, ada, secure):
    response = JSONResponse({})
    opened = try_log_in(room)
    set_cookie(response, Http(secure_cookies=secure), opened)
    cookie = response.headers["set-cookie"]
    assert cookie.startswith(f"{COOKIE}={opened.cookie};")
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    assert ("Secure" in cookie) is secure
    gone = JSONResponse({})
    drop_cookie(gone, Http(secure_cookies=secure))
    assert f'{COOKIE}=""' in gone.headers["set-cookie"]


@pytest.fixture
def browser(room, app, ada):
    """Return a client with an open log-in, and the log-in."""

    @app.post("/form", dependencies=[Depends(Gate(room).requires("reader"))])
    def take_form(text: Annotated[str, Form()]) -> dict:
        return {"text": text}

    opened = try_log_in(room)
    with TestClient(app, cookies={COOKIE: opened.cookie}) as client:
        yield client, opened


def test_the_cookie_admits_a_reader(browser):
    client, opened = browser
    me = client.get("/api/me").json()
    assert me == {"name": "Dr Ada", "role": "reader", "via": "cookie", "csrf_token": opened.csrf_token}


def test_an_unsafe_request_with_the_cookie_needs_the_csrf_token(browser, publish):
    client, opened = browser
    path = f"/api/worklist/{publish()}/claim"
    assert client.post(path).status_code == 403
    assert client.post(path, headers={HEADER: "wrong"}).status_code == 403
    assert client.post(path, headers={HEADER: opened.csrf_token}).status_code == 200


def test_a_form_may_bear_the_csrf_token_as_a_field(browser):
    client, opened = browser
    assert client.post("/form", data={"text": "x"}).status_code == 403
    answer = client.post("/form", data={"text": "x", "csrf_token": opened.csrf_token})
    assert (answer.status_code, answer.json()) == (200, {"text": "x"})


def test_another_log_ins_csrf_token_is_refused(browser, room, publish):
    client, _ = browser
    other = try_log_in(room)
    path = f"/api/worklist/{publish()}/claim"
    assert client.post(path, headers={HEADER: other.csrf_token}).status_code == 403


def test_a_bearer_token_needs_no_csrf_token(as_role, publish):
    assert as_role("reader", "Dr Ben").post(f"/api/worklist/{publish()}/claim").status_code == 200


def test_a_wrong_bearer_token_is_not_saved_by_a_good_cookie(browser):
    client, _ = browser
    assert client.get("/api/me", headers={"Authorization": "Bearer ovr_x"}).status_code == 401


def test_an_expired_cookie_is_unauthenticated(browser, clock):
    client, _ = browser
    clock.advance(timedelta(hours=12))
    assert client.get("/api/me").status_code == 401


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Sec-Fetch-Site": "same-origin"}, 200),
        ({"Sec-Fetch-Site": "none"}, 200),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Origin": "http://testserver"}, 200),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://evil.example", "Sec-Fetch-Site": "same-origin"}, 200),
    ],
)
def test_a_form_sent_from_another_site_is_refused(headers, status):
    app = FastAPI()
    install_problem_handlers(app)

    @app.post("/", dependencies=[Depends(refuse_cross_site)])
    def take() -> None:
        return None

    with TestClient(app) as client:
        assert client.post("/", headers=headers).status_code == status
