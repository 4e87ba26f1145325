"""The patient, study, series and equipment a report document belongs to.

What the view says wins; the evidence only fills in what a view has no word for (PS3.3 C.7.1.1, C.7.2.1, C.7.2.2), so
that the document sits in the same patient and study as the images it reads. Everything is written in UTF-8, whatever
the images were written in, and with one offset from UTC for every date and time of the object (PS3.3 C.12.1).
"""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Any
from unicodedata import category

from pydicom.datadict import dictionary_VM, dictionary_VR
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.multival import MultiValue
from pydicom.uid import UID, ExplicitVRLittleEndian

from worklist.reports.plain_text import clean_line
from worklist.reports.view import DocumentKind, DocumentUids, ReadView, document_uids, latest_signature

CHARACTER_SET = "ISO_IR 192"
MANUFACTURER = "Overread"
SERIES_NUMBERS: dict[DocumentKind, int] = {"sr": 9001, "pdf": 9002}
SERIES_DESCRIPTION = "Second read"
IMPLEMENTATION_CLASS_UID = UID("2.25.151335722015540230989921027407677094224")
IMPLEMENTATION_VERSION_NAME = "OVERREAD"

_FROM_EVIDENCE = (
    "IssuerOfPatientID", "TypeOfPatientID", "IssuerOfPatientIDQualifiersSequence",
    "PatientBirthDate", "PatientBirthTime", "PatientSex", "PatientAge",
    "PatientIdentityRemoved", "DeidentificationMethod", "DeidentificationMethodCodeSequence",
    "LongitudinalTemporalInformationModified", "StudyDate", "StudyTime", "StudyID",
    "AccessionNumber", "IssuerOfAccessionNumberSequence", "ReferringPhysicianName", "StudyDescription",
    "ProcedureCodeSequence",
)  # fmt: skip

_FROM_SUBJECT = {
    "name": "PatientName",
    "patient_id": "PatientID",
    "issuer": "IssuerOfPatientID",
    "birth_date": "PatientBirthDate",
    "sex": "PatientSex",
    "age": "PatientAge",
}
_FROM_STUDY = {
    "study_date": "StudyDate",
    "study_time": "StudyTime",
    "study_id": "StudyID",
    "accession_number": "AccessionNumber",
    "referring_physician": "ReferringPhysicianName",
    "description": "StudyDescription",
}

_TIME_OF_DAY = re.compile(r"([01]\d|2[0-3])([0-5]\d([0-5]\d(\.\d{1,6})?)?)?")
_OFFSET = re.compile(r"([+-])(0\d|1[0-4])([0-5]\d)")
_GRAMMAR = {
    "PatientBirthDate": re.compile(r"\d{8}"),
    "StudyDate": re.compile(r"\d{8}"),
    "StudyTime": _TIME_OF_DAY,
    "PatientBirthTime": _TIME_OF_DAY,
    "PatientAge": re.compile(r"\d{3}[DWMY]"),
    "PatientSex": re.compile(r"[MFO]"),
}
_FREE_TEXT = frozenset({"StudyDescription", "DeidentificationMethod"})
_LONG_STRING = 64
MAY_BE_EMPTY = (
    "PatientName", "PatientID", "PatientBirthDate", "PatientSex", "StudyDate", "StudyTime", "StudyID",
    "AccessionNumber", "ReferringPhysicianName",
)  # fmt: skip


def check_evidence(view: ReadView, evidence: Sequence[Dataset]) -> None:
    """Refuse evidence of another study than the view's.

    The zones have different Study Instance UIDs: a view of one zone can never be written over headers of the other.
    Raises ValueError.
    """
    if not evidence:
        raise ValueError("a report needs the headers of the images it reads")
    if any(header.StudyInstanceUID != view.study.study_uid for header in evidence):
        raise ValueError("the evidence belongs to another study than the read")


def patient_and_study(view: ReadView, header: Dataset) -> Dataset:
    """Return the patient and study attributes of a report document."""
    context = Dataset()
    context.SpecificCharacterSet = CHARACTER_SET
    for keyword in MAY_BE_EMPTY:
        setattr(context, keyword, "")
    for keyword in _FROM_EVIDENCE:
        if keyword in header:
            _set(context, keyword, header[keyword].value)
    for part, keywords in ((view.subject, _FROM_SUBJECT), (view.study, _FROM_STUDY)):
        for name, keyword in keywords.items():
            if getattr(part, name):
                _set(context, keyword, getattr(part, name))
    context.StudyInstanceUID = view.study.study_uid
    return context


def zone_of(header: Dataset) -> tzinfo:
    """Return the offset the study's own dates and times are in; UTC where the study does not say."""
    offset = _OFFSET.fullmatch(str(header.get("TimezoneOffsetFromUTC") or ""))
    if offset is None:
        return UTC
    sign = -1 if offset[1] == "-" else 1
    return timezone(sign * timedelta(hours=int(offset[2]), minutes=int(offset[3])))


def version_time(view: ReadView, header: Dataset) -> datetime:
    """Return when this version of the document was signed, in the study's offset."""
    return latest_signature(view).astimezone(zone_of(header))


def uids_of(view: ReadView, kind: DocumentKind, addenda: int) -> DocumentUids:
    """Return the UIDs of the view's document of a kind, as it is after so many addenda."""
    return document_uids(view.read_id, kind, addenda, "returned" if view.identified else "reading")


def stamp(document: Dataset, time: datetime) -> None:
    """Set every time that says when the object was made: the same view gives the same bytes."""
    date, clock = f"{time:%Y%m%d}", f"{time:%H%M%S}"
    document.InstanceCreationDate, document.InstanceCreationTime = date, clock
    document.ContentDate, document.ContentTime = date, clock
    document.TimezoneOffsetFromUTC = f"{time:%z}"
    for equipment in document.get("ContributingEquipmentSequence", ()):
        equipment.ContributionDateTime = f"{time:%Y%m%d%H%M%S%z}"


def file_meta(sop_class_uid: str, sop_instance_uid: str) -> FileMetaDataset:
    """Return the File Meta Information of a report document (PS3.10 7.1)."""
    meta = FileMetaDataset()
    meta.FileMetaInformationVersion = b"\x00\x01"
    meta.MediaStorageSOPClassUID = UID(sop_class_uid)
    meta.MediaStorageSOPInstanceUID = UID(sop_instance_uid)
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    meta.ImplementationClassUID = IMPLEMENTATION_CLASS_UID
    meta.ImplementationVersionName = IMPLEMENTATION_VERSION_NAME
    return meta


def short_text(text: str) -> str:
    """Return a text as one LO value: one line, no value delimiter, no longer than the VR allows."""
    return clean_line(text).replace("\\", "/")[:_LONG_STRING].rstrip()


def _set(context: Dataset, keyword: str, value: Any) -> None:
    """Set a value if it keeps its grammar; one that does not would make the whole document invalid."""
    if dictionary_VR(keyword) == "SQ":
        setattr(context, keyword, _decoded(value))
        return
    several = isinstance(value, MultiValue) and dictionary_VM(keyword) != "1"
    texts = [_fitting(keyword, str(part)) for part in value] if several else [_fitting(keyword, _joined(value))]
    if any(texts) or keyword in MAY_BE_EMPTY:
        setattr(context, keyword, texts if several else texts[0])


def _fitting(keyword: str, text: str) -> str:
    """Return a value that may be written; names and identifiers stay letter for letter, however long they are."""
    if keyword in _GRAMMAR:
        return text.strip() if _GRAMMAR[keyword].fullmatch(text.strip()) else ""
    if keyword in _FREE_TEXT:
        return short_text(text)
    return "".join(letter for letter in text if category(letter) != "Cc").replace("\\", "/").strip()


def _joined(value: Any) -> str:
    if isinstance(value, MultiValue):
        return "/".join(str(part) for part in value)
    return "" if value is None else str(value)


def _decoded(items: Sequence[Dataset]) -> list[Dataset]:
    """Return the items as text: through the JSON model no value keeps the character set it came in (PS3.18 F)."""
    return [Dataset.from_json(item.to_json_dict(suppress_invalid_tags=True)) for item in items]
