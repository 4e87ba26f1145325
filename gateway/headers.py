"""Read the header of a received file once, into a frozen value.

This is the one place of the identified zone, beside the anonymizer, where a data set is parsed on the way in. Nothing
is trusted: what cannot be read is a typed answer, never an exception of the parser's.
"""

import hashlib
import struct
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from io import BytesIO
from typing import BinaryIO, NamedTuple

from pydicom import Dataset
from pydicom.errors import InvalidDicomError
from pydicom.multival import MultiValue
from pydicom.sequence import Sequence
from pydicom.tag import BaseTag, Tag
from pydicom.uid import (
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    MediaStorageDirectoryStorage,
)

from config.case_number import find_case_numbers
from config.errors import Malformed
from config.identifiers import UID
from gateway.bounded_reading import find_data_set, read_head
from gateway.matching.days import plain_day, plain_minute
from gateway.skimming import SKIMMED_BYTES, Skimmed, skim

_CHUNK = 1 << 20
_MOST_IDS = 20
_HIDING_PLACES = (
    "AccessionNumber",
    "StudyID",
    "StudyDescription",
    "RequestedProcedureID",
    "RequestedProcedureDescription",
    "PatientComments",
    "OtherPatientIDs",
    "AdmissionID",
    "PatientID",
    "StudyComments",
    "ImageComments",
    "RequestedProcedureComments",
    "PlacerOrderNumberImagingServiceRequest",
    "FillerOrderNumberImagingServiceRequest",
)
_ISSUING = ("IssuerOfAccessionNumberSequence", "RequestAttributesSequence")
_NUMBERED = ("OtherPatientIDsSequence", "IssuerOfPatientIDQualifiersSequence")
_ISSUERS = ("UniversalEntityID", "LocalNamespaceEntityID")
_REQUESTED = ("RequestedProcedureID", "RequestedProcedureDescription", "AccessionNumber")
_OWN_NAMES = ("OtherPatientNames", "PatientBirthName")
_NAMING = (
    *_OWN_NAMES,
    "PatientMotherBirthName",
    "ResponsiblePerson",
    "ReferringPhysicianName",
    "ConsultingPhysicianName",
    "PhysiciansOfRecord",
    "PerformingPhysicianName",
    "NameOfPhysiciansReadingStudy",
    "OperatorsName",
    "RequestingPhysician",
)
_IDENTIFYING = (
    "InstitutionName",
    "InstitutionAddress",
    "OtherPatientIDs",
    "PatientAddress",
    "PatientTelephoneNumbers",
    "MilitaryRank",
    "MedicalRecordLocator",
    "AdmissionID",
    "RequestingService",
)
_PROOFS = ("SOPClassUID", "SOPInstanceUID", "StudyInstanceUID")
_FIRST_VRS = frozenset({b"UL", b"OB", b"CS", b"DA", b"TM", b"UI", b"SH", b"LO", b"PN"})
_READ_TAGS = [
    "SpecificCharacterSet",
    "InstanceCreationDate",
    "InstanceCreationTime",
    "TimezoneOffsetFromUTC",
    "SOPClassUID",
    "SOPInstanceUID",
    "StudyInstanceUID",
    "SeriesInstanceUID",
    "PatientName",
    "PatientID",
    "IssuerOfPatientID",
    "PatientBirthDate",
    "PatientBirthTime",
    "PatientSex",
    "CountryOfResidence",
    "RegionOfResidence",
    "StudyDate",
    "StudyTime",
    "Modality",
    "BodyPartExamined",
    "ReferringPhysicianName",
    *_ISSUING,
    *_NUMBERED,
    *_HIDING_PLACES,
    *_NAMING,
    *_IDENTIFYING,
]
_WANTED = frozenset(int(Tag(keyword)) for keyword in _READ_TAGS)
_MOST_KNOWN = 64  # headers of series that may arrive at the same time
_known: "dict[tuple[str, bytes], Header]" = {}


class NotDicom(Exception):
    """The file is something else than a DICOM object."""


class OtherID(NamedTuple):
    """An identifier of the patient with its issuer and its type (HL7 table 0203), as far as they are told."""

    id: str
    issuer: str
    type: str


@dataclass(frozen=True)
class Header:
    """What the gateway needs to know of a received object, as text; absent attributes are empty."""

    study_instance_uid: str
    series_instance_uid: str
    sop_instance_uid: str
    sop_class_uid: str
    transfer_syntax_uid: str
    patient_name: str
    patient_id: str
    issuer: str
    birth_date: str
    sex: str
    accession_number: str
    study_id: str
    study_date: str
    study_time: str
    description: str
    referring_physician: str
    modality: str
    body_part: str
    case_numbers: tuple[str, ...]
    other_names: tuple[str, ...] = ()
    other_identities: tuple[str, ...] = ()
    birth_names: tuple[str, ...] = ()
    accession_issuer: str = ""
    character_set: str = ""
    created: str = ""
    utc_offset: str = ""
    other_ids: tuple[OtherID, ...] = ()
    addresses: tuple[str, ...] = ()
    telephones: tuple[str, ...] = ()
    birth_time: str = ""
    country_of_residence: str = ""
    region_of_residence: str = ""

    @property
    def is_directory(self) -> bool:
        """Say whether this is the DICOMDIR of a disc (PS3.10 section 8.6)."""
        return self.sop_class_uid == MediaStorageDirectoryStorage

    @property
    def patient_scope(self) -> str:
        """Return what tells patients of one site apart; an empty PatientID never merges two studies."""
        if self.patient_id:
            return f"{self.issuer}|{self.patient_id}"
        return f"study:{self.study_instance_uid}"


def read_header(stream: BinaryIO, *, site: str | None = None) -> Header:
    """Read the header of a file positioned at its start; without preamble and file meta when it begins like a data set.

    Files of one site whose headers say the same are parsed once; without a site every file is.

    Raises:
        NotDicom: no DICOM object by any sign.
        Malformed: DICOM, but without the identifiers that every object needs, or unreadable.
    """
    start = stream.read(SKIMMED_BYTES)
    stream.seek(0)
    skimmed = None if site is None else skim(start, _WANTED)
    if site is None or skimmed is None:
        return _parse(stream, start[:132])
    if (known := _known.get((site, skimmed.key))) is not None:
        return replace(known, sop_instance_uid=skimmed.sop_instance_uid)
    header = _parse(stream, start[:132])
    if header == _parsed_alone(skimmed):
        if len(_known) >= _MOST_KNOWN:
            _known.clear()
        _known[site, skimmed.key] = header
    return header


def _parsed_alone(skimmed: Skimmed) -> "Header | None":
    """Return the header that follows from what was skimmed and from no other byte of the file; None where none does."""
    try:
        alone = _parse(BytesIO(skimmed.key), skimmed.key[:132])
    except (NotDicom, Malformed):
        return None
    return replace(alone, sop_instance_uid=skimmed.sop_instance_uid)


def _parse(stream: BinaryIO, preamble: bytes) -> Header:
    headed = preamble[128:132] == b"DICM"
    if not headed and not _looks_headless(preamble):
        raise NotDicom
    try:
        dataset = read_head(stream, _READ_TAGS, force=not headed)
        if not headed and not any(_text(dataset, keyword) for keyword in _PROOFS):
            raise NotDicom
        return _header(dataset)
    except (Malformed, NotDicom):
        raise
    except (
        InvalidDicomError,
        EOFError,
        ValueError,
        TypeError,
        KeyError,
        AttributeError,
        struct.error,
        OSError,
    ) as error:
        if not headed:
            raise NotDicom from None
        raise Malformed(f"the header cannot be read ({type(error).__name__})") from None
    except Exception as error:  # noqa: BLE001 - the parser meets hostile bytes here: any failure of it is the sender's
        raise Malformed(f"the header cannot be read ({type(error).__name__})") from None


def content_digest(stream: BinaryIO, transfer_syntax_uid: str) -> str:
    """Return the SHA-256 of transfer syntax and data set, without the file meta that each sender writes anew."""
    stream.seek(find_data_set(stream)[0])
    digest = hashlib.sha256(transfer_syntax_uid.encode() + b"\0")
    while chunk := stream.read(_CHUNK):
        digest.update(chunk)
    return digest.hexdigest()


def _header(dataset: Dataset) -> Header:
    syntax = str(getattr(dataset, "file_meta", {}).get("TransferSyntaxUID", "") or _apparent_syntax(dataset))
    sop_class = _text(dataset, "SOPClassUID") or str(dataset.file_meta.get("MediaStorageSOPClassUID", ""))
    if sop_class == MediaStorageDirectoryStorage:
        return _directory(sop_class, syntax)
    uids = {}
    for keyword in ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID"):
        uids[keyword] = _uid(dataset, keyword)
    numbers = find_case_numbers("\n".join(_hidden_texts(dataset)))
    return Header(
        study_instance_uid=uids["StudyInstanceUID"],
        series_instance_uid=uids["SeriesInstanceUID"],
        sop_instance_uid=uids["SOPInstanceUID"],
        sop_class_uid=sop_class,
        transfer_syntax_uid=syntax,
        patient_name=_text(dataset, "PatientName"),
        patient_id=_text(dataset, "PatientID"),
        issuer=_text(dataset, "IssuerOfPatientID"),
        birth_date=plain_day(_text(dataset, "PatientBirthDate")),
        sex=_text(dataset, "PatientSex"),
        accession_number=_text(dataset, "AccessionNumber"),
        study_id=_text(dataset, "StudyID"),
        study_date=plain_day(_text(dataset, "StudyDate"))[:8],
        study_time=_text(dataset, "StudyTime")[:16],
        description=_text(dataset, "StudyDescription"),
        referring_physician=_text(dataset, "ReferringPhysicianName"),
        modality=_text(dataset, "Modality")[:16],
        body_part=_text(dataset, "BodyPartExamined")[:64],
        case_numbers=tuple(str(number) for number in numbers),
        other_names=_values(dataset, _NAMING),
        other_identities=_values(dataset, _IDENTIFYING),
        birth_names=_values(dataset, _OWN_NAMES),
        accession_issuer=_accession_issuer(dataset)[:128],
        other_ids=tuple(_other_ids(dataset))[:_MOST_IDS],
        addresses=_values(dataset, ("PatientAddress",)),
        telephones=_values(dataset, ("PatientTelephoneNumbers",)),
        birth_time=plain_minute(_text(dataset, "PatientBirthTime")),
        country_of_residence=_text(dataset, "CountryOfResidence")[:64],
        region_of_residence=_text(dataset, "RegionOfResidence")[:64],
        character_set=_text(dataset, "SpecificCharacterSet"),
        created=_text(dataset, "InstanceCreationDate") + _text(dataset, "InstanceCreationTime"),
        utc_offset=_text(dataset, "TimezoneOffsetFromUTC"),
    )


def _apparent_syntax(dataset: Dataset) -> str:
    """Return the uncompressed transfer syntax in which a data set was read that names none."""
    implicit, little = dataset.original_encoding
    if little is False:
        return str(ExplicitVRBigEndian)
    return str(ExplicitVRLittleEndian if implicit is False else ImplicitVRLittleEndian)


def _directory(sop_class: str, syntax: str) -> Header:
    empty = dict.fromkeys(Header.__dataclass_fields__, "")
    empty |= {"sop_class_uid": sop_class, "transfer_syntax_uid": syntax}
    return Header(**{**empty, "case_numbers": (), "other_names": (), "other_identities": ()})  # type: ignore[arg-type]


@cache
def _tag(keyword: str) -> BaseTag:
    return Tag(keyword)


def _text(dataset: Dataset, keyword: str) -> str:
    tag = _tag(keyword)
    if tag not in dataset:
        return ""
    value = dataset[tag].value
    if value is None:
        return ""
    if isinstance(value, MultiValue):
        value = "\\".join(str(each) for each in value)
    return str(value).strip(" \0").replace("\0", "")


def _hidden_texts(dataset: Dataset) -> list[str]:
    """Return every text in which hospitals write a case number, those of the request's sequence too."""
    requests = _items(dataset, "RequestAttributesSequence")
    return [_text(dataset, keyword) for keyword in _HIDING_PLACES] + [
        _text(request, keyword) for request in requests for keyword in _REQUESTED
    ]


def _accession_issuer(dataset: Dataset) -> str:
    """Return who issued the accession number (PS3.3 table 10-17): the universal identifier, else the local name."""
    for item in _items(dataset, "IssuerOfAccessionNumberSequence"):
        return next((found for keyword in _ISSUERS if (found := _text(item, keyword))), "")
    return ""


def _other_ids(dataset: Dataset) -> Iterator[OtherID]:
    """Yield the patient's further identifiers, and the Patient ID where its type or universal issuer is told.

    Issuer of Patient ID Qualifiers holds both (PS3.3 section 10.18).
    """
    for item in (dataset, *_items(dataset, "OtherPatientIDsSequence")):
        qualifiers = next(iter(_items(item, "IssuerOfPatientIDQualifiersSequence")), Dataset())
        number, kind = _text(item, "PatientID")[:128], _text(qualifiers, "IdentifierTypeCode")[:16]
        universal = _text(qualifiers, "UniversalEntityID")
        if number and (item is not dataset or kind or universal):
            yield OtherID(number, (universal or _text(item, "IssuerOfPatientID"))[:128], kind)


def _items(dataset: Dataset, keyword: str) -> list[Dataset]:
    value = dataset.get(keyword)
    return list(value) if isinstance(value, Sequence) else []


def _values(dataset: Dataset, keywords: tuple[str, ...]) -> tuple[str, ...]:
    """Return every single value of some attributes that is not empty."""
    found = (value for keyword in keywords for value in _text(dataset, keyword).split("\\"))
    return tuple(dict.fromkeys(value.strip() for value in found if value.strip()))


def _uid(dataset: Dataset, keyword: str) -> str:
    try:
        return UID(_text(dataset, keyword)).value
    except Malformed:
        raise Malformed(f"the object has no usable {keyword}") from None


def _looks_headless(start: bytes) -> bool:
    """Say whether bytes without a preamble begin like a data set: group 0002 or 0008, small element, sane VR or length.

    Big endian data sets always have explicit VRs (PS3.5 annex A.3, retired).
    """
    if len(start) < 12:
        return False
    explicit = start[4:6] in _FIRST_VRS
    group, element = struct.unpack_from(">HH" if start[:1] == b"\0" else "<HH", start)
    if group not in {0x0002, 0x0008} or element > 0x0018:
        return False
    return explicit or (start[:1] != b"\0" and struct.unpack_from("<L", start, 4)[0] <= 128)
