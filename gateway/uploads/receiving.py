"""Receive a bundle: written as it comes, synced, renamed, and only then recorded and acknowledged.

It grows under a lock in a file of the home, never in the system's temporary folder; what is abandoned leaves no trace.
"""

import os
import uuid
from types import TracebackType
from typing import Self

from config.blob_batch import sync_folder
from config.errors import Malformed
from gateway.node import Node
from gateway.uploads.deliveries import check_address, open_delivery
from gateway.uploads.room import BETWEEN_CHECKS, FULL, require_allowed, require_room
from gateway.uploads.unpacking import unpack_locked
from gateway.uploads.waybill import Places, Waybill
from scp.growing_file import as_ours, create_locked, write_all


def receive_upload(node: Node, *, site: str, case_number: str | None, actor: str = "node") -> "UploadSink":
    """Begin to receive a bundle for a site, and for one of its cases where that is known.

    Raises:
        NotFound: no such site, or no such case of this site.
        Malformed: not a case number.
        Conflict: the case is closed.
        StorageFull: less room is left than the node keeps in reserve.
    """
    with node.identity.read() as session:
        check_address(session, site=site, case_number=case_number)
    return UploadSink(node, site, case_number or "", actor)


class UploadSink:
    """A bundle on its way in; as a context manager it is aborted unless it was finished."""

    def __init__(self, node: Node, site: str, case_number: str, actor: str) -> None:
        self._node = node
        self._site, self._case_number, self._actor = site, case_number, actor
        self._places = Places(node.uploads, uuid.uuid4().hex)
        node.uploads.mkdir(mode=0o700, parents=True, exist_ok=True)
        require_room(node, 0)
        self._descriptor: int | None = create_locked(self._places.part, full=FULL)
        self._kept: int | None = None
        self._unchecked = 0
        self.written = 0

    def require_room(self, size: int) -> None:
        """Make sure, before they come, that so many bytes may be sent and that the disk can take them.

        Raises:
            TooLarge: more than uploads.maximum_bytes.
            StorageFull: they would use up what the node keeps in reserve.
        """
        require_allowed(self._node, size)
        require_room(self._node, size)

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Append to the bundle.

        Raises:
            TooLarge: the bundle has more than uploads.maximum_bytes.
            StorageFull: the disk is full, or would soon be.
        """
        self.written += len(data)
        self._unchecked += len(data)
        require_allowed(self._node, self.written)
        if self._unchecked >= BETWEEN_CHECKS:
            self._unchecked = 0
            require_room(self._node, 0)
        try:
            write_all(self._open_descriptor(), data)
        except OSError as error:
            raise as_ours(error, full=FULL) from None

    def finish(self, filename: str, *, keep_locked: bool = False) -> str:
        """Make the bundle durable and record it; return the identifier under which it can be asked for.

        With `keep_locked` nobody else unpacks it before `unpack` was called here.

        Raises:
            Malformed: nothing was sent.
            StorageFull: the disk is full.
        """
        if self.written == 0:
            raise Malformed("the upload is empty: send one zip, tar or DICOM file")
        places, descriptor = self._places, self._open_descriptor()
        waybill = Waybill(
            site=self._site,
            case_number=self._case_number,
            filename=filename or "upload",
            received_at=self._node.clock(),
            actor=self._actor,
            bundle_bytes=self.written,
        )
        try:
            os.fsync(descriptor)
            waybill.write(places.waybill)
            places.part.rename(places.bundle)
            sync_folder(places.folder)
        except OSError as error:
            places.bundle.unlink(missing_ok=True)
            raise as_ours(error, full=FULL) from None
        self._descriptor, self._kept = None, descriptor
        try:
            open_delivery(self._node, places.upload_id, "upload", waybill)
        except BaseException:
            self._unlock()
            raise
        if not keep_locked:
            self._unlock()
        return places.upload_id

    def unpack(self, password: str) -> None:
        """Unpack the bundle that `finish` kept locked, with a password that nobody else will ever know.

        After a failure or a crash the worker unpacks it again, without the password: what came stays, and the rest
        says that it is encrypted.

        Raises:
            StorageFull: no room.
        """
        try:
            unpack_locked(self._node, self._places, password=password)
        finally:
            self._unlock()

    def abort(self) -> None:
        """Remove every trace of a bundle that was not finished; a second call does nothing."""
        if self._descriptor is not None:
            self._places.part.unlink(missing_ok=True)
            self._places.waybill.unlink(missing_ok=True)
            os.close(self._descriptor)
            self._descriptor = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.abort()

    def _unlock(self) -> None:
        if self._kept is not None:
            os.close(self._kept)
            self._kept = None

    def _open_descriptor(self) -> int:
        if self._descriptor is None:
            raise ValueError("the upload is closed")
        return self._descriptor
