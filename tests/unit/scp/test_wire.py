"""The bytes of P-DATA-TF."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.errors import Malformed
from scp.wire import COMMAND, LAST, P_DATA_TF, encode_command, longest_pdu, split_fragments


def item(context_id, control, body):
    return struct.pack(">LBB", len(body) + 2, context_id, control) + body


def test_items_come_out_as_they_went_in():
    body = item(1, 3, b"command") + item(1, 0, b"") + item(1, 2, b"data")
    found = [(f.context_id, f.control, bytes(f.body)) for f in split_fragments(memoryview(body))]
    assert found == [(1, 3, b"command"), (1, 0, b""), (1, 2, b"data")]


@pytest.mark.parametrize("body", [b"\0\0\0", b"\0\0\0\1\1", b"\0\0\0\0\1\3", b"\0\0\0\4\1\3", b"\xff\xff\xff\xff\1\3"])
def test_an_item_that_does_not_fit_is_malformed(body):
    with pytest.raises(Malformed):
        list(split_fragments(memoryview(body)))


@given(st.binary(max_size=200))
def test_any_bytes_are_fragments_within_them_or_malformed(body):
    try:
        fragments = list(split_fragments(memoryview(body)))
    except Malformed:
        return
    assert sum(len(fragment.body) + 6 for fragment in fragments) == len(body)


@given(st.binary(min_size=1, max_size=300), st.integers(0, 400))
def test_a_command_is_cut_to_the_peer_s_maximum_and_whole_again(command, maximum):
    encoded, pieces, controls = encode_command(5, command, maximum), [], []
    while encoded:
        assert encoded[0] == P_DATA_TF
        length = int.from_bytes(encoded[2:6], "big")
        assert not maximum or length <= max(maximum, 7)
        for fragment in split_fragments(memoryview(encoded[6 : 6 + length])):
            assert fragment.context_id == 5
            pieces.append(bytes(fragment.body))
            controls.append(fragment.control)
        encoded = encoded[6 + length :]
    assert b"".join(pieces) == command
    assert controls == [COMMAND] * (len(controls) - 1) + [COMMAND | LAST]


def test_the_length_of_each_type_of_pdu_is_bounded_and_unknown_ones_have_none():
    assert longest_pdu(0x04, 16384) < 16384 + 100
    assert longest_pdu(0x01, 16384) == 1024 * 1024
    assert all(longest_pdu(pdu_type, 16384) <= 4096 for pdu_type in (2, 3, 5, 6, 7))
    assert all(longest_pdu(pdu_type, 16384) == 0 for pdu_type in (0, 8, 0x16, 0x47, 255))
