"""Private elements that are known to be safe stay with their creators, and nothing else that is private does."""

import json
from collections import defaultdict
from dataclasses import replace
from io import BytesIO

import pytest
from pydicom import Dataset, dcmread
from pydicom.uid import ExplicitVRBigEndian, ImplicitVRLittleEndian

from anonymizer import Profile, map_uid
from anonymizer.safe_private import safe_elements
from tests.unit.anonymizer.conftest import KEY, ct

STANDARD = Profile("private", "Private", ("retain-safe-private", "retain-modified-dates"))
ARCHIVE = replace(STANDARD, private_lists=("E.3.10-1", "TCIA"))
PHILIPS, GEMS = "Philips Imaging DD 001", "GEMS_ACQU_01"
UID = "1.2.276.0.999.77"
VALUES = {
    "AE": "AN_AE", "AS": "045Y", "AT": 0x00100010, "CS": "MONO", "DA": "20240110", "DS": "1.5", "DT": "20240110101112",
    "FD": 1.5, "FL": 1.5, "IS": "7", "LO": "Fast spin", "LT": "axial", "OB": b"\1\2", "OW": b"\1\2", "SH": "Fast spin",
    "SL": -3, "SS": -3, "ST": "axial", "TM": "101112", "UI": UID, "UL": 3, "US": 3, "UT": "axial", "": 1.5,
}  # fmt: skip


@pytest.fixture
def private(clean, context):
    """Return what cleans an object under the option."""
    return lambda ds, profile=STANDARD: clean(ds, replace(context, profile=profile))


def with_elements(*elements, creator=PHILIPS, group=0x2001, block=0x10):
    ds = ct()
    ds.add_new(group << 16 | block, "LO", creator)
    for number, vr, value in elements:
        ds.add_new(group << 16 | block << 8 | number, vr, value)
    return ds


def planted(source):
    """Return an object with every safe element of a list, one block for each creator of a group, and their tags."""
    ds, blocks, tags = ct(), defaultdict(dict), {}
    for (group, number, creator), safe in safe_elements().items():
        if safe.source != source:
            continue
        block = blocks[group].setdefault(creator, 0x10 + len(blocks[group]))
        ds.add_new(group << 16 | block, "LO", creator)
        tag = group << 16 | block << 8 | number
        value = [Dataset()] if safe.vr == "SQ" else VALUES[safe.vr]
        ds.add_new(tag, safe.vr or "FD", value)
        tags[tag] = safe.vr
    return ds, tags


def test_the_compiled_rows_are_those_of_the_standard(shared):
    rows = json.loads((shared / "standards" / "safe_private_E3.10-1.json").read_text())
    compiled = {place: safe for place, safe in safe_elements().items() if safe.source == "E.3.10-1"}
    assert len(rows) == len(compiled) == 479
    for row in rows:
        group, number = row["Data Element"].strip("()").split(",xx")
        assert compiled[int(group, 16), int(number, 16), row["Private Creator"]].vr == row["VR"].split("/")[0]


def test_each_of_the_479_safe_attributes_stays(private):
    ds, tags = planted("E.3.10-1")
    after, wrong = private(ds).ds, []
    assert len(tags) == 479
    for tag, vr in tags.items():
        kept = after.get(tag)
        expected = {"UI": map_uid(KEY, site="st-mary", uid=UID)}.get(vr, ds[tag].value)
        if kept is None or (vr != "SQ" and kept.value != expected) or after[creator_of(tag)] != ds[creator_of(tag)]:
            wrong.append((f"{tag:08X}", vr, kept))
    assert not wrong


def test_none_of_them_stays_without_the_option(clean):
    after = clean(planted("E.3.10-1")[0])
    assert not [element for element in after.ds.iterall() if element.tag.is_private]
    assert "113111" not in [code.CodeValue for code in after.ds.DeidentificationMethodCodeSequence]


def test_the_archives_list_counts_only_where_the_profile_names_it(private):
    ds = planted("TCIA")[0]
    assert not [element for element in private(ds).ds if element.tag.is_private]
    kept = [element for element in private(ds, ARCHIVE).ds if element.tag.is_private and element.tag.element > 0xFF]
    dated = [element.value for element in kept if element.VR in {"DA", "DT"}]
    assert len(kept) > 1500
    assert dated and not [value for value in dated if str(value).startswith("20240110")]
    assert not [element for element in kept if element.VR == "UI" and element.value == UID]


def test_blocks_keep_their_numbers_and_idle_creators_go(private):
    ds = with_elements((0x03, "FL", 1.5), (0x00, "LO", "unlisted"), block=0x42)
    ds.add_new(0x20010011, "LO", "SOMEBODY ELSE")
    ds.add_new(0x20011101, "LO", "Voegelein")
    after = private(ds).ds
    assert [element.tag for element in after if element.tag.is_private] == [0x20010042, 0x20014203]
    assert after[0x20014203].value == 1.5 and after[0x20010042].value == PHILIPS


def test_the_marker_stands_there_when_an_element_was_kept(private):
    def told(ds):
        return "113111" in [code.CodeValue for code in private(ds).ds.DeidentificationMethodCodeSequence]

    assert told(with_elements((0x03, "FL", 1.5)))
    assert not told(with_elements((0xEE, "FL", 1.5)))


@pytest.mark.parametrize(
    ("group", "creator_tag", "creator"),
    [
        (0x2001, None, None),  # an orphan
        (0x2001, 0x20010010, "Philips Imaging DD 0011"),
        (0x2001, 0x20010011, PHILIPS),  # the creator of another block
        (0x2001, 0x2001000F, PHILIPS),  # no creator's place
        (0x0007, 0x00070010, PHILIPS),  # no private group
        (0x0019, 0x00190010, PHILIPS),  # another group of the same creator
    ],
)
def test_what_has_no_right_creator_goes(private, group, creator_tag, creator):
    ds = ct()
    if creator_tag:
        ds.add_new(creator_tag, "LO", creator)
    ds.add_new(group << 16 | 0x1003, "FL", 1.5)
    assert not [element for element in private(ds).ds if element.tag.is_private]


def test_a_block_that_two_creators_claim_goes(private, as_bytes):
    data = as_bytes(with_elements((0x03, "FL", 1.5)))
    creator = b"\x01\x20\x10\x00LO\x16\x00" + PHILIPS.encode()
    assert data.count(creator) == 1
    after = private(data.replace(creator, creator + creator.replace(b"DD 001", b"DD 002"))).ds
    assert not [element for element in after if element.tag.is_private]


def test_elements_nested_in_public_sequences_need_their_own_creator(private):
    ds, named, orphan = ct(), Dataset(), Dataset()
    for item in (named, orphan):
        item.add_new(0x20011003, "FL", 1.5)
    named.add_new(0x20010010, "LO", PHILIPS)
    ds.add_new(0x20010010, "LO", PHILIPS)
    ds.AnatomicRegionSequence = [named, orphan]
    first, second = private(ds).ds.AnatomicRegionSequence
    assert first[0x20011003].value == 1.5 and 0x20011003 not in second


def test_the_items_of_a_private_sequence_are_cleaned_like_any(private):
    inner = Dataset()
    inner.PatientName, inner.RescaleSlope = "Vögelein", "2"
    inner.add_new(0x00290010, "LO", "MAKER")
    inner.add_new(0x00291001, "LO", "Voegelein")
    found = private(with_elements((0x68, "SQ", [inner]))).ds[0x20011068].value[0]
    assert [element.keyword for element in found] == ["PatientName", "RescaleSlope"] and found.PatientName == ""


def test_a_safe_element_is_no_better_than_its_value(private):
    ds = with_elements(
        (0x6E, "SH", "Voegelein T2"), (0x50, "LO", "MRN-77123 1952-03-09 T2"), (0x5A, "LO", "x"), (0x03, "LO", "text")
    )
    ds.PatientName = "Voegelein^Hildegard"
    after = private(ds)
    assert after.ds[0x2001106E].value == "T2" and after.ds[0x20011050].value == "MRN- T2"
    assert 0x2001105A not in after.ds, "its VR is another than the standard's"
    assert 0x20011003 not in after.ds and b"oegelein" not in after.data


def test_implicit_objects_get_the_vr_of_the_table(private):
    ds = with_elements((0x03, "FL", 1.5), (0x6E, "SH", "T2"))
    ds.file_meta.TransferSyntaxUID = ImplicitVRLittleEndian
    after = private(written(ds, implicit=True)).ds
    assert after[0x20010010].value == PHILIPS and after[0x20011003].value == 1.5


def test_a_value_of_unknown_vr_goes_from_a_big_endian_object(private):
    ds = with_elements((0x03, "FL", 1.5), (0x6E, "UN", b"T2"))
    ds.file_meta.TransferSyntaxUID = ExplicitVRBigEndian
    after = private(written(ds, big=True)).ds
    assert after[0x20011003].value == 1.5 and 0x2001106E not in after


def test_a_private_sequence_that_cannot_be_read_goes_alone(private):
    ds = with_elements((0x68, "UN", b"no items at all"), (0x03, "FL", 1.5))
    after = private(ds).ds
    assert 0x20011068 not in after and after[0x20011003].value == 1.5 and after.PatientID


def written(ds, *, implicit=False, big=False):
    ds.file_meta.MediaStorageSOPClassUID, ds.file_meta.MediaStorageSOPInstanceUID = ds.SOPClassUID, ds.SOPInstanceUID
    buffer = BytesIO()
    ds.save_as(buffer, implicit_vr=implicit, little_endian=not big, enforce_file_format=True)
    assert dcmread(BytesIO(buffer.getvalue())).PatientID
    return buffer.getvalue()


def creator_of(tag):
    return tag & 0xFFFF0000 | (tag >> 8 & 0xFF)
