"""What a coordinator sees of attachments."""

from typing import Any

from sqlalchemy import Row, Select, select
from sqlalchemy.orm import Session

from config.errors import NotFound
from gateway.attachment_models import Attachment
from gateway.attachments.kinds import MEDIA_TYPES
from gateway.models import ReceivedObject


def attachments_of_case(session: Session, case_id: int) -> list[dict[str, Any]]:
    """Return the attachments of a case in the order in which they came, with their text.

    A file that came again in another delivery is one attachment: the first.
    """
    found: dict[str, dict[str, Any]] = {}
    for row in session.execute(_query().where(Attachment.case_id == case_id)):
        found.setdefault(row[0].blob, _view(row))
    return list(found.values())


def attachments_of_delivery(session: Session, delivery_id: str) -> list[dict[str, Any]]:
    """Return the attachments of a delivery, whether or not their case is known."""
    return [_view(row) for row in session.execute(_query().where(Attachment.delivery_id == delivery_id))]


def attachment_view(session: Session, number: int) -> dict[str, Any]:
    """Return what is known of an attachment, with its text.

    Raises:
        NotFound: no such attachment.
    """
    row = session.execute(_query().where(Attachment.id == number)).one_or_none()
    if row is None:
        raise NotFound(f"there is no attachment {number}")
    return _view(row)


def get_attachment(session: Session, number: int) -> Attachment:
    """Return an attachment.

    Raises:
        NotFound: no such attachment.
    """
    attachment = session.get(Attachment, number)
    if attachment is None:
        raise NotFound(f"there is no attachment {number}")
    return attachment


def _query() -> Select[Attachment, ReceivedObject]:
    return (
        select(Attachment, ReceivedObject)
        .join(ReceivedObject, ReceivedObject.id == Attachment.received_object_id)
        .order_by(Attachment.id)
    )


def _view(row: Row[Attachment, ReceivedObject]) -> dict[str, Any]:
    attachment, received = row
    return {
        "id": attachment.id,
        "kind": attachment.kind,
        "media_type": MEDIA_TYPES[attachment.kind],
        "file_name": attachment.file_name,
        "delivery": attachment.delivery_id,
        "received_at": received.received_at.isoformat(),
        "bytes": received.bytes,
        "sha256": attachment.blob,
        "state": attachment.state,
        "problem": attachment.problem,
        "language": attachment.language or None,
        "text": attachment.text,
    }
