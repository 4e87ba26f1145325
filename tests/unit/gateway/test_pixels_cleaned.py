"""Burned-in text on the way to publication: blacked by rule, by a person's boxes, or kept for a person."""

import json
import sys
from collections.abc import Callable
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw
from pydicom import Dataset, dcmread
from pydicom.pixels import pixel_array
from pydicom.uid import CTImageStorage, ExplicitVRBigEndian, UltrasoundImageStorage, UltrasoundMultiFrameImageStorage
from sqlalchemy import select

from anonymizer.pixels import Box, can_read_text
from config.errors import Conflict, Malformed, NotFound
from gateway.cli import main
from gateway.deidentification.models import InstanceAudit
from gateway.deidentification.statement import deidentification_of
from gateway.quarantine import clean_objects, picture_of, release_objects
from worklist.models import PublishedStudy

Part10 = Callable[..., bytes]
COLUMNS, ROWS, BANNER = 320, 240, 40


@pytest.fixture(autouse=True)
def by_rules_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no reader of text be used, whether it is installed or not, and rules be enough."""
    monkeypatch.setenv("OVERREAD_DEIDENTIFY__READ_TEXT", "false")
    monkeypatch.setenv("OVERREAD_DEIDENTIFY__RULES_ALONE", "true")


def region(top: int) -> Dataset:
    item = Dataset()
    item.RegionSpatialFormat, item.RegionDataType, item.RegionFlags = 1, 1, 0
    item.RegionLocationMinX0, item.RegionLocationMinY0 = 0, top
    item.RegionLocationMaxX1, item.RegionLocationMaxY1 = COLUMNS - 1, ROWS - 1
    return item


def ultrasound(words_below: str = "") -> dict[str, object]:
    """Return the elements of an ultrasound image with a name in its banner, and perhaps words in the image."""
    canvas = Image.new("L", (COLUMNS, ROWS), 0)
    draw = ImageDraw.Draw(canvas)
    draw.ellipse((100, 90, 220, 210), fill=90)
    draw.text((6, 10), "Planted^Identity  PATIENT-1  1960-01-02", fill=255)
    draw.text((12, 120), words_below, fill=255)
    return {
        "SOPClassUID": UltrasoundImageStorage,
        "Modality": "US",
        "Rows": ROWS,
        "Columns": COLUMNS,
        "BitsAllocated": 8,
        "BitsStored": 8,
        "HighBit": 7,
        "PixelData": canvas.tobytes(),
        "SequenceOfUltrasoundRegions": [region(BANNER)],
    }


def published(gate) -> Dataset:
    folder = gate.node.settings.home / "published"
    (path,) = [path for path in folder.rglob("*") if path.is_file()]
    return dcmread(path)


def test_what_lies_outside_the_ultrasound_regions_is_blacked_and_the_rest_is_the_same(gate) -> None:
    elements = ultrasound()
    gate.publish(**elements)
    result = published(gate)
    before = np.frombuffer(elements["PixelData"], np.uint8).reshape(ROWS, COLUMNS)
    after = pixel_array(result, raw=True)
    assert before[:BANNER].any() and not after[:BANNER].any()
    assert np.array_equal(before[BANNER:], after[BANNER:])
    assert result.BurnedInAnnotation == "NO"
    assert "113101" in [item.CodeValue for item in result.DeidentificationMethodCodeSequence]


def test_the_audit_tells_the_boxes_and_no_identity(gate) -> None:
    study = gate.publish(**ultrasound())
    with gate.node.identity.read() as session:
        statement = deidentification_of(session, study.study_uid)
        audit = json.loads(session.get_one(InstanceAudit, statement["objects"][0]["audit"]).body)
    assert audit["pixels"] == {
        "rules": ["ultrasound-regions"],
        "boxes": [[0, 0, COLUMNS, BANNER]],
        "frames": 1,
        "share": round(BANNER / ROWS, 4),
    }
    assert "Planted" not in json.dumps(audit)


def test_text_that_no_rule_covers_keeps_the_object_for_a_person(gate) -> None:
    gate.case()
    gate.receive(gate.part10(**ultrasound("PLANTED IDENTITY 77")))
    assert gate.run() == "assess"
    assert gate.dispositions() == [("quarantined", "may-carry-burned-in-text")]
    assert "frame 1" in (gate.objects()[0].reason or "")


def film(words: str) -> dict[str, object]:
    """Return the elements of a film of three frames, of which the last one has words where there were none before."""
    still, last = ultrasound(), ultrasound(words)
    frames = {"NumberOfFrames": 3, "SOPClassUID": UltrasoundMultiFrameImageStorage}
    return still | frames | {"PixelData": still["PixelData"] * 2 + last["PixelData"]}


def test_text_that_only_the_last_frame_of_a_film_shows_keeps_it_for_a_person(gate) -> None:
    gate.case()
    gate.receive(gate.part10(**film("PLANTED IDENTITY 77")))
    assert gate.run() == "assess"
    assert gate.dispositions() == [("quarantined", "may-carry-burned-in-text")]
    assert "frame 3" in (gate.objects()[0].reason or "")


@pytest.mark.skipif(not can_read_text(), reason="RapidOCR (the extra `ocr`) is not installed")
def test_text_that_only_the_last_frame_of_a_film_shows_is_read_and_blacked_in_all(gate) -> None:
    settings = gate.node.settings.model_copy(
        update={"deidentify": gate.node.settings.deidentify.model_copy(update={"read_text": True})}
    )
    reading = replace(gate, node=replace(gate.node, settings=settings))
    reading.case()
    elements = film("PLANTED IDENTITY 77")
    reading.receive(gate.part10(**elements))
    assert reading.run() == "enlist"
    before = np.frombuffer(elements["PixelData"], np.uint8).reshape(3, ROWS, COLUMNS)
    after = pixel_array(published(gate), raw=True).reshape(3, ROWS, COLUMNS)
    assert not (after == 255).any()
    assert np.array_equal(before[:, 140:], after[:, 140:])


def test_without_regions_an_ultrasound_waits_for_a_person(gate) -> None:
    elements = ultrasound()
    del elements["SequenceOfUltrasoundRegions"]
    gate.case()
    gate.receive(gate.part10(**elements))
    assert gate.run() == "assess"
    assert gate.dispositions() == [("quarantined", "may-carry-burned-in-text")]


def test_where_nothing_reads_text_rules_are_not_enough_unless_the_settings_say_so(gate) -> None:
    cautious = gate.node.settings.model_copy(
        update={"deidentify": gate.node.settings.deidentify.model_copy(update={"rules_alone": False})}
    )
    waiting = replace(gate, node=replace(gate.node, settings=cautious))
    waiting.case()
    waiting.receive(gate.part10(**ultrasound()))
    assert waiting.run() == "assess"
    assert gate.dispositions() == [("quarantined", "may-carry-burned-in-text")]


def test_a_profile_without_the_option_leaves_pixels_to_a_person(gate, tmp_path: Path) -> None:
    node = replace(gate.node, profile=replace(gate.node.profile, name="none", options=()))
    cautious = replace(gate, node=node)
    cautious.case()
    cautious.receive(gate.part10(**ultrasound()))
    assert cautious.run() == "assess"
    assert cautious.dispositions() == [("quarantined", "may-carry-burned-in-text")]


def test_boxes_that_a_person_draws_are_blacked_and_the_rest_is_vouched_for(gate) -> None:
    elements = ultrasound("PLANTED IDENTITY 77")
    gate.case()
    gate.receive(gate.part10(**elements))
    gate.run()
    clean_objects(gate.node, [1], [Box(0, 0, COLUMNS, 30), Box(8, 116, 150, 20)], actor="clerk")
    assert gate.run() == "enlist"
    before = np.frombuffer(elements["PixelData"], np.uint8).reshape(ROWS, COLUMNS).copy()
    before[:30], before[116:136, 8:158] = 0, 0
    assert np.array_equal(pixel_array(published(gate), raw=True), before)
    assert any(action == "quarantine-cleaned" for action, _ in gate.audited())


def test_an_object_that_was_not_refused_for_its_pixels_is_not_cleaned(gate, part10: Part10) -> None:
    gate.case()
    gate.receive(part10()[:-100])
    gate.run()
    with pytest.raises((Conflict, NotFound)):
        clean_objects(gate.node, [1], [Box(0, 0, 5, 5)], actor="clerk")


def test_cleaning_without_a_box_is_refused(gate) -> None:
    gate.case()
    gate.receive(gate.part10(**ultrasound("PLANTED IDENTITY 77")))
    gate.run()
    with pytest.raises(Malformed, match="at least one box"):
        clean_objects(gate.node, [1], [], actor="clerk")
    with pytest.raises(Malformed, match="outside the image"):
        clean_objects(gate.node, [1], [Box(0, 0, 9, 9), Box(COLUMNS, 60, 300, 40)], actor="clerk")
    assert gate.dispositions() == [("quarantined", "may-carry-burned-in-text")]
    release_objects(gate.node, [1], actor="clerk")
    assert gate.run() == "enlist"


def test_a_person_sees_the_image_and_the_boxes_thought_of(gate) -> None:
    elements = ultrasound("PLANTED IDENTITY 77")
    gate.case()
    gate.receive(gate.part10(**elements))
    gate.run()
    shown = np.asarray(Image.open(BytesIO(picture_of(gate.node, 1, boxes=[Box(8, 116, 150, 20)]))))
    assert shown.shape == (ROWS, COLUMNS, 3)
    assert tuple(shown[116, 8]) == (255, 64, 64)
    assert tuple(shown[150, 160]) == (90, 90, 90)
    with pytest.raises(NotFound, match="1 frames"):
        picture_of(gate.node, 1, frame=1)


def test_the_command_line_shows_the_image_and_takes_boxes(
    gate, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate.case()
    gate.receive(gate.part10(**ultrasound("PLANTED IDENTITY 77")))
    gate.run()

    def overread(*arguments: str) -> int:
        command = ["overread", "quarantine", *arguments, "--home", str(gate.node.settings.home)]
        monkeypatch.setattr(sys, "argv", command)
        with pytest.raises(SystemExit) as ended:
            main()
        return int(ended.value.code or 0)

    assert overread("show", "1", "--picture", str(tmp_path / "seen.png"), "--box", "8,116,150,20") == 0
    with Image.open(tmp_path / "seen.png") as seen:
        assert seen.size == (COLUMNS, ROWS)
    assert overread("clean", "1", "--box", "8,116,150") == 2
    assert overread("clean", "1") == 1
    assert overread("clean", "1", "--box", "8,116,150,20", "--box", f"0,0,{COLUMNS},30") == 0
    assert gate.objects()[0].drawn == [[8, 116, 150, 20], [0, 0, COLUMNS, 30]]


@pytest.mark.skipif(not can_read_text(), reason="RapidOCR (the extra `ocr`) is not installed")
def test_text_is_read_and_blacked_where_a_reader_is_installed(gate) -> None:
    settings = gate.node.settings.model_copy(
        update={"deidentify": gate.node.settings.deidentify.model_copy(update={"read_text": True})}
    )
    reading = replace(gate, node=replace(gate.node, settings=settings))
    elements = ultrasound("PLANTED IDENTITY 77")
    del elements["SequenceOfUltrasoundRegions"]
    reading.case()
    reading.receive(gate.part10(**elements))
    assert reading.run() == "enlist"
    before = np.frombuffer(elements["PixelData"], np.uint8).reshape(ROWS, COLUMNS)
    after = pixel_array(published(gate), raw=True)
    assert not (after == 255).any()
    assert np.array_equal(before[140:], after[140:])


def test_an_overlay_in_unused_bits_is_a_persons_to_judge_though_the_text_could_be_cleaned(gate) -> None:
    elements = ultrasound() | {"BurnedInAnnotation": "YES"}
    payload = dcmread(BytesIO(gate.part10(**elements)))
    payload.add_new(0x60000010, "US", ROWS)
    payload.add_new(0x60000011, "US", COLUMNS)
    written = BytesIO()
    payload.save_as(written)
    gate.case()
    gate.receive(written.getvalue())
    assert gate.run() == "assess"
    assert gate.dispositions() == [("quarantined", "overlay-in-pixels")]


def test_zeros_behind_the_last_pixel_do_not_keep_a_person_from_blacking(gate) -> None:
    elements = ultrasound("PLANTED IDENTITY 77")
    picture = elements["PixelData"]
    gate.case()
    gate.receive(gate.part10(**elements | {"PixelData": picture + b"\1\2\3\4"}))
    gate.run()
    clean_objects(gate.node, [1], [Box(0, 0, COLUMNS, 30), Box(8, 116, 150, 20)], actor="clerk")
    assert gate.run() == "enlist"
    result = published(gate).PixelData
    assert (
        not any(result[: 30 * COLUMNS])
        and result[30 * COLUMNS : 116 * COLUMNS] == picture[30 * COLUMNS : 116 * COLUMNS]
    )
    assert result[len(picture) + 1 :] == bytes(3)


def test_pixels_that_cannot_be_blacked_wait_for_a_person_again_who_may_let_them_go_as_they_are(gate) -> None:
    original = dcmread(BytesIO(gate.part10(**ultrasound("PLANTED IDENTITY 77"))))
    payload, written = Dataset({each.tag: each for each in original}), BytesIO()
    payload.file_meta, payload["PixelData"].VR = original.file_meta, "OW"
    payload.file_meta.TransferSyntaxUID = ExplicitVRBigEndian
    payload.save_as(written, little_endian=False, implicit_vr=False)
    gate.case()
    gate.receive(written.getvalue())
    gate.run()
    for attempt in (1, 2):
        clean_objects(gate.node, [1], [Box(0, 0, 40 * attempt, 30)], actor="clerk")
        assert gate.run() == "assess"
        assert gate.dispositions() == [("quarantined", "may-carry-burned-in-text")]
        assert "cannot be cleaned" in (gate.objects()[0].reason or "")
    release_objects(gate.node, [1], actor="clerk")
    assert gate.run() == "enlist"
    assert gate.objects()[0].drawn is None
    assert len(published(gate).PixelData) == ROWS * COLUMNS


def test_an_image_of_which_a_banner_would_take_much_waits_for_a_person(gate) -> None:
    elements = ultrasound() | {"SOPClassUID": CTImageStorage, "Modality": "CT", "BurnedInAnnotation": "NO"}
    elements |= {"Manufacturer": "GE", "ImageType": ["DERIVED", "SECONDARY", "SCREEN SAVE"]}
    del elements["SequenceOfUltrasoundRegions"]
    gate.case()
    gate.receive(gate.part10(**elements | {"Rows": 512, "Columns": 512, "PixelData": bytes(512 * 512)}))
    assert gate.run() == "assess"
    assert gate.dispositions() == [("quarantined", "may-carry-burned-in-text")]
    assert "banner" in (gate.objects()[0].reason or "")


@pytest.mark.parametrize("cleaned", [True, False], ids=["cleaned by a person", "vouched for by a person"])
def test_capture_that_a_person_looked_at_is_read_with_the_limit_that_it_is_a_capture(gate, part10, *, cleaned) -> None:
    gate.case()
    elements = ultrasound() | {"SOPClassUID": "1.2.840.10008.5.1.4.1.1.7", "Modality": "CT", "ConversionType": "WSD"}
    del elements["SequenceOfUltrasoundRegions"]
    gate.receive(part10(**elements))
    assert gate.run() == "assess"
    assert (gate.study().state, gate.dispositions()[0][0]) == ("held", "quarantined")
    if cleaned:
        clean_objects(gate.node, [1], [Box(0, 0, COLUMNS, BANNER)], actor="clerk")
    else:
        release_objects(gate.node, [1], actor="clerk")
    assert gate.run() == "enlist"
    fitness = gate.study().fitness
    assert (fitness["verdict"], "secondary-capture-only" in [each["code"] for each in fitness["findings"]]) == (
        "limited",
        True,
    )
    with gate.node.reading.read() as session:
        (limits,) = session.scalars(select(PublishedStudy.limits))
    assert any("captures of a screen" in each for each in limits)
