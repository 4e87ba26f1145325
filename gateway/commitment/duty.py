"""The worker's duty: take requests from the tray, judge those whose instances have come through, answer.

An instance may still lie in the spool when its commitment is asked for. A request is judged when everything it names
is in the index, or when nothing that was received before it waits in the spool any more.
"""

from collections.abc import Iterable, Sequence
from datetime import timedelta

from sqlalchemy import select

from config.log import describe, get_log
from gateway.commitment.answering import HANDING_OVER, answer_due, answer_of
from gateway.commitment.judging import judge
from gateway.commitment_models import Commitment
from gateway.models import ReceivedObject
from gateway.node import Node
from gateway.resting import Sought
from gateway.wholeness import count_committed_as_whole
from scp.commitment_box import CommitmentBox, CommitmentRequest

_LONGEST_WAIT = timedelta(minutes=10)


class CommitmentDuty:
    """One turn of storage commitment."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._box = CommitmentBox(node.settings.commitments)
        self._open = Sought(node.identity, select(Commitment.id).where(Commitment.state.in_(("asked", "judged"))))

    def __call__(self) -> int:
        """Do what there is to do; return how much it was."""
        taken = self._take()
        return taken + self._judge() + answer_due(self._node, self._box) if self._open.found() else taken

    def _take(self) -> int:
        taken = 0
        for path, request in self._box.asked():
            _record(self._node, request)
            self._box.taken(path)
            taken += 1
        return taken

    def _judge(self) -> int:
        with self._node.identity.read() as session:
            asked = list(session.scalars(select(Commitment).where(Commitment.state == "asked").order_by(Commitment.id)))
        return sum(self._judge_alone(row) for row in asked)

    def _judge_alone(self, row: Commitment) -> int:
        """Judge a request so that one which fails keeps no other back; it is tried again."""
        try:
            return self._judge_one(row)
        except Exception as error:  # noqa: BLE001 - logged by class and place, as every duty's
            get_log().error("commitment-failed", site=row.site, **describe(error))
            return 0

    def _judge_one(self, row: Commitment) -> int:
        if not self._has_come_through(row):
            return 0
        failed = _failures(self._node, row.site, row.instances)
        with self._node.identity.write() as session:
            stored = session.get_one(Commitment, row.id)
            stored.state, stored.failed = "judged", failed
            stored.next_at = self._node.clock() + HANDING_OVER
            count_committed_as_whole(session, row.site, [uid for _, uid in row.instances], self._node.clock())
            answer = answer_of(stored)
        self._box.offer(answer)
        return 1

    def _has_come_through(self, row: Commitment) -> bool:
        if self._node.clock() - row.received_at > _LONGEST_WAIT or self._all_known(row):
            return True
        asked_at = f"{int(row.received_at.timestamp() * 1_000_000_000):020d}"
        return not any(entry.name < asked_at for entry in self._node.spool.entries())

    def _all_known(self, row: Commitment) -> bool:
        wanted = {uid for _, uid in row.instances}
        with self._node.identity.read() as session:
            return all(
                session.scalar(
                    select(ReceivedObject.id)
                    .where(ReceivedObject.site == row.site, ReceivedObject.sop_instance_uid == uid)
                    .limit(1)
                )
                for uid in wanted
            )


def _record(node: Node, request: CommitmentRequest) -> None:
    """Write a request down; the same transaction asked again is judged and answered again."""
    with node.identity.write() as session:
        row = session.scalar(
            select(Commitment).where(
                Commitment.site == request.site,
                Commitment.calling_ae == request.calling_ae,
                Commitment.transaction_uid == request.transaction_uid,
            )
        )
        if row is None:
            row = Commitment(site=request.site, calling_ae=request.calling_ae, transaction_uid=request.transaction_uid)
            session.add(row)
        row.delivery_id, row.received_at = request.delivery, request.received_at
        row.instances = [list(reference) for reference in request.references]
        row.state, row.failed, row.attempts, row.next_at = "asked", [], 0, node.clock()
        row.reason = row.sent_at = None


def _failures(node: Node, site: str, instances: Iterable[Sequence[str]]) -> list[list[str | int]]:
    judged = ((of, uid, judge(node, site, of, uid)) for of, uid in instances)
    return [[of, uid, why] for of, uid, why in judged if why is not None]
