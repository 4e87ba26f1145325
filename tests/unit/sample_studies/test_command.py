"""`python -m sample_studies OUT` writes the samples and says what it wrote."""

import os
import subprocess
import sys
from pathlib import Path

from sample_studies import Manifest

_ROOT = Path(__file__).resolve().parents[3]


def test_the_command_writes_the_samples_and_lists_them(tmp_path: Path, samples: Manifest) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "sample_studies", str(tmp_path / "out"), "--small"],
        capture_output=True, check=True, text=True, cwd=_ROOT, env={**os.environ, "PYTHONPATH": str(_ROOT)},
    )  # fmt: skip
    assert Manifest.from_folder(tmp_path / "out").studies[0].slug == "ct-head"
    total = sum(len(study.files) for study in samples.studies)
    assert done.stdout.splitlines()[-1].startswith(f"{total} files in ")
