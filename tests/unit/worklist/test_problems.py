"""Every error has an answer, and no answer says more than it may."""

import json
from typing import Annotated

import pytest
import structlog
from fastapi import Body, FastAPI
from fastapi.testclient import TestClient
from sqlalchemy.exc import OperationalError

from config import errors
from config.errors import Conflict, NotOffered, OverreadError, StorageFull, Unavailable
from worklist.access.throttle import Throttled
from worklist.problems import STATUS, install_problem_handlers, status_of


def subclasses(cls):
    """Return the classes of the tree itself; a class of another room answers as the one above it."""
    every = [cls, *(below for direct in cls.__subclasses__() for below in subclasses(direct))]
    return [each for each in every if each.__module__ == errors.__name__]


@pytest.fixture
def answer():
    """Return the answer to a request whose route raises an exception."""

    def ask(error):
        app = FastAPI()
        install_problem_handlers(app)

        @app.get("/items/{item}")
        def fail(item: str) -> None:
            raise error

        with TestClient(app) as client:
            return client.get("/items/MUELLER")

    return ask


def test_every_error_of_the_tree_has_an_answer_of_its_own():
    own = [cls for cls in subclasses(OverreadError) if cls is not OverreadError]
    assert own
    missing = [cls.__name__ for cls in own if cls not in STATUS]
    assert missing == []


@pytest.mark.parametrize("error", subclasses(OverreadError), ids=lambda cls: cls.__name__)
def test_every_error_is_answered_as_a_problem_with_its_message(answer, error):
    got = answer(error("what to do"))
    assert got.status_code == status_of(error).value
    assert got.headers["Content-Type"] == "application/problem+json"
    assert got.json() == {
        "type": "about:blank",
        "title": status_of(error).phrase,
        "status": got.status_code,
        "detail": "what to do",
    }


def test_the_fault_decides_the_class_of_the_status():
    for error in subclasses(errors.SenderFault):
        assert status_of(error).value in range(400, 500) or error is NotOffered
    for error in subclasses(errors.OurFault):
        assert status_of(error).value in range(500, 600)


def test_a_new_error_answers_like_the_class_above_it(answer):
    class Fresh(Conflict):
        pass

    assert answer(Fresh("x")).status_code == 409


@pytest.mark.parametrize(
    ("error", "status", "header"),
    [
        (errors.Unauthenticated("x"), 401, ("WWW-Authenticate", "Bearer")),
        (Throttled("x"), 429, ("Retry-After", "900")),
        (Unavailable("x"), 503, ("Retry-After", "5")),
        (OperationalError("select MUELLER", {}, Exception("locked")), 503, ("Retry-After", "5")),
    ],
)
def test_an_answer_bears_the_headers_that_belong_to_it(answer, error, status, header):
    got = answer(error)
    assert (got.status_code, got.headers[header[0]]) == (status, header[1])
    assert "MUELLER" not in got.text


def test_an_unexpected_exception_shows_nothing_and_is_logged_by_class_and_place(answer):
    with structlog.testing.capture_logs() as logs:
        got = answer(RuntimeError("MUELLER^HANS"))
    assert got.status_code == 500
    assert got.headers["Content-Type"] == "application/problem+json"
    assert "MUELLER" not in got.text
    [entry] = logs
    assert (entry["error"], entry["route"], entry["http_status"]) == ("RuntimeError", "/items/{item}", 500)
    assert "MUELLER" not in json.dumps(entry)


def test_our_faults_are_logged_and_the_senders_are_not(answer):
    with structlog.testing.capture_logs() as logs:
        answer(Conflict("x"))
        answer(NotOffered("x"))
        answer(StorageFull("x"))
    assert [entry["error"] for entry in logs] == ["StorageFull"]


def test_an_unknown_path_or_method_is_a_problem():
    app = FastAPI()
    install_problem_handlers(app)

    @app.get("/here")
    def here() -> None:
        return None

    with TestClient(app) as client:
        nowhere, method = client.get("/nowhere/MUELLER"), client.post("/here")
    assert (nowhere.status_code, method.status_code) == (404, 405)
    assert method.headers["Allow"] == "GET"
    for got in (nowhere, method):
        assert got.headers["Content-Type"] == "application/problem+json"
        assert "MUELLER" not in got.text


@pytest.mark.parametrize("body", ['{"number": "MUELLER"}', '{"MÜLLER HANS": 1}', "MUELLER", '"MUELLER"', "[NaN]"])
def test_an_invalid_request_is_answered_without_its_values(body):
    app = FastAPI()
    install_problem_handlers(app)

    @app.post("/")
    def take(number: Annotated[int, Body(embed=True)]) -> None:
        return None

    with TestClient(app) as client:
        got = client.post("/", content=body, headers={"Content-Type": "application/json"})
    assert got.status_code == 422
    assert got.headers["Content-Type"] == "application/problem+json"
    assert got.json()["errors"]
    assert "LLER" not in got.text
