"""Signs that a study is whole, better than that nothing came for a while.

As many instances as the case says is the best (`gateway.expected`). A peer that asks for a study's storage commitment
has sent what it wanted to. An upload whose last file was unpacked holds no more, unless its DICOMDIR lists what did not
come. A peer that released its association may come again with the next image, so a short while is given for that; it
is no sign while the case says that more is to come, for then another association brings it. Every object that comes
after a sign takes it back (`gateway.intake`); one that comes too late is a new revision.
"""

import time
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from gateway.expected import is_known_incomplete
from gateway.models import Delivery, ReceivedObject, Study
from gateway.node import Node
from scp.departures import Departures

_AT_ONCE = 1000
_LONGEST_WAIT_SECONDS = 600.0


def count_as_whole(session: Session, delivery_id: str, at: datetime) -> None:
    """Let the studies that a delivery brought objects of count as whole from an instant on.

    Those are left out of which more is known to come, and those that count as whole from before.
    """
    delivery = session.get(Delivery, delivery_id)
    if delivery is not None and (delivery.promised or {}).get("missing_count"):
        return
    brought = select(ReceivedObject.study_id).where(
        ReceivedObject.delivery_id == delivery_id, ReceivedObject.study_id.is_not(None)
    )
    for study in session.scalars(select(Study).where(Study.id.in_(brought), Study.settling)):
        if (study.whole_at is None or study.whole_at > at) and not is_known_incomplete(session, study):
            study.whole_at = at


def count_committed_as_whole(session: Session, site: str, instances: list[str], at: datetime) -> None:
    """Let the studies of instances that a site asked to be committed count as whole from an instant on."""
    for start in range(0, len(instances), _AT_ONCE):
        some = instances[start : start + _AT_ONCE]
        named = select(ReceivedObject.study_id).where(
            ReceivedObject.site == site, ReceivedObject.sop_instance_uid.in_(some)
        )
        session.execute(update(Study).where(Study.id.in_(named), Study.settling).values(whole_at=at))


class DepartureDuty:
    """The worker's duty: when all that a released association brought is taken in, its studies are nearly whole."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._departures = Departures(node.settings.departures)

    def __call__(self) -> int:
        """Take the hints whose objects have come through; return how many."""
        waiting = list(self._departures.waiting())
        if not waiting:
            return 0
        oldest = min((entry.name for entry in self._node.spool.entries()), default=None)
        long_ago = f"{time.time_ns() - int(_LONGEST_WAIT_SECONDS * 1e9):020d}"
        through = [each for each in waiting if oldest is None or each.stamp < max(oldest, long_ago)]
        pause = timedelta(seconds=self._node.settings.settle.released_seconds)
        with self._node.identity.write() as session:
            for each in through:
                count_as_whole(session, each.delivery, self._node.clock() + pause)
        for each in through:
            self._departures.forget(each)
        return len(through)
