"""STOW-RS (PS3.18 section 10.5): each part one spool entry, answered when all of them are durable.

The answer goes by what each part says at its start; whether one is a duplicate or unreadable further inside is decided
behind the spool and told by the delivery's report. What the answer calls failed is kept all the same, but in
quarantine: its envelope bears the claim that the data set does not keep, or says that there was none.
"""

import uuid
from collections.abc import Mapping
from dataclasses import replace

from config import metrics
from config.errors import Malformed, NotOffered, StorageFull, TooLarge
from gateway.http.multipart import Multipart, parse_content_type
from gateway.http.stow_answer import HEAD, NO_STUDY, OTHER_STUDY, STUDY_HEAD, Claim, StowAnswer, claim_of
from gateway.node import Node
from gateway.uploads.deliveries import check_address
from gateway.uploads.held import HeldDelivery
from gateway.uploads.waybill import Waybill
from scp.spool import Envelope, SpoolWriter

_DICOM = "application/dicom"
_BETWEEN_CHECKS = 16 << 20
_UNNAMED = "the part is no Part 10 file with a readable file meta: the sender was told that it failed"
_WRONG_STUDY: Mapping[int | None, tuple[str, str]] = {
    OTHER_STUDY: ("other-study", "the part is of another study than its request: the sender was told that it failed"),
    NO_STUDY: ("no-study", "the part does not say of which study it is: the sender was told that it failed"),
}
_ONLY_PART10 = "send multipart/related with type application/dicom: metadata and bulk data apart are not taken"


class StowBody:
    """The body of one STOW-RS request on its way into the spool; of a `study`, where its address names one.

    Raises:
        NotOffered: another form than whole Part 10 files.
        NotFound: no such site.
        StorageFull: less room is left than the node keeps in reserve.
    """

    def __init__(
        self, node: Node, *, site: str, actor: str, content_type: str, declared: int, study: str | None = None
    ) -> None:
        self._node = node
        self._study = study
        kind, parameters = parse_content_type(content_type)
        if kind not in {"multipart/related", _DICOM} or parameters.get("type", _DICOM).lower() != _DICOM:
            raise NotOffered(_ONLY_PART10)
        self._multipart = Multipart(parameters, self) if kind == "multipart/related" else None
        self._require_size(declared)
        self._require_room(declared)
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
        self._delivery = HeldDelivery(node, self._envelope.delivery, "stow", waybill)
        self._writer: SpoolWriter | None = None
        self._claim: Claim | None = None
        self._head: bytearray | None = None  # of the part under way, until it is long enough to show its claim
        self._unchecked = 0
        self._bytes = 0
        self._begun = 0
        self._durable = 0
        self.answer = StowAnswer()

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
        if self._begun == 0:
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
        self._head = bytearray()

    def data(self, data: bytes) -> None:
        """Take the next bytes of a part."""
        if self._writer is None and self._head is None:
            raise Malformed("the multipart body has data outside of its parts")
        self._bytes += len(data)
        self._unchecked += len(data)
        self._require_size(self._bytes)
        if self._unchecked >= _BETWEEN_CHECKS:
            self._unchecked = 0
            self._require_room()
        if self._writer is not None:
            self._writer.write(data)
        elif self._head is not None:
            self._head += data
            if len(self._head) >= (HEAD if self._study is None else STUDY_HEAD):
                self._open(self._head)

    def end(self) -> None:
        """End a part: from here on it is durable."""
        writer = self._writer
        if self._head is not None:
            writer = self._open(self._head)
        if writer is None:
            return
        writer.commit()
        metrics.RECEIVED.labels("stow").inc()
        metrics.RECEIVED_BYTES.labels("stow").inc(writer.payload_bytes)
        self._writer = None
        self._durable += 1
        self.answer.add(self._claim)

    def finish(self) -> None:
        """Close the delivery; `answer` is complete then.

        Raises:
            Malformed: there was no part, or the body is not whole.
        """
        if self._multipart is not None:
            self._multipart.finish()
        self.end()
        if self._durable == 0:
            raise Malformed("the request has no part with a DICOM file")
        self._delivery.close(expected=self._durable, failure=None)

    def break_off(self) -> None:
        """Close the delivery after a failure: the part under way is gone, those before it stay."""
        if self._writer is not None:
            self._writer.abort()
        failure = "the request was not taken to its end: send it again, what came already is not doubled"
        self._delivery.close(expected=self._durable, failure=failure)

    def _open(self, head: bytearray) -> SpoolWriter:
        """Lay down the first bytes of a part, under an envelope that says what they claim."""
        self._claim, self._head = claim_of(bytes(head), self._study), None
        self._writer = self._node.spool.create(_part(self._envelope, self._begun, self._claim))
        self._writer.write(head)
        return self._writer

    def _require_size(self, size: int) -> None:
        most = self._node.settings.uploads.maximum_bytes
        if size > most:
            raise TooLarge(f"a request may have {most} bytes (uploads.maximum_bytes): send it in several parts")

    def _require_room(self, coming: int = 0) -> None:
        if self._node.spool.free_bytes() - coming < self._node.settings.dicom.reserve_bytes:
            raise StorageFull("the disk of the node has no room for more: try again later")


def _part(envelope: Envelope, number: int, claim: Claim | None) -> Envelope:
    path = f"part {number}"
    if claim is None:
        return replace(envelope, path=path, problem=_UNNAMED)
    code, problem = _WRONG_STUDY.get(claim.failure, ("", ""))
    named = replace(envelope, sop_class_uid=claim.sop_class_uid, sop_instance_uid=claim.sop_instance_uid)
    return replace(named, path=path, problem=problem, problem_code=code)
