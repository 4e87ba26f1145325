"""Carry out one action on one element: a literal table from action and VR to a function.

Every treatment returns the element to write, or None to leave it out. What cannot stay as it is falls back on the
attribute's Type: a required one gets a dummy, a required-but-empty one is emptied, an optional one goes.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from anonymizer.charset import decode
from anonymizer.colour_profile import colours_alone
from anonymizer.element import PIXEL_DATA, Bulk, Element, Fragments, Items
from anonymizer.identities import OwnIdentities
from anonymizer.keyed import NodeKey, is_standard_uid, map_uid, opaque_label
from anonymizer.scanning import BULK_LENGTH
from anonymizer.temporal import capped_age, shift_date, shift_datetime, valid_time, valid_zone
from anonymizer.vouched_text import TextRules, vouched_text
from anonymizer.wording import clean_descriptor, clean_technical, without_words
from anonymizer.writing import text_value

TEXT_VRS = frozenset({"LO", "LT", "PN", "SH", "ST", "UC", "UT"})
_SIZES = {
    "US": 2,
    "SS": 2,
    "UL": 4,
    "SL": 4,
    "UV": 8,
    "SV": 8,
    "FL": 4,
    "FD": 8,
    "AT": 4,
    "OF": 4,
    "OD": 8,
    "OL": 4,
    "OV": 8,
}
_COLOUR_PROFILE = 0x00282000
# The only OB and OW values that an object needs: look-up tables, colour profile, offset tables, spectra, surfaces and
# the samples of a waveform.
KEPT_BINARY = PIXEL_DATA | frozenset(
    {0x00281201, 0x00281202, 0x00281203, 0x00281204, 0x00281221, 0x00281222, 0x00281223, 0x00281224}
    | {_COLOUR_PROFILE, 0x00283006, 0x54001010, 0x7FE00001, 0x7FE00002, 0x7FE00003, 0x00660023, 0x00660024, 0x00660025}
)
SHORTEST_NUMBER = 5
MAXIMUM_TABLE = 16 * 1024 * 1024
_DUMMIES = {
    "AE": "REMOVED", "AS": "000Y", "CS": "REMOVED", "DA": "19000101", "DS": "0", "DT": "19000101000000", "IS": "0",
    "LO": "REMOVED", "LT": "REMOVED", "PN": "REMOVED", "SH": "REMOVED", "ST": "REMOVED", "TM": "000000",
    "UC": "REMOVED", "UR": "urn:removed", "UT": "REMOVED",
}  # fmt: skip
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")
_CODE_STRING = re.compile(r"[A-Z0-9_ ]{1,16}")
_FIVE_DIGITS = re.compile(r"\d{5}")


@dataclass(slots=True)
class Scene:
    """Be what a treatment may know about the object at hand, besides the element.

    `strict` holds inside a sequence whose whole content is to be replaced by dummies. `words` and `content` are there
    for objects made of words: what their texts must not say, and what cleans a content tree.
    """

    key: NodeKey
    site: str
    shift: int
    pseudonym: str
    own: OwnIdentities
    fetch: Callable[[int, int], bytes]
    recurse: Callable[[Element, int, tuple[str, ...], bool], Items]
    encodings: tuple[str, ...] = ("iso8859",)
    depth: int = 0
    strict: bool = False
    words: TextRules | None = None
    content: Callable[[Element], Element | None] | None = None


# What was decided about an attribute: the action, the rule, and what a date or time that stays is.
Decision = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Step:
    """Be the decision about one attribute in one place: what to do, with which VR, how much it is needed, and why.

    `rule` names what decided: `basic`, an option, `override` or `admitted` of the profile, `unlisted` for an attribute
    that no row names, `unknown` for one that the standard does not list, `retain-safe-private`. `dates` says of a date
    or time that stays whether it is `modified` or `full`.
    """

    action: str
    apply: "Treatment"
    vr: str
    type: str
    rule: str = "basic"
    dates: str = ""
    counted: Decision = field(init=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "counted", (self.action, self.rule, self.dates))


Treatment = Callable[[Scene, Element, Step], Element | None]


def text_of(scene: Scene, element: Element) -> str:
    """Return the decoded text of an element; a large value is no text."""
    if not isinstance(element.value, bytes):
        return ""
    encodings = scene.encodings if element.vr in TEXT_VRS else ("iso8859",)
    return decode(element.value, encodings)


def write(element: Element, step: Step, text: str) -> Element | None:
    """Return the element with a new text, or what its Type leaves when the text is empty; empty stays empty."""
    if not text.strip("\\"):
        given = element.value if isinstance(element.value, bytes) else b"?"
        return missing(element, step) if given.strip(b"\0 ") else Element(element.tag, step.vr, b"")
    return Element(element.tag, step.vr, text_value(step.vr, text))


def missing(element: Element, step: Step) -> Element | None:
    """Return what stays of an element whose value must go: by Type a dummy, an empty value, or nothing."""
    if step.type == "3":
        return None
    return Element(element.tag, step.vr, dummy_value(step.vr) if step.type == "1" else _nothing(step.vr))


def dummy_value(vr: str) -> bytes | Items:
    if vr == "SQ":
        return []
    return text_value(vr, _DUMMIES[vr]) if vr in _DUMMIES else bytes(_SIZES.get(vr, 2))


def _nothing(vr: str) -> bytes | Items:
    return [] if vr == "SQ" else b""


def _each(text: str, change: Callable[[str], str]) -> str:
    return "\\".join(change(value.strip()) for value in text.split("\\"))


def remove(scene: Scene, element: Element, step: Step) -> Element | None:
    return None


def empty(scene: Scene, element: Element, step: Step) -> Element | None:
    return Element(element.tag, step.vr, _nothing(step.vr))


def dummy(scene: Scene, element: Element, step: Step) -> Element | None:
    return Element(element.tag, step.vr, dummy_value(step.vr))


def dummy_items(scene: Scene, element: Element, step: Step) -> Element | None:
    return Element(element.tag, "SQ", scene.recurse(element, scene.depth + 1, scene.encodings, True))


def items(scene: Scene, element: Element, step: Step) -> Element | None:
    return Element(element.tag, "SQ", scene.recurse(element, scene.depth + 1, scene.encodings, False))


def content_tree(scene: Scene, element: Element, step: Step) -> Element | None:
    """Clean a tree of content items by their concepts; what stands in a dummied sequence is dummied all the same."""
    return dummy_items(scene, element, step) if scene.content is None or scene.strict else scene.content(element)


def drawn_text(scene: Scene, element: Element, step: Step) -> Element | None:
    """Keep of a text that is drawn over an image what can be vouched for, with its gaps shown."""
    return write(element, step, vouched_text(text_of(scene, element), scene.words) if scene.words else "")


def layer_name(scene: Scene, element: Element, step: Step) -> Element | None:
    """Keep the name of a graphic layer when it is made of listed words, else give it another, the same everywhere."""
    text = text_of(scene, element)
    listed = clean_descriptor(text, scene.own.names) == text != ""
    return write(element, step, text if listed else f"LAYER {opaque_label(scene.key, site=scene.site, text=text)}")


def withhold(scene: Scene, element: Element, step: Step) -> Element | None:
    return missing(element, step)


def descriptor(scene: Scene, element: Element, step: Step) -> Element | None:
    if step.vr in {"LT", "ST", "UT"}:
        return write(element, step, clean_descriptor(text_of(scene, element), scene.own.names))
    return write(element, step, _each(text_of(scene, element), lambda text: clean_descriptor(text, scene.own.names)))


def technical(scene: Scene, element: Element, step: Step) -> Element | None:
    own = scene.own
    return write(
        element, step, _each(text_of(scene, element), lambda text: clean_technical(text, own.names, own.others))
    )


def code_string(scene: Scene, element: Element, step: Step) -> Element | None:
    """Keep what looks like a defined term; what does not has to be made of listed words (PS3.5 section 6.2, VR CS)."""

    def kept(text: str) -> str:
        words = {word.casefold() for word in re.split(r"[ _]", text)}
        if _CODE_STRING.fullmatch(text) and not _FIVE_DIGITS.search(text):
            return "" if scene.own.among(words) else text
        return clean_descriptor(text, scene.own.names)[:16].strip()

    return write(element, step, _each(text_of(scene, element), kept))


def number_string(scene: Scene, element: Element, step: Step) -> Element | None:
    """Keep DS and IS values that are numbers, and not the patient's or the order's own number."""
    values = [value.strip("\0 ") for value in text_of(scene, element).split("\\")]
    if isinstance(element.value, Bulk) or not all(not value or _NUMBER.fullmatch(value) for value in values):
        return missing(element, step)
    if any(len(value) >= SHORTEST_NUMBER and value in scene.own.others for value in values):
        return missing(element, step)
    return Element(element.tag, step.vr, element.value)


def age(scene: Scene, element: Element, step: Step) -> Element | None:
    return write(element, step, _each(text_of(scene, element), capped_age))


def moved_date(scene: Scene, element: Element, step: Step) -> Element | None:
    return write(element, step, _each(text_of(scene, element), lambda text: shift_date(text, scene.shift)))


def moved_datetime(scene: Scene, element: Element, step: Step) -> Element | None:
    return write(element, step, _each(text_of(scene, element), lambda text: shift_datetime(text, scene.shift)))


def kept_date(scene: Scene, element: Element, step: Step) -> Element | None:
    return write(element, step, _each(text_of(scene, element), lambda text: shift_date(text, 0)))


def kept_datetime(scene: Scene, element: Element, step: Step) -> Element | None:
    return write(element, step, _each(text_of(scene, element), lambda text: shift_datetime(text, 0)))


def time(scene: Scene, element: Element, step: Step) -> Element | None:
    return write(element, step, _each(text_of(scene, element), valid_time))


def zone(scene: Scene, element: Element, step: Step) -> Element | None:
    return write(element, step, valid_zone(text_of(scene, element)))


def mapped_uids(scene: Scene, element: Element, step: Step) -> Element | None:
    """Map every UID that is not the standard's own."""
    text = text_of(scene, element)
    return write(element, step, _each(text, lambda uid: map_uid(scene.key, site=scene.site, uid=uid)))


def kept_uids(scene: Scene, element: Element, step: Step) -> Element | None:
    uids = [uid.strip("\0 ") for uid in text_of(scene, element).split("\\")]
    well_formed = all(re.fullmatch(r"[0-9.]{0,64}", uid) or is_standard_uid(uid) for uid in uids)
    return write(element, step, "\\".join(uids) if well_formed else "")


def binary_numbers(scene: Scene, element: Element, step: Step) -> Element | None:
    """Keep binary numbers of whole size that do not spell one of the patient's names."""
    value = element.value
    if isinstance(value, Bulk):
        return Element(element.tag, step.vr, value) if value.length % _SIZES.get(step.vr, 1) == 0 else None
    if not isinstance(value, bytes) or len(value) % _SIZES.get(step.vr, 1) or scene.own.in_bytes(value):
        return missing(element, step)
    return Element(element.tag, step.vr, value)


def binary(scene: Scene, element: Element, step: Step) -> Element | None:
    """Keep the listed OB and OW values; pixels are passed on untouched, tables are looked into."""
    value = element.value
    if element.tag not in KEPT_BINARY:
        return missing(element, step)
    if element.tag in PIXEL_DATA:
        return Element(element.tag, step.vr, value)
    if isinstance(value, Bulk):
        if value.length > MAXIMUM_TABLE:
            return missing(element, step)
        value = scene.fetch(value.start, value.length)
    if element.tag == _COLOUR_PROFILE and isinstance(value, bytes):
        value = colours_alone(value) or b""
    if not value or not isinstance(value, bytes) or (len(value) < BULK_LENGTH and scene.own.in_bytes(value)):
        return missing(element, step)
    return Element(element.tag, step.vr, value)


def retained(scene: Scene, element: Element, step: Step) -> Element | None:
    """Keep a text as it is, but for the patient's names, numbers and birth date."""
    own = scene.own
    return write(
        element, step, _each(text_of(scene, element), lambda text: without_words(text, own.names | own.patient))
    )


def kept_binary(scene: Scene, element: Element, step: Step) -> Element | None:
    """Keep bytes that spell no name; what is too large to be looked into goes."""
    value = element.value
    if isinstance(value, Bulk) and value.length <= MAXIMUM_TABLE:
        value = scene.fetch(value.start, value.length)
    if not isinstance(value, bytes) or scene.own.in_bytes(value):
        return missing(element, step)
    return Element(element.tag, step.vr, element.value)


def pseudonymous(scene: Scene, element: Element, step: Step) -> Element | None:
    return Element(element.tag, step.vr, text_value(step.vr, scene.pseudonym))


def unvouched(scene: Scene, element: Element, step: Step) -> Element | None:
    """Leave out what is not what its tag says."""
    return missing(element, step) if not isinstance(element.value, Fragments) else None


# What may stay of an attribute that no row of Table E.1-1 names, or that an option keeps.
KEEP: dict[str, Treatment] = {
    **dict.fromkeys(("LO", "SH", "UC"), technical),
    **dict.fromkeys(("LT", "ST", "UT"), descriptor),
    **dict.fromkeys(("PN", "AE", "UR", "UN"), withhold),
    **dict.fromkeys(("DS", "IS"), number_string),
    **dict.fromkeys(("AT", "FD", "FL", "SL", "SS", "SV", "UL", "US", "UV", "OD", "OF", "OL", "OV"), binary_numbers),
    **dict.fromkeys(("OB", "OW"), binary),
    "AS": age, "CS": code_string, "SQ": items, "UI": mapped_uids,
}  # fmt: skip
# Dates and times follow the profile, whether a row names them or not.
DATES: dict[str, dict[str, Treatment]] = {
    "modified": {"DA": moved_date, "DT": moved_datetime, "TM": time},
    "full": {"DA": kept_date, "DT": kept_datetime, "TM": time},
    "removed": {"DA": withhold, "DT": withhold, "TM": withhold},
}
# What stays of the values that an option for devices or institutions, or a site's own line, keeps.
RETAIN: dict[str, Treatment] = {
    **KEEP, **dict.fromkeys(("LO", "SH", "UC", "LT", "ST", "UT", "AE"), retained), "UI": kept_uids,
}  # fmt: skip
CLEAN: dict[str, Treatment] = {
    **dict.fromkeys(("LO", "SH", "UC", "LT", "ST", "UT"), descriptor),
    "CS": code_string, "SQ": items,
}  # fmt: skip
