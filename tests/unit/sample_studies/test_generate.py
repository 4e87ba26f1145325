"""The samples are what the manifest says, the same on every run, and readable by a foreign library."""

import hashlib
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from pydicom import dcmread
from pydicom.errors import InvalidDicomError

from sample_studies import SITES, Manifest, generate


def _digests(folder: Path) -> dict[str, str]:
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_the_same_call_writes_the_same_bytes(samples: Manifest, tmp_path: Path) -> None:
    generate(tmp_path, small=True)
    assert _digests(tmp_path) == _digests(samples.folder)


def test_a_manifest_read_back_equals_the_one_returned(samples: Manifest) -> None:
    assert Manifest.from_folder(samples.folder) == samples


def test_an_unknown_slug_is_a_key_error(samples: Manifest) -> None:
    with pytest.raises(KeyError):
        samples.study("ct-nowhere")


def test_the_three_hospitals_have_distinct_names_titles_languages_and_currencies() -> None:
    for kind in ("name", "ae_title", "language", "currency", "issuer"):
        assert len({getattr(site, kind) for site in SITES}) == 3
    assert all(len(site.ae_title) <= 16 and site.ae_title.isascii() for site in SITES)


def test_every_site_sends_every_state_and_one_study_comes_by_upload(samples: Manifest) -> None:
    assert {study.site for study in samples.studies} == {site.name for site in SITES}
    assert Counter(study.door for study in samples.studies)["upload"] == 1
    assert {study.slug for study in samples.studies if study.expected_state == "unmatched"} == {
        "ct-followup",
        "ct-twin-south",
        "mr-unknown",
    }
    assert {study.modality for study in samples.studies} == {"CT", "MR", "DX", "MG", "US", "XA"}


def test_dispositions_account_for_every_file(samples: Manifest) -> None:
    for study in samples.studies:
        assert sum(study.expected_dispositions.values()) == len(study.files)


def test_the_uploaded_folder_holds_one_duplicate_and_one_file_that_is_no_dicom(samples: Manifest) -> None:
    study = samples.study("mr-brain")
    assert study.door == "upload"
    counts = Counter(path.read_bytes() for path in study.files)
    assert sorted(counts.values())[-2:] == [1, 2]
    assert set(study.folder.iterdir()) == {*study.files, *study.extra_files}
    (readme,) = study.extra_files
    with pytest.raises(InvalidDicomError):
        dcmread(readme)


def test_the_twins_share_patient_id_and_all_uids_but_nothing_else(samples: Manifest) -> None:
    north, south = samples.study("ct-twin-north"), samples.study("ct-twin-south")
    assert north.site != south.site
    for first, second in zip(north.files, south.files, strict=True):
        one, other = dcmread(first), dcmread(second)
        for keyword in ("PatientID", "StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID"):
            assert one[keyword].value == other[keyword].value
        for keyword in ("PatientName", "PatientBirthDate", "AccessionNumber", "IssuerOfPatientID", "StudyDate"):
            assert one[keyword].value != other[keyword].value


def test_uids_are_valid_and_shared_by_the_twins_and_the_duplicate_only(samples: Manifest) -> None:
    seen: Counter[str] = Counter()
    for study in samples.studies:
        for path in study.files:
            dataset = dcmread(path, stop_before_pixels=True)
            for element in dataset.iterall():
                if element.VR == "UI" and element.value:
                    assert element.value.is_valid, element
            assert dataset.file_meta.MediaStorageSOPInstanceUID == dataset.SOPInstanceUID
            assert dataset.StudyInstanceUID == study.study_instance_uid
            seen[dataset.SOPInstanceUID] += 1
    assert sum(count - 1 for count in seen.values()) == len(samples.study("ct-twin-south").files) + 1


def test_references_to_images_point_into_the_same_study(samples: Manifest) -> None:
    found = 0
    for study in samples.studies:
        datasets = [dcmread(path, stop_before_pixels=True) for path in study.files]
        instances = {dataset.SOPInstanceUID for dataset in datasets}
        for dataset in datasets:
            for item in dataset.get("ReferencedImageSequence", []):
                assert item.ReferencedSOPInstanceUID in instances
                found += 1
    assert found > 5


def test_every_frame_decodes_to_an_image_with_contrast(samples: Manifest) -> None:
    for study in samples.studies:
        for path in study.files:
            dataset = dcmread(path)
            pixels = dataset.pixel_array
            frames = pixels if "NumberOfFrames" in dataset else pixels[None]
            assert len(frames) == int(dataset.get("NumberOfFrames", 1))
            assert all(np.std(frame) > 1.0 for frame in frames), path
            limit = 1 << dataset.BitsStored
            assert int(frames.max()) < limit
            assert int(frames.min()) >= (-limit if dataset.PixelRepresentation else 0)


def test_the_transfer_syntaxes_and_character_sets_promised_are_there(samples: Manifest) -> None:
    headers = [dcmread(path, stop_before_pixels=True) for study in samples.studies for path in study.files]
    assert {header.file_meta.TransferSyntaxUID.name for header in headers} == {
        "Explicit VR Little Endian",
        "Implicit VR Little Endian",
        "RLE Lossless",
        "JPEG-LS Lossless Image Compression",
        "JPEG 2000 Image Compression (Lossless Only)",
        "JPEG Baseline (Process 1)",
    }
    charsets = {str(header.get("SpecificCharacterSet", "")) for header in headers}
    assert charsets == {"", "ISO_IR 100", "ISO_IR 192", "GB18030", "['', 'ISO 2022 IR 87']"}


def test_only_the_jpeg_loop_is_lossy_and_says_so(samples: Manifest) -> None:
    for study in samples.studies:
        for path in study.files:
            header = dcmread(path, stop_before_pixels=True)
            lossy = header.file_meta.TransferSyntaxUID.name.startswith("JPEG Baseline")
            assert header.get("LossyImageCompression", "00") == ("01" if lossy else "00")
            assert ("LossyImageCompressionRatio" in header) == lossy


def test_burned_in_annotation_is_yes_for_the_ultrasound_only(samples: Manifest) -> None:
    for study in samples.studies:
        for path in study.files:
            header = dcmread(path, stop_before_pixels=True)
            assert header.BurnedInAnnotation == ("YES" if study.modality == "US" else "NO")


def test_headers_are_as_full_as_real_ones(samples: Manifest) -> None:
    for study in samples.studies:
        header = dcmread(study.files[0], stop_before_pixels=True)
        assert sum(1 for _ in header.iterall()) >= 120
        birth, taken = header.PatientBirthDate, header.StudyDate
        age = int(taken[:4]) - int(birth[:4]) - (taken[4:] < birth[4:])
        assert header.PatientAge == f"{age:03d}Y"


@pytest.mark.slow
def test_the_full_set_has_about_150_instances_of_the_same_studies(samples: Manifest, tmp_path: Path) -> None:
    full = generate(tmp_path)
    assert 140 <= sum(len(study.files) for study in full.studies) <= 160
    assert 35 <= sum(len(study.files) for study in samples.studies) <= 45
    assert [study.study_instance_uid for study in full.studies] == [
        study.study_instance_uid for study in samples.studies
    ]
    for path in (path for study in full.studies for path in study.files):
        assert dcmread(path).pixel_array.size
