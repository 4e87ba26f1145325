"""What is kept of an instance when it is published, so that metadata is served without reopening a file.

The whole header goes into the DICOM JSON model (PS3.18 annex F) with bulk data left out: each such element bears a
`BulkDataURI` that is only its path inside the instance (`7FE00010`, or `54000100/0/54001010` inside a sequence); the
address in front of it is added when it is served. Text is UTF-8 whatever the file declared, and the colour space is
that of decoded frames, because pixel data is handed out decoded.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, BinaryIO

from pydicom.datadict import tag_for_keyword

from config.errors import Malformed
from viewer_api.json_model import to_json_model
from viewer_api.levels import select_patient_and_study, select_series
from viewer_api.part10 import open_part10
from viewer_api.rendering.frame import DECODED_PHOTOMETRIC
from viewer_api.rendering.frame_table import FLOATING, find_pixel_element
from viewer_api.rendering.numbers import decimal
from viewer_api.rendering.pixel_format import MAXIMUM_FRAMES
from worklist.publishing import InstanceRecord, SeriesRecord, StudyRecord

Attributes = dict[str, Any]


@dataclass(frozen=True)
class InstanceHeader:
    """An instance as the index keeps it; the names are those of the worklist's records.

    `attributes` is the whole header, `study_attributes` and `series_attributes` are its parts at those levels.
    `frames` is 0 for an object without pixels. Texts are cut to what the columns hold.
    """

    study_uid: str
    series_uid: str
    sop_instance_uid: str
    sop_class_uid: str
    transfer_syntax_uid: str
    pseudonym: str
    modality: str
    instance_number: int | None
    series_number: int | None
    rows: int | None
    columns: int | None
    frames: int
    sex: str | None
    age: str | None
    study_date: str | None
    study_time: str | None
    body_part: str | None
    study_description: str | None
    series_description: str | None
    study_attributes: Attributes
    series_attributes: Attributes
    attributes: Attributes


def instance_record_parts(source: BinaryIO) -> InstanceHeader:
    """Read from a de-identified Part 10 file what the publish stage must store; pixels are not read.

    Raises:
        Malformed: not a Part 10 file that can be parsed, or without the UIDs that every composite instance has.
        TooLarge: a deflated data set beyond the limit.
    """
    part10 = open_part10(source)
    header = part10.read_header()
    pixels = find_pixel_element(part10)
    attributes = to_json_model(header, little_endian=part10.little_endian)
    if pixels is not None:
        key = f"{pixels.tag:08X}"
        attributes[key] = {"vr": _PIXEL_VR.get(pixels.tag, _pixel_vr(attributes)), "BulkDataURI": key}
        if pixels.length is None:
            _announce_decoded(attributes)
    return InstanceHeader(
        study_uid=_uid(attributes, "StudyInstanceUID"),
        series_uid=_uid(attributes, "SeriesInstanceUID"),
        sop_instance_uid=_uid(attributes, "SOPInstanceUID"),
        sop_class_uid=_uid(attributes, "SOPClassUID"),
        transfer_syntax_uid=str(part10.transfer_syntax),
        pseudonym=_text(attributes, "PatientID", 64) or "",
        modality=_text(attributes, "Modality", 16) or "OT",
        instance_number=_whole(attributes, "InstanceNumber"),
        series_number=_whole(attributes, "SeriesNumber"),
        rows=_whole(attributes, "Rows"),
        columns=_whole(attributes, "Columns"),
        frames=0 if pixels is None else min(MAXIMUM_FRAMES, max(1, _whole(attributes, "NumberOfFrames") or 1)),
        sex=_text(attributes, "PatientSex", 16),
        age=_text(attributes, "PatientAge", 4),
        study_date=_text(attributes, "StudyDate", 8),
        study_time=_text(attributes, "StudyTime", 16),
        body_part=_text(attributes, "BodyPartExamined", 64),
        study_description=_text(attributes, "StudyDescription", 200),
        series_description=_text(attributes, "SeriesDescription", 200),
        study_attributes=select_patient_and_study(attributes),
        series_attributes=select_series(attributes),
        attributes=attributes,
    )


def study_record(header: InstanceHeader, *, site: str, received_at: datetime) -> StudyRecord:
    """Return what the worklist keeps of the study that an instance belongs to."""
    return StudyRecord(
        study_uid=header.study_uid,
        site=site,
        pseudonym=header.pseudonym,
        modality=header.modality,
        received_at=received_at,
        sex=header.sex,
        age=header.age,
        study_date=header.study_date,
        study_time=header.study_time,
        body_part=header.body_part,
        description=header.study_description,
        attributes=header.study_attributes,
    )


def series_record(header: InstanceHeader) -> SeriesRecord:
    """Return what the worklist keeps of the series that an instance belongs to."""
    return SeriesRecord(
        series_uid=header.series_uid,
        modality=header.modality,
        number=header.series_number,
        body_part=header.body_part,
        description=header.series_description,
        attributes=header.series_attributes,
    )


def instance_record(header: InstanceHeader, *, blob: str, size: int) -> InstanceRecord:
    """Return what the worklist keeps of an instance whose `size` bytes lie under the key `blob`."""
    return InstanceRecord(
        sop_instance_uid=header.sop_instance_uid,
        series_uid=header.series_uid,
        sop_class_uid=header.sop_class_uid,
        transfer_syntax_uid=header.transfer_syntax_uid,
        blob=blob,
        bytes=size,
        number=header.instance_number,
        rows=header.rows,
        columns=header.columns,
        frames=header.frames,
        attributes=header.attributes,
    )


_PHOTOMETRIC = "00280004"
_PIXEL_VR: Mapping[int, str] = {tag: {32: "OF", 64: "OD"}[bits] for tag, bits in FLOATING.items() if bits}


def _announce_decoded(attributes: Attributes) -> None:
    """Say the colour space of decoded frames, as the octets that the metadata points to are in it."""
    stored = attributes.get(_PHOTOMETRIC, {}).get("Value", [""])[0]
    if stored in DECODED_PHOTOMETRIC:
        attributes[_PHOTOMETRIC] = {"vr": "CS", "Value": [DECODED_PHOTOMETRIC[stored]]}


def _pixel_vr(attributes: Attributes) -> str:
    return "OB" if (_whole(attributes, "BitsAllocated") or 16) <= 8 else "OW"


def _uid(attributes: Attributes, keyword: str) -> str:
    value = _text(attributes, keyword, 64)
    if not value:
        raise Malformed(f"the instance has no {keyword}")
    return value


def _text(attributes: Attributes, keyword: str, longest: int) -> str | None:
    """Return the first value as text; None when it is absent, empty or cannot be read."""
    values = _values(attributes, keyword)
    return str(values[0]).strip("\0 ")[:longest] or None if values and values[0] is not None else None


def _whole(attributes: Attributes, keyword: str) -> int | None:
    number = decimal(_values(attributes, keyword))
    return None if number is None or abs(number) >= 1 << 31 else int(number)


def _values(attributes: Attributes, keyword: str) -> Sequence[Any]:
    values: Sequence[Any] = attributes.get(_key_of(keyword), {}).get("Value", ())
    return values


@cache
def _key_of(keyword: str) -> str:
    return f"{tag_for_keyword(keyword):08X}"
