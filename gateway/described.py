"""By which of its objects a study is described: by the first that is an image, whatever came before it.

A report, a presentation state or a list of key images may be received before the images that it is about. It says of
the study only what no image says (PS3.3 section C.7.3.1.1.1, Modality).
"""

from gateway.headers import Header
from gateway.models import Study

_REPORTS = {"SR", "KO", "PR", "DOC", "AU"}
_MADE_OF_IMAGES = {"SEG", "REG", "FID", "RWV", "PLAN", "RTSTRUCT", "RTPLAN", "RTDOSE", "RTRECORD"}
NOT_MAIN = frozenset({"", "OT", *_REPORTS, *_MADE_OF_IMAGES})
_OF_IMAGES = ("modality", "body_part", "description")
_LONGEST = {"accession_number": 64, "study_id": 64}
_TOLD_ONCE = ("study_id", "study_date", "study_time", "description", "referring_physician", "body_part")


def describe(study: Study, header: Header) -> None:
    """Let a study say of itself what an image says: what none did before, and all of it after what is no image."""
    if header.modality in NOT_MAIN:
        return
    if study.modality in NOT_MAIN:
        for name in _OF_IMAGES:
            setattr(study, name, getattr(header, name) or getattr(study, name))
    if not study.accession_number and header.accession_number:
        study.accession_number = header.accession_number[: _LONGEST["accession_number"]]
        study.accession_issuer = header.accession_issuer
    for name in _TOLD_ONCE:
        if not getattr(study, name) and (told := getattr(header, name)):
            setattr(study, name, told[: _LONGEST.get(name)])
