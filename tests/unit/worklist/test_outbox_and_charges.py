"""What billing, the gateway and the statistics take from signed reads."""

from datetime import UTC, datetime, timedelta

import pytest

from config.errors import Malformed
from config.settings import Billing, Worklist
from worklist.charges import charges_of
from worklist.drafts import save_draft
from worklist.items import claim
from worklist.outbox import mark_taken, take_outbox
from worklist.signing import sign
from worklist.statistics import Answers, stats


@pytest.fixture
def signed(room, publish, reader):
    """Sign a read of a study and return its id."""
    ada = reader()

    def make(study_uid, site="north", **changes):
        item = publish(study_uid, site=site)
        text = {"findings": "a", "impression": "b"} | changes
        with room.database.write() as session:
            claim(session, room.clock, ada, item, rules=Worklist())
            save_draft(session, room.clock, ada, item, changes=text, rules=Worklist())
            return sign(session, room.clock, ada, item, rules=Worklist(), billing=Billing()).read_id

    return make


def test_outbox_entries_are_taken_oldest_first_until_marked(room, signed):
    reads = [signed("2.25.1"), signed("2.25.2")]
    with room.database.read() as session:
        entries = take_outbox(session, 10)
        assert [entry.read_id for entry in take_outbox(session, 1)] == reads[:1]
    assert [(e.read_id, e.study_uid, e.kind) for e in entries] == [
        (reads[0], "2.25.1", "read-signed"),
        (reads[1], "2.25.2", "read-signed"),
    ]
    with room.database.write() as session:
        mark_taken(session, entries[0].id, room.clock())
        mark_taken(session, entries[0].id, room.clock() + timedelta(days=1))
    with room.database.read() as session:
        assert [entry.read_id for entry in take_outbox(session, 10)] == reads[1:]


def test_charges_belong_to_the_site_and_the_month_of_the_signature(room, signed, clock):
    clock.instant = datetime(2025, 1, 31, 23, 59, 59, tzinfo=UTC)
    january = signed("2.25.1")
    clock.instant = datetime(2025, 2, 1, tzinfo=UTC)
    february = signed("2.25.2")
    signed("2.25.3", site="south")
    clock.instant = datetime(2025, 12, 31, 23, 0, tzinfo=UTC)
    december = signed("2.25.4")

    def reads(month):
        with room.database.read() as session:
            return [charge.read_id for charge in charges_of(session, site="north", month=month)]

    assert (reads("2025-01"), reads("2025-02"), reads("2025-12")) == ([january], [february], [december])
    assert reads("2025-03") == reads("2026-01") == []


@pytest.mark.parametrize("month", ["2025", "2025-13", "2025-00", "25-01", "2025-1", "0000-01", "2025-01-01"])
def test_what_is_no_month_is_malformed(room, month):
    with room.database.read() as session, pytest.raises(Malformed):
        charges_of(session, site="north", month=month)


def test_statistics_count_answers_and_measure_turnaround(room, publish, reader, clock):
    ada = reader()
    answers = [
        ("2.25.1", "north", 1, {"agreement": "agree", "radpeer": "1", "diagnosis_changed": False}),
        ("2.25.2", "north", 2, {"agreement": "major", "radpeer": "3b", "diagnosis_changed": True}),
        ("2.25.3", "north", 6, {"agreement": "major", "treatment_changed": True, "diagnosis_changed": True}),
        ("2.25.4", "south", 9, {}),
    ]
    received = clock()
    for uid, site, hours, changes in answers:
        item = publish(uid, site=site, received_at=received)
        clock.instant = received + timedelta(hours=hours)
        text = {"findings": "a", "impression": "b"} | changes
        with room.database.write() as session:
            claim(session, clock, ada, item, rules=Worklist())
            save_draft(session, clock, ada, item, changes=text, rules=Worklist())
            sign(session, clock, ada, item, rules=Worklist(), billing=Billing())
    with room.database.read() as session:
        north = stats(session, site="north")
        late = stats(session, since=received + timedelta(hours=6))
        none = stats(session, site="nowhere")
    assert (north.reads, north.agreement) == (3, {"agree": 1, "minor": 0, "major": 2})
    assert north.radpeer == {"1": 1, "2a": 0, "2b": 0, "3a": 0, "3b": 1}
    assert north.diagnosis_changed == Answers(yes=2, no=1, unanswered=0)
    assert north.diagnosis_changed.rate == pytest.approx(2 / 3)
    assert north.treatment_changed == Answers(yes=1, no=0, unanswered=2)
    assert north.median_turnaround_seconds == 2 * 3600
    assert late.reads == 2
    assert (none.reads, none.median_turnaround_seconds, none.diagnosis_changed.rate) == (0, None, None)
