"""Default deny: every route of the node refuses strangers, but for a literal list, and admits only its own roles."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

from config.settings import Settings
from gateway.home import make_home
from gateway.http.app import OPEN_ROUTES, make_app
from gateway.http.guide import EXAMPLES
from gateway.node import open_node
from worklist.access.log_ins import COOKIE
from worklist.access.readers import add_reader, set_password
from worklist.access.tokens import create_token, list_tokens, revoke_token

READER, PASSWORD = "Dr Ada Lumen", "a-long-pass-phrase"
ROLES = ("reader", "coordinator", "integrator", "admin")
# What a stranger may see: whether the node lives, the log-in form, and the files that the form is made of.
LOG_IN = {("GET", "/"), ("POST", "/"), ("POST", "/log-out")}
DESK_LOG_IN = {("GET", "/desk/log-in"), ("POST", "/desk/log-in"), ("POST", "/desk/log-out")}
FILES = {
    ("GET", "/static/{digest}/{path:path}"),
    ("GET", "/desk/static/{digest}/{path:path}"),
    ("GET", "/favicon.ico"),
    ("GET", "/ohif/start.js"),
    ("GET", "/ohif/files/{folder}/{path:path}"),
}
# Pages send a stranger to the log-in and bring nothing but a shell.
PAGES = {("GET", "/worklist"), ("GET", "/worklist/{item_id}"), ("GET", "/ohif"), ("GET", "/ohif/{view:path}")}
# The desk has a log-in of its own.
DESK_PAGES = {
    ("GET", "/desk"),
    ("GET", "/desk/studies/{study_uid}"),
    ("GET", "/desk/studies/{study_uid}/words"),
    ("GET", "/desk/cases/{number}"),
    ("GET", "/desk/new-case"),
    ("GET", "/desk/quarantine"),
    ("GET", "/desk/quarantine/{number}"),
}
# Who may do what is not for everybody; what is not named here is a look, for every role.
ONLY = {
    ("POST", "/api/worklist/{item_id}/claim"): {"reader"},
    ("POST", "/api/worklist/{item_id}/read"): {"reader"},
    ("POST", "/api/worklist/{item_id}/sign"): {"reader"},
    ("POST", "/api/worklist/{item_id}/release"): {"reader", "coordinator", "admin"},
    ("POST", "/api/reads/{read_id}/addenda"): {"reader"},
    ("POST", "/intake/uploads"): {"coordinator", "admin"},
    ("GET", "/intake/uploads/{upload_id}"): {"coordinator", "admin"},
    ("POST", "/intake/dicom-web/studies"): {"coordinator", "admin"},
    ("POST", "/intake/dicom-web/studies/{study}"): {"coordinator", "admin"},
    ("POST", "/intake/cases"): {"coordinator", "admin"},
    ("GET", "/intake/uploads/{upload_id}/events"): {"coordinator", "admin"},
    ("OPTIONS", "/intake/tus"): {"coordinator", "admin"},
    ("POST", "/intake/tus"): {"coordinator", "admin"},
    ("HEAD", "/intake/tus/{upload_id}"): {"coordinator", "admin"},
    ("PATCH", "/intake/tus/{upload_id}"): {"coordinator", "admin"},
    ("DELETE", "/intake/tus/{upload_id}"): {"coordinator", "admin"},
    ("GET", "/intake/cases/{number}"): {"coordinator", "admin"},
    ("GET", "/intake/cases/{number}/documents/{document}"): {"coordinator", "admin"},
    ("GET", "/intake/deliveries"): {"coordinator", "admin"},
    ("GET", "/intake/deliveries/{delivery_id}/receipt"): {"coordinator", "admin"},
    ("GET", "/intake/attachments"): {"coordinator", "admin"},
    ("GET", "/intake/attachments/{number}"): {"coordinator", "admin"},
    ("DELETE", "/intake/attachments/{number}"): {"coordinator", "admin"},
}
DESK = "/desk"
DESK_ROUTES = (
    ("GET", "/overview"),
    ("GET", "/studies"),
    ("GET", "/cases"),
    ("GET", "/studies/{study_uid}"),
    *(("POST", f"/studies/{{study_uid}}/{does}") for does in ("link", "unlink", "reject", "case", "release", "accept")),
    *(("POST", f"/studies/{{study_uid}}/{does}") for does in ("seen", "identities", "apart", "reminder", "words")),
    ("POST", "/studies/{study_uid}/case-from-report"),
    ("GET", "/studies/{study_uid}/words"),
    ("GET", "/cases/{number}"),
    ("POST", "/cases/{number}/report"),
    ("GET", "/quarantine"),
    ("GET", "/quarantine/{number}"),
    *(("GET", f"/quarantine/{{number}}/frames/{{frame}}/{what}") for what in ("picture", "findings")),
    *(("POST", f"/quarantine/{{number}}/{does}") for does in ("clean", "release", "discard")),
    *(("POST", f"/quarantine/{does}") for does in ("clean", "release", "discard")),
    *(("POST", f"/cases/{{number}}/{does}") for does in ("identity", "change", "merge", "apart", "reminder")),
    *(("POST", f"/cases/{{number}}/{does}") for does in ("close", "open")),
    ("GET", "/cases/{number}/documents/{document}"),
    ("POST", "/cases"),
    ("POST", "/report-file"),
)
ONLY |= {(method, f"{DESK}/api{path}"): {"coordinator", "admin"} for method, path in DESK_ROUTES}
# The upload page has sessions of its own, which its unit tests try: no role of a token counts there.
PORTAL = "/upload"
# A shared preview is open to whoever holds its link, which its unit tests try too; a token opens nothing there.
SHARED = "/shared"
OPEN = LOG_IN | DESK_LOG_IN | FILES | PAGES | DESK_PAGES
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


@pytest.fixture(scope="module")
def node(tmp_path_factory):
    home = tmp_path_factory.mktemp("node") / "home"
    make_home(home)
    with open_node(Settings.load(home)) as opened:
        yield opened


@pytest.fixture(scope="module")
def app(node):
    return make_app(node)


@pytest.fixture(scope="module")
def tokens(node):
    with node.reading.write() as session:
        add_reader(session, node.clock, name=READER, email="ada@example.org")
        set_password(session, name=READER, password=PASSWORD)
        names = {role: READER if role == "reader" else role for role in ROLES}
        return {role: create_token(session, node.clock, role=role, name=name) for role, name in names.items()}


@pytest.fixture
def stranger(app):
    with TestClient(app, follow_redirects=False, raise_server_exceptions=False) as client:
        yield client


def walk(routes: Any, prefix: str = "") -> Iterator[tuple[str, str]]:
    """Return method and path of every route, those of included routers and mounted apps too."""
    for route in routes:
        inner = getattr(route, "original_router", None)
        if inner is not None:
            yield from walk(inner.routes, prefix + route.include_context.prefix)
        elif getattr(route, "methods", None):
            yield from ((method, prefix + route.path) for method in route.methods)
        else:
            yield from walk(route.routes, prefix + route.path)


def guarded(app):
    asked = set(walk(app.routes)) - {("GET", path) for path in OPEN_ROUTES} - OPEN
    return sorted((method, path) for method, path in asked if not f"{path}/".startswith((f"{PORTAL}/", f"{SHARED}/")))


def address(path):
    return path.replace("{path:path}", "x.css").replace("{", "").replace("}", "")


def test_the_walk_finds_every_documented_route_and_the_lists_name_none_that_is_gone(app):
    found = set(walk(app.routes))
    documented = {(method.upper(), path) for path, item in app.openapi()["paths"].items() for method in item}
    assert documented <= {(method, path.replace(":path}", "}")) for method, path in found}
    assert len(documented) > 25
    assert {("GET", path) for path in OPEN_ROUTES} | OPEN | set(ONLY) <= found


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Bearer not-a-token"},
        {"Authorization": "Bearer "},
        {"Authorization": "Basic YTpi"},
        {"Cookie": f"{COOKIE}=stolen"},
    ],
    ids=["nobody", "wrong-token", "empty-token", "basic", "wrong-cookie"],
)
def test_every_guarded_route_refuses_who_is_not_known(app, stranger, headers):
    admitted = {}
    for method, path in guarded(app):
        answer = stranger.request(method, address(path), headers=headers, params={"site": "north"}, json={})
        if answer.status_code != 401:
            admitted[method, path] = answer.status_code
        else:
            assert answer.headers["content-type"].startswith("application/problem+json"), path
    assert admitted == {}


def test_no_other_method_is_a_way_around_the_gate(app, stranger):
    opened = set(OPEN_ROUTES) | {path for _, path in OPEN}
    for path in {path for _, path in guarded(app)} - opened:
        for method in METHODS:
            status = stranger.request(method, address(path)).status_code
            assert status in {401, 405}, (method, path, status)


def test_a_page_sends_a_stranger_to_the_log_in(stranger):
    for _, path in PAGES | DESK_PAGES:
        answer = stranger.get(address(path))
        assert answer.status_code == 303
        assert answer.headers["location"].split("?")[0] == ("/desk/log-in" if path.startswith(DESK) else "/")
        assert answer.content == b""


def test_what_is_open_tells_a_stranger_nothing(stranger, tokens):
    for path in OPEN_ROUTES:
        answer = stranger.get(path)
        assert answer.status_code == 200
        assert READER not in answer.text
    assert stranger.get("/").status_code == 200
    assert stranger.post("/log-out").status_code == 303
    assert stranger.get("/static/x/../../overread.toml").status_code in {401, 404}


def test_the_log_in_refuses_a_form_from_another_site(stranger, tokens):
    form = {"name": READER, "password": PASSWORD}
    assert stranger.post("/", data=form, headers={"Origin": "https://elsewhere.example"}).status_code == 403
    assert stranger.post("/", data=form | {"password": "wrong"}).status_code == 401


def test_each_route_admits_its_roles_and_no_other(app, stranger, tokens):
    wrong = []
    for method, path in guarded(app):
        for role, token in tokens.items():
            answer = stranger.request(method, address(path), headers={"Authorization": f"Bearer {token}"})
            refused = answer.status_code == 403
            if refused == (role in ONLY.get((method, path), ROLES)) or answer.status_code in {401, 500}:
                wrong.append((method, path, role, answer.status_code))
    assert wrong == []


def test_a_log_in_may_change_nothing_without_its_csrf_token(app, stranger, tokens):
    assert stranger.post("/", data={"name": READER, "password": PASSWORD}).status_code == 303
    assert stranger.get("/api/me").json()["via"] != "token"
    changes = [(method, path) for method, path in guarded(app) if method != "GET" and not path.startswith(f"{DESK}/")]
    assert changes
    for method, path in changes:
        answer = stranger.request(method, address(path), json={}, params={"site": "north"})
        assert answer.status_code == 403, (method, path)
    assert stranger.post("/log-out").status_code == 403


def test_a_revoked_token_is_refused_at_once(node, stranger):
    with node.reading.write() as session:
        secret = create_token(session, node.clock, role="admin", name="leaver")
        number = next(each.id for each in list_tokens(session) if each.name == "leaver")
    headers = {"Authorization": f"Bearer {secret}"}
    assert stranger.get("/api/worklist", headers=headers).status_code == 200
    with node.reading.write() as session:
        revoke_token(session, node.clock, number)
    assert stranger.get("/api/worklist", headers=headers).status_code == 401


def test_neither_a_token_nor_a_made_up_link_opens_a_shared_preview(app, stranger, tokens):
    shared = [path for method, path in walk(app.routes) if method == "GET" and path.startswith(f"{SHARED}/")]
    assert len(shared) >= 4
    for path in shared:
        made_up = path.replace("{token}", f"{'0' * 16}-7fffffff-{'A' * 24}").replace("{place}", "1")
        for headers in ({}, {"Authorization": f"Bearer {tokens['admin']}"}):
            assert stranger.get(made_up, headers=headers).status_code == 404


def test_the_page_about_the_interfaces_tells_every_route_and_loads_nothing_from_elsewhere(app, stranger, tokens):
    page = stranger.get("/openapi", headers={"Authorization": f"Bearer {tokens['integrator']}"})
    assert "default-src 'none'" in page.headers["content-security-policy"]
    description = app.openapi()["paths"]
    assert [path for path in description if path not in page.text] == []
    assert [path for path in EXAMPLES if path not in description] == []
    assert page.text.count("curl -H") == len(EXAMPLES)
    assert "<script" not in page.text
    assert re.findall(r'(?:href|src)="(?![/#])', page.text) == []
