"""Whose an object is, read from the object itself."""

from datetime import date
from io import BytesIO

import pytest

from anonymizer import CannotDeidentify, subject_of


def test_subject_has_names_numbers_and_the_birth_date(image, as_bytes):
    image.IssuerOfPatientID, image.OtherPatientNames = "ST MARY", ["Hilde", "Vogel^H"]
    subject = subject_of(BytesIO(as_bytes(image)))
    assert (subject.patient_id, subject.issuer) == ("MRN-77123", "ST MARY")
    assert subject.known.names == ("Vögelein^Hildegard", "Hilde", "Vogel^H")
    assert subject.known.ids == ("ACC4711", "MRN-77123", "S-99")
    assert subject.known.dates == (date(1952, 3, 9),)


def test_patients_without_a_number_are_told_apart_by_their_studies(image, as_bytes):
    assert subject_of(BytesIO(as_bytes(image))).patient_scope == "|MRN-77123"
    image.PatientID = ""
    assert subject_of(BytesIO(as_bytes(image))).patient_scope == f"study:{image.StudyInstanceUID}"


def test_word_in_place_of_a_number_is_not_sought(image, as_bytes):
    image.PatientID = "NONE"
    assert "NONE" not in subject_of(BytesIO(as_bytes(image))).known.ids


def test_subject_shows_nothing_of_itself(image, as_bytes):
    assert "MRN" not in repr(subject_of(BytesIO(as_bytes(image))))


def test_file_that_is_no_dicom_object_is_said_to_be_none():
    with pytest.raises(CannotDeidentify, match="not-dicom"):
        subject_of(BytesIO(b"a note"))
