"""One picture of one frame as a client wishes it: rendered, then words, colour profile and media type.

A plain wish is what `viewer_api.pictures` keeps; anything more is made from the lossless picture of the same frame.
"""

from collections.abc import Mapping
from dataclasses import replace
from io import BytesIO
from typing import Any

from PIL import Image
from sqlalchemy import select

from viewer_api.dicomweb.context import Context
from viewer_api.dicomweb.locate import Located
from viewer_api.dicomweb.picture_parameters import PictureWish
from viewer_api.dicomweb.presentations import find_presentation
from viewer_api.finishing.annotation import annotate, annotation_lines, encode_with_profile
from viewer_api.finishing.cine import GIF, encode_still
from viewer_api.rendering.encode import ENCODERS, PNG
from viewer_api.rendering.geometry import Region
from viewer_api.rendering.preview import PreviewRequest
from worklist.models import PublishedInstance


def make_picture(context: Context, found: Located, index: int, wish: PictureWish) -> bytes:
    """Return the picture of a frame counted from 0.

    Raises:
        NotFound: there is no such frame.
        CannotRender: the frame cannot be shown faithfully.
        Malformed, TooLarge: the viewport or the presentation does not fit the image.
    """
    request = settle(context, found, index, wish)
    if wish.plain and request.media_type in ENCODERS:
        return context.pictures.picture(found.blob, index, request)
    picture = finished(context, found, index, wish)
    if request.media_type == GIF:
        return encode_still(picture)
    if wish.profile:
        return encode_with_profile(picture, request.media_type, request.quality)
    return ENCODERS[request.media_type](picture, request.quality)


def finished(context: Context, found: Located, index: int, wish: PictureWish) -> Image.Image:
    """Return the picture of a frame, words drawn, not yet encoded; errors as `make_picture`."""
    request = replace(settle(context, found, index, wish), media_type=PNG)
    picture = Image.open(BytesIO(context.pictures.picture(found.blob, index, request)))
    picture.load()
    if not wish.annotation:
        return picture
    lines = annotation_lines(attributes_of(context, found), wish.annotation, index, found.frames)
    return annotate(picture, lines)


def settle(context: Context, found: Located, index: int, wish: PictureWish) -> PreviewRequest:
    """Return the wish with what only the image can tell: the presentation named, and the edges of its region."""
    request = wish.preview
    region = request.viewport.region if request.viewport else None
    if wish.presentation is None and (region is None or (region.width and region.height)):
        return request
    image = context.pictures.image(found.blob)
    if region is not None and request.viewport is not None:
        width, height = region.width or image.format.columns - region.x, region.height or image.format.rows - region.y
        whole = Region(region.x, region.y, width, height, region.flip_x, region.flip_y)
        request = replace(request, viewport=replace(request.viewport, region=whole))
    if wish.presentation is None:
        return request
    place = find_presentation(image, attributes_of(context, found), index, wish.presentation)
    return replace(request, presentation=place)


def attributes_of(context: Context, found: Located) -> Mapping[str, Any]:
    """Return the kept header of an instance, empty when it was withdrawn meanwhile."""
    kept = select(PublishedInstance.attributes).where(PublishedInstance.sop_instance_uid == found.sop_instance_uid)
    with context.room.database.read() as session:
        return session.scalar(kept) or {}
