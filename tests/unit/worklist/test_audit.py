"""The audit trail of the reading zone: every look once, chained, without identities."""

import json
from datetime import timedelta

from sqlalchemy import select

from config.audit import verify_chain
from worklist.audit import ONE_LOOK, note_access, note_access_in
from worklist.models import ReadingAudit
from worklist.principal import Principal

ADA = Principal("Dr Ada", "reader", 1, "token")
PACS = Principal("pacs", "integrator", None, "token")


def entries(room):
    with room.database.read() as session:
        return list(session.scalars(select(ReadingAudit).order_by(ReadingAudit.seq)))


def test_five_hundred_frames_are_one_look(room):
    for _ in range(500):
        note_access_in(room, ADA, "images-viewed", "2.25.1")
    assert [(e.actor, e.action, e.subject) for e in entries(room)] == [("Dr Ada", "images-viewed", "2.25.1")]


def test_another_principal_study_or_action_is_another_look(room):
    note_access_in(room, ADA, "images-viewed", "2.25.1")
    note_access_in(room, PACS, "images-viewed", "2.25.1")
    note_access_in(room, ADA, "images-viewed", "2.25.2")
    note_access_in(room, ADA, "item-viewed", "2.25.1")
    assert len(entries(room)) == 4


def test_after_ten_minutes_it_is_a_new_look(room, clock):
    with room.database.write() as session:
        assert note_access(session, clock, ADA, "images-viewed", "2.25.1")
        clock.advance(ONE_LOOK - timedelta(seconds=1))
        assert not note_access(session, clock, ADA, "images-viewed", "2.25.1")
        clock.advance(timedelta(seconds=1))
        assert note_access(session, clock, ADA, "images-viewed", "2.25.1")
    assert len(entries(room)) == 2


def test_a_whole_reading_is_in_the_trail_and_the_chain_holds(room, publish, as_role):
    item, client = publish(), as_role("reader")
    client.get(f"/api/worklist/{item}")
    client.post(f"/api/worklist/{item}/claim")
    client.post(f"/api/worklist/{item}/release")
    client.post(f"/api/worklist/{item}/claim")
    client.post(f"/api/worklist/{item}/read", json={"findings": "SECRET", "impression": "SECRET"})
    read_id = client.post(f"/api/worklist/{item}/sign").json()["id"]
    client.post(f"/api/reads/{read_id}/addenda", json={"text": "SECRET"})
    found = entries(room)
    assert [entry.action for entry in found] == [
        "token-created",
        "item-viewed",
        "claimed",
        "released",
        "claimed",
        "signed",
        "addendum-signed",
    ]
    assert {entry.subject for entry in found[1:]} == {"2.25.1"}
    assert verify_chain(found) is None
    assert "SECRET" not in json.dumps([entry.detail for entry in found])


def test_a_changed_entry_breaks_the_chain(room):
    for study in ("2.25.1", "2.25.2", "2.25.3"):
        note_access_in(room, ADA, "images-viewed", study)
    found = entries(room)
    found[1].actor = "somebody else"
    assert verify_chain(found) == 2
