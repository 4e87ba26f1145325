"""The SOP class and instance at the start of a data set, in every encoding pydicom writes."""

import struct
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom.dataset import Dataset
from pydicom.filebase import DicomBytesIO
from pydicom.filewriter import write_dataset

from scp.contexts import Encoding
from scp.dataset_head import HEAD_BYTES, SopIdentity, identify

CT = "1.2.840.10008.5.1.4.1.1.2"
ENCODINGS = {
    Encoding.EXPLICIT_LITTLE: (False, True),
    Encoding.EXPLICIT_BIG: (False, False),
    Encoding.IMPLICIT_LITTLE: (True, True),
}


def encode(encoding, **elements):
    dataset = Dataset()
    dataset.SpecificCharacterSet = "ISO_IR 192"
    dataset.ImageType = ["ORIGINAL", "PRIMARY"]
    dataset.InstanceCreationDate = "20260102"
    dataset.SOPClassUID = CT
    dataset.SOPInstanceUID = "1.2.3.4"
    dataset.StudyDate = "20260102"
    for keyword, value in elements.items():
        setattr(dataset, keyword, value)
    target = DicomBytesIO()
    target.is_implicit_VR, target.is_little_endian = ENCODINGS[encoding]
    write_dataset(target, dataset)
    return target.getvalue()


@pytest.mark.parametrize("encoding", list(ENCODINGS))
def test_both_are_found_in_each_encoding(encoding):
    assert identify(encode(encoding), encoding) == SopIdentity(CT, "1.2.3.4")


@pytest.mark.parametrize("encoding", list(ENCODINGS))
def test_a_long_element_in_front_within_the_head_does_not_hide_them(encoding):
    data = encode(encoding, InstanceCoercionDateTime="20260102030405", ImageType=["A" * 16] * 100)
    assert identify(data[:HEAD_BYTES], encoding) == SopIdentity(CT, "1.2.3.4")


def test_a_sequence_in_front_leaves_it_to_the_intake():
    code = Dataset()
    code.CodeValue = "en"
    data = encode(Encoding.EXPLICIT_LITTLE, LanguageCodeSequence=[code])
    assert identify(data, Encoding.EXPLICIT_LITTLE) == SopIdentity(CT, "1.2.3.4")
    undefined = struct.pack("<HH2sHL", 8, 6, b"SQ", 0, 0xFFFFFFFF) + data
    assert identify(undefined, Encoding.EXPLICIT_LITTLE) == SopIdentity(None, None)


def test_what_stands_in_wrong_order_or_nested_is_not_taken():
    data = struct.pack("<HH2sH", 0x10, 0x10, b"PN", 4) + b"A^B " + encode(Encoding.EXPLICIT_LITTLE)
    assert identify(data, Encoding.EXPLICIT_LITTLE) == SopIdentity(None, None)


def test_an_opaque_data_set_says_nothing():
    assert identify(encode(Encoding.EXPLICIT_LITTLE), Encoding.OPAQUE) == SopIdentity(None, None)


@pytest.mark.parametrize("encoding", list(ENCODINGS))
def test_any_truncation_finds_a_part_of_the_truth(encoding):
    data = encode(encoding)
    for length in range(len(data)):
        found = identify(data[:length], encoding)
        assert found.sop_class_uid in (None, CT)
        assert found.sop_instance_uid in (None, "1.2.3.4")


@given(st.binary(max_size=400), st.sampled_from(list(Encoding)))
def test_no_bytes_break_it(data, encoding):
    assert len(identify(BytesIO(data).getvalue(), encoding)) == 2
