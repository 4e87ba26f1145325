"""Headers are read within bounds, whatever a file claims."""

import struct
import tracemalloc
import zlib
from io import BytesIO

import pytest
from pydicom import dcmread
from pydicom.uid import DeflatedExplicitVRLittleEndian

from config.errors import Malformed
from gateway.bounded_reading import MOST_BYTES, find_data_set, read_head
from gateway.headers import content_digest, read_header


def deflated_bomb(part10, inflated_bytes):
    """Return a small deflated file whose comments inflate to many bytes."""
    whole = part10()
    offset, _ = find_data_set(BytesIO(whole))
    comments = struct.pack("<HH2sHL", 0x0010, 0x4000, b"UN", 0, inflated_bytes)
    deflater = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    body = deflater.compress(comments)
    for _ in range(inflated_bytes // 65536):
        body += deflater.compress(b"A" * 65536)
    body += deflater.flush()
    meta = part10(transfer_syntax=DeflatedExplicitVRLittleEndian)
    begin, _ = find_data_set(BytesIO(meta))
    assert offset > 0
    return meta[:begin] + body


def test_a_deflated_bomb_is_refused_in_little_memory(part10):
    bomb = deflated_bomb(part10, 256 << 20)
    assert len(bomb) < 1 << 20
    tracemalloc.start()
    with pytest.raises(Malformed):
        read_header(BytesIO(bomb))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 4 * MOST_BYTES


def test_a_deflated_object_is_read_like_any_other(part10):
    plain, deflated = part10(), part10(transfer_syntax=DeflatedExplicitVRLittleEndian)
    assert dcmread(BytesIO(deflated)).PatientID == "PATIENT-1"
    header = read_header(BytesIO(deflated))
    assert header.patient_id == read_header(BytesIO(plain)).patient_id == "PATIENT-1"
    assert header.transfer_syntax_uid == DeflatedExplicitVRLittleEndian


def test_an_enormous_value_is_not_read_into_memory(part10):
    whole = part10()
    offset, _ = find_data_set(BytesIO(whole))
    element = struct.pack("<HH2sHL", 0x0008, 0x0001, b"UN", 0, 64 << 20)
    stream = BytesIO(whole[:offset] + element + bytes(64 << 20) + whole[offset:])
    tracemalloc.start()
    header = read_header(stream)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert header.patient_id == "PATIENT-1"
    assert peak < 8 << 20


def test_a_wanted_value_beyond_all_measure_is_malformed(part10):
    with pytest.raises(Malformed):
        read_header(BytesIO(part10(PatientComments="A" * (MOST_BYTES + 2))))


def test_nothing_behind_group_0040_is_looked_at(part10):
    head = read_head(BytesIO(part10()))
    assert max(element.tag.group for element in head) <= 0x0040


def test_the_digest_covers_the_data_set_and_not_the_meta(part10):
    whole = part10()
    offset, syntax = find_data_set(BytesIO(whole))
    other_meta = whole[:128] + b"DICM" + whole[132:offset].replace(b"OB", b"OB") + whole[offset:]
    assert content_digest(BytesIO(whole), syntax) == content_digest(BytesIO(b"\x01" * 128 + other_meta[128:]), syntax)
    assert content_digest(BytesIO(whole), syntax) != content_digest(BytesIO(whole[:-1] + b"\x99"), syntax)
