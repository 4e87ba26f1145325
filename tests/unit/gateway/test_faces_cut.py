"""Faces on the way to publication: cut out of whole series where the profile asks for it, or kept for a person."""

from collections.abc import Iterable
from dataclasses import replace
from io import BytesIO

import numpy as np
import pytest
from pydicom import Dataset, dcmread
from pydicom.encaps import encapsulate
from pydicom.uid import JPEGLSLossless, PositronEmissionTomographyImageStorage

from anonymizer import parse_profile
from anonymizer.pixels.codecs import CODECS
from anonymizer.pixels.layout import PixelLayout
from gateway.deidentification.statement import deidentification_of
from gateway.intake import take_in
from gateway.offline import deidentify_folder
from gateway.quarantine import list_quarantine, release_objects
from tests.unit.anonymizer.faces.heads import Series, saved

CODE = "recognizable-visual-features"
PROFILE = 'title = "x"\nbase = "second-read"\nwith = ["clean-recognizable-visual-features"]'
AIR, PATIENT = 24, {"PatientName": "Planted^Identity", "PatientID": "PATIENT-1", "PatientBirthDate": "19600102"}


def slices() -> list[bytes]:
    """Return the face of a head in few and coarse slices."""
    return Series(begin=(-126, -150, -76), step=(0, 0, 7.0), count=16, spacing=4.0, size=(75, 64)).files(**PATIENT)


@pytest.fixture
def asking(gate):
    """Return a gate whose node publishes no face."""
    asking = replace(gate, node=replace(gate.node, profile=parse_profile("faces", PROFILE)))
    asking.case()
    return asking


def receive(gate, files: Iterable[bytes]) -> None:
    entries = [gate.spool(file) for file in files]
    assert take_in(gate.node, entries) == len(entries)


def published(gate) -> list[Dataset]:
    folder = gate.node.settings.home / "published"
    return [dcmread(path) for path in folder.rglob("*") if path.is_file()]


def reasons(gate) -> set[str]:
    with gate.node.identity.read() as session:
        return {row["reason"] for row in list_quarantine(session)}


def others() -> list[bytes]:
    """Return an overview and a PET slice of the same head, each in a series of its own."""
    ds = dcmread(BytesIO(slices()[0]))
    ds.ImageType, ds.SeriesInstanceUID, ds.SOPInstanceUID = ["ORIGINAL", "PRIMARY", "LOCALIZER"], "1.2.3.4", "1.2.3.4.1"
    overview = saved(ds)
    ds.SOPClassUID, ds.SeriesInstanceUID, ds.SOPInstanceUID = PositronEmissionTomographyImageStorage, "1.2.3.5", "1.2.5"
    return [overview, saved(ds)]


def test_a_series_waits_until_it_is_whole_and_is_published_without_a_face(asking) -> None:
    files = slices()
    receive(asking, [*reversed(files[:6] + files[7:]), *others()])
    asking.run()
    assert set(asking.dispositions()) == {("quarantined", CODE)}
    assert {each.split(": ")[1].split(";")[0][:24] for each in reasons(asking)} == {
        "the slices lie too far a",
        "the picture is a project",
        "only slices of CT and MR",
    }
    receive(asking, files[6:7])
    asking.run()
    assert asking.dispositions() == [("published", None)] * 15 + [("quarantined", CODE)] * 2 + [("published", None)]
    results = published(asking)
    assert {result.RecognizableVisualFeatures for result in results} == {"NO"}
    assert all("113102" in [each.CodeValue for each in one.DeidentificationMethodCodeSequence] for one in results)
    before = {float(ds.ImagePositionPatient[2]): ds.pixel_array for ds in (dcmread(BytesIO(file)) for file in files)}
    assert all((ds.pixel_array != before[float(ds.ImagePositionPatient[2])]).sum() > 100 for ds in results)
    with asking.node.identity.read() as session:
        statement = deidentification_of(session, asking.study().study_uid)
    assert "Clean Recognizable Visual Features Option" in str(statement)
    release_objects(asking.node, [16], actor="clerk")  # the overview
    asking.run()
    assert asking.dispositions()[15:17] == [("published", None), ("quarantined", CODE)]
    assert sum("RecognizableVisualFeatures" in each for each in published(asking)) == len(files)


def test_slices_that_come_after_the_others_were_published_are_cut_with_them_in_sight(asking) -> None:
    files = slices()
    receive(asking, files[:-3])
    asking.run()
    assert set(asking.dispositions()) == {("published", None)}
    early = {ds.SOPInstanceUID: ds.PixelData for ds in published(asking)}
    receive(asking, files[-3:])
    asking.run()
    assert set(asking.dispositions()) == {("published", None)}
    now = {ds.SOPInstanceUID: ds.PixelData for ds in published(asking)}
    assert len(now) == len(files) and early.items() <= now.items()


def test_a_compressed_slice_is_looked_at_and_cut_in_the_decoding_process(asking) -> None:
    files, layout = slices(), PixelLayout(75, 64, 1, 1, "MONOCHROME2", 0, 16, 12, signed=False)
    ds = dcmread(BytesIO(files[6]))
    frame = CODECS[JPEGLSLossless].encode(ds.pixel_array, layout, b"\xff\xd8\xff\xf7\x00\x0b\x0c")
    ds.PixelData = encapsulate([frame])
    ds["PixelData"].VR = "OB"
    receive(asking, [*files[:6], saved(ds, JPEGLSLossless), *files[7:]])
    asking.run()
    assert set(asking.dispositions()) == {("published", None)}
    (result,) = [each for each in published(asking) if each.file_meta.TransferSyntaxUID == JPEGLSLossless]
    assert result.ImagePositionPatient[2] == -34 and np.count_nonzero(result.pixel_array == AIR) > 500


def test_the_command_cuts_a_folder_and_writes_nothing_of_a_series_that_it_is_not_sure_of(tmp_path) -> None:
    profile, source = tmp_path / "faces.toml", tmp_path / "in"
    profile.write_text(PROFILE, encoding="utf-8")
    source.mkdir()
    for number, file in enumerate(slices()):
        (source / f"{(number * 7) % 16:02}.dcm").write_bytes(file)
    report = deidentify_folder(source, tmp_path / "out", profile=str(profile), key_file=None)
    assert {each["outcome"] for each in report["files"]} == {"written"}
    assert all(each["face"]["moved"] > 0.97 for each in report["files"])
    (source / "07.dcm").unlink()
    report = deidentify_folder(source, tmp_path / "less", profile=str(profile), key_file=None)
    assert {each["outcome"] for each in report["files"]} == {"refused"}
    assert all("too far apart" in each["reason"] for each in report["files"])
    assert not [path for path in (tmp_path / "less").rglob("*") if path.is_file()]
