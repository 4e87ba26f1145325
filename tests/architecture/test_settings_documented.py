"""`config/overread.toml` shows every setting with its default, and nothing that is not a setting."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from config.settings import Settings

COMMENTED = re.compile(r"# (?P<line>[a-z_]+ = .+)")


@pytest.fixture(scope="module")
def documented(checkout: Path) -> dict[str, dict[str, Any]]:
    """Return what the file would set if every commented line counted."""
    lines = (checkout / "config" / "overread.toml").read_text(encoding="utf-8").splitlines()
    uncommented = [match["line"] if (match := COMMENTED.fullmatch(line)) else line for line in lines]
    return tomllib.loads("\n".join(uncommented))


@pytest.fixture(scope="module")
def sections() -> dict[str, type[BaseModel]]:
    """Return the sections that the settings have."""
    return {
        name: field.annotation
        for name, field in Settings.model_fields.items()
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel)
    }


def test_every_setting_is_documented_and_nothing_else(
    documented: dict[str, dict[str, Any]], sections: dict[str, type[BaseModel]]
) -> None:
    assert {s: set(table) for s, table in documented.items()} == {s: set(m.model_fields) for s, m in sections.items()}


def test_every_default_shown_is_the_default(
    documented: dict[str, dict[str, Any]], sections: dict[str, type[BaseModel]]
) -> None:
    differing = {
        f"{section}.{key}": (value, default)
        for section, table in documented.items()
        for key, value in table.items()
        if (default := sections[section].model_fields[key].default) is not None and value != default
    }
    assert differing == {}


def test_a_setting_without_a_default_value_says_what_happens(
    checkout: Path, sections: dict[str, type[BaseModel]]
) -> None:
    text = (checkout / "config" / "overread.toml").read_text(encoding="utf-8")
    unset = {key for model in sections.values() for key, field in model.model_fields.items() if field.default is None}
    lines = [
        line for line in text.splitlines() if (match := COMMENTED.fullmatch(line)) and match["line"].split()[0] in unset
    ]
    silent = [
        line for line in lines if "default" not in line and "tls_certificate and" not in line and "tls_key" not in line
    ]
    assert len(lines) >= len(unset)
    assert silent == []


def test_the_file_as_it_comes_changes_nothing(checkout: Path) -> None:
    text = (checkout / "config" / "overread.toml").read_text(encoding="utf-8")
    assert all(table == {} for table in tomllib.loads(text).values())
