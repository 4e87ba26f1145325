"""Keep of a list of content items the codes and numbers: how a picture was acquired, how a specimen was prepared.

Such lists (PS3.3 Table 10-2, the Content Item Macro) are no trees, and stand in images too. An item under a concept
that Table E.3.4-1 names goes, and so does every text, name, date and reference: what nobody vouches for here says
little that a reader needs, and a laboratory's words may name a specimen (PS3.15 E.3.4).
"""

from anonymizer.charset import decode, encodings_in
from anonymizer.codes import CODE_VALUE, LONG_CODE_VALUE, SCHEME
from anonymizer.content_rules import concept_of, content_table
from anonymizer.element import Element
from anonymizer.scanning import items_of
from anonymizer.treatments import Scene, Step, items, missing

VALUE_TYPE, CONCEPT_NAME = 0x0040A040, 0x0040A043
_COMMON = frozenset({VALUE_TYPE, CONCEPT_NAME})
# What is taken over of an item, by its value type: the code; the number with its unit.
ATTRIBUTES = {
    "CODE": _COMMON | {0x0040A168},
    "NUMERIC": _COMMON | {0x0040A30A, 0x0040A161, 0x0040A162, 0x0040A163, 0x004008EA},
}
_IN_TABLE = {"CODE": "CODE", "NUMERIC": "NUM"}


def context_items(scene: Scene, element: Element, step: Step) -> Element | None:
    """Keep the coded and numeric items; by the attribute's Type, what is left of none."""
    found = items_of(element, scene.depth + 1)
    kept = [[each for each in item if each.tag in ATTRIBUTES.get(_kind(item, scene), ())] for item in found]
    if not any(kept):
        return missing(element, step)
    return items(scene, Element(element.tag, "SQ", [item for item in kept if item]), step)


def preparation_steps(scene: Scene, element: Element, step: Step) -> Element | None:
    """Keep the steps of which something stays."""
    cleaned = items(scene, element, step)
    left = [item for item in cleaned.value if item] if cleaned is not None and isinstance(cleaned.value, list) else []
    return Element(element.tag, "SQ", left)


def _kind(item: list[Element], scene: Scene) -> str:
    """Return the value type of an item, empty when its concept has rules of its own."""
    encodings = encodings_in(item, scene.encodings)
    by_tag = {each.tag: each for each in item}
    kind = _text(by_tag.get(VALUE_TYPE), encodings)
    name = by_tag.get(CONCEPT_NAME)
    entries = items_of(name, scene.depth + 2) if name is not None else []
    texts = {each.tag: _text(each, encodings) for each in entries[0]} if entries else {}
    code = texts.get(CODE_VALUE) or texts.get(LONG_CODE_VALUE) or ""
    concept = concept_of(texts.get(SCHEME, ""), code)
    return "" if not code or (concept, _IN_TABLE.get(kind, "")) in content_table() else kind


def _text(element: Element | None, encodings: tuple[str, ...]) -> str:
    return decode(element.value, encodings) if element is not None and isinstance(element.value, bytes) else ""
