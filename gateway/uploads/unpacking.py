"""Unpack a bundle that waits: every file into the spool, then the row, the bundle deleted last.

It may run twice: the same files get the same paths. A bundle that is damaged, hostile or of a kind that is not read
gives what could be read, and is then laid down whole itself, so that nothing that was sent is lost. So is, unopened,
one that ended the process that unpacked it again and again.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import select

from config.blob_batch import sync_folder
from config.errors import NotFound, SenderFault
from config.log import get_log
from gateway.intake_group import receipt_of
from gateway.models import Delivery, ReceivedObject
from gateway.node import Node
from gateway.uploads.attempts import MOST_KILLED, attempt, is_given_up
from gateway.uploads.deliveries import close_delivery
from gateway.uploads.in_spool import envelopes_of
from gateway.uploads.spooling import MemberSpooler
from gateway.uploads.waybill import Places, Waybill
from scp.growing_file import try_lock
from scp.spool import Envelope

GIVEN_UP = (
    f"unpacking it ended the node's own process {MOST_KILLED} times, so it is kept whole and not tried again:"
    " send its files unpacked or in several parts"
)


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
    if delivery.unpacked_at is not None:
        count = 0
    elif is_given_up(places):
        count = _give_up(node, delivery, places)
    else:
        with attempt(places):
            count = _unpack(node, delivery, places, password)
    places.attempts.unlink(missing_ok=True)
    places.bundle.unlink(missing_ok=True)
    places.waybill.unlink(missing_ok=True)
    sync_folder(places.folder)
    return count


def _unpack(node: Node, delivery: Delivery, places: Places, password: str | None) -> int:
    spooler = MemberSpooler(node, _envelope(delivery), password=password)
    failure = spooler.lay_down_bundle(places.bundle, _filename(places))
    close_delivery(node, delivery.id, expected=spooler.count, failure=failure, promised=spooler.promised())
    get_log().info("upload-unpacked", upload_id=delivery.id, site=delivery.site, count=spooler.count)
    return spooler.count


def _give_up(node: Node, delivery: Delivery, places: Places) -> int:
    """Lay a bundle down as it is, under a name of its own beside what earlier attempts laid down of it."""
    spooler = MemberSpooler(node, _envelope(delivery))
    spooler.lay_down_whole(places.bundle, f"{_filename(places)} (whole)", problem=GIVEN_UP)
    receipts = _spooled(node, delivery.id)  # looked for before the rows, so that what moves is not in neither
    known = select(ReceivedObject.receipt).where(ReceivedObject.delivery_id == delivery.id)
    with node.identity.read() as session:
        receipts.update(session.scalars(known))
    close_delivery(node, delivery.id, expected=len(receipts), failure=GIVEN_UP)
    get_log().error("upload-given-up", upload_id=delivery.id, site=delivery.site, attempts=MOST_KILLED)
    return spooler.count


def _spooled(node: Node, delivery_id: str) -> set[str]:
    """Return the receipts of what lies in the spool of a delivery, what earlier attempts laid there included."""
    spooled = envelopes_of(node, node.spool.entries())
    return {receipt_of(entry, envelope) for entry, envelope in spooled if envelope.delivery == delivery_id}


def _envelope(delivery: Delivery) -> Envelope:
    return Envelope(
        door="upload",
        site=delivery.site,
        delivery=delivery.id,
        received_at=delivery.opened_at,
        case_number=delivery.case_number or "",
    )


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
        yield try_lock(descriptor)
    finally:
        os.close(descriptor)
