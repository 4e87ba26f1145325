"""Walk a data set and apply the decided step to every element, at any depth.

Private elements that are not known to be safe, group lengths and everything the standard does not list leave here; the
counts say by which rule what was done, and never to which value.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from anonymizer.charset import SPECIFIC_CHARACTER_SET, encodings_in
from anonymizer.codes import (
    CODE_TAGS,
    CODE_VALUE,
    LONG_CODE_VALUE,
    MEANING,
    PRIVATE_SCHEME,
    REMOVED,
    SCHEME,
    URN_CODE_VALUE,
    CodedEntry,
    clean_code,
    clean_concept,
)
from anonymizer.element import Element, Encoding, Items
from anonymizer.errors import CannotDeidentify
from anonymizer.identities import OwnIdentities, own_identities
from anonymizer.keyed import NodeKey
from anonymizer.kinds import without_pixels
from anonymizer.known import KnownIdentity
from anonymizer.people import words_of
from anonymizer.plan import Place, step_for, steps_in
from anonymizer.profile import Profile
from anonymizer.safe_private import RULE, private_steps, without_idle_creators
from anonymizer.scanning import MAXIMUM_DEPTH, items_of
from anonymizer.structured_content import ContentCleaner
from anonymizer.treatments import TEXT_VRS, Decision, Scene, Step, dummy_value, text_of
from anonymizer.writing import text_value

_VALUE_TAGS = (CODE_VALUE, LONG_CODE_VALUE, URN_CODE_VALUE)
_CODE_VRS = {CODE_VALUE: "SH", SCHEME: "SH", MEANING: "LO", LONG_CODE_VALUE: "UC", URN_CODE_VALUE: "UR"}


@dataclass(slots=True)
class Cleaned:
    """Be the cleaned elements of an object by tag, and how often what was decided by which rule."""

    kept: dict[int, Element] = field(default_factory=dict)
    counts: dict[Decision, int] = field(default_factory=dict)
    content_counts: dict[str, int] = field(default_factory=dict)
    removed_private: int = 0


class Cleaner:
    """Clean the data sets of one object under one profile."""

    def __init__(
        self,
        *,
        key: NodeKey,
        site: str,
        shift: int,
        pseudonym: str,
        profile: Profile,
        sop_class_uid: str,
        elements: list[Element],
        encoding: Encoding,
        fetch: Callable[[int, int], bytes],
        known: KnownIdentity,
    ) -> None:
        self._profile = profile
        self._sop_class_uid = sop_class_uid
        self._elements = elements
        self._steps: dict[int, tuple[Place, dict[tuple[int, str], Step]]] = {}
        self.removed_private = 0
        self.counts: dict[Decision, int] = {}
        self._little = encoding.little
        self._safe_private = RULE in profile.options
        encodings = encodings_in(elements, ("iso8859",))
        self._encodings = encodings
        self.scene = Scene(key, site, shift, pseudonym, OwnIdentities(), fetch, self._items, encodings)
        self.scene.own = own_identities(elements, lambda element: text_of(self.scene, element))
        self._clean_code = clean_code
        self.content_counts: dict[str, int] = {}
        if without_pixels(sop_class_uid):
            self._read_words(elements, encoding, known)

    def _read_words(self, elements: list[Element], encoding: Encoding, known: KnownIdentity) -> None:
        """Prepare for an object whose content is text: who is named in it, and how its content trees are cleaned."""
        scene = self.scene
        days = {"modified": scene.shift, "full": 0, "removed": None}[self._profile.dates]
        scene.words = words_of(elements, scene.encodings, scene.own, known, self._profile, days)
        scene.own = scene.words.own
        content = ContentCleaner(scene, self._profile, scene.words, encoding, self._data_set)
        scene.content, self.content_counts, self._clean_code = content.clean, content.counts, clean_concept

    @property
    def one_by_one(self) -> bool:
        """Tell whether what becomes of an element of the top level is the same whatever stands beside it."""
        return not self._safe_private and self.scene.words is None and self.scene.content is None

    def clean(self) -> Cleaned:
        """Return what becomes of the object itself."""
        return self.clean_some(self._elements)

    def clean_some(self, elements: list[Element]) -> Cleaned:
        """Return what becomes of some elements of its top level, counted by themselves."""
        self.counts, self.removed_private = {}, 0
        self.scene.depth, self.scene.strict, self.scene.encodings = 0, False, self._encodings
        kept = {element.tag: element for element in self._data_set(elements, 0)}
        return Cleaned(kept, self.counts, self.content_counts, self.removed_private)

    def _data_set(self, elements: list[Element], parent: int) -> list[Element]:
        place, steps = self._steps.get(parent) or self._place(parent)
        counts, scene = self.counts, self.scene
        coded = parent != 0 and any(element.tag in CODE_TAGS for element in elements)
        kept: dict[int, Element] = {}
        private = self._private(elements) if self._safe_private and not scene.strict else {}
        for element in elements:
            tag = element.tag
            if tag & 0x10000 and tag not in private:
                self.removed_private += 1
                continue
            if tag == SPECIFIC_CHARACTER_SET or (coded and tag in CODE_TAGS):
                continue
            step = steps.get((tag, element.vr)) or private.get(tag) or step_for(place, tag, element.vr)
            counts[step.counted] = counts.get(step.counted, 0) + 1
            cleaned = step.apply(scene, element, step)
            if cleaned is not None and scene.strict and cleaned.vr in TEXT_VRS and cleaned.value:
                cleaned = Element(tag, cleaned.vr, dummy_value(cleaned.vr))
            if cleaned is not None:
                kept[tag] = cleaned
        if coded:
            kept.update(self._code(elements))
        if private:
            without_idle_creators(kept)
        return [kept[tag] for tag in sorted(kept)]

    def _private(self, elements: list[Element]) -> dict[int, Step]:
        return private_steps(self._profile, elements, lambda element: text_of(self.scene, element), little=self._little)

    def _place(self, parent: int) -> tuple[Place, dict[tuple[int, str], Step]]:
        place = Place(self._profile, self._sop_class_uid, parent)
        return self._steps.setdefault(parent, (place, steps_in(place)))

    def _items(self, element: Element, depth: int, encodings: tuple[str, ...], strict: bool) -> Items:
        if depth > MAXIMUM_DEPTH:
            raise CannotDeidentify("too-deep", "Sequences are nested deeper than any known object needs.")
        scene, cleaned, outside = self.scene, [], self.scene.strict
        for item in items_of(element, depth):
            scene.depth, scene.encodings, scene.strict = depth, encodings_in(item, encodings), strict or outside
            cleaned.append(self._data_set(item, element.tag))
        scene.depth, scene.encodings, scene.strict = depth - 1, encodings, outside
        return cleaned

    def _code(self, elements: list[Element]) -> dict[int, Element]:
        """Return the cleaned elements of a coded entry, of which a careless writer may have left out some."""
        texts = {element.tag: text_of(self.scene, element) for element in elements if element.tag in CODE_TAGS}
        value_tag = next((tag for tag in _VALUE_TAGS if tag in texts), CODE_VALUE)
        entry = CodedEntry(texts.get(value_tag, ""), texts.get(SCHEME, ""), texts.get(MEANING, ""))
        clean = (
            CodedEntry(REMOVED, PRIVATE_SCHEME, REMOVED)
            if self.scene.strict
            else self._clean_code(entry, self.scene.own)
        )
        values = {value_tag: clean.value, SCHEME: clean.scheme, MEANING: clean.meaning}
        return {tag: Element(tag, _CODE_VRS[tag], text_value("LO", values[tag])) for tag in values if tag in texts}
