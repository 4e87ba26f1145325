"""Answers with previews: negotiated, with an entity tag, kept in memory by it, and for ever where the address is exact.

An address that names the version it shows (`?v=`) never changes its answer and may be kept for ever; one that does not
is asked for again each time, which costs a 304. What the holder of a link is shown is asked for again each time too,
since the link may be taken back.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Query, Request, Response

from viewer_api.dicomweb.accept import Offer, accepted, negotiate
from viewer_api.dicomweb.caching import ASK_AGAIN, FOREVER, caching_headers, make_tag, not_modified
from viewer_api.finishing.cine import GIF, PNG, WEBP
from viewer_api.least_recent import LeastRecent
from viewer_api.previews.compose import SHEET_ENCODERS
from viewer_api.rendering.version import RENDERING_VERSION

STILLS: Sequence[Offer] = tuple(Offer(media_type) for media_type in SHEET_ENCODERS)
CINES: Sequence[Offer] = (Offer(GIF), Offer(WEBP), Offer(PNG))
KEPT_BYTES = 48 << 20

TileSize = Annotated[int, Query(ge=48, le=512, description="Side of a tile in pixels.")]
Columns = Annotated[int, Query(ge=1, le=16, description="Tiles in a line.")]
Images = Annotated[int, Query(ge=1, le=32, description="Images on the strip, spread evenly over the series.")]
CineSize = Annotated[int, Query(ge=48, le=1024, description="The box each frame is fitted into, in pixels.")]
Frames = Annotated[int, Query(ge=2, le=400, description="The most frames shown, spread evenly over the series.")]
Accept = Annotated[str | None, Query(description="A media type, for who cannot set the header.")]
Version = Annotated[str | None, Query(description="The version shown, from the overview: then it is cached for ever.")]


@dataclass(frozen=True)
class Previews:
    """Keeps what was drawn, by its entity tag."""

    drawn: LeastRecent[str, bytes]

    def answer(
        self,
        request: Request,
        offers: Sequence[Offer],
        version: str,
        what: Sequence[Any],
        draw: Callable[[str], bytes],
        *,
        extra: dict[str, str] | None = None,
        exact: bool = True,
    ) -> Response:
        """Answer with what `draw` makes for a media type; `what` tells it apart from other pictures of a version."""
        query = request.query_params
        offer = negotiate(accepted(request), offers)
        control = FOREVER if exact and query.get("v") == version else ASK_AGAIN
        tag = make_tag("preview", RENDERING_VERSION, version, offer, *what)
        unchanged = not_modified(request, tag, control)
        if unchanged:
            unchanged.headers.update(extra or {})
            return unchanged
        picture = self.drawn.get(tag)
        if picture is None:
            picture = draw(offer.media_type)
            self.drawn.put(tag, picture, len(picture))
        headers = caching_headers(tag, control) | (extra or {})
        return Response(picture, media_type=offer.media_type, headers=headers)
