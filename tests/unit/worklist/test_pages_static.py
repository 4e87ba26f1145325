"""Static files: one digest for the whole set, kept for ever by browsers, nothing outside the set."""

import re

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from worklist.pages.router import make_router
from worklist.pages.static_files import load_static_set
from worklist.problems import install_problem_handlers

IMPORT = re.compile(r'^(?:import|\} from|import .* from) "(\.[^"]+)";$|from "(\.[^"]+)";$', re.MULTILINE)


@pytest.fixture
def client(room) -> TestClient:
    app = FastAPI()
    app.include_router(make_router(room))
    install_problem_handlers(app)
    return TestClient(app, follow_redirects=False)


def address(path: str) -> str:
    return f"/static/{load_static_set().digest}/{path}"


def test_every_file_is_sent_as_what_it_is_and_may_be_kept_for_ever(client):
    kinds = {"js": "text/javascript", "css": "text/css", "svg": "image/svg+xml"}
    for path in load_static_set().files:
        answer = client.get(address(path))
        assert answer.status_code == 200
        assert answer.headers["Content-Type"].startswith(kinds[path.rpartition(".")[2]])
        assert "immutable" in answer.headers["Cache-Control"]
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_a_known_tag_is_answered_without_the_content(client):
    first = client.get(address("overread.css"))
    again = client.get(address("overread.css"), headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize("path", ["%2e%2e/router.py", "..%2fheaders.py", "none.js", ""])
def test_nothing_outside_the_set_is_sent(client, path):
    assert client.get(address(path)).status_code == 404


def test_another_versions_digest_is_not_answered(client):
    assert client.get("/static/0000000000000000/overread.css").status_code == 404


def test_every_import_of_a_module_leads_to_a_file_of_the_set():
    files = load_static_set().files
    for path, file in files.items():
        folder = path.split("/")[:-1]
        for found in IMPORT.findall(file.content.decode()):
            target = list(folder)
            for part in (found[0] or found[1]).split("/"):
                if part == "..":
                    target.pop()
                elif part != ".":
                    target.append(part)
            assert "/".join(target) in files, f"{path} imports {found}"


def test_no_file_names_another_server():
    for path, file in load_static_set().files.items():
        addresses = set(re.findall(rb"(?:https?:)?//[a-z0-9][a-z0-9.-]*\.[a-z]{2,}", file.content))
        assert addresses <= {b"http://www.w3.org"}, path


def test_no_module_makes_markup_from_text():
    for path, file in load_static_set().files.items():
        for word in (b"innerHTML", b"outerHTML", b"insertAdjacentHTML", b"document.write", b"eval("):
            assert word not in file.content, path
