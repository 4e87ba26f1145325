"""One look at a running node: who is associated, what comes in, what waits, how much room is left.

Numbers, names of sites and the node's own words only. Everything is read from what the roles leave behind (databases,
spool, the door's seats and its book of visits), so that the look disturbs nobody and works while a role is down.
"""

import os
from collections import deque
from contextlib import suppress
from datetime import timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gateway.commitment_models import Commitment
from gateway.heartbeat import worker_lives
from gateway.models import ReceivedObject, Return, Site, Study
from gateway.node import Node
from gateway.problems import latest_problems
from gateway.uploads import pending_uploads
from gateway.uploads.in_spool import envelopes_of
from scp.seats import seats_taken
from scp.visits_file import read_visits
from worklist.models import ReadingAudit, WorklistItem, Workstation

_MINUTE = timedelta(minutes=1)
_LATELY = timedelta(seconds=10)
_DAY = timedelta(days=1)
_SHOWN_VISITS = 8
_MOST_IN_SPOOL = 2000  # of what waits to be taken in, how many of the newest are looked at

Came = dict[str, tuple[int, int]]
"""How many objects came of each site, and how many bytes they are."""


def snapshot(node: Node) -> dict[str, Any]:
    """Return the state of the node at this moment."""
    with node.identity.read() as session:
        minute = _came(node, session, _MINUTE)
        incoming, studies = _incoming(node, minute, _came(node, session, _LATELY)), _counted(session, Study.state)
        waiting = _waiting(node, session)
        sites = _sites(node, session, minute)
        problems = latest_problems(session, node.settings, node.clock())
    with node.reading.read() as session:
        worklist = _counted(session, WorklistItem.state)
        workstations = _workstations(node, session)
    disk = os.statvfs(node.settings.home)
    visits = read_visits(node.settings.visits_file)[:_SHOWN_VISITS]
    return {
        "at": node.clock(),
        "worker": worker_lives(node),
        "incoming": incoming,
        "sites": sites,
        "waiting": waiting,
        "studies": studies,
        "worklist": worklist,
        "workstations": workstations,
        "disk": {"free_bytes": disk.f_bavail * disk.f_frsize, "reserve_bytes": node.settings.dicom.reserve_bytes},
        "problems": problems,
        "associations": [{key: value for key, value in each.items() if key != "delivery"} for each in visits],
    }


def _came(node: Node, session: Session, span: timedelta) -> Came:
    """Return what came within a time: what has its row, and what waits in the spool to be taken in."""
    since = node.clock() - span
    columns = select(ReceivedObject.site, func.count(), func.sum(ReceivedObject.bytes))
    rows = session.execute(columns.where(ReceivedObject.received_at > since).group_by(ReceivedObject.site))
    came = {site: (int(count), int(size)) for site, count, size in rows}
    for entry, envelope in envelopes_of(node, deque(node.spool.entries(), maxlen=_MOST_IN_SPOOL)):
        if envelope.received_at > since:
            with suppress(FileNotFoundError):  # it has its row by now
                count, size = came.get(envelope.site, (0, 0))
                came[envelope.site] = (count + 1, size + entry.path.stat().st_size)
    return came


def _incoming(node: Node, minute: Came, lately: Came) -> dict[str, Any]:
    """Return what came within the last minute, how fast in its last seconds, and who is associated now."""
    seconds = _LATELY.total_seconds()
    return {
        "objects_last_minute": sum(count for count, _ in minute.values()),
        "bytes_last_minute": sum(size for _, size in minute.values()),
        "objects_per_second": round(sum(count for count, _ in lately.values()) / seconds, 1),
        "bytes_per_second": round(sum(size for _, size in lately.values()) / seconds),
        "associations_now": sum(seats_taken(node.settings.door / "seats").values()),
    }


def _sites(node: Node, session: Session, minute: Came) -> list[dict[str, Any]]:
    """Return of each site how many associations stand now and what came within the last minute."""
    seats = seats_taken(node.settings.door / "seats")
    names = session.scalars(select(Site.name).where(Site.removed_at.is_(None)).order_by(Site.name))
    rows = []
    for name in names:
        count, size = minute.get(name, (0, 0))
        now = seats.get((name, ""), 0)
        if count or now:
            rows.append({"site": name, "associations": now, "objects_last_minute": count, "bytes_last_minute": size})
    return rows


def _waiting(node: Node, session: Session) -> dict[str, int]:
    """Return how much waits at each step of the way."""

    def count(*conditions: Any) -> int:
        return session.scalar(select(func.count()).where(*conditions)) or 0

    return {
        "spool": node.spool.count(),
        "uploads": len(list(pending_uploads(node))),
        "revisions": count(Study.wanted_revision > Study.finished_revision),
        "quarantined": count(ReceivedObject.disposition == "quarantined", ReceivedObject.discarded_at.is_(None)),
        "returns": count(Return.state != "sent"),
        "commitments": count(Commitment.state.in_(("asked", "judged"))),
    }


def _workstations(node: Node, session: Session) -> dict[str, int]:
    """Return how many there are, and how many looks they had within a day, as the audit trail sums them up."""
    looks = select(ReadingAudit.action, func.count()).where(
        ReadingAudit.action.in_(("studies-searched", "images-retrieved")), ReadingAudit.at > node.clock() - _DAY
    )
    counted = {str(action): int(count) for action, count in session.execute(looks.group_by(ReadingAudit.action))}
    return {
        "entered": session.scalar(select(func.count()).select_from(Workstation)) or 0,
        "searches": counted.get("studies-searched", 0),
        "retrieved_studies": counted.get("images-retrieved", 0),
    }


def _counted(session: Session, column: Any) -> dict[str, int]:
    rows = session.execute(select(column, func.count()).group_by(column).order_by(column))
    return {str(state): int(count) for state, count in rows}
