"""Work that is handed out to other processes, for the tests of the hands."""

import os
import signal
import time
from collections.abc import Sequence

from gateway.node import Node
from gateway.under_way import Mark, working


def where(node: Node, things: Sequence[int]) -> list[tuple[int, int, bool]]:
    """Return the process that was given each number, the number, and whether the home's vault is at hand."""
    return [(os.getpid(), each, not node.vault.exists("0" * 64)) for each in things]


def break_on_seven(_node: Node, things: Sequence[int]) -> list[int]:
    if 7 in things:
        raise ValueError("seven")
    return list(things)


def die(_node: Node, _things: Sequence[int]) -> list[int]:
    os.kill(os.getpid(), signal.SIGKILL)
    return []


def die_of_seven(node: Node, things: Sequence[int]) -> list[int]:
    """End the process at a seven, once every other one is at its work, of which there is no end."""
    with Mark(node.settings.home) as mark:
        for each in things:
            mark.begin(each)
            if 7 not in things:
                time.sleep(600)
            if each == 7:
                while len(list(working(node.settings.home))) < 2:
                    time.sleep(0.01)
                os.kill(os.getpid(), signal.SIGKILL)
    return list(things)


def die_of_three_and_five(_node: Node, things: Sequence[int]) -> list[int]:
    if things[0] in {3, 5}:
        os.kill(os.getpid(), signal.SIGKILL)
    return list(things)


def be_told_to_stop(_node: Node, _things: Sequence[int]) -> list[int]:
    os.kill(os.getpid(), signal.SIGTERM)
    return []


def lack_memory(_node: Node, _things: Sequence[int]) -> list[int]:
    raise MemoryError


def time_out(_node: Node, _things: Sequence[int]) -> list[int]:
    raise TimeoutError("the folder's server does not answer")


def never_end(_node: Node, _things: Sequence[int]) -> list[int]:
    time.sleep(600)
    return []
