"""The list of planted identities is true and complete: each string is in the bytes, and no identity is off the list."""

import json
from typing import Any

import pytest
from pydicom import dcmread

from sample_studies import Manifest

_CODECS = {"": "ascii", "ISO_IR 100": "latin-1", "GB18030": "gb18030", "ISO_IR 192": "utf-8"}
_KINDS = ("names", "ids", "dates", "others")


@pytest.fixture(scope="module")
def planted(samples: Manifest) -> list[dict[str, Any]]:
    patients: list[dict[str, Any]] = json.loads(samples.planted.read_text(encoding="utf-8"))["patients"]
    return patients


def _codec(entry: dict[str, Any]) -> str:
    charset = entry["charset"]
    return "iso2022_jp" if "ISO 2022 IR 87" in charset else _CODECS[charset[0] if charset else ""]


def _strings(entry: dict[str, Any]) -> list[str]:
    return [string for kind in _KINDS for string in entry[kind]]


def test_there_is_one_entry_per_study(samples: Manifest, planted: list[dict[str, Any]]) -> None:
    assert [entry["slug"] for entry in planted] == [study.slug for study in samples.studies]
    assert [entry["study_uid"] for entry in planted] == [study.study_instance_uid for study in samples.studies]


def test_every_planted_string_is_in_the_bytes_of_every_file(samples: Manifest, planted: list[dict[str, Any]]) -> None:
    for entry in planted:
        for path in samples.study(entry["slug"]).files:
            data = path.read_bytes()
            missing = [string for string in _strings(entry) if string.encode(_codec(entry)) not in data]
            assert not missing, (path.name, missing)


def test_planted_strings_are_long_enough_not_to_occur_by_chance(planted: list[dict[str, Any]]) -> None:
    for entry in planted:
        for string in _strings(entry):
            assert len(string.encode("utf-16-le")) >= 6, string
            assert len(string.encode(_codec(entry))) >= 5, string


def test_a_patient_is_found_in_the_own_study_only(samples: Manifest, planted: list[dict[str, Any]]) -> None:
    for entry in planted:
        own = [*entry["names"], *entry["ids"][1:3]]
        for study in samples.studies:
            if study.slug != entry["slug"]:
                data = study.files[0].read_bytes()
                assert not [string for string in own if string.encode(_codec(entry)) in data]


def test_no_person_name_or_date_in_any_header_is_off_the_list(samples: Manifest, planted: list[dict[str, Any]]) -> None:
    for entry in planted:
        names, dates = {*entry["names"], *entry["others"]}, set(entry["dates"])
        for path in samples.study(entry["slug"]).files:
            for element in dcmread(path, stop_before_pixels=True).iterall():
                if element.VR == "PN" and element.value:
                    assert str(element.value) in names, element.tag
                if element.VR in ("DA", "DT") and element.value:
                    assert str(element.value)[:8] in dates, element.tag


def test_identities_sit_in_every_kind_of_element(samples: Manifest) -> None:
    for study in samples.studies:
        dataset = dcmread(study.files[0], stop_before_pixels=True)
        assert {"PN", "LO", "SH", "ST", "LT", "DA", "DT", "SQ"} <= {element.VR for element in dataset.iterall()}
        private = [element for element in dataset if element.tag.is_private]
        assert {element.tag.group for element in private} == {0x0009, 0x0029}
        assert dataset.RequestAttributesSequence[0].AccessionNumber == dataset.AccessionNumber
        modified = dataset.OriginalAttributesSequence[0].ModifiedAttributesSequence[0]
        assert modified.PatientID == dataset.OtherPatientIDsSequence[0].PatientID


def test_only_the_ultrasound_lists_text_in_its_pixels(planted: list[dict[str, Any]]) -> None:
    burned = {entry["slug"]: entry["burned_in"] for entry in planted if entry["burned_in"]}
    assert burned.keys() == {"us-echo"}
    assert "NV-5520667" in burned["us-echo"][0]


def test_the_banner_is_in_the_pixels_of_every_ultrasound_frame(samples: Manifest) -> None:
    for path in samples.study("us-echo").files:
        dataset = dcmread(path)
        frames = dataset.pixel_array if "NumberOfFrames" in dataset else dataset.pixel_array[None]
        for frame in frames:
            assert (frame[5:22, 8:200].max(axis=2) > 150).sum() > 300
