"""Remove what nobody owns any more: at the start of a worker what a dead one left, and now and then what is over."""

import time
from collections.abc import Callable
from datetime import timedelta

from sqlalchemy import select

from config.log import get_log
from gateway import under_way
from gateway.case_models import EarlyCancellation
from gateway.case_reports.early_cancellations import KEPT_FOR, forget_cancellations
from gateway.matching.index import read_before, studies_go_on
from gateway.models import ReceivedObject
from gateway.node import Node
from gateway.originals import delete_unneeded, discarded_originals
from gateway.uploads.held import end_abandoned
from gateway.uploads.resumable import sweep_expired
from gateway.uploads.strays import sweep_strays
from gateway.withdrawn import finish_purges, remove_withdrawn

_PAUSE_SECONDS = 600.0
_RIVALS_FOR = timedelta(days=90)


def clean_up(node: Node) -> None:
    """Remove unfinished spool files, blobs and marks, staged objects that no row names, and what purges left readers.

    The worker alone stages objects, so at its start nothing is being staged.
    """
    removed = (
        node.spool.sweep()
        + node.staging.sweep(older_than_seconds=0)
        + node.published.sweep()
        + node.vault.sweep()
        + node.made.sweep()
        + under_way.sweep(node.settings.home)
    )
    with node.identity.read() as session:
        named = set(session.scalars(select(ReceivedObject.derived_blob).where(ReceivedObject.disposition.is_(None))))
    for key in set(node.staging.keys()) - named:
        node.staging.delete(key)
        removed += 1
    removed += finish_purges(node)
    if removed:
        get_log().info("remains-removed", count=removed)


class Housekeeping:
    """One turn removes the uploads whose time is over, what crashes left of uploads and of what was withdrawn or
    discarded, and ends what no process brings any more; most turns do nothing. No late case concerns a study whose read
    was signed with a case three months ago.
    """

    def __init__(self, node: Node, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._node = node
        self._monotonic = monotonic
        self._due_at = monotonic()

    def __call__(self) -> int:
        """Look whether it is time; return 0, since nothing waits behind it."""
        if self._monotonic() >= self._due_at:
            self._due_at = self._monotonic() + _PAUSE_SECONDS
            end_abandoned(self._node)
            if removed := sweep_expired(self._node) + sweep_strays(self._node):
                get_log().info("uploads-expired", count=removed)
            if removed := remove_withdrawn(self._node) + _remove_discarded(self._node):
                get_log().info("remains-removed", count=removed)
            _forget_cancellations(self._node)
            _let_read_studies_rest(self._node)
        return 0


def _remove_discarded(node: Node) -> int:
    """Remove originals that are noted to go; return how many that were."""
    with node.identity.read() as session:
        noted = discarded_originals(session)
    if noted:
        delete_unneeded(node, noted)
    return len(noted)


def _forget_cancellations(node: Node) -> None:
    """Forget cancellations whose order never came."""
    before = node.clock() - KEPT_FOR
    with node.identity.read() as session:
        over = session.scalar(select(EarlyCancellation.id).where(EarlyCancellation.received_at < before).limit(1))
    if over is not None:
        with node.identity.write() as session:
            forget_cancellations(session, before)


def _let_read_studies_rest(node: Node) -> None:
    """Forget by which keys studies would be found whose read was signed with a case long ago."""
    with node.identity.read() as session:
        over = read_before(session, node.clock() - _RIVALS_FOR)
    if over:
        with node.identity.write() as session:
            studies_go_on(session, over)
