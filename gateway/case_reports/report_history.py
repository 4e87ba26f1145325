"""The reports of a case by the order that each answers: how far it is, when it was made, whose a person said it is.

A preliminary report never takes the place of a final one, nor does one that its sender made before the one that the
case has. A report that its sender withdraws leaves the case, and no message made before brings it back (HL7 tables
0123 and 0085; FHIR R4 DiagnosticReport.status). What a person said of a report that names somebody else holds as long
as the same words come: they are known by their SHA-256.
"""

import hashlib
from collections.abc import Iterable
from typing import Any, Literal

from gateway.attachments.adopting import ARRIVED
from gateway.attachments.language import guess_language
from gateway.case_reports.document import ReportPart
from gateway.case_reports.made_at import made_before
from gateway.case_reports.parts import Stage
from gateway.models import Case

Verdict = Literal["theirs", "not_theirs"]
UNREAD = "unread"  # of which kinds documents in the report are whose words could not be read (`unread_documents.py`)
_MOST_CHARACTERS = 400_000
_MOST_VERDICTS = 20


def put_report(case: Case, report: ReportPart | None, *, stage: Stage, made_at: str) -> None:
    """Put a report in place of what the same order was answered before, beside what other orders were answered.

    What came with the images gives way to it. One that is withdrawn takes its words away. Its language is guessed where
    it is not told. Words of an order end what could not be read of it before. What a person said is somebody else's
    takes no other words away.
    """
    if report is None:
        return
    known = case.report_history.get(report.order, {})
    if made_before(made_at, known.get("made_at", "")):
        return
    if stage != "withdrawn" and not report.text.strip():
        _put_what_is_told_of_it(case, report)
        return
    if report.order in case.report_parts and _digest(report.text) in known.get("not_theirs", ()):
        return
    if stage == "preliminary" and report.order in case.report_parts and known.get("stage", "preliminary") == "":
        return
    _note(case, report.order, {"stage": stage, "made_at": made_at} | ({UNREAD: []} if known.get(UNREAD) else {}))
    if stage == "withdrawn":
        take_reports(case, [report.order])
        return
    language = report.language or guess_language(report.text)
    sent = {order: text for order, text in case.report_parts.items() if not order.startswith(ARRIVED)}
    _set_parts(case, sent | {report.order: report.text})
    case.report_language = language or (case.report_language if sent else "")
    case.report_date = report.date or (case.report_date if sent else "")


def _put_what_is_told_of_it(case: Case, report: ReportPart) -> None:
    """Keep the language and date of a report whose words cannot be read, where no other words are there."""
    if not case.report_parts:
        case.report_language = report.language or case.report_language
        case.report_date = report.date or case.report_date


def take_reports(case: Case, orders: Iterable[str]) -> None:
    """Take the words from a case that answer some orders, with the doubt whose they are."""
    gone = set(orders)
    _set_parts(case, {order: text for order, text in case.report_parts.items() if order not in gone})
    case.reports_of_others = {order: each for order, each in case.reports_of_others.items() if order not in gone}
    if not case.report_parts:
        case.report_language = case.report_date = ""


def remember_verdict(case: Case, order: str, verdict: Verdict) -> None:
    """Keep whose a person said the words are that answer an order."""
    if order in case.report_parts:
        said = [*case.report_history.get(order, {}).get(verdict, []), _digest(case.report_parts[order])]
        _note(case, order, {verdict: said[-_MOST_VERDICTS:]})


def verdict_on(case: Case, order: str) -> Verdict | None:
    """Return whose a person said the words are that answer an order, None where nobody did."""
    told, digest = case.report_history.get(order, {}), _digest(case.report_parts.get(order, ""))
    if digest in told.get("theirs", ()):
        return "theirs"
    return "not_theirs" if digest in told.get("not_theirs", ()) else None


def _note(case: Case, order: str, told: dict[str, Any]) -> None:
    case.report_history = case.report_history | {order: case.report_history.get(order, {}) | told}


def _set_parts(case: Case, parts: dict[str, str]) -> None:
    case.report_parts = parts
    case.report_text = "\n\n".join(parts.values())[:_MOST_CHARACTERS]


def _digest(text: str) -> str:
    return hashlib.sha256(" ".join(text.split()).encode()).hexdigest()
