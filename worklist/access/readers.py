"""Readers and their licences."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from config.clock import Clock
from config.errors import Conflict, Malformed, NotFound
from config.jurisdictions import one_code
from worklist.access.passwords import hash_password
from worklist.models import Licence, LogIn, Reader

LONGEST_NAME = 120


@dataclass(frozen=True, slots=True)
class LicenceRecord:
    """A licence and the last day on which it is valid."""

    jurisdiction: str
    expires: date


@dataclass(frozen=True, slots=True)
class ReaderRecord:
    """A reader as the command line shows one."""

    id: int
    name: str
    email: str
    specialty: str | None
    active: bool
    has_password: bool
    licences: tuple[LicenceRecord, ...]


def add_reader(session: Session, clock: Clock, *, name: str, email: str, specialty: str | None = None) -> int:
    """Add a reader and return the reader's number.

    Raises:
        Malformed: an empty or overlong name, or an address without "@".
        Conflict: the name is taken.
    """
    name = name.strip()
    if not 1 <= len(name) <= LONGEST_NAME or not name.isprintable():
        raise Malformed(f"a reader's name has 1 to {LONGEST_NAME} printable characters")
    if "@" not in email or len(email) > 200:
        raise Malformed("a reader needs an e-mail address")
    if session.scalar(select(Reader.id).where(Reader.name == name)) is not None:
        raise Conflict("there is a reader of that name")
    reader = Reader(name=name, email=email, specialty=specialty or None, active=True, created_at=clock())
    session.add(reader)
    session.flush()
    return reader.id


def set_password(session: Session, *, name: str, password: str) -> None:
    """Set a reader's password and end the log-ins that the one before has opened; tokens stay valid.

    Raises:
        NotFound: no reader of that name.
        Malformed: see `hash_password`.
    """
    reader = reader_named(session, name)
    reader.password_hash = hash_password(password)
    _end_log_ins(session, reader)


def set_active(session: Session, *, name: str, active: bool) -> None:
    """Let a reader in, or shut the reader out from the next request on.

    Tokens rest until the reader is let in again; log-ins are ended for good.

    Raises:
        NotFound: no reader of that name.
    """
    reader = reader_named(session, name)
    reader.active = active
    if not active:
        _end_log_ins(session, reader)


def add_licence(session: Session, *, name: str, jurisdiction: str, expires: date) -> str:
    """Add a licence, or move the end of one that is there; return the one code of its jurisdiction.

    Raises:
        NotFound: no reader of that name.
        Malformed: the jurisdiction is not of the form of an ISO 3166 code.
    """
    code = one_code(jurisdiction)
    if not 2 <= len(code) <= 12 or not all(part.isalnum() and part.isascii() for part in code.split("-")):
        raise Malformed("a jurisdiction is an ISO 3166 code such as US-MA or DE")
    reader_id = reader_named(session, name).id
    session.merge(Licence(reader_id=reader_id, jurisdiction=code, expires=expires))
    session.flush()
    return code


def has_licence(session: Session, reader_id: int, jurisdiction: str, on: date) -> bool:
    """Say whether a reader may practise in a jurisdiction on a day; a country's licence covers its subdivisions."""
    code = one_code(jurisdiction)
    covering = {code, code.split("-")[0]}
    found = select(Licence.reader_id).where(
        Licence.reader_id == reader_id, Licence.jurisdiction.in_(covering), Licence.expires >= on
    )
    return session.scalar(found.limit(1)) is not None


def list_readers(session: Session) -> list[ReaderRecord]:
    """Return every reader with their licences, by name."""
    licences: dict[int, list[LicenceRecord]] = {}
    for licence in session.scalars(select(Licence).order_by(Licence.jurisdiction)):
        licences.setdefault(licence.reader_id, []).append(LicenceRecord(licence.jurisdiction, licence.expires))
    return [
        ReaderRecord(
            id=reader.id,
            name=reader.name,
            email=reader.email,
            specialty=reader.specialty,
            active=reader.active,
            has_password=reader.password_hash is not None,
            licences=tuple(licences.get(reader.id, ())),
        )
        for reader in session.scalars(select(Reader).order_by(Reader.name))
    ]


def reader_named(session: Session, name: str) -> Reader:
    """Return the reader of a name.

    Raises:
        NotFound: no reader of that name.
    """
    reader = session.scalar(select(Reader).where(Reader.name == name))
    if reader is None:
        raise NotFound("there is no reader of that name")
    return reader


def _end_log_ins(session: Session, reader: Reader) -> None:
    session.execute(delete(LogIn).where(LogIn.reader_id == reader.id))
