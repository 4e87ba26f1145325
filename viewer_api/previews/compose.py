"""Draw sheets, strips and cines of chosen images.

A frame that cannot be shown faithfully leaves a tile that says so, and makes a cine fail with its reason.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from io import BytesIO

from PIL import Image

from config.errors import NotFound
from viewer_api.dicomweb.context import Context
from viewer_api.dicomweb.picture_parameters import PictureWish
from viewer_api.dicomweb.pictures_of import attributes_of, finished
from viewer_api.errors import CannotRender
from viewer_api.finishing.cine import STACK_MILLISECONDS, WEBP, check_size, encode_cine, frame_milliseconds
from viewer_api.finishing.sheet import Row, Tile, draw_sheet
from viewer_api.previews.selection import SeriesView, Shot
from viewer_api.rendering.encode import JPEG, PNG
from viewer_api.rendering.geometry import Viewport
from viewer_api.rendering.preview import PreviewRequest

MOST_SERIES = 40


def draw_contact_sheet(
    context: Context, views: Sequence[SeriesView], *, tile: int, columns: int, named: bool
) -> Image.Image:
    """Return a line of tiles for each series; `named` lets the descriptions of the series be written on it."""
    rows = [
        Row(heading(view, place, named=named), _tiles(context, view.shots(columns), view.frames, tile))
        for place, view in enumerate(views[:MOST_SERIES], 1)
    ]
    left = len(views) - MOST_SERIES
    return draw_sheet(rows, tile=tile, columns=columns, footer=f"and {left} more series" if left > 0 else "")


def draw_strip(context: Context, view: SeriesView, *, tile: int, images: int, words: str) -> Image.Image:
    """Return one series as a line of tiles, under words when there are any."""
    row = Row(words, _tiles(context, view.shots(images), view.frames, tile))
    return draw_sheet([row], tile=tile, columns=images)


def draw_key_images(context: Context, shots: Sequence[Shot], *, tile: int, columns: int) -> Image.Image:
    """Return the key images of a read, numbered as the reader marked them."""
    tiles = [Tile(_picture(context, shot, tile), str(shot.place)) for shot in shots]
    count = f"{len(shots)} key image{'s' if len(shots) > 1 else ''}"
    return draw_sheet([Row(count, tiles)], tile=tile, columns=columns)


def make_cine(context: Context, view: SeriesView, media_type: str, *, size: int, frames: int) -> bytes:
    """Return a series as an animation: the frames of its longest instance when one has several, else its instances.

    Raises:
        CannotRender: a frame cannot be shown.
        TooLarge: too many pixels.
    """
    longest = max(view.images, key=lambda image: image.frames)
    several = longest.frames > 1
    chosen = SeriesView(view.series_uid, view.number, view.modality, "", (longest,)) if several else view
    shots = chosen.shots(frames)
    check_size(len(shots), (size, size))
    pace = frame_milliseconds(attributes_of(context, longest)) if several else STACK_MILLISECONDS
    pace = round(pace * chosen.frames / len(shots)) if several else pace
    pictures = (finished(context, shot.found, shot.frame, _wish(size)) for shot in shots)
    return encode_cine(_one_size(pictures), media_type, min(pace, 1000))


def heading(view: SeriesView, place: int, *, named: bool) -> str:
    """Return the words over a series; its place when it has no number of its own."""
    number = place if view.number is None or not named else view.number
    words = [f"Series {number}", view.modality, view.description if named else ""]
    words.append(f"{view.frames} image{'s' if view.frames > 1 else ''}")
    return " · ".join(word for word in words if word)


def _tiles(context: Context, shots: Sequence[Shot], total: int, size: int) -> list[Tile]:
    return [Tile(_picture(context, shot, size), f"{shot.place}/{total}" if total > 1 else "") for shot in shots]


def _picture(context: Context, shot: Shot, size: int) -> Image.Image | None:
    try:
        return finished(context, shot.found, shot.frame, _wish(size))
    except (CannotRender, NotFound):
        return None


def _wish(size: int) -> PictureWish:
    return PictureWish(PreviewRequest(media_type=PNG, viewport=Viewport(size, size)))


def _one_size(pictures: Iterator[Image.Image]) -> Iterator[Image.Image]:
    """Give every picture the size and mode of the first, on black: a series may mix both."""
    first = next(pictures)
    yield first
    for picture in pictures:
        if (picture.size, picture.mode) == (first.size, first.mode):
            yield picture
            continue
        whole = Image.new(first.mode, first.size)
        small = picture.convert(first.mode)
        small.thumbnail(first.size)
        whole.paste(small, ((first.width - small.width) // 2, (first.height - small.height) // 2))
        yield whole


def _jpeg(picture: Image.Image) -> bytes:
    target = BytesIO()
    picture.save(target, "JPEG", quality=88, subsampling=0)
    return target.getvalue()


def _png(picture: Image.Image) -> bytes:
    target = BytesIO()
    picture.save(target, "PNG", compress_level=4)
    return target.getvalue()


def _webp(picture: Image.Image) -> bytes:
    target = BytesIO()
    picture.save(target, "WEBP", quality=85, method=2)
    return target.getvalue()


SHEET_ENCODERS: Mapping[str, Callable[[Image.Image], bytes]] = {JPEG: _jpeg, PNG: _png, WEBP: _webp}
"""By media type, the preferred first."""
