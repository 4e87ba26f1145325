"""A structured report as a case: its header names patient and study, its content tree is the report."""

from io import BytesIO
from typing import Any

from config.errors import Malformed
from gateway.case_reports.document import LONGEST_NUMBER, build_document, dicom_date
from gateway.case_reports.enclosures import text_of
from gateway.case_reports.parts import Part, digest_of
from gateway.case_reports.residence import Residence, read_homes
from gateway.headers import Header, NotDicom, read_header
from gateway.node import Node


def read_structured_report(node: Node, payload: bytes) -> list[Part]:
    """Return the one part of a DICOM SR.

    Raises:
        Malformed: no DICOM, or no structured report.
    """
    try:
        header = read_header(BytesIO(payload))
    except NotDicom:
        raise Malformed("the file is no DICOM object") from None
    text = text_of(node, "sr", payload)
    if not text:
        raise Malformed("the structured report has no words")
    value = said_by_header(header) | {"report": {"text": text, "order": header.accession_number}}
    digest = digest_of("sr", header.sop_instance_uid, payload)
    document = build_document(value, what="the structured report's ")
    return [Part("document", digest, document, residence=said_home(header)[1])]


def said_by_header(header: Header) -> dict[str, Any]:
    """Return what the header of a report says of patient and study, as our case JSON."""
    ids = [{"id": header.patient_id, "issuer": header.issuer}] if header.patient_id else []
    return {
        "patient": {
            "name": header.patient_name,
            "birth_date": _day(header.birth_date),
            "sex": header.sex,
            "ids": ids,
            "addresses": [each[:500] for each in header.addresses],
            "telephones": [each[:LONGEST_NUMBER] for each in header.telephones],
        },
        "accession_numbers": [header.accession_number] if header.accession_number else [],
        "study_uids": [header.study_instance_uid],
        "study_date": _day(header.study_date),
        "referrer": header.referring_physician,
        "jurisdiction": said_home(header)[0],
    }


def said_home(header: Header) -> tuple[str, Residence]:
    """Return where the patient lives by Country and Region of Residence (PS3.3 section C.2.3)."""
    return read_homes([(header.country_of_residence, header.region_of_residence)])


def _day(text: str) -> str:
    try:
        return dicom_date(text[:8])
    except ValueError:
        return ""
