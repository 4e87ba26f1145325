"""A body over the limit is refused before it is in memory, whoever sends it."""

import pytest
from fastapi.testclient import TestClient

from worklist.bounded import LARGEST_BODY


@pytest.fixture
def client(app):
    with TestClient(app) as client:
        yield client


def endless(sent):
    chunk = b" " * 65536
    for _ in range(1000):
        sent.append(len(chunk))
        yield chunk


def test_a_body_that_says_it_is_too_long_is_refused(client):
    answer = client.post("/api/worklist/x/read", content=b"x" * (LARGEST_BODY + 1))
    assert (answer.status_code, answer.json()["status"]) == (413, 413)


def test_a_body_that_does_not_say_how_long_it_is_is_counted(client):
    answer = client.post("/api/worklist/x/read", content=endless([]))
    assert answer.status_code == 413


def test_the_longest_texts_in_any_script_fit(publish, as_role):
    item, client = publish(), as_role("reader")
    client.post(f"/api/worklist/{item}/claim")
    text = "肺" * 50_000
    answer = client.post(
        f"/api/worklist/{item}/read", json={"findings": text, "impression": text, "recommendation": text}
    )
    assert answer.status_code == 200
    assert answer.json()["findings"] == text
