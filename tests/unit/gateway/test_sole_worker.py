"""Two workers never work on one home: the second waits for the end of the first, however that comes."""

import os
import signal
import threading
import time

from gateway.sole_worker import become_sole_worker


def test_a_worker_waits_until_the_one_before_has_died(tmp_path):
    (tmp_path / "run").mkdir()
    said, say = os.pipe()
    child = os.fork()
    if child == 0:
        become_sole_worker(tmp_path, threading.Event())
        os.write(say, b"!")
        time.sleep(600)
        os._exit(1)
    try:
        assert os.read(said, 1) == b"!"
        answers: list[bool] = []
        second = threading.Thread(target=lambda: answers.append(become_sole_worker(tmp_path, threading.Event())))
        second.start()
        second.join(0.5)
        assert answers == []
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    second.join(180)
    assert answers == [True]
    told = threading.Event()
    told.set()
    assert not become_sole_worker(tmp_path, told), "this process's own lock holds, and it was told to stop"
