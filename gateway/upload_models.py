"""What the identified zone keeps of uploads by people without an account: links, sessions, and what is broken off."""

from datetime import datetime

from sqlalchemy import JSON, BigInteger, ForeignKey, Integer, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from config.database import UtcDateTime
from gateway.models import Base

_BIG = BigInteger().with_variant(Integer, "sqlite")


class SiteBrand(Base):
    """What a site's upload page looks like, and which pages may show it in a frame."""

    __tablename__ = "site_brand"

    site: Mapped[str] = mapped_column(ForeignKey("site.name"), primary_key=True)
    name: Mapped[str] = mapped_column(String(200), default="")
    logo: Mapped[bytes | None] = mapped_column(LargeBinary)
    colour: Mapped[str] = mapped_column(String(7), default="")
    imprint: Mapped[str] = mapped_column(Text, default="")
    frame_ancestors: Mapped[list[str]] = mapped_column(JSON, default=list)


class UploadLink(Base):
    """A signed link by which somebody without an account may upload to one case."""

    __tablename__ = "upload_link"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"), index=True)
    single_use: Mapped[bool] = mapped_column(default=False)
    used_by: Mapped[str | None] = mapped_column(String(32))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)


class UploadSession(Base):
    """Somebody on the upload page: bound to one case, and to the link they came by where there was one.

    `framed` tells by what its secret is shown: a bearer token in a frame, a cookie in a window.
    """

    __tablename__ = "upload_session"

    secret_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    framed: Mapped[bool] = mapped_column(default=False)
    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"))
    link_id: Mapped[str | None] = mapped_column(ForeignKey("upload_link.id"))
    csrf_token: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


class UploadAttempt(Base):
    """One attempt to name a case and its patient's birth date; only a hash of who or which is kept."""

    __tablename__ = "upload_attempt"

    id: Mapped[int] = mapped_column(_BIG, primary_key=True)
    key: Mapped[str] = mapped_column(String(64), index=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


class ResumableUpload(Base):
    """An upload that may be broken off and resumed; its identifier becomes its delivery's."""

    __tablename__ = "resumable_upload"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    owner: Mapped[str] = mapped_column(String(160), index=True)
    site: Mapped[str] = mapped_column(ForeignKey("site.name"))
    case_number: Mapped[str] = mapped_column(String(10), default="")
    filename: Mapped[str] = mapped_column(Text, default="")
    fingerprint: Mapped[str] = mapped_column(String(64), default="")
    length: Mapped[int] = mapped_column(BigInteger)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
