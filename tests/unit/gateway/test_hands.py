"""What many objects need is done by several processes, in order, and nothing hangs on any one of them."""

import importlib
import os
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from config.errors import Unavailable
from gateway.hands import FEW, Hands
from gateway.node import open_node

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
