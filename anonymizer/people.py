"""Gather who is named anywhere in an object that is made of words, so that no text of it repeats a name.

Headers name the patient; a report names its observers, authors and subjects at any depth, and numbers under concepts
of their own. Sequences are taken apart here once and stay so.
"""

from collections.abc import Iterator
from datetime import date
from itertools import chain

from anonymizer.charset import decode, encodings_in
from anonymizer.codes import CODE_VALUE, SCHEME
from anonymizer.content_rules import Concept, concept_of, content_action, content_table
from anonymizer.dictionary import public_vr
from anonymizer.element import Element
from anonymizer.errors import CannotDeidentify
from anonymizer.identities import IDENTIFIERS, SHORTEST_IDENTIFIER, SHORTEST_NAME, OwnIdentities
from anonymizer.known import KnownIdentity, native_words, spelled_words
from anonymizer.profile import Profile
from anonymizer.scanning import MAXIMUM_DEPTH, items_of
from anonymizer.temporal import parse_date
from anonymizer.text_dates import DateShift
from anonymizer.vouched_text import TextRules
from anonymizer.wording import fold

BIRTH_DATE, STUDY_DATE, CONTENT_DATE = 0x00100030, 0x00080020, 0x00080023
CONCEPT_NAME, TEXT_VALUE = 0x0040A043, 0x0040A160
Found = tuple[Element, tuple[str, ...]]


def _identifies(profile: Profile, concept: Concept) -> bool:
    """Tell whether a text under a concept names or numbers somebody whom the profile does not want named."""
    row = content_table().get((concept, "TEXT"))
    described = row is None or "clean-descriptors" in row.options
    return not described and content_action(profile, concept, "TEXT") != "K"


def words_of(
    elements: list[Element],
    encodings: tuple[str, ...],
    own: OwnIdentities,
    known: KnownIdentity,
    profile: Profile,
    shift_days: int | None,
) -> TextRules:
    """Return what the texts of an object must not say; `shift_days` None takes dates out instead of moving them."""
    names: list[str] = []
    ids: list[str] = []
    for element, inside in _everywhere(elements, encodings, 0):
        if _vr(element) == "PN":
            names.append(_text(element, inside))
        elif element.tag in IDENTIFIERS:
            ids.extend(value.strip() for value in _text(element, inside).split("\\"))
    for item, inside in _items_with_text(elements, encodings, 0):
        concept = _concept(item, inside)
        text = _text(Element(TEXT_VALUE, "UT", item[TEXT_VALUE].value), inside)
        if (concept, "PNAME") in content_table():
            names.append(text)
        elif _identifies(profile, concept):
            ids.append(text.strip())
    whole = KnownIdentity(
        names=tuple(dict.fromkeys((*known.names, *(name for name in names if name.strip())))),
        ids=tuple(dict.fromkeys((*known.ids, *(number for number in ids if number)))),
        dates=tuple(dict.fromkeys((*known.dates, *_dates(elements, BIRTH_DATE)))),
        others=known.others,
        spoken=known.spoken,
    )
    return TextRules(_more(own, whole), whole, _shift(elements, shift_days))


def _more(own: OwnIdentities, whole: KnownIdentity) -> OwnIdentities:
    names = {fold(word) for name in whole.names for word in spelled_words(name) if len(word) >= SHORTEST_NAME}
    names |= {word for name in whole.names for word in native_words(name)}
    numbers = {fold(word) for text in (*whole.ids, *whole.others) for word in text.split()}
    others = {word for word in numbers if len(word) >= SHORTEST_IDENTIFIER}
    patterns = {word.encode() for word in names if len(word) >= SHORTEST_IDENTIFIER}
    return OwnIdentities(own.names | names, own.others | others, tuple(sorted({*own.patterns, *patterns})))


def _shift(elements: list[Element], days: int | None) -> DateShift | None:
    around = next(chain(_dates(elements, STUDY_DATE), _dates(elements, CONTENT_DATE)), None)
    return None if days is None or around is None else DateShift(days, around)


def _dates(elements: list[Element], tag: int) -> Iterator[date]:
    for element in elements:
        found = parse_date(_text(element, ("iso8859",))) if element.tag == tag else None
        if found is not None:
            yield found


def _everywhere(elements: list[Element], encodings: tuple[str, ...], depth: int) -> Iterator[Found]:
    """Yield every public element at any depth with the codecs of its text."""
    inside = encodings_in(elements, encodings)
    for element in elements:
        if element.tag & 0x10000:
            continue
        yield element, inside
        for item in _opened(element, depth):
            yield from _everywhere(item, inside, depth + 1)


def _items_with_text(
    elements: list[Element], encodings: tuple[str, ...], depth: int
) -> Iterator[tuple[dict[int, Element], tuple[str, ...]]]:
    inside = encodings_in(elements, encodings)
    by_tag = {element.tag: element for element in elements}
    if CONCEPT_NAME in by_tag and TEXT_VALUE in by_tag:
        yield by_tag, inside
    for element in elements:
        if not element.tag & 0x10000:
            for item in _opened(element, depth):
                yield from _items_with_text(item, inside, depth + 1)


def _opened(element: Element, depth: int) -> list[list[Element]]:
    """Return the items of a sequence and keep them; what cannot be taken apart is the cleaning's to judge."""
    if _vr(element) != "SQ" or depth >= MAXIMUM_DEPTH:
        return []
    try:
        element.value = items_of(element, depth + 1)
    except CannotDeidentify:
        return []
    return element.value


def _vr(element: Element) -> str | None:
    return public_vr(element.tag) if element.vr == "UN" else element.vr


def _concept(item: dict[int, Element], encodings: tuple[str, ...]) -> Concept:
    entries = _opened(item[CONCEPT_NAME], 0)
    texts = {element.tag: _text(element, encodings) for element in entries[0]} if entries else {}
    return concept_of(texts.get(SCHEME, ""), texts.get(CODE_VALUE, ""))


def _text(element: Element, encodings: tuple[str, ...]) -> str:
    return decode(element.value, encodings) if isinstance(element.value, bytes) else ""
