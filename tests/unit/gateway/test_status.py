"""One look at a node: what came, what waits, who called."""

import json
from collections import Counter
from datetime import UTC, datetime
from io import StringIO

import pytest
from rich.console import Console

from gateway.cli.status import screen
from gateway.status import snapshot
from scp.seats import Seats


def test_what_came_and_what_waits_is_counted(gate, part10) -> None:
    gate.receive(part10(1))
    assert snapshot(gate.node)["incoming"]["bytes_last_minute"] == len(part10(1))
    gate.spool(part10(2))
    seen = snapshot(gate.node)
    assert seen["incoming"]["objects_last_minute"] == 2, "what the worker has not seen yet has come too"
    assert seen["incoming"]["bytes_last_minute"] > 2 * len(part10(1))
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


def test_who_sends_now_and_how_fast_is_told_of_each_site(gate, part10) -> None:
    for number in range(5):
        gate.receive(part10(number))
    seats = Seats(gate.node.settings.door / "seats")
    seats.tell(Counter({("north", ""): 2, ("south", ""): 1}))
    seen = snapshot(gate.node)
    assert seen["incoming"]["associations_now"] == 3
    assert seen["incoming"]["objects_per_second"] == 0.5
    size = 5 * len(part10(0))
    assert seen["sites"] == [
        {"site": "north", "associations": 2, "objects_last_minute": 5, "bytes_last_minute": size},
        {"site": "south", "associations": 1, "objects_last_minute": 0, "bytes_last_minute": 0},
    ]
    seats.close()
    gate.pass_time(minutes=2)
    seen = snapshot(gate.node)
    assert (seen["sites"], seen["incoming"]["associations_now"]) == ([], 0)


def test_what_went_wrong_is_told_once_with_its_count_and_without_a_name(gate, part10) -> None:
    for number in (1, 2):
        gate.receive(part10(number, PatientName="Planted^Identity"), sop_instance_uid="1.2.3")
    path = gate.node.settings.visits_file
    path.parent.mkdir(exist_ok=True)
    at = gate.node.clock().isoformat()
    refused = {"at": at, "site": None, "calling_ae": "STRANGER", "called_ae": "OVERREAD", "host": "10.9.9.9",
               "tls": False, "answer": "calling AE title not recognized"}  # fmt: skip
    path.write_text(json.dumps([refused]))
    problems = snapshot(gate.node)["problems"]
    assert {(each["what"], each["site"], each["words"], each["times"]) for each in problems} == {
        ("quarantined", "north", "uid mismatch", 2),
        ("refused", "", "STRANGER from 10.9.9.9: calling AE title not recognized", 1),
    }
    assert "Planted" not in str(problems)
    gate.pass_time(days=2)
    assert snapshot(gate.node)["problems"] == []


@pytest.mark.parametrize("width", [80, 120])
def test_the_dashboard_fits_a_terminal_and_says_all_of_it(gate, part10, width) -> None:
    gate.receive(part10(1), sop_instance_uid="1.2.3")
    path = gate.node.settings.visits_file
    path.parent.mkdir(exist_ok=True)
    visit = {"at": datetime.now(UTC).isoformat(), "site": None, "workstation": False, "calling_ae": "", "tls": True,
             "called_ae": "", "host": "10.9.9.9", "answer": "TLS: the peer showed no certificate"}  # fmt: skip
    path.write_text(json.dumps([visit]))
    terminal = Console(width=width, record=True, file=StringIO())
    terminal.print(screen(snapshot(gate.node)))
    text = terminal.export_text()
    assert max(map(len, text.splitlines())) <= width
    for part in ("no worker", "objects/s", "senders, last minute", "waiting", "latest associations", "latest problems"):
        assert part in text
