"""Keep measured values as they are or not at all, and no age above ninety (PS3.3 section C.18.1).

A number that had to go leaves an empty measurement, never another number: nobody may read a made-up value as measured.
"""

import re

from anonymizer.content_rules import Concept, concept_of
from anonymizer.content_tree import ContentItem
from anonymizer.element import Element, Items
from anonymizer.scanning import items_of
from anonymizer.temporal import DAYS_IN_YEAR, OLDEST_AGE
from anonymizer.treatments import Scene, text_of
from anonymizer.writing import text_value

MEASURED_VALUES, NUMERIC_VALUE, UNITS, CODE_VALUE = 0x0040A300, 0x0040A30A, 0x004008EA, 0x00080100
_NUMBERS = frozenset({NUMERIC_VALUE, 0x0040A161, 0x0040A162, 0x0040A163})
AGES = frozenset(
    {Concept("DCM", "121033"), Concept("LN", "30525-0"), Concept("SCT", "424144002"), Concept("SCT", "397669002")}
)
_DAYS = {"a": DAYS_IN_YEAR, "mo": DAYS_IN_YEAR / 12, "wk": 7.0, "d": 1.0}
_NUMBER = re.compile(r"[0-9]{1,6}(?:\.[0-9]*)?")


def clean_measurement(scene: Scene, item: ContentItem, cleaned: dict[int, Element]) -> None:
    """Empty the measurement among the cleaned elements of an item when a number of it changed; cap an age."""
    measured = cleaned.get(MEASURED_VALUES)
    if measured is None or not isinstance(measured.value, list):
        return
    original: Items = items_of(item.elements[MEASURED_VALUES], item.depth + 1)
    if item.action == "D" or [_numbers(each) for each in measured.value] != [_numbers(each) for each in original]:
        cleaned[MEASURED_VALUES] = Element(MEASURED_VALUES, "SQ", [])
    elif concept_of(item.concept.scheme, item.concept.value) in AGES:
        capped = [_capped(scene, each) for each in measured.value]
        cleaned[MEASURED_VALUES] = Element(MEASURED_VALUES, "SQ", [each for each in capped if each])


def _numbers(elements: list[Element]) -> dict[int, object]:
    return {element.tag: element.value for element in elements if element.tag in _NUMBERS}


def _capped(scene: Scene, elements: list[Element]) -> list[Element]:
    """Return a measured age without a value above ninety; one in a unit that nobody knows goes."""
    by_tag = {element.tag: element for element in elements}
    number, unit = by_tag.get(NUMERIC_VALUE), by_tag.get(UNITS)
    codes = unit.value if unit is not None and isinstance(unit.value, list) else []
    named = {text_of(scene, each) for code in codes for each in code if each.tag == CODE_VALUE}
    days = _DAYS.get(next(iter(named), ""))
    text = text_of(scene, number) if number is not None else ""
    if days is None or not _NUMBER.fullmatch(text):
        return []
    if float(text) * days < OLDEST_AGE * DAYS_IN_YEAR:
        return elements
    oldest = Element(NUMERIC_VALUE, "DS", text_value("DS", str(round(OLDEST_AGE * DAYS_IN_YEAR / days))))
    kept = [element for element in elements if element.tag not in _NUMBERS] + [oldest]
    return sorted(kept, key=lambda each: each.tag)
