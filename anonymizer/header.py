"""Read the few header values that decide whether and how an object is de-identified."""

import re
from collections.abc import Callable

from anonymizer.charset import decode
from anonymizer.device_banners import Device
from anonymizer.element import Bulk
from anonymizer.errors import CannotDeidentify
from anonymizer.part10 import Part10
from anonymizer.recognizable import FaceFacts
from anonymizer.refusals import PixelFacts

ROWS, COLUMNS, BITS_ALLOCATED, SAMPLES_PER_PIXEL, NUMBER_OF_FRAMES = (
    0x00280010, 0x00280011, 0x00280100, 0x00280002, 0x00280008,
)  # fmt: skip
PHOTOMETRIC = 0x00280004
RECOGNIZABLE_VISUAL_FEATURES = 0x00280302
_SHARED_COLOURS = frozenset({"YBR_FULL_422", "YBR_PARTIAL_422"})
_WHOLE_NUMBER = re.compile(r"\+?[0-9]{1,9}")  # IS may have a sign (PS3.5 section 6.2)
OVERLAY_ROWS, OVERLAY_DATA = 0x60000010, 0x60003000
_OVERLAY_ROWS = range(OVERLAY_ROWS, 0x61000000, 0x20000)


class Header:
    """Look up top-level values of an opened object."""

    def __init__(self, original: Part10) -> None:
        self._elements = original.by_tag()
        self._short = original.encoding.short

    def has(self, tag: int) -> bool:
        """Tell whether an element is there."""
        return tag in self._elements

    def whole(self, tag: int, fetch: Callable[[int, int], bytes], most: int) -> bytes | None:
        """Return a value of at most so many bytes, wherever it lies: empty for none, None for a longer one."""
        value = self._elements[tag].value if tag in self._elements else b""
        if isinstance(value, Bulk) and value.length <= most:
            return fetch(value.start, value.length)
        return value if isinstance(value, bytes) and len(value) <= most else None

    def text(self, tag: int) -> str:
        """Return an ASCII value without padding, empty when it is absent."""
        element = self._elements.get(tag)
        if element is None or not isinstance(element.value, bytes):
            return ""
        return decode(element.value, ("iso8859",))

    def number(self, tag: int) -> int | None:
        """Return an unsigned short or a whole number string, None when it is absent or something else."""
        element = self._elements.get(tag)
        if element is None or not isinstance(element.value, bytes):
            return None
        if element.vr in {"US", "SS", "UN"} and len(element.value) == 2:
            return int(self._short.unpack(element.value)[0])
        text = self.text(tag)
        return int(text) if _WHOLE_NUMBER.fullmatch(text) else None

    def pixel_facts(self) -> PixelFacts:
        """Return what the header says about text in the pixels."""
        return PixelFacts(
            burned_in_annotation=self.text(0x00280301).upper(),
            device=self._device(),
            conversion_type=self.text(0x00080064),
            overlay_in_pixels=self._overlay_in_pixels(),
            label_in_image=self.text(0x00480010).upper() == "YES",
        )

    def face_facts(self) -> FaceFacts:
        """Return what the header says about a face in the picture."""
        return FaceFacts(
            recognizable=self.text(RECOGNIZABLE_VISUAL_FEATURES).upper(),
            body_part=self.text(0x00180015),
            words=tuple(self.text(tag) for tag in (0x00180015, 0x00081030, 0x0008103E, 0x00181030)),
        )

    def _device(self) -> Device:
        return Device(
            modality=self.text(0x00080060).upper(),
            maker=self.text(0x00080070).upper(),
            model=self.text(0x00081090).upper(),
            image_type=tuple(value.strip().upper() for value in self.text(0x00080008).split("\\")),
            rows=self.number(ROWS) or 0,
            columns=self.number(COLUMNS) or 0,
        )

    def _overlay_in_pixels(self) -> bool:
        """Tell whether an overlay plane has no data of its own (retired, PS3.5 section 8.1.2)."""
        planes = [tag for tag in _OVERLAY_ROWS if tag in self._elements]
        return any(tag - OVERLAY_ROWS + OVERLAY_DATA not in self._elements for tag in planes)

    def native_length(self) -> int | None:
        """Return the bytes that uncompressed pixels need at most, None when the header does not say; see `frames`."""
        rows, columns, bits = self.number(ROWS), self.number(COLUMNS), self.number(BITS_ALLOCATED)
        if rows is None or columns is None or bits is None:
            return None
        samples = 2 if self.shares_colours() else self.number(SAMPLES_PER_PIXEL) or 1
        return (rows * columns * samples * self.frames() * bits + 7) // 8

    def frames(self) -> int:
        """Return how many frames there are; raises CannotDeidentify when what says so is no number."""
        frames = self.number(NUMBER_OF_FRAMES)
        if frames is None and self.text(NUMBER_OF_FRAMES):
            raise CannotDeidentify("pixels-unclear", "The header does not say how many frames there are.")
        return frames or 1

    def shares_colours(self) -> bool:
        """Tell whether two neighbours share their colour, so that a pixel takes two samples (PS3.3 C.7.6.3.1.2)."""
        return self.text(PHOTOMETRIC).upper() in _SHARED_COLOURS
