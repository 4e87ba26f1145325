"""What a workstation says to query and retrieve, as lists of PDUs (PS3.4 annex C), and what it may be answered.

Who retrieves by C-GET answers each C-STORE before it came: the door counts its messages from 1, and a peer of bare
bytes cannot wait for them.
"""

import struct
from collections.abc import Iterator
from io import BytesIO

from pydicom.dataset import Dataset
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian, ImplicitVRLittleEndian
from pynetdicom import build_context, build_role
from pynetdicom.dimse_messages import C_CANCEL_RQ, C_FIND_RQ, C_GET_RQ, C_MOVE_RQ, C_STORE_RSP
from pynetdicom.dimse_primitives import C_CANCEL, C_FIND, C_GET, C_MOVE, C_STORE
from pynetdicom.pdu_primitives import SOPClassExtendedNegotiation
from pynetdicom.sop_class import (
    PatientRootQueryRetrieveInformationModelFind,
    StudyRootQueryRetrieveInformationModelFind,
    StudyRootQueryRetrieveInformationModelGet,
    StudyRootQueryRetrieveInformationModelMove,
    Verification,
)

from scp.query_statuses import (
    CANCELLED,
    PENDING,
    PENDING_WITH_WARNING,
    QUERY_ANSWERS,
    SOP_CLASS_NOT_SUPPORTED,
    SUBOPERATIONS_FAILED,
    SUBOPERATIONS_FAILED_IN_PART,
    SUCCESS,
)

from .conversations import ABORT, PLANTED, RELEASE, Pdus, command, encoded, pdata, request

_FIND, _MOVE, _GET, _STORAGE, _ECHO, _PATIENTS = 1, 3, 5, 7, 9, 11
_RESPONSES = {0x8001: "store", 0x8020: "find", 0x8021: "move", 0x8010: "get"}
_FINAL = {SUCCESS, CANCELLED, SOP_CLASS_NOT_SUPPORTED}
ALLOWED = {
    operation: _FINAL | {PENDING, *(status for status, _ in answers.values())}
    for operation, answers in QUERY_ANSWERS.items()
}
ALLOWED["find"].add(PENDING_WITH_WARNING)
for _each in ("move", "get"):
    ALLOWED[_each] |= {SUBOPERATIONS_FAILED, SUBOPERATIONS_FAILED_IN_PART}


def associate() -> bytes:
    """Return the A-ASSOCIATE-RQ of READING_ROOM, which takes CT on the association too and asks relationally."""
    both = [ExplicitVRLittleEndian, ImplicitVRLittleEndian]
    contexts = [
        build_context(StudyRootQueryRetrieveInformationModelFind, both),
        build_context(StudyRootQueryRetrieveInformationModelMove, both),
        build_context(StudyRootQueryRetrieveInformationModelGet, both),
        build_context(CTImageStorage, ExplicitVRLittleEndian),
        build_context(Verification),
        build_context(PatientRootQueryRetrieveInformationModelFind, both),
    ]
    extended = SOPClassExtendedNegotiation()
    extended.sop_class_uid = StudyRootQueryRetrieveInformationModelFind
    extended.service_class_application_information = b"\x01\x01\x01\x00\x00"
    return request("READING_ROOM", contexts, build_role(CTImageStorage, scp_role=True), extended)


def identifier(level: str, **elements: object) -> bytes:
    """Return an encoded identifier."""
    asked = Dataset()
    asked.SpecificCharacterSet, asked.QueryRetrieveLevel = "ISO_IR 192", level
    for keyword, value in elements.items():
        setattr(asked, keyword, value)
    return encoded(asked, implicit=False)


def _asked(context: int, message: object, primitive: object, identifier_bytes: bytes) -> Pdus:
    primitive.MessageID, primitive.Priority, primitive.Identifier = 13, 2, BytesIO(b"x")
    return [pdata((context, 3, command(message, primitive))), pdata((context, 2, identifier_bytes))]


def _find(context: int = _FIND, level: str = "STUDY", **elements: object) -> Pdus:
    primitive = C_FIND()
    primitive.AffectedSOPClassUID = {
        _FIND: StudyRootQueryRetrieveInformationModelFind,
        _PATIENTS: PatientRootQueryRetrieveInformationModelFind,
    }[context]
    return _asked(context, C_FIND_RQ(), primitive, identifier(level, **elements))


def _move(destination: str, **elements: object) -> Pdus:
    primitive = C_MOVE()
    primitive.AffectedSOPClassUID = StudyRootQueryRetrieveInformationModelMove
    primitive.MoveDestination = destination
    return _asked(_MOVE, C_MOVE_RQ(), primitive, identifier("STUDY", **elements))


def _get(answers: int, **elements: object) -> Pdus:
    primitive = C_GET()
    primitive.AffectedSOPClassUID = StudyRootQueryRetrieveInformationModelGet
    asked = _asked(_GET, C_GET_RQ(), primitive, identifier("STUDY", **elements))
    return [*asked, *(_stored(number) for number in range(1, answers + 1))]


def _stored(number: int) -> bytes:
    response = C_STORE()
    response.MessageIDBeingRespondedTo, response.Status = number, SUCCESS
    response.AffectedSOPClassUID, response.AffectedSOPInstanceUID = CTImageStorage, f"2.25.9{number}"
    return pdata((_STORAGE, 3, command(C_STORE_RSP(), response)))


def _cancel() -> Pdus:
    cancel = C_CANCEL()
    cancel.MessageIDBeingRespondedTo = 13
    return [pdata((_FIND, 3, command(C_CANCEL_RQ(), cancel)))]


def _code(value: str) -> Dataset:
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator = value, "DCM"
    return item


WORKSTATION_CONVERSATIONS: list[Pdus] = [
    [associate(), *_find(StudyInstanceUID="", PatientName=PLANTED, StudyDate="20200101-20261231"), RELEASE],
    [associate(), *_find(StudyInstanceUID="", StudyDescription="*R\u00f6n*", ModalitiesInStudy=["CT", "MR"]), RELEASE],
    [associate(), *_find(level="SERIES", StudyInstanceUID="2.25.10", SeriesInstanceUID="", Modality=""), RELEASE],
    [associate(), *_find(level="IMAGE", SOPInstanceUID=["2.25.91", "2.25.92"], InstanceNumber="1"), RELEASE],
    [associate(), *_find(StudyInstanceUID="", ProcedureCodeSequence=[_code("121"), _code("")]), *_cancel(), RELEASE],
    [associate(), *_find(_PATIENTS, "PATIENT", PatientID="OVR*", NumberOfPatientRelatedInstances=None), RELEASE],
    [associate(), *_move("READING_ROOM", StudyInstanceUID=["2.25.10", "2.25.20"]), *_cancel(), RELEASE],
    [associate(), *_move("NOBODY", StudyInstanceUID="2.25.10"), *_find(StudyInstanceUID="2.25.10"), RELEASE],
    [associate(), *_get(3, StudyInstanceUID="2.25.10"), RELEASE],
    [associate(), *_get(0, StudyInstanceUID="2.25.10"), ABORT],
]
IDENTIFIERS: list[bytes] = [
    pdu[12:] for said in WORKSTATION_CONVERSATIONS for pdu in said[1:] if pdu[:1] == b"\x04" and not pdu[11] & 1
]


def responses(found: list[tuple[int, bytes]]) -> Iterator[tuple[str, int]]:
    """Yield operation and status of every response of the PDUs that were heard."""
    said = b""
    for kind, body in found:
        at = 0
        while kind == 4 and at + 6 <= len(body):
            length, _, control = struct.unpack_from(">LBB", body, at)
            if control & 1:
                said += body[at + 6 : at + 4 + length]
                if control & 2:
                    field, status = _number(said, 0x0100), _number(said, 0x0900)
                    said = b""
                    if field in _RESPONSES:
                        yield _RESPONSES[field], status
            at += 4 + length


def _number(command_set: bytes, element: int) -> int:
    """Return the value of an element with the VR US of a command set that the door wrote; 0 where it has none."""
    at = 0
    while at + 8 <= len(command_set):
        _, number, length = struct.unpack_from("<HHL", command_set, at)
        if number == element:
            return int.from_bytes(command_set[at + 8 : at + 8 + length], "little")
        at += 8 + length
    return 0
