"""What a database answered is kept until anybody commits to it, and not for ever even then."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from config.clock import FixedClock
from config.database import Database
from config.unchanged import WhileUnchanged


@pytest.fixture
def url(tmp_path):
    return f"sqlite:///{tmp_path / 'one.sqlite'}"


@pytest.fixture
def database(url):
    database = Database(url)
    with database.write() as session:
        session.execute(text("create table thing (name text)"))
    yield database
    database.close()


@pytest.fixture
def clock():
    return FixedClock(datetime(2026, 1, 1, tzinfo=UTC))


@pytest.fixture
def kept(database, clock):
    kept = WhileUnchanged(database, clock, seconds=5, capacity=2)
    _, stamp = kept.find("a")
    kept.keep("a", 1, stamp)
    return kept


def write(database: Database) -> None:
    with database.write() as session:
        session.execute(text("insert into thing values ('x')"))


def test_an_answer_is_found_again_while_nothing_is_written(database, kept):
    with database.read() as session:
        session.execute(text("select count(*) from thing"))
    assert kept.find("a")[0] == 1
    assert kept.find("b")[0] is None


def test_a_commit_by_this_process_or_another_connection_ends_it(database, url, kept):
    write(database)
    assert kept.find("a")[0] is None
    kept.keep("a", 2, kept.find("a")[1])
    other = Database(url)
    write(other)
    other.close()
    assert kept.find("a")[0] is None


def test_a_write_that_was_rolled_back_changes_nothing(database, kept):
    with pytest.raises(RuntimeError), database.write() as session:
        session.execute(text("insert into thing values ('x')"))
        raise RuntimeError
    assert kept.find("a")[0] == 1


def test_an_answer_that_was_overtaken_by_a_commit_is_not_kept(database, kept):
    _, stamp = kept.find("late")
    write(database)
    kept.find("anything")
    kept.keep("late", 9, stamp)
    assert kept.find("late")[0] is None


def test_it_ends_by_time_and_when_the_clock_goes_back(kept, clock):
    clock.advance(timedelta(seconds=5))
    assert kept.find("a")[0] is None
    kept.keep("a", 1, kept.find("a")[1])
    clock.advance(timedelta(seconds=-60))
    assert kept.find("a")[0] is None


def test_there_are_never_more_than_its_capacity(kept):
    for key in "bcd":
        kept.keep(key, 1, kept.find(key)[1])
    assert sum(kept.find(key)[0] is not None for key in "abcd") <= 2


def test_a_question_is_answered_as_of_its_beginning_and_the_next_one_anew(database, kept):
    with database.as_of_now() as stamp:
        write(database)
        assert kept.find("a") == (1, stamp)
    assert kept.find("a") == (None, database.stamp())
    assert database.stamp() != stamp


def test_the_beginning_of_a_question_to_one_database_is_not_that_of_another(database, tmp_path):
    other = Database(f"sqlite:///{tmp_path / 'other.sqlite'}")
    with other.write() as session:
        session.execute(text("create table thing (name text)"))
    with database.as_of_now():
        before = other.stamp()
        write(other)
        assert other.stamp() != before
    other.close()
