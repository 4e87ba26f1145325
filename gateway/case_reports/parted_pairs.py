"""Pairs of identifiers of which a merge was taken back: a merge of them that was told before stays without effect.

Two systems of a site may tell one merge, and a queue may bring the second of them when it was taken back already. One
that was made later, or of which that cannot be told, is a new merge and ends what is kept here.
"""

from collections.abc import Iterable

from sqlalchemy import ColumnElement, delete, select, tuple_
from sqlalchemy.orm import Session

from gateway.case_models import KnownMerge, PartedPair
from gateway.case_reports.former import Number
from gateway.case_reports.known_merges import merged_pairs, numbers_of
from gateway.case_reports.made_at import made_before, stamp
from gateway.case_reports.parts import Part
from gateway.node import Node

TAKEN_BACK = (
    "a message made later took this merge back, so that nothing is merged: where the two are one patient after all, "
    "merge them again by a message made later"
)


def keep_partings(session: Session, node: Node, site: str, rows: Iterable[KnownMerge], made_at: str) -> None:
    """Keep that merges are taken back, by a message made then, or now by a person."""
    for row in rows:
        old, surviving = numbers_of(row)
        _forget(session, site, old, surviving)
        pair = {"old_id": old[0], "old_issuer": old[1], "surviving_id": surviving[0], "surviving_issuer": surviving[1]}
        session.add(PartedPair(site=site, **pair, made_at=made_at or stamp(node.clock())))
    session.flush()


def is_taken_back(session: Session, site: str, part: Part, made_at: str) -> bool:
    """Say whether a merge was taken back by a message made after its own; else what is kept of its pairs is over."""
    assert part.document is not None  # a merge always names its patient  # noqa: S101
    ids = part.document.patient.ids
    pairs = [((one.id, one.issuer), (other.id, other.issuer)) for one, other in merged_pairs(part.old_ids, ids)]
    kept = [at for pair in pairs for at in session.scalars(select(PartedPair.made_at).where(*_of(site, *pair)))]
    if any(made_before(made_at, at) for at in kept):
        return True
    if kept:
        for pair in pairs:
            _forget(session, site, *pair)
    return False


def _forget(session: Session, site: str, one: Number, other: Number) -> None:
    session.execute(delete(PartedPair).where(*_of(site, one, other)))


def _of(site: str, one: Number, other: Number) -> tuple[ColumnElement[bool], ...]:
    """Return what finds a pair in either order."""
    pair = tuple_(PartedPair.old_id, PartedPair.old_issuer, PartedPair.surviving_id, PartedPair.surviving_issuer)
    return PartedPair.site == site, pair.in_([(*one, *other), (*other, *one)])
