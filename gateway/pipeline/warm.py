"""warm: make the pictures that a study's pages show first, after it is on the worklist, so that nobody waits for them.

It comes when the workflow is finished, and what fails here is left to the first who looks: no study waits for it.
"""

from sqlalchemy import select

from config.errors import OverreadError
from gateway.models import Study
from gateway.node import Node
from gateway.pipeline.decoder import decoder
from viewer_api.pictures import Pictures
from viewer_api.rendering.geometry import Viewport
from viewer_api.rendering.preview import PreviewRequest
from worklist.models import PublishedInstance

SIZES = (256, 128)
"""What OHIF and `thumbnail` show without a viewport, and what the reading page asks for."""
MOST_SERIES = 100


def pictures_to_warm(node: Node) -> Pictures:
    """Return pictures that are made in the worker's one decoding process."""
    return Pictures(node.published, node.made, decoder())


def warm_thumbnails(node: Node, pictures: Pictures, study_id: int) -> int:
    """Make the thumbnails of the middle image of each series; return how many there are now."""
    if not node.settings.viewer.cache_bytes:
        return 0
    with node.identity.read() as session:
        study_uid = session.scalars(select(Study.study_uid).where(Study.id == study_id)).one()
    made = 0
    for blob, frame in _middles(node, study_uid):
        for size in SIZES:
            try:
                pictures.picture(blob, frame, PreviewRequest(viewport=Viewport(size, size)))
            except (OverreadError, OSError):
                break
            made += 1
    return made


def _middles(node: Node, study_uid: str) -> list[tuple[str, int]]:
    """Return blob and middle frame of the middle image of each series."""
    columns = (PublishedInstance.series_uid, PublishedInstance.blob, PublishedInstance.frames)
    query = (
        select(*columns)
        .where(PublishedInstance.study_uid == study_uid, PublishedInstance.frames > 0)
        .order_by(PublishedInstance.series_uid, PublishedInstance.number, PublishedInstance.sop_instance_uid)
    )
    series: dict[str, list[tuple[str, int]]] = {}
    with node.reading.read() as session:
        for uid, blob, frames in session.execute(query):
            series.setdefault(uid, []).append((blob, frames))
    middles = [images[len(images) // 2] for images in series.values()]
    return [(blob, frames // 2) for blob, frames in middles[:MOST_SERIES]]
