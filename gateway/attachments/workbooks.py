"""The sheets of a workbook as lines of JSON, those that are shown first; nothing is computed.

A line that is an object begins a sheet: `{"sheet": 2, "hidden": false}`, its place among the tabs of its kind as a
person counts them. The lists behind it are its rows with content: the row's number as a spreadsheet shows it, and its
cells as texts. A sheet for which there is no room, or no time any more, begins with `{"cut": true}`, and of its rows
the first follow alone, with shortened cells: enough to tell whether it has headings.

It is loaded by a program of its own (`extractor.py`), imports nothing of this node, and takes a stranger's bytes.
"""

import io
import json
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from time import process_time
from typing import Any

_ROOM = 1_000_000  # characters of rows in all sheets
_SECONDS = 14.0  # of its processor time that a program of its own may take until a sheet of many rows is cut
_LAST_SECONDS = 16.0  # and until any is, behind its first rows
_OFTEN = 2000  # rows between two looks at the time
_FIRST_ROWS = 10
_LONGEST_HEADING = 100
_MOST_COLUMNS = 100
_LEAST_ROUNDED = 10**15
_CUT = json.dumps({"cut": True}) + "\n"


def lines_of_workbook(content: bytes) -> Iterator[str]:
    """Yield the lines of a workbook's sheets."""
    from openpyxl import load_workbook

    book = load_workbook(io.BytesIO(content), read_only=True, data_only=False)
    unseen = {each.title for each in book.worksheets if each.sheet_state != "visible"}
    tabs = sorted(book.sheetnames, key=lambda name: name in unseen)  # charts have tabs too
    room = _ROOM
    for sheet in sorted(book.worksheets, key=lambda each: each.title in unseen):
        hidden = sheet.title in unseen
        place = tabs.index(sheet.title) + 1 - (len(tabs) - len(unseen) if hidden else 0)
        yield json.dumps({"sheet": place, "hidden": hidden}) + "\n"
        lines = _lines(sheet, room)
        room -= sum(map(len, lines)) if lines[:1] != [_CUT] else 0
        yield from lines


def _lines(sheet: Any, room: int) -> list[str]:
    """Return the lines of a sheet, those of its first rows behind `_CUT` where all of them do not fit in."""
    sheet.reset_dimensions()  # what a stranger's file says of its size is not believed
    lines: list[str] = []
    first: list[str] = []
    hurries = process_time() > _LAST_SECONDS
    for number, row in enumerate(sheet.iter_rows(max_col=_MOST_COLUMNS, values_only=True), 1):
        if (hurries and len(lines) == _FIRST_ROWS) or (number % _OFTEN == 0 and process_time() > _SECONDS):
            return [_CUT, *first]
        if row.count(None) == len(row):
            continue
        cells = [_shown(each) for each in row]
        while cells and not cells[-1].strip():
            cells.pop()
        if not cells:
            continue
        if len(lines) < _FIRST_ROWS:
            first.append(_line(number, [each[:_LONGEST_HEADING] for each in cells]))
        lines.append(_line(number, cells))
        room -= len(lines[-1])
        if room < 0:
            return [_CUT, *first]
    return lines


def _line(number: int, cells: Sequence[str]) -> str:
    return json.dumps([number, cells], ensure_ascii=False) + "\n"


def _shown(value: object) -> str:
    if isinstance(value, datetime | date):
        return value.strftime("%Y-%m-%d")
    if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) >= _LEAST_ROUNDED:
        return f"{value:.14E}"  # a workbook keeps 15 digits of a number: what stands behind them is lost
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return "" if value is None else str(value)
