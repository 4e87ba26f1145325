"""The coded concepts of a second read's SR.

Headings are of CID 7001, elements of CID 7002, purposes of CID 7003 (PS3.16). DICOM has no concept for a second
reader's agreement or the RADPEER scale: those are of the private scheme 99OVERREAD, which the document names in its
Coding Scheme Identification Sequence.
"""

from highdicom.coding_schemes import CodingSchemeIdentificationItem
from highdicom.sr import CodedConcept
from pydicom.sr.coding import Code

from worklist.reports.words import AGREEMENT_WORDS, RADPEER_WORDS

PRIVATE_SCHEME = "99OVERREAD"


def coding_schemes() -> list[CodingSchemeIdentificationItem]:
    """Return what tells a receiver whose codes 99OVERREAD are (PS3.3 C.12.1)."""
    return [CodingSchemeIdentificationItem(PRIVATE_SCHEME, name="Overread second read codes")]


def _private(value: str, meaning: str) -> Code:
    return Code(value, PRIVATE_SCHEME, meaning[:64])


DOCUMENT_TITLE = Code("18748-4", "LN", "Diagnostic Imaging Report")
PROCEDURE_REPORTED = Code("121058", "DCM", "Procedure reported")

REQUEST = Code("55115-0", "LN", "Request")
CURRENT_PROCEDURE = Code("55111-9", "LN", "Current Procedure Descriptions")
FINDINGS = Code("59776-5", "LN", "Findings")
IMPRESSIONS = Code("19005-8", "LN", "Impressions")
RECOMMENDATIONS = Code("18783-1", "LN", "Recommendations")
KEY_IMAGES = Code("55113-5", "LN", "Key Images")
ADDENDUM = Code("55107-7", "LN", "Addendum")

PROCEDURE_DESCRIPTION = Code("121065", "DCM", "Procedure Description")
FINDING = Code("121071", "DCM", "Finding")
IMPRESSION = Code("121073", "DCM", "Impression")
RECOMMENDATION = Code("121075", "DCM", "Recommendation")
BEST_ILLUSTRATION = Code("121080", "DCM", "Best illustration of finding")

COMPARISON = _private("COMPARISON", "Comparison with the original report")
AGREEMENT = _private("AGREEMENT", "Agreement with the original report")
RADPEER = _private("RADPEER", "RADPEER score")
DIAGNOSIS_CHANGED = _private("DIAGNOSIS-CHANGED", "Diagnosis changed by the second read")
TREATMENT_CHANGED = _private("TREATMENT-CHANGED", "Treatment changed by the second read")

AGREEMENT_VALUES = {value: _private(f"AGREEMENT-{value.upper()}", words) for value, words in AGREEMENT_WORDS.items()}
RADPEER_VALUES = {value: _private(f"RADPEER-{value.upper()}", f"RADPEER score {value}") for value in RADPEER_WORDS}
YES_NO_VALUES = {True: Code("373066001", "SCT", "Yes"), False: Code("373067005", "SCT", "No")}

LANGUAGES = {
    "de": "German",
    "en": "English",
    "es": "Spanish",
    "fr": "French",
    "ja": "Japanese",
    "ko": "Korean",
    "zh": "Chinese",
    "und": "Undetermined",
}

# Modality (0008,0060) to the kind of imaging procedure, SNOMED CT.
PROCEDURES = {
    "CR": Code("168537006", "SCT", "Plain radiography"),
    "CT": Code("77477000", "SCT", "Computed tomography"),
    "DX": Code("168537006", "SCT", "Plain radiography"),
    "MG": Code("71651007", "SCT", "Mammography"),
    "MR": Code("113091000", "SCT", "Magnetic resonance imaging"),
    "PT": Code("82918005", "SCT", "Positron emission tomography"),
    "RF": Code("44491008", "SCT", "Fluoroscopy"),
    "US": Code("16310003", "SCT", "Ultrasonography"),
    "XA": Code("77343006", "SCT", "Angiography"),
}


def language(tag: str) -> CodedConcept:
    """Return the concept of an RFC 5646 language tag."""
    return CodedConcept(tag, "RFC5646", LANGUAGES.get(tag.partition("-")[0].lower(), tag))
