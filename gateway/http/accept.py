"""Which of the media types on offer a request weighs highest (RFC 9110 section 12.5.1)."""

from collections.abc import Sequence


def preferred_type(accept: str, offered: Sequence[str]) -> str | None:
    """Return the media type that an Accept header weighs highest, None when it admits none.

    Of equals, and without a header, the one offered first.
    """
    if not accept.strip():
        return offered[0]
    ranges = [_range(part) for part in accept.split(",") if part.strip()]
    weighed = [(_weight(ranges, media_type), media_type) for media_type in offered]
    best = max(weight for weight, _ in weighed)
    return next((media_type for weight, media_type in weighed if weight == best and weight > 0), None)


def _range(part: str) -> tuple[str, float]:
    kind, *parameters = (piece.strip().lower() for piece in part.split(";"))
    quality = next((value[2:] for value in parameters if value.startswith("q=")), "1")
    try:
        return kind, min(max(float(quality), 0.0), 1.0)
    except ValueError:
        return kind, 0.0


def _weight(ranges: list[tuple[str, float]], media_type: str) -> float:
    """Return how a type is weighed by the most specific range that it falls in."""
    for pattern in (media_type, f"{media_type.partition('/')[0]}/*", "*/*"):
        for kind, quality in ranges:
            if kind == pattern:
                return quality
    return 0.0
