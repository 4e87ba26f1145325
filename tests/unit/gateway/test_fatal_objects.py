"""An object that ends the process working on it is found out, tried alone, and quarantined; the others go on."""

import subprocess
import sys
from dataclasses import replace
from typing import Any

import pytest

from gateway import under_way
from gateway.hands import Died
from gateway.housekeeping import clean_up
from gateway.late import LateWatch
from gateway.pipeline.deidentify import deidentify_study
from gateway.pipeline.fatal import CODE, heed_deaths
from gateway.quarantine import release_objects
from gateway.under_way import Mark, call_too_long, forgive, forgive_others, left_behind, working

AT_WORK = """
import sys, time
from pathlib import Path
from gateway.under_way import Mark
with Mark(Path(sys.argv[1])) as mark:
    mark.begin(1)
    print("begun", flush=True)
    time.sleep(600)
"""


class FakeHands:
    """Does nothing in other processes; of what is done apart, some end the process."""

    def __init__(self, *fatal: int, too_long: bool = False) -> None:
        self.fatal = fatal
        self.too_long = too_long
        self.node: Any = None
        self.apart: list[int] = []

    def do(self, work: Any, node: Any, things: Any) -> Any:
        return work(node, things)

    def do_apart(self, work: Any, things: Any, *, seconds: float) -> Any:
        assert seconds == 3600
        for thing in things:
            self.apart.append(thing.object_id)
            if thing.object_id in self.fatal:
                raise Died(too_long=self.too_long)
            yield work(self.node, [thing])[0]


def run_with(gate: Any, hands: FakeHands) -> None:
    hands.node = replace(gate.node, hands=hands)
    deidentify_study(hands.node, 1)


@pytest.fixture
def at_work(gate):
    """Let another process work on object 1, without end."""
    command = [sys.executable, "-c", AT_WORK, str(gate.node.settings.home)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "begun\n"
        yield process
        process.kill()


@pytest.fixture
def two(gate, part10):
    """Receive two objects of a matched study."""
    gate.case()
    gate.receive(part10(SOPInstanceUID="1.2.3.1"))
    gate.receive(part10(SOPInstanceUID="1.2.3.2"))
    return gate


def test_a_mark_names_what_a_process_is_at_while_it_lives_and_is_left_when_it_dies(gate, at_work) -> None:
    home = gate.node.settings.home
    assert [(note.process, note.object_id) for _, note in working(home)] == [(at_work.pid, 1)]
    assert left_behind(home) == []
    at_work.kill()
    at_work.wait()
    assert list(working(home)) == []
    assert [note.object_id for _, note in left_behind(home)] == [1]


def test_a_dead_process_does_not_seem_to_live_while_somebody_else_looks(gate, at_work) -> None:
    home = gate.node.settings.home
    at_work.kill()
    at_work.wait()
    somebody = under_way._marks(home)
    next(somebody)
    assert list(working(home)) == []
    assert [note.object_id for _, note in left_behind(home)] == [1]
    somebody.close()


def test_what_is_begun_after_an_object_that_took_too_long_did_not_take_too_long(gate) -> None:
    home = gate.node.settings.home
    with Mark(home) as mark:
        mark.begin(1)
        mark.begin(2)  # between the look at the mark and the word on it
        call_too_long(mark.path, 1)
        assert [(note.object_id, note.too_long) for _, note in working(home)] == [(2, False)]
        call_too_long(mark.path, 2)
        assert [(note.object_id, note.too_long) for _, note in working(home)] == [(2, True)]


def test_who_dies_before_anything_is_begun_leaves_no_file_for_ever(gate, at_work) -> None:
    home = gate.node.settings.home
    (home / "run" / "under-way" / "begun-by-nobody").touch()
    with Mark(home) as mark:
        clean_up(gate.node)
        assert {path.name for path in mark.path.parent.iterdir()} == {mark.path.name, next(working(home))[0].name}


def test_what_others_ended_with_is_not_to_blame(gate, at_work) -> None:
    at_work.kill()
    at_work.wait()
    forgive_others(gate.node.settings.home, [at_work.pid])
    assert left_behind(gate.node.settings.home) == []


def test_who_ends_well_or_is_told_to_stop_leaves_no_mark_and_who_lacks_memory_does(gate, monkeypatch) -> None:
    monkeypatch.setattr(under_way, "_forgiven", False)
    home = gate.node.settings.home
    with Mark(home) as mark:
        mark.begin(1)
    with pytest.raises(ValueError, match="seven"), Mark(home) as mark:
        mark.begin(2)
        raise ValueError("seven")
    with pytest.raises(MemoryError), Mark(home) as mark:
        mark.begin(3)
        raise MemoryError
    assert [note.object_id for _, note in left_behind(home)] == [3]
    with pytest.raises(MemoryError), Mark(home) as mark:
        mark.begin(4)
        forgive()
        raise MemoryError
    with pytest.raises(MemoryError), Mark(home) as mark:
        mark.begin(5)  # after it was told to stop
        raise MemoryError
    assert [note.object_id for _, note in left_behind(home)] == [3]


def test_what_a_process_died_at_is_tried_apart_and_quarantined_while_the_others_go_on(gate, part10, at_work) -> None:
    gate.case()
    for number in range(1, 7):
        gate.receive(part10(number))
    at_work.kill()
    at_work.wait()
    hands = FakeHands(1, 4)
    run_with(gate, hands)
    assert hands.apart == [1, 2, 3, 4, 5, 6]  # each once: nobody waits for as many deaths as there are such objects
    reached = [(each.disposition, each.reason_code, each.derived_blob is not None) for each in gate.objects()]
    fine, fatal = (None, None, True), ("quarantined", CODE, False)
    assert reached == [fatal, fine, fine, fatal, fine, fine]
    assert left_behind(gate.node.settings.home) == []
    release_objects(gate.node, [1, 4], actor="clerk")
    assert [each.deaths for each in gate.objects()] == [0] * 6
    gate.run()
    assert gate.dispositions() == [("published", None)] * 6


def test_readers_and_the_hospital_are_told_that_an_object_lacks_which_ended_its_process(two, at_work) -> None:
    at_work.kill()
    at_work.wait()
    run_with(two, FakeHands(1))
    assert two.run() == "enlist"
    findings = {each["code"]: each["values"] for each in two.study().fitness["findings"]}
    assert findings["damaged-images"] == {"count": 1}


def test_what_takes_too_long_apart_is_quarantined_with_that_reason(two, at_work) -> None:
    at_work.kill()
    at_work.wait()
    run_with(two, FakeHands(1, too_long=True))
    assert "object_minutes" in (two.objects()[0].reason or "")


def test_a_process_that_is_too_long_at_an_object_is_ended_and_the_object_quarantined(two, at_work) -> None:
    settings = two.node.settings
    in_time, late = (settings.worker.model_copy(update={"object_minutes": minutes}) for minutes in (60, 1e-9))
    LateWatch(settings.model_copy(update={"worker": in_time}))()
    assert at_work.poll() is None
    LateWatch(settings.model_copy(update={"worker": late}))()
    assert at_work.wait(60) == -9
    heed_deaths(two.node)
    assert two.dispositions() == [("quarantined", CODE), (None, None)]
    assert "object_minutes" in (two.objects()[0].reason or "")


def test_what_ends_every_process_but_the_one_of_its_own_does_not_come_for_ever(two) -> None:
    for _ in range(3):
        with pytest.raises(MemoryError), Mark(two.node.settings.home) as mark:
            mark.begin(2)
            raise MemoryError
        heed_deaths(two.node)
    assert two.dispositions() == [(None, None), ("quarantined", CODE)]
    assert left_behind(two.node.settings.home) == []
