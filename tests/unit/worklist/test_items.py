"""Claim under a lease, release, licences: one reader at a time."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from threading import Barrier

import pytest

from config.errors import Conflict, Forbidden, NotFound
from config.settings import Worklist
from worklist.access.readers import add_licence
from worklist.drafts import save_draft
from worklist.items import claim, held_item, release, visible_item
from worklist.listing import list_items
from worklist.models import WorklistItem
from worklist.principal import Principal
from worklist.publishing import cancel_item, set_case_context

RULES = Worklist()
LEASE = timedelta(minutes=RULES.lease_minutes)
DESK = Principal("desk", "coordinator", None, "token")


def do(room, function, *arguments, **named):
    with room.database.write() as session:
        return function(session, room.clock, *arguments, **named)


def state(room, item_id):
    with room.database.read() as session:
        row = session.get_one(WorklistItem, item_id)
        return row.state, row.reader_id, row.lease_until


def test_a_claim_holds_for_the_lease(room, publish, reader):
    item, ada = publish(), reader()
    do(room, claim, ada, item, rules=RULES)
    assert state(room, item) == ("claimed", ada.reader_id, room.clock() + LEASE)


def test_claiming_again_renews_the_lease(room, publish, reader, clock):
    item, ada = publish(), reader()
    do(room, claim, ada, item, rules=RULES)
    clock.advance(timedelta(minutes=60))
    do(room, claim, ada, item, rules=RULES)
    assert state(room, item)[2] == clock() + LEASE


def test_a_claimed_item_cannot_be_claimed_by_another(room, publish, reader):
    item, ada, ben = publish(), reader(), reader("Dr Ben")
    do(room, claim, ada, item, rules=RULES)
    before = state(room, item)
    with pytest.raises(Conflict):
        do(room, claim, ben, item, rules=RULES)
    assert state(room, item) == before


def test_of_many_readers_who_claim_at_once_exactly_one_wins(room, publish, reader):
    item = publish()
    readers = [reader(f"Dr {n}") for n in range(8)]
    together = Barrier(len(readers))

    def try_claim(principal):
        together.wait()
        try:
            do(room, claim, principal, item, rules=RULES)
        except Conflict:
            return None
        return principal.reader_id

    with ThreadPoolExecutor(len(readers)) as pool:
        winners = [who for who in pool.map(try_claim, readers) if who is not None]
    assert len(winners) == 1
    assert state(room, item)[:2] == ("claimed", winners[0])


def test_a_lapsed_claim_can_be_claimed_by_another(room, publish, reader, clock):
    item, ada, ben = publish(), reader(), reader("Dr Ben")
    do(room, claim, ada, item, rules=RULES)
    clock.advance(LEASE)
    do(room, claim, ben, item, rules=RULES)
    assert state(room, item)[:2] == ("claimed", ben.reader_id)
    with pytest.raises(Conflict, match="claim the item first"):
        do(room, save_draft, ada, item, changes={"findings": "late"}, rules=RULES)


def test_who_let_the_lease_lapse_must_claim_again_and_finds_the_draft(room, publish, reader, clock):
    item, ada = publish(), reader()
    do(room, claim, ada, item, rules=RULES)
    do(room, save_draft, ada, item, changes={"findings": "seen"}, rules=RULES)
    clock.advance(LEASE)
    with pytest.raises(Conflict, match="lapsed"):
        do(room, save_draft, ada, item, changes={"findings": "late"}, rules=RULES)
    do(room, claim, ada, item, rules=RULES)
    with room.database.write() as session:
        draft = save_draft(session, clock, ada, item, changes={"impression": "ok"}, rules=RULES)
        assert draft.findings == "seen"


def test_saving_a_draft_extends_the_lease(room, publish, reader, clock):
    item, ada = publish(), reader()
    do(room, claim, ada, item, rules=RULES)
    clock.advance(LEASE - timedelta(seconds=1))
    do(room, save_draft, ada, item, changes={}, rules=RULES)
    clock.advance(LEASE - timedelta(seconds=1))
    do(room, held_item, ada, item)
    assert state(room, item)[2] > clock()


def test_a_released_item_is_open_again(room, publish, reader):
    item, ada = publish(), reader()
    do(room, claim, ada, item, rules=RULES)
    do(room, release, ada, item)
    assert state(room, item) == ("open", None, None)
    with pytest.raises(Conflict):
        do(room, release, ada, item)


def test_a_reader_does_not_release_for_another_and_a_coordinator_does(room, publish, reader):
    item, ada, ben = publish(), reader(), reader("Dr Ben")
    do(room, claim, ada, item, rules=RULES)
    with pytest.raises(Conflict):
        do(room, release, ben, item)
    do(room, release, DESK, item)
    assert state(room, item)[0] == "open"


def make_prior(room, study_uid="2.25.1"):
    nothing = dict.fromkeys(("case_number", "question", "report", "report_language", "jurisdiction"))
    with room.database.write() as session:
        set_case_context(session, study_uid, **nothing, blind=False, prior=True)


def test_a_study_that_became_a_prior_is_claimed_by_nobody(room, publish, reader):
    item = publish()
    make_prior(room)
    with pytest.raises(Conflict, match="prior"):
        do(room, claim, reader(), item, rules=RULES)
    assert state(room, item)[0] == "open"


def test_a_prior_that_a_reader_has_is_theirs_until_they_give_it_back(room, publish, reader):
    item, ada = publish(), reader()
    do(room, claim, ada, item, rules=RULES)
    make_prior(room)
    do(room, claim, ada, item, rules=RULES)
    do(room, release, ada, item)
    assert state(room, item) == ("cancelled", None, None)
    with room.database.read() as session:
        assert visible_item(session, ada, item, room.clock()).id == item


def test_a_prior_whose_claim_lapsed_is_off_the_worklist_for_everybody(room, publish, reader, clock):
    item, ada = publish(), reader()
    do(room, claim, ada, item, rules=RULES)
    make_prior(room)
    clock.advance(LEASE)
    for who, states in ((ada, "open,signed,claimed"), (DESK, "open")):
        with room.database.read() as session:
            assert list_items(session, who, now=clock(), state=states) == ([], None)
    with room.database.read() as session:
        [entry], _ = list_items(session, DESK, now=clock(), state="cancelled")
    assert entry["id"] == item
    with pytest.raises(Conflict, match="prior"):
        do(room, claim, ada, item, rules=RULES)
    with pytest.raises(Conflict, match="lapsed"):
        do(room, held_item, ada, item)


def test_only_a_reader_claims(room, publish):
    with pytest.raises(Forbidden):
        do(room, claim, DESK, publish(), rules=RULES)


def test_an_item_that_does_not_exist_is_not_found(room, reader):
    ada = reader()
    with pytest.raises(NotFound):
        do(room, claim, ada, "nothing", rules=RULES)
    with room.database.read() as session, pytest.raises(NotFound):
        visible_item(session, ada, "nothing", room.clock())


def test_a_cancelled_item_is_neither_claimed_nor_seen_by_readers(room, publish, reader):
    item, ada = publish(), reader()
    with room.database.write() as session:
        cancel_item(session, "2.25.1")
    with pytest.raises(Conflict):
        do(room, claim, ada, item, rules=RULES)
    with room.database.read() as session:
        assert visible_item(session, DESK, item, room.clock()).state == "cancelled"
        with pytest.raises(NotFound):
            visible_item(session, ada, item, room.clock())


@pytest.mark.parametrize(
    ("licence", "expires", "admitted"),
    [
        (None, None, False),
        ("US-MA", date(2025, 3, 14), True),
        ("US-MA", date(2025, 3, 13), False),
        ("US-NY", date(2030, 1, 1), False),
        ("US", date(2030, 1, 1), True),
    ],
)
def test_a_licence_is_asked_for_where_the_node_requires_one(room, publish, reader, licence, expires, admitted):
    item, ada = publish(), reader()
    with room.database.write() as session:
        set_case_context(
            session,
            "2.25.1",
            case_number=None,
            question=None,
            report=None,
            report_language=None,
            blind=False,
            jurisdiction="US-MA",
        )
        if licence:
            add_licence(session, name="Dr Ada", jurisdiction=licence, expires=expires)
    strict = Worklist(require_licence=True)
    if not admitted:
        with pytest.raises(Forbidden):
            do(room, claim, ada, item, rules=strict)
        assert state(room, item)[0] == "open"
    do(room, claim, ada, item, rules=strict if admitted else RULES)
    assert state(room, item)[0] == "claimed"
