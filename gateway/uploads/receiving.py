"""Receive a bundle: written as it comes, synced, renamed, and only then recorded and acknowledged.

It grows under a lock in a file of the home, never in the system's temporary folder; what is abandoned leaves no trace.
"""

import fcntl
import os
import uuid
from pathlib import Path
from types import TracebackType
from typing import NoReturn, Self

from config.blobs import sync_folder
from config.errors import Malformed, StorageFull, TooLarge
from gateway.node import Node
from gateway.uploads.deliveries import check_address, open_delivery
from gateway.uploads.unpacking import unpack_locked
from gateway.uploads.waybill import Places, Waybill

_NO_ROOM = {28, 122}  # ENOSPC, EDQUOT
_BETWEEN_CHECKS = 16 << 20
_FULL = "the disk of the node has no room for the upload: try again later"


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
        self.require_room(0)
        self._descriptor: int | None = _create_locked(self._places.part)
        self._kept: int | None = None
        self._unchecked = 0
        self.written = 0

    def require_room(self, size: int) -> None:
        """Make sure, before they come, that so many bytes may be sent and that the disk can take them.

        Raises:
            TooLarge: more than uploads.maximum_bytes.
            StorageFull: they would use up what the node keeps in reserve.
        """
        most = self._node.settings.uploads.maximum_bytes
        if size > most:
            raise TooLarge(f"an upload may have {most} bytes (uploads.maximum_bytes): send it in several parts")
        state = os.statvfs(self._node.uploads)
        if state.f_bavail * state.f_frsize < self._node.settings.dicom.reserve_bytes + size:
            raise StorageFull(_FULL)

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Append to the bundle.

        Raises:
            TooLarge: the bundle has more than uploads.maximum_bytes.
            StorageFull: the disk is full, or would soon be.
        """
        self.written += len(data)
        self._unchecked += len(data)
        if self._unchecked >= _BETWEEN_CHECKS or self.written > self._node.settings.uploads.maximum_bytes:
            self._unchecked = 0
            self.require_room(self.written)
        rest = memoryview(data)
        try:
            while rest:
                rest = rest[os.write(self._open_descriptor(), rest) :]
        except OSError as error:
            _raise_ours(error)

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
            _raise_ours(error)
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


def _create_locked(path: Path) -> int:
    """Create a file and lock it for as long as this process receives; between the two a sweep may have taken it."""
    while True:
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        except OSError as error:
            _raise_ours(error)
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        if os.fstat(descriptor).st_nlink:
            return descriptor
        os.close(descriptor)


def _raise_ours(error: OSError) -> NoReturn:
    if error.errno in _NO_ROOM:
        raise StorageFull(_FULL) from None
    raise error
