"""What is seen of a site's senders while their objects are taken in: character sets, and clocks that are ahead.

Counts and names of character sets, never a value that names somebody. A clock is ahead when an object says that it was
made (Instance Creation Date and Time, PS3.3 section C.12.1) later than it came: five minutes are allowed, and where the
object does not say its offset from UTC, the zone of the earth that is furthest ahead. That a clock is behind cannot be
told from an object, which may have waited.
"""

import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gateway.headers import Header
from gateway.models import ReceivedObject
from gateway.observation_models import Observation
from scp.spool import Envelope

NOT_DECLARED = "none declared (ISO_IR 6)"
NO_DEFINED_TERM = "no defined term"
_CHARACTER_SET = re.compile(r"(ISO[ _-]?(2022[ _-])?IR[ _-]?[0-9]{1,3}|GB18030|GBK)?")
_LONGEST = 200  # of the column
_MOST_SECONDS = 2**31 - 1  # of the column
_ALLOWED = timedelta(minutes=5)
_FURTHEST_AHEAD = timezone(timedelta(hours=14))
_CREATED = re.compile(r"(\d{8})(\d{2})?(\d{2})?(\d{2})?")
_OFFSET = re.compile(r"([+-])(\d{2})(\d{2})")
_MONTH = timedelta(days=30)


@dataclass
class Observations:
    """What one transaction of the intake has seen, until it is written."""

    character_sets: Counter[tuple[str, str]] = field(default_factory=Counter)
    ahead: dict[str, list[int]] = field(default_factory=dict)
    latest: datetime | None = None

    def note(self, envelope: Envelope, header: Header) -> None:
        """Look at an object."""
        self.latest = max(self.latest or envelope.received_at, envelope.received_at)
        self.character_sets[envelope.site, character_set_of(header.character_set)] += 1
        made = made_at(header.created, header.utc_offset)
        if made is not None and made - envelope.received_at > _ALLOWED:
            seconds = int((made - envelope.received_at).total_seconds())
            self.ahead.setdefault(envelope.site, []).append(seconds)

    def write(self, session: Session) -> None:
        """Add what was seen to what was seen before."""
        if self.latest is None:
            return
        for (site, name), count in self.character_sets.items():
            _row(session, (site, "character-set", name), count, self.latest)
        for site, seconds in self.ahead.items():
            _row(session, (site, "clock-ahead", ""), len(seconds), self.latest).seconds = min(
                max(seconds), _MOST_SECONDS
            )


def character_set_of(declared: str) -> str:
    """Return the name of what an object declares as its Specific Character Set (0008,0005)."""
    if not declared.strip("\\ "):
        return NOT_DECLARED
    if len(declared) > _LONGEST:
        return NO_DEFINED_TERM
    terms = (each.strip(" ") for each in declared.split("\\"))
    return declared if all(_CHARACTER_SET.fullmatch(each) for each in terms) else NO_DEFINED_TERM


def made_at(created: str, utc_offset: str) -> datetime | None:
    """Return when an object was made at the earliest; None where it does not say so or says nonsense."""
    found, offset = _CREATED.match(created), _OFFSET.fullmatch(utc_offset)
    if found is None:
        return None
    zone = _FURTHEST_AHEAD
    try:
        if offset is not None:
            span = timedelta(hours=int(offset[2]), minutes=int(offset[3]))
            zone = timezone(span if offset[1] == "+" else -span)
        text = found[1] + "".join(part or "00" for part in found.groups()[1:])
        return datetime.strptime(text, "%Y%m%d%H%M%S").replace(tzinfo=zone).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def observed_of(session: Session, site: str, now: datetime) -> dict[str, Any]:
    """Return what was seen of a site: character sets with their counts, duplicates of thirty days, a clock ahead."""
    rows = session.scalars(select(Observation).where(Observation.site == site).order_by(Observation.objects.desc()))
    seen = list(rows)
    objects, duplicates = duplicates_since(session, site, now - _MONTH)
    ahead = next((row for row in seen if row.kind == "clock-ahead"), None)
    return {
        "character_sets": {row.value: row.objects for row in seen if row.kind == "character-set"},
        "duplicates": {"days": _MONTH.days, "objects": objects, "duplicates": duplicates},
        "clock_ahead": {"seconds": ahead.seconds, "objects": ahead.objects, "last_at": ahead.last_at}
        if ahead
        else None,
    }


def duplicates_since(session: Session, site: str, since: datetime) -> tuple[int, int]:
    """Return how many objects came from a site since an instant, and how many of them had come before."""
    objects, duplicates = session.execute(
        select(func.count(), func.count().filter(ReceivedObject.disposition == "duplicate")).where(
            ReceivedObject.received_at >= since, ReceivedObject.site == site
        )
    ).one()
    return int(objects), int(duplicates)


def _row(session: Session, key: tuple[str, str, str], count: int, at: datetime) -> Observation:
    row = session.get(Observation, key)
    if row is None:
        row = Observation(site=key[0], kind=key[1], value=key[2], objects=0, last_at=at)
        session.add(row)
    row.objects += count
    row.last_at = max(row.last_at, at)
    return row
