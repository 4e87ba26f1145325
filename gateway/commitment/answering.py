"""Bring a judgement to whoever asked: over the association that asked while it stands, else over a new one.

The door has the first word for a few seconds. After that the result goes to the site's address for commitments (its
return address where that bears the same AE title) and is tried again, at growing intervals, until the peer takes it.
"""

from datetime import datetime, timedelta

from sqlalchemy import select

from config.errors import Misconfigured
from config.log import get_log
from gateway import audit
from gateway.commitment_models import Commitment
from gateway.models import Site
from gateway.node import Node
from gateway.sender import Peer, report_commitment
from scp.commitment import report_of
from scp.commitment_box import CommitmentAnswer, CommitmentBox
from scp.tls import client_context

HANDING_OVER = timedelta(seconds=2)

_ACTOR = "storage commitment"
_LONGEST_CLAIM_SECONDS = 90.0
_GIVE_UP_AFTER = timedelta(days=7)
_TIMEOUT_SECONDS = 15.0
_NO_ADDRESS = "nobody knows where to report: set --commitment-host and --commitment-port of the site"


def answer_of(row: Commitment) -> CommitmentAnswer:
    """Return what a judged request is answered."""
    failed = {sop_instance_uid for _, sop_instance_uid, _ in row.failed}
    return CommitmentAnswer(
        transaction_uid=row.transaction_uid,
        delivery=row.delivery_id,
        committed=tuple((of, uid) for of, uid in row.instances if uid not in failed),
        failed=tuple((of, uid, why) for of, uid, why in row.failed),
    )


def answer_due(node: Node, box: CommitmentBox) -> int:
    """Answer every judged request whose time has come; return how many were tried."""
    with node.identity.read() as session:
        due = list(
            session.scalars(
                select(Commitment.id).where(Commitment.state == "judged", Commitment.next_at <= node.clock())
            )
        )
    return sum(_answer(node, box, commitment_id) for commitment_id in due)


def _answer(node: Node, box: CommitmentBox, commitment_id: int) -> int:
    with node.identity.read() as session:
        row = session.get_one(Commitment, commitment_id)
        site, answer = session.get_one(Site, row.site), answer_of(row)
        calling_ae = row.calling_ae
    place = (answer.transaction_uid, answer.delivery)
    state = box.state(*place)
    if _is_the_doors(box, state, place):
        return 0
    failure: str | None = None
    if state != "done":
        failure = _report(node, site, calling_ae, answer)
    box.withdraw(*place)
    _record(node, commitment_id, failure or None)
    return 1


def _is_the_doors(box: CommitmentBox, state: str, place: tuple[str, str]) -> bool:
    """Say whether the door has taken the answer in this moment; a claim that grows old was made by a dead process."""
    if state == "offered":
        return box.claim(*place) is None
    return state == "claimed" and box.claimed_for(*place) < _LONGEST_CLAIM_SECONDS


def _record(node: Node, commitment_id: int, failure: str | None) -> None:
    now = node.clock()
    with node.identity.write() as session:
        row = session.get_one(Commitment, commitment_id)
        row.attempts += 1
        row.reason = failure
        if failure is None:
            row.state, row.sent_at = "sent", now
            detail = {"instances": len(row.instances), "failed": len(row.failed), "attempts": row.attempts}
            audit.note(session, node.clock, actor=_ACTOR, action="committed", subject=row.site, detail=detail)
        elif now - row.received_at > _GIVE_UP_AFTER:
            row.state = "given-up"
        else:
            row.next_at = _next_try(node, row, now)
        get_log().info("commitment-answered" if failure is None else "commitment-not-answered", site=row.site)


def _next_try(node: Node, row: Commitment, now: datetime) -> datetime:
    settings = node.settings.returns
    pause = min(settings.retry_seconds * 2 ** min(row.attempts - 1, 20), settings.retry_limit_seconds)
    return now + timedelta(seconds=pause)


def _report(node: Node, site: Site, calling_ae: str, answer: CommitmentAnswer) -> str:
    """Call who asked and report; return why that failed, "" when it did not."""
    try:
        peer = _peer(node, site, calling_ae)
    except Misconfigured as error:
        return str(error)
    return report_commitment(peer, report_of(answer), answer.event_type) if peer else _NO_ADDRESS


def _peer(node: Node, site: Site, calling_ae: str) -> Peer | None:
    host, port, tls, trust = site.commitment_host, site.commitment_port, site.commitment_tls, site.commitment_trust
    if not (host and port) and site.return_ae == calling_ae:
        host, port, tls, trust = site.return_host, site.return_port, site.return_tls, site.return_trust
    if not (host and port):
        return None
    context = client_context(node.settings.dicom, trust) if tls else None
    return Peer(host, port, calling_ae, node.settings.dicom.ae_title, _TIMEOUT_SECONDS, context)
