"""What the architecture tests look at: the checkout, our packages, and the imports between their modules."""

import subprocess
from pathlib import Path

import grimp
import pytest

_PACKAGES = ("gateway", "scp", "anonymizer", "viewer_api", "worklist", "config", "sample_studies")


@pytest.fixture(scope="session")
def checkout() -> Path:
    """Return the root of the checkout."""
    return Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def packages() -> tuple[str, ...]:
    """Return the top-level names that this distribution owns."""
    return _PACKAGES


@pytest.fixture(scope="session")
def import_graph() -> grimp.ImportGraph:
    """Return every import of our packages, those inside functions and type-checking blocks included."""
    return grimp.build_graph(*_PACKAGES, include_external_packages=True, cache_dir=None)


@pytest.fixture(scope="session")
def kept_files(checkout: Path) -> list[Path]:
    """Return the files that git keeps or would keep; skip where the tests run outside a checkout."""
    if not (checkout / ".git").exists():
        pytest.skip("this is not a git checkout")
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=checkout,
        check=True,
        capture_output=True,
    ).stdout
    paths = [checkout / name.decode() for name in listed.split(b"\0") if name]
    return [path for path in paths if path.is_file()]
