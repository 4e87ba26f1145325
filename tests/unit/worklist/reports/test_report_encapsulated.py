"""The PDF as a DICOM object."""

from io import BytesIO

import pytest
from pydicom import dcmread

from worklist.reports import Subject, build_encapsulated_pdf, build_pdf

PSEUDONYM = {"subject": Subject("PSN-7F3K2", "PSN-7F3K2"), "identified": False}
CHINESE = {"subject": Subject("Zhang^Wei=张^伟", "P-9"), "node_name": "上海读片中心"}


@pytest.mark.parametrize("fields", [{}, PSEUDONYM, CHINESE])
def test_the_object_has_no_errors_by_the_standard(make_view, make_header, standard_errors, fields):
    view = make_view(**fields)
    assert standard_errors(build_encapsulated_pdf(view, build_pdf(view), [make_header()])) == []


@pytest.mark.parametrize("pdf", [b"%PDF-1.4 even", b"%PDF-1.4 odd"])
def test_the_pdf_comes_out_as_it_went_in(make_view, make_header, pdf):
    document = dcmread(BytesIO(build_encapsulated_pdf(make_view(), pdf, [make_header()])))
    assert document.EncapsulatedDocument[: document.EncapsulatedDocumentLength] == pdf
    assert len(document.EncapsulatedDocument) % 2 == 0


def test_the_object_is_of_the_views_patient_and_names_what_was_read(make_view, make_header):
    document = dcmread(BytesIO(build_encapsulated_pdf(make_view(), b"%PDF", [make_header(1), make_header(2)])))
    assert (document.PatientName, document.StudyInstanceUID, document.Modality) == ("Weiß^Jürgen", "1.2.3.4", "DOC")
    assert [source.ReferencedSOPInstanceUID for source in document.SourceInstanceSequence] == [
        "1.2.3.4.5.1",
        "1.2.3.4.5.2",
    ]


@pytest.mark.parametrize(("identified", "burned_in"), [(True, "YES"), (False, "NO")])
def test_only_the_identified_copy_says_it_shows_an_identity(make_view, make_header, identified, burned_in):
    view = make_view(identified=identified)
    assert dcmread(BytesIO(build_encapsulated_pdf(view, b"%PDF", [make_header()]))).BurnedInAnnotation == burned_in


def test_the_same_view_gives_the_same_bytes(make_view, make_header):
    one, two = (build_encapsulated_pdf(make_view(), b"%PDF", [make_header()]) for _ in range(2))
    assert one == two


def test_evidence_of_another_study_is_refused(make_view, make_header):
    with pytest.raises(ValueError, match="another study"):
        build_encapsulated_pdf(make_view(), b"%PDF", [make_header(StudyInstanceUID="2.25.1")])
