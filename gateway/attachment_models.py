"""What the identified zone keeps of the papers and photos that came beside images (`gateway.attachments`)."""

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from gateway.models import Base

_BIG = BigInteger().with_variant(Integer, "sqlite")


class Attachment(Base):
    """A report, a photo or a text that came beside the images; its bytes are the received object's original.

    `text` is what could be read of it, once `state` is no longer waiting, and `report_date` the day on which a DICOM
    report says that it was made; `case_id` follows the delivery's case, a case number in the text, or the case of the
    delivery's studies.
    """

    __tablename__ = "attachment"

    id: Mapped[int] = mapped_column(_BIG, primary_key=True)
    received_object_id: Mapped[int] = mapped_column(ForeignKey("received_object.id"), unique=True)
    delivery_id: Mapped[str] = mapped_column(ForeignKey("delivery.id"), index=True)
    case_id: Mapped[int | None] = mapped_column(ForeignKey("case.id"), index=True)
    kind: Mapped[str] = mapped_column(String(8))
    file_name: Mapped[str] = mapped_column(Text, default="")
    blob: Mapped[str] = mapped_column(String(64))
    state: Mapped[str] = mapped_column(String(8), index=True)
    language: Mapped[str] = mapped_column(String(16), default="")
    report_date: Mapped[str] = mapped_column(String(8), default="")
    text: Mapped[str] = mapped_column(Text, default="")
    problem: Mapped[str | None] = mapped_column(Text)

    __table_args__ = (
        CheckConstraint(
            "kind in ('pdf', 'docx', 'rtf', 'text', 'jpeg', 'png', 'tiff', 'sr', 'epdf', 'ecda', 'model')",
            name="kind",
        ),
        CheckConstraint("state in ('waiting', 'done', 'failed')", name="state"),
    )
