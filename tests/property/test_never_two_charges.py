"""Whatever two readers, a coordinator and the clock do to an item, a read is charged once and states stay lawful."""

import tempfile
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from config.audit import verify_chain
from config.clock import FixedClock
from config.database import Database
from config.errors import Conflict, NotFound
from config.settings import Billing, Worklist
from worklist.access.readers import add_reader
from worklist.drafts import save_draft
from worklist.items import claim, release
from worklist.models import Base, Charge, OutboxEntry, Read, ReadingAudit, WorklistItem
from worklist.principal import Principal
from worklist.publishing import StudyRecord, cancel_item, enlist, publish_study
from worklist.signing import sign
from worklist.states import TRANSITIONS, has_lapsed

RULES, BILLING = Worklist(), Billing()
STUDY = "2.25.1"
EVENTS = ["claim", "release", "save", "sign", "cancel", "enlist", "wait"]
TEXT = {"findings": "a", "impression": "b"}


def open_worklist(folder):
    database, clock = Database(f"sqlite:///{folder}/reading.sqlite"), FixedClock(datetime(2025, 1, 1, tzinfo=UTC))
    Base.metadata.create_all(database.engine)
    record = StudyRecord(
        study_uid=STUDY, site="north", pseudonym="P1", modality="CT", received_at=clock(), attributes={}
    )
    with database.write() as session:
        readers = [
            Principal(name, "reader", add_reader(session, clock, name=name, email="a@b"), "token")
            for name in ("Ada", "Ben")
        ]
        publish_study(session, clock, record, [], [])
        item_id = enlist(session, clock, study_uid=STUDY, due_at=clock())
    return database, clock, readers, item_id


def act(session, clock, event, who, item_id):
    match event:
        case "claim":
            claim(session, clock, who, item_id, rules=RULES)
        case "release":
            release(session, clock, who, item_id)
        case "save":
            save_draft(session, clock, who, item_id, changes=TEXT, rules=RULES)
        case "sign":
            sign(session, clock, who, item_id, rules=RULES, billing=BILLING)
        case "cancel":
            cancel_item(session, STUDY)
        case "enlist":
            enlist(session, clock, study_uid=STUDY, due_at=clock())
        case "wait":
            clock.advance(timedelta(minutes=61))


def check(session, item_id, before, now):
    item = session.get_one(WorklistItem, item_id)
    counts = [
        session.scalar(select(func.count()).select_from(model).where(*where))
        for model, where in ((Charge, ()), (OutboxEntry, ()), (Read, (Read.state == "signed",)))
    ]
    assert counts == [1 if item.state == "signed" else 0] * 3
    lawful = {before, *TRANSITIONS[before].values()} | ({"claimed"} if before == "claimed" else set())
    assert item.state in lawful
    assert item.state == "claimed" or not has_lapsed(item, now)
    return item.state


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(st.sampled_from(EVENTS), st.integers(0, 1)), max_size=20))
def test_a_read_is_charged_once_whatever_happens_in_whatever_order(steps):
    with tempfile.TemporaryDirectory() as folder:
        database, clock, readers, item_id = open_worklist(Path(folder))
        state = "open"
        for event, who in [*steps, ("enlist", 0), ("claim", 0), ("save", 0), ("sign", 0), ("sign", 0), ("sign", 1)]:
            with suppress(Conflict, NotFound), database.write() as session:
                act(session, clock, event, readers[who], item_id)
            with database.read() as session:
                state = check(session, item_id, state, clock())
        with database.read() as session:
            assert verify_chain(session.scalars(select(ReadingAudit).order_by(ReadingAudit.seq))) is None
        database.close()
