"""Where tests decode hostile or spoiled bytes: a child process, so that what breaks off there ends no other test."""

from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from typing import Any

import pytest


def in_a_child(work: Callable[..., Any], *arguments: Any) -> Any:
    """Return what `work(*arguments)` returns in a process of its own, or raise what it raises; fail where that dies.

    `work` is a function of a module, arguments and result can be pickled; one child does for all examples of a test.
    """
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        try:
            return pool.submit(work, *arguments).result()
        except BrokenProcessPool:
            pytest.fail(f"{work.__name__} ended the process that did it: a decoder broke off")
