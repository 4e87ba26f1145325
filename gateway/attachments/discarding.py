"""Discard attachments: one that a person names, or those that nothing is left to go with once a study is purged.

An attachment belongs to its case and to the studies that came in its delivery. It goes when all of these that there
were are purged. Its received object stays on record, and its original leaves the vault as any other does.
"""

from collections.abc import Collection, Sequence

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from config.clock import Clock
from config.errors import Conflict
from gateway import audit
from gateway.attachment_models import Attachment
from gateway.attachments.kinds import PARTS_OF_A_STUDY, WORDS
from gateway.attachments.views import get_attachment
from gateway.models import Match, ReceivedObject, Study
from gateway.node import Node
from gateway.originals import delete_unneeded, discard


def discard_attachment(node: Node, number: int, *, actor: str) -> None:
    """Remove an attachment for good, and with it the same file where it came to the same case again.

    Raises:
        NotFound: no such attachment.
        Conflict: a DICOM object, which is a part of its study.
    """
    with node.identity.write() as session:
        attachment = get_attachment(session, number)
        if attachment.kind in PARTS_OF_A_STUDY:
            raise Conflict(f"{WORDS[attachment.kind]} is a part of its study: it goes when the study is purged")
        same = [attachment]
        if attachment.case_id is not None:
            query = select(Attachment).where(
                Attachment.case_id == attachment.case_id, Attachment.blob == attachment.blob
            )
            same = list(session.scalars(query))
        originals = _remove(session, node.clock, same, why="discarded by a person")
        audit.note(session, node.clock, actor=actor, action="attachment-discarded", subject=f"attachment {number}")
    delete_unneeded(node, originals)


def discard_with_study(session: Session, clock: Clock, study: Study) -> set[str]:
    """Remove the attachments that no living study is left for once this one is purged.

    Return the keys of their originals, for `delete_unneeded` after the commit.
    """
    session.flush()
    deliveries = select(ReceivedObject.delivery_id).where(ReceivedObject.study_id == study.id)
    cases = select(Match.case_id).where(Match.study_id == study.id, Match.ended_at.is_(None))
    touched = session.scalars(
        select(Attachment).where(or_(Attachment.delivery_id.in_(deliveries), Attachment.case_id.in_(cases)))
    ).all()
    gone = [each for each in touched if not _has_living_study(session, each)]
    return _remove(session, clock, gone, why="purged with its study")


def _has_living_study(session: Session, attachment: Attachment) -> bool:
    of_case = select(Match.study_id).where(Match.case_id == attachment.case_id, Match.ended_at.is_(None))
    of_delivery = select(ReceivedObject.study_id).where(ReceivedObject.delivery_id == attachment.delivery_id)
    living = select(Study.id).where(Study.state != "purged", or_(Study.id.in_(of_case), Study.id.in_(of_delivery)))
    return session.scalar(living.limit(1)) is not None


def _remove(session: Session, clock: Clock, attachments: Collection[Attachment], *, why: str) -> set[str]:
    objects: list[ReceivedObject] = []
    for attachment in attachments:
        objects += _objects_of(session, attachment)
        session.delete(attachment)
    for row in objects:
        row.reason = f"{why} ({row.reason})"
    return discard(session, clock, objects)


def _objects_of(session: Session, attachment: Attachment) -> Sequence[ReceivedObject]:
    """Return every received object that an attachment is: the file may stand twice in its delivery."""
    return session.scalars(
        select(ReceivedObject).where(
            ReceivedObject.delivery_id == attachment.delivery_id,
            ReceivedObject.blob == attachment.blob,
            ReceivedObject.discarded_at.is_(None),
        )
    ).all()
