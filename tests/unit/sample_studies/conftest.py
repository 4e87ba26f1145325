"""One small set of samples for all tests of this folder; nobody may change it."""

from pathlib import Path

import pytest

from sample_studies import Manifest, generate


@pytest.fixture(scope="session")
def samples(tmp_path_factory: pytest.TempPathFactory) -> Manifest:
    folder: Path = tmp_path_factory.mktemp("samples")
    return generate(folder, small=True)
