"""What many objects need is done by several processes, in order, and nothing hangs on any one of them."""

import importlib
import os
import signal
import subprocess
import sys
import threading
import time
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import cast

import psutil
import pytest

from config.errors import Unavailable
from gateway.hands import FEW, Died, Hands, _exit_code
from gateway.node import open_node
from gateway.under_way import left_behind, working

MANY = list(range(FEW + 40))
PATIENCE = 60.0


@pytest.fixture
def work(monkeypatch):
    monkeypatch.syspath_prepend(str(Path(__file__).parent))
    return importlib.import_module("handed_out")


@pytest.fixture
def hands(node):
    settings = node.settings.model_copy(update={"worker": node.settings.worker.model_copy(update={"processes": 2})})
    made = Hands(settings, open_node)
    yield made
    made.close()


def until_handed_out(hands, work, node):
    """Ask until the processes are up, and return what they answered."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        answer = hands.do(work.where, node, MANY)
        if os.getpid() not in {process for process, _, _ in answer}:
            return answer
        time.sleep(0.05)
    raise AssertionError("nothing was ever handed out")


def test_a_few_are_done_here_and_start_no_process(hands, work, node):
    assert {process for process, _, _ in hands.do(work.where, node, MANY[:FEW])} == {os.getpid()}
    assert hands._pool is None


def test_many_are_done_elsewhere_in_their_order_and_what_breaks_there_is_told(hands, work, node):
    first = hands.do(work.where, node, MANY)
    assert [number for _, number, _ in first] == MANY  # which did not wait for a process
    answer = until_handed_out(hands, work, node)
    assert [number for _, number, _ in answer] == MANY
    assert all(opened for _, _, opened in answer)
    with pytest.raises(ValueError, match="seven"):
        hands.do(work.break_on_seven, node, MANY)
    assert hands.do(work.break_on_seven, node, [each + 8 for each in MANY]) == [each + 8 for each in MANY]
    with pytest.raises(Unavailable):
        hands.do(work.die, node, MANY)
    assert [number for _, number, _ in until_handed_out(hands, work, node)] == MANY
    hands.close()
    assert {process for process, _, _ in hands.do(work.where, node, MANY)} == {os.getpid()}


def test_of_the_processes_that_end_only_the_one_that_died_leaves_its_mark(hands, work, node):
    until_handed_out(hands, work, node)
    with pytest.raises(Unavailable):
        hands.do(work.die_of_seven, node, MANY)
    assert list(working(node.settings.home)) == []
    assert [note.object_id for _, note in left_behind(node.settings.home)] == [7]


def test_what_a_process_ended_with_is_known_also_while_another_thread_fetches_it() -> None:
    ours, theirs = os.pipe()
    os.close(theirs)  # what tells of the end
    codes = iter([None, None, -signal.SIGKILL])

    class BeingFetched:
        sentinel = ours
        exitcode = property(lambda _self: next(codes, -signal.SIGKILL))

    assert _exit_code(cast("BaseProcess", BeingFetched())) == -signal.SIGKILL
    os.close(ours)


def test_what_is_done_apart_comes_one_by_one_until_the_process_ends(hands, work) -> None:
    came = hands.do_apart(work.where, [1, 2, 3], seconds=PATIENCE)
    assert {(number, opened) for process, number, opened in came if process != os.getpid()} == {
        (1, True), (2, True), (3, True),
    }  # fmt: skip
    came = hands.do_apart(work.die_of_three_and_five, [1, 2, 3, 4], seconds=PATIENCE)
    assert [next(came), next(came)] == [1, 2]
    with pytest.raises(Died) as died:
        next(came)
    with pytest.raises(Died) as ended:
        list(hands.do_apart(work.never_end, [7], seconds=0.1))
    with pytest.raises(Died) as lacking:
        list(hands.do_apart(work.lack_memory, [7], seconds=PATIENCE))
    assert [each.value.too_long for each in (died, ended, lacking)] == [False, True, False]


def test_what_is_not_the_fault_of_a_thing_is_told_as_such(hands, work) -> None:
    with pytest.raises(TimeoutError, match="server"):
        list(hands.do_apart(work.time_out, [7], seconds=PATIENCE))
    with pytest.raises(Unavailable):
        list(hands.do_apart(work.be_told_to_stop, [7], seconds=PATIENCE))


def test_who_cannot_even_start_is_no_fault_of_a_thing(node, work) -> None:
    lost = node.settings.model_copy(update={"home": node.settings.home / "nowhere"})
    with pytest.raises(Unavailable):
        list(Hands(lost, open_node).do_apart(work.where, [7], seconds=PATIENCE))


def test_what_is_done_apart_is_never_taken_for_one_of_the_many(hands, work, node) -> None:
    class AddedLate(set):
        def add(self, process: BaseProcess) -> None:
            counting = threading.Thread(target=hands._started)
            counting.start()
            counting.join(0.5)
            super().add(process)

    hands.do(work.where, node, MANY)
    while not all(each.done() for each in hands._up):
        time.sleep(0.05)
    hands._apart = AddedLate()
    [(apart, _, _)] = hands.do_apart(work.where, [1], seconds=PATIENCE)
    until_handed_out(hands, work, node)
    assert hands._members
    assert apart not in {each.pid for each in hands._members}


def test_what_is_done_apart_ends_when_the_worker_is_to_stop(hands, work) -> None:
    stop = threading.Timer(1.0, hands.give_up_apart)
    stop.start()
    with pytest.raises(Unavailable):
        list(hands.do_apart(work.never_end, [7], seconds=PATIENCE))
    stop.join()


WORKER = """
import sys, time
from pathlib import Path
sys.path.insert(0, sys.argv[2])
import handed_out
from config.settings import Settings
from gateway.node import open_node
with open_node(Settings.load(Path(sys.argv[1]))) as node:
    while len({process for process, _, _ in node.hands.do(handed_out.where, node, range(100))}) < 2:
        time.sleep(0.05)
    print("up", flush=True)
    time.sleep(600)
"""


def test_a_worker_that_is_killed_leaves_no_process_behind(node):
    environment = os.environ | {"OVERREAD_WORKER__PROCESSES": "2"}
    command = [sys.executable, "-c", WORKER, str(node.settings.home), str(Path(__file__).parent)]
    worker = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
    assert worker.stdout is not None
    assert worker.stdout.readline() == "up\n"
    children = psutil.Process(worker.pid).children(recursive=True)
    worker.kill()
    worker.wait()
    worker.stdout.close()
    _, alive = psutil.wait_procs(children, timeout=PATIENCE)
    assert len(children) >= 2
    assert alive == []
