"""A structured report as a case: its header names patient, study and requests, its content tree is the report.

Its date is that of its last verification, else of its content; a report that is not complete, or says that it is
preliminary, takes the place of no final one.
"""

from io import BytesIO
from typing import Any

from config.errors import Malformed
from gateway.case_reports.document import LONGEST_NUMBER, build_document, dicom_date
from gateway.case_reports.enclosures import said_of
from gateway.case_reports.hl7.distinct import distinct
from gateway.case_reports.parts import Part, digest_of
from gateway.case_reports.residence import Residence, read_homes
from gateway.case_reports.structured_reports.requests import Requests, read_requests
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
    said = said_of(node, "sr", payload)
    if not said["text"]:
        raise Malformed("the structured report has no words")
    requests, made_at = read_requests(payload), said.get("made_at", "")
    numbers = [*(each["id"] for each in requests.orders), header.accession_number]
    report = {"text": said["text"], "language": said.get("language", "")[:16], "date": made_at[:8], "order": numbers[0]}
    document = build_document(said_by_header(header, requests) | {"report": report}, what="the structured report's ")
    part = Part(
        "document",
        digest_of("sr", header.sop_instance_uid, payload),
        document,
        answers=True,
        numbers=requests.numbers,
        made_at=made_at,
        stage="preliminary" if requests.is_preliminary else "",
        residence=said_home(header)[1],
    )
    return [part]


def said_by_header(header: Header, requests: Requests) -> dict[str, Any]:
    """Return what the header of a report says of patient, study and requests, as our case JSON."""
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
        "accession_numbers": distinct(filter(None, (header.accession_number, *requests.accession_numbers))),
        "accession_issuers": distinct([*_own_issuer(header), *requests.accession_issuers]),
        "study_uids": distinct([header.study_instance_uid, *requests.study_uids]),
        "orders": list(requests.orders),
        "requested_studies": list(requests.studies),
        "modality": requests.modality,
        "question": requests.question,
        "study_date": _day(header.study_date),
        "referrer": header.referring_physician,
        "jurisdiction": said_home(header)[0],
    }


def _own_issuer(header: Header) -> list[dict[str, str]]:
    number, issuer = header.accession_number, header.accession_issuer
    return [{"id": number, "issuer": issuer}] if number and issuer else []


def said_home(header: Header) -> tuple[str, Residence]:
    """Return where the patient lives by Country and Region of Residence (PS3.3 section C.2.3)."""
    return read_homes([(header.country_of_residence, header.region_of_residence)])


def _day(text: str) -> str:
    try:
        return dicom_date(text[:8])
    except ValueError:
        return ""
