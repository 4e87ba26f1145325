"""The coordinator's own way of writing a case down: our case JSON, and the original report as a file beside it.

It ends in the same `CaseDocument` as every other way, and the file becomes a document of the case. A case that would
bear what another case of the hospital bears already is refused: one who types does not see that it is there.
"""

import json
from collections.abc import Sequence
from secrets import token_hex
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from config.errors import Conflict, Malformed
from gateway.attachments.language import guess_language
from gateway.case_models import CaseSource
from gateway.case_reports.case_keys import remember_keys
from gateway.case_reports.document import MOST_CHARACTERS, CaseDocument, build_document
from gateway.case_reports.enclosures import text_of
from gateway.case_reports.filing import Source, change_named_case, meant_case, remember_source
from gateway.case_reports.kinds import tell_kind
from gateway.case_reports.known_merges import adopt_merges
from gateway.case_reports.parts import Enclosure, Part, digest_of
from gateway.case_reports.parts_filing import file_in, keep
from gateway.case_reports.residence import Residence, place
from gateway.case_reports.structured_reports.arrival import make_case_of_report
from gateway.case_reports.waking import wake_studies
from gateway.case_reports.ways import read_document
from gateway.decisions import check_whose_it_is, link_by_person
from gateway.links import case_of, get_case, get_study
from gateway.models import Case, Study
from gateway.node import Node
from gateway.sites import get_site

_TERMS = ("case_number", "release", "payer", "jurisdiction", "blind")
_TEXTS = ("pdf", "docx", "rtf", "text")
_NO_REPORT = (
    "the file is no report as PDF, DOCX, RTF, plain text (.txt) or DICOM SR; lists and messages are taken in "
    "by `overread case import`"
)


def read_report(node: Node, content: bytes, file_name: str) -> dict[str, Any]:
    """Return what a report's file says, as our case JSON writes it, to be looked at; nothing is kept.

    Raises:
        Malformed: it is no report, or has no text that can be read.
    """
    kind = _kind(content, file_name)
    try:
        document = read_document(node, kind, content)[0].document
    except Malformed:
        if kind not in _TEXTS:
            raise
        document = None
    if document is not None:
        return document.model_dump(exclude_defaults=True, exclude={"case_number"})
    text = text_of(node, kind, content)  # it names no patient: the report alone, then
    if not text.strip():
        raise Malformed("the report has no text that can be read: it may be a scanned picture")
    return {"patient": {}, "report": {"text": text[:MOST_CHARACTERS], "language": guess_language(text)}}


def report_file(content: bytes, file_name: str) -> Enclosure:
    """Return a report's file as a document of a case.

    Raises:
        Malformed: it is no report.
    """
    return Enclosure(_kind(content, file_name), content)


def make_case(
    node: Node,
    said: dict[str, Any],
    file: Enclosure | None,
    *,
    site: str = "",
    study_uid: str | None = None,
    actor: str,
) -> str:
    """Make a case of what a coordinator wrote, and return its number; the very same again is the same case.

    It is of the hospital of the study that is named, and linked to it at once: where two make a case of a study, the
    second one makes none.

    Raises:
        Malformed: a field cannot be taken; the message names it.
        NotFound: no such site or study.
        Conflict: a case of the hospital's bears one of these numbers already, or nobody may link the study.
    """
    payload, document = _read(said, file, silent=_TERMS)
    digest = digest_of(payload, file.digest if file is not None else "")
    part = Part("form", digest, document, joins=False, enclosures=(file,) if file is not None else ())
    if study_uid is not None:
        site = check_may_have_a_case_made(node, study_uid)
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
        return case.case_number


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


def change_case(node: Node, number: str, said: dict[str, Any], file: Enclosure | None, *, actor: str) -> None:
    """Change a case by what a coordinator wrote: words replace its own, numbers join them, what is empty stays.

    Raises:
        Malformed: a field cannot be taken; the message names it.
        NotFound: no such case.
        Conflict: the case is closed.
    """
    payload, document = _read({"patient": {}} | said, file, silent=("case_number",))
    digest = digest_of(payload, token_hex(16))  # what was said before may be said again, after something else
    part = Part("form", digest, document, enclosures=(file,) if file is not None else ())
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
        if adopt_merges(session, node, case, actor=actor):
            remember_keys(session, case)
        wake_studies(session, [case])


def _read(said: dict[str, Any], file: Enclosure | None, *, silent: Sequence[str]) -> tuple[bytes, CaseDocument]:
    """Return a form as JSON and as a document; it has to say something beside what counts as `silent`."""
    try:
        payload = json.dumps(said, ensure_ascii=False, sort_keys=True).encode()
    except UnicodeEncodeError:
        raise Malformed("a field bears half a character: type it anew") from None
    document = build_document(said, what="the form's ")
    told = document.model_dump(exclude_defaults=True)
    if file is None and not any(value for name, value in told.items() if name not in silent):
        raise Malformed("the form says nothing of the patient, of the study or of the report")
    return payload, document


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


def _kind(content: bytes, file_name: str) -> str:
    try:
        kind = tell_kind(content, "", file_name)
    except Malformed:
        raise Malformed(_NO_REPORT) from None
    if kind not in (*_TEXTS, "sr"):
        raise Malformed(_NO_REPORT)
    return kind
