"""The latest things that went wrong and that somebody may want to see, from what is written down of them.

Codes and words of the node's own, sites and times; never a name, a file's path or a value of a header. What happened
several times in the same way is one line with its count and its latest time.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from config.settings import Settings
from gateway.commitment_models import Commitment
from gateway.models import Delivery, ReceivedObject, Return, Site, Study
from gateway.site_door import refused_lately

_EACH = 100
_DAY = timedelta(days=1)


class Problem(NamedTuple):
    """One thing that went wrong."""

    at: datetime
    what: str
    site: str
    words: str


def latest_problems(session: Session, settings: Settings, now: datetime, *, limit: int = 8) -> list[dict[str, Any]]:
    """Return what went wrong within a day, the latest first, each kind once."""
    found: dict[tuple[str, str, str], tuple[datetime, int]] = {}
    for problem in (*_in_database(session, now - _DAY), *_at_the_door(settings, now)):
        at, count = found.get(problem[1:], (problem.at, 0))
        found[problem[1:]] = max(at, problem.at), count + 1
    rows: list[dict[str, Any]] = [
        {"at": at, "what": what, "site": site, "words": words, "times": count}
        for (what, site, words), (at, count) in found.items()
    ]
    return sorted(rows, key=lambda row: row["at"], reverse=True)[:limit]


def _in_database(session: Session, since: datetime) -> Iterator[Problem]:
    objects = select(ReceivedObject.received_at, ReceivedObject.site, ReceivedObject.reason_code).where(
        ReceivedObject.disposition == "quarantined",
        ReceivedObject.discarded_at.is_(None),
        ReceivedObject.received_at > since,
    )
    for at, site, code in session.execute(objects.order_by(ReceivedObject.id.desc()).limit(_EACH)):
        yield Problem(at, "quarantined", site, str(code or "").replace("-", " "))
    returns = (
        select(Return.created_at, Site.name, Return.reason)
        .join(Study, Study.id == Return.study_id)
        .join(Site, Site.name == Study.site)
        .where(Return.state != "sent", Return.reason.is_not(None), Return.created_at > since)
    )
    for at, site, words in session.execute(returns.order_by(Return.id.desc()).limit(_EACH)):
        yield Problem(at, "answer not sent", site, str(words))
    reports = select(Commitment.received_at, Commitment.site, Commitment.reason).where(
        Commitment.state.in_(("judged", "given-up")), Commitment.reason.is_not(None), Commitment.received_at > since
    )
    for at, site, words in session.execute(reports.order_by(Commitment.id.desc()).limit(_EACH)):
        yield Problem(at, "commitment not reported", site, str(words))
    uploads = select(Delivery.opened_at, Delivery.site).where(Delivery.failure.is_not(None), Delivery.opened_at > since)
    for at, site in session.execute(uploads.order_by(Delivery.opened_at.desc()).limit(_EACH)):
        yield Problem(at, "upload", site, "could not be read to its end")


def _at_the_door(settings: Settings, now: datetime) -> Iterator[Problem]:
    for visit in refused_lately(settings, now):
        who = f"{visit['calling_ae'] or 'somebody'} from {visit['host']}"
        yield Problem(datetime.fromisoformat(visit["at"]), "refused", "", f"{who}: {visit['answer']}")
