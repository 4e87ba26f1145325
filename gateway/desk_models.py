"""What the coordinator's desk keeps: who may sit at it, what was decided there, and the words it lets go to readers."""

from datetime import datetime

from sqlalchemy import JSON, BigInteger, ForeignKey, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from config.database import UtcDateTime
from gateway.models import Base


class Rejection(Base):
    """A person's word that a study does not belong to a case: the matcher never proposes the pair again."""

    __tablename__ = "rejection"

    study_id: Mapped[int] = mapped_column(ForeignKey("study.id"), primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"), primary_key=True)
    actor: Mapped[str] = mapped_column(String(120))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class OnePerson(Base):
    """A person's word that somebody who came inside a study under another identity is one with a patient of it."""

    __tablename__ = "one_person"

    study_id: Mapped[int] = mapped_column(ForeignKey("study.id"), primary_key=True)
    patient_id: Mapped[int] = mapped_column(ForeignKey("patient.id"), primary_key=True)
    one_with_id: Mapped[int] = mapped_column(ForeignKey("patient.id"))
    actor: Mapped[str] = mapped_column(String(120))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class CleanedWords(Base):
    """The words of a case as a study's reader gets them: cleaned by rule, then perhaps by a person.

    `source` stands for the words and identities they were cleaned of and with; when it changes, they are cleaned anew.
    `doubtful` words stay in them that may be the patient's name. `approved_as_theirs` says that whoever approved them
    was shown that a report names somebody else.
    """

    __tablename__ = "cleaned_words"

    study_id: Mapped[int] = mapped_column(ForeignKey("study.id"), primary_key=True)
    source: Mapped[str] = mapped_column(String(64))
    report: Mapped[str] = mapped_column(Text, default="")
    question: Mapped[str] = mapped_column(Text, default="")
    removed: Mapped[dict[str, int]] = mapped_column(JSON, default=dict)
    doubtful: Mapped[int] = mapped_column(default=0)
    edited_by: Mapped[str | None] = mapped_column(String(120))
    approved_by: Mapped[str | None] = mapped_column(String(120))
    approved_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    approved_as_theirs: Mapped[bool] = mapped_column(default=False)


class Coordinator(Base):
    """Somebody who matches studies and cases at the desk."""

    __tablename__ = "coordinator"

    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True)
    name: Mapped[str] = mapped_column(String(120), unique=True)
    email: Mapped[str] = mapped_column(String(200))
    password_hash: Mapped[str | None] = mapped_column(String(200))
    active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class DeskLogIn(Base):
    """A coordinator's log-in at the desk: the hash of the cookie and the token against forged requests."""

    __tablename__ = "desk_log_in"

    cookie_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    coordinator_id: Mapped[int] = mapped_column(ForeignKey("coordinator.id"))
    csrf_token: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
