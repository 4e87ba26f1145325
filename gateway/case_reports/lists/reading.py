"""A list as rows: CSV in the character set and with the separator that it has, or a sheet (`workbooks.py`)."""

import codecs
import csv
import io
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress

from config.case_number import find_case_numbers
from config.errors import Malformed, SenderFault
from gateway.case_reports.dates import Order, order_in
from gateway.case_reports.lists.columns import fold, known_headings, names_a_patient, read_headings
from gateway.case_reports.lists.rows import (
    is_cancelled,
    is_rounded,
    plain_case_number,
    read_residence,
    read_row,
    sex_words,
)
from gateway.case_reports.parts import Does, Part, digest_of

MOST_ROWS = 5000
MOST_COLUMNS = 1000
LONGEST_ROW = 400_000
_LONGEST_CELL = 200_000
_SETS = ("cp1252", "gb18030", "big5")
_PAIR = re.compile(rb"[\x80-\xff]{2}")
_MOST_BEFORE = 10
_LONGEST_DATE = 40
_DATES_IN = {"de": "datum", "es": "fecha"}  # a word of its headings
_LONGEST_HEADINGS = 20_000
_SEPARATORS = ";\t,|"
_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


def read_csv(payload: bytes) -> list[Part]:
    """Return one part for each row of a CSV list.

    Raises:
        Malformed: no headings, too many rows or columns, or a character set that cannot be told.
    """
    text = _decode(payload)
    separator = max(_SEPARATORS, key=_headings_in(text).count)
    csv.field_size_limit(_LONGEST_CELL)
    try:
        return read_rows(enumerate(_rows(text, separator), 1))
    except csv.Error:
        raise Malformed("the list is no CSV: a quotation mark is not closed, or a cell is too long") from None


def read_rows(rows: Iterable[tuple[int, Sequence[str]]], *, place: str = "") -> list[Part]:
    """Return one part for each row with content below the headings; `place` stands before its number in its name.

    Raises:
        Malformed: no headings, two that mean the same, or too many rows or columns.
    """
    numbered = _from_headings(_filled(rows))
    headings = read_headings(numbered[0][1])
    headings = _without_own_numbers(numbered, headings)
    order = _order(numbered, headings)
    sex = next((column for column, field in headings.items() if field == "sex"), None)
    sexes = sex_words(row[sex] for _, row in numbered[1:] if sex is not None and sex < len(row))
    return [_part(f"{place}row {number}", row, headings, order, sexes) for number, row in numbered[1:]]


def begins_with_headings(rows: Sequence[tuple[int, Sequence[str]]]) -> bool:
    """Say whether one of the first rows with content is one of headings that name a patient."""
    return any(names_a_patient(row) for _, row in rows[:_MOST_BEFORE])


def _rows(text: str, separator: str) -> Iterator[Sequence[str]]:
    """Yield the rows of CSV one by one, each no longer than a row may be, before its cells are made."""
    pulled = 0

    def lines() -> Iterator[str]:
        nonlocal pulled
        for line in io.StringIO(text, newline=""):
            pulled += len(line)
            if pulled > LONGEST_ROW:
                raise Malformed(f"a row may have {LONGEST_ROW} characters")
            yield line

    for row in csv.reader(lines(), delimiter=separator, strict=True):
        pulled = 0
        yield row


def _filled(rows: Iterable[tuple[int, Sequence[str]]]) -> list[tuple[int, Sequence[str]]]:
    """Return the rows with content and their numbers; what comes after the last that a list may have is not read."""
    numbered: list[tuple[int, Sequence[str]]] = []
    for number, row in rows:
        if not any(cell.strip() for cell in row):
            continue
        if len(numbered) > MOST_ROWS:
            raise Malformed(f"a list may have {MOST_ROWS} rows")
        if len(row) > MOST_COLUMNS:
            raise Malformed(f"a list may have {MOST_COLUMNS} columns")
        numbered.append((number, row))
    if not numbered:
        raise Malformed("the list is empty")
    return numbered


def _headings_in(text: str) -> str:
    """Return the line of headings: that of the first with the most that are known."""
    lines = text[: _MOST_BEFORE * _LONGEST_HEADINGS].split("\n", _MOST_BEFORE)[:_MOST_BEFORE]
    return max((line[:_LONGEST_HEADINGS] for line in lines), key=known_headings)


def _from_headings(rows: list[tuple[int, Sequence[str]]]) -> list[tuple[int, Sequence[str]]]:
    """Return a list without what stands above its headings, such as a title and a day."""
    at = (at for at, (_, row) in enumerate(rows[:_MOST_BEFORE]) if names_a_patient(row))
    return rows[next(at, 0) :]


def _part(place: str, row: Sequence[str], headings: dict[int, str], order: Order, sexes: Mapping[str, str]) -> Part:
    cells = {field: row[column].strip() for column, field in headings.items() if column < len(row)}
    said = {field: cell for field, cell in cells.items() if cell}
    digest = digest_of("row", json.dumps(said, sort_keys=True))
    try:
        does: Does = "cancel" if is_cancelled(said) else "file"
        document = read_row(said, order, sexes)
        return Part(place, digest, document, does=does, residence=read_residence(said)[1])
    except SenderFault as problem:
        return Part(place, digest, problem=problem)


def _without_own_numbers(rows: Sequence[tuple[int, Sequence[str]]], headings: dict[int, str]) -> dict[int, str]:
    """Return the headings without a column of case numbers that are the hospital's own (`Fallnummer`), not this node's.

    They are this node's where the heading is its own English one (`Case number`), or where at least half of the numbers
    bear its check digit: then one that does not is mistyped, and refused in its row. So is one that a spreadsheet has
    rounded: whose it was cannot be told. A number of a stay in hospital says nothing of the examination, so that it is
    passed over like any other column.
    """
    column = next((column for column, field in headings.items() if field == "case_number"), None)
    if column is None or fold(rows[0][1][column]) == fold("case number"):
        return headings
    cells = [row[column] for _, row in rows[1:] if column < len(row)]
    if any(is_rounded(cell) for cell in cells):
        return headings
    filled = [cell for cell in map(plain_case_number, cells) if cell]
    ours = sum(len(cell) == 10 and bool(find_case_numbers(cell)) for cell in filled)
    return headings if 2 * ours >= len(filled) else {at: field for at, field in headings.items() if at != column}


def _order(rows: Sequence[tuple[int, Sequence[str]]], headings: dict[int, str]) -> Order:
    """Tell from the whole list whether days or months come first: by a date that can only be read one way, by language.

    In German and Spanish the day does, unless a date says otherwise; English headings tell nothing.
    """
    columns = [column for column, field in headings.items() if field.endswith("_date")]
    cells = [row[column][:_LONGEST_DATE] for _, row in rows[1:] for column in columns if column < len(row)]
    named = " ".join(rows[0][1][column] for column in columns).casefold()
    language = next((code for code, word in _DATES_IN.items() if word in named), "")
    return order_in("\n".join(cells), language)


def _decode(payload: bytes) -> str:
    """Return the text of a list: by its mark, as UTF-8, in the set in which its headings are known, or as Western.

    It is Western where each byte above ASCII stands alone and is a letter: two-byte sets have them in pairs.
    """
    for mark, codec in _BOMS:
        if payload.startswith(mark):
            return _decoded(payload, codec)
    with suppress(UnicodeDecodeError):
        return payload.decode("utf-8")
    begin = payload[:LONGEST_ROW]
    known = {codec: known_headings(_headings_in(begin.decode(codec, "replace"))) for codec in _SETS}
    best = [codec for codec in known if known[codec] == max(known.values())]
    if len(best) == 1:
        return _decoded(payload, best[0])
    if _PAIR.search(payload) is None and all(chr(byte).isalpha() for byte in payload if byte > 127):
        return _decoded(payload, "cp1252")
    raise Malformed("the character set of the list cannot be told: save it as UTF-8")


def _decoded(payload: bytes, codec: str) -> str:
    try:
        return payload.decode(codec)
    except UnicodeError:
        raise Malformed("the list is not in the character set that it seems to be in: save it as UTF-8") from None
