"""Work that is handed out to other processes, for the tests of the hands."""

import os
import signal
from collections.abc import Sequence

from gateway.node import Node


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
