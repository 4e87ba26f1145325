"""A reading room on a temporary folder, with a clock that stands still and a study or two to read."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from config.blobs import LocalFolder
from config.clock import FixedClock
from config.database import Database
from config.settings import Settings
from tests.once_a_process import open_reading_zone
from worklist.access.readers import add_reader
from worklist.access.tokens import create_token, find_principal
from worklist.api import make_router
from worklist.principal import Principal
from worklist.problems import install_problem_handlers
from worklist.publishing import InstanceRecord, SeriesRecord, StudyRecord, enlist, publish_study
from worklist.room import ReadingRoom

NOW = datetime(2025, 3, 14, 9, 0, tzinfo=UTC)


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOW)


@pytest.fixture
def make_room(tmp_path: Path, clock: FixedClock) -> Iterator[Callable[..., ReadingRoom]]:
    """Make a room on the test's own folder; sections of the settings may be given."""
    opened: list[Database] = []

    def make(**sections: dict) -> ReadingRoom:
        settings = Settings(home=tmp_path, **sections)
        database = open_reading_zone(tmp_path / "reading.sqlite")
        opened.append(database)
        return ReadingRoom(database, LocalFolder(tmp_path / "published"), clock, settings)

    yield make
    for database in opened:
        database.close()


@pytest.fixture
def room(make_room: Callable[..., ReadingRoom]) -> ReadingRoom:
    return make_room()


@pytest.fixture
def publish(room: ReadingRoom) -> Callable[..., str]:
    """Publish a study of one series with two instances (1 and 10 frames), enlist it, and return the item's id."""

    def put(study_uid: str = "2.25.1", *, due_in_hours: int = 72, **study: object) -> str:
        values: dict = {
            "site": "north",
            "pseudonym": f"P{study_uid[-4:]}",
            "modality": "CT",
            "received_at": room.clock(),
            "body_part": "HEAD",
            "attributes": {},
        }
        series = SeriesRecord(series_uid=f"{study_uid}.1", modality="CT", number=1, attributes={})
        instances = [
            InstanceRecord(
                sop_instance_uid=f"{study_uid}.1.{number}",
                series_uid=series.series_uid,
                sop_class_uid="1.2.840.10008.5.1.4.1.1.2",
                transfer_syntax_uid="1.2.840.10008.1.2.1",
                blob=f"{number:064x}",
                bytes=100,
                number=number,
                rows=512,
                columns=512,
                frames=frames,
                attributes={},
            )
            for number, frames in ((1, 1), (2, 10))
        ]
        with room.database.write() as session:
            publish_study(
                session, room.clock, StudyRecord(study_uid=study_uid, **(values | study)), [series], instances
            )
            due_at = room.clock() + timedelta(hours=due_in_hours)
            return enlist(session, room.clock, study_uid=study_uid, due_at=due_at)

    return put


@pytest.fixture
def token(room: ReadingRoom) -> Callable[..., str]:
    """Create a token of a role; a reader is added by the way."""

    def create(role: str = "reader", name: str = "Dr Ada") -> str:
        with room.database.write() as session:
            if role == "reader":
                add_reader(session, room.clock, name=name, email="reader@example.org", specialty="neuro")
            return create_token(session, room.clock, role=role, name=name)

    return create


@pytest.fixture
def reader(room: ReadingRoom, token: Callable[..., str]) -> Callable[..., Principal]:
    """Add a reader and return the principal of the reader's token."""

    def add(name: str = "Dr Ada") -> Principal:
        secret = token("reader", name)
        with room.database.read() as session:
            principal = find_principal(session, secret)
        assert principal is not None
        return principal

    return add


@pytest.fixture
def app(room: ReadingRoom) -> FastAPI:
    app = FastAPI()
    app.include_router(make_router(room))
    install_problem_handlers(app)
    return app


@pytest.fixture
def as_role(app: FastAPI, token: Callable[..., str]) -> Iterator[Callable[..., TestClient]]:
    """Return a client that bears a token of a role."""
    clients: list[TestClient] = []

    def client(role: str = "reader", name: str = "Dr Ada") -> TestClient:
        clients.append(TestClient(app, headers={"Authorization": f"Bearer {token(role, name)}"}))
        return clients[-1]

    yield client
    for one in clients:
        one.close()
