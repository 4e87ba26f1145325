"""A duty that rests while nothing is written that it could have to do with."""

import pytest
from sqlalchemy import column, event, select, table, text

from config.database import Database
from gateway.resting import LONGEST_SECONDS, PAUSE_SECONDS, Resting, Sought


class Hours:
    """A clock that a test moves."""

    now = 0.0

    def __call__(self):
        return self.now


class Duty:
    """A duty that counts its turns and does what it is told to."""

    def __init__(self):
        self.turns, self.waiting = 0, 0

    def __call__(self):
        self.turns += 1
        done, self.waiting = self.waiting, 0
        return done


@pytest.fixture
def database(tmp_path):
    opened = Database(f"sqlite:///{tmp_path}/a.sqlite")
    with opened.write() as session:
        session.execute(text("create table t (n integer)"))
    yield opened
    opened.close()


@pytest.fixture
def clock():
    return Hours()


def write(database):
    with database.write() as session:
        session.execute(text("insert into t values (1)"))


def test_while_there_is_something_to_do_no_turn_is_left_out(database, clock):
    duty = Duty()
    resting = Resting(duty, [database], clock)
    for _ in range(3):
        duty.waiting = 2
        assert resting() == 2


def test_after_a_turn_for_nothing_it_rests_until_somebody_writes(database, clock):
    duty = Duty()
    resting = Resting(duty, [database], clock)
    assert resting() == 0
    clock.now = PAUSE_SECONDS + 0.1
    assert resting() == 0
    assert duty.turns == 1
    write(database)
    duty.waiting = 1
    assert resting() == 1


def test_however_much_is_written_there_is_a_pause_between_turns_for_nothing(database, clock):
    duty = Duty()
    resting = Resting(duty, [database], clock)
    for _ in range(5):
        write(database)
        resting()
    assert duty.turns == 1
    clock.now = PAUSE_SECONDS
    resting()
    assert duty.turns == 2


def test_what_is_written_during_a_turn_for_nothing_is_a_reason_for_the_next(database, clock):
    duty = Duty()

    def beside():
        duty()
        write(database)
        return 0

    resting = Resting(beside, [database], clock)
    resting()
    clock.now = PAUSE_SECONDS
    resting()
    assert duty.turns == 2


def test_what_falls_due_by_itself_is_looked_for_every_few_seconds(database, clock):
    duty = Duty()
    resting = Resting(duty, [database], clock)
    resting()
    clock.now = LONGEST_SECONDS
    resting()
    assert duty.turns == 2


def test_a_turn_that_fails_is_repeated(database, clock):
    turns = []

    def fails():
        turns.append(1)
        raise OSError("the disk stumbles")

    resting = Resting(fails, [database], clock)
    for _ in range(2):
        with pytest.raises(OSError, match="stumbles"):
            resting()
    assert len(turns) == 2


def test_where_a_database_does_not_tell_whether_anybody_wrote_only_the_pause_holds(clock):
    class Silent:
        def stamp(self):
            return None

    duty = Duty()
    resting = Resting(duty, [Silent()], clock)
    resting()
    clock.now = PAUSE_SECONDS
    resting()
    assert duty.turns == 2


def test_rows_that_are_not_there_are_not_looked_for_until_somebody_writes(database):
    asked = []
    event.listen(database.engine, "before_cursor_execute", lambda *said: asked.append(said[2]))
    sought = Sought(database, select(column("n")).select_from(table("t")))
    assert [sought.found() for _ in range(3)] == [False] * 3
    assert sum("select" in each.lower() for each in asked) == 1
    write(database)
    assert sought.found()
    assert sought.found()
