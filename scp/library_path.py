"""C-STORE by pynetdicom's public interface alone: slower, and with the whole object in memory.

It is the way back should a release of pynetdicom break `acceptor`, and the measure against which that is tested: the
same admission, the same spool, the same statuses.
"""

from collections.abc import Callable, Iterable
from typing import cast

from pydicom.dataset import Dataset
from pynetdicom.association import Association
from pynetdicom.dimse_primitives import C_STORE
from pynetdicom.events import Event
from pynetdicom.service_class import ServiceClass, StorageServiceClass
from pynetdicom.sop_class import register_uid, uid_to_service_class

from scp.command_set import StoreRequest
from scp.contexts import STORAGE_CLASSES
from scp.reception import AcceptedContext, Caller, Reception
from scp.statuses import UNEXPECTED, Answer


def register_storage_classes(sop_class_uids: Iterable[str] = STORAGE_CLASSES) -> None:
    """Tell pynetdicom that SOP classes which it does not know, such as the retired ones, are storage too."""
    for uid in sop_class_uids:
        if uid_to_service_class(uid) is ServiceClass:
            register_uid(uid, f"Storage_{uid.replace('.', '_')}", StorageServiceClass)


def store(event: Event, reception: Reception, caller_of: Callable[[Association], Caller | None]) -> Dataset:
    """Serve one C-STORE (a handler of `evt.EVT_C_STORE`)."""
    caller = caller_of(event.assoc)
    if caller is None:
        return _response(UNEXPECTED)
    message = cast(C_STORE, event.request)
    request = StoreRequest(
        message_id=event.message_id,
        sop_class_uid=str(message.AffectedSOPClassUID or ""),
        sop_instance_uid=str(message.AffectedSOPInstanceUID or ""),
        has_data_set=True,
    )
    context = AcceptedContext(str(event.context.abstract_syntax), str(event.context.transfer_syntax))
    incoming = reception.begin(caller, context, request)
    incoming.write(event.encoded_dataset(include_meta=False))
    return _response(incoming.finish())


def _response(answer: Answer) -> Dataset:
    response = Dataset()
    response.Status = int(answer.status)
    if answer.comment:
        response.ErrorComment = answer.comment
    return response
