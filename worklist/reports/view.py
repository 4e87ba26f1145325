"""What a report says, as plain values: the documents are built from these alone.

The same view serves both zones. In the reading zone the subject is a pseudonym and `identified` is false; the gateway
fills in the names, the original UIDs and the original dates. A document's UIDs are derived from its read: built again
it is the same object, so that a resend is never a second report (PS3.5 B.2 makes a UID of 128 bits).
"""

from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Literal

from pydicom.uid import UID

from worklist.reports.words import AGREEMENT_WORDS, RADPEER_WORDS

DocumentKind = Literal["sr", "pdf"]
Zone = Literal["reading", "returned"]


@dataclass(frozen=True)
class Subject:
    """Whom the study shows; `name` is a DICOM PN with all its component groups."""

    name: str
    patient_id: str
    issuer: str = ""
    birth_date: str = ""
    sex: str = ""
    age: str = ""


@dataclass(frozen=True)
class StudyView:
    """The study that was read, in DICOM's own value formats (DA, TM, PN)."""

    study_uid: str
    study_date: str = ""
    study_time: str = ""
    study_id: str = ""
    accession_number: str = ""
    referring_physician: str = ""
    description: str = ""
    modality: str = ""
    body_part: str = ""


@dataclass(frozen=True)
class AddendumView:
    """What a reader added after signing."""

    text: str
    reader: str
    signed_at: datetime


@dataclass(frozen=True)
class KeyImage:
    """An image, or one frame of it (counted from 1), that shows what the read says; `label` tells a person which."""

    sop_class_uid: str
    sop_instance_uid: str
    frame: int | None = None
    label: str = ""


@dataclass(frozen=True)
class ReadView:
    """A signed second read with everything its documents print.

    Texts are plain, with line breaks; `agreement` and `radpeer` are keys of `words.py`. `language` is the RFC 5646 tag
    the reader wrote in; left empty, the SR says what the script shows or "und".
    """

    read_id: str
    reader: str
    site_display_name: str
    node_name: str
    subject: Subject
    study: StudyView
    findings: str
    impression: str
    signed_at: datetime
    identified: bool
    reader_specialty: str = ""
    case_number: str = ""
    question: str = ""
    recommendation: str = ""
    agreement: str | None = None
    radpeer: str | None = None
    diagnosis_changed: bool | None = None
    treatment_changed: bool | None = None
    language: str = ""
    key_images: tuple[KeyImage, ...] = field(default=())
    addenda: tuple[AddendumView, ...] = field(default=())

    def __post_init__(self) -> None:
        """Refuse what no document could say: a time without a zone, an unknown answer."""
        times = [self.signed_at, *(addendum.signed_at for addendum in self.addenda)]
        if any(time.tzinfo is None for time in times):
            raise ValueError("a report needs times with a time zone")
        if self.agreement is not None and self.agreement not in AGREEMENT_WORDS:
            raise ValueError("agreement is not one of " + ", ".join(AGREEMENT_WORDS))
        if self.radpeer is not None and self.radpeer not in RADPEER_WORDS:
            raise ValueError("RADPEER score is not one of " + ", ".join(RADPEER_WORDS))


def latest_signature(view: ReadView) -> datetime:
    """Return when the read, as its last addendum left it, was signed."""
    return view.addenda[-1].signed_at if view.addenda else view.signed_at


@dataclass(frozen=True)
class DocumentUids:
    """The series and instance a document is."""

    series_uid: str
    sop_instance_uid: str


def document_uids(read_id: str, kind: DocumentKind, addenda: int, zone: Zone) -> DocumentUids:
    """Return the UIDs of a read's document after so many addenda.

    Versions of one kind share a series; the zones share nothing, so a pseudonymous copy never meets the returned one.
    """
    return DocumentUids(
        series_uid=_uid("series", read_id, kind, zone),
        sop_instance_uid=_uid("instance", read_id, kind, zone, str(addenda)),
    )


def _uid(*names: str) -> UID:
    digest = sha256("\x1f".join(("overread", "report", *names)).encode()).digest()
    return UID(f"2.25.{int.from_bytes(digest[:16], 'big')}")
