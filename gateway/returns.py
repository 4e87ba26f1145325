"""The way back: a signed read, re-identified, to the hospital that asked, until it is acknowledged.

The reading zone's outbox says what was signed. Here the answer gets its real name back: the SR and the PDF refer to the
original UIDs and bear the original identity, and go to the site's storage SCP in one association. The documents' UIDs
are derived from the read, so a repeated delivery is the same objects. A case that was linked once the read was signed
is no part of the answer, and does not delay it.
"""

import threading
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Select, select, update
from sqlalchemy.orm import Session

from config import metrics
from config.errors import OverreadError
from config.log import describe, get_log
from gateway import audit
from gateway.answer import build_answer
from gateway.links import case_as_read, case_of, get_study, lock_study, mark_after_read
from gateway.matching.index import studies_go_on
from gateway.models import Match, Return, Site, Study
from gateway.node import Node
from gateway.release import released_at
from gateway.sender import send_files
from scp.tls import client_context
from worklist.outbox import mark_taken, take_outbox

_ACTOR = "returns"
_NO_ADDRESS = "the site has no return address; set --return-ae, --return-host and --return-port"
_TIMEOUT_SECONDS = 30.0
_MOST_SITES_AT_ONCE = 8


@dataclass(frozen=True)
class _Address:
    ae_title: str
    host: str
    port: int
    tls: bool
    trust: str


def take_signed(node: Node) -> int:
    """Make a return of everything signed since; return how many. Doing it twice makes none twice."""
    with node.reading.read() as session:
        entries = take_outbox(session)
    for entry in entries:
        with node.identity.write() as session:
            study = lock_study(session, get_study(session, entry.study_uid))
            _heed_late_link(session, study, entry.case_number)
            if study.state != "purged":
                study.state, study.reason = "read", None
            if session.scalar(select(Return.id).where(Return.outbox_id == entry.id)) is None:
                session.add(
                    Return(
                        outbox_id=entry.id,
                        read_id=entry.read_id,
                        addendum_id=entry.addendum_id,
                        study_id=study.id,
                        state="waiting",
                        attempts=0,
                        next_at=released_at(case_as_read(session, study.id), entry.read_signed_at),
                        created_at=node.clock(),
                    )
                )
        with node.reading.write() as session:
            mark_taken(session, entry.id, node.clock())
    return len(entries)


def _heed_late_link(session: Session, study: Study, read_as: str | None) -> None:
    """Set a case apart of which the reader knew nothing, before anything of it gets into the answer.

    A link made between the signature and now could not know of the signature. One that the read rests on stays; where
    a person made it, the matcher looks for no other case.
    """
    case = case_of(session, study.id)
    if case is None:
        return
    if case.case_number != read_as:
        mark_after_read(session, study)
    said = select(Match.how).where(Match.study_id == study.id, Match.ended_at.is_(None))
    if session.scalar(said) == "person":
        studies_go_on(session, [study.id])


def send_due(node: Node) -> int:
    """Try every return whose time has come, one after the other; return how many were tried."""
    due = _due(node)
    for return_ids in due.values():
        for return_id in return_ids:
            _send(node, return_id)
    return sum(map(len, due.values()))


class ReturnDuty:
    """The worker's duty: the sites side by side, so that a hospital that does not answer makes no other wait."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._lock = threading.Lock()
        self._busy: set[str] = set()

    def __call__(self) -> int:
        """Take what was signed, and begin to send to every site that is not being sent to; return how much that was."""
        begun = take_signed(self._node)
        for site, return_ids in _due(self._node).items():
            with self._lock:
                if site in self._busy or len(self._busy) >= _MOST_SITES_AT_ONCE:
                    continue
                self._busy.add(site)
            threading.Thread(target=self._send_all, args=(site, return_ids), name="returns", daemon=True).start()
            begun += 1
        return begun

    def _send_all(self, site: str, return_ids: list[int]) -> None:
        try:
            for return_id in return_ids:
                _send(self._node, return_id)
        except Exception as error:  # noqa: BLE001 - the edge of a thread; what was not sent is due again
            get_log().error("returns-failed", site=site, **describe(error))
        finally:
            with self._lock:
                self._busy.discard(site)


def _due(node: Node) -> dict[str, list[int]]:
    """Return the returns whose time has come, of each site in their order."""
    with node.identity.read() as session:
        addressed = session.scalar(_addressed().limit(1)) is not None
    if addressed:
        with node.identity.write() as session:
            _wake_addressed(session, node)
    with node.identity.read() as session:
        rows = session.execute(
            select(Study.site, Return.id)
            .join(Study, Study.id == Return.study_id)
            .where(Return.state == "waiting", Return.next_at <= node.clock())
            .order_by(Return.id)
        ).all()
    due: dict[str, list[int]] = {}
    for site, return_id in rows:
        due.setdefault(site, []).append(return_id)
    return due


def _send(node: Node, return_id: int) -> None:
    with node.identity.read() as session:
        row = session.get_one(Return, return_id)
        study = session.get_one(Study, row.study_id)
        address = _address(session.get_one(Site, study.site))
        read_id, site = row.read_id, study.site
    if address is None:
        _park(node, return_id)
        return
    try:
        tls = client_context(node.settings.dicom, address.trust) if address.tls else None
        documents = build_answer(node, read_id)
    except Exception as error:  # noqa: BLE001 - an answer that cannot be built now must not keep the others back
        get_log().error("answer-failed", return_id=return_id, site=site, read_id=read_id, **describe(error))
        metrics.RETURNS.labels("failed").inc()
        said = str(error) if isinstance(error, OverreadError) else type(error).__name__
        _record(node, return_id, f"the answer cannot be sent: {said}")
        return
    result = send_files(
        address.host,
        address.port,
        called_ae=address.ae_title,
        calling_ae=node.settings.dicom.ae_title,
        files=documents,
        timeout=_TIMEOUT_SECONDS,
        tls=tls,
    )
    failures = [each.reason for each in result.objects if not each.ok]
    metrics.RETURNS.labels("failed" if failures else "sent").inc()
    get_log().info("answer-sent" if not failures else "answer-failed", return_id=return_id, site=site, read_id=read_id)
    _record(node, return_id, failures[0] if failures else None)


def _record(node: Node, return_id: int, failure: str | None) -> None:
    with node.identity.write() as session:
        row = session.get_one(Return, return_id)
        study = session.get_one(Study, row.study_id)
        row.attempts += 1
        row.reason = failure
        if failure is None:
            row.state, row.sent_at = "sent", node.clock()
            detail = {"read": row.read_id, "attempts": row.attempts}
            audit.note(session, node.clock, actor=_ACTOR, action="returned", subject=study.study_uid, detail=detail)
            return
        settings = node.settings.returns
        pause = min(settings.retry_seconds * 2 ** min(row.attempts - 1, 20), settings.retry_limit_seconds)
        row.next_at = node.clock() + timedelta(seconds=pause)


def _park(node: Node, return_id: int) -> None:
    with node.identity.write() as session:
        row = session.get_one(Return, return_id)
        row.state, row.reason = "no-address", _NO_ADDRESS


def _addressed() -> Select[int]:
    """Ask for the returns whose site has got an address since they were parked."""
    return (
        select(Return.id)
        .join(Study, Study.id == Return.study_id)
        .join(Site, Site.name == Study.site)
        .where(Return.state == "no-address", Site.return_ae.is_not(None))
    )


def _wake_addressed(session: Session, node: Node) -> None:
    """Let returns go on whose site has got an address since they were parked."""
    session.execute(
        update(Return).where(Return.id.in_(_addressed())).values(state="waiting", next_at=node.clock(), reason=None)
    )


def _address(site: Site) -> _Address | None:
    if not site.return_ae or not site.return_host or not site.return_port:
        return None
    return _Address(site.return_ae, site.return_host, site.return_port, site.return_tls, site.return_trust)
