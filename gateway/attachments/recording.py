"""Record an attachment with the received object that it is, in the intake's transaction.

The same file twice in one delivery is one attachment. What was read of the same bytes before is not read again.
"""

from pathlib import PurePosixPath

from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.attachment_models import Attachment
from gateway.attachments.kinds import READABLE, Kind
from gateway.attachments.linking import link_attachment, wake_studies
from gateway.models import ReceivedObject


def record_attachment(session: Session, row: ReceivedObject, kind: Kind) -> None:
    """Record what kind of attachment a received object is, and whose; its text is read later, if it has to be."""
    same_bytes = select(Attachment).where(Attachment.blob == row.blob)
    if session.scalar(same_bytes.where(Attachment.delivery_id == row.delivery_id)) is not None:
        return
    known = session.scalar(same_bytes.where(Attachment.state == "done").limit(1))
    attachment = Attachment(
        received_object_id=row.id,
        delivery_id=row.delivery_id,
        kind=kind,
        file_name=PurePosixPath(row.path).name,
        blob=row.blob,
        state="done" if known is not None or kind not in READABLE else "waiting",
        text=known.text if known is not None else "",
        language=known.language if known is not None else "",
        report_date=known.report_date if known is not None else "",
    )
    link_attachment(session, attachment)
    session.add(attachment)
    if attachment.text:
        session.flush()
        wake_studies(session, row.delivery_id)
