"""David Clunie's dciodvfy finds no error in any sample: modules, types, value representations (PS3.3 A)."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from sample_studies import Manifest

pytestmark = pytest.mark.foreign


@pytest.fixture(scope="module")
def dciodvfy() -> str:
    beside = Path(sys.executable).parent / "dciodvfy"
    program = str(beside) if beside.exists() else shutil.which("dciodvfy")
    if program is None:
        message = "dciodvfy (dicom3tools) is not installed"
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)
    return program


def test_no_sample_has_an_error(samples: Manifest, dciodvfy: str) -> None:
    for path in (path for study in samples.studies for path in study.files):
        # The report quotes values in the file's own character set.
        done = subprocess.run([dciodvfy, str(path)], capture_output=True, check=False)
        report = done.stderr.decode("latin-1")
        assert not [line for line in report.splitlines() if line.startswith("Error")], path
        assert "Image" in report.splitlines()[-1] or "Image" in report
