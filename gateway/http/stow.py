"""STOW-RS (PS3.18 section 10.5): each part one spool entry, answered when all of them are durable.

The answer lists the objects by the claims of their file meta; whether one is a duplicate or unreadable inside is
decided behind the spool and told by the delivery's report. Retrieve URLs are left out: this zone serves no images.
"""

import uuid
from collections.abc import Mapping
from dataclasses import replace
from io import BytesIO
from typing import Any

from pydicom.filereader import read_dataset

from config import metrics
from config.errors import Malformed, NotOffered, StorageFull, TooLarge
from gateway.http.multipart import Multipart, parse_content_type
from gateway.node import Node
from gateway.uploads.deliveries import check_address, close_delivery, open_delivery
from gateway.uploads.waybill import Waybill
from scp.spool import Envelope, SpoolWriter

_DICOM = "application/dicom"
_HEAD = 64 * 1024
_BETWEEN_CHECKS = 16 << 20
_CANNOT_UNDERSTAND = 0xC000  # PS3.18 annex I, the failure reasons of a store response
_ONLY_PART10 = "send multipart/related with type application/dicom: metadata and bulk data apart are not taken"


class StowBody:
    """The body of one STOW-RS request on its way into the spool.

    Raises:
        NotOffered: another form than whole Part 10 files.
        NotFound: no such site.
        StorageFull: less room is left than the node keeps in reserve.
    """

    def __init__(self, node: Node, *, site: str, actor: str, content_type: str, declared: int) -> None:
        self._node = node
        kind, parameters = parse_content_type(content_type)
        if kind not in {"multipart/related", _DICOM} or parameters.get("type", _DICOM).lower() != _DICOM:
            raise NotOffered(_ONLY_PART10)
        self._multipart = Multipart(parameters, self) if kind == "multipart/related" else None
        self._require_size(declared)
        self._require_room()
        with node.identity.read() as session:
            check_address(session, site=site, case_number=None)
        self._envelope = Envelope(door="stow", site=site, delivery=uuid.uuid4().hex, received_at=node.clock())
        waybill = Waybill(
            site=site,
            case_number="",
            filename="",
            received_at=self._envelope.received_at,
            actor=actor,
            bundle_bytes=declared,
        )
        open_delivery(node, self._envelope.delivery, "stow", waybill)
        self._writer: SpoolWriter | None = None
        self._head = bytearray()
        self._unchecked = 0
        self._bytes = 0
        self._begun = 0
        self._durable = 0
        self._referenced: list[dict[str, Any]] = []
        self._failed: list[dict[str, Any]] = []

    def feed(self, data: bytes) -> None:
        """Take the next bytes of the body.

        Raises:
            Malformed: not a multipart body.
            NotOffered: a part that is no Part 10 file.
            TooLarge: more bytes or parts than a bundle may have.
            StorageFull: the disk is full, or would soon be.
        """
        if self._multipart is not None:
            self._multipart.feed(data)
            return
        if self._writer is None:
            self.begin({})
        self.data(data)

    def begin(self, headers: Mapping[str, str]) -> None:
        """Begin a part."""
        if parse_content_type(headers.get("content-type", _DICOM))[0] != _DICOM:
            raise NotOffered(_ONLY_PART10)
        self._begun += 1
        if self._begun > self._node.settings.uploads.maximum_members:
            most = self._node.settings.uploads.maximum_members
            raise TooLarge(f"a request may have {most} parts (uploads.maximum_members)")
        self._head.clear()
        self._writer = self._node.spool.create(_part(self._envelope, self._begun))

    def data(self, data: bytes) -> None:
        """Take the next bytes of a part."""
        if self._writer is None:
            raise Malformed("the multipart body has data outside of its parts")
        self._bytes += len(data)
        self._unchecked += len(data)
        self._require_size(self._bytes)
        if self._unchecked >= _BETWEEN_CHECKS:
            self._unchecked = 0
            self._require_room()
        if len(self._head) < _HEAD:
            self._head += data[: _HEAD - len(self._head)]
        self._writer.write(data)

    def end(self) -> None:
        """End a part: from here on it is durable."""
        if self._writer is None:
            return
        self._writer.commit()
        metrics.RECEIVED.labels("stow").inc()
        metrics.RECEIVED_BYTES.labels("stow").inc(self._writer.payload_bytes)
        self._writer = None
        self._durable += 1
        reference = _reference(bytes(self._head))
        if reference is None:
            self._failed.append({"00081197": {"vr": "US", "Value": [_CANNOT_UNDERSTAND]}})
        else:
            self._referenced.append(reference)

    def finish(self) -> tuple[int, dict[str, Any]]:
        """Close the delivery; return the HTTP status of PS3.18 section 10.5.3 and the response in the DICOM JSON model.

        Raises:
            Malformed: there was no part, or the body is not whole.
        """
        if self._multipart is not None:
            self._multipart.finish()
        self.end()
        if self._durable == 0:
            raise Malformed("the request has no part with a DICOM file")
        close_delivery(self._node, self._envelope.delivery, expected=self._durable, failure=None)
        answer = {}
        if self._failed:
            answer["00081198"] = {"vr": "SQ", "Value": self._failed}
        if self._referenced:
            answer["00081199"] = {"vr": "SQ", "Value": self._referenced}
        return (200 if not self._failed else 202 if self._referenced else 409), answer

    def break_off(self) -> None:
        """Close the delivery after a failure: the part under way is gone, those before it stay."""
        if self._writer is not None:
            self._writer.abort()
        failure = "the request was not taken to its end: send it again, what came already is not doubled"
        close_delivery(self._node, self._envelope.delivery, expected=self._durable, failure=failure)

    def _require_size(self, size: int) -> None:
        most = self._node.settings.uploads.maximum_bytes
        if size > most:
            raise TooLarge(f"a request may have {most} bytes (uploads.maximum_bytes): send it in several parts")

    def _require_room(self) -> None:
        if self._node.spool.free_bytes() < self._node.settings.dicom.reserve_bytes:
            raise StorageFull("the disk of the node has no room for more: try again later")


def _part(envelope: Envelope, number: int) -> Envelope:
    return replace(envelope, path=f"part {number}")


def _reference(head: bytes) -> dict[str, Any] | None:
    """Return the Referenced SOP Sequence item of a Part 10 file by its file meta, or None when it has none to tell."""
    if head[128:132] != b"DICM":
        return None
    try:
        meta = read_dataset(BytesIO(head[132:]), False, True, stop_when=lambda tag, _vr, _length: tag.group != 2)
        sop_class, sop_instance = str(meta.MediaStorageSOPClassUID), str(meta.MediaStorageSOPInstanceUID)
    except Exception:  # noqa: BLE001 - the parser meets hostile bytes here: any failure of it is the sender's
        return None
    return {
        "00081150": {"vr": "UI", "Value": [sop_class]},
        "00081155": {"vr": "UI", "Value": [sop_instance]},
    }
