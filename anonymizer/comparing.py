"""Look at an object before and after its de-identification, with other eyes than those that made it.

The findings name what must not be: pixels that changed, a name or number of the input that is left, a UID of the input,
a reference to what the input did not refer to, an attribute lost that the IOD requires and the input had.
"""

import math
from dataclasses import dataclass
from typing import BinaryIO

from anonymizer.attribute_types import attribute_type
from anonymizer.charset import SPECIFIC_CHARACTER_SET, decode
from anonymizer.codestream_notes import notes_in
from anonymizer.cutting import cutter
from anonymizer.element import Bulk, Element, Fragments
from anonymizer.identities import IDENTIFIERS, PATIENT_NAMES
from anonymizer.keyed import is_standard_uid, map_uid
from anonymizer.kinds import profile_for, without_pixels
from anonymizer.known import KnownIdentity
from anonymizer.leaks import verify
from anonymizer.plan import Place, step_for
from anonymizer.report import Context
from anonymizer.tracing import Traced, trace
from anonymizer.unfolding import Unfolded, every_element, unfold, vr_of
from anonymizer.wording import fold, technical_vocabulary

CHUNK = 1024 * 1024
SHORTEST_IDENTITY, SHORTEST_UID = 4, 12
SOP_CLASS_UID = 0x00080016
NUMBER_OF_FRAMES = 0x00280008
_SHAPE = (0x00280010, 0x00280011, 0x00280002, 0x00280100)  # rows, columns, samples per pixel, bits allocated
REMOVING = frozenset({"X", "Z", "D"})


@dataclass(frozen=True, slots=True)
class Comparison:
    """Be what a comparison found: codes of what must not be, and what became of each attribute."""

    findings: tuple[str, ...]
    trace: tuple[Traced, ...]


def compare(original: BinaryIO, published: BinaryIO, context: Context, *, pixels_cleaned: bool = False) -> Comparison:
    """Compare the published form of an object with its original, under the context that made it.

    `findings` is empty when all is well: of `pixels-differ` (not looked for when pixels were cleaned), `identity-left`,
    `uid-left`, `reference-made-up`, `required-attribute-lost`. Raises CannotDeidentify when one of the two cannot be
    read.
    """
    before, after = unfold(original, cutter("compared originals")), unfold(published, cutter("compared results"))
    sop_class_uid = _class_of(after)
    findings = {
        "pixels-differ": not pixels_cleaned and not _same_pixels(before, after, sop_class_uid),
        "identity-left": bool(verify(published, _known(before, context, sop_class_uid))),
        "required-attribute-lost": _required_lost(before, after, context, sop_class_uid),
    } | _uids(before, after, published, context)
    profile = profile_for(context.profile, sop_class_uid)
    found = tuple(sorted(name for name, is_so in findings.items() if is_so))
    return Comparison(found, trace(before.elements, after.elements, profile, sop_class_uid))


def _class_of(unfolded: Unfolded) -> str:
    return next((_text(element) for element in unfolded.elements if element.tag == SOP_CLASS_UID), "")


def _text(element: Element, encodings: tuple[str, ...] = ("iso8859",)) -> str:
    return decode(element.value, encodings) if isinstance(element.value, bytes) else ""


def _known(before: Unfolded, context: Context, sop_class_uid: str) -> KnownIdentity:
    """Return the names and numbers that the input says at any depth and that the rules take away.

    A word of imaging is a name only when the patient bears it: somebody may be called Small, and a small bowel is one.
    """
    place = Place(context.profile, sop_class_uid, 0)
    names: dict[str, None] = {}
    numbers: dict[str, None] = {}
    for element, encodings in every_element(before.elements):
        named = element.vr == "PN" or (element.vr == "UN" and vr_of(element) == "PN")
        if not named and element.tag not in IDENTIFIERS:
            continue
        step = step_for(place, element.tag, element.vr)
        if step.action not in REMOVING:
            continue
        for value in filter(None, _text(element, encodings).split("\\")):
            if element.tag in PATIENT_NAMES or (named and not _of_imaging(value)):
                names[value] = None
            elif not named and any(symbol.isdigit() for symbol in value) and len(value) >= SHORTEST_IDENTITY:
                numbers[value] = None
    return KnownIdentity(names=tuple(names), ids=tuple(numbers))


def _of_imaging(name: str) -> bool:
    words = fold(name).replace("^", " ").replace("=", " ").split()
    return any(technical_vocabulary().covers(word) for word in words)


def _uids(before: Unfolded, after: Unfolded, published: BinaryIO, context: Context) -> dict[str, bool]:
    """Tell whether UIDs of the input are left, and whether the result names others than theirs."""
    if "retain-uids" in context.profile.options:
        return {}
    given, left = _uids_in(before), _uids_in(after)
    mapped = {map_uid(context.key, site=context.site, uid=uid) for uid in given}
    kept = given & left if _retains_some(context) else set()
    return {"uid-left": bool(given & left - kept), "reference-made-up": not left - kept <= mapped}


def _retains_some(context: Context) -> bool:
    return "retain-device-identity" in context.profile.options or bool(context.profile.admitted)


def _uids_in(unfolded: Unfolded) -> set[str]:
    found = (element for element, _ in every_element(unfolded.elements) if element.vr in {"UI", "UN"})
    texts = (_text(element) for element in found if vr_of(element) == "UI")
    return {uid for text in texts for uid in text.split("\\") if uid and not is_standard_uid(uid)}


def _required_lost(before: Unfolded, after: Unfolded, context: Context, sop_class_uid: str) -> bool:
    """Tell whether an attribute of Type 1 lost its value, or one of Type 2 its place, against the input."""
    results = {element.tag: element for element in after.elements}
    for element in before.elements:
        result = results.get(element.tag)
        if (result is not None and _has_value(result)) or element.tag & 0x10000 or not _has_value(element):
            continue
        kind = attribute_type(sop_class_uid, 0, element.tag)
        lost = kind == "1" or (kind == "2" and result is None)
        if lost and element.tag != SPECIFIC_CHARACTER_SET and _may_stay(element, context, sop_class_uid):
            return True
    return False


def _may_stay(element: Element, context: Context, sop_class_uid: str) -> bool:
    """Tell whether the rules want something of the attribute; X takes it away whatever the IOD says."""
    place = Place(profile_for(context.profile, sop_class_uid), sop_class_uid, 0)
    return step_for(place, element.tag, element.vr).action != "X"


def _has_value(element: Element) -> bool:
    value = element.value
    return bool(value.strip(b"\0 ")) if isinstance(value, bytes) else value != []


def _same_pixels(before: Unfolded, after: Unfolded, sop_class_uid: str) -> bool:
    """Tell whether the pixel data is the same, byte for byte.

    Behind the last pixel, and for what is noted in the headers of compressed frames, there must be zeros instead.
    """
    one, other = before.pixels, after.pixels
    if without_pixels(sop_class_uid):
        return other is None
    if one is None or other is None:
        return one is other
    if isinstance(one.value, Fragments):
        return isinstance(other.value, Fragments) and _same_fragments(before, one.value, after, other.value)
    if isinstance(one.value, bytes) and isinstance(other.value, bytes):
        return _same(one.value, other.value, _pixel_bytes(before))
    if isinstance(one.value, Bulk) and isinstance(other.value, Bulk):
        return _same_range(before, one.value, after, other.value, _pixel_bytes(before))
    return False


def _same_fragments(before: Unfolded, one: Fragments, after: Unfolded, other: Fragments) -> bool:
    """Tell whether fragments are the same but for notes, of which none is left."""
    notes, at = notes_in(before.fetch, one, before.transfer_syntax_uid), one.start
    for start, length in (*notes, (one.start + one.length, 0)):
        moved = other.start - one.start
        if not _same_range(before, Bulk(at, start - at), after, Bulk(at + moved, start - at), None):
            return False
        if after.fetch(start + moved, length).strip(b"\0"):
            return False
        at = start + length
    return one.length == other.length


def _same_range(before: Unfolded, one: Bulk, after: Unfolded, other: Bulk, needed: int | None) -> bool:
    if other.length - one.length not in {0, 1}:
        return False
    for start in range(0, one.length, CHUNK):
        length = min(CHUNK, one.length - start)
        chunks = before.fetch(one.start + start, length), after.fetch(other.start + start, length)
        if not _same(*chunks, None if needed is None else needed - start):
            return False
    return True


def _same(one: bytes, other: bytes, needed: int | None) -> bool:
    """Tell whether bytes are the same as far as pixels need them; a byte that makes the length even is no other."""
    if one == other or one + b"\0" == other:
        return True
    if needed is None or abs(len(other) - len(one)) > 1:
        return False
    needed = max(needed, 0)
    return one[:needed] == other[:needed] and not other[needed + 1 :].strip(b"\0")


def _pixel_bytes(unfolded: Unfolded) -> int | None:
    """Return the bytes that uncompressed pixels need, None when the header does not say (PS3.5 section 8.1.1)."""
    numbers = {element.tag: element.value for element in unfolded.elements if element.tag in _SHAPE}
    shape = []
    for tag in _SHAPE:
        value = numbers.get(tag, b"")
        if not isinstance(value, bytes) or len(value) != 2:
            return None
        shape.append(int(unfolded.encoding.short.unpack(value)[0]))
    frames = next((_text(element) for element in unfolded.elements if element.tag == NUMBER_OF_FRAMES), "") or "1"
    return (math.prod(shape) * int(frames) + 7) // 8 if frames.isdecimal() and len(frames) < 10 else None
