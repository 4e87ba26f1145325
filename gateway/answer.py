"""Build the answer to a hospital: the signed read under the original identity, as SR and PDF objects.

The one place where a pseudonym turns back into a name. What the reader wrote stays as written; subject, study, question
and key images become the original ones.
"""

from dataclasses import dataclass, replace

from pydicom import Dataset
from sqlalchemy import select

from config.errors import Conflict
from gateway import audit
from gateway.bounded_reading import read_head
from gateway.links import case_as_read, get_study
from gateway.models import Case, Patient, ReceivedObject, Study
from gateway.node import Node
from worklist.models import PublishedInstance
from worklist.reads import reading_view
from worklist.reports import (
    ReadView,
    StudyView,
    Subject,
    build_encapsulated_pdf,
    build_pdf,
    build_sr,
)


@dataclass(frozen=True)
class _Original:
    """One published object as its hospital knows it."""

    sop_instance_uid: str
    sop_class_uid: str
    series_instance_uid: str
    derived_uid: str
    frames: int
    blob: str


def build_answer(node: Node, read_id: str) -> list[bytes]:
    """Return the SR and the encapsulated PDF of a signed read, as Part 10 files under the original identity.

    Raises:
        NotFound: no signed read of that id.
        Conflict: the study was purged, so that its identity is gone.
    """
    with node.reading.read() as session:
        pseudonymous = reading_view(session, read_id, node.settings.node.name)
        counted = session.execute(
            select(PublishedInstance.sop_instance_uid, PublishedInstance.frames).where(
                PublishedInstance.study_uid == pseudonymous.study.study_uid
            )
        )
        frames = {row.sop_instance_uid: row.frames for row in counted}
    with node.identity.write() as session:
        study = get_study(session, pseudonymous.study.study_uid)
        patient = session.get_one(Patient, study.patient_id)
        case = case_as_read(session, study.id)
        originals = [
            _Original(
                row.sop_instance_uid,
                row.sop_class_uid,
                row.series_instance_uid,
                row.derived_uid or "",
                frames.get(row.derived_uid or "", 0),
                row.blob,
            )
            for row in session.scalars(
                select(ReceivedObject)
                .where(
                    ReceivedObject.study_id == study.id,
                    ReceivedObject.disposition == "published",
                    ReceivedObject.discarded_at.is_(None),
                )
                .order_by(ReceivedObject.id)
            )
        ]
        audit.note(session, node.clock, actor="returns", action="re-identified", subject=study.study_uid)
        view = _identify(pseudonymous, study, patient, case, originals)
    if not originals:
        raise Conflict("the study was purged before its answer was sent")
    evidence = _evidence(node, view, originals)
    return [build_sr(view, evidence), build_encapsulated_pdf(view, build_pdf(view), evidence)]


def _identify(
    view: ReadView, study: Study, patient: Patient, case: Case | None, originals: list[_Original]
) -> ReadView:
    by_derived = {each.derived_uid: each for each in originals}
    return replace(
        view,
        identified=True,
        subject=Subject(
            name=study.patient_name,
            patient_id=patient.patient_id,
            issuer=patient.issuer,
            birth_date=study.birth_date,
            sex=study.sex,
            age=view.subject.age,
        ),
        study=StudyView(
            study_uid=study.study_instance_uid,
            study_date=study.study_date,
            study_time=study.study_time,
            study_id=study.study_id,
            accession_number=study.accession_number,
            referring_physician=study.referring_physician,
            description=study.description,
            modality=view.study.modality,
            body_part=view.study.body_part,
        ),
        question=case.question if case is not None else view.question,
        key_images=tuple(
            replace(image, sop_class_uid=original.sop_class_uid, sop_instance_uid=original.sop_instance_uid)
            for image in view.key_images
            if (original := by_derived.get(image.sop_instance_uid)) is not None
        ),
    )


def _evidence(node: Node, view: ReadView, originals: list[_Original]) -> list[Dataset]:
    """Return a header an object: the first as it was received, the others with what a reference needs."""
    with node.vault.open(originals[0].blob) as stream:
        first = read_head(stream)
    headers: list[Dataset] = [first]
    for original in originals[1:]:
        header = Dataset()
        header.StudyInstanceUID = view.study.study_uid
        header.SeriesInstanceUID = original.series_instance_uid
        header.SOPInstanceUID = original.sop_instance_uid
        header.SOPClassUID = original.sop_class_uid
        header.NumberOfFrames = max(original.frames, 1)
        headers.append(header)
    return headers
