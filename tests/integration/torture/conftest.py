"""A door of its own for each test, as a process."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from .door_process import DoorProcess


@pytest.fixture
def door(tmp_path: Path) -> Iterator[Callable[..., DoorProcess]]:
    """Return a starter of doors: `door(**settings)`, all on the same home."""
    running: list[DoorProcess] = []

    def start(**settings: object) -> DoorProcess:
        running.append(DoorProcess(tmp_path / "home", **settings))
        return running[-1]

    yield start
    for process in running:
        process.close()
