"""Real conversations of a sender with the door, as lists of PDUs; encoded by pynetdicom, as a real one would."""

import struct
from io import BytesIO

from pydicom.dataset import Dataset
from pydicom.filebase import DicomBytesIO
from pydicom.filewriter import write_dataset
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian, ImplicitVRLittleEndian
from pynetdicom import build_context, build_role
from pynetdicom.dimse_messages import C_CANCEL_RQ, C_ECHO_RQ, C_FIND_RQ, C_STORE_RQ, N_ACTION_RQ
from pynetdicom.dimse_primitives import C_CANCEL, C_ECHO, C_FIND, C_STORE, N_ACTION
from pynetdicom.dsutils import encode
from pynetdicom.pdu import A_ASSOCIATE_RQ
from pynetdicom.pdu_primitives import (
    A_ASSOCIATE,
    AsynchronousOperationsWindowNegotiation,
    ImplementationClassUIDNotification,
    ImplementationVersionNameNotification,
    MaximumLengthNotification,
    SOPClassCommonExtendedNegotiation,
    SOPClassExtendedNegotiation,
    UserIdentityNegotiation,
)
from pynetdicom.sop_class import (
    StorageCommitmentPushModel,
    StudyRootQueryRetrieveInformationModelFind,
    Verification,
)

PLANTED = "Planted^Identity"
RELEASE = bytes((5, 0, 0, 0, 0, 4, 0, 0, 0, 0))
ABORT = bytes((7, 0, 0, 0, 0, 4, 0, 0, 0, 0))
_PIECE = 200

Pdus = list[bytes]


def request(calling: str, contexts: list[object], *extra: object) -> bytes:
    """Return an A-ASSOCIATE-RQ that numbers the presentation contexts 1, 3, 5 and so on."""
    primitive = A_ASSOCIATE()
    primitive.application_context_name = "1.2.840.10008.3.1.1.1"
    primitive.calling_ae_title, primitive.called_ae_title = calling, "OVERREAD"
    for number, context in enumerate(contexts):
        context.context_id = 2 * number + 1
    primitive.presentation_context_definition_list = contexts
    length = MaximumLengthNotification()
    length.maximum_length_received = 16384
    implementation = ImplementationClassUIDNotification()
    implementation.implementation_class_uid = "1.2.3.4"
    primitive.user_information = [length, implementation, *extra]
    return A_ASSOCIATE_RQ(primitive).encode()


def associate(*extra: object) -> bytes:
    """Return the A-ASSOCIATE-RQ of NORTH for CT (contexts 1 and 5), verification (3), commitment (7), a query (9)."""
    contexts = [
        build_context(CTImageStorage, [ExplicitVRLittleEndian, ImplicitVRLittleEndian]),
        build_context(Verification),
        build_context(CTImageStorage, ImplicitVRLittleEndian),
        build_context(StorageCommitmentPushModel),
        build_context(StudyRootQueryRetrieveInformationModelFind),
    ]
    return request("NORTH", contexts, *extra)


def _every_negotiation() -> list[object]:
    version = ImplementationVersionNameNotification()
    version.implementation_version_name = "FUZZ_1"
    window = AsynchronousOperationsWindowNegotiation()
    window.maximum_number_operations_invoked, window.maximum_number_operations_performed = 5, 5
    extended = SOPClassExtendedNegotiation()
    extended.sop_class_uid, extended.service_class_application_information = CTImageStorage, b"\x02\0\0\0\0\0"
    common = SOPClassCommonExtendedNegotiation()
    common.sop_class_uid, common.service_class_uid = CTImageStorage, "1.2.840.10008.4.2"
    identity = UserIdentityNegotiation()
    identity.user_identity_type, identity.primary_field, identity.secondary_field = 2, b"user", b"secret"
    return [version, window, build_role(CTImageStorage, scu_role=True), extended, common, identity]


def pdata(*items: tuple[int, int, bytes]) -> bytes:
    """Return a P-DATA-TF of (context, message control header, body)."""
    body = b"".join(struct.pack(">LBB", len(data) + 2, context, control) + data for context, control, data in items)
    return b"\x04\x00" + struct.pack(">L", len(body)) + body


def _data_set(number: int, *, implicit: bool) -> bytes:
    dataset = Dataset()
    dataset.SOPClassUID, dataset.SOPInstanceUID = CTImageStorage, f"1.2.826.0.1.3680043.10.7.{number}"
    dataset.StudyInstanceUID, dataset.PatientName = "1.2.826.0.1.3680043.10.7", PLANTED
    dataset.Rows = dataset.Columns = 16
    dataset.BitsAllocated = 16
    dataset.PixelRepresentation = 0
    dataset.add_new("PixelData", "OW", bytes(512))
    return encoded(dataset, implicit=implicit)


def encoded(dataset: Dataset, *, implicit: bool) -> bytes:
    """Return an encoded data set."""
    target = DicomBytesIO()
    target.is_little_endian, target.is_implicit_VR = True, implicit
    write_dataset(target, dataset)
    return target.getvalue()


def command(message: object, primitive: object) -> bytes:
    """Return the encoded command set of a message."""
    message.primitive_to_message(primitive)
    return encode(message.command_set, True, True)


def store(number: int, context: int) -> Pdus:
    """Return the C-STORE of an instance whose UID ends with the number: a request, and its data set in pieces."""
    request = C_STORE()
    request.MessageID, request.Priority = number % 0xFFFF, 2
    request.AffectedSOPClassUID = CTImageStorage
    request.AffectedSOPInstanceUID = f"1.2.826.0.1.3680043.10.7.{number}"
    request.DataSet = BytesIO(b"x")
    data = _data_set(number, implicit=context == 5)
    pieces = [data[start : start + _PIECE] for start in range(0, len(data), _PIECE)]
    sent = [pdata((context, 2 if piece is pieces[-1] else 0, piece)) for piece in pieces]
    return [pdata((context, 3, command(C_STORE_RQ(), request))), *sent]


def _echo() -> Pdus:
    request = C_ECHO()
    request.MessageID, request.AffectedSOPClassUID = 9, Verification
    return [pdata((3, 3, command(C_ECHO_RQ(), request)))]


def _commitment() -> Pdus:
    request = N_ACTION()
    request.MessageID, request.ActionTypeID = 11, 1
    request.RequestedSOPClassUID = StorageCommitmentPushModel
    request.RequestedSOPInstanceUID = "1.2.840.10008.1.20.1.1"
    request.ActionInformation = BytesIO(b"x")
    asked, item = Dataset(), Dataset()
    item.ReferencedSOPClassUID, item.ReferencedSOPInstanceUID = CTImageStorage, "1.2.826.0.1.3680043.10.7.1"
    asked.TransactionUID, asked.ReferencedSOPSequence = "1.2.826.0.1.3680043.10.7.99", [item]
    return [pdata((7, 3, command(N_ACTION_RQ(), request)), (7, 2, encoded(asked, implicit=False)))]


def _query() -> Pdus:
    request, cancel = C_FIND(), C_CANCEL()
    request.MessageID, request.Priority = 13, 2
    request.AffectedSOPClassUID = StudyRootQueryRetrieveInformationModelFind
    request.Identifier = BytesIO(b"x")
    cancel.MessageIDBeingRespondedTo = 13
    asked = Dataset()
    asked.QueryRetrieveLevel, asked.StudyInstanceUID = "STUDY", ""
    head = command(C_FIND_RQ(), request)
    return [
        pdata((9, 3, head), (9, 2, encoded(asked, implicit=False))),
        pdata((9, 3, command(C_CANCEL_RQ(), cancel))),
    ]


CONVERSATIONS: list[Pdus] = [
    [associate(), *store(1, 1), *store(2, 5), RELEASE],
    [associate(), *_echo(), *store(1, 1), *_echo(), RELEASE],
    [associate(*_every_negotiation()), *store(1, 1), RELEASE],
    [associate(), *_commitment(), *_echo(), RELEASE],
    [associate(), *store(3, 1), ABORT],
]
STRAY: Pdus = [
    associate(),
    *store(4, 1),
    *_echo(),
    *_commitment(),
    *_query(),
    RELEASE,
    ABORT,
    b"\x06\x00\x00\x00\x00\x04\0\0\0\0",
    b"\x03\x00\x00\x00\x00\x04\x00\x01\x01\x01",
    b"\x02" + associate()[1:],
]
