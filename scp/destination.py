"""The association that a C-MOVE sends over (PS3.4 section C.4.2.2.2): to the destination, under our AE title.

Each SOP class is proposed in the transfer syntaxes its instances are stored in, one context each, so that the
destination says of each whether it takes it, and in one context with the uncompressed ones to fall back on. It goes
over TLS where the destination was entered so, and then over nothing else.
"""

import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian
from pynetdicom.ae import ApplicationEntity
from pynetdicom.association import Association
from pynetdicom.presentation import PresentationContext, build_context

from config.log import get_log
from scp.line import Line
from scp.part10 import IMPLEMENTATION_CLASS_UID, IMPLEMENTATION_VERSION_NAME
from scp.pausing import pause_reactor, resume_reactor
from scp.retrieval import Destination, Retrievable

UNCOMPRESSED = (str(ExplicitVRLittleEndian), str(ImplicitVRLittleEndian))

_MOST_CONTEXTS = 128
_SENT_PDU_BYTES = 131072


@contextmanager
def line_to(
    destination: Destination, instances: Sequence[Retrievable], *, calling_ae: str, timeout_seconds: float
) -> Iterator[Line | None]:
    """Open a line to a destination for the time of a `with`; None when it takes no association."""
    ae = ApplicationEntity(calling_ae)
    ae.implementation_class_uid = IMPLEMENTATION_CLASS_UID
    ae.implementation_version_name = IMPLEMENTATION_VERSION_NAME
    ae.connection_timeout = ae.acse_timeout = ae.dimse_timeout = ae.network_timeout = timeout_seconds
    association = ae.associate(
        destination.host,
        destination.port,
        contexts=contexts_for(instances),
        ae_title=destination.ae_title,
        max_pdu=_SENT_PDU_BYTES,
        tls_args=(destination.tls, destination.host) if destination.tls else None,
    )
    if not association.is_established:
        get_log().warning("destination not reached", door="retrieve", called_ae=destination.ae_title)
        yield None
        return
    send_at_once(association)
    pause_reactor(association)
    try:
        yield Line(association, silence_seconds=timeout_seconds)
    finally:
        resume_reactor(association)
        if association.is_established:
            association.release()


def send_at_once(association: Association) -> None:
    """Turn off Nagle's algorithm, or each instance waits 40 ms for the acknowledgement of its last segment but one."""
    with suppress(OSError, AttributeError):  # it may have ended in this moment
        association.dul.socket.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # type: ignore[union-attr]


def contexts_for(instances: Sequence[Retrievable]) -> list[PresentationContext]:
    """Return the presentation contexts to propose; beyond 128 the instances that lack one will fail."""
    stored = dict.fromkeys((each.sop_class_uid, each.transfer_syntax_uid) for each in instances)
    alone = [build_context(of, syntax) for of, syntax in stored]
    fallback = [build_context(of, list(UNCOMPRESSED)) for of in dict.fromkeys(of for of, _ in stored)]
    return [*fallback, *alone][:_MOST_CONTEXTS]
