"""A study is described by its images, in whichever order its objects come."""

from collections.abc import Callable

from pydicom.uid import BasicTextSRStorage

Part10 = Callable[..., bytes]
REPORT = {"SOPClassUID": BasicTextSRStorage, "Modality": "SR", "StudyDescription": "Report", "AccessionNumber": "SR-1"}


def test_report_that_comes_before_the_images_does_not_say_what_the_study_is(gate, part10: Part10) -> None:
    gate.receive(part10(1, **REPORT))
    gate.receive(part10(2, BodyPartExamined="HEAD", StudyDescription="CT head", StudyDate="20260302"))
    study = gate.study()
    assert (study.modality, study.body_part, study.description) == ("CT", "HEAD", "CT head")
    assert (study.study_date, study.accession_number) == ("20260302", "SR-1")


def test_report_that_comes_behind_the_images_changes_nothing(gate, part10: Part10) -> None:
    gate.receive(part10(1, BodyPartExamined="HEAD"))
    gate.receive(part10(2, **REPORT))
    study = gate.study()
    assert (study.modality, study.body_part, study.description, study.accession_number) == ("CT", "HEAD", "", "")


def test_what_the_first_image_leaves_out_another_one_says(gate, part10: Part10) -> None:
    gate.receive(part10(1))
    gate.receive(part10(2, BodyPartExamined="CHEST", AccessionNumber="A-1", StudyDescription="CT chest"))
    gate.receive(part10(3, BodyPartExamined="ABDOMEN", AccessionNumber="A-2", Modality="PT"))
    study = gate.study()
    assert (study.modality, study.body_part, study.accession_number) == ("CT", "CHEST", "A-1")
    assert study.description == "CT chest"


def test_image_that_says_less_than_the_report_leaves_its_words(gate, part10: Part10) -> None:
    gate.receive(part10(1, **REPORT))
    gate.receive(part10(2))
    study = gate.study()
    assert (study.modality, study.description) == ("CT", "Report")
