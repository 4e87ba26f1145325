"""Read the TOML file and the environment names strictly: what nobody would read is refused, with its place.

A typing error in a setting must not silently leave the default in force.
"""

import difflib
import re
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from config.errors import Misconfigured

_PREFIX = "OVERREAD_"


def read_toml(path: Path, model: type[BaseModel]) -> dict[str, Any]:
    """Return the tables of a TOML file after checking every key against the model; an absent file is empty.

    Raises:
        Misconfigured: not TOML, or a section or key that the model does not have.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return {}
    except UnicodeDecodeError:
        raise Misconfigured(f"{path.name} is not TOML: it is not encoded in UTF-8") from None
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise Misconfigured(f"{path.name} is not TOML: {error}") from None
    sections = _sections(model)
    for section, table in values.items():
        if section not in sections or not isinstance(table, dict):
            raise Misconfigured(
                f"{path.name}:{_line(text, None, section)}: unknown section [{section}]{_nearest(section, sections)}"
            )
        for key in table:
            if key not in sections[section]:
                line = _line(text, section, key)
                near = _nearest(key, sections[section])
                raise Misconfigured(f"{path.name}:{line}: unknown key {key!r} in [{section}]{near}")
    return values


def refuse_unknown_environment(environ: Mapping[str, str], model: type[BaseModel]) -> None:
    """Refuse variables of the form OVERREAD_SECTION__KEY that name no setting, and OVERREAD_SECTION_KEY of one that is.

    Other variables that begin with OVERREAD_ are nobody's typing error.

    Raises:
        Misconfigured: with the nearest variable that exists.
    """
    sections = _sections(model)
    known = [f"{_PREFIX}{s}__{k}".upper() for s, keys in sections.items() for k in keys]
    meant = {name.replace("__", "_"): name for name in known}
    for name in environ:
        if name.upper() in meant:
            raise Misconfigured(f"the environment variable {name} names no setting; write {meant[name.upper()]!r}")
        if name.upper().startswith(_PREFIX) and "__" in name and name.upper() not in known:
            raise Misconfigured(f"the environment variable {name} names no setting{_nearest(name.upper(), known)}")


def _sections(model: type[BaseModel]) -> dict[str, list[str]]:
    sections = {}
    for name, field in model.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            sections[name] = list(field.annotation.model_fields)
    return sections


def _nearest(word: str, known: Iterable[str]) -> str:
    close = difflib.get_close_matches(word, list(known), n=1, cutoff=0.5)
    return f"; did you mean {close[0]!r}?" if close else ""


def _line(text: str, section: str | None, key: str) -> int:
    inside = section is None
    for number, line in enumerate(text.splitlines(), start=1):
        header = re.match(r"\s*\[\s*([^\].]+)", line)
        if header:
            name = header.group(1).strip().strip("\"'")
            if section is None and name == key:
                return number
            inside = section is None or name == section
        elif inside and re.match(rf"\s*[\"']?{re.escape(key)}[\"']?\s*=", line):
            return number
    return 1
