"""The coordinator's own way of writing a case down: our case JSON, and the original report as a file beside it.

It ends in the same `CaseDocument` as every other way, and the file becomes a document of the case, its words those of
the report where the form tells none (`report_files.py`). A case that would bear what another case of the hospital bears
already is refused: one who types does not see that it is there.
"""

import json
from collections.abc import Sequence
from secrets import token_hex
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from config.errors import Conflict, Malformed
from gateway.case_models import CaseSource
from gateway.case_reports.case_keys import remember_keys
from gateway.case_reports.document import CaseDocument, ReportPart, build_document
from gateway.case_reports.filing import Source, change_named_case, meant_case, remember_source
from gateway.case_reports.known_merges import adopt_merges
from gateway.case_reports.parts import Enclosure, Part, digest_of
from gateway.case_reports.parts_filing import file_in, keep
from gateway.case_reports.reports_of_others import look_at_report, note_on_report
from gateway.case_reports.residence import Residence, place
from gateway.case_reports.structured_reports.arrival import make_case_of_report
from gateway.case_reports.unread_documents import note_on_unread, remember_unread
from gateway.case_reports.waking import wake_studies
from gateway.decisions import check_whose_it_is, link_by_person
from gateway.desk.report_files import with_words
from gateway.links import case_of, get_case, get_study
from gateway.models import Case, Study
from gateway.node import Node
from gateway.sites import get_site

_TAKEN_AWAY = (
    "somebody has said on the case's page that these words are not the patient's, and they were taken from the case: "
    "they are not put back"
)
_TERMS = ("case_number", "release", "payer", "jurisdiction", "blind")


class Made(NamedTuple):
    """The case that was made of a form, and what whoever sent it should know of it."""

    case_number: str
    note: str | None


def make_case(
    node: Node,
    said: dict[str, Any],
    file: Enclosure | None,
    *,
    site: str = "",
    study_uid: str | None = None,
    actor: str,
) -> Made:
    """Make a case of what a coordinator wrote; the very same again is the same case.

    It is of the hospital of the study that is named, and linked to it at once: where two make a case of a study, the
    second one makes none.

    Raises:
        Malformed: a field cannot be taken; the message names it.
        NotFound: no such site or study.
        Conflict: a case of the hospital's bears one of these numbers already, or nobody may link the study.
    """
    payload, document = _read(said, file, silent=_TERMS)
    digest = digest_of(payload, file.digest if file is not None else "")
    if study_uid is not None:
        site = check_may_have_a_case_made(node, study_uid)
    document, unread = with_words(node, document, file)
    enclosures = (file,) if file is not None else ()
    part = Part("form", digest, document, joins=False, enclosures=enclosures, unread=unread)
    blob = keep(node, payload, [part])
    with node.identity.write() as session:
        study = _study_without_case(session, study_uid) if study_uid is not None else None
        if document.case_number is None:
            _check_is_new(session, site, document, digest)
        keep(node, payload, [part])
        size = len(payload)
        filed = file_in(session, node, site=site, kind="json", blob=blob, size=size, parts=[part], actor=actor)[0]
        if filed.problem is not None:
            raise filed.problem
        case = get_case(session, filed.case_number or "")
        if study is not None:
            link_by_person(session, node, study, case, actor=actor)
        return Made(case.case_number, filed.note)


def make_case_from_report(node: Node, study_uid: str, *, actor: str) -> str:
    """Make a case of the report that came with a study's images and link the study to it, both or neither.

    Raises:
        NotFound: no such study.
        Conflict: nobody may link the study, or its report makes no case (`make_case_of_report`).
        SenderFault: the report cannot be filed, with the reason.
    """
    check_may_have_a_case_made(node, study_uid)

    def link_it(session: Session, study: Study, case: Case) -> None:
        _study_without_case(session, study_uid)  # somebody may have linked it meanwhile
        link_by_person(session, node, study, case, actor=actor)

    return make_case_of_report(node, study_uid, actor=actor, also=link_it)


def check_may_have_a_case_made(node: Node, study_uid: str) -> str:
    """Return the site of a study for which a case may be made: said before one is made that nobody would link.

    Raises:
        NotFound: no such study.
        Conflict: it is purged, linked, or of two patients.
    """
    with node.identity.read() as session:
        return _study_without_case(session, study_uid).site


def _study_without_case(session: Session, study_uid: str) -> Study:
    study = get_study(session, study_uid)
    if study.state == "purged":
        raise Conflict("the study was purged: its images are gone")
    check_whose_it_is(session, study)
    linked = case_of(session, study.id)
    if linked is not None:
        raise Conflict(f"the study is linked to case {linked.case_number}: take that link away first")
    return study


def change_case(node: Node, number: str, said: dict[str, Any], file: Enclosure | None, *, actor: str) -> str | None:
    """Change a case by what a coordinator wrote: words replace its own, numbers join them, what is empty stays.

    A report's file alone is its words; one without words takes none away. Return what whoever sent it should know of
    its report.

    Raises:
        Malformed: a field cannot be taken; the message names it.
        NotFound: no such case.
        Conflict: the case is closed.
    """
    payload, document = _read({"patient": {}} | said, file, silent=("case_number",))
    digest = digest_of(payload, token_hex(16))  # what was said before may be said again, after something else
    document, unread = with_words(node, document, file)
    part = Part("form", digest, document, enclosures=(file,) if file is not None else (), unread=unread)
    blob = keep(node, payload, [part])
    with node.identity.write() as session:
        case = get_case(session, number)
        if case.state != "open":
            raise Conflict(f"case {case.case_number} is closed")
        keep(node, payload, [part])
        home = place(get_site(session, case.site), document.jurisdiction, Residence(), document.patient.addresses)
        change_named_case(session, node, case, document, Source(digest, "json", blob, len(payload), actor), home)
        if file is not None:
            enclosed = Source(file.digest, file.kind, file.digest, len(file.content), actor)
            remember_source(session, node, case, enclosed)
        look_at_report(session, case, part)
        remember_unread(case, part, "")
        if adopt_merges(session, node, case, actor=actor):
            remember_keys(session, case)
        wake_studies(session, [case])
        return "; ".join(filter(None, (note_on_unread(unread), _note_on_words(case, document.report)))) or None


def _note_on_words(case: Case, report: ReportPart | None) -> str | None:
    """Return what is to be known of the words that a change brought, None where there are none."""
    if report is None or not report.text.strip():
        return None
    return note_on_report(case) if case.report_parts.get(report.order) == report.text else _TAKEN_AWAY


def _read(said: dict[str, Any], file: Enclosure | None, *, silent: Sequence[str]) -> tuple[bytes, CaseDocument]:
    """Return a form as JSON and as a document; it has to say something beside what counts as `silent`."""
    try:
        payload = json.dumps(said, ensure_ascii=False, sort_keys=True).encode()
    except UnicodeEncodeError:
        raise Malformed("a field bears half a character: type it anew") from None
    document = build_document(_with_report(said) if file is not None else said, what="the form's ")
    told = document.model_dump(exclude_defaults=True)
    if file is None and not any(value for name, value in told.items() if name not in silent):
        raise Malformed("the form says nothing of the patient, of the study or of the report")
    return payload, document


def _with_report(said: dict[str, Any]) -> dict[str, Any]:
    """Return a form whose report may lack its words: the file beside it has them."""
    report = said.get("report")
    return said | {"report": {"text": ""} | report} if isinstance(report, dict) else said


def _check_is_new(session: Session, site: str, document: CaseDocument, digest: str) -> None:
    """Refuse what another case is about; the very same document is left to who files it."""
    meant = meant_case(session, site, document)
    again = select(CaseSource.id).where(CaseSource.site == site, CaseSource.digest == digest)
    if meant is None or session.scalar(again.limit(1)) is not None:
        return
    raise Conflict(
        f"case {meant.case_number} of the same patient bears one of these numbers already: "
        "change that case, or link the study to it"
    )
