"""The checkout names no package registry, and the locks pin every file by its hash."""

import re
from pathlib import Path

import pytest

# With a bar inside, so that this file does not name what it forbids.
HOSTS = tuple(
    word.replace(b"|", b"")
    for word in (
        b"py|pi.org",
        b"pypi.|python.org",
        b"python|hosted.org",
        b"npm|js.org",
        b"npm|js.com",
        b"yarn|pkg.com",
        b"crates|.io",
        b"ana|conda.org",
        b"ruby|gems.org",
        b"proxy.|golang.org",
        b"--index|-url",
        b"--extra-|index-url",
        b"--find|-links",
        b"--trusted|-host",
    )
)
LOCKS = ("requirements.lock", "requirements-dev.lock")
PIN = re.compile(r"[A-Za-z0-9._-]+(\[[^]]+\])?==[^\s;]+( ; .+?)?")
HASH = re.compile(r"    --hash=sha256:[0-9a-f]{64}")


def hosts_in(content: bytes) -> list[str]:
    """Return the forbidden words that stand in some bytes."""
    lowered = content.lower()
    return [host.decode() for host in HOSTS if host in lowered]


def test_no_file_names_a_package_registry(checkout: Path, kept_files: list[Path]) -> None:
    found = {str(path.relative_to(checkout)): hosts for path in kept_files if (hosts := hosts_in(path.read_bytes()))}
    assert len(kept_files) > 100
    assert found == {}


def test_a_registry_in_a_file_would_be_found() -> None:
    assert hosts_in(b"see https://Py" + b"PI.org/project/x") == ["py" + "pi.org"]


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_has_pins_and_hashes_and_nothing_else(checkout: Path, name: str) -> None:
    lines = [line.removesuffix(" \\") for line in (checkout / name).read_text().splitlines() if line.strip()]
    strange = [line for line in lines if not PIN.fullmatch(line) and not HASH.fullmatch(line)]
    assert strange == []
    pins = [number for number, line in enumerate(lines) if PIN.fullmatch(line)]
    assert len(pins) > 30
    without = [lines[number] for number in pins if number + 1 == len(lines) or not HASH.fullmatch(lines[number + 1])]
    assert without == []
