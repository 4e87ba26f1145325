"""The answer to a store request: the Store Instances Response Module (PS3.18 annex I) in JSON or XML, and its status.

What is listed is what each part claims in its file meta. A part that is no Part 10 file cannot be named, so it stands
among the Other Failures (0008,119A); one whose data set names another object than its file meta stands under the name
of the meta in the Failed SOP Sequence, and so does one of another study than the request's address names. Retrieve URL
(0008,1190) is of type 2: it is there and empty, since this zone serves no images.
"""

import json
from io import BytesIO
from typing import Any, NamedTuple
from xml.etree import ElementTree as ET

from pydicom.datadict import keyword_for_tag
from pydicom.filereader import read_dataset

from gateway.bounded_reading import read_head
from scp.contexts import encoding_of
from scp.dataset_head import HEAD_BYTES, identify

JSON, PLAIN_JSON, XML = "application/dicom+json", "application/json", "application/dicom+xml"
FORMS = (JSON, PLAIN_JSON, XML)
HEAD = 64 * 1024  # of a part: room for its file meta and the start of its data set
STUDY_HEAD = 1 << 20  # of a part whose study has to be known: private elements and icons may come before that

_NAMESPACE = "http://dicom.nema.org/PS3.19/models/NativeDICOM"
_LONGEST_UID = 64  # PS3.5 section 9.1
_CANNOT_UNDERSTAND = 0xC000  # PS3.18 section I.2.2
_DOES_NOT_MATCH = 0xA900
OTHER_STUDY, NO_STUDY = 0xA901, 0xC001  # of the same two groups; the conformance statement names them
_RETRIEVE_URL, _FAILURE_REASON = "00081190", "00081197"
_FAILED, _REFERENCED, _OTHER_FAILURES = "00081198", "00081199", "0008119A"

Element = dict[str, Any]


class Claim(NamedTuple):
    """What a part's file meta names, and the Failure Reason where its data set does not agree, as far as it shows."""

    sop_class_uid: str
    sop_instance_uid: str
    failure: int | None


class StowAnswer:
    """Grows part by part."""

    def __init__(self) -> None:
        self._sequences: dict[str, list[dict[str, Element]]] = {_FAILED: [], _REFERENCED: [], _OTHER_FAILURES: []}

    def add(self, claim: Claim | None) -> None:
        """Add a part that is durable, by what it claims; None for one that cannot be named."""
        if claim is None:
            self._sequences[_OTHER_FAILURES].append(_failure(_CANNOT_UNDERSTAND))
            return
        reference = {
            "00081150": {"vr": "UI", "Value": [claim.sop_class_uid]},
            "00081155": {"vr": "UI", "Value": [claim.sop_instance_uid]},
        }
        if claim.failure is None:
            self._sequences[_REFERENCED].append({**reference, _RETRIEVE_URL: {"vr": "UR"}})
        else:
            self._sequences[_FAILED].append({**reference, **_failure(claim.failure)})

    def status(self) -> int:
        """Return the HTTP status of PS3.18 section 10.5.3: 200 all, 202 some, 409 none."""
        if not (self._sequences[_FAILED] or self._sequences[_OTHER_FAILURES]):
            return 200
        return 202 if self._sequences[_REFERENCED] else 409

    def content(self, media_type: str) -> bytes:
        """Return the response in one of `FORMS`."""
        elements: dict[str, Element] = {_RETRIEVE_URL: {"vr": "UR"}}
        elements |= {tag: {"vr": "SQ", "Value": items} for tag, items in self._sequences.items() if items}
        return _native_xml(elements) if media_type == XML else json.dumps(elements).encode("ascii")


def _failure(reason: int) -> dict[str, Element]:
    return {_FAILURE_REASON: {"vr": "US", "Value": [reason]}}


def claim_of(head: bytes, study: str | None = None) -> Claim | None:
    """Return what a part claims by its first bytes, None when it is no Part 10 file with a usable file meta.

    With a study, a part of another one fails (PS3.18 section 10.5.1), and so does one that names none.
    """
    if head[128:132] != b"DICM":
        return None
    source = BytesIO(head)
    source.seek(132)
    try:
        meta = read_dataset(source, False, True, stop_when=lambda tag, _vr, _length: tag.group != 2)
        named = str(meta.MediaStorageSOPClassUID), str(meta.MediaStorageSOPInstanceUID)
        encoding = encoding_of(str(meta.TransferSyntaxUID))
    except Exception:  # noqa: BLE001 - the parser meets hostile bytes here: any failure of it is the sender's
        return None
    if max(map(len, named)) > _LONGEST_UID:
        return None
    start = 132 + _length_of(head)
    said = identify(head[start : start + HEAD_BYTES], encoding)
    if said.sop_class_uid not in {None, named[0]} or said.sop_instance_uid not in {None, named[1]}:
        return Claim(*named, _DOES_NOT_MATCH)
    return Claim(*named, _study_failure(head, study) if study else None)


def _study_failure(head: bytes, study: str) -> int | None:
    try:
        own = str(read_head(BytesIO(head), ["StudyInstanceUID"]).StudyInstanceUID)
    except Exception:  # noqa: BLE001 - as above
        return NO_STUDY
    return None if own == study else OTHER_STUDY if own else NO_STUDY


def _length_of(head: bytes) -> int:
    """Return how many bytes the file meta has: what (0002,0000) says, and itself."""
    return 12 + int.from_bytes(head[140:144], "little") if head[132:136] == b"\x02\x00\x00\x00" else len(head)


def _native_xml(elements: dict[str, Element]) -> bytes:
    """Return a data set in the Native DICOM Model (PS3.19 section A.1)."""
    root = ET.Element("NativeDicomModel", xmlns=_NAMESPACE)
    _add_attributes(root, elements)
    return bytes(ET.tostring(root, encoding="utf-8", xml_declaration=True))


def _add_attributes(parent: ET.Element, elements: dict[str, Element]) -> None:
    for tag, element in sorted(elements.items()):
        naming = {"tag": tag, "vr": element["vr"], "keyword": keyword_for_tag(int(tag, 16))}
        attribute = ET.SubElement(parent, "DicomAttribute", naming)
        for number, value in enumerate(element.get("Value", []), 1):
            if element["vr"] == "SQ":
                _add_attributes(ET.SubElement(attribute, "Item", number=str(number)), value)
            else:
                ET.SubElement(attribute, "Value", number=str(number)).text = str(value)
