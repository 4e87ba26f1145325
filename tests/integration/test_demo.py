"""`overread demo --once` goes all the way on its own and says so."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SUMMARY = (
    r"11 sample studies with \d+ objects, 9 case reports",
    r"objects pushed by 3 hospitals over DICOM associations",
    r"a zip with \d+ files uploaded over HTTP, a verdict on each",
    r"8 studies matched to their cases, 3 left to a person",
    r"every one of the \d+ sample objects has its disposition",
    r"10 worklist items, 10 previews rendered",
    r"the read of the CT is signed; its charge is 300\.00 USD",
    r"received the SR and the PDF under the original UIDs and name",
    r"one line on the invoice: .*300\.00",
    r"everything went all the way",
)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_the_demo_exits_with_zero_and_its_summary_says_that_all_is_well():
    done = subprocess.run(
        [sys.executable, "-m", "gateway.cli", "demo", "--once"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=880,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-2000:]
    said = re.sub(r"\s+", " ", done.stdout)
    for line in SUMMARY:
        assert re.search(line, said), line
    assert "✗" not in said
