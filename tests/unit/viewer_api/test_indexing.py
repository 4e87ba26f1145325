"""What the index keeps of an instance, whatever its header holds."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from io import BytesIO

import numpy as np
import pytest
from pydicom import dcmwrite
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import DeflatedExplicitVRLittleEndian, ExplicitVRBigEndian

from config.errors import Malformed, TooLarge
from viewer_api import inflating
from viewer_api.indexing import instance_record, instance_record_parts, series_record, study_record
from viewer_api.json_model import to_json_model

Make = Callable[..., bytes]
ARRAY = np.zeros((3, 8, 9), np.uint16)


def test_the_columns_come_from_the_header(make_image: Make) -> None:
    header = instance_record_parts(
        BytesIO(make_image(ARRAY, number=7, PatientSex="F", PatientAge="045Y", SeriesDescription="AX", StudyTime="10"))
    )
    assert (header.study_uid, header.series_uid, header.sop_instance_uid) == ("2.25.100", "2.25.200", "2.25.307")
    assert (header.rows, header.columns, header.frames, header.instance_number) == (8, 9, 3, 7)
    assert (header.pseudonym, header.sex, header.age, header.modality) == ("OVR-AAAA", "F", "045Y", "CT")
    assert (header.study_description, header.series_description) == ("CT HEAD", "AX")
    assert header.transfer_syntax_uid == "1.2.840.10008.1.2.1"


def test_the_levels_hold_their_own_attributes_and_no_pixels(make_image: Make) -> None:
    header = instance_record_parts(BytesIO(make_image(ARRAY)))
    assert "00100020" in header.study_attributes
    assert "00080060" not in header.study_attributes
    assert "00080060" in header.series_attributes
    assert "00280010" not in header.series_attributes
    assert header.attributes["7FE00010"] == {"vr": "OW", "BulkDataURI": "7FE00010"}
    assert len(json.dumps(header.attributes)) < 4000


def test_the_records_of_the_worklist_are_filled(make_image: Make) -> None:
    header = instance_record_parts(BytesIO(make_image(ARRAY)))
    study = study_record(header, site="north", received_at=datetime(2026, 1, 1, tzinfo=UTC))
    assert (study.site, study.pseudonym, study.study_date) == ("north", "OVR-AAAA", "20240102")
    assert series_record(header).series_uid == "2.25.200"
    instance = instance_record(header, blob="a" * 64, size=5)
    assert (instance.bytes, instance.frames, instance.blob) == (5, 3, "a" * 64)


def test_an_object_without_pixels_has_no_frames(make_image: Make) -> None:
    part10 = make_image(ARRAY)
    assert instance_record_parts(BytesIO(part10[: part10.index(b"\xe0\x7f\x10\x00")])).frames == 0


def _write(dataset: Dataset, syntax: str) -> BytesIO:
    dataset.StudyInstanceUID, dataset.SeriesInstanceUID = "2.25.1", "2.25.2"
    dataset.SOPInstanceUID, dataset.SOPClassUID = "2.25.3", "1.2.840.10008.5.1.4.1.1.2"
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = syntax
    target = BytesIO()
    dcmwrite(target, dataset, enforce_file_format=True)
    return target


def test_text_becomes_unicode_and_the_header_says_so() -> None:
    dataset = Dataset()
    dataset.SpecificCharacterSet, dataset.StudyDescription = "GB18030", "头部平扫"
    attributes = instance_record_parts(_write(dataset, "1.2.840.10008.1.2.1")).attributes
    assert attributes["00081030"]["Value"] == ["头部平扫"]
    assert attributes["00080005"]["Value"] == ["ISO_IR 192"]


PROCEDURE = "00081032"


def _procedure(meaning: str, charset: str, syntax: str = "1.2.840.10008.1.2.1") -> dict[str, object]:
    """Return what becomes of a sequence whose item holds a text in the character set of its image."""
    dataset, code = Dataset(), Dataset()
    dataset.SpecificCharacterSet, code.CodeMeaning = charset, meaning
    dataset.ProcedureCodeSequence = [code]
    found: dict[str, object] = instance_record_parts(_write(dataset, syntax)).attributes[PROCEDURE]
    return found


def _told(meaning: str) -> dict[str, object]:
    return {"vr": "SQ", "Value": [{"00080104": {"vr": "LO", "Value": [meaning]}}]}


def test_the_same_sequence_of_two_instances_is_converted_once() -> None:
    first = _procedure("Schädel", "ISO_IR 100")
    assert first == _told("Schädel")
    assert _procedure("Schädel", "ISO_IR 100") is first


def test_the_same_bytes_of_a_sequence_in_another_character_set_are_another_text() -> None:
    assert _procedure("Schädel", "ISO_IR 100") == _told("Schädel")
    same_bytes = "Schädel".encode("iso8859-1").decode("iso8859-5")
    assert _procedure(same_bytes, "ISO_IR 144") == _told(same_bytes)


def test_a_sequence_of_implicit_vr_is_converted_with_the_image_around_it() -> None:
    first = _procedure("Skull", "ISO_IR 100", "1.2.840.10008.1.2")
    assert first == _told("Skull")
    assert _procedure("Skull", "ISO_IR 100", "1.2.840.10008.1.2") is not first


@pytest.mark.parametrize("syntax", [ExplicitVRBigEndian, DeflatedExplicitVRLittleEndian])
def test_binary_values_are_kept_in_little_endian(syntax: str) -> None:
    dataset = Dataset()
    big = syntax == ExplicitVRBigEndian
    dataset.add_new("RedPaletteColorLookupTableData", "OW", b"\x01\x02\x03\x04" if big else b"\x02\x01\x04\x03")
    attributes = instance_record_parts(_write(dataset, syntax)).attributes
    assert attributes["00281201"] == {"vr": "OW", "InlineBinary": "AgEEAw=="}


def test_one_unreadable_value_does_not_lose_the_others() -> None:
    source = _write(Dataset(), "1.2.840.10008.1.2.1").getvalue()
    weight = b"\x10\x00\x30\x10DS\x04\x00abc "
    place = source.index(b"\x20\x00\x0d\x00")
    attributes = instance_record_parts(BytesIO(source[:place] + weight + source[place:])).attributes
    assert attributes["00101030"]["vr"] == "DS"
    assert attributes["0020000D"]["Value"] == ["2.25.1"]


def test_numbers_that_json_does_not_know_are_strings() -> None:
    dataset = Dataset()
    dataset.add_new("DoubleFloatRealWorldValueLastValueMapped", "FD", float("nan"))
    dataset.add_new("RealWorldValueIntercept", "FD", float("-inf"))
    model = to_json_model(dataset, little_endian=True)
    assert model["00409213"]["Value"] == ["NaN"]
    assert model["00409224"]["Value"] == ["-inf"]
    json.dumps(model, allow_nan=False)


def test_names_in_several_scripts_keep_their_groups() -> None:
    dataset = Dataset()
    dataset.SpecificCharacterSet = "ISO_IR 192"
    dataset.ReferringPhysicianName = "Yamada^Tarou=山田^太郎"
    model = to_json_model(dataset, little_endian=True)
    assert model["00080090"]["Value"] == [{"Alphabetic": "Yamada^Tarou", "Ideographic": "山田^太郎"}]


@pytest.mark.parametrize(
    "damage",
    [b"", b"DICM", b"\0" * 200, b"\0" * 128 + b"DICM", b"\0" * 128 + b"DICM\x02\x00\x10\x00UI\x02\x001\x00"],
)
def test_what_is_no_part_10_file_is_malformed(damage: bytes) -> None:
    with pytest.raises(Malformed):
        instance_record_parts(BytesIO(damage))


def test_an_instance_without_its_uids_is_malformed(make_image: Make) -> None:
    with pytest.raises(Malformed, match="SeriesInstanceUID"):
        instance_record_parts(BytesIO(make_image(ARRAY, SeriesInstanceUID="")))


def test_a_deflated_bomb_is_refused(make_image: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    dataset = Dataset()
    dataset.add_new("EncapsulatedDocument", "OB", b"\0" * 3_000_000)
    source = _write(dataset, DeflatedExplicitVRLittleEndian)
    assert len(source.getvalue()) < 10_000
    monkeypatch.setattr(inflating, "MAXIMUM_BYTES", 2_000_000)
    with pytest.raises(TooLarge):
        instance_record_parts(source)
