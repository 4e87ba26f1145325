"""What goes in and out of the worklist's API, for checking requests and for OpenAPI.

Requests are strict: an unknown field, a wrong type, an overlong text or a control character that no report can hold
is refused. UIDs are only compared, so they are bounded and not parsed.
"""

import re
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints
from pydantic_core import PydanticCustomError

from worklist.drafts import LONGEST_TEXT, MOST_KEY_IMAGES, Agreement, Radpeer
from worklist.listing import LARGEST_PAGE
from worklist.models import ItemState, Role

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")


def _without_controls(text: str) -> str:
    if _CONTROL.search(text):
        raise PydanticCustomError("control_character", "Text holds no control characters but tab and line breaks")
    return text


_Text = Annotated[str, StringConstraints(max_length=LONGEST_TEXT), AfterValidator(_without_controls)]
_Uid = Annotated[str, StringConstraints(pattern=r"^[0-9.]{1,64}$")]
_Filter = Annotated[str | None, Field(max_length=500)]


class _Request(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class _Answer(BaseModel):
    model_config = ConfigDict(extra="forbid")


class WorklistQuery(BaseModel):
    """Filters and paging; a filter is one value or several separated by commas."""

    model_config = ConfigDict(extra="forbid")

    state: _Filter = Field(default=None, description="open, claimed, signed, cancelled")
    modality: _Filter = Field(default=None, description="such as CT or CT,MR")
    site: _Filter = None
    limit: int = Field(default=50, ge=1, le=LARGEST_PAGE)
    cursor: _Filter = Field(default=None, description="`next` of the page before")


class KeyImageIn(_Request):
    """An image of the study and the frame of it, counted from 1."""

    sop_instance_uid: _Uid
    frame: int = Field(default=1, ge=1, le=2**31 - 1)


class ReadIn(_Request):
    """A draft or a change to one: a field that is absent stays as it is."""

    findings: _Text = ""
    impression: _Text = ""
    recommendation: _Text = ""
    agreement: Agreement | None = None
    radpeer: Radpeer | None = None
    diagnosis_changed: bool | None = None
    treatment_changed: bool | None = None
    key_images: list[KeyImageIn] = Field(default=[], max_length=MOST_KEY_IMAGES)


class AddendumIn(_Request):
    """What is added to a signed read."""

    text: Annotated[_Text, Field(min_length=1)]


class Me(_Answer):
    """Who is asking."""

    name: str
    role: Role
    via: Literal["token", "cookie"]
    csrf_token: str | None


class Patient(_Answer):
    """Whom a study shows, under a pseudonym."""

    pseudonym: str
    sex: str | None
    age: str | None


class Item(_Answer):
    """A second read to be made; `limited` says that something about the images limits it."""

    id: str
    study_uid: str
    state: ItemState
    modality: str
    body_part: str | None
    description: str | None
    patient: Patient
    site: str
    site_name: str
    received_at: datetime
    due_at: datetime
    reader: str | None
    case_number: str | None
    limited: bool


class Page(_Answer):
    """A page of the worklist; `next` is null on the last."""

    items: list[Item]
    next: str | None


class Amount(_Answer):
    """Money in minor units."""

    amount_minor: int
    currency: str


class AddendumOut(_Answer):
    """What a reader added to a signed read."""

    id: str
    reader: str
    text: str
    signed_at: datetime


class ReadOut(_Answer):
    """A second read: a draft, or signed with its charge."""

    id: str
    item_id: str
    study_uid: str
    state: Literal["draft", "signed"]
    reader: str
    findings: str
    impression: str
    recommendation: str
    agreement: Agreement | None
    radpeer: Radpeer | None
    diagnosis_changed: bool | None
    treatment_changed: bool | None
    key_images: list[KeyImageIn]
    updated_at: datetime
    signed_at: datetime | None
    charge: Amount | None
    addenda: list[AddendumOut]


class InstanceOut(_Answer):
    """An instance; `frames` is 0 when it has no pixels."""

    sop_instance_uid: str
    number: int | None
    frames: int
    rows: int | None
    columns: int | None


class SeriesOut(_Answer):
    """A series with its instances in order."""

    series_uid: str
    number: int | None
    modality: str
    description: str | None
    instances: list[InstanceOut]


class PriorOut(_Answer):
    """An older study of the same case with its series, to be compared with; it is not read for itself."""

    study_uid: str
    modality: str
    body_part: str | None
    description: str | None
    study_date: str | None
    series: list[SeriesOut]


class ItemDetail(Item):
    """An item with the case's words, the series, the own draft and the signed read.

    `report` is null in a blind read until it is signed.
    """

    lease_until: datetime | None
    study_date: str | None
    blind: bool
    jurisdiction: str | None
    limits: list[str]
    question: str | None
    report: str | None
    report_language: str | None
    priors: list[PriorOut]
    series: list[SeriesOut]
    draft: ReadOut | None
    read: ReadOut | None


class Problem(BaseModel):
    """An error (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str
    errors: list[dict[str, str]] | None = None


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return the OpenAPI responses of the errors a route answers with."""
    return {
        status: {"model": Problem, "content": {"application/problem+json": {}}}
        for status in sorted({401, 403, *statuses})
    }
