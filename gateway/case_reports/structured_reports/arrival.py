"""A report that came with the images as a case of its own, where the hospital writes no other.

Whose it is and of which study its header says. The case bears the Study Instance UID and the accession number, so that
a document that tells of the same examination later changes this case and makes no second one. Its words come to the
case with the link (`gateway.attachments.adopting`) and leave it with the study. What its header says was known when the
images were made, so that nothing which was told later is taken back. A coordinator asks for it at the desk; of a site
that says so (`overread site set NAME --case-from-report yes`) the match stage does where no case is near.
"""

from collections.abc import Callable
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from config.errors import Conflict, Malformed, NotFound
from gateway.attachment_models import Attachment
from gateway.attachments.kinds import REPORTS_OF_A_STUDY, WORDS
from gateway.case_reports.document import CaseDocument, build_document
from gateway.case_reports.filing import meant_case
from gateway.case_reports.identities import may_be_one
from gateway.case_reports.parts import Part, digest_of
from gateway.case_reports.parts_filing import file_in, keep
from gateway.case_reports.structured_reports.reading import said_by_header, said_home
from gateway.case_reports.structured_reports.requests import read_requests
from gateway.desk_models import Rejection
from gateway.headers import NotDicom, read_header
from gateway.links import get_case, get_study
from gateway.models import Case, ReceivedObject, Study
from gateway.node import Node

_START = 400  # characters
Also = Callable[[Session, Study, Case], None]


def reports_among_images(session: Session, study: Study) -> list[dict[str, Any]]:
    """Return the reports that came with a study's own images, with the beginning of what they say."""
    return [
        {
            "kind": WORDS[each.kind],  # type: ignore[index]
            "state": each.state,
            "language": each.language,
            "start": " ".join(each.text.split())[:_START],
        }
        for each, _ in _reports(session, study)
    ]


def make_case_of_report(node: Node, study_uid: str, *, actor: str, also: Also | None = None) -> str:
    """File what the first report among a study's images says of patient and study; return the number of its case.

    What else is to be done with the case (`also`) is done in the same transaction: all of it, or nothing.

    Raises:
        NotFound: no such study.
        Conflict: no report came with it, or none that can be read, or its number is of another patient's case.
        SenderFault: it cannot be filed, with the reason.
    """
    site, payload, part, document = _first_report(node, study_uid)
    blob = keep(node, payload, [part])
    with node.identity.write() as session:
        keep(node, payload, [part])
        study = get_study(session, study_uid)
        _refuse_somebody_else(session, study, document)
        size = len(payload)
        (filed,) = file_in(session, node, site=site, kind="sr", blob=blob, size=size, parts=[part], actor=actor)
        if filed.problem is not None:
            raise filed.problem
        case = get_case(session, filed.case_number or "")
        if also is not None:
            also(session, study, case)
        return case.case_number


def _first_report(node: Node, study_uid: str) -> tuple[str, bytes, Part, CaseDocument]:
    """Return the site of a study, and the first report among its images that can be read, with what it says."""
    with node.identity.read() as session:
        study = get_study(session, study_uid)
        blobs = [row.blob for each, row in _reports(session, study) if each.state != "failed"]
        site, seen = study.site, {"modality": study.modality, "body_part": study.body_part}
    for blob in blobs:
        try:
            with node.vault.open(blob) as original:
                header = read_header(original)
                original.seek(0)
                payload = original.read()
        except (Malformed, NotDicom, NotFound):
            continue
        requests = read_requests(payload)
        modality = requests.modality if seen["modality"] in {header.modality, ""} else seen["modality"]
        value = said_by_header(header, requests) | {"modality": modality, "body_part": seen["body_part"]}
        document = build_document(value, what="")
        digest = digest_of("arrived", header.sop_instance_uid, payload)
        home, made_at = said_home(header)[1], header.study_date
        part = Part("document", digest, document, answers=True, made_at=made_at, residence=home)
        return site, payload, part, document
    raise Conflict("no report came with the images of this study that could be read")


def _refuse_somebody_else(session: Session, study: Study, document: CaseDocument) -> None:
    """Raise Conflict where the case that a report would change may be of another patient than the study.

    Twins, or father and son, may share a number: nobody's case becomes another's by a report alone.
    """
    case = meant_case(session, study.site, document)
    if case is None:
        return
    rejected = session.get(Rejection, (study.id, case.id)) is not None
    if rejected or not may_be_one((document.patient.name,), document.patient.birth_date, case):
        raise Conflict(f"the report bears a number of case {case.case_number}, which may be of another patient")


def _reports(session: Session, study: Study) -> list[tuple[Attachment, ReceivedObject]]:
    rows = session.execute(
        select(Attachment, ReceivedObject)
        .join(ReceivedObject, ReceivedObject.id == Attachment.received_object_id)
        .where(
            ReceivedObject.study_id == study.id,
            ReceivedObject.first,
            ReceivedObject.discarded_at.is_(None),
            Attachment.kind.in_(REPORTS_OF_A_STUDY),
        )
        .order_by(Attachment.id)
    )
    return [(attachment, row) for attachment, row in rows]
