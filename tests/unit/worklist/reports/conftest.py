"""A signed read and the headers it read, in the words of several hospitals."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pydicom import Dataset

from worklist.reports import KeyImage, ReadView, StudyView, Subject

CT = "1.2.840.10008.5.1.4.1.1.2"
SIGNED_AT = datetime(2026, 3, 9, 14, 32, 5, tzinfo=UTC)


@pytest.fixture
def make_view() -> Callable[..., ReadView]:
    """Make a read of a CT; any field may be given."""

    def make(**fields: object) -> ReadView:
        values: dict[str, object] = {
            "read_id": "read-1",
            "reader": "Dr. Anna Müller, MD",
            "reader_specialty": "Thoracic radiology",
            "site_display_name": "Klinikum Nord",
            "node_name": "Overread Reading Centre",
            "subject": Subject("Weiß^Jürgen", "P-1", "HIS", "19610203", "M", "065Y"),
            "study": StudyView(
                "1.2.3.4", "20260105", "101112.5", "S1", "ACC1", "Groß^Käthe", "CT Thorax", "CT", "CHEST"
            ),
            "case_number": "1234567897",
            "question": "Malignität?",
            "findings": "Solider Rundherd, 12 mm.\nKein Erguss.",
            "impression": "Verdacht auf ein Bronchialkarzinom.",
            "recommendation": "PET-CT.",
            "agreement": "major",
            "radpeer": "3b",
            "diagnosis_changed": True,
            "treatment_changed": False,
            "key_images": (KeyImage(CT, "1.2.3.4.5.1", None, "Series 1, image 1"),),
            "signed_at": SIGNED_AT,
            "identified": True,
        }
        return ReadView(**{**values, **fields})

    return make


@pytest.fixture
def make_header() -> Callable[..., Dataset]:
    """Make the header of the n-th image of the study; any element may be given."""

    def make(number: int = 1, **elements: object) -> Dataset:
        header = Dataset()
        header.SOPClassUID = CT
        header.SOPInstanceUID = f"1.2.3.4.5.{number}"
        header.StudyInstanceUID = "1.2.3.4"
        header.SeriesInstanceUID = f"1.2.3.4.6.{number % 3}"
        header.PatientName = "Other^Name"
        header.PatientID = "OTHER"
        for keyword, value in elements.items():
            setattr(header, keyword, value)
        return header

    return make


@pytest.fixture
def program() -> Callable[[str], str]:
    """Return the path of a foreign program; skip without it, unless CI has to have it."""

    def find(name: str) -> str:
        path = shutil.which(name) or shutil.which(name, path=str(Path(sys.executable).parent))
        if path is None and os.environ.get("CI") == "true":
            pytest.fail(f"{name} is not installed")
        if path is None:
            pytest.skip(f"{name} is not installed")
        return path

    return find


@pytest.fixture
def standard_errors(program: Callable[[str], str], tmp_path: Path) -> Callable[[bytes], list[str]]:
    """Return the errors dciodvfy finds in a file."""
    validator = program("dciodvfy")

    def validate(file: bytes) -> list[str]:
        path = tmp_path / "validated.dcm"
        path.write_bytes(file)
        result = subprocess.run([validator, str(path)], capture_output=True, text=True, check=False)
        lines = (result.stdout + result.stderr).splitlines()
        assert lines, "dciodvfy names at least the object it validates"
        return [line for line in lines if line.startswith("Error")]

    return validate
