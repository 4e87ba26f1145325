"""Command sets by hand, against pynetdicom's own."""

from contextlib import suppress
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pynetdicom.dimse_messages import C_STORE_RQ as LIBRARY_RQ
from pynetdicom.dimse_messages import C_STORE_RSP as LIBRARY_RSP
from pynetdicom.dimse_primitives import C_STORE
from pynetdicom.dsutils import decode, encode

from config.errors import Malformed
from scp.command_set import (
    C_STORE_RQ,
    StoreRequest,
    command_field,
    encode_store_response,
    has_data_set,
    read_command,
    read_store_request,
)
from scp.statuses import ANSWERS, STORED, DataSetMismatch

CT = "1.2.840.10008.5.1.4.1.1.2"


def library_request(instance="1.2.3.4", data=b"x"):
    primitive = C_STORE()
    primitive.MessageID = 513
    primitive.Priority = 2
    primitive.AffectedSOPClassUID = CT
    primitive.AffectedSOPInstanceUID = instance
    primitive.DataSet = BytesIO(data) if data else None
    message = LIBRARY_RQ()
    message.primitive_to_message(primitive)
    return encode(message.command_set, True, True)


@pytest.mark.parametrize("instance", ["1.2.3.4", "1.2.3.45"])
def test_a_request_of_the_library_is_read(instance):
    command = read_command(library_request(instance))
    assert command_field(command) == C_STORE_RQ
    assert read_store_request(command) == StoreRequest(513, CT, instance, True)


def test_a_request_without_a_data_set_says_so():
    command = read_command(library_request(data=b""))
    assert not has_data_set(command)
    assert not read_store_request(command).has_data_set


@pytest.mark.parametrize("answer", [STORED, ANSWERS[DataSetMismatch]])
def test_the_library_reads_our_response(answer):
    encoded = encode_store_response(StoreRequest(513, CT, "1.2.3.45", True), answer)
    response = decode(BytesIO(encoded), True, True)
    assert response.CommandGroupLength == len(encoded) - 12
    assert response.CommandField == 0x8001
    assert response.MessageIDBeingRespondedTo == 513
    assert response.CommandDataSetType == 0x0101
    assert response.AffectedSOPClassUID == CT
    assert response.AffectedSOPInstanceUID == "1.2.3.45"
    assert response.Status == answer.status
    assert response.get("ErrorComment", "") == answer.comment


def test_our_success_is_byte_for_byte_the_library_s():
    primitive = C_STORE()
    primitive.MessageIDBeingRespondedTo = 7
    primitive.AffectedSOPClassUID = CT
    primitive.AffectedSOPInstanceUID = "1.2.3"
    primitive.Status = 0
    message = LIBRARY_RSP()
    message.primitive_to_message(primitive)
    assert encode_store_response(StoreRequest(7, CT, "1.2.3", True), STORED) == encode(message.command_set, True, True)


@pytest.mark.parametrize("missing", [0x0100, 0x0110, 0x0800])
def test_a_command_without_what_a_response_needs_is_malformed(missing):
    command = read_command(library_request())
    del command[missing]
    with pytest.raises(Malformed):
        (command_field if missing == 0x0100 else read_store_request)(command)


def test_every_truncated_command_is_malformed_or_lacks_something():
    whole = library_request()
    for length in range(len(whole)):
        try:
            command = read_command(whole[:length])
        except Malformed:
            continue
        assert len(command) < len(read_command(whole))


def test_an_element_of_another_group_is_malformed():
    with pytest.raises(Malformed):
        read_command(library_request() + b"\x08\x00\x18\x00\x02\x00\x00\x001\x00")


@given(st.binary(max_size=300))
def test_any_bytes_are_a_command_or_malformed(data):
    with suppress(Malformed):
        assert isinstance(read_command(data), dict)


@given(st.text(max_size=64), st.text(max_size=64))
def test_uids_that_are_none_are_answered_as_they_came(sop_class, instance):
    received = {number: text.encode("latin-1", "replace") for number, text in ((2, sop_class), (0x1000, instance))} | {
        0x0110: b"\1\0",
        0x0800: b"\0\0",
    }
    encoded = encode_store_response(read_store_request(received), STORED)
    assert len(encoded) % 2 == 0
    assert command_field(read_command(encoded)) == 0x8001
