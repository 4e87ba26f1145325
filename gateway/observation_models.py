"""What the identified zone keeps of how a site's senders behave (`gateway.observations`)."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from config.database import UtcDateTime
from gateway.models import Base


class Observation(Base):
    """What was seen of a site's objects as they were taken in, for who looks after its senders; never an identity.

    Of a `character-set` the value is that of Specific Character Set (0008,0005), of `clock-ahead` it is empty and
    `seconds` is by how much the latest such object was made later than it came.
    """

    __tablename__ = "observation"

    site: Mapped[str] = mapped_column(ForeignKey("site.name"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(16), primary_key=True)
    value: Mapped[str] = mapped_column(String(200), primary_key=True, default="")
    objects: Mapped[int] = mapped_column(default=0)
    seconds: Mapped[int | None]
    last_at: Mapped[datetime] = mapped_column(UtcDateTime)

    __table_args__ = (CheckConstraint("kind in ('character-set', 'clock-ahead')", name="kind"),)
