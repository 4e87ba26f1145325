"""Follow the run lengths of an RLE frame to their end without decoding them (PS3.5 annex G).

A frame is one fragment: a header of fifteen offsets, and a segment for each byte of a pixel. What the header does not
point to, and what stands in a segment behind its last pixel, is no picture.
"""

from struct import Struct, error

_HEADER = Struct("<16L")


def is_only_picture(frame: bytes, pixels: int, segments: int) -> bool:
    """Tell whether there is nothing in a frame but its header and, in each of so many segments, the runs of the pixels.

    One byte that fills a segment to an even length, and zeros behind the runs or in the last of them, say nothing.
    """
    try:
        count, *offsets = _HEADER.unpack_from(frame)
    except error:
        return False
    used = offsets[:count]
    if count != segments or any(offsets[count:]) or used != sorted(set(used)) or used[:1] != [_HEADER.size]:
        return False
    ends = [*used[1:], len(frame)]
    return all(_ends_with_the_pixels(frame, start, end, pixels) for start, end in zip(used, ends, strict=True))


def _ends_with_the_pixels(frame: bytes, at: int, end: int, pixels: int) -> bool:
    left = pixels
    while left > 0 and at < end:
        control = frame[at]
        if control < 128:
            at, left = at + control + 2, left - control - 1
            if left < 0 and frame[at + left : at].strip(b"\0"):
                return False
        elif control > 128:
            at, left = at + 2, left + control - 257
        else:
            at += 1
    return at <= end <= len(frame) and (end - at == 1 or not frame[at:end].strip(b"\0"))
