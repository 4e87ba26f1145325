"""Case reports in: one document becomes one case, and every study that waits looks again.

This version reads our own JSON. FHIR and HL7 v2 are recognised and refused by name, so that no sender believes them
taken. The same document sent again is the same case.
"""

import hashlib
import json
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, field_validator
from sqlalchemy import select
from sqlalchemy.orm import Session

from config.case_number import CaseNumber
from config.errors import Conflict, Malformed, NotOffered
from gateway import audit
from gateway.attachments.views import attachments_of_case
from gateway.links import get_case, links_of_case, request_revision
from gateway.models import Case, Study
from gateway.node import Node
from gateway.sites import get_site

_MOST_IDS = 50
_MOST_NUMBERS = 100
_Number = Annotated[str, StringConstraints(min_length=1, max_length=64)]
_SEX = {"M": "M", "MALE": "M", "F": "F", "FEMALE": "F", "O": "O", "OTHER": "O"}


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class PatientIdentifier(_Strict):
    """A patient identifier and who issued it."""

    id: str = Field(min_length=1, max_length=128)
    issuer: str = Field(default="", max_length=128)


class PatientPart(_Strict):
    """The patient of a case."""

    name: str = Field(default="", max_length=500)
    birth_date: str = ""
    sex: str = ""
    ids: tuple[PatientIdentifier, ...] = Field(default=(), max_length=_MOST_IDS)

    @field_validator("birth_date")
    @classmethod
    def _plain_date(cls, value: str) -> str:
        return _dicom_date(value)

    @field_validator("sex")
    @classmethod
    def _known_sex(cls, value: str) -> str:
        return _SEX.get(value.upper(), "")


class ReportPart(_Strict):
    """The original report."""

    text: str = Field(max_length=200_000)
    language: str = Field(default="", max_length=16)
    date: str = ""

    @field_validator("date")
    @classmethod
    def _plain_date(cls, value: str) -> str:
        return _dicom_date(value)


class CaseDocument(_Strict):
    """Our case JSON."""

    case_number: str | None = None
    patient: PatientPart
    accession_numbers: tuple[_Number, ...] = Field(default=(), max_length=_MOST_NUMBERS)
    study_uids: tuple[_Number, ...] = Field(default=(), max_length=_MOST_NUMBERS)
    study_date: str = ""
    modality: str = Field(default="", max_length=16)
    body_part: str = Field(default="", max_length=64)
    report: ReportPart | None = None
    question: str = Field(default="", max_length=20_000)
    referrer: str = Field(default="", max_length=500)
    jurisdiction: str = Field(default="", max_length=12)
    blind: bool = False

    @field_validator("study_date")
    @classmethod
    def _plain_date(cls, value: str) -> str:
        return _dicom_date(value)


@dataclass(frozen=True)
class CaseOutcome:
    """What became of a case document."""

    case_number: str
    outcome: Literal["created", "unchanged"]


def import_case(node: Node, *, site: str, payload: bytes, content_type: str, actor: str) -> CaseOutcome:
    """Take in one case document.

    Raises:
        NotOffered: FHIR or HL7 v2, which this version does not read.
        Malformed: not our case JSON.
        Conflict: the case number is taken by another document.
        NotFound: no such site.
    """
    document = parse_case(payload, content_type)
    digest = hashlib.sha256(payload).hexdigest()
    with node.identity.write() as session:
        get_site(session, site)
        known = session.scalar(select(Case).where(Case.site == site, Case.source_digest == digest))
        if known is not None:
            return CaseOutcome(known.case_number, "unchanged")
        case = _new_case(session, node, site, document, digest)
        audit.note(session, node.clock, actor=actor, action="case-imported", subject=case.case_number)
        _wake_waiting(session, site)
        return CaseOutcome(case.case_number, "created")


def parse_case(payload: bytes, content_type: str) -> CaseDocument:
    """Read our case JSON.

    Raises:
        NotOffered: FHIR or HL7 v2.
        Malformed: anything else that is not our JSON; the message names the field and never its value.
    """
    if payload.lstrip(b"\x0b\r\n ").startswith((b"MSH|", b"FHS|", b"BHS|")) or "hl7" in content_type:
        raise NotOffered("HL7 v2 messages are not read by this version; send the case as JSON")
    try:
        value = json.loads(payload)
    except (ValueError, RecursionError):
        raise Malformed("the case report is not JSON") from None
    if isinstance(value, dict) and "resourceType" in value:
        raise NotOffered("FHIR resources are not read by this version; send the case as JSON")
    try:
        return CaseDocument.model_validate(value)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"]) or "document"
        raise Malformed(f"the case report's {place}: {first['msg']}") from None


def list_cases(session: Session, site: str | None = None) -> list[dict[str, Any]]:
    """Return the cases, oldest first."""
    query = select(Case).order_by(Case.id)
    if site is not None:
        query = query.where(Case.site == site)
    return [
        {
            "case_number": case.case_number,
            "site": case.site,
            "state": case.state,
            "studies": [each["study_uid"] for each in links_of_case(session, case.id)],
        }
        for case in session.scalars(query)
    ]


def case_view(session: Session, number: str) -> dict[str, Any]:
    """Return a case as our JSON, with the studies and attachments linked to it.

    Raises:
        NotFound: no such case.
    """
    case = get_case(session, number)
    view: dict[str, Any] = {
        "case_number": case.case_number,
        "site": case.site,
        "state": case.state,
        "patient": {
            "name": case.patient_name,
            "birth_date": case.birth_date,
            "sex": case.sex,
            "ids": case.patient_ids,
        },
        "accession_numbers": case.accession_numbers,
        "study_uids": case.study_uids,
        "study_date": case.study_date,
        "modality": case.modality,
        "body_part": case.body_part,
        "report": {"text": case.report_text, "language": case.report_language, "date": case.report_date},
        "question": case.question,
        "referrer": case.referrer,
        "jurisdiction": case.jurisdiction,
        "blind": case.blind,
    }
    return {
        **view,
        "studies": links_of_case(session, case.id),
        "attachments": attachments_of_case(session, case.id),
    }


def close_case(node: Node, number: str, *, actor: str) -> None:
    """Close a case: no further study is linked to it.

    Raises:
        NotFound: no such case.
    """
    with node.identity.write() as session:
        case = get_case(session, number)
        case.state = "closed"
        audit.note(session, node.clock, actor=actor, action="case-closed", subject=case.case_number)


def _new_case(session: Session, node: Node, site: str, document: CaseDocument, digest: str) -> Case:
    report = document.report or ReportPart(text="")
    case = Case(
        case_number=_number(session, document.case_number),
        site=site,
        state="open",
        patient_name=document.patient.name,
        birth_date=document.patient.birth_date,
        sex=document.patient.sex,
        patient_ids=[each.model_dump() for each in document.patient.ids],
        accession_numbers=list(document.accession_numbers),
        study_uids=list(document.study_uids),
        study_date=document.study_date,
        modality=document.modality,
        body_part=document.body_part,
        report_text=report.text,
        report_language=report.language,
        report_date=report.date,
        question=document.question,
        referrer=document.referrer,
        jurisdiction=document.jurisdiction,
        blind=document.blind,
        source_digest=digest,
        created_at=node.clock(),
    )
    session.add(case)
    session.flush()
    return case


def _number(session: Session, asked: str | None) -> str:
    if asked:
        number = CaseNumber(asked).value
        if session.scalar(select(Case.id).where(Case.case_number == number)) is not None:
            raise Conflict(f"the case number {number} is taken by another case report")
        return number
    while True:
        number = CaseNumber.draw().value
        if session.scalar(select(Case.id).where(Case.case_number == number)) is None:
            return number


def _wake_waiting(session: Session, site: str) -> None:
    for study in session.scalars(select(Study).where(Study.site == site, Study.state == "unmatched")):
        request_revision(study)


def _dicom_date(value: str) -> str:
    """Return a date as YYYYMMDD from that form or YYYY-MM-DD; empty stays empty."""
    digits = value.strip().replace("-", "")
    if not digits:
        return ""
    try:
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:])).strftime("%Y%m%d")
    except ValueError:
        raise ValueError("a date is written YYYY-MM-DD") from None
