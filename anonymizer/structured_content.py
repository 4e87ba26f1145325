"""Clean content trees: the Clean Structured Content Option (PS3.15 E.3.4) over the content of PS3.3 section C.17.3.

An item is decided by its concept and value type in Table E.3.4-1. What no row names keeps numbers, public codes,
references (mapped), dates (moved) and coordinates; its text stays as far as somebody can vouch for it, names never
stay. Of each item only the attributes of its value type are taken over, so nothing travels beside the value. A kind of
content that is not listed here is refused.
"""

from collections.abc import Callable

from anonymizer.charset import encodings_in
from anonymizer.content_rules import concept_of, content_action
from anonymizer.content_tree import ROOT, ContentItem, Place, every_item, prune
from anonymizer.element import Element, Encoding, Items
from anonymizer.errors import CannotDeidentify, Refused
from anonymizer.measurements import clean_measurement
from anonymizer.profile import Profile
from anonymizer.scanning import MAXIMUM_DEPTH, items_of
from anonymizer.tabulated_values import TABULATED_VALUES, TableCleaner, concept_in
from anonymizer.treatments import DATES, Scene, Step, dummy_value, kept_uids, mapped_uids, text_of
from anonymizer.vouched_text import TextRules, masked_text, vouched_text
from anonymizer.writing import text_value

CONTENT_SEQUENCE, VALUE_TYPE, CONCEPT_NAME, REFERENCED_ITEM = 0x0040A730, 0x0040A040, 0x0040A043, 0x0040DB73
TEXT_VALUE, PERSON_NAME, UID_VALUE = 0x0040A160, 0x0040A123, 0x0040A124
DATES_AND_TIMES = {"DATE": (0x0040A121, "DA"), "TIME": (0x0040A122, "TM"), "DATETIME": (0x0040A120, "DT")}
# Relationship, value type, concept name, observation date and UID: what any item may have.
COMMON = frozenset({0x0040A010, VALUE_TYPE, CONCEPT_NAME, 0x0040A032, 0x0040A171})
_REFERENCE = frozenset({0x00081199})
_COORDINATES = frozenset({0x00700022, 0x00700023, 0x00480301, 0x0070031A})
# What else the general rules take over of an item, by its value type; values that are decided here are not among it.
ATTRIBUTES: dict[str, frozenset[int]] = {
    "TEXT": frozenset(), "PNAME": frozenset(), "DATE": frozenset(), "TIME": frozenset(), "DATETIME": frozenset(),
    "UIDREF": frozenset(),
    "NUM": frozenset({0x0040A300, 0x0040A301}),
    "CODE": frozenset({0x0040A168}),
    "IMAGE": _REFERENCE, "COMPOSITE": _REFERENCE, "WAVEFORM": _REFERENCE,
    "SCOORD": _COORDINATES, "SCOORD3D": _COORDINATES | {0x30060024},
    "TCOORD": frozenset({0x0040A130, 0x0040A132, 0x0040A138, 0x0040A13A}),
    "CONTAINER": frozenset({0x0040A050, 0x0040A504}), "TABLE": frozenset(),
}  # fmt: skip
# Terms that hold the tree together (PS3.3 Tables C.17-5, C.18.6-1, C.18.7-1, C.18.9-1): they stay whatever somebody is
# called.
TERMS: dict[int, frozenset[str]] = {
    0x0040A010: frozenset(
        {"CONTAINS", "HAS OBS CONTEXT", "HAS ACQ CONTEXT", "HAS CONCEPT MOD", "HAS PROPERTIES"}
        | {"INFERRED FROM", "SELECTED FROM"}
    ),
    VALUE_TYPE: frozenset(ATTRIBUTES),
    0x0040A050: frozenset({"SEPARATE", "CONTINUOUS"}),
    0x00700023: frozenset({"POINT", "MULTIPOINT", "POLYLINE", "CIRCLE", "ELLIPSE", "POLYGON", "ELLIPSOID"}),
    0x0040A130: frozenset({"POINT", "MULTIPOINT", "SEGMENT", "MULTISEGMENT", "BEGIN", "END"}),
}
REMOVED = "REMOVED"
_REFUSAL = Refused("structured-report", "The report holds a kind of content that no rule knows; file its text instead.")


class ContentCleaner:
    """Clean the content trees of one object; `data_set` cleans the other attributes of an item by Table E.1-1."""

    def __init__(
        self,
        scene: Scene,
        profile: Profile,
        words: TextRules,
        encoding: Encoding,
        data_set: Callable[[list[Element], int], list[Element]],
    ) -> None:
        self._scene, self._profile, self._words = scene, profile, words
        self._encoding, self._data_set = encoding, data_set
        self._birth_dates = {f"{day:%Y%m%d}" for day in words.known.dates}
        self._places: dict[Place, Place] = {}
        self.counts: dict[str, int] = {}

    def clean(self, sequence: Element) -> Element | None:
        """Return a cleaned Content Sequence, None when nothing of it stays; raises Refused for unknown content."""
        scene = self._scene
        depth, encodings = scene.depth, scene.encodings
        items = parse(scene, sequence, self._encoding)
        for item in every_item(items):
            item.action = self._action(item)
            self.counts[item.action or "K"] = self.counts.get(item.action or "K", 0) + 1
        kept = prune(items)
        self._places = {item.place: item.new_place for item in every_item(kept)} | {ROOT: ROOT}
        cleaned = [self._item(item) for item in kept]
        scene.depth, scene.encodings = depth, encodings
        return Element(CONTENT_SEQUENCE, "SQ", cleaned) if cleaned else None

    def _action(self, item: ContentItem) -> str | None:
        if item.refers_to is None and item.value_type not in ATTRIBUTES:
            raise _REFUSAL
        concept = concept_of(item.concept.scheme, item.concept.value)
        action = content_action(self._profile, concept, item.value_type)
        if action is None and item.value_type == "TEXT" and content_action(self._profile, concept, "PNAME"):
            return "D"  # a name that was written as text
        return action

    def _item(self, item: ContentItem) -> list[Element]:
        scene = self._scene
        scene.depth, scene.encodings = item.depth, item.encodings
        allowed = COMMON | ATTRIBUTES.get(item.value_type, frozenset())
        plain = [element for tag, element in item.elements.items() if tag in allowed]
        cleaned = {element.tag: element for element in self._data_set(plain, CONTENT_SEQUENCE)}
        if item.value_type == "NUM":
            clean_measurement(scene, item, cleaned)
        for tag in TERMS.keys() & allowed & item.elements.keys():
            term = text_of(scene, item.elements[tag])
            if term in TERMS[tag]:
                cleaned[tag] = Element(tag, "CS", text_value("CS", term))
        value = self._value(item)
        if value is not None:
            cleaned[value.tag] = value
        if item.refers_to is not None:
            numbers = b"".join(self._encoding.length.pack(number) for number in self._places[item.refers_to])
            cleaned[REFERENCED_ITEM] = Element(REFERENCED_ITEM, "UL", numbers)
        if item.children:
            children: Items = [self._item(child) for child in item.children]
            cleaned[CONTENT_SEQUENCE] = Element(CONTENT_SEQUENCE, "SQ", children)
        return [cleaned[tag] for tag in sorted(cleaned)]

    def _value(self, item: ContentItem) -> Element | None:
        """Return the value of an item of which this module decides, None when it has none of its own."""
        if item.value_type in DATES_AND_TIMES:
            return self._date(item, *DATES_AND_TIMES[item.value_type])
        value = {"TEXT": self._text, "PNAME": self._name, "UIDREF": self._uid, "TABLE": self._table}.get(
            item.value_type
        )
        return value(item) if value else None

    def _text(self, item: ContentItem) -> Element | None:
        original = item.elements.get(TEXT_VALUE)
        if original is None:
            return None
        text = text_of(self._scene, Element(TEXT_VALUE, "UT", original.value))
        if item.action == "D" or ("clean-descriptors" not in self._profile.options and item.action != "K"):
            kept = REMOVED
        else:
            kept = (masked_text if item.action == "K" else vouched_text)(text, self._words) or REMOVED
        return Element(TEXT_VALUE, "UT", text_value("UT", kept if text else ""))

    def _name(self, item: ContentItem) -> Element | None:
        return Element(PERSON_NAME, "PN", dummy_value("PN")) if PERSON_NAME in item.elements else None

    def _uid(self, item: ContentItem) -> Element | None:
        original = item.elements.get(UID_VALUE)
        step = Step("U", mapped_uids, "UI", "2")
        return (kept_uids if item.action == "K" else mapped_uids)(self._scene, original, step) if original else None

    def _table(self, item: ContentItem) -> Element | None:
        values = item.elements.get(TABULATED_VALUES)
        if values is None:
            return None
        birth_dates = frozenset(self._birth_dates)
        cleaner = TableCleaner(self._scene, self._profile, self._words, birth_dates, self._encoding, self._definition)
        return cleaner.clean(values, item.concept, item.depth)

    def _definition(self, elements: list[Element]) -> list[Element]:
        return self._data_set(elements, CONTENT_SEQUENCE)

    def _date(self, item: ContentItem, tag: int, vr: str) -> Element | None:
        original = item.elements.get(tag)
        if original is None:
            return None
        step = Step("C", DATES[self._profile.dates][vr], vr, "1" if original.value else "2")
        if item.action == "D" or text_of(self._scene, original)[:8] in self._birth_dates:
            return Element(tag, vr, dummy_value(vr))  # moved, a birth date would tell the shift
        return step.apply(self._scene, Element(tag, vr, original.value), step)


def parse(scene: Scene, sequence: Element, encoding: Encoding) -> list[ContentItem]:
    """Return the content items of a sequence; the scene's depth and encodings say where it stands."""
    return _parse(scene, sequence, encoding, scene.depth + 1, scene.encodings, ROOT)


def _parse(
    scene: Scene, sequence: Element, encoding: Encoding, depth: int, encodings: tuple[str, ...], parent: Place
) -> list[ContentItem]:
    if depth > MAXIMUM_DEPTH:
        raise CannotDeidentify("too-deep", "Sequences are nested deeper than any known object needs.")
    found = []
    for number, elements in enumerate(items_of(sequence, depth), 1):
        by_tag = {element.tag: element for element in elements}
        inside = encodings_in(elements, encodings)
        scene.encodings = inside
        item = ContentItem(
            elements=by_tag,
            encodings=inside,
            depth=depth,
            place=(*parent, number),
            value_type=text_of(scene, by_tag[VALUE_TYPE]).strip() if VALUE_TYPE in by_tag else "",
            concept=concept_in(scene, by_tag.get(CONCEPT_NAME), depth),
            refers_to=_place_in(by_tag.get(REFERENCED_ITEM), encoding),
        )
        nested = by_tag.get(CONTENT_SEQUENCE)
        if nested is not None:
            item.children = _parse(scene, nested, encoding, depth + 1, inside, item.place)
        found.append(item)
    return found


def _place_in(element: Element | None, encoding: Encoding) -> Place | None:
    if element is None or not isinstance(element.value, bytes):
        return None
    count = len(element.value) // 4
    return tuple(int(encoding.length.unpack_from(element.value, 4 * index)[0]) for index in range(count))
