"""A load series is many valid slices of one study, each its own instance."""

from pathlib import Path

import pytest
from pydicom import dcmread

from sample_studies import ct_series


def test_slices_differ_in_uid_number_and_position_and_share_the_series(tmp_path: Path) -> None:
    paths = ct_series(tmp_path, count=25, rows=64, seed=3)
    headers = [dcmread(path) for path in paths]
    assert len({header.SOPInstanceUID for header in headers}) == 25
    assert len({header.SeriesInstanceUID for header in headers}) == 1
    assert [int(header.InstanceNumber) for header in headers] == list(range(1, 26))
    heights = [float(header.ImagePositionPatient[2]) for header in headers]
    assert heights == [number * 0.5 - 500 for number in range(1, 26)]
    assert [float(header.SliceLocation) for header in headers] == heights
    for header in headers:
        assert header.SOPInstanceUID.is_valid
        assert header.file_meta.MediaStorageSOPInstanceUID == header.SOPInstanceUID
        assert header.pixel_array.shape == (64, 64)


def test_files_are_of_one_size_and_the_same_on_every_run(tmp_path: Path) -> None:
    first, second = (ct_series(tmp_path / name, count=4, rows=32) for name in ("one", "two"))
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in second]
    assert len({path.stat().st_size for path in first}) == 1


def test_another_seed_is_another_patient_and_study(tmp_path: Path) -> None:
    one, other = (dcmread(ct_series(tmp_path / str(seed), count=1, rows=32, seed=seed)[0]) for seed in (1, 2))
    for keyword in ("PatientID", "PatientName", "StudyInstanceUID", "SOPInstanceUID", "AccessionNumber"):
        assert one[keyword].value != other[keyword].value


@pytest.mark.parametrize("count", [-1, 100_000])
def test_a_count_that_cannot_be_numbered_is_refused(tmp_path: Path, count: int) -> None:
    with pytest.raises(ValueError, match="count"):
        ct_series(tmp_path, count=count)
