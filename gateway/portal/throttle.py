"""Slow down guessing at case numbers and birth dates: by who asks, and by which number is asked for.

An attempt is counted before anything is looked up, whether the number exists or not, so that the count tells nothing
and many guesses at once are counted as many. One that succeeds is taken back, and it alone: what failed before it stays
counted, so that whoever may open one case guesses no faster at others. A birth date is one of some thirty thousand:
with ten failures a day for a number, guessing it takes years. Only a hash of the client or of the number is kept.
"""

import hashlib
from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from config.clock import Clock
from gateway.upload_models import UploadAttempt
from worklist.access.throttle import Throttled

CLIENT_ATTEMPTS, CLIENT_WINDOW = 10, timedelta(minutes=15)
NUMBER_ATTEMPTS, NUMBER_WINDOW = 10, timedelta(days=1)

Attempt = Sequence[int]


def count_attempt(session: Session, clock: Clock, *, client: str, number: str) -> Attempt:
    """Count an attempt of a client to open a case by its number, and return what takes it back.

    Raises:
        Throttled: the failures of the client or for the number are used up; the refused attempt is not counted.
    """
    now = clock()
    session.execute(delete(UploadAttempt).where(UploadAttempt.at <= now - NUMBER_WINDOW))
    limits = (
        (_key("client", client), CLIENT_ATTEMPTS, CLIENT_WINDOW),
        (_key("number", number), NUMBER_ATTEMPTS, NUMBER_WINDOW),
    )
    for key, most, window in limits:
        used = session.scalar(
            select(func.count())
            .select_from(UploadAttempt)
            .where(UploadAttempt.key == key, UploadAttempt.at > now - window)
        )
        if (used or 0) >= most:
            raise Throttled("too many attempts: wait, or ask the hospital for a link")
    counted = [UploadAttempt(key=key, at=now) for key, _, _ in limits]
    session.add_all(counted)
    session.flush()
    return [each.id for each in counted]


def take_back_attempt(session: Session, attempt: Attempt) -> None:
    """Forget an attempt that succeeded."""
    session.execute(delete(UploadAttempt).where(UploadAttempt.id.in_(attempt)))


def _key(kind: str, value: str) -> str:
    return hashlib.sha256(f"{kind} {value}".encode()).hexdigest()
