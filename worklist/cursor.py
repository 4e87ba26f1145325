"""Opaque cursors for keyset paging: where the last page ended, so that new rows neither repeat nor hide any.

A cursor is a client's to keep and not to read; one that was tampered with is malformed or simply another place.
"""

import base64
import binascii
import json
from datetime import UTC, datetime

from config.errors import Malformed

Place = tuple[datetime, str]


def write_cursor(place: Place) -> str:
    """Return the cursor of a place: a due time and an item's id."""
    due_at, item_id = place
    text = json.dumps([due_at.astimezone(UTC).isoformat(), item_id])
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def read_cursor(cursor: str) -> Place:
    """Return the place of a cursor.

    Raises:
        Malformed: not a cursor that was given out here.
    """
    try:
        due_at, item_id = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        instant = datetime.fromisoformat(due_at)
    except (ValueError, TypeError, binascii.Error, RecursionError):
        raise Malformed("the cursor is not one that was given out here; start again without it") from None
    if instant.tzinfo is None or not isinstance(item_id, str):
        raise Malformed("the cursor is not one that was given out here; start again without it")
    return instant, item_id
