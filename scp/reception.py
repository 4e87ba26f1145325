"""One C-STORE from its command to its status: written as it comes, acknowledged when it is durable (PS3.4 annex B).

Nothing is held in memory but the first bytes of the data set. An object that is refused is still read to its end, so
that the association lives on and the next instance has its chance.
"""

import threading
from dataclasses import dataclass

from config.clock import Clock, system_clock
from config.errors import Forbidden, Malformed, OverreadError, StorageFull
from config.identifiers import UID
from config.log import describe, get_log
from config.metrics import RECEIVED, RECEIVED_BYTES, REFUSED
from scp.command_set import StoreRequest
from scp.contexts import encoding_of
from scp.dataset_head import HEAD_BYTES, identify
from scp.envelope import Envelope
from scp.part10 import encode_header
from scp.peers import NO_TERMS, DoorTerms
from scp.quota import Quota
from scp.spool import Spool, SpoolWriter
from scp.statuses import STORED, Answer, DataSetMismatch, WrongSopClass, answer_to

_LOOK_AT_DISK_EVERY = 32 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Caller:
    """Whom an association belongs to, as admission found out; `delivery` is new for each association.

    A workstation of a reader belongs to no site, and may send nothing.
    """

    site: str
    delivery: str
    calling_ae: str
    called_ae: str
    peer_host: str
    terms: DoorTerms = NO_TERMS
    workstation: bool = False

    @property
    def owner(self) -> tuple[str, str]:
        """Return whose limits count: the site's, or those of the workstation."""
        return self.site, self.calling_ae if self.workstation else ""


@dataclass(frozen=True, slots=True)
class AcceptedContext:
    """The presentation context under which an object comes."""

    abstract_syntax_uid: str
    transfer_syntax_uid: str


class Reception:
    """Where the associations of a door take their objects to."""

    def __init__(
        self, spool: Spool, *, reserve_bytes: int, clock: Clock = system_clock, quota: Quota | None = None
    ) -> None:
        self.spool = spool
        self.quota = quota or Quota()
        self._reserve_bytes = reserve_bytes
        self._clock = clock
        self._lock = threading.Lock()
        self._running = 0

    @property
    def running(self) -> int:
        """Return how many objects are being received now."""
        return self._running

    def begin(self, caller: Caller, context: AcceptedContext, request: StoreRequest) -> "Incoming":
        """Begin to receive an object; a refusal is known at once and answered at the end."""
        with self._lock:
            self._running += 1
        return Incoming(self, caller, context, request)

    def open_writer(self, caller: Caller, context: AcceptedContext, request: StoreRequest) -> SpoolWriter:
        """Open a spool file with its Part 10 header for an object that may come in.

        Raises:
            Forbidden: a workstation would send something.
            Malformed: a UID of the command is none.
            WrongSopClass: the command and the presentation context disagree.
            QuotaExceeded: the site has sent what it may in an hour.
            StorageFull: less room than the reserve.
        """
        if caller.workstation:
            raise Forbidden("a workstation retrieves and sends nothing")
        UID(request.sop_class_uid), UID(request.sop_instance_uid)
        if request.sop_class_uid != context.abstract_syntax_uid:
            raise WrongSopClass("the command names another SOP class than its presentation context")
        self.quota.check(caller.site, caller.terms)
        self.check_room()
        envelope = Envelope(
            door="cstore",
            site=caller.site,
            delivery=caller.delivery,
            received_at=self._clock(),
            calling_ae=caller.calling_ae,
            called_ae=caller.called_ae,
            peer_host=caller.peer_host,
            transfer_syntax_uid=context.transfer_syntax_uid,
            sop_class_uid=request.sop_class_uid,
            sop_instance_uid=request.sop_instance_uid,
        )
        head = encode_header(
            sop_class_uid=request.sop_class_uid,
            sop_instance_uid=request.sop_instance_uid,
            transfer_syntax_uid=context.transfer_syntax_uid,
            source_ae_title=caller.calling_ae,
        )
        return self.spool.create(envelope, head)

    def check_room(self) -> None:
        """Raise StorageFull when the disk has less room than the reserve."""
        if self.spool.free_bytes() < self._reserve_bytes:
            raise StorageFull("less disk is free than the reserve")

    def ended(self) -> None:
        """Note that an object was answered or given up."""
        with self._lock:
            self._running -= 1


class Incoming:
    """An object on its way in: `write` its fragments, then `finish`; or `abandon` it when its sender is gone."""

    def __init__(self, reception: Reception, caller: Caller, context: AcceptedContext, request: StoreRequest) -> None:
        self._reception = reception
        self._caller = caller
        self._context = context
        self._request = request
        self._head = bytearray()
        self._data_set_bytes = 0
        self._next_look = _LOOK_AT_DISK_EVERY
        self._writer: SpoolWriter | None = None
        self._refusal: Answer | None = None
        self._over = False
        try:
            self._writer = reception.open_writer(caller, context, request)
        except (OverreadError, OSError) as error:
            self._refuse(error)

    def write(self, *fragments: bytes | bytearray | memoryview) -> None:
        """Take the next fragments of the data set; those of a refused object are dropped."""
        self._data_set_bytes += sum(map(len, fragments))
        if self._writer is None:
            return
        for fragment in fragments:
            if len(self._head) >= HEAD_BYTES:
                break
            self._head += fragment[: HEAD_BYTES - len(self._head)]
        try:
            if self._data_set_bytes >= self._next_look:
                self._next_look += _LOOK_AT_DISK_EVERY
                self._reception.check_room()
            self._writer.write(*fragments)
        except (OverreadError, OSError) as error:
            self._refuse(error)

    def finish(self) -> Answer:
        """Return the answer to the whole object; when it is `STORED` the object is on disk and in the spool."""
        if self._writer is not None:
            try:
                self._check()
                self._writer.commit()
                self._writer = None
            except (OverreadError, OSError) as error:
                self._refuse(error)
        self.abandon()
        if self._refusal is not None:
            return self._refusal
        self._reception.quota.count(self._caller.site, self._data_set_bytes)
        RECEIVED.labels("cstore").inc()
        RECEIVED_BYTES.labels("cstore").inc(self._data_set_bytes)
        return STORED

    def abandon(self) -> None:
        """Leave no trace of what was not committed; a second call does nothing."""
        if self._writer is not None:
            self._writer.abort()
            self._writer = None
        if not self._over:
            self._over = True
            self._reception.ended()

    def _check(self) -> None:
        if not self._data_set_bytes:
            raise Malformed("the command brought no data set")
        said = identify(self._head, encoding_of(self._context.transfer_syntax_uid))
        if said.sop_class_uid not in (None, self._request.sop_class_uid):
            raise DataSetMismatch("the data set names another SOP class than its command")
        if said.sop_instance_uid not in (None, self._request.sop_instance_uid):
            raise DataSetMismatch("the data set names another SOP instance than its command")

    def _refuse(self, error: OverreadError | OSError) -> None:
        if self._writer is not None:
            self._writer.abort()
            self._writer = None
        self._refusal = answer_to(error)
        status = f"{self._refusal.status:04X}"
        REFUSED.labels("cstore", status).inc()
        get_log().warning(
            "instance refused",
            door="cstore",
            site=self._caller.site,
            delivery=self._caller.delivery,
            status=status,
            reason=self._refusal.comment,
            **describe(error),
        )
