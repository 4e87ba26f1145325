"""The states of a worklist item and the events that move it, as one table.

An event that the table does not give for a state is one error, and nothing happens. A claim that has lapsed is an open
item for everybody, or a cancelled one where the study became a prior; the next claim brings the row up to date.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal, cast

from config.errors import Conflict
from worklist.models import ItemState, WorklistItem

Event = Literal["claim", "release", "lapse", "sign", "cancel", "reopen"]

TRANSITIONS: Mapping[ItemState, Mapping[Event, ItemState]] = {
    "open": {"claim": "claimed", "cancel": "cancelled"},
    "claimed": {"release": "open", "lapse": "open", "sign": "signed", "cancel": "cancelled"},
    "signed": {},
    "cancelled": {"reopen": "open"},
}


def next_state(state: ItemState, event: Event) -> ItemState:
    """Return the state that an event leads to.

    Raises:
        Conflict: the state does not permit the event.
    """
    after = TRANSITIONS[state].get(event)
    if after is None:
        raise Conflict(f"an item that is {state} does not permit: {event}")
    return after


def move(item: WorklistItem, event: Event, reader_id: int | None = None) -> None:
    """Move an item by an event: its state, who holds it, and whether there is a lease.

    `reader_id` is given with a claim; a signed item keeps the reader who claimed it.

    Raises:
        Conflict: the state does not permit the event; nothing is changed.
    """
    after = next_state(cast("ItemState", item.state), event)
    item.state = after
    if after != "claimed":
        item.lease_until = None
    if after in {"open", "cancelled"}:
        item.reader_id = None
    elif event == "claim":
        item.reader_id = reader_id


def has_lapsed(item: WorklistItem, now: datetime) -> bool:
    """Say whether an item is claimed under a lease that ran out."""
    return item.state == "claimed" and (item.lease_until is None or item.lease_until <= now)


def state_now(item: WorklistItem, now: datetime, *, prior: bool = False) -> ItemState:
    """Return an item's state as everybody sees it: a lapsed claim is open, that of a prior is at its end."""
    if has_lapsed(item, now):
        return "cancelled" if prior else "open"
    return cast("ItemState", item.state)
