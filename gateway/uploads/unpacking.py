"""Unpack a bundle that waits: every file into the spool, then the row, the bundle deleted last.

It may run twice: the same files get the same paths. A bundle that is damaged, hostile or of a kind that is not read
gives what could be read, and is then laid down whole itself, so that nothing that was sent is lost.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from config.blobs import sync_folder
from config.errors import NotFound, SenderFault
from config.log import get_log
from gateway.models import Delivery
from gateway.node import Node
from gateway.uploads.deliveries import close_delivery
from gateway.uploads.spooling import MemberSpooler
from gateway.uploads.waybill import Places, Waybill
from scp.spool import Envelope


def unpack_upload(node: Node, upload_id: str) -> int:
    """Unpack a bundle; return how many files were laid into the spool, 0 when another process is at it.

    Raises:
        NotFound: no such upload.
        StorageFull: no room; the bundle stays and what lies in the spool already is not doubled by the next try.
    """
    places = Places(node.uploads, upload_id)
    with _alone(places.bundle) as alone:
        if not alone:
            return 0
        return unpack_locked(node, places, password=None)


def unpack_locked(node: Node, places: Places, *, password: str | None) -> int:
    """Unpack a bundle whose lock the caller holds; a password opens what is encrypted in it, and is forgotten.

    Raises:
        StorageFull: no room; the bundle stays.
    """
    with node.identity.read() as session:
        delivery = session.get_one(Delivery, places.upload_id)
    count = 0 if delivery.unpacked_at is not None else _unpack(node, delivery, places, password)
    places.bundle.unlink(missing_ok=True)
    places.waybill.unlink(missing_ok=True)
    sync_folder(places.folder)
    return count


def _unpack(node: Node, delivery: Delivery, places: Places, password: str | None) -> int:
    envelope = Envelope(
        door="upload",
        site=delivery.site,
        delivery=delivery.id,
        received_at=delivery.opened_at,
        case_number=delivery.case_number or "",
    )
    spooler = MemberSpooler(node, envelope, password=password)
    failure = spooler.lay_down_bundle(places.bundle, _filename(places))
    close_delivery(node, delivery.id, expected=spooler.count, failure=failure, promised=spooler.promised())
    get_log().info("upload-unpacked", upload_id=delivery.id, site=delivery.site, count=spooler.count)
    return spooler.count


def _filename(places: Places) -> str:
    try:
        return Waybill.read(places.waybill).filename
    except SenderFault:
        return "upload"  # the row has what else is needed


@contextmanager
def _alone(bundle: Path) -> Iterator[bool]:
    """Hold the lock of a bundle; say whether it was free and the bundle is still there once it is held."""
    try:
        descriptor = os.open(bundle, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except FileNotFoundError:
        raise NotFound("there is no such upload, or it is unpacked") from None
    try:
        yield _locked(descriptor) and os.fstat(descriptor).st_nlink > 0
    finally:
        os.close(descriptor)


def _locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
