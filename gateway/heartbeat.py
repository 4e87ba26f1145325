"""The sign of life of a worker: a file that it touches several times a second."""

import time

from gateway.node import Node

HEARTBEAT = "worker.heartbeat"
_ALIVE_SECONDS = 5.0


def beat(node: Node) -> None:
    """Show that the worker of this home lives."""
    (node.settings.home / "run" / HEARTBEAT).touch()


def worker_lives(node: Node) -> bool:
    """Say whether a worker of this home showed itself in the last seconds."""
    try:
        age = time.time() - (node.settings.home / "run" / HEARTBEAT).stat().st_mtime
    except FileNotFoundError:
        return False
    return age < _ALIVE_SECONDS
