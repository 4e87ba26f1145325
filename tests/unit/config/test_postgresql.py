"""What PostgreSQL alone could do otherwise: connections that break, writers that vanish, characters it cannot hold."""

import uuid

import pytest
from sqlalchemy import JSON, Integer, String, func, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from config.database import Database
from config.postgresql import make_postgresql_engine


class Base(DeclarativeBase):
    pass


class Thing(Base):
    __tablename__ = "thing"
    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    name: Mapped[str] = mapped_column(String(20))
    said: Mapped[dict[str, object]] = mapped_column(JSON, default=dict)


@pytest.fixture
def url(postgresql):
    name = f"only_{uuid.uuid4().hex}"
    postgresql.make_role(name)
    return postgresql.make_database(name, name)


@pytest.fixture
def database(url):
    opened = Database(url)
    Base.metadata.create_all(opened.engine)
    yield opened
    opened.close()


def names(database):
    with database.read() as session:
        return list(session.scalars(select(Thing.name).order_by(Thing.id)))


def test_connections_that_the_server_ended_are_made_again(database, postgresql):
    with database.write() as session:
        session.add(Thing(name="a"))
    postgresql.break_connections()
    with database.write() as session:
        session.add(Thing(name="b"))
    assert names(database) == ["a", "b"]


def test_a_writer_whose_connection_ends_leaves_nothing_and_keeps_nobody_waiting(database, postgresql):
    with pytest.raises(OperationalError), database.write() as session:
        session.add(Thing(name="half"))
        session.flush()
        postgresql.break_connections()
        session.scalar(select(func.count()).select_from(Thing))
    with database.write() as session:
        session.add(Thing(name="whole"))
    assert names(database) == ["whole"]


def test_who_waits_too_long_for_its_turn_to_write_is_told(database):
    impatient = make_postgresql_engine(database.engine.url, "writing", patience_seconds=1)
    with database.write() as session:
        names_now = select(Thing.name)
        assert list(session.scalars(names_now)) == []
        with impatient.connect().execution_options(writing=True) as late, pytest.raises(OperationalError):
            late.execute(names_now)
    impatient.dispose()
    with database.write() as session:
        session.add(Thing(name="a"))
    assert names(database) == ["a"]


def test_characters_that_postgresql_cannot_hold_are_left_out(database):
    with database.write() as session:
        session.add(Thing(name="a\0b", said={"\0k": ["x\0", "\\u0000", {"y": "\0"}]}))
    with database.read() as session:
        thing = session.scalars(select(Thing).where(Thing.name == "a\0b")).one()
        assert (thing.name, thing.said) == ("ab", {"k": ["x", "\\u0000", {"y": ""}]})


def test_no_answer_is_kept_because_nothing_tells_that_it_is_still_true(database):
    assert database.stamp() is None
    with database.as_of_now() as stamp:
        assert stamp is None
