"""The matcher's index: by which keys a case, or a study that waits for one, can be found.

A key is a hash of the site, the kind of key and its value (`gateway.matching.blocking`). Only open cases and waiting
studies have rows, so that a look-up touches what is worth a look and nothing else.
"""

from sqlalchemy import BigInteger, ForeignKey, Integer
from sqlalchemy.orm import Mapped, mapped_column

from gateway.models import Base


class CaseBlock(Base):
    """A key of an open case; `word` says that it is a word of a name, which finds a pair only where few bear it."""

    __tablename__ = "case_block"
    __table_args__ = {"sqlite_with_rowid": False}  # noqa: RUF012 - SQLAlchemy reads it as it stands

    key: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"), primary_key=True, index=True)
    word: Mapped[bool] = mapped_column(default=False)


class StudyBlock(Base):
    """A key by which a study that waits would find its case."""

    __tablename__ = "study_block"
    __table_args__ = {"sqlite_with_rowid": False}  # noqa: RUF012 - SQLAlchemy reads it as it stands

    key: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    study_id: Mapped[int] = mapped_column(ForeignKey("study.id"), primary_key=True, index=True)


class SecondLook(Base):
    """Why a study that waits looks again: a case that came, or none where what was known of one is another now.

    The row goes in the transaction that decides on the study, so that no reason is lost and none acts twice. Its number
    is never given again: a reason that came since must not be taken for one that was looked at.
    """

    __tablename__ = "second_look"
    __table_args__ = {"sqlite_autoincrement": True}  # noqa: RUF012 - SQLAlchemy reads it as it stands

    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True)
    study_id: Mapped[int] = mapped_column(ForeignKey("study.id"), index=True)
    case_id: Mapped[int | None] = mapped_column(ForeignKey("case.id"))
