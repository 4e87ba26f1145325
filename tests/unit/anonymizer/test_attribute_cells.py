"""Each of the 1,293 cells of PS3.15 Table E.1-1, seen in what becomes of an attribute of a whole object.

One object holds every attribute of the table that an object can hold, at its top level and in an item of a sequence
that no rule touches; it is cleaned once for the Basic Profile and once for each option. What may be seen is worked out
from the letters of the cell alone.
"""

import csv
from functools import cache
from io import BytesIO
from pathlib import Path

import pytest
from pydicom import Dataset, dcmread
from pydicom.datadict import DicomDictionary  # type: ignore[attr-defined]

import anonymizer
from anonymizer import Context, NodeKey, Profile, deidentify, map_uid
from anonymizer.attribute_types import attribute_type
from anonymizer.dictionary import public_vr
from anonymizer.identities import PATIENT_IDENTIFIERS
from tests.unit.anonymizer.conftest import ct

KEY = NodeKey(bytes(range(32)))
UID = "1.2.276.0.999.77"
MAPPED = map_uid(KEY, site="site", uid=UID)
_TABLE = Path(anonymizer.__file__).parent / "data" / "confidentiality_profile.tsv"
ROWS = list(csv.DictReader(_TABLE.read_text("utf-8").splitlines()[1:], delimiter="\t"))
OPTIONS = tuple(name for name in ROWS[0] if name.startswith(("retain", "clean")))
CELLS = [(row["tag"], option) for row in ROWS for option in ("basic", *OPTIONS) if row[option]]
PARENT = 0x00082218  # Anatomic Region Sequence, which no row names
MASKS = {"odd": 0x00291001, "50xxxxxx": 0x50003000, "60xx3000": 0x60003000, "60xx4000": 0x60004000}
# Never looked at as data: the command, the file meta and a directory; what decides how the object is read or laid out.
NOT_OF_A_DATA_SET = frozenset({0x0000, 0x0002})
# A directory, and copies of attributes that were changed, encrypted or signed: they go, whatever an option says.
NEVER_KEPT = frozenset({0x0004, 0x0400, 0xFFFA, 0xFFFC})
ZONES = {"00080201": "TM"}  # an offset from UTC is no date, and stays where times do
IDENTIFYING = frozenset({"00080018", "0020000D", "0020000E"})
ICON = "00880200"
PSEUDONYMOUS = frozenset({"00100010", "00100020"})
GIVEN = {
    "AE": "QUIRL_AE", "AS": "045Y", "CS": "MONO", "DA": "20240110", "DS": "1.5", "DT": "20240110101112", "IS": "7",
    "LO": "Chest Wergeltok", "LT": "Chest Wergeltok", "OB": b"\1\2", "PN": "Quirlante", "SH": "+0100",
    "SQ": "items", "ST": "Chest Wergeltok", "TM": "101112", "UC": "Chest Wergeltok", "UI": UID, "UR": "http://q.example",
    "US": 1, "UT": "Chest Wergeltok", "FD": 1.5, "FL": 1.5, "OW": b"\1\2", "UN": b"Wergeltok!",
}  # fmt: skip


def vr_of(tag: str) -> str | None:
    """Return the VR of a row's attribute, None where the library's dictionary does not know it yet."""
    if tag in MASKS:
        return {"odd": "LO", "60xx4000": "LT"}.get(tag, "OW")
    entry = DicomDictionary.get(int(tag, 16))
    return entry[0].split(" ")[0] if entry else public_vr(int(tag, 16))


def may_stand_in_a_data_set(tag: str) -> bool:
    return tag in MASKS or int(tag, 16) >> 16 not in NOT_OF_A_DATA_SET


def plant(ds: Dataset) -> None:
    for row in ROWS:
        tag, vr = row["tag"], vr_of(row["tag"]) or "LO"
        if not may_stand_in_a_data_set(tag) or tag in IDENTIFYING:
            continue
        value = GIVEN[vr]
        if vr == "SQ":
            inner = Dataset()
            inner.ReferencedSOPClassUID, inner.ReferencedSOPInstanceUID = "1.2.840.10008.5.1.4.1.1.2", UID
            value = [inner]
        number = MASKS.get(tag) or int(tag, 16)
        ds.add_new(number, vr, "ID-77123" if number in PATIENT_IDENTIFIERS and vr != "SQ" else value)
    ds.add_new(0x00290010, "LO", "WERGELTOK MAKER")


@cache
def planted() -> bytes:
    ds = ct()
    inner = Dataset()
    plant(ds)
    plant(inner)
    ds.add_new(PARENT, "SQ", [inner])
    ds.SOPInstanceUID = ds.StudyInstanceUID = ds.SeriesInstanceUID = UID
    ds.file_meta.MediaStorageSOPClassUID, ds.file_meta.MediaStorageSOPInstanceUID = ds.SOPClassUID, UID
    ds.BurnedInAnnotation, ds.Modality = "NO", "CT"
    buffer = BytesIO()
    ds.save_as(buffer, enforce_file_format=True)
    return buffer.getvalue()


@cache
def cleaned(option: str) -> tuple[Dataset, Dataset]:
    """Return the object after a cleaning under one option, and the item of its sequence."""
    profile = Profile("one-option", "One option", () if option == "basic" else (option,))
    sink = BytesIO()
    deidentify(BytesIO(planted()), sink, Context(KEY, "site", "OVR-1", "scope", profile))
    after = dcmread(BytesIO(sink.getvalue()))
    return after, after[PARENT].value[0]


def seen(ds: Dataset, tag: int, vr: str) -> str:
    """Return a letter for what stands there: X nothing, Z empty, U mapped, D something else, K as given."""
    if tag not in ds:
        return "X"
    element = ds[tag]
    if element.is_empty or element.value in ([], ""):
        return "Z"
    if vr == "SQ":
        found = str(element.value[0].get("ReferencedSOPInstanceUID", ""))
        return {UID: "K", MAPPED: "U"}.get(found, "D")
    if element.value == GIVEN[vr] or str(element.value) == str(GIVEN[vr]):
        return "K"
    return "U" if str(element.value) == MAPPED else "D"


def allowed(letters: str, vr: str, kind: str) -> set[str]:
    """Return what may be seen for the letters of a cell, where the attribute has a Type: the strictest valid form."""
    if letters == "X":
        return {"X"}
    if letters == "U":
        return {"U"}
    if letters == "K" and vr == "OB":
        return {"X"}  # the time stamp of a video frame: bytes that nobody looks into
    if letters == "K":
        return {"K", "U"} if vr == "SQ" else {"K"}  # what lies in a kept sequence is decided by rows of its own
    if letters == "C":
        # A cleaning never leaves the name; a VR or a bitmap that nothing can clean falls back on the basic action.
        return {"X", "Z", "D", "U"} | ({"K"} if vr in {"TM", "CS", "SQ", "OB"} else set())
    by_type = {"1": {"D", "U"}, "2": {"Z"}, "3": {"X", "Z"}}[kind]
    return by_type | ({"Z"} if letters == "Z" and kind != "1" else set()) | ({"D", "U"} if letters == "D" else set())


def test_the_table_has_the_cells_of_the_standard():
    assert len(CELLS) == 1293 and len(ROWS) == 657


@pytest.mark.parametrize("option", ["basic", *OPTIONS])
def test_every_attribute_becomes_what_its_cell_says(option):
    wrong = []
    for row in ROWS:
        tag, letters = row["tag"], row[option]
        if not letters or not may_stand_in_a_data_set(tag) or tag in IDENTIFYING:
            continue
        vr, number = vr_of(tag) or "LO", MASKS.get(tag) or int(tag, 16)
        for parent, ds in ((0, cleaned(option)[0]), (PARENT, cleaned(option)[1])):
            kind = attribute_type("1.2.840.10008.5.1.4.1.1.2", parent, number)
            found = seen(ds, number, vr)
            if parent == 0 and tag == ICON:
                assert found == "D"  # what was there is gone: another is made of the published pixels
            elif parent == 0 and tag in PSEUDONYMOUS:
                assert str(ds[number].value) == "OVR-1"
            elif found not in ({"X"} if number >> 16 in NEVER_KEPT else allowed(letters, ZONES.get(tag, vr), kind)):
                wrong.append((tag, row["name"], vr, kind, letters, found))
    assert not wrong


def test_what_places_an_instance_is_mapped_or_retained_in_the_object_and_its_meta():
    for option in ("basic", *OPTIONS):
        ds, expected = cleaned(option)[0], UID if option == "retain-uids" else MAPPED
        assert {str(ds[int(tag, 16)].value) for tag in IDENTIFYING} == {expected}
        assert ds.file_meta.MediaStorageSOPInstanceUID == expected
        assert not [element for element in ds if element.tag.group in NOT_OF_A_DATA_SET]
