"""Which attributes belong to which level of the information model (PS3.18 tables 10.6.3-3 to 10.6.3-5).

The modules of a level are named by their attributes; sequences of these modules go along whole.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from pydicom.datadict import tag_for_keyword

_PATIENT_AND_STUDY = """
    SpecificCharacterSet TimezoneOffsetFromUTC
    PatientName PatientID IssuerOfPatientID PatientBirthDate PatientSex PatientSpeciesDescription
    PatientSpeciesCodeSequence
    PatientBreedDescription PatientIdentityRemoved DeidentificationMethod DeidentificationMethodCodeSequence
    LongitudinalTemporalInformationModified
    StudyInstanceUID StudyDate StudyTime AccessionNumber StudyID StudyDescription ReferringPhysicianName
    ProcedureCodeSequence ReasonForPerformedProcedureCodeSequence
    PatientAge PatientSize PatientWeight PregnancyStatus SmokingStatus AdmittingDiagnosesDescription
"""
_SERIES = """
    SpecificCharacterSet TimezoneOffsetFromUTC
    Modality SeriesInstanceUID SeriesNumber SeriesDate SeriesTime SeriesDescription SeriesDescriptionCodeSequence
    Laterality
    ProtocolName BodyPartExamined PatientPosition PerformedProcedureStepStartDate PerformedProcedureStepStartTime
    PerformedProcedureStepDescription RequestAttributesSequence AnatomicRegionSequence FrameOfReferenceUID
    Manufacturer ManufacturerModelName SoftwareVersions
"""


def keys_of(keywords: str) -> frozenset[str]:
    """Return the tags of blank-separated keywords as eight hexadecimal digits."""
    tags = {keyword: tag_for_keyword(keyword) for keyword in keywords.split()}
    return frozenset(f"{tag:08X}" for tag in tags.values() if tag is not None)


PATIENT_AND_STUDY = keys_of(_PATIENT_AND_STUDY)
SERIES = keys_of(_SERIES)


def select_patient_and_study(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """Return the patient and study level of a header in the DICOM JSON model."""
    return select(attributes, PATIENT_AND_STUDY)


def select_series(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """Return the series level of a header in the DICOM JSON model."""
    return select(attributes, SERIES)


def select(attributes: Mapping[str, Any], keys: Iterable[str]) -> dict[str, Any]:
    """Return the attributes of the given keys, in tag order."""
    wanted = frozenset(keys)
    return {key: attributes[key] for key in sorted(attributes) if key in wanted}
