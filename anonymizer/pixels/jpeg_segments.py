"""Take a sequential JPEG image of 8 bits with Huffman codes apart into its segments (ITU-T T.81, annex B).

That is JPEG baseline, and extended sequential of 8 bits. Everything else (progressive, arithmetic, lossless, 12 bits,
a number of lines that stands behind the data) is an error here.
"""

import re
from dataclasses import dataclass, field

from anonymizer.pixels.huffman import HuffmanTable, table_of

SOI, EOI = b"\xff\xd8", b"\xff\xd9"
_DHT, _DQT, _DRI, _SOS = 0xC4, 0xDB, 0xDD, 0xDA
_SEQUENTIAL = frozenset({0xC0, 0xC1})
_OTHER_FRAMES = frozenset(range(0xC0, 0xD0)) - _SEQUENTIAL - {_DHT, 0xC8}
_KEPT = frozenset({*range(0xE0, 0xF0), 0xFE})
_MARKER = re.compile(rb"\xff+([^\x00\xff])")
_RESTARTS = range(0xD0, 0xD8)
_MOST_SEGMENTS = 256
_MOST_BLOCKS = 10  # of an MCU (B.2.3)


@dataclass(slots=True)
class Component:
    """Be a colour of the image: how many blocks of it an MCU has, and its tables when its scan began."""

    across: int
    down: int
    quantization: int
    step: int = 0  # of the first coefficient


@dataclass(slots=True)
class TableSlot:
    """Be a Huffman table of a DHT segment; what is written may hold more symbols than what was read."""

    kind_and_number: int
    table: HuffmanTable


@dataclass(frozen=True, slots=True)
class Scan:
    """Be a scan: its components with their tables, and the entropy-coded segments between restart markers."""

    components: tuple[tuple[Component, TableSlot, TableSlot], ...]
    intervals: tuple[bytes, ...]
    restart: int


Segment = bytes | TableSlot | Scan


@dataclass(slots=True)
class JpegImage:
    """Be an image: its size, its components in order, and all its segments in the order of the file."""

    rows: int = 0
    columns: int = 0
    components: dict[int, Component] = field(default_factory=dict)
    segments: list[Segment] = field(default_factory=list)

    @property
    def mcu(self) -> tuple[int, int]:
        """Return the columns and rows of pixels that one MCU covers, where all components are interleaved."""
        across, down = (max(getattr(each, side) for each in self.components.values()) for side in ("across", "down"))
        return 8 * across, 8 * down


def read_jpeg(data: bytes) -> JpegImage:
    """Return the parts of an image; raises ValueError where it is not one of this kind, or is damaged."""
    image, at = JpegImage(), 2
    steps: dict[int, int] = {}
    tables: dict[int, TableSlot] = {}
    restart = 0
    if not data.startswith(SOI):
        raise ValueError("no JPEG image")
    while True:
        marker, body, at = _segment(data, at)
        if marker == 0xD9:
            break
        kept = data[at - len(body) - 4 : at]
        if marker == _DHT:
            image.segments += _huffman_tables(body, tables)
            continue
        image.segments.append(kept)
        if marker == _DQT:
            steps.update(_first_steps(body))
        elif marker == _DRI and len(body) == 2:
            restart = int.from_bytes(body, "big")
        elif marker in _SEQUENTIAL and not image.components:
            _read_frame(image, body)
        elif marker == _SOS and image.components:
            if len(image.segments) > _MOST_SEGMENTS:
                raise ValueError("too many segments")
            intervals, at = _intervals(data, at)
            image.segments.append(Scan(_scan_components(image, body, tables, steps), intervals, restart))
        elif marker not in _KEPT:
            raise ValueError("a segment that is not known here")
    in_scans = [id(each) for scan in image.segments if isinstance(scan, Scan) for each, _, _ in scan.components]
    if sorted(in_scans) != sorted(map(id, image.components.values())):
        raise ValueError("a component that has not one scan")
    return image


def _segment(data: bytes, at: int) -> tuple[int, bytes, int]:
    """Return the marker and body of the segment at a place, and where it ends."""
    found = _MARKER.match(data, at)
    if found is None:
        raise ValueError("no marker")
    marker, at = found[1][0], found.end()
    if marker == 0xD9:
        return marker, b"", at
    length = int.from_bytes(data[at : at + 2], "big")
    if marker in _OTHER_FRAMES or length < 2 or at + length > len(data):
        raise ValueError("a segment that is not known here")
    return marker, data[at + 2 : at + length], at + length


def _read_frame(image: JpegImage, body: bytes) -> None:
    if len(body) < 6 or body[0] != 8 or body[5] not in {1, 3} or len(body) != 6 + 3 * body[5]:
        raise ValueError("a frame that is not known here")
    image.rows, image.columns = int.from_bytes(body[1:3], "big"), int.from_bytes(body[3:5], "big")
    for number, sampling, quantization in zip(*[iter(body[6:])] * 3, strict=True):
        image.components[number] = Component(sampling >> 4, sampling & 15, quantization)
    if len(image.components) == 1:  # it stands for itself, whatever its sampling (A.2.2)
        for component in image.components.values():
            component.across = component.down = 1
    sides = {side for each in image.components.values() for side in (each.across, each.down)}
    if not image.rows or not image.columns or len(image.components) != body[5] or not sides <= {1, 2, 4}:
        raise ValueError("a frame that is not known here")


def _huffman_tables(body: bytes, tables: dict[int, TableSlot]) -> list[Segment]:
    """Return the tables of a DHT segment, and put them among those that hold now.

    What is no table stays as it is; a scan that reads it is refused.
    """
    found: list[Segment] = []
    while body:
        one = body[: 17 + sum(body[1:17])]
        tables.pop(one[0], None)
        try:
            tables[one[0]] = TableSlot(one[0], table_of(one[1:]))
            found.append(tables[one[0]])
        except ValueError:
            found.append(_tables_as_written(one))
        body = body[len(one) :]
    return found


def _tables_as_written(body: bytes) -> bytes:
    return b"\xff\xc4" + (len(body) + 2).to_bytes(2, "big") + body


def _first_steps(body: bytes) -> dict[int, int]:
    """Return the quantization step of the first coefficient in each table."""
    steps = {}
    while body:
        wide, number = body[0] >> 4, body[0] & 15
        size = 129 if wide else 65
        if wide > 1 or len(body) < size:
            raise ValueError("no quantization table")
        steps[number] = int.from_bytes(body[1 : 2 + wide], "big")
        body = body[size:]
    return steps


def _scan_components(
    image: JpegImage, body: bytes, tables: dict[int, TableSlot], steps: dict[int, int]
) -> tuple[tuple[Component, TableSlot, TableSlot], ...]:
    count = body[0] if body else 0
    if not 1 <= count <= 3 or len(body) != 4 + 2 * count or body[-3:] != b"\x00\x3f\x00":
        raise ValueError("a scan that is not known here")
    found = []
    for number, which in zip(body[1:-3:2], body[2:-3:2], strict=True):
        try:
            component = image.components[number]
            component.step = steps[component.quantization]
            found.append((component, tables[which >> 4], tables[0x10 | which & 15]))
        except KeyError:
            raise ValueError("a scan without its tables") from None
    blocks = sum(component.across * component.down for component, _, _ in found)
    if not all(component.step for component, _, _ in found) or (count > 1 and blocks > _MOST_BLOCKS):
        raise ValueError("a scan that is not known here")
    return tuple(found)


def _intervals(data: bytes, begin: int) -> tuple[tuple[bytes, ...], int]:
    """Return the entropy-coded segments of a scan without their stuffing, and where the next segment begins."""
    found: list[bytes] = []
    for marker in _MARKER.finditer(data, begin):
        found.append(data[begin : marker.start()].replace(b"\xff\x00", b"\xff"))
        if marker[1][0] not in _RESTARTS:
            return tuple(found), marker.start()
        if marker[1][0] != _RESTARTS[(len(found) - 1) % 8]:
            raise ValueError("restart markers out of order")
        begin = marker.end()
    raise ValueError("a scan without an end")


def written(image: JpegImage, data_of: dict[int, list[bytes]]) -> bytes:
    """Return an image as bytes, each scan, by its place among the segments, with its new entropy-coded segments."""
    parts = [SOI]
    for place, segment in enumerate(image.segments):
        if isinstance(segment, bytes):
            parts.append(segment)
        elif isinstance(segment, TableSlot):
            parts.append(_tables_as_written(bytes([segment.kind_and_number]) + segment.table.body()))
        else:
            for number, interval in enumerate(data_of[place]):
                parts.append(bytes([0xFF, _RESTARTS[(number - 1) % 8]]) if number else b"")
                parts.append(interval.replace(b"\xff", b"\xff\x00"))
    return b"".join([*parts, EOI])
