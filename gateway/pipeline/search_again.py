"""Search what was verified or published already for what has become known of the patient since.

A case that is linked or corrected later brings names and numbers that nobody could look for before. What is found
leaves the reading zone at once, images and words, even under a signed read, and what waits to be published, while its
study is held or a crash is healed, never gets there; the study is held until a person has looked
(`gateway.accepting`). `Study.searched_for` remembers what was searched for, so that it is done once. A crash in
between is healed by searching again: what is gone by then counts as found.
"""

import hashlib
import json
from collections.abc import Collection
from contextlib import suppress

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from anonymizer import CannotDeidentify, KnownIdentity, leaks, verify
from config import metrics
from config.errors import Conflict, NotFound
from gateway import audit
from gateway.models import ReceivedObject, Study
from gateway.node import Node
from worklist.publishing import cancel_item, published_words
from worklist.withdrawing import withdraw_instances

FOUND_LATER = "identity-found-later"
_ACTOR = "verifier"


def digest_of(known: KnownIdentity) -> str:
    """Return what stands for everything that is searched for."""
    values = [known.names, known.ids, [str(day) for day in known.dates], known.others]
    return hashlib.sha256(json.dumps(values).encode()).hexdigest()


def search_published(node: Node, study_id: int, known: KnownIdentity) -> int:
    """Search a study's verified and published objects where something new is known; return how many were taken out."""
    digest = digest_of(known)
    with node.identity.read() as session:
        study = session.get_one(Study, study_id)
        study_uid, searched = study.study_uid, study.searched_for
        rows = [] if searched == digest else _verified(session, study_id)
    found = {number: kinds for number, _, blob in rows if (kinds := _search(node, blob, known))}
    with node.reading.read() as session:
        in_words = bool(rows) and bool(leaks(published_words(session, study_uid).encode(), known))
    if found or in_words:
        _take_out(node, study_uid, rows, found.keys())
    with node.identity.write() as session:
        study = session.get_one(Study, study_id)
        study.searched_for = digest
        for number, kinds in found.items():
            _withdraw(session.get_one(ReceivedObject, number), kinds)
        if found or in_words:
            study.flagged, study.accepted_by = True, None
            detail = {"objects": len(found)}
            audit.note(
                session, node.clock, actor=_ACTOR, action="identity-found-later", subject=study_uid, detail=detail
            )
    for number, _, blob in rows:
        if number in found:
            node.staging.delete(blob)
    return len(found)


def _verified(session: Session, study_id: int) -> list[tuple[int, str, str]]:
    rows = session.execute(
        select(ReceivedObject.id, ReceivedObject.derived_uid, ReceivedObject.derived_blob).where(
            ReceivedObject.study_id == study_id,
            or_(
                ReceivedObject.disposition == "published",
                ReceivedObject.disposition.is_(None) & ReceivedObject.verified,
            ),
            ReceivedObject.derived_blob.is_not(None),
        )
    )
    return [(number, str(uid), str(blob)) for number, uid, blob in rows]


def _search(node: Node, blob: str, known: KnownIdentity) -> list[str]:
    try:
        source = node.staging if node.staging.exists(blob) else node.published
        with source.open(blob) as stream:
            return verify(stream, known)
    except CannotDeidentify:
        return ["unreadable"]
    except NotFound:  # a search that was broken off took it out already
        return ["taken out"]


def _take_out(node: Node, study_uid: str, rows: list[tuple[int, str, str]], found: Collection[int]) -> None:
    """Take what was found out of the reading zone, its rows first, then its bytes, then what was made of them.

    What was made of a whole study or series lies with any one of its blobs: the shelves of all of them go. They are
    named by this zone's rows, which bear them until the end, so that a search after a crash drops them too.
    """
    with node.reading.write() as session, suppress(NotFound, Conflict):  # a signed read stays, without those images
        cancel_item(session, study_uid)
    with node.reading.write() as session:
        withdraw_instances(session, study_uid, [uid for number, uid, _ in rows if number in found])
    for number, _, blob in rows:
        if number in found:
            node.published.delete(blob)
    for _, _, blob in rows:
        node.made.drop(blob)


def _withdraw(row: ReceivedObject, kinds: list[str]) -> None:
    row.derived_blob = row.derived_uid = row.facts = None
    row.verified, row.disposition, row.reason_code = False, "quarantined", FOUND_LATER
    row.reason = f"what became known later was found in the de-identified form ({', '.join(sorted(set(kinds)))})"
    metrics.DISPOSITIONS.labels("quarantined").inc()
