"""A workbook as lists: each sheet that is shown and has headings which name a patient is one, by its own headings.

What is no list, such as a legend, is passed over, and whoever sends the workbook is told with its first row.
Hidden sheets are lists only where none is shown. A row is named by its number, and by its sheet where there are several
lists; a sheet by its place among the tabs, never by its name, which may be a patient's.
"""

import io
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from config.errors import Malformed
from gateway.case_reports.enclosures import text_of
from gateway.case_reports.lists.reading import MOST_ROWS, begins_with_headings, read_rows
from gateway.case_reports.parts import Part, digest_of
from gateway.node import Node

_MOST_NAMED = 20
_NO_HEADINGS = "not read, since no headings there name a patient: {}"
_NOT_SHOWN = "not read, since it is a list that is hidden: {}"
_TOO_LARGE = "the XLSX cannot be read: it is larger than a list of cases"


@dataclass
class _Sheet:
    """A sheet with its rows and their numbers; `is_cut` where these are the first ones alone."""

    name: str
    hidden: bool
    rows: list[tuple[int, Sequence[str]]] = field(default_factory=list)
    is_cut: bool = False


def read_workbook(node: Node, payload: bytes) -> list[Part]:
    """Return one part for each row of a workbook's lists, and one for a list whose headings cannot be read.

    Raises:
        Malformed: it cannot be read, has no list or is larger than lists may be, or its only list cannot be read.
    """
    sheets = [each for each in _sheets(text_of(node, "xlsx", payload)) if each.rows or each.is_cut]
    if not sheets:
        raise Malformed("the list is empty")
    lists = _lists(sheets)
    if any(each.is_cut for each in lists):
        raise Malformed(_TOO_LARGE)
    if sum(len(each.rows) - 1 for each in lists) > MOST_ROWS:
        raise Malformed(f"a list may have {MOST_ROWS} rows, those of all sheets together")
    parts = read_rows(lists[0].rows) if len(lists) == 1 else [part for each in lists for part in _parts(each)]
    passed_over = _passed_over(sheets, lists)
    if passed_over and not parts:
        raise Malformed(f"the list has no rows; {passed_over}")
    return [replace(parts[0], passed_over=passed_over), *parts[1:]] if passed_over else parts


def _sheets(text: str) -> list[_Sheet]:
    sheets: list[_Sheet] = []
    for line in io.StringIO(text):
        said = json.loads(line)
        if isinstance(said, list):
            sheets[-1].rows.append((said[0], said[1]))
        elif "sheet" in said:
            kind = "hidden sheet" if said["hidden"] else "sheet"
            sheets.append(_Sheet(f"{kind} {said['sheet']}", said["hidden"]))
        else:
            sheets[-1].is_cut = True
    return sheets


def _lists(sheets: Sequence[_Sheet]) -> list[_Sheet]:
    """Return the sheets that are lists: those that are shown, else hidden ones, else the first that has content."""
    found = [each for each in sheets if begins_with_headings(each.rows)]
    return [each for each in found if not each.hidden] or found or list(sheets[:1])


def _parts(sheet: _Sheet) -> list[Part]:
    try:
        return read_rows(sheet.rows, place=f"{sheet.name}, ")
    except Malformed as problem:
        return [Part(sheet.name, digest_of("sheet", json.dumps(sheet.rows)), problem=problem)]


def _passed_over(sheets: Sequence[_Sheet], lists: Sequence[_Sheet]) -> str:
    """Return what was passed over although it may have been meant; what is hidden and no list was not."""
    others = [each for each in sheets if each not in lists]
    silent = _named(each.name for each in others if not each.hidden)
    hidden = _named(each.name for each in others if each.hidden and begins_with_headings(each.rows))
    return "; ".join(says.format(names) for says, names in ((_NO_HEADINGS, silent), (_NOT_SHOWN, hidden)) if names)


def _named(names: Iterable[str]) -> str:
    found = list(names)
    more = f" and {len(found) - _MOST_NAMED} more" if len(found) > _MOST_NAMED else ""
    return ", ".join(found[:_MOST_NAMED]) + more
