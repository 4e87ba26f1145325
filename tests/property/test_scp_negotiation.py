"""Whatever stands in an A-ASSOCIATE-RQ, it is no request, or its negotiation comes to an end (PS3.8 section 9.3.2)."""

import struct

from hypothesis import assume, given
from hypothesis import strategies as st
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian, ImplicitVRLittleEndian
from pynetdicom.pdu import A_ASSOCIATE_RQ
from pynetdicom.presentation import negotiate_as_acceptor

from scp.contexts import supported_for

HEADER = struct.pack(">HH16s16s32x", 1, 0, b"OVERREAD".ljust(16), b"NORTH".ljust(16))
UIDS = st.sampled_from(
    [CTImageStorage, ExplicitVRLittleEndian, ImplicitVRLittleEndian, "1.2.840.10008.1.1", "1.2.3", "", "x" * 70, "1..2"]
).map(str.encode)
VALUES = st.one_of(UIDS, st.binary(max_size=40))


def item(kind, value):
    return bytes((kind, 0)) + struct.pack(">H", len(value) & 0xFFFF) + value


SYNTAXES = st.tuples(st.sampled_from((0x30, 0x40, 0x40, 0x40)), VALUES).map(lambda parts: item(*parts))
CONTEXTS = st.tuples(st.integers(0, 255), st.lists(SYNTAXES, max_size=5)).map(
    lambda parts: item(0x20, bytes((parts[0], 0, 0, 0)) + b"".join(parts[1]))
)
USER = st.lists(st.tuples(st.integers(0x50, 0x5A), VALUES).map(lambda parts: item(*parts)), max_size=5).map(
    lambda items: item(0x50, b"".join(items))
)
ITEMS = st.one_of(CONTEXTS, CONTEXTS, USER, st.just(item(0x10, b"1.2.840.10008.3.1.1.1")), st.binary(max_size=20))


@given(st.lists(ITEMS, max_size=8).map(b"".join))
def test_any_items_are_no_request_or_are_negotiated(items):
    body = HEADER + items
    request = A_ASSOCIATE_RQ()
    try:
        request.decode(b"\x01\x00" + struct.pack(">L", len(body)) + body)
        proposed = request.to_primitive().presentation_context_definition_list
    except Exception:  # noqa: BLE001 - whatever the library raises here, the upper layer takes for no request
        return
    assume(all(context.abstract_syntax and context.transfer_syntax for context in proposed))  # nor is this one
    answered, _ = negotiate_as_acceptor(proposed, supported_for(proposed))
    assert {context.context_id for context in answered} == {context.context_id for context in proposed}
    assert all(len(context.transfer_syntax) == 1 for context in answered if context.result == 0)
