"""Workstations: desktop viewers of readers, under the AE titles by which they may query and retrieve.

A workstation sees what its reader may see: everything published, as over DICOMweb. It is let in while its reader is,
and instances are sent to workstations of the same reader only.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from config.clock import Clock
from config.errors import Conflict, Forbidden, Malformed, NotFound
from config.identifiers import AETitle
from worklist.access.readers import reader_named
from worklist.models import Reader, Workstation
from worklist.principal import Principal

_LONGEST_HOST = 255


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkstationRecord:
    """A workstation as the command line shows one; `active` says whether its reader is let in.

    With `tls` it takes what it asks for by C-MOVE over TLS alone; `trust` is the certificates in PEM by which it is
    known then, "" where those that the node trusts do.
    """

    ae_title: str
    reader: str
    host: str
    port: int
    networks: tuple[str, ...]
    certificates: tuple[str, ...]
    tls: bool
    trust: str
    active: bool


def add_workstation(
    session: Session,
    clock: Clock,
    *,
    ae_title: AETitle,
    reader: str,
    host: str,
    port: int,
    networks: Sequence[str] = (),
    certificates: Sequence[str] = (),
    tls: bool = False,
    trust: str = "",
) -> None:
    """Add a workstation.

    Raises:
        NotFound: no reader of that name.
        Conflict: the AE title is a workstation's already.
        Malformed: a host that is none.
    """
    if not 1 <= len(host) <= _LONGEST_HOST or any(
        not character.isprintable() or character == " " for character in host
    ):
        raise Malformed("a workstation needs the name or address of its host")
    if session.get(Workstation, ae_title.value) is not None:
        raise Conflict(f"there is a workstation {ae_title} already; remove it first")
    row = Workstation(
        ae_title=ae_title.value,
        reader_id=reader_named(session, reader).id,
        host=host,
        port=port,
        networks=list(networks),
        certificates=list(certificates),
        tls=tls,
        trust=trust,
        created_at=clock(),
    )
    session.add(row)
    session.flush()


def remove_workstation(session: Session, ae_title: str) -> str:
    """Remove a workstation and return the name of its reader.

    Raises:
        NotFound: there is none of that AE title.
    """
    row = session.get(Workstation, ae_title.strip(" "))
    if row is None:
        raise NotFound("there is no workstation of that AE title")
    name = session.get_one(Reader, row.reader_id).name
    session.delete(row)
    return name


def list_workstations(session: Session) -> list[WorkstationRecord]:
    """Return every workstation, by AE title."""
    rows = session.execute(
        select(Workstation, Reader.name, Reader.active)
        .join(Reader, Reader.id == Workstation.reader_id)
        .order_by(Workstation.ae_title)
    )
    return [
        WorkstationRecord(
            ae_title=row.ae_title,
            reader=name,
            host=row.host,
            port=row.port,
            networks=tuple(row.networks),
            certificates=tuple(row.certificates),
            tls=row.tls,
            trust=row.trust,
            active=active,
        )
        for row, name, active in rows
    ]


def reader_at(session: Session, ae_title: str) -> Principal:
    """Return for whom a workstation asks.

    Raises:
        Forbidden: it was removed, or its reader is not let in any more.
    """
    found = session.execute(
        select(Reader.id, Reader.name)
        .join(Workstation, Workstation.reader_id == Reader.id)
        .where(Workstation.ae_title == ae_title, Reader.active)
    ).one_or_none()
    if found is None:
        raise Forbidden("this workstation is not admitted")
    return Principal(name=found.name, role="reader", reader_id=found.id, via="association")


@dataclass(frozen=True, slots=True)
class Address:
    """Where a workstation takes instances, and whether over TLS (`WorkstationRecord`)."""

    host: str
    port: int
    tls: bool
    trust: str


def address_of(session: Session, principal: Principal, ae_title: str) -> Address:
    """Return where a workstation of the same reader takes instances.

    Raises:
        NotFound: the reader has none of that AE title.
    """
    row = session.get(Workstation, ae_title)
    if row is None or row.reader_id != principal.as_reader:
        raise NotFound("this reader has no such workstation")
    return Address(row.host, row.port, row.tls, row.trust)
