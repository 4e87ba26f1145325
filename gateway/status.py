"""One look at a running node: who is associated, what comes in, what waits, how much room is left.

Numbers, names of sites and the node's own words only. Everything is read from what the roles leave behind (databases,
spool, the door's seats and its book of visits), so that the look disturbs nobody and works while a role is down.
"""

import os
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
from scp.seats import seats_taken
from scp.visits_file import read_visits
from worklist.models import ReadingAudit, WorklistItem, Workstation

_MINUTE = timedelta(minutes=1)
_LATELY = timedelta(seconds=10)
_DAY = timedelta(days=1)
_SHOWN_VISITS = 8


def snapshot(node: Node) -> dict[str, Any]:
    """Return the state of the node at this moment."""
    with node.identity.read() as session:
        incoming, studies = _incoming(node, session), _counted(session, Study.state)
        waiting = _waiting(node, session)
        sites = _sites(node, session)
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


def _incoming(node: Node, session: Session) -> dict[str, Any]:
    """Return what was taken in within the last minute, how fast in its last seconds, and who is associated now."""

    def since(span: timedelta) -> tuple[int, int]:
        count, size = session.execute(
            select(func.count(), func.coalesce(func.sum(ReceivedObject.bytes), 0)).where(
                ReceivedObject.received_at > node.clock() - span
            )
        ).one()
        return int(count), int(size)

    (count, size), (lately, bytes_lately) = since(_MINUTE), since(_LATELY)
    return {
        "objects_last_minute": count,
        "bytes_last_minute": size,
        "objects_per_second": round(lately / _LATELY.total_seconds(), 1),
        "bytes_per_second": round(bytes_lately / _LATELY.total_seconds()),
        "associations_now": sum(seats_taken(node.settings.door / "seats").values()),
    }


def _sites(node: Node, session: Session) -> list[dict[str, Any]]:
    """Return of each site how many associations stand now and what came within the last minute."""
    seats = seats_taken(node.settings.door / "seats")
    came = select(ReceivedObject.site, func.count(), func.sum(ReceivedObject.bytes)).where(
        ReceivedObject.received_at > node.clock() - _MINUTE
    )
    lately = {
        site: (int(count), int(size)) for site, count, size in session.execute(came.group_by(ReceivedObject.site))
    }
    names = session.scalars(select(Site.name).where(Site.removed_at.is_(None)).order_by(Site.name))
    rows = []
    for name in names:
        count, size = lately.get(name, (0, 0))
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
