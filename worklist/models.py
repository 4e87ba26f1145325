"""What the reading zone keeps; the schema states the invariants.

One item a study, one signed read an item, one charge a read. No column of this schema may hold an identity: patients
are pseudonyms, dates are shifted, texts are cleaned before they come here. Relationships are not used, so nothing loads
by surprise.
"""

from datetime import date, datetime
from typing import Any, Literal

from sqlalchemy import JSON, BigInteger, CheckConstraint, ForeignKey, Index, Integer, MetaData, String, Text, text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from config.audit import AuditColumns
from config.database import UtcDateTime

ItemState = Literal["open", "claimed", "signed", "cancelled"]
Role = Literal["reader", "coordinator", "integrator", "admin"]

_NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """The reading database."""

    metadata = MetaData(naming_convention=_NAMES)


class SiteTerms(Base):
    """What the reading zone needs to know of a site: its name on a report and its flat rate."""

    __tablename__ = "site_terms"

    site: Mapped[str] = mapped_column(String(64), primary_key=True)
    display_name: Mapped[str] = mapped_column(String(200))
    rate_minor: Mapped[int] = mapped_column(CheckConstraint("rate_minor >= 0", name="rate"))
    currency: Mapped[str] = mapped_column(String(3))
    markup_percent: Mapped[int] = mapped_column(CheckConstraint("markup_percent >= 0", name="markup"), default=0)


class Reader(Base):
    """A radiologist who reads here."""

    __tablename__ = "reader"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(120), unique=True)
    email: Mapped[str] = mapped_column(String(200))
    specialty: Mapped[str | None] = mapped_column(String(64))
    password_hash: Mapped[str | None] = mapped_column(String(200))
    active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Licence(Base):
    """A licence of a reader to practise in a jurisdiction (ISO 3166-2 code such as US-MA)."""

    __tablename__ = "licence"

    reader_id: Mapped[int] = mapped_column(ForeignKey("reader.id"), primary_key=True)
    jurisdiction: Mapped[str] = mapped_column(String(12), primary_key=True)
    expires: Mapped[date]


class AccessToken(Base):
    """A bearer token, kept as its SHA-256 only."""

    __tablename__ = "access_token"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(120))
    role: Mapped[str] = mapped_column(String(16))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    reader_id: Mapped[int | None] = mapped_column(ForeignKey("reader.id"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (
        CheckConstraint("role in ('reader', 'coordinator', 'integrator', 'admin')", name="role"),
        CheckConstraint("(role = 'reader') = (reader_id is not null)", name="reader"),
    )


class LogIn(Base):
    """A reader's log-in on the pages: the hash of the cookie and the token that guards against forged requests."""

    __tablename__ = "log_in"

    cookie_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    reader_id: Mapped[int] = mapped_column(ForeignKey("reader.id"))
    csrf_token: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)


class LogInAttempt(Base):
    """An attempt to log in that did not succeed yet; `key` is a hash of the name and the client."""

    __tablename__ = "log_in_attempt"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(64), index=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


class Workstation(Base):
    """A desktop viewer of a reader: under which AE title it may query and retrieve, and where it takes instances."""

    __tablename__ = "workstation"

    ae_title: Mapped[str] = mapped_column(String(16), primary_key=True)
    reader_id: Mapped[int] = mapped_column(ForeignKey("reader.id"), index=True)
    host: Mapped[str] = mapped_column(String(255))
    port: Mapped[int] = mapped_column(CheckConstraint("port between 1 and 65535", name="port"))
    networks: Mapped[list[str]] = mapped_column(JSON, default=list)
    certificates: Mapped[list[str]] = mapped_column(JSON, default=list)
    tls: Mapped[bool] = mapped_column(default=False)
    trust: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class PublishedStudy(Base):
    """A de-identified study, with the cleaned words of its case; a `prior` is shown beside another and never read."""

    __tablename__ = "published_study"

    study_uid: Mapped[str] = mapped_column(String(64), primary_key=True)
    site: Mapped[str] = mapped_column(String(64), index=True)
    pseudonym: Mapped[str] = mapped_column(String(64), index=True)
    sex: Mapped[str | None] = mapped_column(String(16))
    age: Mapped[str | None] = mapped_column(String(4))
    study_date: Mapped[str | None] = mapped_column(String(8), index=True)
    study_time: Mapped[str | None] = mapped_column(String(16))
    modality: Mapped[str] = mapped_column(String(16), index=True)
    body_part: Mapped[str | None] = mapped_column(String(64))
    description: Mapped[str | None] = mapped_column(String(200))
    case_number: Mapped[str | None] = mapped_column(String(10), index=True)
    question: Mapped[str | None] = mapped_column(Text)
    report: Mapped[str | None] = mapped_column(Text)
    report_language: Mapped[str | None] = mapped_column(String(16))
    blind: Mapped[bool] = mapped_column(default=False)
    jurisdiction: Mapped[str | None] = mapped_column(String(12))
    payer: Mapped[str] = mapped_column(String(8), default="")
    prior: Mapped[bool] = mapped_column(default=False)
    limits: Mapped[list[str]] = mapped_column(JSON, default=list)
    attributes: Mapped[dict[str, Any]] = mapped_column(JSON)
    received_at: Mapped[datetime] = mapped_column(UtcDateTime)
    published_at: Mapped[datetime] = mapped_column(UtcDateTime)


class PublishedSeries(Base):
    """A series of a published study; `attributes` is its level's part of the DICOM JSON model."""

    __tablename__ = "published_series"

    series_uid: Mapped[str] = mapped_column(String(64), primary_key=True)
    study_uid: Mapped[str] = mapped_column(ForeignKey("published_study.study_uid"), index=True)
    number: Mapped[int | None]
    modality: Mapped[str] = mapped_column(String(16))
    body_part: Mapped[str | None] = mapped_column(String(64))
    description: Mapped[str | None] = mapped_column(String(200))
    attributes: Mapped[dict[str, Any]] = mapped_column(JSON)


class PublishedInstance(Base):
    """A published instance; `attributes` is its whole header in the DICOM JSON model, bulk data left out."""

    __tablename__ = "published_instance"

    sop_instance_uid: Mapped[str] = mapped_column(String(64), primary_key=True)
    series_uid: Mapped[str] = mapped_column(ForeignKey("published_series.series_uid"), index=True)
    study_uid: Mapped[str] = mapped_column(ForeignKey("published_study.study_uid"), index=True)
    sop_class_uid: Mapped[str] = mapped_column(String(64))
    number: Mapped[int | None]
    transfer_syntax_uid: Mapped[str] = mapped_column(String(64))
    rows: Mapped[int | None]
    columns: Mapped[int | None]
    frames: Mapped[int] = mapped_column(default=0)
    blob: Mapped[str] = mapped_column(String(64))
    bytes: Mapped[int] = mapped_column(BigInteger)
    attributes: Mapped[dict[str, Any]] = mapped_column(JSON)
    published_at: Mapped[datetime] = mapped_column(UtcDateTime)


class WithdrawnBlob(Base):
    """A blob that no instance names any more, until its bytes and what was made of it are removed."""

    __tablename__ = "withdrawn_blob"

    blob: Mapped[str] = mapped_column(String(64), primary_key=True)


class WorklistItem(Base):
    """One second read to be made of one study."""

    __tablename__ = "worklist_item"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    study_uid: Mapped[str] = mapped_column(ForeignKey("published_study.study_uid"), unique=True)
    state: Mapped[str] = mapped_column(String(16))
    reader_id: Mapped[int | None] = mapped_column(ForeignKey("reader.id"))
    lease_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)

    __table_args__ = (
        Index(None, "due_at", "id"),
        Index(None, "state", "due_at", "id"),
        CheckConstraint("state in ('open', 'claimed', 'signed', 'cancelled')", name="state"),
        CheckConstraint("(state in ('claimed', 'signed')) = (reader_id is not null)", name="reader"),
    )


class Read(Base):
    """A second read: a draft until it is signed, then unchangeable but for addenda."""

    __tablename__ = "read"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    item_id: Mapped[str] = mapped_column(ForeignKey("worklist_item.id"), index=True)
    study_uid: Mapped[str] = mapped_column(String(64), index=True)
    reader_id: Mapped[int] = mapped_column(ForeignKey("reader.id"))
    state: Mapped[str] = mapped_column(String(8))
    findings: Mapped[str] = mapped_column(Text, default="")
    impression: Mapped[str] = mapped_column(Text, default="")
    recommendation: Mapped[str] = mapped_column(Text, default="")
    agreement: Mapped[str | None] = mapped_column(String(8))
    radpeer: Mapped[str | None] = mapped_column(String(2))
    diagnosis_changed: Mapped[bool | None]
    treatment_changed: Mapped[bool | None]
    key_images: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)
    signed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (
        CheckConstraint("state in ('draft', 'signed')", name="state"),
        CheckConstraint("(state = 'signed') = (signed_at is not null)", name="signed"),
        CheckConstraint("agreement in ('agree', 'minor', 'major')", name="agreement"),
        CheckConstraint("radpeer in ('1', '2a', '2b', '3a', '3b')", name="radpeer"),
        Index(
            "uq_read_one_signed",
            "item_id",
            unique=True,
            sqlite_where=text("state = 'signed'"),
            postgresql_where=text("state = 'signed'"),
        ),
        Index("uq_read_one_a_reader", "item_id", "reader_id", unique=True),
    )


class Addendum(Base):
    """What a reader added to a signed read."""

    __tablename__ = "addendum"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    read_id: Mapped[str] = mapped_column(ForeignKey("read.id"), index=True)
    reader_id: Mapped[int] = mapped_column(ForeignKey("reader.id"))
    text: Mapped[str] = mapped_column(Text)
    signed_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Charge(Base):
    """The flat fee of one signed read, the partner's mark-up on it, and who pays, all as they were on that day."""

    __tablename__ = "charge"

    id: Mapped[int] = mapped_column(primary_key=True)
    read_id: Mapped[str] = mapped_column(ForeignKey("read.id"), unique=True)
    study_uid: Mapped[str] = mapped_column(String(64))
    site: Mapped[str] = mapped_column(String(64), index=True)
    case_number: Mapped[str | None] = mapped_column(String(10))
    description: Mapped[str] = mapped_column(String(200))
    payer: Mapped[str] = mapped_column(String(8), default="")
    amount_minor: Mapped[int] = mapped_column(CheckConstraint("amount_minor >= 0", name="amount"))
    markup_minor: Mapped[int] = mapped_column(CheckConstraint("markup_minor >= 0", name="markup"), default=0)
    currency: Mapped[str] = mapped_column(String(3))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


class OutboxEntry(Base):
    """A thing that the gateway must act on, written in the transaction that caused it."""

    __tablename__ = "outbox_entry"

    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(24))
    read_id: Mapped[str] = mapped_column(ForeignKey("read.id"))
    addendum_id: Mapped[str | None] = mapped_column(ForeignKey("addendum.id"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    taken_at: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)

    __table_args__ = (CheckConstraint("kind in ('read-signed', 'addendum-signed')", name="kind"),)


class PreviewLink(Base):
    """A link by which the previews of one study may be seen without an account, until it expires or is taken back."""

    __tablename__ = "preview_link"

    id: Mapped[str] = mapped_column(String(16), primary_key=True)
    study_uid: Mapped[str] = mapped_column(String(64), index=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class ReadDocument(Base):
    """A report document of a signed read as it was first built: its bytes never change afterwards."""

    __tablename__ = "read_document"

    read_id: Mapped[str] = mapped_column(ForeignKey("read.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(4), primary_key=True)
    addenda: Mapped[int] = mapped_column(primary_key=True)
    blob: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class ReadingAudit(AuditColumns, Base):
    """The audit trail of the reading zone."""

    __tablename__ = "reading_audit"
    __table_args__ = (Index(None, "subject", "at"),)
