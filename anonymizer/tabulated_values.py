"""Clean the tables of structured reports: the Table Content Item Macro (PS3.3 C.18.10).

A cell is decided by the concepts of its row, its column and the table in Table E.3.4-1 of PS3.15, as an item of its
own under each of them would be, and then by its VR as such an item's value. A cell that has to go is not left out: it
says `REMOVED` in its place, so that nobody takes it for one that was never measured. A list of numbers of which one has
to go, goes as a whole. A table whose cells do not say where they stand, or hold what no such table has, is refused.
"""

from collections.abc import Callable
from dataclasses import dataclass

from anonymizer.charset import encodings_in
from anonymizer.codes import CODE_VALUE, LONG_CODE_VALUE, SCHEME, URN_CODE_VALUE, CodedEntry
from anonymizer.content_rules import Concept, concept_of, content_action
from anonymizer.element import Element, Encoding, Items
from anonymizer.errors import Refused
from anonymizer.measurements import AGES
from anonymizer.profile import Profile
from anonymizer.scanning import items_of
from anonymizer.treatments import (
    DATES,
    Scene,
    Step,
    age,
    binary_numbers,
    code_string,
    dummy_value,
    mapped_uids,
    number_string,
    text_of,
)
from anonymizer.vouched_text import TextRules, vouched_text
from anonymizer.wording import clean_descriptor
from anonymizer.writing import text_value

TABULATED_VALUES = 0x0040A801
_ROWS, _COLUMNS, _ROW, _COLUMN = 0x0040A802, 0x0040A803, 0x0040A804, 0x0040A805
_ROW_DEFINITIONS, _COLUMN_DEFINITIONS, _CELLS = 0x0040A806, 0x0040A807, 0x0040A808
_CONCEPT_NAME, _UNITS, _CONCEPT_CODE = 0x0040A043, 0x004008EA, 0x0040A168
_VR = 0x00720050
# Where a cell keeps its value, by its VR (PS3.3 Table 10.26-1), and which value type of Table E.3.4-1 it counts as.
_CELL_KINDS: dict[str, tuple[int, str]] = {
    "CS": (0x00720062, "TEXT"), "LO": (0x00720066, "TEXT"), "LT": (0x00720068, "TEXT"), "SH": (0x0072006C, "TEXT"),
    "ST": (0x0072006E, "TEXT"), "UC": (0x0072006F, "TEXT"), "UT": (0x00720070, "TEXT"), "PN": (0x0072006A, "PNAME"),
    "DA": (0x00720061, "DATE"), "DT": (0x00720063, "DATETIME"), "TM": (0x0072006B, "TIME"),
    "UI": (0x0072007F, "UIDREF"), "SQ": (0x00720080, "CODE"), "AS": (0x0072005F, "NUM"),
    "DS": (0x00720072, "NUM"), "IS": (0x00720064, "NUM"), "FD": (0x00720074, "NUM"), "FL": (0x00720076, "NUM"),
    "UL": (0x00720078, "NUM"), "US": (0x0072007A, "NUM"), "SL": (0x0072007C, "NUM"), "SS": (0x0072007E, "NUM"),
    "SV": (0x00720082, "NUM"), "UV": (0x00720083, "NUM"),
}  # fmt: skip
_SINGLE_TEXTS = frozenset({"LT", "ST", "UT"})  # a backslash is one of their characters
_LONGEST = {"SH": 16, "LO": 64, "ST": 1024, "LT": 10240}
_BY_VALUE = frozenset({"TEXT", "PNAME", "DATE", "DATETIME", "TIME", "UIDREF"})
_BINARY = {"FL": 4, "FD": 8, "UL": 4, "US": 2, "SL": 4, "SS": 2, "SV": 8, "UV": 8}
_REMOVED = "REMOVED"
_REFUSAL = Refused("structured-report", "The report holds a table that no rule knows; file its text instead.")
Concepts = dict[int, Concept]  # by row or column, 0 for all of them


@dataclass(frozen=True)
class TableCleaner:
    """Hold what the tables of one object are cleaned with; `data_set` cleans codes as in any content item."""

    scene: Scene
    profile: Profile
    words: TextRules
    birth_dates: frozenset[str]
    encoding: Encoding
    data_set: Callable[[list[Element]], list[Element]]

    def clean(self, values: Element, concept: CodedEntry, depth: int) -> Element:
        """Return a cleaned Tabulated Values Sequence; raises Refused for what is no such table."""
        tables = items_of(values, depth + 1)
        if len(tables) != 1:
            raise _REFUSAL
        by_tag = {element.tag: element for element in tables[0]}
        outside = self.scene.encodings
        self.scene.encodings = inside = encodings_in(tables[0], outside)
        cleaned = [self._counted(by_tag, tag) for tag in (_ROWS, _COLUMNS)]
        headings: list[Concepts] = []
        for tag, number in ((_ROW_DEFINITIONS, _ROW), (_COLUMN_DEFINITIONS, _COLUMN)):
            definitions, concepts = self._definitions(by_tag.get(tag), number, depth + 2)
            headings.append(concepts)
            if definitions:
                cleaned.append(Element(tag, "SQ", definitions))
        whole = concept_of(concept.scheme, concept.value)
        cells: Items = []
        for elements in items_of(by_tag[_CELLS], depth + 2) if _CELLS in by_tag else []:
            self.scene.encodings = encodings_in(elements, inside)
            cells.append(self._cell({each.tag: each for each in elements}, whole, *headings))
        self.scene.encodings = outside
        return Element(TABULATED_VALUES, "SQ", [[*cleaned, Element(_CELLS, "SQ", cells)]])

    def _counted(self, by_tag: dict[int, Element], tag: int) -> Element:
        number = self._number(by_tag.get(tag))
        if number is None:
            raise _REFUSAL
        return Element(tag, "UL", self.encoding.length.pack(number))

    def _number(self, element: Element | None) -> int | None:
        if element is None:
            return None
        if not isinstance(element.value, bytes) or len(element.value) != self.encoding.length.size:
            raise _REFUSAL
        return int(self.encoding.length.unpack(element.value)[0])

    def _definitions(self, sequence: Element | None, number: int, depth: int) -> tuple[Items, Concepts]:
        """Return the headings of the rows or columns, and the concept of each."""
        kept: Items = []
        concepts: Concepts = {}
        outside = self.scene.encodings
        for elements in items_of(sequence, depth) if sequence is not None else []:
            self.scene.encodings = encodings_in(elements, outside)
            by_tag = {element.tag: element for element in elements}
            at = self._number(by_tag.get(number))
            entry = concept_in(self.scene, by_tag.get(_CONCEPT_NAME), depth)
            concepts[at or 0] = concept_of(entry.scheme, entry.value)
            cleaned = self.data_set([by_tag[tag] for tag in (_UNITS, _CONCEPT_NAME) if tag in by_tag])
            if at is not None:
                cleaned.append(Element(number, "UL", self.encoding.length.pack(at)))
            kept.append(sorted(cleaned, key=lambda each: each.tag))
        self.scene.encodings = outside
        return kept, concepts

    def _cell(self, by_tag: dict[int, Element], whole: Concept, rows: Concepts, columns: Concepts) -> list[Element]:
        row, column = self._number(by_tag.get(_ROW)), self._number(by_tag.get(_COLUMN))
        vr = text_of(self.scene, by_tag[_VR]).strip() if _VR in by_tag else ""
        if vr not in _CELL_KINDS or (row is None and column is None):
            raise _REFUSAL
        tag, kind = _CELL_KINDS[vr]
        given = by_tag.get(tag)

        def goes(index: int) -> bool:
            at_row, at_column = row or index + 1, column or index + 1
            concepts = (whole, rows.get(at_row, rows.get(0)), columns.get(at_column, columns.get(0)))
            return any(self._removes(each, kind) for each in concepts if each is not None)

        cleaned = self._value(Element(tag, vr, given.value), kind, goes) if given is not None else None
        if cleaned is None:
            vr, cleaned = "UC", self._gap(given, vr, row is not None and column is not None)
        places = ((_ROW, row), (_COLUMN, column))
        placed = [Element(at, "UL", self.encoding.length.pack(number)) for at, number in places if number is not None]
        return [*placed, Element(_VR, "CS", text_value("CS", vr)), cleaned]

    def _removes(self, concept: Concept, kind: str) -> bool:
        actions = {content_action(self.profile, concept, kind)}
        if kind == "TEXT":
            actions.add("D" if content_action(self.profile, concept, "PNAME") else None)
        return bool(actions & {"X", "D"}) or (kind == "NUM" and concept in AGES)

    def _value(self, element: Element, kind: str, goes: Callable[[int], bool]) -> Element | None:
        """Return the value of a cell, or of a row or column of cells, without what goes; None where all of it does."""
        if kind in _BY_VALUE:
            text = text_of(self.scene, element)
            texts = [text] if element.vr in _SINGLE_TEXTS else text.split("\\")
            kept = [self._text(each.strip(), element.vr, kind, goes(index)) for index, each in enumerate(texts)]
            return Element(element.tag, element.vr, text_value(element.vr, "\\".join(kept)))
        if any(goes(index) for index in range(_count(element))):
            return None
        if kind == "CODE":
            codes = self.data_set([Element(_CONCEPT_CODE, "SQ", element.value)])
            return Element(element.tag, "SQ", codes[0].value) if codes and codes[0].value else None
        step = Step("K", binary_numbers, element.vr, "3")
        return {"AS": age, "DS": number_string, "IS": number_string}.get(element.vr, binary_numbers)(
            self.scene, element, step
        )

    def _text(self, text: str, vr: str, kind: str, gone: bool) -> str:
        """Return what stays of one value that is written in characters."""
        if not text:
            return ""
        dummy = dummy_value(vr)
        nothing = dummy.decode().rstrip("\0 ") if isinstance(dummy, bytes) and vr != "UI" else ""
        if kind == "PNAME" or (gone and kind != "UIDREF"):
            return nothing
        if vr == "CS" and clean_descriptor(text.replace("_", " "), self.scene.own.names) != text.replace("_", " "):
            return nothing  # a term is made of listed words: here nobody says which terms there are
        if kind == "TEXT" and vr != "CS":
            kept = vouched_text(text, self.words) if "clean-descriptors" in self.profile.options else ""
            return kept if kept and len(kept) <= _LONGEST.get(vr, len(kept)) else nothing
        if kind in {"DATE", "DATETIME"} and text[:8] in self.birth_dates:
            return nothing  # moved, a birth date would tell the shift
        treat = {"CS": code_string, "UI": mapped_uids}.get(vr) or DATES[self.profile.dates][vr]
        cleaned = treat(self.scene, Element(0, vr, text.encode()), Step("C", treat, vr, "3"))
        left = cleaned.value if cleaned is not None else b""
        return (left.decode() if isinstance(left, bytes) else "").rstrip("\0 ") or nothing

    def _gap(self, given: Element | None, vr: str, single: bool) -> Element:
        count = 1 if single or given is None else _count(Element(given.tag, vr, given.value))
        return Element(_CELL_KINDS["UC"][0], "UC", text_value("UC", "\\".join([_REMOVED] * max(count, 1))))


def _count(element: Element) -> int:
    """Return how many values an element has."""
    if isinstance(element.value, bytes):
        size = _BINARY.get(element.vr)
        return len(element.value) // size if size else element.value.count(b"\\") + 1
    return len(items_of(element, 0)) if element.vr == "SQ" else 1


def concept_in(scene: Scene, name: Element | None, depth: int) -> CodedEntry:
    """Return the first code of a Concept Name Code Sequence, empty where there is none."""
    entries = items_of(name, depth + 1) if name is not None else []
    texts = {element.tag: text_of(scene, element) for element in entries[0]} if entries else {}
    code = next((texts[tag] for tag in (CODE_VALUE, LONG_CODE_VALUE, URN_CODE_VALUE) if texts.get(tag)), "")
    return CodedEntry(code, texts.get(SCHEME, ""), "")
