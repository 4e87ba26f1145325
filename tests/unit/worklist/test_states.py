"""The table of states: what it permits, and that nothing else happens."""

from datetime import UTC, datetime, timedelta
from typing import get_args

import pytest

from config.errors import Conflict
from worklist.models import ItemState, WorklistItem
from worklist.states import TRANSITIONS, Event, has_lapsed, move, next_state, state_now

NOW = datetime(2025, 1, 1, tzinfo=UTC)
LEGAL = {(state, event): after for state, events in TRANSITIONS.items() for event, after in events.items()}


def item(state):
    held = state in {"claimed", "signed"}
    return WorklistItem(state=state, reader_id=7 if held else None, lease_until=NOW if state == "claimed" else None)


def test_every_state_has_its_row_and_every_event_its_use():
    assert set(TRANSITIONS) == set(get_args(ItemState))
    assert {event for _, event in LEGAL} == set(get_args(Event))
    assert set(LEGAL.values()) == set(get_args(ItemState))


@pytest.mark.parametrize("state", get_args(ItemState))
@pytest.mark.parametrize("event", get_args(Event))
def test_an_illegal_move_is_a_conflict_and_nothing_happens(state, event):
    row = item(state)
    before = (row.state, row.reader_id, row.lease_until)
    if (state, event) in LEGAL:
        move(row, event, 8)
        assert row.state == LEGAL[state, event] == next_state(state, event)
        return
    with pytest.raises(Conflict):
        move(row, event, 8)
    assert (row.state, row.reader_id, row.lease_until) == before


@pytest.mark.parametrize(
    ("state", "event", "reader_id"),
    [("open", "claim", 8), ("claimed", "sign", 7), ("claimed", "release", None), ("claimed", "cancel", None)],
)
def test_who_holds_the_item_follows_its_state(state, event, reader_id):
    row = item(state)
    move(row, event, 8 if event == "claim" else None)
    assert (row.reader_id, row.lease_until) == (reader_id, None)


def test_a_signed_item_is_final():
    assert TRANSITIONS["signed"] == {}


def test_a_claim_lapses_at_the_end_of_its_lease():
    row = item("claimed")
    assert not has_lapsed(row, NOW - timedelta(seconds=1))
    assert has_lapsed(row, NOW)
    assert state_now(row, NOW) == "open"
    assert state_now(item("signed"), NOW) == "signed"
