"""Headers in the Native DICOM Model: what DCMTK writes for the same file, and what XML cannot hold."""

import os
import shutil
import subprocess
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from fastapi.testclient import TestClient
from pydicom.dataset import Dataset

from viewer_api.indexing import instance_record_parts
from viewer_api.native_model import NAMESPACE, to_native_model

SPACE = f"{{{NAMESPACE}}}"
XML = {"Accept": 'multipart/related; type="application/dicom+xml"'}


@pytest.fixture
def part10(make_image: Callable[..., bytes]) -> bytes:
    code = Dataset()
    code.CodeValue, code.CodeMeaning = "T-1", "A < B & C"
    return make_image(
        np.zeros((4, 6), np.uint16),
        SpecificCharacterSet="ISO_IR 192",
        PatientName="OVR-7^^^Dr=山田=やま",
        StudyDescription="Schädel",
        ImageType=["ORIGINAL", "PRIMARY"],
        ProcedureCodeSequence=[code],
        PatientWeight="70",
        ImagePositionPatient=["-1.5", "0", "2.25"],
        RedPaletteColorLookupTableData=bytes(100),
    )


def _flat(root: ElementTree.Element, namespace: str, prefix: str = "") -> dict[str, Any]:
    """Return every attribute by the path to it, with VR, keyword and texts; bulk data and group 0002 left out."""
    found: dict[str, Any] = {}
    for attribute in root.findall(f"{namespace}DicomAttribute"):
        key = prefix + attribute.attrib["tag"]
        items = attribute.findall(f"{namespace}Item")
        texts = [text.strip() for text in attribute.itertext() if text.strip()]
        if attribute.attrib["vr"] not in ("OB", "OW"):
            found[key] = (attribute.attrib["vr"], attribute.attrib.get("keyword"), [] if items else texts)
        for item in items:
            found |= _flat(item, namespace, f"{key}/{item.attrib['number']}/")
    return found


def test_the_model_is_the_one_that_dcmtk_writes(part10: bytes, tmp_path: Path) -> None:
    program = shutil.which("dcm2xml")
    if program is None:
        if os.environ.get("CI") == "true":
            pytest.fail("dcm2xml is missing")
        pytest.skip("dcm2xml is not installed")
    (tmp_path / "in.dcm").write_bytes(part10)
    command = [program, "--native-format", "--convert-to-utf8", tmp_path / "in.dcm", tmp_path / "out.xml"]
    subprocess.run(command, check=True, timeout=60)
    theirs = _flat(ElementTree.parse(tmp_path / "out.xml").getroot(), "")
    ours = _flat(ElementTree.fromstring(to_native_model(instance_record_parts(BytesIO(part10)).attributes)), SPACE)
    assert ours == theirs
    assert ours["00100010"][2] == ["OVR-7", "Dr", "山田", "やま"]
    assert ours["00081032/1/00080104"] == ("LO", "CodeMeaning", ["A < B & C"])
    assert ours["00101030"] == ("DS", "PatientWeight", ["70"])


def test_a_private_attribute_bears_its_creator_and_no_block_number() -> None:
    model = {
        "00290010": {"vr": "LO", "Value": ["MAKER <1>"]},
        "00291008": {"vr": "UN", "InlineBinary": "AAE="},
        "00100020": {"vr": "LO", "Value": ["a\u0001b"]},
    }
    [plain, creator, value] = ElementTree.fromstring(to_native_model(model))
    assert plain.findtext(f"{SPACE}Value") == "ab"
    assert creator.attrib == {"tag": "00290010", "vr": "LO"}
    assert value.attrib == {"tag": "00290008", "vr": "UN", "privateCreator": "MAKER <1>"}
    assert value.findtext(f"{SPACE}InlineBinary") == "AAE="


def test_metadata_and_searches_come_as_xml_with_a_part_for_each(
    client: TestClient, make_image: Callable[..., bytes], publish: Callable[..., str], part10: bytes
) -> None:
    publish(part10)
    publish(make_image(np.zeros((4, 6), np.uint16), number=2))
    for path, count in (("/studies/2.25.100/metadata", 2), ("/studies", 1), ("/instances", 2)):
        answer = client.get(f"/dicom-web{path}", headers=XML)
        assert answer.status_code == 200
        assert answer.headers["Content-Type"].startswith('multipart/related; type="application/dicom+xml"; boundary=')
        parts = answer.content.split(b"\r\n\r\n")[1:]
        documents = [ElementTree.fromstring(part[: part.rindex(b"\r\n--")]) for part in parts]
        assert [document.tag for document in documents] == [f"{SPACE}NativeDicomModel"] * count
    address = documents and client.get("/dicom-web/studies/2.25.100/metadata", headers=XML).text
    assert 'uri="http://testserver/dicom-web/studies/2.25.100/series/2.25.200/instances/2.25.301/bulkdata/' in address


def test_searches_in_a_media_type_that_is_not_offered_are_406(client: TestClient) -> None:
    assert client.get("/dicom-web/studies", headers={"Accept": "text/html"}).status_code == 406
    assert client.get("/dicom-web/studies?accept=application/json", headers=XML).json() == []
