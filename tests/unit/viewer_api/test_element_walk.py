"""The short walk over element headers finds what the library finds, or leaves the data set to it."""

from io import BytesIO

import pytest
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.filewriter import dcmwrite
from pydicom.uid import CTImageStorage, ExplicitVRBigEndian, ExplicitVRLittleEndian, ImplicitVRLittleEndian

from config.errors import Malformed
from viewer_api.element_walk import walk_elements
from viewer_api.part10 import open_part10

ENDS = frozenset({0x7FE00010})
WANTED = (0x00080005, 0x00080016, 0x00100010, 0x00280010, 0x00281050, 0x00283010, 0x00204000)


def a_file(syntax: str = ExplicitVRLittleEndian, **elements: object) -> bytes:
    image = Dataset()
    image.SpecificCharacterSet = "ISO_IR 192"
    image.SOPClassUID, image.SOPInstanceUID = CTImageStorage, "2.25.1"
    image.PatientName = "Müller^Änne"
    image.Rows, image.Columns, image.WindowCenter = 2, 2, ["40", "50"]
    for number in range(40):
        image.add_new(0x00091001 + number, "LO", "x" * number)
    image.VOILUTSequence = [Dataset()]
    image.VOILUTSequence[0].LUTDescriptor = [2, 0, 8]
    image.ImageComments = ""
    for keyword, value in elements.items():
        setattr(image, keyword, value)
    image.add_new(0x7FE00010, "OW", bytes(8))
    image["VOILUTSequence"].is_undefined_length = bool(elements.get("ImageComments"))
    image.file_meta = FileMetaDataset()
    image.file_meta.TransferSyntaxUID = syntax
    target = BytesIO()
    dcmwrite(target, image, enforce_file_format=True)
    return target.getvalue()


def walk(content: bytes, implicit: bool = False) -> Dataset | None:
    part10 = open_part10(BytesIO(content))
    return walk_elements(part10.stream, frozenset(WANTED), ENDS, implicit=implicit)


@pytest.mark.parametrize("syntax", [ExplicitVRLittleEndian, ImplicitVRLittleEndian])
def test_the_same_elements_are_found_as_the_library_finds(syntax, monkeypatch):
    content = a_file(syntax)
    found = open_part10(BytesIO(content)).read_header(WANTED)
    monkeypatch.setattr("viewer_api.part10.walk_elements", lambda *_arguments, **_options: None)
    assert found == open_part10(BytesIO(content)).read_header(WANTED)
    assert found.PatientName.family_name == "Müller"
    assert found.WindowCenter == [40, 50]
    assert found.VOILUTSequence[0].LUTDescriptor == [2, 0, 8]
    assert found.ImageComments == ""
    assert walk(content, implicit=syntax == ImplicitVRLittleEndian) == found


def test_the_stream_then_stands_at_the_pixels():
    source = BytesIO(a_file())
    part10 = open_part10(source)
    part10.read_header(WANTED)
    assert source.read(4) == b"\xe0\x7f\x10\x00"


def test_a_header_longer_than_a_block_is_walked():
    content = a_file(PatientComments="y" * 10_000, AdditionalPatientHistory="z" * 10_000, SelectorSTValue="s" * 9_000)
    found = walk(content)
    assert found is not None and found.Rows == 2


@pytest.mark.parametrize(
    "content",
    [
        a_file(ImageComments="of undefined length is the sequence then"),
        a_file()[:-20],
        a_file().replace(b"LO\x06\x00", b"L?\x06\x00"),
        a_file(SelectorUTValue="u" * 300_000),
        a_file().replace(b"\x28\0\x10\0US", b"\xfe\xff\x0d\xe0\0\0\0\0\x28\0\x10\0US"),
    ],
    ids=["undefined length", "cut before the pixels", "a VR that is none", "a long header", "a stray delimiter"],
)
def test_what_is_not_plain_is_left_to_the_library(content):
    assert walk(content) is None
    assert open_part10(BytesIO(content)).read_header(WANTED) is not None


def test_sequences_nested_without_end_are_no_data_set():
    begin = b"\x08\0\x40\x11SQ\0\0\xff\xff\xff\xff" + b"\xfe\xff\0\xe0\xff\xff\xff\xff"
    content = a_file().replace(b"\x28\0\x10\0US", 3000 * begin + b"\x28\0\x10\0US")
    for tags in (WANTED, None):
        with pytest.raises(Malformed):
            open_part10(BytesIO(content)).read_header(tags)


def test_big_endian_is_left_to_the_library():
    assert open_part10(BytesIO(a_file(ExplicitVRBigEndian))).read_header(WANTED).Rows == 2
