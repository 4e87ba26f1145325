"""Record an attachment with the received object that it is, in the intake's transaction."""

from pathlib import PurePosixPath

from sqlalchemy.orm import Session

from gateway.attachments.kinds import READABLE, Kind
from gateway.attachments.linking import link_attachment
from gateway.models import Attachment, ReceivedObject


def record_attachment(session: Session, row: ReceivedObject, kind: Kind) -> None:
    """Record what kind of attachment a received object is, and whose; its text is read later."""
    attachment = Attachment(
        received_object_id=row.id,
        delivery_id=row.delivery_id,
        kind=kind,
        file_name=PurePosixPath(row.path).name,
        blob=row.blob,
        state="waiting" if kind in READABLE else "done",
        text="",
    )
    link_attachment(session, attachment)
    session.add(attachment)
