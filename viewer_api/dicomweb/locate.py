"""Find published instances in the index; nothing here opens a file."""

from collections import Counter
from collections.abc import Mapping, Sequence
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

_SECONDS = 60.0
_KEPT_SERIES = 32
_LONGEST_KEPT = 1000

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
_OF_SERIES_TO_KEEP = _OF_SERIES.limit(_LONGEST_KEPT + 1)
_OF_INSTANCE = _OF_SERIES.where(_INSTANCE.sop_instance_uid == bindparam("instance"))
"""Built once: this runs for every frame that is asked for."""


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


@dataclass(frozen=True)
class _Listed:
    """The instances of a series in their order, and where each stands in it."""

    instances: tuple[Located, ...]
    places: Mapping[str, int]


_Address = tuple[str, str]
_KNOWN: WeakKeyDictionary[Database, WhileUnchanged[_Address, _Listed]] = WeakKeyDictionary()
"""The series that were asked for, of each database that this process asks, while it does not change."""


def locate(
    room: ReadingRoom, study_uid: str, series_uid: str | None = None, sop_instance_uid: str | None = None
) -> list[Located]:
    """Return the instances of a study, a series, or one instance, in the order of series and number.

    Raises:
        NotFound: there is none.
    """
    if series_uid is None:
        return _found(_ask(room, _OF_STUDY, {"study": study_uid}))
    listed = _list_series(room, study_uid, series_uid)
    if sop_instance_uid is None:
        return _found(list(listed.instances) or _ask(room, _OF_SERIES, {"study": study_uid, "series": series_uid}))
    place = listed.places.get(sop_instance_uid)
    if place is not None:
        return [listed.instances[place]]
    return _found(_ask(room, _OF_INSTANCE, {"study": study_uid, "series": series_uid, "instance": sop_instance_uid}))


def series_of(room: ReadingRoom, found: Located) -> tuple[Sequence[Located], int]:
    """Return the series of an instance and its place in it; of a series that is not kept, the instance alone."""
    listed = _list_series(room, found.study_uid, found.series_uid)
    place = listed.places.get(found.sop_instance_uid)
    return ((found,), 0) if place is None else (listed.instances, place)


def _list_series(room: ReadingRoom, study_uid: str, series_uid: str) -> _Listed:
    """Return a series as it is listed; empty when it is so long that nobody should wait for it, or cannot be kept."""
    known = _KNOWN.get(room.database)
    if known is None:
        fresh = WhileUnchanged[_Address, _Listed](room.database, room.clock, seconds=_SECONDS, capacity=_KEPT_SERIES)
        known = _KNOWN.setdefault(room.database, fresh)
    listed, stamp = known.find((study_uid, series_uid))
    if listed is None:
        address = {"study": study_uid, "series": series_uid}
        rows = [] if stamp is None else _ask(room, _OF_SERIES_TO_KEEP, address)
        instances = tuple(rows) if len(rows) <= _LONGEST_KEPT else ()
        listed = _Listed(instances, {one.sop_instance_uid: place for place, one in enumerate(instances)})
        known.keep((study_uid, series_uid), listed, stamp)
    return listed


def _ask(room: ReadingRoom, query: Select[Any], values: dict[str, str]) -> list[Located]:
    with room.database.read() as session:
        return [Located(*row) for row in session.execute(query, values)]


def _found(instances: list[Located]) -> list[Located]:
    if not instances:
        raise NotFound("nothing published under this address")
    return instances


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
