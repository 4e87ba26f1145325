"""De-identification without a node: the same rules, names below the output that bear no identity."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pydicom import dcmread

from anonymizer import leaks, subject_of
from anonymizer.pixels import can_read_text
from config.errors import Conflict, Malformed, Misconfigured
from gateway.offline import deidentify_folder
from tests.unit.gateway.test_pixels_cleaned import BANNER, COLUMNS, ultrasound

Part10 = Callable[..., bytes]


def run(source: Path, target: Path, *, key_file: Path | None = None, profile: str = "second-read") -> dict[str, Any]:
    return deidentify_folder(source, target, profile=profile, key_file=key_file, on_file=lambda: None)


@pytest.fixture
def folder(tmp_path: Path, part10: Part10) -> Path:
    """Return a folder with two objects, one with burned-in text, and a note."""
    source = tmp_path / "Planted Identity"
    (source / "deep").mkdir(parents=True)
    (source / "a.dcm").write_bytes(part10(1))
    (source / "deep" / "b.dcm").write_bytes(part10(2))
    (source / "c.dcm").write_bytes(part10(3, BurnedInAnnotation="YES"))
    (source / "note.txt").write_text("for Planted Identity")
    return source


def test_every_file_has_an_outcome(folder: Path, tmp_path: Path) -> None:
    report = run(folder, tmp_path / "out")
    outcomes = {each["source"]: each["outcome"] for each in report["files"]}
    assert outcomes == {"a.dcm": "written", "deep/b.dcm": "written", "c.dcm": "refused", "note.txt": "skipped"}


def test_what_is_written_bears_no_identity_in_name_or_content(folder: Path, tmp_path: Path) -> None:
    run(folder, tmp_path / "out")
    written = [path for path in (tmp_path / "out").rglob("*") if path.is_file()]
    assert len(written) == 2
    assert len({path.parent for path in written}) == 1
    for path in written:
        assert path.name == f"{dcmread(path).SOPInstanceUID}.dcm"
        for planted in (b"Planted", b"PATIENT-1", b"1.2.826.0.1.3680043.10.2"):
            assert planted not in path.read_bytes()
            assert planted.decode() not in str(path.relative_to(tmp_path / "out"))


def test_source_is_left_as_it_was(folder: Path, tmp_path: Path, part10: Part10) -> None:
    run(folder, tmp_path / "out")
    assert (folder / "a.dcm").read_bytes() == part10(1)
    assert len(list(folder.rglob("*.*"))) == 4


def test_same_key_gives_the_same_objects_and_another_key_others(folder: Path, tmp_path: Path) -> None:
    key, other = tmp_path / "key", tmp_path / "other"
    key.write_text("ab" * 32)
    other.write_text("cd" * 32)
    targets = [
        {each["target"] for each in run(folder, tmp_path / name, key_file=file)["files"]}
        for name, file in (("1", key), ("2", key), ("3", other))
    ]
    assert targets[0] == targets[1] != targets[2]


def test_single_file_goes_into_a_single_file_and_overwrites_none(folder: Path, tmp_path: Path) -> None:
    report = run(folder / "a.dcm", tmp_path / "one.dcm")
    assert report["files"][0]["target"] == "one.dcm"
    assert dcmread(tmp_path / "one.dcm").PatientIdentityRemoved == "YES"
    with pytest.raises(Conflict):
        run(folder / "a.dcm", tmp_path / "one.dcm")


def test_output_inside_the_input_is_refused(folder: Path) -> None:
    with pytest.raises(Conflict):
        run(folder, folder / "out")
    assert not (folder / "out").exists()


def test_unknown_profile_is_named(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="nonesuch"):
        run(folder, tmp_path / "out", profile="nonesuch")


@pytest.mark.parametrize("content", ["", "ab" * 31, "zz" * 32, "ab" * 33])
def test_key_of_another_form_is_refused_without_being_echoed(folder: Path, tmp_path: Path, content: str) -> None:
    key = tmp_path / "key"
    key.write_text(content)
    with pytest.raises(Malformed, match="64 hexadecimal") as caught:
        run(folder, tmp_path / "out", key_file=key)
    assert not content or content not in str(caught.value)


def test_truncated_object_leaves_nothing_behind(tmp_path: Path, part10: Part10) -> None:
    source = tmp_path / "in"
    source.mkdir()
    (source / "cut.dcm").write_bytes(part10()[:-50])
    report = run(source, tmp_path / "out")
    assert report["files"][0]["outcome"] == "unreadable"
    assert not any(path.is_file() for path in (tmp_path / "out").rglob("*"))


def test_two_processes_do_what_one_does(folder: Path, tmp_path: Path, part10: Part10) -> None:
    for number in range(10, 90):
        (folder / f"{number}.dcm").write_bytes(part10(number))
    key = tmp_path / "key"
    key.write_text("ab" * 32)
    found: list[int] = []
    reports = [
        deidentify_folder(
            folder,
            tmp_path / f"with {processes}",
            profile="second-read",
            key_file=key,
            on_found=found.append,
            processes=processes,
        )
        for processes in (1, 2)
    ]
    assert reports[0] == reports[1] and found == [84, 84]
    for each in reports[0]["files"]:
        if each["target"]:
            first, second = (tmp_path / f"with {processes}" / each["target"] for processes in (1, 2))
            assert first.read_bytes() == second.read_bytes()


def test_result_that_still_bears_the_identity_is_not_written(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.offline_file.verify", lambda sink, known: ["name"] if known.names else [])
    report = run(folder, tmp_path / "out")
    outcomes = {each["source"]: (each["outcome"], each["reason"]) for each in report["files"]}
    assert outcomes["a.dcm"] == ("refused", "The result still bore an identity (name).")
    assert not any(path.is_file() for path in (tmp_path / "out").rglob("*"))


def test_what_a_file_says_of_the_patient_is_what_the_result_is_searched_for(folder: Path, tmp_path: Path) -> None:
    with (folder / "a.dcm").open("rb") as stream:
        known = subject_of(stream).known
    assert leaks((folder / "a.dcm").read_bytes(), known)
    run(folder, tmp_path / "out")
    assert not any(leaks(path.read_bytes(), known) for path in (tmp_path / "out").rglob("*.dcm"))


def test_burned_in_text_is_blacked_by_rule_and_the_report_says_so(tmp_path: Path, part10: Part10) -> None:
    (tmp_path / "us.dcm").write_bytes(part10(1, **ultrasound()))
    report = deidentify_folder(
        tmp_path / "us.dcm", tmp_path / "out.dcm", profile="second-read", key_file=None, rules_alone=True
    )
    if can_read_text():
        assert report["files"][0]["pixels"]["rules"] == ["ultrasound-regions", "text-read"]
    else:
        assert report["files"][0]["pixels"]["boxes"] == [[0, 0, COLUMNS, BANNER]]
    result = dcmread(tmp_path / "out.dcm")
    assert not any(result.PixelData[: COLUMNS * BANNER]) and any(result.PixelData)
    assert result.BurnedInAnnotation == "NO"
    assert not list(tmp_path.glob(".*")) and not list(tmp_path.glob("tmp*"))


def test_an_image_of_which_it_is_unsure_is_not_written(tmp_path: Path, part10: Part10) -> None:
    words = ultrasound("PLANTED IDENTITY 77")
    del words["SequenceOfUltrasoundRegions"]
    (tmp_path / "us.dcm").write_bytes(part10(1, **words))
    report = run(tmp_path / "us.dcm", tmp_path / "out.dcm", profile="basic")
    assert report["files"][0]["outcome"] == "refused"
    assert not (tmp_path / "out.dcm").exists()
    if not can_read_text():
        report = run(tmp_path / "us.dcm", tmp_path / "out.dcm")
        assert report["files"][0]["outcome"] == "refused" and not (tmp_path / "out.dcm").exists()
