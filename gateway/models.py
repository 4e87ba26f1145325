"""What the identified zone keeps: sites, deliveries, received objects, patients, studies, cases, matches and returns.

Nothing of this leaves the zone but through `returns` and the coordinator's routes. The schema
states the invariants; `receipt` makes taking in the same spool entry twice a no-op, and of all objects of one SOP
Instance UID in a study only one is `first`.
"""

from datetime import datetime
from typing import Any, Literal

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from config.audit import AuditColumns
from config.database import UtcDateTime

StudyState = Literal["arriving", "unmatched", "held", "published", "read", "purged"]
Disposition = Literal["published", "duplicate", "conflict", "quarantined", "kept"]

_NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
_BIG = BigInteger().with_variant(Integer, "sqlite")


class Base(DeclarativeBase):
    """The identity database."""

    metadata = MetaData(naming_convention=_NAMES)


class Site(Base):
    """A hospital that sends studies and gets answers."""

    __tablename__ = "site"

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    display_name: Mapped[str] = mapped_column(String(200))
    country: Mapped[str | None] = mapped_column(String(2))
    jurisdiction: Mapped[str] = mapped_column(String(12), default="")
    language: Mapped[str | None] = mapped_column(String(8))
    approve_reports: Mapped[bool] = mapped_column(default=False)
    case_from_report: Mapped[bool] = mapped_column(default=False)
    rate_minor: Mapped[int] = mapped_column(CheckConstraint("rate_minor >= 0", name="rate"))
    currency: Mapped[str] = mapped_column(String(3))
    markup_percent: Mapped[int] = mapped_column(CheckConstraint("markup_percent >= 0", name="markup"), default=0)
    require_case: Mapped[bool] = mapped_column(default=True)
    open_cases: Mapped[int] = mapped_column(default=0)
    return_ae: Mapped[str | None] = mapped_column(String(16))
    return_host: Mapped[str | None] = mapped_column(String(255))
    return_port: Mapped[int | None]
    commitment_host: Mapped[str | None] = mapped_column(String(255))
    commitment_port: Mapped[int | None]
    return_tls: Mapped[bool] = mapped_column(default=False)
    return_trust: Mapped[str] = mapped_column(Text, default="")
    commitment_tls: Mapped[bool] = mapped_column(default=False)
    commitment_trust: Mapped[str] = mapped_column(Text, default="")
    networks: Mapped[list[str]] = mapped_column(JSON, default=list)
    certificates: Mapped[list[str]] = mapped_column(JSON, default=list)
    dimse_user: Mapped[str] = mapped_column(String(64), default="")
    dimse_password_hash: Mapped[str] = mapped_column(String(200), default="")
    maximum_associations: Mapped[int | None]
    instances_per_hour: Mapped[int | None]
    bytes_per_hour: Mapped[int | None] = mapped_column(BigInteger)
    unlisted_sop_classes: Mapped[bool | None]
    profile: Mapped[str | None] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    removed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class SiteAE(Base):
    """A calling AE title that belongs to one site."""

    __tablename__ = "site_ae"

    ae_title: Mapped[str] = mapped_column(String(16), primary_key=True)
    site: Mapped[str] = mapped_column(ForeignKey("site.name"), index=True)


class Delivery(Base):
    """One association or one upload; an upload's identifier is its delivery's."""

    __tablename__ = "delivery"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    site: Mapped[str] = mapped_column(ForeignKey("site.name"), index=True)
    door: Mapped[str] = mapped_column(String(8))
    calling_ae: Mapped[str | None] = mapped_column(String(16))
    case_number: Mapped[str | None] = mapped_column(String(10))
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)
    unpacked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    expected: Mapped[int | None]
    failure: Mapped[str | None] = mapped_column(Text)
    promised: Mapped[dict[str, Any] | None] = mapped_column(JSON)

    __table_args__ = (CheckConstraint("door in ('cstore', 'upload', 'stow', 'cli')", name="door"),)


class Patient(Base):
    """A patient as one site knows them; `scope` is what the keyed functions see and what keeps patients apart.

    `number` is issuer and number under which they came; several may bear one (`gateway.persons`), and the scope of the
    first of them is the number itself.
    `key_version` is the version of the node's key under which the patient was first seen, and stays it.
    """

    __tablename__ = "patient"

    id: Mapped[int] = mapped_column(_BIG, primary_key=True)
    site: Mapped[str] = mapped_column(ForeignKey("site.name"))
    scope: Mapped[str] = mapped_column(String(310))
    number: Mapped[str] = mapped_column(String(300))
    issuer: Mapped[str] = mapped_column(String(128), default="")
    patient_id: Mapped[str] = mapped_column(String(128), default="")
    name: Mapped[str] = mapped_column(Text, default="")
    birth_date: Mapped[str] = mapped_column(String(8), default="")
    sex: Mapped[str] = mapped_column(String(16), default="")
    pseudonym: Mapped[str] = mapped_column(String(64), unique=True)
    key_version: Mapped[int]

    __table_args__ = (UniqueConstraint("site", "scope"), Index("ix_patient_number", "site", "number"))


class Study(Base):
    """A study of one site, from its first object to its answer.

    `patient_name`, `birth_date`, `birth_time` and `sex` are what its own objects tell of the patient.
    `wanted_revision` grows when there is something new to do; one workflow runs for each revision, one after the other.
    While `settling` a workflow is still waiting for quiet, or for `whole_at` where a better sign has come, so that new
    objects join it. `fitness` is the last verdict
    on whether it can be read, `accepted_by` who let it go on against that verdict, `searched_for` stands for what the
    published form was searched for (`gateway.pipeline.verify`).
    """

    __tablename__ = "study"

    id: Mapped[int] = mapped_column(_BIG, primary_key=True)
    site: Mapped[str] = mapped_column(ForeignKey("site.name"))
    study_instance_uid: Mapped[str] = mapped_column(String(64))
    study_uid: Mapped[str] = mapped_column(String(64), unique=True)
    patient_id: Mapped[int] = mapped_column(ForeignKey("patient.id"), index=True)
    patient_name: Mapped[str] = mapped_column(Text, default="")
    birth_date: Mapped[str] = mapped_column(String(8), default="")
    birth_time: Mapped[str] = mapped_column(String(4), default="")
    sex: Mapped[str] = mapped_column(String(16), default="")
    state: Mapped[str] = mapped_column(String(16), index=True, default="arriving")
    reason: Mapped[str | None] = mapped_column(Text)
    accession_number: Mapped[str] = mapped_column(String(64), default="")
    accession_issuer: Mapped[str] = mapped_column(String(128), default="")
    study_id: Mapped[str] = mapped_column(String(64), default="")
    study_date: Mapped[str] = mapped_column(String(8), default="", index=True)
    study_time: Mapped[str] = mapped_column(String(16), default="")
    description: Mapped[str] = mapped_column(Text, default="")
    referring_physician: Mapped[str] = mapped_column(Text, default="")
    modality: Mapped[str] = mapped_column(String(16), default="")
    body_part: Mapped[str] = mapped_column(String(64), default="")
    birth_names: Mapped[list[str]] = mapped_column(JSON, default=list)
    other_names: Mapped[list[str]] = mapped_column(JSON, default=list)
    other_identities: Mapped[list[str]] = mapped_column(JSON, default=list)
    other_ids: Mapped[list[dict[str, str]]] = mapped_column(JSON, default=list)
    addresses: Mapped[list[str]] = mapped_column(JSON, default=list)
    telephones: Mapped[list[str]] = mapped_column(JSON, default=list)
    hints: Mapped[list[str]] = mapped_column(JSON, default=list)
    candidates: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    released: Mapped[bool] = mapped_column(default=False)
    flagged: Mapped[bool] = mapped_column(default=False)
    fitness: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    accepted_by: Mapped[str | None] = mapped_column(String(120))
    searched_for: Mapped[str] = mapped_column(String(64), default="")
    received_at: Mapped[datetime] = mapped_column(UtcDateTime)
    last_received_at: Mapped[datetime] = mapped_column(UtcDateTime)
    whole_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    wanted_revision: Mapped[int] = mapped_column(default=0)
    started_revision: Mapped[int] = mapped_column(default=0)
    finished_revision: Mapped[int] = mapped_column(default=0)
    settling: Mapped[bool] = mapped_column(default=False)
    failures: Mapped[int] = mapped_column(default=0)
    again_at: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)

    __table_args__ = (
        UniqueConstraint("site", "study_instance_uid"),
        CheckConstraint("state in ('arriving', 'unmatched', 'held', 'published', 'read', 'purged')", name="state"),
        Index("ix_study_todo", "wanted_revision", "started_revision"),
    )


class ReceivedObject(Base):
    """One object that a door acknowledged, and what became of it; `disposition` is null while it is on its way.

    `facts` is what the de-identified form says of its fitness to be read; `other_patient_id` is set where the object
    names another patient than its study; `vouched` says that a person has looked at the pixels, `face_vouched` that
    only for a face; `drawn` are the boxes that a person wants blacked (x, y, width, height), and `deaths` how many
    processes ended while they worked on it (`gateway.under_way`).
    """

    __tablename__ = "received_object"

    id: Mapped[int] = mapped_column(_BIG, primary_key=True)
    receipt: Mapped[str] = mapped_column(String(160), unique=True)
    delivery_id: Mapped[str] = mapped_column(ForeignKey("delivery.id"), index=True)
    site: Mapped[str] = mapped_column(ForeignKey("site.name"))
    path: Mapped[str] = mapped_column(Text, default="")
    received_at: Mapped[datetime] = mapped_column(UtcDateTime)
    blob: Mapped[str] = mapped_column(String(64), index=True)
    bytes: Mapped[int] = mapped_column(BigInteger)
    content_digest: Mapped[str] = mapped_column(String(64), default="")
    study_id: Mapped[int | None] = mapped_column(ForeignKey("study.id"), index=True)
    series_instance_uid: Mapped[str] = mapped_column(String(64), default="")
    sop_instance_uid: Mapped[str] = mapped_column(String(64), default="")
    sop_class_uid: Mapped[str] = mapped_column(String(64), default="")
    transfer_syntax_uid: Mapped[str] = mapped_column(String(64), default="")
    modality: Mapped[str] = mapped_column(String(16), default="")
    first: Mapped[bool] = mapped_column(default=False)
    vouched: Mapped[bool] = mapped_column(default=False)
    face_vouched: Mapped[bool] = mapped_column(default=False)
    drawn: Mapped[list[list[int]] | None] = mapped_column(JSON(none_as_null=True))
    derived_blob: Mapped[str | None] = mapped_column(String(64))
    derived_uid: Mapped[str | None] = mapped_column(String(64))
    audit: Mapped[str | None] = mapped_column(String(64))
    verified: Mapped[bool] = mapped_column(default=False)
    facts: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    other_patient_id: Mapped[int | None] = mapped_column(ForeignKey("patient.id"))
    deaths: Mapped[int] = mapped_column(default=0)
    disposition: Mapped[str | None] = mapped_column(String(16), index=True)
    reason_code: Mapped[str | None] = mapped_column(String(64))
    reason: Mapped[str | None] = mapped_column(Text)
    discarded_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (
        CheckConstraint(
            "disposition in ('published', 'duplicate', 'conflict', 'quarantined', 'kept')", name="disposition"
        ),
        Index(
            "uq_received_object_first",
            "study_id",
            "sop_instance_uid",
            unique=True,
            sqlite_where=text("first"),
            postgresql_where=text("first"),
        ),
        Index("ix_received_object_instance", "site", "sop_instance_uid"),
        Index("ix_received_object_received_at", "received_at"),
    )


class DiscardedOriginal(Base):
    """An original that was discarded, until its bytes are removed from the vault where nobody else needs them."""

    __tablename__ = "discarded_original"

    blob: Mapped[str] = mapped_column(String(64), primary_key=True)


class Case(Base):
    """A case: who the patient is, what was reported, what is asked, who pays, and who may have the answer.

    `report_text` is the parts of the report by the order they answer, one after the other; `former_identities` is what
    the patient was called before corrections and merges (`gateway.case_reports.identities`), `said` what its words say
    was examined (`gateway.matching.index`). `birth` is the time of birth and the place among those born together.
    `own_words` is what the case itself says of its patient, where a correction told more that may be a relative's
    (`gateway.case_reports.unconfirmed`); else it is empty. `jurisdiction` is what reports told, `home_state` a state of
    no known country (`gateway.case_reports.residence`), `reports_of_others` which of its reports name somebody else,
    `report_history` how far each report is and whose a person said it is (`gateway.case_reports.report_history`),
    `told_at` when the messages were made that told its words (`gateway.case_reports.told_at`).
    """

    __tablename__ = "case"

    id: Mapped[int] = mapped_column(_BIG, primary_key=True)
    case_number: Mapped[str] = mapped_column(String(10), unique=True)
    site: Mapped[str] = mapped_column(ForeignKey("site.name"), index=True)
    state: Mapped[str] = mapped_column(String(8), default="open")
    patient_name: Mapped[str] = mapped_column(Text, default="")
    birth_date: Mapped[str] = mapped_column(String(8), default="")
    birth: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    sex: Mapped[str] = mapped_column(String(16), default="")
    patient_ids: Mapped[list[dict[str, str]]] = mapped_column(JSON, default=list)
    id_kinds: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    addresses: Mapped[list[str]] = mapped_column(JSON, default=list)
    telephones: Mapped[list[str]] = mapped_column(JSON, default=list)
    accession_numbers: Mapped[list[str]] = mapped_column(JSON, default=list)
    accession_issuers: Mapped[list[dict[str, str]]] = mapped_column(JSON, default=list)
    study_uids: Mapped[list[str]] = mapped_column(JSON, default=list)
    study_date: Mapped[str] = mapped_column(String(8), default="")
    modality: Mapped[str] = mapped_column(String(16), default="")
    body_part: Mapped[str] = mapped_column(String(64), default="")
    report_text: Mapped[str] = mapped_column(Text, default="")
    report_language: Mapped[str] = mapped_column(String(16), default="")
    report_date: Mapped[str] = mapped_column(String(8), default="")
    question: Mapped[str] = mapped_column(Text, default="")
    referrer: Mapped[str] = mapped_column(Text, default="")
    jurisdiction: Mapped[str] = mapped_column(String(12), default="")
    home_state: Mapped[str] = mapped_column(String(64), default="")
    blind: Mapped[bool] = mapped_column(default=False)
    other_names: Mapped[list[str]] = mapped_column(JSON, default=list)
    own_words: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    former_identities: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    orders: Mapped[list[dict[str, str]]] = mapped_column(JSON, default=list)
    requested_studies: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    report_parts: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    reports_of_others: Mapped[dict[str, list[str]]] = mapped_column(JSON, default=dict)
    report_history: Mapped[dict[str, dict[str, Any]]] = mapped_column(JSON, default=dict)
    told_at: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    said: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    payer: Mapped[str] = mapped_column(String(8), default="")
    release_to: Mapped[str] = mapped_column(String(8), default="hospital")
    release_after_days: Mapped[int | None]
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("case.id"))
    source_digest: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)

    __table_args__ = (
        CheckConstraint("state in ('open', 'closed')", name="state"),
        CheckConstraint("payer in ('', 'self', 'hospital', 'insurer')", name="payer"),
        CheckConstraint("release_to in ('hospital', 'patient')", name="release_to"),
        UniqueConstraint("site", "source_digest"),
    )


class Match(Base):
    """A link of a study to a case, with its reasons; an ended link is kept as history.

    One `after_read` came when the read was signed already, so that it is no part of what was signed.
    """

    __tablename__ = "match"

    id: Mapped[int] = mapped_column(_BIG, primary_key=True)
    study_id: Mapped[int] = mapped_column(ForeignKey("study.id"), index=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"), index=True)
    how: Mapped[str] = mapped_column(String(8))
    probability: Mapped[float]
    reasons: Mapped[list[str]] = mapped_column(JSON, default=list)
    actor: Mapped[str] = mapped_column(String(120))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    after_read: Mapped[bool] = mapped_column(default=False)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_by: Mapped[str | None] = mapped_column(String(120))
    ended_because: Mapped[str | None] = mapped_column(Text)

    __table_args__ = (
        CheckConstraint("how in ('auto', 'person', 'merge')", name="how"),
        Index(
            "uq_match_one_active",
            "study_id",
            unique=True,
            sqlite_where=text("ended_at is null"),
            postgresql_where=text("ended_at is null"),
        ),
    )


class Return(Base):
    """An answer on its way back to a site: one signed read, or one addendum to it."""

    __tablename__ = "return_job"

    id: Mapped[int] = mapped_column(_BIG, primary_key=True)
    outbox_id: Mapped[int] = mapped_column(BigInteger, unique=True)
    read_id: Mapped[str] = mapped_column(String(32), index=True)
    addendum_id: Mapped[str | None] = mapped_column(String(32))
    study_id: Mapped[int] = mapped_column(ForeignKey("study.id"), index=True)
    state: Mapped[str] = mapped_column(String(16), index=True)
    attempts: Mapped[int] = mapped_column(default=0)
    next_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    reason: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (CheckConstraint("state in ('waiting', 'sent', 'no-address')", name="state"),)


class IdentityAudit(AuditColumns, Base):
    """The audit trail of the identified zone."""

    __tablename__ = "identity_audit"
    __table_args__ = (Index("ix_identity_audit_subject", "subject", "action"),)
