"""The documents of a signed read in the reading zone: built once, kept by content, the same bytes ever after.

An addendum makes a new version of each document; the versions before it stay. Building is slow and holds no lock; when
two requests build at once, the first to write its row wins and both answer with its bytes.
"""

import hashlib
import io
from collections.abc import Callable, Mapping
from typing import Literal

from pydicom import Dataset, dcmread
from sqlalchemy import select
from sqlalchemy.orm import Session

from config.errors import Conflict
from worklist.models import PublishedInstance, ReadDocument
from worklist.reads import reading_view
from worklist.reports import build_pdf, build_sr
from worklist.reports.view import ReadView
from worklist.room import ReadingRoom

DocumentKind = Literal["sr", "pdf"]


def read_document(room: ReadingRoom, read_id: str, kind: DocumentKind) -> bytes:
    """Return a document of a signed read as it stands after its latest addendum.

    Raises:
        NotFound: no signed read of that id.
        Conflict: the study was purged before the document was first built.
    """
    with room.database.read() as session:
        view = reading_view(session, read_id, room.settings.node.name)
        addenda = len(view.addenda)
        stored = _stored(session, read_id, kind, addenda)
        blobs = _evidence_blobs(session, view.study.study_uid) if stored is None else []
    if stored is None:
        content = _BUILD[kind](room, view, blobs)
        key = hashlib.sha256(content).hexdigest()
        room.published.put(key, io.BytesIO(content))
        stored = _remember(room, read_id, kind, addenda, key)
    with room.published.open(stored) as source:
        return source.read()


def _remember(room: ReadingRoom, read_id: str, kind: DocumentKind, addenda: int, key: str) -> str:
    """Note a document that was built, unless another was noted meanwhile; return the key that counts."""
    with room.database.write() as session:
        stored = _stored(session, read_id, kind, addenda)
        if stored is not None:
            return stored
        session.add(ReadDocument(read_id=read_id, kind=kind, addenda=addenda, blob=key, created_at=room.clock()))
        return key


def _stored(session: Session, read_id: str, kind: DocumentKind, addenda: int) -> str | None:
    document = session.get(ReadDocument, (read_id, kind, addenda))
    return document.blob if document else None


def _evidence_blobs(session: Session, study_uid: str) -> list[str]:
    query = select(PublishedInstance.blob).where(PublishedInstance.study_uid == study_uid)
    return list(session.scalars(query.order_by(PublishedInstance.sop_instance_uid)))


def _sr(room: ReadingRoom, view: ReadView, blobs: list[str]) -> bytes:
    if not blobs:
        raise Conflict("the study was purged before its structured report was built")
    return build_sr(view, [_header(room, blob) for blob in blobs])


def _pdf(_room: ReadingRoom, view: ReadView, _blobs: list[str]) -> bytes:
    return build_pdf(view)


def _header(room: ReadingRoom, blob: str) -> Dataset:
    with room.published.open(blob) as source:
        return dcmread(source, stop_before_pixels=True)


_BUILD: Mapping[DocumentKind, Callable[[ReadingRoom, ReadView, list[str]], bytes]] = {"sr": _sr, "pdf": _pdf}
