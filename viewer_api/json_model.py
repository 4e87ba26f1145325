"""A header in the DICOM JSON model (PS3.18 annex F), whatever it holds.

One element that cannot be converted does not lose the others: it keeps its VR and no value. Numbers that JSON does not
know (NaN, infinity) are written as strings (F.2.3.1 leaves no other way). Group 0002 and group lengths stay out (F.2).
The short elements and sequences that the instances of a series have in common are converted once: what is returned is
not changed.
"""

import base64
import math
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np
from pydicom.charset import default_encoding
from pydicom.dataelem import DataElement, RawDataElement, convert_raw_data_element
from pydicom.dataset import Dataset
from pydicom.multival import MultiValue
from pydicom.tag import BaseTag
from pydicom.valuerep import STANDARD_VR, VR, PersonName

from viewer_api.errors import UNREADABLE

INLINE_BYTES = 64
MAXIMUM_DEPTH = 32

_BINARY = frozenset({"OB", "OD", "OF", "OL", "OV", "OW", "UN"})
_WHOLE = frozenset({"SL", "SS", "SV", "UL", "US", "UV", "IS"})
_REAL = frozenset({"DS", "FD", "FL"})
_WORDS = {"OW": 2, "OL": 4, "OF": 4, "OD": 8, "OV": 8}
_CHARACTER_SET = "00080005"
_CHARACTER_SET_TAG = BaseTag(0x00080005)
_UNICODE = "ISO_IR 192"
_REMEMBERED, _REMEMBERED_SEQUENCES = 4096, 512
_SHORT_SEQUENCE = 1024
_SELF_CONTAINED = STANDARD_VR - {VR.SQ, VR.UN}

Json = dict[str, Any]


def to_json_model(dataset: Dataset, *, little_endian: bool, path: str = "", depth: int = 0) -> Json:
    """Return a data set in the DICOM JSON model; binary values longer than `INLINE_BYTES` become bulk data paths."""
    model: Json = {}
    codecs = _codecs(dataset)
    for tag in sorted(dataset.keys()):
        if tag.group == 0x0002 or tag.element == 0x0000:
            continue
        key = f"{tag:08X}"
        try:
            raw = dataset.get_item(tag)
            if isinstance(raw, RawDataElement) and _is_memorable(raw):
                named = (default_encoding,) if tag == _CHARACTER_SET_TAG else codecs
                model[key] = _short_attribute(tag, raw.VR, raw.value, little_endian, *named)
                continue
            if isinstance(raw, RawDataElement) and depth == 0 and _is_memorable_sequence(raw):
                model[key] = _short_sequence(tag, raw.value, little_endian, *codecs)
                continue
            element = dataset[tag]
        except UNREADABLE:
            model[key] = {"vr": _raw_vr(dataset, tag)}
            continue
        model[key] = _to_attribute(element, path + key, depth, little_endian=little_endian)
    if "Value" in model.get(_CHARACTER_SET, {}):
        model[_CHARACTER_SET] = {"vr": "CS", "Value": [_UNICODE]}
    return model


def _is_memorable(raw: RawDataElement) -> bool:
    """Say whether what becomes of an element follows from its own few bytes: a long one has a path."""
    return raw.VR in _SELF_CONTAINED and raw.value is not None and len(raw.value) <= INLINE_BYTES


def _is_memorable_sequence(raw: RawDataElement) -> bool:
    """Say the same of a sequence: of explicit VR, as else what an item holds may follow from the image around it."""
    return raw.VR == VR.SQ and not raw.is_implicit_VR and raw.value is not None and len(raw.value) <= _SHORT_SEQUENCE


def _codecs(dataset: Dataset) -> tuple[str, ...]:
    codecs = dataset.original_character_set or default_encoding
    return (codecs,) if isinstance(codecs, str) else tuple(codecs)


@lru_cache(maxsize=_REMEMBERED)
def _short_attribute(tag: BaseTag, vr: str, value: bytes, little_endian: bool, *codecs: str) -> Json:
    raw = RawDataElement(tag, vr, len(value), value, 0, False, little_endian)
    element = convert_raw_data_element(raw, encoding=list(codecs))
    return _to_attribute(element, f"{tag:08X}", 0, little_endian=little_endian)


@lru_cache(maxsize=_REMEMBERED_SEQUENCES)
def _short_sequence(tag: BaseTag, value: bytes, little_endian: bool, *codecs: str) -> Json:
    raw = RawDataElement(tag, "SQ", len(value), value, 0, False, little_endian)
    element = convert_raw_data_element(raw, encoding=list(codecs))
    return _to_attribute(element, f"{tag:08X}", 0, little_endian=little_endian)


def _to_attribute(element: DataElement, path: str, depth: int, *, little_endian: bool) -> Json:
    vr = str(element.VR).split(" or ", maxsplit=1)[0]
    if vr == "SQ":
        if depth >= MAXIMUM_DEPTH:
            return {"vr": vr}
        items = [
            to_json_model(item, little_endian=little_endian, path=f"{path}/{number}/", depth=depth + 1)
            for number, item in enumerate(element.value or [])
        ]
        return {"vr": vr, "Value": items} if items else {"vr": vr}
    if vr in _BINARY or isinstance(element.value, bytes):
        return _to_binary(element, vr, path, little_endian=little_endian)
    values = element.value if isinstance(element.value, MultiValue | list | tuple) else [element.value]
    converted = [_CONVERTERS.get(vr, _to_text)(value) for value in values]
    while converted and converted[-1] is None:
        converted.pop()
    return {"vr": vr, "Value": converted} if converted else {"vr": vr}


def _to_binary(element: DataElement, vr: str, path: str, *, little_endian: bool) -> Json:
    value = element.value
    if not isinstance(value, bytes) or not value:
        return {"vr": vr}
    if len(value) > INLINE_BYTES:
        return {"vr": vr, "BulkDataURI": path}
    return {"vr": vr, "InlineBinary": base64.b64encode(to_little_endian(value, vr, little_endian)).decode("ascii")}


def to_little_endian(value: bytes, vr: str, little_endian: bool) -> bytes:
    """Return a binary value in little endian, as everything is served (PS3.18 sections F.2.7 and 8.7.3.5.2)."""
    size = _WORDS.get(vr, 1)
    if little_endian or size == 1:
        return value
    return np.frombuffer(value[: len(value) // size * size], f">u{size}").astype(f"<u{size}").tobytes()


def _to_person_name(value: Any) -> Json | None:
    groups = str(value if isinstance(value, PersonName) else value or "").rstrip("=").split("=")
    named = dict(zip(("Alphabetic", "Ideographic", "Phonetic"), groups, strict=False))
    return {name: group for name, group in named.items() if group.strip(" ^")} or None


def _to_whole(value: Any) -> int | str | None:
    try:
        return None if value in (None, "") else int(value)
    except (ValueError, TypeError, OverflowError):
        return _to_text(value)


def _to_real(value: Any) -> float | str | None:
    try:
        number = None if value in (None, "") else float(value)
    except (ValueError, TypeError, OverflowError):
        return _to_text(value)
    if number is None or math.isfinite(number):
        return number
    return "NaN" if math.isnan(number) else "inf" if number > 0 else "-inf"


def _to_tag(value: Any) -> str | None:
    return None if value is None else f"{BaseTag(value):08X}"


def _to_text(value: Any) -> str | None:
    text = "" if value is None else str(value)
    return text.replace("\0", "").encode("utf-8", "replace").decode("utf-8") or None


_CONVERTERS: dict[str, Callable[[Any], Any]] = {
    "PN": _to_person_name,
    "AT": _to_tag,
    **dict.fromkeys(_WHOLE, _to_whole),
    **dict.fromkeys(_REAL, _to_real),
}


def _raw_vr(dataset: Dataset, tag: BaseTag) -> str:
    vr = dataset.get_item(tag).VR
    return str(vr or "UN")
