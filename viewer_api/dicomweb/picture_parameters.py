"""The query parameters of a rendered resource (PS3.18 section 8.3.5.1).

window, viewport, quality, annotation and iccprofile, and overlays of our own. A parameter that would change the picture
and is not offered, or that is given twice, is refused; silently leaving one out would show something else than was
asked for.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from math import isfinite
from typing import TypeVar

from config.errors import Malformed, NotOffered
from viewer_api.finishing.annotation import Annotation
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

_OFFERED = ("window", "viewport", "quality", "annotation", "iccprofile", "charset", "overlays")
_ANNOTATIONS: tuple[Annotation, ...] = ("patient", "technique")
_PROFILES: Mapping[str, bool] = {"no": False, "yes": True, "srgb": True}
_WORD = re.compile(r"[A-Za-z0-9_-]{1,64}")
_OVERLAYS: Mapping[str, bool] = {"no": False, "yes": True}


@dataclass(frozen=True, slots=True)
class PictureWish:
    """What a picture shall be.

    `presentation` is the number or name of a window that the image brings, to be found in it; `profile` says whether
    the picture names its colour space. Everything that changes the picture is here or in `preview`; `ignored` are
    annotations that are asked for and not known here, which changes nothing.
    """

    preview: PreviewRequest
    presentation: str | None = None
    annotation: tuple[Annotation, ...] = ()
    profile: bool = False
    ignored: tuple[str, ...] = field(default=(), compare=False, repr=False)

    @property
    def plain(self) -> bool:
        """Say whether the rendered picture is handed out as it is."""
        return not self.annotation and not self.profile


def parse_picture_parameters(items: Iterable[tuple[str, str]]) -> PictureWish:
    """Read what a picture shall be; the media type is negotiated elsewhere. Empty parameters count as absent.

    Raises:
        Malformed, TooLarge: a parameter that cannot be read, is given more than once or is beyond the limits.
        NotOffered: a colour profile or character set that this version has not.
    """
    given: dict[str, str] = {}
    for name, value in items:
        if name in _OFFERED and name in given:
            raise Malformed(f"{name} is given more than once")
        given[name] = value
    window, viewport, quality, annotation, profile, charset, overlays = (given.get(name) for name in _OFFERED)
    if charset and charset.lower() != "utf-8":
        raise NotOffered("words on pictures come from UTF-8 only")
    chosen = parse_window(window) if window else None
    drawn, ignored = _parse_annotation(annotation) if annotation else ((), ())
    return PictureWish(
        PreviewRequest(
            window=chosen if isinstance(chosen, Window) else None,
            viewport=parse_viewport(viewport) if viewport else None,
            quality=_parse_quality(quality) if quality else DEFAULT_QUALITY,
            overlays=_parse_overlays(overlays) if overlays else False,
        ),
        presentation=chosen if isinstance(chosen, str) else None,
        annotation=drawn,
        profile=_parse_profile(profile) if profile else False,
        ignored=ignored,
    )


def parse_window(text: str) -> Window | str:
    """Read `center,width` or `center,width,function`; text without a comma is the number or name of a presentation.

    Raises:
        Malformed: anything else.
    """
    parts = [part.strip() for part in text.split(",")]
    if len(parts) == 1 and parts[0]:
        return parts[0]
    if len(parts) not in (2, 3):
        raise Malformed("window is written as center,width,function")
    function = _FUNCTIONS.get(parts[2].lower()) if len(parts) == 3 else "LINEAR"
    if function is None:
        raise Malformed("the window function is linear, linear-exact or sigmoid")
    return Window(_number(parts[0], float, "window"), _number(parts[1], float, "window"), function)


def parse_viewport(text: str) -> Viewport:
    """Read `width,height` or `width,height,x,y,width,height` (PS3.18 section 8.3.5.1.3).

    The source region is in decimals that count by their absolute value; a negative width or height mirrors.

    An empty source value takes the default: the origin, and all that is right of and below it, which is written as 0.

    Raises:
        Malformed, TooLarge: anything else, or a viewport beyond the limits.
    """
    parts = [part.strip() for part in text.split(",")]
    if len(parts) == 2:
        return Viewport(_number(parts[0], int, "viewport"), _number(parts[1], int, "viewport"))
    if len(parts) != 6:
        raise Malformed("viewport is written as width,height or width,height,x,y,sourcewidth,sourceheight")
    width, height = (_number(part or "0", int, "viewport") for part in parts[:2])
    x, y, source_width, source_height = (_number(part or "0", float, "viewport") for part in parts[2:])
    if not all(isfinite(number) for number in (x, y, source_width, source_height)):
        raise Malformed("viewport holds something that is no number")
    if (parts[4] and not _whole(source_width)) or (parts[5] and not _whole(source_height)):
        raise Malformed("the source region of the viewport is empty")
    region = Region(
        _whole(x), _whole(y), _whole(source_width), _whole(source_height), source_width < 0, source_height < 0
    )
    return Viewport(width, height, region)


def _whole(number: float) -> int:
    """Return the absolute value to the nearest pixel, since regions are cut along pixels."""
    return int(abs(number) + 0.5)


def _parse_quality(text: str) -> int:
    quality = _number(text, int, "quality")
    if not 1 <= quality <= 100:
        raise Malformed("quality is a whole number from 1 to 100")
    return quality


def _parse_annotation(text: str) -> tuple[tuple[Annotation, ...], tuple[str, ...]]:
    """Return the annotations that are drawn here, and those that are not (PS3.18 section 8.3.5.1.1)."""
    words = {word.strip() for word in text.split(",") if word.strip()}
    others = sorted(words - set(_ANNOTATIONS))
    if not all(_WORD.fullmatch(word) for word in others):
        raise Malformed("annotations are words, separated by commas")
    return tuple(word for word in _ANNOTATIONS if word in words), tuple(others)


def _parse_overlays(text: str) -> bool:
    if text not in _OVERLAYS:
        raise Malformed("overlays is yes or no")
    return _OVERLAYS[text]


def _parse_profile(text: str) -> bool:
    if text not in _PROFILES:
        raise NotOffered(f"iccprofile is one of {', '.join(_PROFILES)}: rendered colours are in sRGB")
    return _PROFILES[text]


def _number(text: str, kind: Callable[[str], Number], name: str) -> Number:
    try:
        return kind(text)
    except ValueError:
        raise Malformed(f"{name} holds something that is no number") from None
