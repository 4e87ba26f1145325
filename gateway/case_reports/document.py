"""The one form of a case report: our case JSON, strict, frozen, validated when built.

Every other way of writing a case report is read into this form, so that limits and grammar hold for all of them. A
refusal names the field and never its value.
"""

import re
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, field_validator

from config.errors import Malformed
from gateway.case_reports.countries import jurisdiction_of

MOST_IDS = 50
MOST_NUMBERS = 100
MOST_CHARACTERS = 200_000
LONGEST_NUMBER = 64
_LONGEST_NAME = 500
_FIELD = re.compile(r"[a-z_0-9]{1,40}")  # what else a sender may call a field is not repeated
_Number = Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_NUMBER)]
_Name = Annotated[str, StringConstraints(min_length=1, max_length=_LONGEST_NAME)]
_Count = Annotated[int, Field(ge=1, le=1_000_000)]
_SEX = {"M": "M", "MALE": "M", "F": "F", "FEMALE": "F", "O": "O", "OTHER": "O"}

Payer = Literal["", "self", "hospital", "insurer"]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class Identifier(_Strict):
    """An identifier and who issued it."""

    id: str = Field(min_length=1, max_length=128)
    issuer: str = Field(default="", max_length=128)


class PatientIdentifier(Identifier):
    """An identifier of the patient, with its type by HL7 table 0203 where it is told."""

    type: str = Field(default="", max_length=16)


class BirthPart(_Strict):
    """What tells those born together apart: the time (HH:MM), the place in their order, whether there were several."""

    time: str = ""
    order: Annotated[int, Field(ge=1, le=9)] | None = None
    multiple: bool | None = None

    @field_validator("time")
    @classmethod
    def _plain_time(cls, value: str) -> str:
        if value and not re.fullmatch(r"([01]\d|2[0-3]):?[0-5]\d", value):
            raise ValueError("a time of birth is written HH:MM")
        return value.replace(":", "")

    def told(self) -> dict[str, Any]:
        """Return what is told of the birth, as a case keeps it."""
        return self.model_dump(exclude_defaults=True)


class PatientPart(_Strict):
    """The patient of a case; a name in several scripts has its component groups joined by `=` (PS3.5 section 6.2)."""

    name: str = Field(default="", max_length=_LONGEST_NAME)
    other_names: tuple[_Name, ...] = Field(default=(), max_length=MOST_IDS)
    birth_date: str = ""
    birth: BirthPart = BirthPart()
    sex: str = ""
    ids: tuple[PatientIdentifier, ...] = Field(default=(), max_length=MOST_IDS)
    addresses: tuple[_Name, ...] = Field(default=(), max_length=MOST_IDS)
    telephones: tuple[_Number, ...] = Field(default=(), max_length=MOST_IDS)

    @field_validator("birth_date")
    @classmethod
    def _plain_date(cls, value: str) -> str:
        return dicom_date(value)

    @field_validator("sex")
    @classmethod
    def _known_sex(cls, value: str) -> str:
        return _SEX.get(value.upper(), "")


class ReportPart(_Strict):
    """The original report; `order` says which order it answers where a case has several."""

    text: str = Field(max_length=MOST_CHARACTERS)
    language: str = Field(default="", max_length=16)
    date: str = ""
    order: str = Field(default="", max_length=128)

    @field_validator("date")
    @classmethod
    def _plain_date(cls, value: str) -> str:
        return dicom_date(value)


class RequestedStudy(_Strict):
    """A study that was asked for, and how much of it is to come."""

    modality: str = Field(default="", max_length=16)
    body_part: str = Field(default="", max_length=64)
    laterality: Literal["", "L", "R", "B"] = ""
    description: str = Field(default="", max_length=1000)
    accession_number: str = Field(default="", max_length=LONGEST_NUMBER)
    study_uid: str = Field(default="", max_length=64)
    series: _Count | None = None
    instances: _Count | None = None


class ReleasePart(_Strict):
    """Who may have the answer: the hospital's doctors alone, or the patient too once so many days are over."""

    to: Literal["hospital", "patient"] = "hospital"
    after_days: Annotated[int, Field(ge=0, le=3650)] | None = None


class CaseDocument(_Strict):
    """Our case JSON; `accession_issuers` says who issued which accession number, by each name that the issuer has."""

    case_number: str | None = None
    patient: PatientPart
    accession_numbers: tuple[_Number, ...] = Field(default=(), max_length=MOST_NUMBERS)
    accession_issuers: tuple[Identifier, ...] = Field(default=(), max_length=2 * MOST_NUMBERS)
    study_uids: tuple[_Number, ...] = Field(default=(), max_length=MOST_NUMBERS)
    orders: tuple[Identifier, ...] = Field(default=(), max_length=MOST_NUMBERS)
    study_date: str = ""
    modality: str = Field(default="", max_length=16)
    body_part: str = Field(default="", max_length=64)
    requested_studies: tuple[RequestedStudy, ...] = Field(default=(), max_length=MOST_NUMBERS)
    report: ReportPart | None = None
    question: str = Field(default="", max_length=20_000)
    referrer: str = Field(default="", max_length=500)
    payer: Payer = ""
    jurisdiction: str = Field(default="", max_length=64)
    release: ReleasePart | None = None
    blind: bool = False

    @field_validator("study_date")
    @classmethod
    def _plain_date(cls, value: str) -> str:
        return dicom_date(value)

    @field_validator("jurisdiction")
    @classmethod
    def _code(cls, value: str) -> str:
        found = jurisdiction_of(value)
        if value.strip() and not found:
            raise ValueError("a jurisdiction is an ISO 3166 code such as US-MA or DE")
        return found


def build_document(value: Any, *, what: str = "the case report's ") -> CaseDocument:
    """Validate a value as a case document.

    Raises:
        Malformed: it is none; the message names the field and never its value.
    """
    try:
        return CaseDocument.model_validate(value)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        place = ".".join(part if _FIELD.fullmatch(part) else "?" for part in map(str, first["loc"])) or "document"
        raise Malformed(f"{what}{place}: {first['msg']}") from None


def dicom_date(value: str) -> str:
    """Return a date as YYYYMMDD from that form or YYYY-MM-DD; empty stays empty."""
    digits = value.strip().replace("-", "")
    if not digits:
        return ""
    try:
        if len(digits) != 8 or not (digits.isascii() and digits.isdigit()):
            raise ValueError
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:])).strftime("%Y%m%d")
    except ValueError:
        raise ValueError("a date is written YYYY-MM-DD") from None
