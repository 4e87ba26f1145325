"""Make the publishable form of an object: the header by the rules, and the pixels where they may show an identity.

An object whose pixels need no look takes the straight way, which never decodes them. One that is refused for its pixels
is looked at when the profile has the option Clean Pixel Data; what a person drew is blacked in any case.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import BinaryIO

from anonymizer import CannotDeidentify, Context, Refused, Report, deidentify
from anonymizer.pixels import Box, blank_pixels, can_read_text, read_image_header
from gateway.pixels.icons import Room, add_icon
from gateway.pixels.looking import Decision, Eyes, decide

OPTION = "clean-pixel-data"
CLEANABLE = frozenset({"may-carry-burned-in-text", "burned-in-annotation"})
BY_A_PERSON = "drawn-by-a-person"


@dataclass(frozen=True)
class PixelsCleaned:
    """Tell what became of the pixels without telling what stood there."""

    rules: tuple[str, ...]
    boxes: tuple[Box, ...]
    frames: int
    share: float

    def audited(self) -> dict[str, object]:
        """Return it as plain values for the audit trail."""
        boxes = [[box.x, box.y, box.width, box.height] for box in self.boxes]
        return {"rules": list(self.rules), "boxes": boxes, "frames": self.frames, "share": round(self.share, 4)}


def make_publishable(
    original: BinaryIO,
    result: BinaryIO,
    context: Context,
    *,
    room: Room,
    drawn: tuple[Box, ...] = (),
    read_text: bool = True,
    rules_alone: bool = False,
) -> tuple[Report, PixelsCleaned | None]:
    """Write the publishable form of an object into `result`; say what was cleaned of its pixels, None for nothing.

    Where it had an icon it gets one of its published pixels, as far as they can be decoded. `room` gives a file for
    what comes between, twice (`gateway.scratch.scratch_pair`); `drawn` are boxes of a person, who vouches for the rest;
    `read_text` lets text be found by reading, where a reader is installed, and `rules_alone` lets an image go on that a
    rule applies to and nobody reads.
    Raises what `deidentify` raises; where the pixels cannot be cleaned, Refused with the code that asked for it, so
    that a person may draw other boxes or vouch for the image as it is.
    """
    made = _made(original, result, context, room, drawn, read_text=read_text, rules_alone=rules_alone)
    if made[0].lacks_icon:
        add_icon(result, room)
    return made


def _made(
    original: BinaryIO,
    result: BinaryIO,
    context: Context,
    room: Room,
    drawn: tuple[Box, ...],
    *,
    read_text: bool,
    rules_alone: bool,
) -> tuple[Report, PixelsCleaned | None]:
    refused: Refused | None = None
    try:
        report = deidentify(original, result, context)
        if not drawn:
            return report, None
    except Refused as refusal:
        if not drawn and (refusal.code not in CLEANABLE or OPTION not in context.profile.options):
            raise
        refused = refusal
    reads = read_text and can_read_text()

    def decision_of(eyes: Eyes) -> Decision:
        if drawn or refused is None:
            return Decision(drawn, (BY_A_PERSON,))
        return decide(eyes, refused, reads=reads, rules_alone=rules_alone)

    return _cleaned(original, result, context, room, decision_of, refused)


def _cleaned(
    original: BinaryIO,
    result: BinaryIO,
    context: Context,
    room: Room,
    decision_of: Callable[[Eyes], Decision],
    refused: Refused | None,
) -> tuple[Report, PixelsCleaned]:
    original.seek(0)
    between, seen = room()
    with between, seen:
        report = deidentify(original, between, replace(context, vouched=True))
        between.flush()
        try:
            eyes = Eyes(seen, read_image_header(original))
            decision = decision_of(eyes)
            result.seek(0)
            result.truncate()
            done = blank_pixels(between, result, decision.boxes, recoder=eyes.black)
        except CannotDeidentify as error:
            if refused is None:
                raise
            raise Refused(refused.code, error.reason) from None
    options = (*report.options, OPTION)
    return replace(report, options=options), PixelsCleaned(decision.rules, done.boxes, done.frames, done.share)
