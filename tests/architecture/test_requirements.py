"""What pyproject declares, what the inputs list and what the locks pin are the same things."""

import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name


def requirements_in(path: Path) -> set[Requirement]:
    """Return the requirements of an input file, without comments and includes."""
    lines = [line.partition("#")[0].strip() for line in path.read_text().splitlines()]
    return {Requirement(line) for line in lines if line and not line.startswith("-r")}


def pinned(path: Path) -> set[str]:
    """Return the names that a lock pins."""
    lines = path.read_text().splitlines()
    return {
        canonicalize_name(line.partition("==")[0].partition("[")[0]) for line in lines if "==" in line.split(" ")[0]
    }


def test_pyproject_depends_on_what_the_input_lists(checkout: Path) -> None:
    declared = tomllib.loads((checkout / "pyproject.toml").read_text())["project"]["dependencies"]
    assert {Requirement(line) for line in declared} == requirements_in(checkout / "requirements.in")


@pytest.mark.parametrize(
    ("source", "lock"),
    [
        ("requirements.in", "requirements.lock"),
        ("requirements.in", "requirements-dev.lock"),
        ("requirements-dev.in", "requirements-dev.lock"),
    ],
)
def test_a_lock_pins_everything_that_is_asked_for(checkout: Path, source: str, lock: str) -> None:
    asked = {canonicalize_name(requirement.name) for requirement in requirements_in(checkout / source)}
    assert asked - pinned(checkout / lock) == set()


def test_both_locks_pin_the_same_versions(checkout: Path) -> None:
    def pins(name: str) -> set[str]:
        return {line.removesuffix(" \\") for line in (checkout / name).read_text().splitlines() if line[:1].isalnum()}

    assert pins("requirements.lock") <= pins("requirements-dev.lock")
