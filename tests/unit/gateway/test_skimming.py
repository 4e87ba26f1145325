"""Skimming never says that two headers are one unless the parser would: whatever is wanted of them is compared."""

import io
import os
import random
import struct
from pathlib import Path

import pytest
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import (
    CTImageStorage,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
)

from config.errors import Malformed
from gateway import headers
from gateway.headers import Header, NotDicom, read_header
from gateway.skimming import SKIMMED_BYTES, skim

CORPUS = Path(__file__).resolve().parents[4] / "shared" / "corpus"
VALID = {
    "SOPInstanceUID": "1.2.9",
    "SOPClassUID": "1.2.8",
    "StudyInstanceUID": "1.2.7",
    "SeriesInstanceUID": "1.2.6",
    "SpecificCharacterSet": "ISO_IR 100",
    "StudyDate": "20200102",
    "StudyTime": "010203",
    "PatientBirthDate": "19700102",
}
WANTED = {0x00080005, 0x00080016, 0x00100010, 0x00400275}


@pytest.fixture(autouse=True)
def _nothing_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(headers, "_known", {})


def image(
    number: int = 1, syntax: str = ExplicitVRLittleEndian, *, undefined: bool = False, **changes: object
) -> bytes:
    """Return an image of a series: its own SOP Instance UID, number and noise, all else as its neighbours have it."""
    dataset = Dataset()
    dataset.SpecificCharacterSet = "ISO_IR 192"
    dataset.SOPClassUID, dataset.SOPInstanceUID = CTImageStorage, f"1.2.826.0.1.3680043.10.99.{number}"
    dataset.StudyInstanceUID, dataset.SeriesInstanceUID = "1.2.826.0.1.3680043.10.98", "1.2.826.0.1.3680043.10.97"
    dataset.Modality, dataset.PatientID, dataset.PatientName = "CT", "P1", "Müller^Jürgen"
    dataset.AccessionNumber, dataset.InstanceNumber = "A1", number
    request = Dataset()
    request.RequestedProcedureID, request.ScheduledProcedureStepID = "R1", "S1"
    dataset.RequestAttributesSequence = [request]
    dataset["RequestAttributesSequence"].is_undefined_length = undefined
    request.is_undefined_length_sequence_item = undefined
    dataset.Rows = dataset.Columns = 2
    dataset.BitsAllocated = dataset.BitsStored = 8
    dataset.add_new("PixelData", "OB", bytes(4))
    for keyword, value in changes.items():
        setattr(dataset, keyword, value)
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = syntax
    out = io.BytesIO()
    dataset.save_as(out, enforce_file_format=True)
    return out.getvalue()


def counting_parser(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    parsed: list[int] = []
    real = headers._parse

    def parse(stream, preamble):
        parsed.append(1)
        return real(stream, preamble)

    monkeypatch.setattr(headers, "_parse", parse)
    return parsed


@pytest.mark.parametrize("undefined", [True, False])
@pytest.mark.parametrize("syntax", [ExplicitVRLittleEndian, ImplicitVRLittleEndian])
def test_of_a_series_one_header_is_parsed_and_all_are_right(monkeypatch, syntax, undefined):
    parsed = counting_parser(monkeypatch)
    read = [read_header(io.BytesIO(image(number, syntax, undefined=undefined)), site="north") for number in range(1, 6)]
    assert len(parsed) == 2, "the first file, and what was skimmed of it"
    assert [each.sop_instance_uid for each in read] == [f"1.2.826.0.1.3680043.10.99.{number}" for number in range(1, 6)]
    for number, each in enumerate(read, 1):
        headers._known.clear()
        assert read_header(io.BytesIO(image(number, syntax, undefined=undefined)), site="north") == each


@pytest.mark.parametrize("keyword", [keyword for keyword in headers._READ_TAGS if not keyword.endswith("Sequence")])
def test_a_header_that_differs_in_anything_that_is_asked_for_is_parsed(monkeypatch, keyword):
    other = VALID.get(keyword, "Other")
    read_header(io.BytesIO(image()), site="north")
    changed = image(**{keyword: other})
    found = read_header(io.BytesIO(changed), site="north")
    headers._known.clear()
    assert found == read_header(io.BytesIO(changed), site="north")


@pytest.mark.parametrize("undefined", [True, False])
def test_a_sequence_that_differs_in_a_nested_value_is_another_header(undefined):
    first = read_header(io.BytesIO(image(undefined=undefined)), site="north")
    item = Dataset()
    item.RequestedProcedureID = "0000000018 is no number but 1234567897 may be"
    other = read_header(io.BytesIO(image(2, undefined=undefined, RequestAttributesSequence=[item])), site="north")
    headers._known.clear()
    assert other == read_header(
        io.BytesIO(image(2, undefined=undefined, RequestAttributesSequence=[item])), site="north"
    )
    assert first.sop_instance_uid != other.sop_instance_uid


@pytest.mark.parametrize("syntax", [ExplicitVRBigEndian, DeflatedExplicitVRLittleEndian])
def test_what_is_not_plain_is_left_to_the_parser(syntax):
    assert skim(image(syntax=syntax), WANTED) is None
    assert read_header(io.BytesIO(image(syntax=syntax)), site="north").patient_id == "P1"
    assert headers._known == {}


def test_headless_files_cut_ones_and_long_heads_are_left_to_the_parser():
    whole = image()
    at = whole.index(b"\x08\x00\x05\x00CS")
    assert skim(whole[at:], WANTED) is None
    long = Dataset()
    long.add_new(0x00290010, "LO", "MAKER")
    element = b"\x29\x00\x10\x10OB\0\0" + SKIMMED_BYTES.to_bytes(4, "little") + bytes(SKIMMED_BYTES)
    split = whole.index(b"\x40\x00\x75\x02SQ")
    assert skim((whole[:split] + element + whole[split:])[:SKIMMED_BYTES], WANTED) is None
    for end in range(0, whole.index(b"\xe0\x7f\x10\x00"), 7):
        found = skim(whole[:end], WANTED)
        assert found is None or found.sop_instance_uid == "1.2.826.0.1.3680043.10.99.1"


def test_bytes_that_were_meddled_with_never_make_a_header_that_the_parser_would_not(monkeypatch):
    generator = random.Random(7)
    wholes = [image(1), image(2, ImplicitVRLittleEndian), image(3, undefined=True)]
    honest = [parsed_anew(monkeypatch, each) for each in wholes]
    for _ in range(int(os.environ.get("OVERREAD_EXAMPLES", "200"))):
        meddled = bytearray(generator.choice(wholes))
        for _ in range(generator.randrange(1, 4)):
            meddled[generator.randrange(132, len(meddled))] = generator.randrange(256)
        alone = parsed_anew(monkeypatch, bytes(meddled))
        assert [outcome(each) for each in wholes] == honest
        assert outcome(bytes(meddled)) == alone
        headers._known.clear()
        assert outcome(bytes(meddled)) == alone
        assert [outcome(each) for each in wholes] == honest, "honest files after one that was meddled with"


def element(tag: int, vr: bytes, value: bytes, length: int | None = None) -> bytes:
    """Return an explicit element; `length` is what it claims."""
    length = len(value) if length is None else length
    if vr in {b"OB", b"SQ", b"UN"}:
        return struct.pack("<HH2sHL", tag >> 16, tag & 0xFFFF, vr, 0, length) + value
    return struct.pack("<HH2sH", tag >> 16, tag & 0xFFFF, vr, length) + value


UNDEFINED = 0xFFFFFFFF
SEQUENCE_END, ITEM_END = bytes.fromhex("feffdde000000000"), bytes.fromhex("feff0de000000000")
BEHIND = element(0x00410010, b"LO", b"")
OTHER_PATIENT = (
    element(0x00100010, b"PN", b"Other^Person")
    + element(0x00100020, b"LO", b"P9")
    + element(0x0020000D, b"UI", b"1.2.66")
    + element(0x0020000E, b"UI", b"1.2.66")
)


def item(value: bytes, length: int | None = None) -> bytes:
    return bytes.fromhex("feff00e0") + struct.pack("<L", len(value) if length is None else length) + value


def swallowed(*, by: bytes) -> bytes:
    """Return an element in which another patient hides, behind what makes a parser begin to read inside it."""
    return by + element(0x00091003, b"OB", SEQUENCE_END + OTHER_PATIENT + BEHIND)


def overshooting_item() -> bytes:
    """Return a sequence whose one item ends before its one element does."""
    head = element(0x00091002, b"LO", b"", 8 + 12)
    return swallowed(by=element(0x00091001, b"SQ", item(head) + SEQUENCE_END, UNDEFINED))


def delimiter_inside_bytes() -> bytes:
    """Return bytes of undefined length, which end at the first delimiter, whatever items there are."""
    return element(0x00091001, b"OB", item(SEQUENCE_END + OTHER_PATIENT) + SEQUENCE_END, UNDEFINED)


def unknown_read_as_explicit() -> bytes:
    """Return an unknown value of undefined length with an item that can be read with VRs and without."""
    filler = 0x4F4C - len(ITEM_END + SEQUENCE_END) - 12
    hidden = bytes(filler) + ITEM_END + SEQUENCE_END + OTHER_PATIENT + BEHIND
    start = item(element(0x00091002, b"LO", b""), UNDEFINED) + ITEM_END + SEQUENCE_END
    return element(0x00091001, b"UN", start, UNDEFINED) + element(0x00091003, b"OB", hidden + b"\0" * (len(hidden) % 2))


def delimiter_with_a_vr() -> bytes:
    """Return a sequence whose item's delimiter has a VR where its length should be, as if four bytes more were its."""
    ended = item(element(0x00091002, b"LO", b""), UNDEFINED) + ITEM_END[:4] + b"OB\0\0"
    return element(0x00091001, b"SQ", ended + SEQUENCE_END, UNDEFINED)


CRAFTED = [overshooting_item, delimiter_inside_bytes, unknown_read_as_explicit, delimiter_with_a_vr]


@pytest.mark.parametrize("craft", CRAFTED)
def test_a_crafted_file_is_not_plain_and_an_honest_one_after_it_is_read_as_it_is(monkeypatch, craft):
    honest = image(2)
    crafted = with_element(image(1), craft())
    assert skim(crafted[:SKIMMED_BYTES], WANTED) is None
    alone = parsed_anew(monkeypatch, honest)
    outcome(crafted)
    assert outcome(honest) == alone
    assert isinstance(alone, Header)
    assert alone.patient_id == "P1"


def test_what_skimming_misunderstands_is_never_remembered(monkeypatch):
    monkeypatch.setattr("gateway.skimming._is_sequence", lambda *_: True)
    monkeypatch.setattr("gateway.skimming._end_of_item", lambda _head, _at, end, *_: end)
    honest, wrong = image(2), []
    for craft in CRAFTED:
        crafted = with_element(image(1), craft())
        found = outcome(crafted)
        wrong.append(isinstance(found, Header) and found.patient_id == "P9")
        assert outcome(honest) == parsed_anew(monkeypatch, honest)
        headers._known.clear()
    assert any(wrong), "the files no longer do what they are made for"


def test_nothing_is_shared_between_sites_and_nothing_without_a_site(monkeypatch):
    parsed = counting_parser(monkeypatch)
    for site in ("north", "south"):
        read_header(io.BytesIO(image()), site=site)
    assert len(parsed) == 4
    assert len(headers._known) == 2
    read_header(io.BytesIO(image()))
    assert len(parsed) == 5


def with_element(whole: bytes, private: bytes) -> bytes:
    at = whole.index(b"\x10\x00\x10\x00PN")
    return whole[:at] + private + whole[at:]


@pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus of real files is not there")
def test_real_files_read_in_any_order_have_the_headers_that_the_parser_finds(monkeypatch):
    files = [each.read_bytes() for each in sorted(CORPUS.rglob("*.dcm"))[::4] if each.stat().st_size < 2_000_000]
    assert len(files) > 20
    for _ in range(2):
        for data in files:
            assert outcome(data) == parsed_anew(monkeypatch, data)


def outcome(data: bytes) -> Header | str:
    try:
        return read_header(io.BytesIO(data), site="north")
    except (NotDicom, Malformed) as error:
        return f"{type(error).__name__}: {error}"


def parsed_anew(monkeypatch: pytest.MonkeyPatch, data: bytes) -> Header | str:
    with monkeypatch.context() as patch:
        patch.setattr(headers, "_known", {})
        return outcome(data)
