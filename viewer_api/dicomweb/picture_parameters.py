"""The query parameters of a rendered resource (PS3.18 section 8.3.5.1): window, viewport, quality.

A parameter that would change the picture and is not offered, or that is given twice, is refused; silently leaving one
out would show something else than was asked for.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import TypeVar

from config.errors import Malformed, NotOffered
from viewer_api.rendering.encode import DEFAULT_QUALITY
from viewer_api.rendering.geometry import Region, Viewport
from viewer_api.rendering.preview import PreviewRequest
from viewer_api.rendering.voi import Function, Window

THUMBNAIL = Viewport(256, 256)

_FUNCTIONS: Mapping[str, Function] = {
    "linear": "LINEAR",
    "linear-exact": "LINEAR_EXACT",
    "linear_exact": "LINEAR_EXACT",
    "sigmoid": "SIGMOID",
}
Number = TypeVar("Number", int, float)

_OFFERED = ("window", "viewport", "quality")
_NOT_OFFERED = ("annotation", "iccprofile", "charset")


def parse_picture_parameters(items: Iterable[tuple[str, str]]) -> PreviewRequest:
    """Read what a picture shall be; the media type is negotiated elsewhere. Empty parameters count as absent.

    Raises:
        Malformed, TooLarge: a parameter that cannot be read, is given more than once or is beyond the limits.
        NotOffered: a parameter that this version does not honour.
    """
    given: dict[str, str] = {}
    for name, value in items:
        if name in _NOT_OFFERED and value:
            raise NotOffered(f"the parameter {name} is not offered by this version")
        if name in _OFFERED and name in given:
            raise Malformed(f"{name} is given more than once")
        given[name] = value
    window, viewport, quality = (given.get(name) for name in _OFFERED)
    return PreviewRequest(
        window=parse_window(window) if window else None,
        viewport=parse_viewport(viewport) if viewport else None,
        quality=_parse_quality(quality) if quality else DEFAULT_QUALITY,
    )


def parse_window(text: str) -> Window:
    """Read `center,width` or `center,width,function`.

    Raises:
        Malformed: anything else.
    """
    parts = [part.strip() for part in text.split(",")]
    if len(parts) not in (2, 3):
        raise Malformed("window is written as center,width,function")
    function = _FUNCTIONS.get(parts[2].lower()) if len(parts) == 3 else "LINEAR"
    if function is None:
        raise Malformed("the window function is linear, linear-exact or sigmoid")
    return Window(_number(parts[0], float, "window"), _number(parts[1], float, "window"), function)


def parse_viewport(text: str) -> Viewport:
    """Read `width,height` or `width,height,x,y,width,height`; a negative source width or height mirrors.

    An empty source value takes the default: the origin.

    Raises:
        Malformed, TooLarge: anything else, or a viewport beyond the limits.
    """
    parts = [part.strip() for part in text.split(",")]
    if len(parts) == 2:
        return Viewport(_number(parts[0], int, "viewport"), _number(parts[1], int, "viewport"))
    if len(parts) != 6:
        raise Malformed("viewport is written as width,height or width,height,x,y,sourcewidth,sourceheight")
    width, height, x, y, source_width, source_height = (_number(part or "0", int, "viewport") for part in parts)
    region = Region(x, y, abs(source_width), abs(source_height), source_width < 0, source_height < 0)
    return Viewport(width, height, region)


def _parse_quality(text: str) -> int:
    quality = _number(text, int, "quality")
    if not 1 <= quality <= 100:
        raise Malformed("quality is a whole number from 1 to 100")
    return quality


def _number(text: str, kind: Callable[[str], Number], name: str) -> Number:
    try:
        return kind(text)
    except ValueError:
        raise Malformed(f"{name} holds something that is no number") from None
