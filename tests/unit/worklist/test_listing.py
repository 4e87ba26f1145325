"""The worklist as a list: order, pages, filters, and what a reader may see."""

from datetime import timedelta

import pytest

from config.errors import Malformed
from config.settings import Worklist
from worklist.cursor import read_cursor, write_cursor
from worklist.items import claim
from worklist.listing import list_items
from worklist.principal import Principal
from worklist.publishing import cancel_item

DESK = Principal("desk", "coordinator", None, "token")


def listed(room, principal=DESK, **filters):
    with room.database.read() as session:
        items, cursor = list_items(session, principal, now=room.clock(), **filters)
    return [item["study_uid"] for item in items], cursor


def test_the_oldest_due_comes_first(room, publish):
    publish("2.25.1", due_in_hours=9)
    publish("2.25.2", due_in_hours=3)
    publish("2.25.3", due_in_hours=6)
    assert listed(room)[0] == ["2.25.2", "2.25.3", "2.25.1"]


def test_pages_neither_repeat_nor_miss_an_item_when_due_times_are_equal(room, publish):
    expected = {f"2.25.{n}" for n in range(1, 8)}
    for uid in expected:
        publish(uid)
    seen, cursor = listed(room, limit=3)
    while cursor:
        page, cursor = listed(room, limit=3, cursor=cursor)
        assert page
        seen += page
    assert sorted(seen) == sorted(expected)


def test_an_item_added_behind_a_cursor_does_not_move_the_next_page(room, publish):
    publish("2.25.1", due_in_hours=5)
    publish("2.25.2", due_in_hours=6)
    first, cursor = listed(room, limit=1)
    publish("2.25.3", due_in_hours=1)
    assert (first, listed(room, limit=1, cursor=cursor)) == (["2.25.1"], (["2.25.2"], None))


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"modality": "MR"}, ["2.25.2"]),
        ({"modality": "MR, CT"}, ["2.25.1", "2.25.2"]),
        ({"site": "south"}, ["2.25.2"]),
        ({"site": "south,nowhere", "modality": "CT"}, []),
        ({"state": "claimed"}, ["2.25.2"]),
        ({"state": "open,claimed"}, ["2.25.1", "2.25.2"]),
        ({"state": "cancelled"}, ["2.25.3"]),
        ({"state": ""}, ["2.25.1", "2.25.2", "2.25.3"]),
    ],
)
def test_filters_name_one_value_or_several(room, publish, reader, filters, expected):
    publish("2.25.1", due_in_hours=1)
    item = publish("2.25.2", due_in_hours=2, modality="MR", site="south")
    publish("2.25.3", due_in_hours=3, modality="XA")
    ada = reader()
    with room.database.write() as session:
        claim(session, room.clock, ada, item, rules=Worklist())
        cancel_item(session, "2.25.3")
    assert listed(room, **filters)[0] == expected


def test_a_lapsed_claim_is_listed_as_open(room, publish, reader, clock):
    item, ada, ben = publish(), reader(), reader("Dr Ben")
    with room.database.write() as session:
        claim(session, clock, ada, item, rules=Worklist())
    assert listed(room, ben)[0] == []
    assert listed(room, ada, state="claimed")[0] == ["2.25.1"]
    clock.advance(timedelta(minutes=120))
    with room.database.read() as session:
        [entry], _ = list_items(session, ben, now=clock(), state="open")
    assert (entry["state"], entry["reader"]) == ("open", None)
    assert listed(room, ada, state="claimed")[0] == []


@pytest.mark.parametrize(
    "filters",
    [{"state": "done"}, {"limit": 0}, {"limit": 201}, {"site": ",".join(map(str, range(51)))}, {"cursor": "x"}],
)
def test_a_filter_that_makes_no_sense_is_malformed(room, filters):
    with pytest.raises(Malformed):
        listed(room, **filters)


def test_a_cursor_comes_back_as_the_place_it_was_made_from(room):
    assert read_cursor(write_cursor((room.clock(), "abc"))) == (room.clock(), "abc")


@pytest.mark.parametrize("cursor", ["", "!!", "e30", "W10", "WyIyMDI1LTAxLTAxIiwgIngiXQ", "WzEsMl0", "é", "gA"])
def test_what_is_no_cursor_is_malformed(cursor):
    with pytest.raises(Malformed):
        read_cursor(cursor)
