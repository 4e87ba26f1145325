"""What is decided about a study before its first pixel: who, where, when and under which numbers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from sample_studies.people import SamplePatient, Staff
from sample_studies.sites import SampleSite
from sample_studies.uids import uid

Door = Literal["cstore", "upload"]
State = Literal["matched", "unmatched"]
Elements = Mapping[str, Any]


@dataclass(frozen=True)
class Scanner:
    """Describe the machine; the serial number and station name identify it, and with it the hospital."""

    manufacturer: str
    model: str
    serial: str
    station: str
    software: str = "VX 4.2.1"


@dataclass(frozen=True)
class CasePlan:
    """Say what the case report knows of the study; what is False it leaves out, so that matching has to do without.

    `name`, `study_date` replace the patient's and the study's own when the report got them wrong.
    """

    question: str
    accession: bool = False
    patient_id: bool = False
    study_uid: bool = False
    name: str | None = None
    study_date: str | None = None
    body_part: str = ""


@dataclass(frozen=True)
class StudyPlan:
    """Fix the identity of one study; images are made from it by an acquisition of `sample_studies.acquisitions`."""

    slug: str
    site: SampleSite
    patient: SamplePatient
    staff: Staff
    scanner: Scanner
    modality: str
    when: datetime
    accession: str
    study_id: str
    description: str
    body_part: str
    procedure: tuple[str, str]
    expected_state: State
    door: Door = "cstore"
    case: CasePlan | None = None
    uid_words: tuple[str, ...] = ()
    disposition: str = "published"
    native: bool = True

    @property
    def study_instance_uid(self) -> str:
        """Return the Study Instance UID; plans with equal `uid_words` share it on purpose."""
        return uid("study", *(self.uid_words or (self.site.name, self.slug)))

    @property
    def ordered(self) -> datetime:
        """Return when the study was ordered."""
        return self.when - timedelta(days=2, hours=3)

    @property
    def institution(self) -> str:
        """Return the institution's name as this study's character set can write it."""
        return self.site.native_name if self.native else self.site.display_name

    @property
    def institution_address(self) -> str:
        """Return the institution's address as this study's character set can write it."""
        return self.site.native_address if self.native else self.site.address

    def object_uid(self, *words: object) -> str:
        """Return a UID for a series, an instance or a frame of reference of this study."""
        return uid(self.study_instance_uid, *words)


@dataclass(frozen=True)
class Picture:
    """Hold one instance before it is written: its own elements over the study's, its pixels and its transfer syntax.

    `pixels` is (rows, columns) with a leading axis for frames and a last axis of 3 for colour where there are any.
    """

    sop_class_uid: str
    series: int
    number: int
    elements: Elements
    pixels: NDArray[np.generic]
    transfer_syntax_uid: str
    minutes: float = 0.0
    lossy: bool = False
    series_elements: Elements = field(default_factory=dict)


@dataclass(frozen=True)
class Size:
    """Say how much to make: slices per CT and MR series, slices of short studies, frames per run, matrix divisor."""

    ct_slices: int
    mr_slices: int
    short_slices: int
    frames: int
    shrink: int


FULL = Size(ct_slices=40, mr_slices=13, short_slices=7, frames=20, shrink=1)
SMALL = Size(ct_slices=4, mr_slices=4, short_slices=3, frames=4, shrink=4)
