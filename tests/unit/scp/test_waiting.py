"""A bell that is heard, and a queue that rings."""

import select
import threading
from pathlib import Path

from scp.waiting import Bell, SignallingQueue


def rings(bell, milliseconds=0):
    poll = select.poll()
    poll.register(bell, select.POLLIN)
    return bool(poll.poll(milliseconds))


def test_a_rung_bell_is_heard_until_it_is_hushed():
    bell = Bell()
    assert not rings(bell)
    bell.ring()
    bell.ring()
    assert rings(bell)
    assert rings(bell)
    bell.hush()
    assert not rings(bell)
    bell.hush()
    bell.close()


def test_a_ring_wakes_who_waits():
    bell = Bell()
    threading.Timer(0.05, bell.ring).start()
    assert rings(bell, 60_000)
    bell.close()


def test_a_closed_bell_may_be_rung_and_touches_no_descriptor(tmp_path):
    bell = Bell()
    bell.close()
    bell.close()
    with (tmp_path / "file").open("wb"):  # takes the descriptor that was given back
        bell.ring()
        bell.hush()
    assert bell.fileno() == -1
    assert Path(tmp_path / "file").read_bytes() == b""


def test_a_queue_signals_after_the_item_is_there():
    seen = []
    queue = SignallingQueue(lambda: seen.append(queue.qsize()))
    queue.put("a")
    queue.put("b")
    assert seen == [1, 2]
    assert [queue.get(), queue.get()] == ["a", "b"]
