"""Uploads that survive a broken connection: the row says what was promised, the file how much of it has come.

The file grows under its own lock and is synced before an offset is acknowledged, so that an offset told to a sender
outlives a killed process. Whole, it becomes a bundle like any other (`receiving.py`), under the same identifier. Where
a killed process left that undone, its sender's next look or the sweep does it.
"""

import os
import threading
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Self

from sqlalchemy import delete, select, update

from config.blob_batch import sync_folder
from config.errors import Conflict, Forbidden, Malformed, NotFound, TooLarge
from gateway.models import Delivery
from gateway.node import Node
from gateway.upload_models import ResumableUpload
from gateway.uploads.deliveries import check_address, open_delivery
from gateway.uploads.locked import Busy, Locked
from gateway.uploads.owners import ACCOUNT, actor_of, use_link_of
from gateway.uploads.room import BETWEEN_CHECKS, FULL, require_allowed, require_room
from gateway.uploads.unpacking import unpack_locked
from gateway.uploads.verified import cut_unverified, forget_mark, mark_verified, verified_size
from gateway.uploads.waybill import Places, Waybill
from scp.growing_file import as_ours, write_all

_FULL = f"{FULL}, what has come can be resumed"

_PATIENCE = timedelta(minutes=15)  # for the sender of a whole upload to end it, who may have its password
BeforeWhole = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Promise:
    """What a sender said an upload will be."""

    owner: str
    actor: str
    site: str
    case_number: str
    filename: str
    length: int
    fingerprint: str = ""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an upload has come."""

    upload_id: str
    offset: int
    length: int
    fingerprint: str
    expires_at: datetime

    @property
    def whole(self) -> bool:
        """Say whether everything has come."""
        return self.offset == self.length


def begin_upload(node: Node, promise: Promise) -> Progress:
    """Open an upload, after making sure that the disk can hold it beside all others that were promised.

    Raises:
        NotFound: no such site or case.
        Malformed: nothing is to be sent, or not a case number.
        Conflict: the case is closed, or the owner has too many uploads open.
        TooLarge: more than uploads.maximum_bytes.
        StorageFull: the disk cannot hold it and the reserve.
    """
    if promise.length <= 0:
        raise Malformed("the upload is empty: Upload-Length must be more than 0")
    require_allowed(node, promise.length)
    node.uploads.mkdir(mode=0o700, parents=True, exist_ok=True)
    sweep_expired(node)
    now, upload_id = node.clock(), uuid.uuid4().hex
    expires_at = now + timedelta(hours=node.settings.uploads.resumable_hours)
    with node.identity.write() as session:  # one at a time: two promises cannot count on the same room
        check_address(session, site=promise.site, case_number=promise.case_number or None)
        growing = [path.stem for path in node.uploads.glob("*.growing")]  # of rows, one stays for every upload made
        open_rows = list(session.scalars(select(ResumableUpload).where(ResumableUpload.id.in_(growing))))
        most = node.settings.uploads.maximum_open
        if sum(row.owner == promise.owner for row in open_rows) >= most:
            raise Conflict(f"{most} uploads are open already (uploads.maximum_open): finish or cancel one first")
        promised = sum(max(row.length - _size(_file(node, row.id)), 0) for row in open_rows)
        require_room(node, promised + promise.length)
        session.add(
            ResumableUpload(
                id=upload_id,
                owner=promise.owner,
                site=promise.site,
                case_number=promise.case_number,
                filename=promise.filename,
                fingerprint=promise.fingerprint,
                length=promise.length,
                created_at=now,
                expires_at=expires_at,
            )
        )
        os.close(os.open(_file(node, upload_id), os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
    sync_folder(node.uploads)
    return Progress(upload_id, 0, promise.length, promise.fingerprint, expires_at)


def upload_progress(node: Node, upload_id: str, *, owner: str) -> Progress:
    """Say how far an upload has come.

    Raises:
        NotFound: no such upload of this owner, or it expired or was cancelled.
    """
    row = _row(node, upload_id, owner)
    return _progress(node, row)


def finish_upload(node: Node, progress: Progress, *, owner: str, keep: "Callable[[ResumedWriter], object]") -> None:
    """Let `keep` make a bundle of a whole upload, in case the process was killed just before it did."""
    try:
        writer = ResumedWriter(node, progress.upload_id, owner=owner, offset=progress.length)
    except NotFound:
        return  # it is one
    with writer:
        keep(writer)


def uploads_of(node: Node, owner: str) -> list[Progress]:
    """Return the uploads of an owner, the oldest first; those that expired or were cancelled are left out."""
    with node.identity.read() as session:
        rows = list(
            session.scalars(
                select(ResumableUpload).where(ResumableUpload.owner == owner).order_by(ResumableUpload.created_at)
            )
        )
    found = []
    for row in rows:
        try:
            found.append(_progress(node, row))
        except NotFound:
            continue
    return found


def cancel_upload(node: Node, upload_id: str, *, owner: str) -> None:
    """Remove what has come of an upload that is not whole.

    Raises:
        NotFound: no such upload of this owner, or it is whole.
        Busy: another request is writing to it.
    """
    row = _row(node, upload_id, owner)
    with Locked(_file(node, row.id)):
        _forget(node, row.id)


def sweep_expired(node: Node) -> int:
    """Remove the uploads whose time is over and that nobody is writing to; return how many.

    One that came whole becomes a bundle instead, as soon as its sender left it alone for a while. Of those that are
    bundles the row goes in time, or its file name where the row still tells who may have the receipt.
    """
    now = node.clock()
    is_late = ResumableUpload.expires_at <= now
    growing = [path.stem for path in node.uploads.glob("*.growing")]
    with node.identity.write() as session:
        rows = list(session.scalars(select(ResumableUpload).where(ResumableUpload.id.in_(growing))))
        whole = is_late, ResumableUpload.id.not_in(growing)
        session.execute(delete(ResumableUpload).where(*whole, ResumableUpload.owner.startswith(ACCOUNT)))
        named = ResumableUpload.filename != ""
        session.execute(update(ResumableUpload).where(*whole, named).values(filename="", fingerprint=""))
        session.expunge_all()
    swept = 0
    for row in rows:
        try:
            swept += _sweep(node, row, is_late=row.expires_at <= now)
        except (NotFound, Busy):
            continue
    return swept


def _sweep(node: Node, row: ResumableUpload, *, is_late: bool) -> bool:
    """End an upload that nobody is writing to, if it is time; say whether it was removed."""
    file = _file(node, row.id)
    if not is_late and not (_size(file) == row.length and _is_left_alone(node, file)):
        return False
    with Locked(file):
        if _size(file) == row.length:
            try:
                use_link_of(node, row.owner, row.id)
                _make_bundle(node, row, actor_of(row.owner))
                return False
            except Forbidden:
                pass  # another upload was the one of a single-use link, which its sender was told
        if is_late:
            _forget(node, row.id)
        return is_late


def _is_left_alone(node: Node, file: Path) -> bool:
    try:
        touched = datetime.fromtimestamp(file.stat().st_mtime, UTC)
    except FileNotFoundError:
        return False
    return touched + _PATIENCE <= node.clock()


class ResumedWriter:
    """Appends to an upload; as a context manager it keeps what came, however the request ends.

    A request that is cancelled may still have a thread in here: each call waits for the one before it, and after
    `take_back` or `close` nothing is written and nothing made of it. What is appended while `is_doubted` does not
    count before `keep`, not even after a kill.

    Raises:
        NotFound: no such upload of this owner, or it is whole already.
        Busy: another request is writing to it.
        Conflict: the sender continues at another place than where the node stands.
    """

    def __init__(self, node: Node, upload_id: str, *, owner: str, offset: int, is_doubted: bool = False) -> None:
        self._node = node
        self._row = _row(node, upload_id, owner)
        self._stays_locked = False
        self._turn = threading.Lock()
        self._is_over = False
        self._unchecked = BETWEEN_CHECKS  # a sender in small requests is looked at in each
        self._lock = Locked(_file(node, upload_id))
        try:
            self.offset = self._start = self._stand(offset, is_doubted=is_doubted)
        except BaseException:
            self._lock.close()
            raise

    def _stand(self, offset: int, *, is_doubted: bool) -> int:
        """Go where the upload stands, which must be where the sender continues."""
        file = _file(self._node, self._row.id)
        stands = cut_unverified(file, self._lock.descriptor)
        if offset != stands:
            raise Conflict(f"the upload stands at {stands}: continue there")
        if is_doubted:
            mark_verified(file, stands)
        return os.lseek(self._lock.descriptor, stands, os.SEEK_SET)

    def write(self, data: bytes) -> None:
        """Append.

        Raises:
            TooLarge: more than was promised.
            StorageFull: the disk is full, or would soon be; what came stays.
        """
        with self._turn:
            self._require_open()
            if self.offset + len(data) > self._row.length:
                raise TooLarge("more came than Upload-Length announced")
            self._unchecked += len(data)
            if self._unchecked >= BETWEEN_CHECKS:
                self._unchecked = 0
                require_room(self._node, 0)
            try:
                write_all(self._lock.descriptor, data)
            except OSError as error:
                raise as_ours(error, full=_FULL) from None
            finally:
                self.offset = os.lseek(self._lock.descriptor, 0, os.SEEK_CUR)

    def take_back(self) -> None:
        """Drop what this request appended, because it is not what was meant; a bundle is whole and is left alone."""
        with self._turn:
            if self._is_over or not _file(self._node, self._row.id).exists():
                return  # renamed under this very lock: whatever failed after that, nothing of it may be lost
            self._is_over = True
            os.ftruncate(self._lock.descriptor, self._start)
            os.fsync(self._lock.descriptor)  # before the mark goes, which says where the bytes end until then
            self.offset = self._start
            forget_mark(_file(self._node, self._row.id))

    def keep(self, actor: str, before_whole: BeforeWhole | None = None, *, keep_locked: bool = False) -> Progress:
        """Make what came durable; the last byte makes a bundle of it.

        `before_whole` may still refuse to. With `keep_locked` nobody else unpacks the bundle before `unpack` was called
        here, which then lets go of it.
        """
        with self._turn:
            self._require_open()
            os.fsync(self._lock.descriptor)
            forget_mark(_file(self._node, self._row.id))
            if self.offset == self._row.length:
                if before_whole is not None:
                    before_whole(self._row.id)
                _make_bundle(self._node, self._row, actor)
                self._stays_locked = keep_locked
            return Progress(self._row.id, self.offset, self._row.length, self._row.fingerprint, self._row.expires_at)

    def unpack(self, password: str) -> None:
        """Unpack the bundle that `keep` kept locked; see `UploadSink.unpack`.

        Raises:
            StorageFull: no room.
        """
        try:
            unpack_locked(self._node, Places(self._node.uploads, self._row.id), password=password)
        finally:
            self._lock.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the upload; what came is kept, and durable before an offset is told."""
        with self._turn:
            self._is_over = True
            if not self._stays_locked and self._lock.descriptor >= 0:
                try:
                    os.fsync(self._lock.descriptor)
                finally:
                    self._lock.close()

    def _require_open(self) -> None:
        if self._is_over:
            raise Conflict("the request that was writing is over")


def _make_bundle(node: Node, row: ResumableUpload, actor: str) -> None:
    places = Places(node.uploads, row.id)
    waybill = Waybill(
        site=row.site,
        case_number=row.case_number,
        filename=row.filename or "upload",
        received_at=node.clock(),
        actor=actor,
        bundle_bytes=row.length,
    )
    waybill.write(places.waybill)
    _file(node, row.id).rename(places.bundle)
    sync_folder(places.folder)
    open_delivery(node, row.id, "upload", waybill)


def _progress(node: Node, row: ResumableUpload) -> Progress:
    file, offset = _file(node, row.id), row.length
    try:
        offset = verified_size(file)
    except FileNotFoundError:
        with node.identity.read() as session:
            known = session.get(Delivery, row.id) is not None
        if not known and not Places(node.uploads, row.id).bundle.exists():
            raise NotFound("there is no such upload") from None
    return Progress(row.id, offset, row.length, row.fingerprint, row.expires_at)


def _row(node: Node, upload_id: str, owner: str) -> ResumableUpload:
    with node.identity.read() as session:
        row = session.get(ResumableUpload, upload_id)
    if row is None or row.owner != owner:
        raise NotFound("there is no such upload")
    return row


def _forget(node: Node, upload_id: str) -> None:
    with node.identity.write() as session:
        session.delete(session.get_one(ResumableUpload, upload_id))
    Places(node.uploads, upload_id).waybill.unlink(missing_ok=True)
    _file(node, upload_id).unlink(missing_ok=True)
    forget_mark(_file(node, upload_id))


def _file(node: Node, upload_id: str) -> Path:
    return node.uploads / f"{Places(node.uploads, upload_id).upload_id}.growing"


def _size(path: Path) -> int:
    try:
        return verified_size(path)
    except FileNotFoundError:
        return 0
