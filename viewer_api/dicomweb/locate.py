"""Find published instances in the index; nothing here opens a file."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Select, bindparam, select

from config.database import Database
from config.errors import NotFound
from config.unchanged import WhileUnchanged
from viewer_api.errors import CannotRender
from worklist.models import PublishedInstance
from worklist.room import ReadingRoom

_INSTANCE = PublishedInstance.__table__.c
_OF_STUDY = (
    select(
        _INSTANCE.study_uid,
        _INSTANCE.series_uid,
        _INSTANCE.sop_instance_uid,
        _INSTANCE.transfer_syntax_uid,
        _INSTANCE.blob,
        _INSTANCE.bytes,
        _INSTANCE.frames,
    )
    .where(_INSTANCE.study_uid == bindparam("study"))
    .order_by(_INSTANCE.series_uid, _INSTANCE.number, _INSTANCE.sop_instance_uid)
)
_OF_SERIES = _OF_STUDY.where(_INSTANCE.series_uid == bindparam("series"))
_OF_INSTANCE = _OF_SERIES.where(_INSTANCE.sop_instance_uid == bindparam("instance"))
"""Built once: this runs for every frame that is asked for."""


_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Located:
    """An instance and where its bytes lie; `frames` is 0 for an object without pixels."""

    study_uid: str
    series_uid: str
    sop_instance_uid: str
    transfer_syntax_uid: str
    blob: str
    bytes: int
    frames: int

    @property
    def path(self) -> str:
        """Return the resource below the service root (PS3.18 section 10.1)."""
        return f"studies/{self.study_uid}/series/{self.series_uid}/instances/{self.sop_instance_uid}"


_Address = tuple[str, str | None, str]
_KNOWN: WeakKeyDictionary[Database, WhileUnchanged[_Address, Located]] = WeakKeyDictionary()
"""Where instances were found, of each database that this process asks, while it does not change."""


def locate(
    room: ReadingRoom, study_uid: str, series_uid: str | None = None, sop_instance_uid: str | None = None
) -> list[Located]:
    """Return the instances of a study, a series, or one instance, in the order of series and number.

    Raises:
        NotFound: there is none.
    """
    if sop_instance_uid is None:
        query = _OF_STUDY if series_uid is None else _OF_SERIES
        return _ask(room, query, {"study": study_uid, "series": series_uid})
    known = _KNOWN.setdefault(room.database, WhileUnchanged(room.database, room.clock, seconds=_SECONDS))
    key = (study_uid, series_uid, sop_instance_uid)
    found, stamp = known.find(key)
    if found is None:
        values = {"study": study_uid, "series": series_uid, "instance": sop_instance_uid}
        [found] = _ask(room, _OF_INSTANCE, values)
        known.keep(key, found, stamp)
    return [found]


def _ask(room: ReadingRoom, query: Select[Any], values: dict[str, str | None]) -> list[Located]:
    with room.database.read() as session:
        found = [Located(*row) for row in session.execute(query, values)]
    if not found:
        raise NotFound("nothing published under this address")
    return found


def representative(instances: Sequence[Located]) -> Located:
    """Return the instance that stands for a series or study: the middle image of its largest series.

    Raises:
        CannotRender: none of them has pixels.
    """
    images = [instance for instance in instances if instance.frames]
    if not images:
        raise CannotRender("there is nothing to render here: no instance has pixel data")
    [(largest, _count)] = Counter(image.series_uid for image in images).most_common(1)
    series = [image for image in images if image.series_uid == largest]
    return series[len(series) // 2]
