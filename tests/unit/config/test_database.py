"""Databases, SQLite and PostgreSQL alike: one writer at a time, reads of one state, instants in UTC."""

import threading
import uuid
from datetime import UTC, datetime, timedelta, timezone
from urllib.parse import unquote

import pytest
from sqlalchemy import Integer, String, func, select
from sqlalchemy.exc import IntegrityError, StatementError
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from config.database import Database, UtcDateTime, parse_database_url, presentable_url
from config.errors import Misconfigured


class Base(DeclarativeBase):
    pass


class Thing(Base):
    __tablename__ = "thing"
    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    name: Mapped[str] = mapped_column(String(20), unique=True)
    at: Mapped[datetime | None] = mapped_column(UtcDateTime)


@pytest.fixture
def sqlite_url(tmp_path):
    return f"sqlite:///{tmp_path / 'deep' / 'x.sqlite'}"


@pytest.fixture
def postgresql_url(postgresql):
    name = f"unit_{uuid.uuid4().hex}"
    postgresql.make_role(name)
    return postgresql.make_database(name, name)


@pytest.fixture(params=["sqlite_url", "postgresql_url"])
def database(request):
    database = Database(request.getfixturevalue(request.param))
    Base.metadata.create_all(database.engine)
    yield database
    database.close()


def count(database):
    with database.read() as session:
        return session.scalar(select(func.count()).select_from(Thing))


@pytest.mark.parametrize(
    ("pragma", "value"), [("journal_mode", "wal"), ("synchronous", 2), ("foreign_keys", 1), ("busy_timeout", 30000)]
)
def test_sqlite_is_as_durable_as_promised(sqlite_url, pragma, value):
    database = Database(sqlite_url)
    with database.engine.connect() as connection:
        assert connection.exec_driver_sql(f"PRAGMA {pragma}").scalar() == value
    database.close()


def test_a_write_is_kept_and_seen_by_others(database):
    with database.write() as session:
        session.add(Thing(name="a"))
        assert count(database) == 0
    assert count(database) == 1


def test_a_write_that_fails_leaves_nothing(database):
    with pytest.raises(RuntimeError), database.write() as session:
        session.add(Thing(name="a"))
        session.flush()
        raise RuntimeError
    assert count(database) == 0


def test_a_read_commits_nothing(database):
    with database.read() as session:
        session.add(Thing(name="a"))
        session.flush()
    assert count(database) == 0


def test_a_read_sees_one_state_whatever_is_written_meanwhile(database):
    with database.read() as session:
        before = session.scalar(select(func.count()).select_from(Thing))
        with database.write() as other:
            other.add(Thing(name="a"))
        assert session.scalar(select(func.count()).select_from(Thing)) == before == 0
    assert count(database) == 1


def test_a_text_longer_than_its_column_says_is_kept(database):
    with database.write() as session:
        session.add(Thing(name="x" * 2500))
    with database.read() as session:
        assert session.scalars(select(Thing.name)).all() == ["x" * 2500]


def test_capitals_of_every_script_are_made_small(database):
    with database.read() as session:
        assert session.scalar(select(func.lower("RÖNTGEN Ž Я"))) == "röntgen ž я"


def test_texts_are_in_the_order_of_their_characters(database):
    with database.write() as session:
        session.add_all(Thing(name=name) for name in ("b", "B", "1.10", "1.2", "é"))
    with database.read() as session:
        assert list(session.scalars(select(Thing.name).order_by(Thing.name))) == ["1.10", "1.2", "B", "b", "é"]


def test_constraints_hold(database):
    with pytest.raises(IntegrityError), database.write() as session:
        session.add_all([Thing(name="a"), Thing(name="a")])
    assert count(database) == 0


def test_many_writers_that_read_first_wait_for_each_other(database):
    errors = []

    def add():
        try:
            for _ in range(10):
                with database.write() as session:
                    number = session.scalar(select(func.count()).select_from(Thing))
                    session.add(Thing(name=str(number)))
        except Exception as error:  # noqa: BLE001 - whatever it is, the test shows it
            errors.append(error)

    threads = [threading.Thread(target=add) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert count(database) == 40


def test_instants_come_back_in_utc(database):
    east = datetime(2026, 1, 1, 12, tzinfo=timezone(timedelta(hours=8)))
    with database.write() as session:
        session.add(Thing(name="a", at=east))
        session.add(Thing(name="b", at=None))
    with database.read() as session:
        found = session.scalars(select(Thing.at).order_by(Thing.name)).all()
    assert found == [datetime(2026, 1, 1, 4, tzinfo=UTC), None]
    assert found[0].tzinfo is UTC


def test_an_instant_without_a_zone_is_refused(database):
    with pytest.raises(StatementError), database.write() as session:
        session.add(Thing(name="a", at=datetime(2026, 1, 1)))  # noqa: DTZ001 - what is tested


@pytest.mark.parametrize("url", ["mysql://x/y", "oracle://x"])
def test_other_databases_are_refused(url):
    with pytest.raises(Misconfigured):
        Database(url)


@pytest.mark.parametrize("url", ["", "not a url", "sqlite", "postgresql://host:port/x"])
def test_what_is_no_url_is_misconfigured(url):
    with pytest.raises(Misconfigured):
        Database(url)


def test_reading_a_url_opens_and_makes_nothing(tmp_path):
    url = f"sqlite:///{tmp_path / 'new' / 'x.sqlite'}"
    assert parse_database_url(url).database == str(tmp_path / "new" / "x.sqlite")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("postgresql://me:hunter2@db/x", "postgresql://me:***@db/x"),
        ("postgresql://me@db/x?password=hunter2&sslmode=require", "postgresql://me@db/x?password=***&sslmode=require"),
        ("mysql://me:hunter2@db/x", "mysql://me:***@db/x"),
        ("postgresql://me:hunter2@db:port/x", "***"),
        ("hunter2", "***"),
        ("sqlite:////srv/a/x.sqlite", "sqlite:////srv/a/x.sqlite"),
    ],
)
def test_a_url_is_shown_without_its_password(url, shown):
    assert unquote(presentable_url(url)) == shown
