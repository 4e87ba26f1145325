"""Previews for who knows no DICOM: what is on them, how long they are kept, and what the holder of a link sees."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from PIL import Image
from pydicom.uid import JPEGLSLossless
from sqlalchemy import select

from config.errors import NotFound
from config.keys import create_keys, read_preview_key
from viewer_api.previews import shared
from viewer_api.previews.links import find_link, make_link, revoke_link, sign_link
from viewer_api.routes import make_routers
from worklist.access.readers import add_reader
from worklist.models import PreviewLink, Read, ReadingAudit
from worklist.problems import install_problem_handlers
from worklist.publishing import enlist
from worklist.room import ReadingRoom
from worklist.withdrawing import withdraw_study

STUDY = "/previews/studies/2.25.100"


@pytest.fixture
def app(room: ReadingRoom, tmp_path: Path) -> FastAPI:
    create_keys(tmp_path)
    app = FastAPI()
    for router in make_routers(room):
        app.include_router(router)
    install_problem_handlers(app)
    return app


@pytest.fixture
def stranger(app: FastAPI) -> Iterator[TestClient]:
    with TestClient(app) as client:
        yield client


@pytest.fixture
def study(make_image: Callable[..., bytes], publish: Callable[..., str]) -> str:
    """Publish five grey images, each brighter than the one before, and a multi-frame series of three."""
    for number in range(1, 6):
        array = np.full((40, 60), 50 * number, np.uint16)
        publish(make_image(array, number=number, WindowCenter=128, WindowWidth=256, SeriesDescription="AXIAL"))
    cine = np.stack([np.full((40, 60), 80 * n, np.uint16) for n in range(3)])
    publish(
        make_image(
            cine,
            number=9,
            SeriesInstanceUID="2.25.201",
            SeriesNumber=2,
            Modality="US",
            WindowCenter=128,
            WindowWidth=256,
            FrameTime="100",
        )
    )
    return "2.25.100"


@pytest.fixture
def token(room: ReadingRoom, app: FastAPI, study: str) -> str:
    with room.database.write() as session:
        return make_link(session, room, study, hours=24, actor="tests")[1]


def _opened(content: bytes) -> Image.Image:
    return Image.open(BytesIO(content))


def test_the_overview_names_every_series_and_where_its_previews_are(client: TestClient, study: str) -> None:
    overview = client.get(STUDY).json()
    assert [(one["number"], one["modality"], one["images"]) for one in overview["series"]] == [
        (1, "CT", 5),
        (2, "US", 3),
    ]
    assert overview["series"][0]["description"] == "AXIAL"
    for address in (
        overview["contact_sheet"],
        *(one[kind] for one in overview["series"] for kind in ("strip", "cine")),
    ):
        answer = client.get(address)
        assert answer.status_code == 200
        assert "immutable" in answer.headers["Cache-Control"]


def test_a_contact_sheet_shows_images_of_each_series_in_their_order(client: TestClient, study: str) -> None:
    sheet = _opened(client.get(f"{STUDY}/contact-sheet?tile=60&columns=3&accept=image/png").content).convert("L")
    pixels = np.asarray(sheet)
    first = [int(pixels[14 + 22 + 20, 14 + 66 * column + 30]) for column in range(3)]
    assert first == [50, 150, 250]  # the first, the middle and the last of five
    second = [int(pixels[14 + 22 + 66 + 6 + 22 + 20, 14 + 66 * column + 30]) for column in range(3)]
    assert second == [0, 80, 160]


def test_a_strip_and_a_sheet_come_in_the_media_type_that_is_asked_for(client: TestClient, study: str) -> None:
    for accept, kind in (("image/jpeg", "JPEG"), ("image/png", "PNG"), ("image/webp", "WEBP"), ("*/*", "JPEG")):
        answer = client.get(f"{STUDY}/series/2.25.200/strip?tile=48&images=4", headers={"Accept": accept})
        assert _opened(answer.content).format == kind
    assert client.get(f"{STUDY}/contact-sheet", headers={"Accept": "text/html"}).status_code == 406
    assert client.get(f"{STUDY}/contact-sheet?tile=4096").status_code == 422


def test_a_cine_plays_a_stack_and_the_frames_of_one_instance(client: TestClient, study: str) -> None:
    for series, frames, pace in (("2.25.200", 5, 120), ("2.25.201", 3, 100)):
        for accept, kind in (("*/*", "GIF"), ("image/webp", "WEBP"), ("image/png", "PNG")):
            answer = client.get(f"{STUDY}/series/{series}/cine?size=60", headers={"Accept": accept})
            moving = _opened(answer.content)
            assert (moving.format, getattr(moving, "n_frames", 1), moving.size) == (kind, frames, (60, 40))
            moving.seek(1)
            moving.load()  # only then a WebP says how long it lasts
            assert moving.info["duration"] == pace
    few = _opened(client.get(f"{STUDY}/series/2.25.200/cine?frames=2").content)
    assert getattr(few, "n_frames", 1) == 2


def test_a_frame_that_cannot_be_shown_leaves_a_tile_that_says_so(
    client: TestClient, make_image: Callable[..., bytes], publish: Callable[..., str]
) -> None:
    publish(make_image(np.zeros((40, 40), np.uint16), syntax=JPEGLSLossless, frames=[b"\xff\xd8damaged\xff\xd9"]))
    answer = client.get(f"{STUDY}/contact-sheet?accept=image/png")
    assert answer.status_code == 200
    tile = np.asarray(_opened(answer.content).convert("L"))[60:150, 20:170]
    assert 0 < np.count_nonzero(tile > 100) < tile.size // 4
    assert client.get(f"{STUDY}/series/2.25.200/cine").status_code == 422


def test_a_preview_changes_when_an_image_arrives(
    client: TestClient, make_image: Callable[..., bytes], publish: Callable[..., str], study: str
) -> None:
    versioned = client.get(STUDY).json()["contact_sheet"]
    before = client.get(versioned)
    held = {"If-None-Match": before.headers["ETag"]}
    assert client.get(f"{STUDY}/contact-sheet", headers=held).status_code == 304
    publish(make_image(np.zeros((40, 60), np.uint16), number=20))
    assert client.get(f"{STUDY}/contact-sheet", headers=held).status_code == 200
    assert "immutable" not in client.get(versioned).headers["Cache-Control"]
    assert client.get(STUDY).json()["contact_sheet"] != versioned


def test_key_images_are_those_of_a_signed_read_in_the_reader_s_order(
    client: TestClient, room: ReadingRoom, study: str
) -> None:
    with room.database.write() as session:
        item = enlist(session, room.clock, study_uid=study, due_at=room.clock())
        reader = add_reader(session, room.clock, name="Ada", email="ada@example.org")
        marked = [{"sop_instance_uid": "2.25.309", "frame": 2}, {"sop_instance_uid": "2.25.301", "frame": 1}]
        for read, state in (("signed", "signed"), ("none", "draft")):
            session.add(
                Read(
                    id=read,
                    item_id=item,
                    study_uid=study,
                    reader_id=reader,
                    state=state,
                    key_images=marked,
                    created_at=room.clock(),
                    updated_at=room.clock(),
                    signed_at=room.clock() if state == "signed" else None,
                )
            )
            reader = add_reader(session, room.clock, name="Bea", email="bea@example.org") if read == "signed" else 0
    answer = client.get("/previews/reads/signed/key-images?tile=100&accept=image/png")
    pixels = np.asarray(_opened(answer.content).convert("L"))
    assert [int(pixels[14 + 22 + 50, 14 + 106 * place + 50]) for place in (0, 1)] == [80, 50]
    assert client.get("/previews/reads/none/key-images").status_code == 404


def test_members_only_see_previews(stranger: TestClient, study: str) -> None:
    for path in ("", "/contact-sheet", "/series/2.25.200/strip", "/series/2.25.200/cine"):
        assert stranger.get(f"{STUDY}{path}").status_code == 401
    assert stranger.get("/previews/reads/1/key-images").status_code == 401


def test_a_link_shows_its_study_to_a_stranger_and_names_nobody(
    stranger: TestClient, room: ReadingRoom, token: str
) -> None:
    page = stranger.get(f"/shared/{token}")
    assert page.status_code == 200
    assert "Series 2 · US · 3 images" in page.text
    for told in ("2.25.", "OVR-", "AXIAL", "CT HEAD", "2024", "north"):
        assert told not in page.text.replace("ends 2026-03-02 12:00 UTC", "")
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    assert page.headers["Cache-Control"] == "no-store"
    for path in ("contact-sheet", "series/1/strip", "series/2/cine"):
        answer = stranger.get(f"/shared/{token}/{path}")
        assert answer.status_code == 200
        assert answer.headers["Cache-Control"] == "private, no-cache"
        assert (answer.headers["X-Robots-Tag"], answer.headers["Referrer-Policy"]) == (
            "noindex, nofollow",
            "no-referrer",
        )
        held = {"If-None-Match": answer.headers["ETag"]}
        assert stranger.get(f"/shared/{token}/{path}", headers=held).status_code == 304
    assert stranger.get(f"/shared/{token}/series/3/strip").status_code == 404
    with room.database.read() as session:
        noted = {(row.action, row.actor.rpartition(" ")[0]) for row in session.scalars(select(ReadingAudit))}
    assert ("images-viewed", "preview link") in noted


def test_a_link_opens_nothing_but_its_previews(stranger: TestClient, token: str) -> None:
    headers = {"Authorization": f"Bearer {token}"}
    for path in ("/dicom-web/studies", f"{STUDY}/contact-sheet", "/wado?requestType=WADO"):
        assert stranger.get(path, headers=headers).status_code == 401


def test_a_link_ends_when_it_expires_is_taken_back_or_loses_its_study(
    stranger: TestClient, room: ReadingRoom, token: str, study: str
) -> None:
    with room.database.write() as session:
        taken_back, other = make_link(session, room, study, hours=48, actor="tests")
    assert stranger.get(f"/shared/{other}").status_code == 200
    with room.database.write() as session:
        revoke_link(session, room.clock, taken_back.id, actor="tests")
    gone = stranger.get(f"/shared/{other}/contact-sheet")
    assert gone.status_code == 404
    assert "2.25" not in gone.text
    room.clock.advance(timedelta(hours=23, minutes=59))  # type: ignore[attr-defined]
    assert stranger.get(f"/shared/{token}").status_code == 200
    room.clock.advance(timedelta(minutes=1))  # type: ignore[attr-defined]
    assert stranger.get(f"/shared/{token}").status_code == 404
    with room.database.write() as session:
        last = make_link(session, room, study, hours=1, actor="tests")[1]
        withdraw_study(session, study)
    assert stranger.get(f"/shared/{last}").status_code == 404
    with room.database.write() as session, pytest.raises(NotFound):
        make_link(session, room, study, hours=1, actor="tests")


def test_a_link_cannot_be_made_or_lengthened_without_the_key(room: ReadingRoom, token: str) -> None:
    link_id, _, signature = token.split("-", 2)
    link = find_link(room, token)
    later = link.expires_at + timedelta(days=1)
    for forged in (
        f"{link_id}-{int(later.timestamp()):x}-{signature}",
        sign_link(bytes(32), link_id, link.expires_at),
        sign_link(read_preview_key(room.settings.home), link_id, later),
        sign_link(read_preview_key(room.settings.home), "0" * 16, link.expires_at),
        token[:-1],
        "x",
    ):
        with pytest.raises(NotFound):
            find_link(room, forged)
    with room.database.read() as session:
        row = session.scalars(select(PreviewLink)).one()
        assert signature not in "".join(str(getattr(row, column.name)) for column in PreviewLink.__table__.columns)


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a link be used four times in its window, and two wrong ones be tried."""
    monkeypatch.setattr(shared, "LINK_REQUESTS", 4)
    monkeypatch.setattr(shared, "WRONG_LINKS", 2)


def test_asking_too_often_is_429_until_the_window_is_over(
    few: None, stranger: TestClient, room: ReadingRoom, token: str
) -> None:
    address = f"/shared/{token}/series/1/strip?tile=48"
    assert [stranger.get(address).status_code for _ in range(5)] == [200, 200, 200, 200, 429]
    assert int(stranger.get(address).headers["Retry-After"]) <= shared.LINK_WINDOW.total_seconds() + 1
    room.clock.advance(shared.LINK_WINDOW)  # type: ignore[attr-defined]
    assert stranger.get(address).status_code == 200
    wrong = [stranger.get(f"/shared/{'0' * 16}-6a000000-{'A' * 24}").status_code for _ in range(3)]
    assert wrong == [404, 404, 429]
    assert stranger.get(address).status_code == 200
