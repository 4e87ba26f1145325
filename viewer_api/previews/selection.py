"""Which images a preview shows: every series in its order, and of each as many as fit, spread evenly over it."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from config.errors import NotFound
from viewer_api.dicomweb.caching import make_tag
from viewer_api.dicomweb.locate import Located, locate
from viewer_api.errors import CannotRender
from worklist.models import PublishedSeries, Read
from worklist.room import ReadingRoom


@dataclass(frozen=True, slots=True)
class Shot:
    """One frame of one instance, counted from 0, and its place among the frames of its series, counted from 1."""

    found: Located
    frame: int
    place: int


@dataclass(frozen=True, slots=True)
class SeriesView:
    """A series with the instances of it that have pixels; never empty."""

    series_uid: str
    number: int | None
    modality: str
    description: str
    images: tuple[Located, ...]

    @property
    def frames(self) -> int:
        """Return how many frames the series has."""
        return sum(image.frames for image in self.images)

    @property
    def version(self) -> str:
        """Return what changes when another image arrives."""
        return make_tag(*(image.blob for image in self.images)).strip('"')

    def shots(self, most: int) -> list[Shot]:
        """Return at most so many frames, spread evenly, the first and the last among them."""
        total = self.frames
        count = min(most, total)
        wanted = [total // 2] if count == 1 else [round(step * (total - 1) / (count - 1)) for step in range(count)]
        shots, before = [], 0
        for image in self.images:
            inside = [place - before for place in wanted if before <= place < before + image.frames]
            shots += [Shot(image, frame, before + frame + 1) for frame in inside]
            before += image.frames
        return shots


def series_of(room: ReadingRoom, study_uid: str, series_uid: str | None = None) -> list[SeriesView]:
    """Return the series of a study that have pixels, by number, or the one that is named.

    Raises:
        NotFound: nothing is published under that address.
        CannotRender: there, but without pixels.
    """
    found = locate(room, study_uid, series_uid)
    with room.database.read() as session:
        rows = session.execute(
            select(
                PublishedSeries.series_uid,
                PublishedSeries.number,
                PublishedSeries.modality,
                PublishedSeries.description,
            )
            .where(PublishedSeries.study_uid == study_uid)
            .order_by(PublishedSeries.number.nulls_last(), PublishedSeries.series_uid)
        ).all()
    images: dict[str, list[Located]] = {}
    for one in found:
        if one.frames:
            images.setdefault(one.series_uid, []).append(one)
    views = [
        SeriesView(row.series_uid, row.number, row.modality, row.description or "", tuple(images[row.series_uid]))
        for row in rows
        if row.series_uid in images
    ]
    if not views:
        raise CannotRender("there is nothing to show here: no instance has pixel data")
    return views


def version_of(views: Sequence[SeriesView]) -> str:
    """Return what changes when another image of any of the series arrives."""
    return make_tag(*(view.version for view in views)).strip('"')


def key_images(room: ReadingRoom, read_id: str) -> tuple[str, list[Shot]]:
    """Return the study of a signed read and the images that its reader marked, in the reader's order.

    Raises:
        NotFound: no signed read of that id, or its images were withdrawn.
        CannotRender: the reader marked none.
    """
    with room.database.read() as session:
        read = session.get(Read, read_id)
        if read is None or read.state != "signed":
            raise NotFound("there is no signed read of that id")
        study, marked = read.study_uid, list(read.key_images)
    known = {one.sop_instance_uid: one for one in locate(room, study)}
    shots = []
    for number, image in enumerate(marked, 1):
        found = known.get(image["sop_instance_uid"])
        if found is not None and found.frames:
            shots.append(Shot(found, int(image.get("frame") or 1) - 1, number))
    if not shots:
        raise CannotRender("the read has no key images")
    return study, shots
