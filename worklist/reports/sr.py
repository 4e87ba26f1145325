"""The signed second read as an Enhanced SR (PS3.3 A.35.2).

Complete, final and verified by the reader; every instance read is listed as evidence, whether or not the text names it.
An addendum makes a new object in the same series that names the version it replaces as its predecessor.
"""

from collections.abc import Sequence
from io import BytesIO

from highdicom.sr import EnhancedSR
from pydicom.dataset import Dataset
from pydicom.uid import EnhancedSRStorage

from worklist.reports.codes import coding_schemes
from worklist.reports.context import (
    CHARACTER_SET,
    MANUFACTURER,
    MAY_BE_EMPTY,
    SERIES_DESCRIPTION,
    SERIES_NUMBERS,
    check_evidence,
    file_meta,
    patient_and_study,
    short_text,
    stamp,
    uids_of,
    version_time,
    zone_of,
)
from worklist.reports.person_name import to_person_name
from worklist.reports.sr_content import content_tree
from worklist.reports.view import ReadView


class _SecondRead(EnhancedSR):
    """An Enhanced SR whose patient and study come from the view."""

    def copy_patient_and_study_information(self, dataset: Dataset) -> None:
        """Copy nothing: `patient_and_study` says it all, and knows images of private SOP classes too."""


def build_sr(view: ReadView, evidence: Sequence[Dataset]) -> bytes:
    """Return the read as a DICOM file.

    `evidence` are the headers of the study's instances, without pixel data, in the zone of the view. Raises ValueError
    when there are none, when they belong to another study, or when a key image is not among them.
    """
    check_evidence(view, evidence)
    if not {image.sop_instance_uid for image in view.key_images} <= {header.SOPInstanceUID for header in evidence}:
        raise ValueError("a key image is not among the evidence")
    uids = uids_of(view, "sr", len(view.addenda))
    context = patient_and_study(view, evidence[0])
    document = _SecondRead(
        evidence=_references(evidence),
        content=content_tree(view, _multi_frame(evidence), zone_of(evidence[0]))[0],
        series_instance_uid=uids.series_uid,
        series_number=SERIES_NUMBERS["sr"],
        sop_instance_uid=uids.sop_instance_uid,
        instance_number=1 + len(view.addenda),
        manufacturer=MANUFACTURER,
        institution_name=short_text(view.node_name),
        is_complete=True,
        is_final=True,
        is_verified=True,
        verifying_observer_name=to_person_name(view.reader),
        verifying_organization=short_text(view.node_name),
        requested_procedures=_request(context),
        previous_versions=_previous_version(view),
        series_description=SERIES_DESCRIPTION,
        coding_schemes=coding_schemes(),
        specific_character_set=CHARACTER_SET,
    )
    document.update(context)
    document.VerifyingObserverSequence = _verifiers(view, evidence[0])
    stamp(document, version_time(view, evidence[0]))
    document.file_meta = file_meta(document.SOPClassUID, document.SOPInstanceUID)
    file = BytesIO()
    document.save_as(file, enforce_file_format=True)
    return file.getvalue()


def _references(evidence: Sequence[Dataset]) -> list[Dataset]:
    """Return what highdicom needs of each instance: its UIDs, and of the first what it reads of a patient and study.

    Those stay empty here and are set from the view: highdicom warns of unusual names and dates by printing them.
    """
    references = []
    for header in evidence:
        reference = Dataset()
        reference.StudyInstanceUID = header.StudyInstanceUID
        reference.SOPClassUID = header.SOPClassUID
        reference.SOPInstanceUID = header.SOPInstanceUID
        reference.SeriesInstanceUID = header.SeriesInstanceUID
        references.append(reference)
    for keyword in MAY_BE_EMPTY:
        setattr(references[0], keyword, "")
    return references


def _multi_frame(evidence: Sequence[Dataset]) -> frozenset[str]:
    return frozenset(header.SOPInstanceUID for header in evidence if int(header.get("NumberOfFrames") or 1) > 1)


def _request(context: Dataset) -> list[Dataset] | None:
    """Return the order the images were made for, where its accession number is known (PS3.3 C.17.2)."""
    if not context.AccessionNumber:
        return None
    request = Dataset()
    request.StudyInstanceUID = context.StudyInstanceUID
    request.ReferencedStudySequence = []
    request.AccessionNumber = context.AccessionNumber
    request.PlacerOrderNumberImagingServiceRequest = ""
    request.FillerOrderNumberImagingServiceRequest = ""
    request.RequestedProcedureID = ""
    request.RequestedProcedureDescription = ""
    request.RequestedProcedureCodeSequence = []
    return [request]


def _previous_version(view: ReadView) -> list[Dataset] | None:
    if not view.addenda:
        return None
    uids = uids_of(view, "sr", len(view.addenda) - 1)
    previous = Dataset()
    previous.StudyInstanceUID = view.study.study_uid
    previous.SeriesInstanceUID = uids.series_uid
    previous.SOPClassUID = EnhancedSRStorage
    previous.SOPInstanceUID = uids.sop_instance_uid
    return [previous]


def _verifiers(view: ReadView, header: Dataset) -> list[Dataset]:
    """Return who verified what this version says and when: the reader, then each addendum's author."""
    signatures = [(view.reader, view.signed_at), *((addendum.reader, addendum.signed_at) for addendum in view.addenda)]
    verifiers = []
    for reader, signed_at in signatures:
        verifier = Dataset()
        verifier.VerifyingObserverName = to_person_name(reader)
        verifier.VerifyingOrganization = short_text(view.node_name)
        verifier.VerificationDateTime = f"{signed_at.astimezone(zone_of(header)):%Y%m%d%H%M%S%z}"
        verifier.VerifyingObserverIdentificationCodeSequence = []
        verifiers.append(verifier)
    return verifiers
