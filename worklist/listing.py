"""The worklist as a list: filtered, oldest due first, a page at a time.

A lapsed claim is listed as open, that of a prior as cancelled, in the filter as in the answer, without being written:
reading changes nothing.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, get_args

from sqlalchemy import ColumnElement, Row, Select, and_, case, func, or_, select
from sqlalchemy.orm import Session

from config.errors import Malformed
from worklist.cursor import Place, read_cursor, write_cursor
from worklist.models import ItemState, PublishedStudy, Reader, SiteTerms, WorklistItem
from worklist.principal import Principal

STATES: tuple[str, ...] = get_args(ItemState)
Rows = Select[*tuple[Any, ...]]
LARGEST_PAGE = 200
_MOST_VALUES = 50  # in one filter


def list_items(
    session: Session,
    principal: Principal,
    *,
    now: datetime,
    state: str | None = None,
    modality: str | None = None,
    site: str | None = None,
    limit: int = 50,
    cursor: str | None = None,
) -> tuple[list[dict[str, Any]], str | None]:
    """Return a page of items that the principal may see, and the cursor of the next page.

    A filter is one value or several separated by commas. Readers see open, signed and their own claimed items.

    Raises:
        Malformed: an unknown state, a limit outside 1 to 200, a filter of too many values, or a foreign cursor.
    """
    if not 1 <= limit <= LARGEST_PAGE:
        raise Malformed(f"a limit is 1 to {LARGEST_PAGE}")
    query = items_query(now).where(*_in_states(_values("state", state), now), *_visible_to(principal, now))
    for column, values in (
        (PublishedStudy.modality, _values("modality", modality)),
        (PublishedStudy.site, _values("site", site)),
    ):
        if values:
            query = query.where(column.in_(values))
    if cursor:
        query = query.where(_after(read_cursor(cursor)))
    rows = session.execute(query.order_by(WorklistItem.due_at, WorklistItem.id).limit(limit + 1)).all()
    last = rows[limit - 1] if len(rows) > limit else None
    return [item_entry(row) for row in rows[:limit]], write_cursor((last.due_at, last.id)) if last else None


def items_query(now: datetime) -> Rows:
    """Return the query whose rows `item_entry` shows."""
    return (
        select(
            WorklistItem.id,
            WorklistItem.study_uid,
            WorklistItem.due_at,
            PublishedStudy.modality,
            PublishedStudy.body_part,
            PublishedStudy.description,
            PublishedStudy.pseudonym,
            PublishedStudy.sex,
            PublishedStudy.age,
            PublishedStudy.site,
            func.coalesce(SiteTerms.display_name, PublishedStudy.site).label("site_name"),
            PublishedStudy.received_at,
            PublishedStudy.case_number,
            PublishedStudy.limits,
            Reader.name.label("reader"),
            _state_now(now).label("state_now"),
        )
        .join(PublishedStudy, PublishedStudy.study_uid == WorklistItem.study_uid)
        .outerjoin(Reader, Reader.id == WorklistItem.reader_id)
        .outerjoin(SiteTerms, SiteTerms.site == PublishedStudy.site)
    )


def item_entry(row: Row[*tuple[Any, ...]]) -> dict[str, Any]:
    """Return an item in the JSON form of the worklist."""
    return {
        "id": row.id,
        "study_uid": row.study_uid,
        "state": row.state_now,
        "modality": row.modality,
        "body_part": row.body_part,
        "description": row.description,
        "patient": {"pseudonym": row.pseudonym, "sex": row.sex, "age": row.age},
        "site": row.site,
        "site_name": row.site_name,
        "received_at": row.received_at,
        "due_at": row.due_at,
        "reader": None if row.state_now == "open" else row.reader,
        "case_number": row.case_number,
        "limited": bool(row.limits),
    }


def _state_now(now: datetime) -> ColumnElement[str]:
    """Return the SQL twin of `states.state_now`."""
    lapsed = and_(
        WorklistItem.state == "claimed", or_(WorklistItem.lease_until.is_(None), WorklistItem.lease_until <= now)
    )
    return case((and_(lapsed, PublishedStudy.prior), "cancelled"), (lapsed, "open"), else_=WorklistItem.state)


def _in_states(states: Sequence[str], now: datetime) -> list[ColumnElement[bool]]:
    """Return the filter by state; the stored state is asked for besides, because it has an index."""
    if any(state not in STATES for state in states):
        raise Malformed(f"a worklist state is one of {', '.join(STATES)}")
    if not states:
        return []
    stored = {*states, "claimed"} if {"open", "cancelled"} & set(states) else states
    return [WorklistItem.state.in_(stored), _state_now(now).in_(states)]


def _visible_to(principal: Principal, now: datetime) -> list[ColumnElement[bool]]:
    """Return the SQL twin of `items.visible_item`, but for priors: they are listed beside their study."""
    if principal.role != "reader":
        return []
    state_now = _state_now(now)
    own = and_(state_now == "claimed", WorklistItem.reader_id == principal.reader_id)
    return [or_(state_now.in_(["open", "signed"]), own)]


def _after(place: Place) -> ColumnElement[bool]:
    due_at, item_id = place
    same_time = and_(WorklistItem.due_at == due_at, WorklistItem.id > item_id)
    return and_(WorklistItem.due_at >= due_at, or_(WorklistItem.due_at > due_at, same_time))


def _values(name: str, text: str | None) -> Sequence[str]:
    values = [value.strip() for value in (text or "").split(",") if value.strip()]
    if len(values) > _MOST_VALUES:
        raise Malformed(f"the filter {name} names more than {_MOST_VALUES} values")
    return values
