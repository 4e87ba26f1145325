"""The Part 10 header, read back by pydicom."""

from io import BytesIO

import pytest
from pydicom import dcmread

from scp.part10 import IMPLEMENTATION_CLASS_UID, IMPLEMENTATION_VERSION_NAME, encode_header


@pytest.mark.parametrize(("instance", "title"), [("1.2.3", "NORTH"), ("1.2.34", "NORTH2"), ("1." + "2" * 62, "X" * 16)])
def test_pydicom_reads_the_header_as_it_was_meant(instance, title):
    header = encode_header(
        sop_class_uid="1.2.840.10008.5.1.4.1.1.2",
        sop_instance_uid=instance,
        transfer_syntax_uid="1.2.840.10008.1.2.1",
        source_ae_title=title,
    )
    assert header.startswith(bytes(128) + b"DICM")
    dataset = dcmread(BytesIO(header + b"\x08\x00\x60\x00CS\x02\x00CT"))
    meta = dataset.file_meta
    assert meta.FileMetaInformationGroupLength == len(header) - 144
    assert meta.FileMetaInformationVersion == b"\0\1"
    assert meta.MediaStorageSOPClassUID == "1.2.840.10008.5.1.4.1.1.2"
    assert meta.MediaStorageSOPInstanceUID == instance
    assert meta.TransferSyntaxUID == "1.2.840.10008.1.2.1"
    assert meta.ImplementationClassUID == IMPLEMENTATION_CLASS_UID
    assert meta.ImplementationVersionName == IMPLEMENTATION_VERSION_NAME
    assert meta.SourceApplicationEntityTitle == title
    assert dataset.Modality == "CT"


def test_our_names_fit_their_value_representations():
    assert len(IMPLEMENTATION_CLASS_UID) <= 64
    assert len(IMPLEMENTATION_VERSION_NAME) <= 16
