"""A delivery that one process lays straight into the spool, held open by a lock that dies with the process.

A bundle that waits is unpacked again after a crash, but the source of an import or of a STOW-RS request is gone with
its process. Whether that still lives is told by the lock on a file below `run`, made before the row and removed after
it was closed; a delivery without one is closed by housekeeping, so that its report and its receipt come to an end.
"""

import os
from pathlib import Path
from typing import Any

from sqlalchemy import select

from config.log import get_log
from gateway.models import Delivery, ReceivedObject
from gateway.node import Node
from gateway.uploads.deliveries import close_delivery, open_delivery
from gateway.uploads.in_spool import envelopes_of
from gateway.uploads.room import FULL
from gateway.uploads.waybill import Waybill
from scp.growing_file import create_locked, sweep_abandoned
from scp.spool import Door

_SUFFIX = ".delivery"
_HELD_DOORS = ("cli", "stow")
_ENDED = "the process that took it ended before it was done: send it again, what came already is not doubled"


class HeldDelivery:
    """A delivery that is recorded and open for as long as this process lives, or until it is closed.

    Raises:
        StorageFull: no room for the lock.
    """

    def __init__(self, node: Node, delivery_id: str, door: Door, waybill: Waybill) -> None:
        self._node = node
        self._id = delivery_id
        self._path = _folder(node) / f"{delivery_id}{_SUFFIX}"
        self._path.parent.mkdir(mode=0o700, exist_ok=True)
        self._descriptor = create_locked(self._path, full=FULL)
        try:
            open_delivery(node, delivery_id, door, waybill)
        except BaseException:
            self._let_go()
            raise

    def close(self, *, expected: int, failure: str | None, promised: dict[str, Any] | None = None) -> None:
        """Record that everything lies in the spool, as `close_delivery` does; a second call changes nothing."""
        try:
            close_delivery(self._node, self._id, expected=expected, failure=failure, promised=promised)
        finally:
            self._let_go()

    def _let_go(self) -> None:
        if self._descriptor >= 0:
            self._path.unlink(missing_ok=True)
            os.close(self._descriptor)
            self._descriptor = -1


def end_abandoned(node: Node) -> int:
    """Close the deliveries whose process is gone, with the failure told; return how many."""
    for path in _folder(node).glob(f"*{_SUFFIX}"):
        sweep_abandoned(path)
    with node.identity.read() as session:
        open_ones = list(
            session.scalars(select(Delivery.id).where(Delivery.door.in_(_HELD_DOORS), Delivery.unpacked_at.is_(None)))
        )
    gone = [each for each in open_ones if not (_folder(node) / f"{each}{_SUFFIX}").exists()]
    waiting = _paths_in_spool(node, set(gone)) if gone else {}
    for delivery_id in gone:
        with node.identity.read() as session:  # behind the spool, so that what moves meanwhile is in one of the two
            met = set(session.scalars(select(ReceivedObject.path).where(ReceivedObject.delivery_id == delivery_id)))
        close_delivery(node, delivery_id, expected=len(met | waiting.get(delivery_id, set())), failure=_ENDED)
        get_log().warning("delivery-abandoned", delivery=delivery_id)
    return len(gone)


def _paths_in_spool(node: Node, deliveries: set[str]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for _, envelope in envelopes_of(node, node.spool.entries()):
        if envelope.delivery in deliveries:
            found.setdefault(envelope.delivery, set()).add(envelope.path)
    return found


def _folder(node: Node) -> Path:
    return node.settings.home / "run"
