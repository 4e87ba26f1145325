"""What the identified zone keeps of case reports on their way in: their sources, what finds a case again, and senders.

A case found again by an order or accession number is never taken for sure: its patient must agree too
(`gateway.case_reports.filing`).
"""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, CheckConstraint, ForeignKey, Index, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from config.database import UtcDateTime
from gateway.models import Base

_BIG = BigInteger().with_variant(Integer, "sqlite")


class CaseSource(Base):
    """A document that a case was made of or changed by; its bytes are in the vault as they came.

    `digest` stands for the part of the document that is about this case, `told_as` for what its sender says makes it
    the same (`gateway.case_reports.repetitions`). What is told again after something else has a row for each time.
    """

    __tablename__ = "case_source"

    id: Mapped[int] = mapped_column(_BIG, primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"), index=True)
    site: Mapped[str] = mapped_column(ForeignKey("site.name"))
    digest: Mapped[str] = mapped_column(String(64))
    kind: Mapped[str] = mapped_column(String(8))
    blob: Mapped[str] = mapped_column(String(64), index=True)
    bytes: Mapped[int] = mapped_column(BigInteger)
    actor: Mapped[str] = mapped_column(String(120))
    told_as: Mapped[str] = mapped_column(String(64), default="")
    received_at: Mapped[datetime] = mapped_column(UtcDateTime)

    __table_args__ = (
        CheckConstraint(
            "kind in ('json', 'hl7', 'fhir', 'csv', 'xlsx', 'pdf', 'docx', 'rtf', 'text', 'xml', 'sr')", name="kind"
        ),
        Index("ix_case_source_site_digest", "site", "digest"),
    )


class CaseKey(Base):
    """A number by which a later document finds a case again, such as `accession:A-17`."""

    __tablename__ = "case_key"

    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"), primary_key=True)
    key: Mapped[str] = mapped_column(String(300), primary_key=True)
    site: Mapped[str] = mapped_column(String(64))

    __table_args__ = (Index("ix_case_key_site_key", "site", "key"),)


class Hl7Message(Base):
    """An HL7 message that was accepted: the same one again gets the same answer and changes nothing."""

    __tablename__ = "hl7_message"

    id: Mapped[int] = mapped_column(_BIG, primary_key=True)
    site: Mapped[str] = mapped_column(ForeignKey("site.name"))
    sender: Mapped[str] = mapped_column(String(500))
    control_id: Mapped[str] = mapped_column(String(199))
    digest: Mapped[str] = mapped_column(String(64))
    blob: Mapped[str] = mapped_column(String(64), index=True)
    filed: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    received_at: Mapped[datetime] = mapped_column(UtcDateTime)

    __table_args__ = (UniqueConstraint("site", "sender", "control_id", "digest"),)


class KnownMerge(Base):
    """A site's word that two identifiers are of one patient: of the old one and the one that stays.

    It holds for the cases that are there and for those that come (`gateway.case_reports.known_merges`). `names` and
    `birth_date` say whose they are, since a number may be shared.
    """

    __tablename__ = "known_merge"

    id: Mapped[int] = mapped_column(_BIG, primary_key=True)
    site: Mapped[str] = mapped_column(ForeignKey("site.name"))
    old_id: Mapped[str] = mapped_column(String(128))
    old_issuer: Mapped[str] = mapped_column(String(128), default="")
    surviving_id: Mapped[str] = mapped_column(String(128))
    surviving_issuer: Mapped[str] = mapped_column(String(128), default="")
    names: Mapped[list[str]] = mapped_column(JSON, default=list)
    birth_date: Mapped[str] = mapped_column(String(8), default="")
    received_at: Mapped[datetime] = mapped_column(UtcDateTime)

    __table_args__ = (
        UniqueConstraint(
            "site", "old_id", "old_issuer", "surviving_id", "surviving_issuer", name="uq_known_merge_pair"
        ),
        Index("ix_known_merge_surviving", "site", "surviving_id"),
    )


class PartedPair(Base):
    """Two identifiers of which a merge was taken back, and when the message was made that said so.

    A merge of them that was made before has no effect (`gateway.case_reports.parted_pairs`).
    """

    __tablename__ = "parted_pair"

    id: Mapped[int] = mapped_column(_BIG, primary_key=True)
    site: Mapped[str] = mapped_column(ForeignKey("site.name"))
    old_id: Mapped[str] = mapped_column(String(128))
    old_issuer: Mapped[str] = mapped_column(String(128), default="")
    surviving_id: Mapped[str] = mapped_column(String(128))
    surviving_issuer: Mapped[str] = mapped_column(String(128), default="")
    made_at: Mapped[str] = mapped_column(String(32))

    __table_args__ = (Index("ix_parted_pair_old", "site", "old_id"),)


class EarlyCancellation(Base):
    """A cancellation of an order that no case bore when it came, under one number by which the order may be found.

    It is kept for a while, so that the order opens no case (`gateway.case_reports.early_cancellations`). `document` is
    what it says of patient and orders, `made_at` when its sender made it.
    """

    __tablename__ = "early_cancellation"

    id: Mapped[int] = mapped_column(_BIG, primary_key=True)
    site: Mapped[str] = mapped_column(ForeignKey("site.name"))
    key: Mapped[str] = mapped_column(String(300))
    digest: Mapped[str] = mapped_column(String(64))
    kind: Mapped[str] = mapped_column(String(8))
    blob: Mapped[str] = mapped_column(String(64), index=True)
    bytes: Mapped[int] = mapped_column(BigInteger)
    actor: Mapped[str] = mapped_column(String(120))
    made_at: Mapped[str] = mapped_column(String(32), default="")
    document: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    received_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)

    __table_args__ = (UniqueConstraint("site", "key", "digest"),)


class SiteFacility(Base):
    """What a site writes into MSH-3 and MSH-4, as `APPLICATION|FACILITY`; an empty application stands for any."""

    __tablename__ = "site_facility"

    facility: Mapped[str] = mapped_column(String(460), primary_key=True)
    site: Mapped[str] = mapped_column(ForeignKey("site.name"), index=True)
