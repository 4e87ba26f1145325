"""The PDF as a DICOM object (PS3.3 A.45.1, Encapsulated PDF), so that a PACS files it beside the images."""

from collections.abc import Sequence
from io import BytesIO

from pydicom.dataset import Dataset
from pydicom.uid import EncapsulatedPDFStorage

from worklist.reports import codes
from worklist.reports.context import (
    MANUFACTURER,
    SERIES_DESCRIPTION,
    SERIES_NUMBERS,
    check_evidence,
    file_meta,
    patient_and_study,
    short_text,
    stamp,
    uids_of,
    version_time,
)
from worklist.reports.view import ReadView

DOCUMENT_TITLE = "Second-read report"


def build_encapsulated_pdf(view: ReadView, pdf: bytes, evidence: Sequence[Dataset]) -> bytes:
    """Return the PDF in a DICOM file of the study.

    Raises ValueError when there is no evidence or it belongs to another study.
    """
    check_evidence(view, evidence)
    uids = uids_of(view, "pdf", len(view.addenda))
    time = version_time(view, evidence[0])
    document = patient_and_study(view, evidence[0])
    document.SOPClassUID = EncapsulatedPDFStorage
    document.SOPInstanceUID = uids.sop_instance_uid
    document.SeriesInstanceUID = uids.series_uid
    document.SeriesNumber = SERIES_NUMBERS["pdf"]
    document.SeriesDescription = SERIES_DESCRIPTION
    document.InstanceNumber = 1 + len(view.addenda)
    document.Modality = "DOC"
    document.ConversionType = "WSD"
    document.Manufacturer = MANUFACTURER
    document.InstitutionName = short_text(view.node_name)
    document.BurnedInAnnotation = "YES" if view.identified else "NO"
    document.RecognizableVisualFeatures = "NO"
    document.AcquisitionDateTime = ""
    document.DocumentTitle = DOCUMENT_TITLE
    document.ConceptNameCodeSequence = [_title()]
    document.VerificationFlag = "VERIFIED"
    document.SourceInstanceSequence = _sources(evidence)
    document.MIMETypeOfEncapsulatedDocument = "application/pdf"
    document.EncapsulatedDocument = pdf + b"\x00" * (len(pdf) % 2)
    document.EncapsulatedDocumentLength = len(pdf)
    stamp(document, time)
    document.file_meta = file_meta(EncapsulatedPDFStorage, uids.sop_instance_uid)
    file = BytesIO()
    document.save_as(file, enforce_file_format=True)
    return file.getvalue()


def _title() -> Dataset:
    title = Dataset()
    title.CodeValue = codes.DOCUMENT_TITLE.value
    title.CodingSchemeDesignator = codes.DOCUMENT_TITLE.scheme_designator
    title.CodeMeaning = codes.DOCUMENT_TITLE.meaning
    return title


def _sources(evidence: Sequence[Dataset]) -> list[Dataset]:
    sources = []
    for header in evidence:
        source = Dataset()
        source.ReferencedSOPClassUID = header.SOPClassUID
        source.ReferencedSOPInstanceUID = header.SOPInstanceUID
        sources.append(source)
    return sources
