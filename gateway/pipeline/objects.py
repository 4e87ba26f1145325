"""The rows of many received objects with few questions: one by one they cost more than what is done to them."""

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.models import ReceivedObject

_AT_ONCE = 500  # values in one IN (...)


def objects_of(session: Session, object_ids: Iterable[int]) -> dict[int, ReceivedObject]:
    """Return received objects by number."""
    wanted, found = list(object_ids), {}
    for start in range(0, len(wanted), _AT_ONCE):
        some = select(ReceivedObject).where(ReceivedObject.id.in_(wanted[start : start + _AT_ONCE]))
        found.update({row.id: row for row in session.scalars(some)})
    return found
