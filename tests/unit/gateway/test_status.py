"""One look at a node: what came, what waits, who called."""

import json

from gateway.status import snapshot


def test_what_came_and_what_waits_is_counted(gate, part10) -> None:
    gate.receive(part10(1))
    gate.spool(part10(2))
    seen = snapshot(gate.node)
    assert seen["incoming"]["objects_last_minute"] == 1
    assert seen["incoming"]["bytes_last_minute"] == len(part10(1))
    assert seen["waiting"]["spool"] == 1
    assert seen["waiting"]["revisions"] == 1
    assert seen["studies"] == {"arriving": 1}
    gate.pass_time(minutes=2)
    assert snapshot(gate.node)["incoming"]["objects_last_minute"] == 0


def test_a_study_that_can_be_read_is_on_the_worklist(gate) -> None:
    gate.publish()
    seen = snapshot(gate.node)
    assert (seen["studies"], seen["worklist"]) == ({"published": 1}, {"open": 1})


def test_who_called_is_shown_without_the_internal_number(gate) -> None:
    path = gate.node.settings.visits_file
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps([{"site": "north", "calling_ae": "NORTH", "answer": "accepted", "delivery": "1" * 32}]))
    assert snapshot(gate.node)["associations"] == [{"site": "north", "calling_ae": "NORTH", "answer": "accepted"}]
