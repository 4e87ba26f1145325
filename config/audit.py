"""The audit trail: append-only, each entry chained to the one before by SHA-256.

Both zones keep a table of their own built on `AuditColumns`. The database refuses to change or delete a row (triggers
in the migrations), and `verify_chain` finds where somebody did it by other means. An entry says who did what to which
pseudonymous or internal identifier; it never bears an identity.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import datetime

from sqlalchemy import BigInteger, Integer, String, Text, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from config.database import UtcDateTime

GENESIS = "0" * 64


class AuditColumns:
    """The columns of an audit table."""

    seq: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    actor: Mapped[str] = mapped_column(String(120))
    action: Mapped[str] = mapped_column(String(60))
    subject: Mapped[str] = mapped_column(String(120))
    detail: Mapped[str] = mapped_column(Text, default="{}")
    previous: Mapped[str] = mapped_column(String(64), unique=True)
    hash: Mapped[str] = mapped_column(String(64), unique=True)


def append_entry(
    session: Session,
    table: type[AuditColumns],
    *,
    at: datetime,
    actor: str,
    action: str,
    subject: str,
    detail: Mapping[str, object] | None = None,
) -> None:
    """Append one entry in the caller's transaction.

    `previous` is unique, so of two transactions that would fork the chain one fails and is repeated by its caller.
    """
    append_entries(session, table, at=at, actor=actor, action=action, subjects=[(subject, detail or {})])


def append_entries(
    session: Session,
    table: type[AuditColumns],
    *,
    at: datetime,
    actor: str,
    action: str,
    subjects: Iterable[tuple[str, Mapping[str, object]]],
) -> None:
    """Append one entry for each subject and its detail, chained one to the other, as `append_entry` does."""
    last = session.execute(select(table).order_by(table.seq.desc()).limit(1)).scalar_one_or_none()
    for subject, detail in subjects:
        entry = table()
        entry.seq = (last.seq if last else 0) + 1
        entry.at, entry.actor, entry.action, entry.subject = at, actor, action, subject
        entry.detail = json.dumps(detail, sort_keys=True, ensure_ascii=False)
        entry.previous = last.hash if last else GENESIS
        entry.hash = entry_hash(entry)
        session.add(entry)
        last = entry
    session.flush()


def verify_chain(entries: Iterable[AuditColumns]) -> int | None:
    """Return the number of the first entry that does not follow from the one before, or None when the chain holds."""
    previous = GENESIS
    for number, entry in enumerate(entries, start=1):
        if entry.seq != number or entry.previous != previous or entry.hash != entry_hash(entry):
            return number
        previous = entry.hash
    return None


def entry_hash(entry: AuditColumns) -> str:
    """Return the hash of an entry's content and of the hash before it."""
    content = [entry.seq, entry.at.isoformat(), entry.actor, entry.action, entry.subject, entry.detail, entry.previous]
    return hashlib.sha256(json.dumps(content, ensure_ascii=False).encode()).hexdigest()
