"""Compose the answer to a C-FIND from what the search returns in the DICOM JSON model (PS3.4 section C.4.1.1.3.2).

Every key asked for and supported is there, empty where nothing is known. Texts are in ISO_IR 192.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset

from config.log import describe, get_log
from scp.information_models import Level
from viewer_api.dicomweb.query import vr_of

_UNICODE = "ISO_IR 192"


def to_dataset(answer: Mapping[str, Any], keys: Iterable[str], level: Level) -> Dataset:
    """Return an answer of a search as a data set that holds the keys asked for."""
    attributes = Dataset()
    attributes.SpecificCharacterSet = _UNICODE
    attributes.QueryRetrieveLevel = level
    attributes.InstanceAvailability = "ONLINE"
    for key in keys:
        attributes.add(_element(key, answer.get(key)))
    return attributes


def _element(key: str, attribute: Mapping[str, Any] | None) -> DataElement:
    if attribute is not None and ("Value" in attribute or "InlineBinary" in attribute):
        try:
            return Dataset.from_json({key: dict(attribute)})[key]
        except Exception as error:  # noqa: BLE001 - a value that no encoding takes is answered as unknown
            get_log().warning("key not answered", door="retrieve", **describe(error))
    return DataElement(int(key, 16), vr_of(key).split(" or ")[0], None)
