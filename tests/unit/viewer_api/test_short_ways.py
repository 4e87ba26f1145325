"""The short ways give the answers of the long way, to those it admits, and nothing once something has changed."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Event

import numpy as np
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy.exc import OperationalError

from viewer_api.dicomweb import make_router, metadata
from viewer_api.errors import CannotRender
from viewer_api.made import open_made
from viewer_api.pictures import Pictures
from worklist.access.log_ins import COOKIE, log_out, open_log_in
from worklist.access.readers import add_reader, reader_named
from worklist.access.tokens import list_tokens, revoke_token
from worklist.models import PublishedInstance
from worklist.problems import install_problem_handlers
from worklist.withdrawing import withdraw_study

IMAGE = "/dicom-web/studies/2.25.100/series/2.25.200/instances/2.25.301"
PLACES = (
    f"{IMAGE}/rendered",
    f"{IMAGE}/frames/1",
    f"{IMAGE}/frames/1/thumbnail",
    f"{IMAGE}/metadata",
    "/dicom-web/studies",
    "/dicom-web/studies/2.25.100/series",
    "/dicom-web/studies/2.25.100/metadata",
    f"{IMAGE}/rendered?window=5",
    f"{IMAGE}/frames/2",
    f"{IMAGE}/frames/x",
    "/dicom-web/studies/2.25.9/metadata",
    "/dicom-web/workitems",
    "/dicom-web/nothing",
)


@pytest.fixture
def published(make_image, publish, room):
    return publish(make_image(np.arange(64, dtype=np.uint16).reshape(8, 8)))


@pytest.fixture
def long_way(room, client) -> TestClient:
    app = FastAPI()
    app.include_router(make_router(room))
    install_problem_handlers(app)
    return TestClient(app, headers=dict(client.headers))


def image_of(client: TestClient) -> str:
    """Return the address of the one instance that is published."""
    [answer] = client.get("/dicom-web/instances").json()
    parts = (answer[tag]["Value"][0] for tag in ("0020000D", "0020000E", "00080018"))
    return "/dicom-web/studies/{}/series/{}/instances/{}".format(*parts)


def test_both_ways_answer_alike(published, client, long_way):
    image = image_of(client)
    for place in PLACES:
        path = place.replace(IMAGE, image)
        long = long_way.get(path, headers={"Accept": "*/*"})
        drawn = {"date", "content-type"} if "multipart" in long.headers["content-type"] else {"date"}  # its boundary
        for _ in ("asked", "asked again"):
            short = client.get(path, headers={"Accept": "*/*"})
            assert (short.status_code, len(short.content)) == (long.status_code, len(long.content)), path
            told, expected = (
                {name: value for name, value in answer.headers.items() if name not in drawn} for answer in (short, long)
            )
            assert told == expected, path


def test_who_is_not_known_is_refused_though_the_answer_is_at_hand(published, client, app):
    path = f"{image_of(client)}/rendered"
    assert client.get(path).status_code == client.get(path).status_code == 200
    with TestClient(app) as stranger:
        assert stranger.get(path).status_code == 401
        assert stranger.get(path, headers={"Authorization": "Bearer wrong"}).status_code == 401
        assert stranger.get(path, headers={"Cookie": f"{COOKIE}=wrong"}).status_code == 401


def test_a_revoked_token_gets_nothing_that_it_got_before(published, client, room):
    path = f"{image_of(client)}/rendered"
    assert client.get(path).status_code == client.get(path).status_code == 200
    with room.database.write() as session:
        revoke_token(session, room.clock, list_tokens(session)[0].id)
    assert client.get(path).status_code == 401


@pytest.mark.parametrize("how", ["log-out", "its end"])
def test_a_log_in_that_is_over_gets_nothing_that_it_got_before(published, client, app, room, how):
    path = f"{image_of(client)}/rendered"
    with room.database.write() as session:
        add_reader(session, room.clock, name="Dr Lumen", email="lumen@example.org")
        opened = open_log_in(session, room.clock, reader_named(session, "Dr Lumen").id, 1)
    with TestClient(app, cookies={COOKIE: opened.cookie}) as browser:
        assert browser.get(path).status_code == browser.get(path).status_code == 200
        if how == "log-out":
            with room.database.write() as session:
                log_out(session, room.clock, opened.cookie)
        else:
            room.clock.advance(timedelta(hours=1))
        assert browser.get(path).status_code == 401


def test_a_withdrawn_study_is_gone_at_once(published, client, room):
    image = image_of(client)
    for place in ("/rendered", "/frames/1", "/metadata"):
        assert client.get(image + place).status_code == client.get(image + place).status_code == 200
    with room.database.write() as session:
        withdraw_study(session, "2.25.100")
    assert {client.get(image + place).status_code for place in ("/rendered", "/frames/1", "/metadata")} == {404}


def test_what_is_published_later_is_listed_at_once(published, client, publish, make_image):
    assert len(client.get("/dicom-web/instances").json()) == 1
    publish(make_image(np.zeros((4, 4), np.uint16), number=2))
    assert len(client.get("/dicom-web/instances").json()) == 2


def test_another_wish_of_the_same_picture_is_not_answered_by_the_first(published, client):
    path = f"{image_of(client)}/rendered"
    kinds = [client.get(path, headers={"Accept": kind}).headers["Content-Type"] for kind in ("image/jpeg", "image/png")]
    assert kinds == ["image/jpeg", "image/png"]
    ranged = client.get(path, headers={"Accept": "image/png", "If-None-Match": "*"})
    assert ranged.status_code == 304


def test_a_purge_while_something_is_made_leaves_nothing_of_it(published, room):
    made = open_made(room.settings)
    pictures = Pictures(room.published, made)

    def make() -> bytes:
        room.published.delete(published)
        made.drop(published)
        return b"made of what is gone"

    assert pictures.kept(published, ("anything",), make) == b"made of what is gone"
    assert made.get(published, "anything") is None


def test_two_who_ask_for_the_same_at_once_have_it_made_once(published, room):
    pictures = Pictures(room.published, open_made(room.settings))
    begun, go_on = Event(), Event()
    calls = []

    def make() -> bytes:
        calls.append(1)
        begun.set()
        assert go_on.wait(30)
        return b"made once"

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(pictures.kept, published, ("it",), make)
        assert begun.wait(30)
        second = pool.submit(pictures.kept, published, ("it",), make)
        go_on.set()
        assert first.result(30) == second.result(30) == b"made once"
    assert calls == [1]


def test_what_cannot_be_made_is_refused_to_all_who_asked_and_tried_again_by_the_next(published, room):
    pictures = Pictures(room.published, open_made(room.settings))

    def fail() -> bytes:
        raise CannotRender("it cannot be made")

    for _ in range(2):
        with pytest.raises(CannotRender):
            pictures.kept(published, ("it",), fail)
    assert pictures.kept(published, ("it",), lambda: b"made at last") == b"made at last"


@pytest.mark.parametrize("what", ["rendered?quality=80", "frames/1/rendered", "thumbnail"])
def test_who_scrolls_finds_the_next_pictures_made(room, client, publish, make_image, what):
    for number in range(1, 9):
        publish(make_image(np.full((8, 8), number, np.uint16), number=number))
    listed = sorted(client.get("/dicom-web/instances").json(), key=lambda one: one["00200013"]["Value"][0])
    images = [f"/dicom-web/studies/2.25.100/series/2.25.200/instances/{i['00080018']['Value'][0]}" for i in listed]
    for image in images[:2]:
        assert client.get(f"{image}/{what}").status_code == 200
    made = room.settings.made
    deadline = time.monotonic() + 60
    while len(list(made.glob("??/*/*"))) < 6:
        assert time.monotonic() < deadline, "the next pictures are not made"
        time.sleep(0.02)
    assert {path.parent.name for path in made.glob("??/*/*")} == {blob_of(room, image) for image in images[:6]}


def blob_of(room, image: str) -> str:
    with room.database.read() as session:
        return session.get_one(PublishedInstance, image.rpartition("/")[2]).blob


def test_metadata_made_while_a_later_object_of_the_study_is_withdrawn_is_not_kept(
    published, room, client, publish, make_image, monkeypatch
):
    later = publish(make_image(np.zeros((4, 4), np.uint16), number=2))
    sound = metadata._texts

    def withdrawn_meanwhile(*arguments):
        texts = sound(*arguments)
        room.published.delete(later)
        return texts

    monkeypatch.setattr(metadata, "_texts", withdrawn_meanwhile)
    assert client.get("/dicom-web/studies/2.25.100/metadata").status_code == 200
    assert list(room.settings.made.glob("??/*/*")) == []


def test_a_busy_database_is_said_to_be_so(published, room, client, monkeypatch):
    def busy(*_, **__):
        raise OperationalError("SELECT 1", {}, Exception("database is locked"))

    monkeypatch.setattr(room.database, "read", busy)
    answer = client.get("/dicom-web/studies")
    assert (answer.status_code, "Retry-After" in answer.headers) == (503, True)
