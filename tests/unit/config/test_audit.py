"""The audit trail: a chain that shows where somebody touched it."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import DeclarativeBase

from config.audit import GENESIS, AuditColumns, append_entry, verify_chain
from config.database import Database

AT = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)


class Base(DeclarativeBase):
    pass


class Trail(AuditColumns, Base):
    __tablename__ = "audit"


@pytest.fixture
def database(tmp_path):
    database = Database(f"sqlite:///{tmp_path / 'audit.sqlite'}")
    Base.metadata.create_all(database.engine)
    for number in range(5):
        with database.write() as session:
            append_entry(session, Trail, at=AT, actor="reader", action="look", subject=f"study {number}")
    yield database
    database.close()


def verdict(database):
    with database.read() as session:
        return verify_chain(session.scalars(select(Trail).order_by(Trail.seq)))


def change(database, statement):
    with database.write() as session:
        session.execute(statement)


def test_an_untouched_trail_holds(database):
    assert verdict(database) is None
    with database.read() as session:
        first = session.get(Trail, 1)
        assert first.previous == GENESIS


def test_an_empty_trail_holds():
    assert verify_chain([]) is None


@pytest.mark.parametrize(
    "change_to", [{"actor": "x"}, {"action": "x"}, {"subject": "x"}, {"detail": "{}x"}, {"at": AT.replace(year=2027)}]
)
def test_a_changed_entry_is_found(database, change_to):
    change(database, update(Trail).where(Trail.seq == 3).values(**change_to))
    assert verdict(database) == 3


def test_a_removed_entry_is_found(database):
    change(database, delete(Trail).where(Trail.seq == 3))
    assert verdict(database) == 3


def test_a_removed_first_entry_is_found(database):
    change(database, delete(Trail).where(Trail.seq == 1))
    assert verdict(database) == 1


def test_detail_keeps_every_script_and_is_part_of_the_chain(database):
    with database.write() as session:
        append_entry(session, Trail, at=AT, actor="a", action="b", subject="c", detail={"z": 1, "a": "王"})
    with database.read() as session:
        assert session.get(Trail, 6).detail == '{"a": "王", "z": 1}'
    assert verdict(database) is None


def test_a_fork_of_the_chain_fails(database):
    with pytest.raises(IntegrityError), database.write() as session:
        entry = Trail(seq=9, at=AT, actor="a", action="b", subject="c", detail="{}", previous=GENESIS, hash="0" * 64)
        session.add(entry)
    assert verdict(database) is None


def test_entries_of_a_transaction_that_was_rolled_back_leave_no_gap(database):
    with pytest.raises(RuntimeError), database.write() as session:
        append_entry(session, Trail, at=AT, actor="a", action="b", subject="c")
        raise RuntimeError
    with database.write() as session:
        append_entry(session, Trail, at=AT, actor="a", action="b", subject="c")
    assert verdict(database) is None
