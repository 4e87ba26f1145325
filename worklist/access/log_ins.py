"""Log-ins of readers on the pages: a cookie that only the server can read, and a token against forged requests.

The cookie's value is kept as its hash. A log-in ends by itself after `http.session_hours`, when the reader logs out, or
when the reader is shut out. Unsafe requests made with the cookie must also bear the CSRF token, which a foreign page
cannot know; the cookie is SameSite=Strict besides.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session
from starlette.responses import Response

from config.clock import Clock
from config.errors import Unauthenticated
from config.settings import Http
from worklist.access.passwords import check_password
from worklist.access.secret import draw_secret, hash_secret
from worklist.access.throttle import clear_attempts, count_attempt
from worklist.audit import record
from worklist.models import LogIn, Reader
from worklist.principal import Principal
from worklist.room import ReadingRoom

COOKIE = "overread_log_in"


@dataclass(frozen=True, slots=True)
class OpenedLogIn:
    """A log-in that was just opened; the cookie can be seen only now."""

    cookie: str = field(repr=False)
    csrf_token: str = field(repr=False)
    expires_at: datetime


def log_in(room: ReadingRoom, *, name: str, password: str, client: str) -> OpenedLogIn:
    """Check a reader's name and password and open a log-in.

    The attempt is counted in one transaction and the log-in opened in another, so that the slow check of the password
    holds no lock. `client` is the address the request came from; it is hashed for counting and kept nowhere else.

    Raises:
        Unauthenticated: no such reader, no password set, or a wrong one; the answer does not say which.
        Throttled: too many attempts.
    """
    with room.database.write() as session:
        count_attempt(session, room.clock, name=name, client=client)
    with room.database.read() as session:
        found = session.execute(
            select(Reader.id, Reader.name, Reader.password_hash).where(Reader.name == name, Reader.active)
        ).one_or_none()
    fits = check_password(found.password_hash if found else None, password)
    with room.database.write() as session:
        if found is None or not fits:
            subject = f"reader {found.id}" if found else "reader unknown"
            record(session, room.clock, actor="nobody", action="log-in-failed", subject=subject)
        else:
            clear_attempts(session, name=name, client=client)
            record(session, room.clock, actor=found.name, action="log-in", subject=f"reader {found.id}")
            return open_log_in(session, room.clock, found.id, room.settings.http.session_hours)
    raise Unauthenticated("the name or the password is wrong")


def open_log_in(session: Session, clock: Clock, reader_id: int, hours: int) -> OpenedLogIn:
    """Open a log-in for a reader whose password was checked, and sweep out the expired ones."""
    return open_in(LogIn, session, clock(), hours, reader_id=reader_id)


def open_in(table: Any, session: Session, now: datetime, hours: int, **owner: int) -> OpenedLogIn:
    """Open a log-in in a table of such, for whom the columns of `owner` name, and sweep out the expired ones."""
    session.execute(delete(table).where(table.expires_at <= now))
    opened = OpenedLogIn(cookie=draw_secret(), csrf_token=draw_secret(), expires_at=now + timedelta(hours=hours))
    session.add(
        table(
            cookie_hash=hash_secret(opened.cookie),
            csrf_token=opened.csrf_token,
            created_at=now,
            expires_at=opened.expires_at,
            **owner,
        )
    )
    session.flush()
    return opened


def find_logged_in(session: Session, now: datetime, cookie: str) -> Principal | None:
    """Return who a cookie stands for, or None when it is unknown or expired, or its reader is shut out."""
    found = session.execute(
        select(LogIn.csrf_token, Reader.id, Reader.name)
        .join(Reader, Reader.id == LogIn.reader_id)
        .where(LogIn.cookie_hash == hash_secret(cookie), LogIn.expires_at > now, Reader.active)
    ).one_or_none()
    if found is None:
        return None
    return Principal(name=found.name, role="reader", reader_id=found.id, via="cookie", csrf_token=found.csrf_token)


def log_out(session: Session, clock: Clock, cookie: str) -> None:
    """End a log-in; an unknown cookie changes nothing."""
    principal = find_logged_in(session, clock(), cookie)
    session.execute(delete(LogIn).where(LogIn.cookie_hash == hash_secret(cookie)))
    if principal is not None:
        record(session, clock, actor=principal.name, action="log-out", subject=f"reader {principal.reader_id}")


def set_cookie(response: Response, http: Http, opened: OpenedLogIn, *, name: str = COOKIE, path: str = "/") -> None:
    """Hand the cookie to the browser."""
    response.set_cookie(
        name,
        opened.cookie,
        expires=opened.expires_at,
        path=path,
        httponly=True,
        samesite="strict",
        secure=http.secure_cookies,
    )


def drop_cookie(response: Response, http: Http, *, name: str = COOKIE, path: str = "/") -> None:
    """Tell the browser to forget the cookie."""
    response.delete_cookie(name, path=path, httponly=True, samesite="strict", secure=http.secure_cookies)
