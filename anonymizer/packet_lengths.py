"""Check the lists of lengths in JPEG 2000 against the data: TLM, PLM and PLT (ITU-T T.800 A.7.1 to A.7.3).

A list that does not add up to the data is none, or one that leads a decoder astray; so it is not looked over. A length
is told in seven bits a byte, the highest bit saying that more follow.
"""

from collections.abc import Iterable

TilePart = tuple[int, int, int]
"""A part of a tile: the number of the tile, and the bytes of the whole part and of its data."""
Lists = list[bytes]
"""The bodies of segments of one kind, each with its own number in the first byte."""
_START_OF_PACKET = 6  # bytes of a marker ahead of a packet, which not every writer counts


def tell_of_parts(lists: Lists, parts: list[TilePart]) -> bool:
    """Tell whether TLM segments say which parts of tiles there are, and how long each is."""
    if not _in_order(lists):
        return False
    found: list[tuple[int, int]] = []
    for body in lists:
        style = body[1] if len(body) > 1 else 0
        wide, long = style >> 4 & 3, 4 if style & 0x40 else 2
        if wide == 3 or style & 0x8F or (len(body) - 2) % (wide + long):
            return False
        for at in range(2, len(body), wide + long):
            tile = int.from_bytes(body[at : at + wide], "big") if wide else len(found)
            found.append((tile, int.from_bytes(body[at + wide : at + wide + long], "big")))
    return found == [(tile, length) for tile, length, _ in parts]


def tell_of_packets(lists: Lists, data: int) -> bool:
    """Tell whether the PLT segments of one part say how long its packets are, which together are its data."""
    return _in_order(lists) and _adds_up(b"".join(body[1:] for body in lists), data)


def tell_of_all_packets(lists: Lists, parts: list[TilePart]) -> bool:
    """Tell whether PLM segments say so of every part; each list of a part begins with how long it is."""
    whole, at = b"".join(body[1:] for body in lists), 0
    for _, _, data in parts:
        end = at + 1 + whole[at] if at < len(whole) else -1
        if not at < end <= len(whole) or not _adds_up(whole[at + 1 : end], data):
            return False
        at = end
    return _in_order(lists) and at == len(whole)


def _in_order(lists: Lists) -> bool:
    return [body[:1] for body in lists] == [bytes([number & 0xFF]) for number in range(len(lists))]


def _adds_up(lengths: bytes, data: int) -> bool:
    if lengths and lengths[-1] & 0x80:
        return False
    packets = list(_packets(lengths))
    return data - sum(packets) in {0, _START_OF_PACKET * len(packets)}


def _packets(lengths: bytes) -> Iterable[int]:
    length = 0
    for byte in lengths:
        length = length << 7 | byte & 0x7F
        if not byte & 0x80:
            yield length
            length = 0
