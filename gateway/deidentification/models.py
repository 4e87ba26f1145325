"""What the identified zone keeps of de-identifications."""

from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, mapped_column

from gateway.models import Base


class InstanceAudit(Base):
    """What was done to an instance, as JSON without a value of it; `ReceivedObject.audit` is its digest.

    Instances that were treated alike share one.
    """

    __tablename__ = "instance_audit"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    body: Mapped[str] = mapped_column(Text)
