"""What the identified zone keeps of requests for storage commitment (`gateway.commitment`)."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, CheckConstraint, ForeignKey, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from config.database import UtcDateTime
from gateway.models import Base

_BIG = BigInteger().with_variant(Integer, "sqlite")


class Commitment(Base):
    """A site's request for storage commitment, and what it was told; asked again it is judged again."""

    __tablename__ = "commitment"

    id: Mapped[int] = mapped_column(_BIG, primary_key=True)
    site: Mapped[str] = mapped_column(ForeignKey("site.name"), index=True)
    transaction_uid: Mapped[str] = mapped_column(String(64))
    delivery_id: Mapped[str] = mapped_column(String(32))
    calling_ae: Mapped[str] = mapped_column(String(16))
    received_at: Mapped[datetime] = mapped_column(UtcDateTime)
    instances: Mapped[list[list[str]]] = mapped_column(JSON)
    state: Mapped[str] = mapped_column(String(16), index=True)
    failed: Mapped[list[list[Any]]] = mapped_column(JSON, default=list)
    attempts: Mapped[int] = mapped_column(default=0)
    next_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    reason: Mapped[str | None] = mapped_column(Text)
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (
        UniqueConstraint("site", "calling_ae", "transaction_uid"),
        CheckConstraint("state in ('asked', 'judged', 'sent', 'given-up')", name="state"),
    )
