"""Drafts, signatures, charges and addenda: one read, one charge, and no change afterwards."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from config.errors import Conflict, Forbidden, Malformed, NotFound
from config.money import Money
from config.settings import Billing, Worklist
from worklist.drafts import save_draft
from worklist.items import claim
from worklist.models import Addendum, Charge, OutboxEntry, Read, ReadingAudit, WorklistItem
from worklist.publishing import set_case_context, set_site_terms
from worklist.signing import add_addendum, sign

RULES, BILLING = Worklist(), Billing()
COMPLETE = {"findings": "A small bleed.", "impression": "Haematoma."}


@pytest.fixture
def claimed(room, publish, reader):
    """Return an item and the reader who claimed it."""
    item, ada = publish(), reader()
    with room.database.write() as session:
        claim(session, room.clock, ada, item, rules=RULES)
    return item, ada


def save(room, claimed, **changes):
    item, ada = claimed
    with room.database.write() as session:
        return save_draft(session, room.clock, ada, item, changes=changes, rules=RULES).id


def sign_it(room, claimed, rules=RULES):
    item, ada = claimed
    with room.database.write() as session:
        return sign(session, room.clock, ada, item, rules=rules, billing=BILLING)


def count(room, model):
    with room.database.read() as session:
        return session.scalar(select(func.count()).select_from(model))


def test_signing_writes_state_charge_outbox_and_audit_together(room, claimed):
    read_id = save(room, claimed, **COMPLETE)
    signed = sign_it(room, claimed)
    assert (signed.read_id, signed.study_uid, signed.charge) == (read_id, "2.25.1", Money(30000, "USD"))
    with room.database.read() as session:
        item = session.get_one(WorklistItem, claimed[0])
        assert (item.state, item.reader_id, item.lease_until) == ("signed", claimed[1].reader_id, None)
        assert session.get_one(Read, read_id).signed_at == room.clock()
        charge = session.scalars(select(Charge)).one()
        assert (charge.read_id, charge.site, charge.description) == (read_id, "north", "Second read CT HEAD")
        assert session.scalars(select(OutboxEntry)).one().kind == "read-signed"
        assert session.scalars(select(ReadingAudit).order_by(ReadingAudit.seq.desc())).first().action == "signed"


def test_the_sites_rate_is_charged_and_the_case_number_noted(room, claimed):
    with room.database.write() as session:
        set_site_terms(session, site="north", display_name="North", rate_minor=19900, currency="GBP")
        set_case_context(
            session,
            "2.25.1",
            case_number="1234567897",
            question=None,
            report=None,
            report_language=None,
            blind=False,
            jurisdiction=None,
        )
    save(room, claimed, **COMPLETE)
    assert sign_it(room, claimed).charge == Money(19900, "GBP")
    with room.database.read() as session:
        assert session.scalars(select(Charge)).one().case_number == "1234567897"


@pytest.mark.parametrize(
    "changes", [{}, {"findings": "x"}, {"impression": "x"}, {"findings": " \n", "impression": "x"}]
)
def test_a_read_without_findings_or_impression_is_not_signed(room, claimed, changes):
    save(room, claimed, **changes)
    with pytest.raises(Conflict, match="findings and an impression"):
        sign_it(room, claimed)
    assert (count(room, Charge), count(room, OutboxEntry)) == (0, 0)


def test_an_item_without_a_draft_is_not_signed(room, claimed):
    with pytest.raises(Conflict):
        sign_it(room, claimed)


def test_signing_twice_is_a_conflict_and_charges_once(room, claimed):
    save(room, claimed, **COMPLETE)
    sign_it(room, claimed)
    with pytest.raises(Conflict):
        sign_it(room, claimed)
    assert (count(room, Charge), count(room, OutboxEntry)) == (1, 1)


def test_signing_from_many_threads_at_once_charges_once(room, claimed):
    save(room, claimed, **COMPLETE)
    together = Barrier(8)

    def try_sign(_):
        together.wait()
        try:
            return sign_it(room, claimed)
        except Conflict:
            return None

    with ThreadPoolExecutor(8) as pool:
        signed = [result for result in pool.map(try_sign, range(8)) if result]
    assert len(signed) == 1
    assert (count(room, Charge), count(room, OutboxEntry)) == (1, 1)


def test_a_failure_while_signing_leaves_nothing_behind(room, claimed):
    save(room, claimed, **COMPLETE)
    item, ada = claimed
    with pytest.raises(RuntimeError), room.database.write() as session:
        sign(session, room.clock, ada, item, rules=RULES, billing=BILLING)
        raise RuntimeError
    assert (count(room, Charge), count(room, OutboxEntry)) == (0, 0)
    assert sign_it(room, claimed).study_uid == "2.25.1"


def test_the_schema_refuses_a_second_charge_of_a_read(room, claimed):
    save(room, claimed, **COMPLETE)
    read_id = sign_it(room, claimed).read_id
    with pytest.raises(IntegrityError), room.database.write() as session:
        session.add(
            Charge(
                read_id=read_id,
                study_uid="2.25.1",
                site="north",
                description="again",
                amount_minor=1,
                currency="USD",
                created_at=room.clock(),
            )
        )


def test_a_lapsed_claim_is_not_signed(room, claimed, clock):
    save(room, claimed, **COMPLETE)
    clock.advance(timedelta(minutes=RULES.lease_minutes))
    with pytest.raises(Conflict, match="lapsed"):
        sign_it(room, claimed)
    assert count(room, Charge) == 0


def test_a_licence_that_expired_after_the_claim_stops_the_signature(room, claimed):
    save(room, claimed, **COMPLETE)
    with room.database.write() as session:
        set_case_context(
            session,
            "2.25.1",
            case_number=None,
            question=None,
            report=None,
            report_language=None,
            blind=False,
            jurisdiction="DE",
        )
    with pytest.raises(Forbidden):
        sign_it(room, claimed, Worklist(require_licence=True))
    assert count(room, Charge) == 0


def test_a_signed_read_takes_no_more_drafts(room, claimed):
    save(room, claimed, **COMPLETE)
    sign_it(room, claimed)
    with pytest.raises(Conflict, match="signed"):
        save(room, claimed, findings="changed")


def test_another_readers_claim_takes_no_draft_of_mine(room, claimed, reader):
    with pytest.raises(Conflict):
        save(room, (claimed[0], reader("Dr Ben")), findings="mine")
    assert count(room, Read) == 0


@pytest.mark.parametrize(
    "image",
    [
        {"sop_instance_uid": "2.25.9", "frame": 1},
        {"sop_instance_uid": "2.25.1.1.1", "frame": 2},
        {"sop_instance_uid": "2.25.1.1.2", "frame": 11},
        {"sop_instance_uid": "2.25.2.1.1", "frame": 1},
    ],
)
def test_a_key_image_is_an_image_and_frame_of_this_study(room, publish, claimed, image):
    publish("2.25.2")
    with pytest.raises(Malformed, match="key image 1"):
        save(room, claimed, key_images=[image])
    save(room, claimed, key_images=[{"sop_instance_uid": "2.25.1.1.2", "frame": 10}])


@pytest.mark.parametrize(
    "changes", [{"agreement": "maybe"}, {"radpeer": "5"}, {"findings": "x" * 50_001}, {"signed_at": None}]
)
def test_a_draft_takes_only_what_a_read_has(room, claimed, changes):
    with pytest.raises(Malformed):
        save(room, claimed, **changes)


def test_an_addendum_follows_a_signed_read_of_the_same_reader(room, claimed, reader):
    ada = claimed[1]
    read_id = save(room, claimed, **COMPLETE)

    def add(principal, text):
        with room.database.write() as session:
            return add_addendum(session, room.clock, principal, read_id, text)

    with pytest.raises(NotFound):
        add(ada, "too early")
    sign_it(room, claimed)
    with pytest.raises(Forbidden):
        add(reader("Dr Ben"), "not mine")
    for text in ("", " ", "x" * 50_001):
        with pytest.raises(Malformed):
            add(ada, text)
    addendum_id = add(ada, "Also a fracture.")
    with room.database.read() as session:
        assert session.get_one(Addendum, addendum_id).text == "Also a fracture."
        assert session.get_one(Read, read_id).findings == "A small bleed."
        last = session.scalars(select(OutboxEntry).order_by(OutboxEntry.id.desc())).first()
        assert (last.kind, last.addendum_id) == ("addendum-signed", addendum_id)
    assert count(room, Charge) == 1
