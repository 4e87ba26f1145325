"""Take studies out of the reading zone with their bytes, so that a crash leaves work to redo and never bytes unnamed.

The rows go first, and with them, in one transaction, it is noted which blobs are to go (`worklist.withdrawing`); then
the bytes and what was made of them; then the notes. Who finds notes that a crash left does the rest
(`gateway.housekeeping`).
"""

from collections.abc import Collection

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session

from gateway.models import ReceivedObject, Study
from gateway.node import Node
from worklist.chunks import chunks
from worklist.models import PublishedInstance, PublishedStudy, Read
from worklist.withdrawing import forget_withdrawn, withdraw_study, withdrawn_blobs


def withdraw(node: Node, study_uid: str) -> None:
    """Take a study out of the reading zone, rows, bytes and what was made of them; an absent one is fine."""
    with node.reading.write() as session:
        withdraw_study(session, study_uid)
    remove_withdrawn(node)


def remove_withdrawn(node: Node) -> int:
    """Remove the bytes of what was withdrawn, and what was made of them; return how many blobs that were.

    The same study de-identified anew has the same blobs. What is on its way to the readers again is left alone: neither
    zone is written to meanwhile, so that it is seen here, or begins when the bytes are gone and brings them itself.
    """
    removed = 0
    with node.reading.read() as session:
        noted = withdrawn_blobs(session)
    for some in chunks(noted):
        with node.reading.write() as reading, node.identity.write() as session:
            on_their_way = ReceivedObject.disposition.is_(None) & ReceivedObject.derived_blob.is_not(None)
            coming = set(session.scalars(select(ReceivedObject.derived_blob).where(on_their_way)))
            going = sorted(set(some).intersection(withdrawn_blobs(reading)) - coming)
            for key in going:
                node.published.delete(key)
                node.made.drop(key)
            forget_withdrawn(reading, going)
            removed += len(going)
    return removed


def remove_unnamed(node: Node, blobs: Collection[str]) -> None:
    """Remove bytes that were brought for the readers and are shown to none of them; those of a row stay."""
    with node.reading.read() as session:
        named: set[str] = set()
        for some in chunks(sorted(blobs)):
            named.update(session.scalars(select(PublishedInstance.blob).where(PublishedInstance.blob.in_(some))))
    for key in set(blobs) - named:
        node.published.delete(key)
        node.made.drop(key)


def finish_purges(node: Node) -> int:
    """Withdraw the studies that were purged when the node died before the readers lost them; return how many."""
    with node.identity.read() as session:
        purged = list(session.scalars(select(Study.study_uid).where(Study.state == "purged")))
    left: list[str] = []
    with node.reading.read() as session:
        for some in chunks(purged):
            left += _shown(session, some)
    for study_uid in left:
        withdraw(node, study_uid)
    return len(left)


def is_shown(session: Session, study_uid: str) -> bool:
    """Say whether more of a study is in the reading zone than the place to which a signed read refers."""
    return bool(_shown(session, [study_uid]))


def _shown(session: Session, study_uids: list[str]) -> list[str]:
    images = exists().where(PublishedInstance.study_uid == PublishedStudy.study_uid)
    read = exists().where(Read.study_uid == PublishedStudy.study_uid, Read.state != "draft")
    words = or_(PublishedStudy.report.is_not(None), PublishedStudy.question.is_not(None))
    query = select(PublishedStudy.study_uid).where(PublishedStudy.study_uid.in_(study_uids), or_(images, ~read, words))
    return list(session.scalars(query))
