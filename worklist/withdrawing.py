"""Take studies and instances out of the reading zone again; signed reads and their charges survive it.

The gateway deletes the bytes once the transaction is committed. Which blobs of a study are to go is noted in it, so
that a crash in between leaves no bytes that nothing names.
"""

from collections.abc import Iterable, Sequence

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from worklist.chunks import chunks
from worklist.models import PublishedInstance, PublishedSeries, PublishedStudy, Read, WithdrawnBlob, WorklistItem


def withdraw_study(session: Session, study_uid: str) -> None:
    """Purge a study and note which blobs are to go once the transaction is committed.

    Without a signed read everything goes: instances, series, drafts, item, study. With one, the study's row stays as
    the place the read and its charge refer to, without attributes and case words. An absent study is fine.
    """
    study = session.get(PublishedStudy, study_uid)
    if study is None:
        return
    blobs = tuple(session.scalars(select(PublishedInstance.blob).where(PublishedInstance.study_uid == study_uid)))
    session.execute(delete(PublishedInstance).where(PublishedInstance.study_uid == study_uid))
    session.execute(delete(PublishedSeries).where(PublishedSeries.study_uid == study_uid))
    session.execute(delete(Read).where(Read.study_uid == study_uid, Read.state == "draft"))
    if session.scalar(select(Read.id).where(Read.study_uid == study_uid).limit(1)) is None:
        session.execute(delete(WorklistItem).where(WorklistItem.study_uid == study_uid))
        session.delete(study)
    else:
        study.attributes, study.question, study.report, study.description = {}, None, None, None
    session.flush()
    gone = set(blobs) - _still_used(session, blobs)
    session.add_all(WithdrawnBlob(blob=each) for each in sorted(gone.difference(withdrawn_blobs(session))))


def withdrawn_blobs(session: Session) -> list[str]:
    """Return the blobs that are noted to go."""
    return list(session.scalars(select(WithdrawnBlob.blob).order_by(WithdrawnBlob.blob)))


def forget_withdrawn(session: Session, blobs: Iterable[str]) -> None:
    """Take back the note that blobs are to go: they are gone, or published again."""
    for some in chunks(blobs):
        session.execute(delete(WithdrawnBlob).where(WithdrawnBlob.blob.in_(some)))


def withdraw_instances(session: Session, study_uid: str, sop_instance_uids: Iterable[str]) -> tuple[str, ...]:
    """Take instances of a study out, and return the blob keys to delete once the transaction is committed.

    The words of the study and its series came from such instances and go with them; a series left empty goes too.
    """
    blobs = keep_back_instances(session, study_uid, sop_instance_uids)
    study = session.get(PublishedStudy, study_uid)
    if study is not None:
        study.attributes, study.description = {}, None
    for series in session.scalars(select(PublishedSeries).where(PublishedSeries.study_uid == study_uid)):
        series.attributes, series.description = {}, None
    session.flush()
    return blobs


def keep_back_instances(session: Session, study_uid: str, sop_instance_uids: Iterable[str]) -> tuple[str, ...]:
    """Take instances of a study out, and return the blob keys to delete once the transaction is committed.

    The words of the study and its series stay; a series left empty goes too.
    """
    blobs: list[str] = []
    for some in chunks(sop_instance_uids):
        chosen = (PublishedInstance.study_uid == study_uid, PublishedInstance.sop_instance_uid.in_(some))
        blobs += session.scalars(select(PublishedInstance.blob).where(*chosen))
        session.execute(delete(PublishedInstance).where(*chosen))
    left = select(PublishedInstance.series_uid).where(PublishedInstance.study_uid == study_uid)
    session.execute(
        delete(PublishedSeries).where(PublishedSeries.study_uid == study_uid, PublishedSeries.series_uid.not_in(left))
    )
    session.flush()
    return tuple(sorted(set(blobs) - _still_used(session, blobs)))


def _still_used(session: Session, blobs: Sequence[str]) -> set[str]:
    used: set[str] = set()
    for some in chunks(blobs):
        used.update(session.scalars(select(PublishedInstance.blob).where(PublishedInstance.blob.in_(some))))
    return used
