"""The matcher's index: by which keys a case, or a study that waits for one, can be found.

A key is a hash of the site, the kind of key and its value (`gateway.matching.blocking`). Only open cases and waiting
studies have rows, so that a look-up touches what is worth a look and nothing else.
"""

from sqlalchemy import BigInteger, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from gateway.models import Base


class CaseBlock(Base):
    """A key of an open case."""

    __tablename__ = "case_block"
    __table_args__ = {"sqlite_with_rowid": False}  # noqa: RUF012 - SQLAlchemy reads it as it stands

    key: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"), primary_key=True, index=True)


class StudyBlock(Base):
    """A key by which a study that waits would find its case."""

    __tablename__ = "study_block"
    __table_args__ = {"sqlite_with_rowid": False}  # noqa: RUF012 - SQLAlchemy reads it as it stands

    key: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    study_id: Mapped[int] = mapped_column(ForeignKey("study.id"), primary_key=True, index=True)
