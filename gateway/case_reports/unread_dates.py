"""Dates behind the labels of a report that can be read in two ways: none is taken, and whoever sent it is told.

What a case tells otherwise, or was told since, is not missing; nor is what plain text inside a message or list says,
whose labels never make a case. A note names which dates, never one of them.
"""

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from gateway.case_reports.dates import is_ambiguous, order_in
from gateway.case_reports.texts.labels import find_labelled
from gateway.models import Case

_NAMES: Mapping[str, str] = MappingProxyType(
    {"birth_date": "the birth date", "study_date": "the examination date", "report_date": "the report date"}
)
SAY_WHO_BY_LABELS = frozenset({"pdf", "docx", "rtf", "text"})
_TWO_WAYS = "in the report can be read in two ways, and nothing is matched by it"
_AGAIN = "send the report again with its case number in it and dates written YYYY-MM-DD"
_AT_THE_DESK = "or enter the birth date on the case's page"


def unread_dates(case: Case) -> tuple[str, ...]:
    """Return which dates a case lacks although its report tells them, since each could be two days."""
    missing = [field for field in _NAMES if not getattr(case, field)]
    if not missing or not case.report_text:
        return ()
    said = find_labelled(case.report_text)
    order = order_in(case.report_text, case.report_language)
    return tuple(field for field in missing if is_ambiguous(said.get(field, ""), order))


def note_on_dates(case: Case, kinds: Iterable[str]) -> str | None:
    """Return what to do about the dates of a case's report that could be two days each, None where there is none.

    `kinds` are the ways in which the documents that the case was made of are written.
    """
    fields = unread_dates(case) if SAY_WHO_BY_LABELS.intersection(kinds) else ()
    if not fields:
        return None
    ways_out = [_AGAIN, _AT_THE_DESK] if "birth_date" in fields else [_AGAIN]
    return f"{' and '.join(_NAMES[field] for field in fields)} {_TWO_WAYS}: {', '.join(ways_out)}"
