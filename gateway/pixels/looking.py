"""Decide what of an image to black: by rules for devices and regions, then by looking at every frame.

The rule: an image goes on by itself only when text was looked for by reading, or, where the settings say that rules are
enough, a rule names what to black; and when nothing is left of which it is unsure whether it is text. Everything else
waits for a person, who draws boxes, vouches or discards.
"""

import json
import secrets
from dataclasses import dataclass, field
from functools import cache
from typing import BinaryIO

from anonymizer import CannotDeidentify, Refused
from anonymizer.pixels import Box, FrameOrder, ImageHeader, boxes_by_rule
from config.errors import SenderFault
from gateway.pixels import work
from viewer_api.decoding.limits import Limits
from viewer_api.decoding.pool import DecodingPool

# A reader of text takes some seconds of one core for a large frame, and some hundred megabytes for its models.
LIMITS = Limits(memory=4 << 30, retire_above=2 << 30, work_base=30.0, work_per_million_samples=6.0, work_most=120.0)
MOST_FRAMES = 2000  # looked at one by one; a longer film is a person's


@cache
def pixel_process() -> DecodingPool:
    """Return the process that looks at pixels and blacks them: one a worker, with time to look closely."""
    return DecodingPool(processes=1, limits=LIMITS)


@dataclass(frozen=True)
class Eyes:
    """See and black the frames of one object, in another process."""

    source: BinaryIO
    header: ImageHeader
    key: str = field(default_factory=lambda: secrets.token_hex(16))

    def text(self, frame: int, black_already: tuple[Box, ...], how: str) -> tuple[tuple[Box, ...], bool]:
        """Return where text stands in a frame counted from 0, and whether that is unsure.

        Raises CannotDeidentify when the frame does not decode.
        """
        answer = json.loads(self._run(work.text, self.header, frame, black_already, how, self.key))
        return tuple(Box(*each) for each in answer["boxes"]), bool(answer["unsure"])

    def black(self, order: FrameOrder) -> bytes:
        """Return a frame with its boxes blacked; raises CannotDeidentify when that cannot be done."""
        return self._run(work.black, order)

    def picture(self, frame: int, boxes: tuple[Box, ...]) -> bytes:
        """Return a frame as PNG with boxes drawn; raises CannotDeidentify when it does not decode."""
        return self._run(work.picture, self.header, frame, boxes)

    def icon(self) -> list[int]:
        """Return the values that an icon shows of the first frame; raises CannotDeidentify when it does not decode."""
        return [int(value) for value in json.loads(self._run(work.icon, self.header))]

    def _run(self, *call: object) -> bytes:
        function, *arguments = call
        try:
            return pixel_process().run(function, self.key, self.source, *arguments)  # type: ignore[arg-type]
        except SenderFault as error:
            raise CannotDeidentify("pixels-not-cleanable", f"The pixels cannot be cleaned: {error}") from None


@dataclass(frozen=True)
class Decision:
    """Be what to black in every frame, and by which rules."""

    boxes: tuple[Box, ...]
    rules: tuple[str, ...]


def decide(eyes: Eyes, refusal: Refused, *, reads: bool, rules_alone: bool) -> Decision:
    """Return what to black in an image that was refused for its pixels.

    `reads` says that text may be found by reading, `rules_alone` that a rule is enough without it. Raises Refused, with
    the same code, when that is a person's to say.
    """
    ruled = boxes_by_rule(eyes.header)
    if not (reads or (ruled.rules and rules_alone)):
        raise refusal
    if ruled.too_large:
        raise Refused(refusal.code, "The banner of such devices covers much of the image; look at it first.")
    frames = eyes.header.layout.frames
    if frames > MOST_FRAMES:
        raise Refused(refusal.code, "The film has too many frames to look at them all; look at it first.")
    boxes = ruled.boxes
    for frame in range(frames):
        found, unsure = eyes.text(frame, boxes, work.READ if reads else work.SCREEN)
        if unsure:
            raise Refused(refusal.code, _UNSURE.format(frame=frame + 1))
        boxes = tuple(sorted({*boxes, *found}))
    if not boxes and refusal.code == "burned-in-annotation":
        raise Refused(refusal.code, "The image says that text is burned in, and none was found; look at it first.")
    return Decision(boxes, (*ruled.rules, "text-read") if reads else ruled.rules)


_UNSURE = "In frame {frame} something looks like text, and nobody can tell by rule whether it is; look at it first."
