"""Real conversations with the door, as lists of PDUs, and every way in which a hostile or broken peer may spoil them.

The conversations are encoded by pynetdicom, so that they are what a sender really says; `spoiled` draws one and changes
it: bytes, lengths, items, elements, the order of PDUs, and where the stream is cut. Elements, items and PDUs that a
change made longer or shorter may or may not have their lengths put right, since both find other faults.
"""

import struct
from collections.abc import Callable
from io import BytesIO

from hypothesis import strategies as st
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
_ASSOCIATE_HEADER = 74  # PS3.8 table 9-11: what stands before the variable items
_CONTAINERS = {0x20: 4, 0x21: 4, 0x50: 0}  # items that hold items, and what stands in front of these
_ODD = [0, 1, 2, 3, 4, 5, 6, 7, 12, 0x7F, 0x80, 0xFF, 0x100, 0x7FFF, 0xFFFF, 0x10000, 0x7FFFFFFF, 0xFFFFFFFF]

Pdus = list[bytes]


def associate(*extra: object) -> bytes:
    """Return the A-ASSOCIATE-RQ of NORTH for CT (contexts 1 and 5), verification (3), commitment (7), a query (9)."""
    primitive = A_ASSOCIATE()
    primitive.application_context_name = "1.2.840.10008.3.1.1.1"
    primitive.calling_ae_title, primitive.called_ae_title = "NORTH", "OVERREAD"
    contexts = [
        build_context(CTImageStorage, [ExplicitVRLittleEndian, ImplicitVRLittleEndian]),
        build_context(Verification),
        build_context(CTImageStorage, ImplicitVRLittleEndian),
        build_context(StorageCommitmentPushModel),
        build_context(StudyRootQueryRetrieveInformationModelFind),
    ]
    for number, context in enumerate(contexts):
        context.context_id = 2 * number + 1
    primitive.presentation_context_definition_list = contexts
    length = MaximumLengthNotification()
    length.maximum_length_received = 16384
    implementation = ImplementationClassUIDNotification()
    implementation.implementation_class_uid = "1.2.3.4"
    primitive.user_information = [length, implementation, *extra]
    return A_ASSOCIATE_RQ(primitive).encode()


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
    return _encoded(dataset, implicit=implicit)


def _encoded(dataset: Dataset, *, implicit: bool) -> bytes:
    target = DicomBytesIO()
    target.is_little_endian, target.is_implicit_VR = True, implicit
    write_dataset(target, dataset)
    return target.getvalue()


def _command(message: object, primitive: object) -> bytes:
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
    return [pdata((context, 3, _command(C_STORE_RQ(), request))), *sent]


def _echo() -> Pdus:
    request = C_ECHO()
    request.MessageID, request.AffectedSOPClassUID = 9, Verification
    return [pdata((3, 3, _command(C_ECHO_RQ(), request)))]


def _commitment() -> Pdus:
    request = N_ACTION()
    request.MessageID, request.ActionTypeID = 11, 1
    request.RequestedSOPClassUID = StorageCommitmentPushModel
    request.RequestedSOPInstanceUID = "1.2.840.10008.1.20.1.1"
    request.ActionInformation = BytesIO(b"x")
    asked, item = Dataset(), Dataset()
    item.ReferencedSOPClassUID, item.ReferencedSOPInstanceUID = CTImageStorage, "1.2.826.0.1.3680043.10.7.1"
    asked.TransactionUID, asked.ReferencedSOPSequence = "1.2.826.0.1.3680043.10.7.99", [item]
    return [pdata((7, 3, _command(N_ACTION_RQ(), request)), (7, 2, _encoded(asked, implicit=False)))]


def _query() -> Pdus:
    request, cancel = C_FIND(), C_CANCEL()
    request.MessageID, request.Priority = 13, 2
    request.AffectedSOPClassUID = StudyRootQueryRetrieveInformationModelFind
    request.Identifier = BytesIO(b"x")
    cancel.MessageIDBeingRespondedTo = 13
    asked = Dataset()
    asked.QueryRetrieveLevel, asked.StudyInstanceUID = "STUDY", ""
    command = _command(C_FIND_RQ(), request)
    return [
        pdata((9, 3, command), (9, 2, _encoded(asked, implicit=False))),
        pdata((9, 3, _command(C_CANCEL_RQ(), cancel))),
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


def _with_length(pdu: bytes) -> bytes:
    return pdu[:2] + struct.pack(">L", max(len(pdu) - 6, 0)) + pdu[6:]


def _item_offsets(pdu: bytes) -> list[tuple[int, int]]:
    """Return where the items of an A-ASSOCIATE-RQ stand, those within items too: (start, end)."""
    found, todo = [], [(_ASSOCIATE_HEADER, len(pdu))]
    while todo:
        start, end = todo.pop()
        while start + 4 <= end:
            stop = min(start + 4 + int.from_bytes(pdu[start + 2 : start + 4], "big"), end)
            found.append((start, stop))
            if pdu[start] in _CONTAINERS:
                todo.append((start + 4 + _CONTAINERS[pdu[start]], stop))
            start = stop
    return found


def _element_offsets(pdu: bytes) -> list[tuple[int, int]]:
    """Return where the elements of a command set stand that begins a P-DATA-TF: (start, end)."""
    found, start = [], 12
    while pdu[:1] == b"\x04" and len(pdu) > 12 and pdu[11] & 1 and start + 8 <= len(pdu):
        stop = min(start + 8 + int.from_bytes(pdu[start + 4 : start + 8], "little"), len(pdu))
        found.append((start, stop))
        start = stop
    return found


def _replaced(pdus: Pdus, at: int, *new: bytes) -> Pdus:
    return [*pdus[:at], *new, *pdus[at + 1 :]]


def _index(draw: st.DrawFn, of: int) -> int:
    return draw(st.integers(0, max(of - 1, 0)))


def _bytes_changed(draw: st.DrawFn, pdus: Pdus) -> Pdus:
    at = _index(draw, len(pdus))
    changed = bytearray(pdus[at])
    for _ in range(draw(st.integers(1, 4))):
        if changed:
            changed[_index(draw, len(changed))] = draw(st.integers(0, 255))
    return _replaced(pdus, at, bytes(changed))


def _length_lies(draw: st.DrawFn, pdus: Pdus) -> Pdus:
    at = _index(draw, len(pdus))
    length = draw(st.one_of(st.sampled_from(_ODD), st.integers(0, 2 * len(pdus[at]))))
    return _replaced(pdus, at, pdus[at][:2] + struct.pack(">L", length) + pdus[at][6:])


def _type_changed(draw: st.DrawFn, pdus: Pdus) -> Pdus:
    at = _index(draw, len(pdus))
    return _replaced(pdus, at, bytes((draw(st.integers(0, 9)),)) + pdus[at][1:])


def _fragment_changed(draw: st.DrawFn, pdus: Pdus) -> Pdus:
    """Change length, context or control header of the first item of a P-DATA-TF: lies, interleaving, wrong order."""
    data = [number for number, pdu in enumerate(pdus) if pdu[:1] == b"\x04" and len(pdu) >= 12]
    if not data:
        return pdus
    at = data[_index(draw, len(data))]
    length, context, control = struct.unpack_from(">LBB", pdus[at], 6)
    which = draw(st.sampled_from(("length", "context", "control")))
    if which == "length":
        length = draw(st.one_of(st.sampled_from(_ODD), st.integers(0, 2 * length)))
    elif which == "context":
        context = draw(st.sampled_from((0, 1, 2, 3, 5, 7, 9, 11, 255)))
    else:
        control = draw(st.integers(0, 7))
    return _replaced(pdus, at, pdus[at][:6] + struct.pack(">LBB", length, context, control) + pdus[at][12:])


def _item_changed(draw: st.DrawFn, pdus: Pdus) -> Pdus:
    """Change an item of the first PDU: its type, length or value; twice, or not at all there."""
    found = _item_offsets(pdus[0]) if pdus and pdus[0][:1] == b"\x01" else []
    if not found:
        return pdus
    start, stop = found[_index(draw, len(found))]
    item, value = pdus[0][start:stop], pdus[0][start + 4 : stop]
    ways: dict[str, Callable[[], bytes]] = {
        "type": lambda: (
            bytes((draw(st.sampled_from((0, 0x10, 0x20, 0x21, 0x30, 0x40, *range(0x50, 0x5B), 255))),)) + item[1:]
        ),
        "length": lambda: item[:2] + struct.pack(">H", draw(st.sampled_from(_ODD)) & 0xFFFF) + value,
        "twice": lambda: item * draw(st.integers(2, 200)),
        "gone": lambda: b"",
        "empty": lambda: item[:2] + b"\0\0",
        "value": lambda: _item(item[0], draw(st.binary(max_size=80))),
        "long": lambda: _item(
            item[0], bytes((draw(st.integers(0, 255)),)) * draw(st.sampled_from((1_000, 20_000, 65_535)))
        ),
        "nested": lambda: _item(item[0], item * draw(st.integers(1, 5))),
    }
    changed = pdus[0][:start] + ways[draw(st.sampled_from(sorted(ways)))]() + pdus[0][stop:]
    return _replaced(pdus, 0, _with_length(changed) if draw(st.booleans()) else changed)


def _item(kind: int, value: bytes) -> bytes:
    return bytes((kind, 0)) + struct.pack(">H", len(value) & 0xFFFF) + value


def _element_changed(draw: st.DrawFn, pdus: Pdus) -> Pdus:
    """Change an element of a command set: its number, length or value; twice, or not at all there."""
    commands = [number for number, pdu in enumerate(pdus) if _element_offsets(pdu)]
    if not commands:
        return pdus
    at = commands[_index(draw, len(commands))]
    found = _element_offsets(pdus[at])
    start, stop = found[_index(draw, len(found))]
    element, value = pdus[at][start:stop], pdus[at][start + 8 : stop]
    way = draw(st.sampled_from(("number", "length", "value", "short", "twice", "gone", "group")))
    if way == "number":
        element = element[:2] + struct.pack("<H", draw(st.integers(0, 0x1100))) + element[4:]
    elif way == "group":
        element = struct.pack("<H", draw(st.integers(0, 0xFFFF))) + element[2:]
    elif way == "length":
        element = element[:4] + struct.pack("<L", draw(st.sampled_from(_ODD))) + value
    elif way == "value":
        value = draw(st.binary(max_size=150))
        element = element[:4] + struct.pack("<L", len(value)) + value
    elif way == "short":
        element = element[:8] + draw(st.binary(min_size=len(value), max_size=len(value)))
    else:
        element = element * (2 if way == "twice" else 0)
    command = pdus[at][12:start] + element + pdus[at][stop:]
    context, control = pdus[at][10], pdus[at][11]
    return _replaced(pdus, at, pdata((context, control, command)))


def _gone(draw: st.DrawFn, pdus: Pdus) -> Pdus:
    return _replaced(pdus, _index(draw, len(pdus)))


def _repeated(draw: st.DrawFn, pdus: Pdus) -> Pdus:
    at = _index(draw, len(pdus))
    return _replaced(pdus, at, *[pdus[at]] * draw(st.integers(2, 40)))


def _swapped(draw: st.DrawFn, pdus: Pdus) -> Pdus:
    one, other = _index(draw, len(pdus)), _index(draw, len(pdus))
    changed = list(pdus)
    changed[one], changed[other] = changed[other], changed[one]
    return changed


def _stray_put_in(draw: st.DrawFn, pdus: Pdus) -> Pdus:
    at = draw(st.integers(0, len(pdus)))
    return [*pdus[:at], draw(st.sampled_from(STRAY)), *pdus[at:]]


def _garbage_put_in(draw: st.DrawFn, pdus: Pdus) -> Pdus:
    at = draw(st.integers(0, len(pdus)))
    return [*pdus[:at], draw(st.binary(max_size=100)), *pdus[at:]]


def _cut(draw: st.DrawFn, pdus: Pdus) -> Pdus:
    at = _index(draw, len(pdus))
    cut = pdus[at][: _index(draw, len(pdus[at]))]
    rest = pdus[at + 1 :] if draw(st.booleans()) else []
    return [*pdus[:at], _with_length(cut) if len(cut) > 6 and draw(st.booleans()) else cut, *rest]


CHANGES: list[Callable[[st.DrawFn, Pdus], Pdus]] = [
    _bytes_changed,
    _length_lies,
    _type_changed,
    _fragment_changed,
    _item_changed,
    _element_changed,
    _gone,
    _repeated,
    _swapped,
    _stray_put_in,
    _garbage_put_in,
    _cut,
]


@st.composite
def spoiled(draw: st.DrawFn) -> Pdus:
    """Return what a peer says: a real conversation with up to four changes."""
    pdus = list(draw(st.sampled_from(CONVERSATIONS)))
    for change in draw(st.lists(st.sampled_from(CHANGES), min_size=1, max_size=4)):
        if pdus:
            pdus = change(draw, pdus)
    return pdus
