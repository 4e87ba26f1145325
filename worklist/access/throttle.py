"""Slow down guessing: ten attempts for one reader name from one client in fifteen minutes.

An attempt is counted before the password is checked, in the database, so that neither parallel requests nor several
processes get more attempts than one. A log-in that succeeds clears its count. Only a hash of name and client is kept.
Counting by name and client means that a stranger cannot lock a reader out from elsewhere.
"""

import hashlib
import json
from datetime import timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from config.clock import Clock
from config.errors import Refused
from worklist.models import LogInAttempt

ATTEMPTS = 10
WINDOW = timedelta(minutes=15)


class Throttled(Refused):
    """Too many attempts; waiting helps."""


def count_attempt(session: Session, clock: Clock, *, name: str, client: str) -> None:
    """Count an attempt to log in.

    Raises:
        Throttled: the attempts of this name and client are used up; the refused attempt is not counted.
    """
    now, key = clock(), _key(name, client)
    session.execute(delete(LogInAttempt).where(LogInAttempt.at <= now - WINDOW))
    used = session.scalar(select(func.count()).select_from(LogInAttempt).where(LogInAttempt.key == key)) or 0
    if used >= ATTEMPTS:
        minutes = int(WINDOW.total_seconds() // 60)
        raise Throttled(f"too many attempts to log in: wait {minutes} minutes and try again")
    session.add(LogInAttempt(key=key, at=now))
    session.flush()


def clear_attempts(session: Session, *, name: str, client: str) -> None:
    """Forget the attempts of a name and client."""
    session.execute(delete(LogInAttempt).where(LogInAttempt.key == _key(name, client)))


def _key(name: str, client: str) -> str:
    return hashlib.sha256(json.dumps([name, client]).encode()).hexdigest()
