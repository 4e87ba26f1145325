"""Our top-level names are generic; in the installed environment each is ours and nobody else's."""

import importlib.metadata
import importlib.util
from importlib.metadata import Distribution
from pathlib import Path

import pytest

PACKAGES = ("gateway", "scp", "anonymizer", "viewer_api", "worklist", "config", "sample_studies")


def top_level_names(distribution: Distribution) -> set[str]:
    """Return the names that an installed distribution puts at the top level."""
    names = set((distribution.read_text("top_level.txt") or "").split())
    for file in distribution.files or []:
        if file.suffix in {".py", ".so", ".pyi"}:
            names.add(file.parts[0].partition(".")[0])
    return names


@pytest.fixture(scope="module")
def providers() -> dict[str, set[str]]:
    """Return which distributions provide each of our names by files of their own."""
    found: dict[str, set[str]] = {package: set() for package in PACKAGES}
    for distribution in importlib.metadata.distributions():
        for name in top_level_names(distribution) & found.keys():
            found[name].add(distribution.metadata["Name"])
    return found


def test_the_distribution_is_installed_once() -> None:
    ours = {str(d.locate_file("")) for d in importlib.metadata.distributions() if d.metadata["Name"] == "overread"}
    assert len(ours) == 1


@pytest.mark.parametrize("package", PACKAGES)
def test_no_other_distribution_provides_the_name(providers: dict[str, set[str]], package: str) -> None:
    assert providers[package] <= {"overread"}


@pytest.mark.parametrize("package", PACKAGES)
def test_the_name_leads_into_our_own_files(checkout: Path, providers: dict[str, set[str]], package: str) -> None:
    spec = importlib.util.find_spec(package)
    assert spec is not None
    assert spec.origin is not None
    origin = Path(spec.origin).resolve()
    installed = Path(str(importlib.metadata.distribution("overread").locate_file(""))).resolve()
    expected = installed if providers[package] else checkout
    assert origin == expected / package / "__init__.py"


def test_a_foreign_provider_would_be_seen(tmp_path: Path) -> None:
    info = tmp_path / "stranger-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: stranger\nVersion: 1.0\n")
    (info / "RECORD").write_text("scp.py,,\nstranger/__init__.py,,\n")
    assert top_level_names(Distribution.at(info)) == {"scp", "stranger"}
