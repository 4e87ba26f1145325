"""What the DICOMDIRs of a delivery promise, and what of it the delivery lacks.

File IDs are relative to the folder of the DICOMDIR (PS3.10 section 8.5). Discs are looser: the directory lies a level
above or below its files, systems change the case of names and hang versions or extensions onto them.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from gateway.discs.directory import listed_files

_MOST_NAMED = 1000
_ORNAMENT = re.compile(r"(#[0-9]+)?$")
_VERSION = re.compile(r"(\.?;[0-9]+|\.)$")
_EXTENSION = re.compile(r"\.(DCM|DICOM|IMA)$")

Key = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Promise:
    """How many files the directories list, and the file IDs of the first thousand that were not delivered."""

    listed: int
    missing: tuple[str, ...]
    missing_count: int

    def as_json(self) -> dict[str, Any]:
        """Return the promise as the report of a delivery shows it."""
        return {"listed": self.listed, "missing": list(self.missing), "missing_count": self.missing_count}


class Promises:
    """Gathers the paths of a delivery and the directories among them."""

    def __init__(self) -> None:
        self._delivered: set[Key] = set()
        self._folders: dict[Key, set[Key]] = {}
        self._listed: list[tuple[Key, list[tuple[str, ...]]]] = []

    def add(self, path: str) -> None:
        """Note a delivered file."""
        key = _key(_ORNAMENT.sub("", path).split("/"))
        if key in self._delivered:
            return
        self._delivered.add(key)
        for depth in range(len(key) - 1):
            self._folders.setdefault(key[:depth], set()).add(key[: depth + 1])

    def add_directory(self, path: str, data: bytes) -> None:
        """Note what a DICOMDIR lists."""
        if files := listed_files(data):
            self._listed.append((_key(path.split("/"))[:-1], files))

    def kept(self) -> Promise | None:
        """Return what is promised and what of it is missing, or None when there is no directory that lists a file."""
        if not self._listed:
            return None
        listed = {(folder, file_id) for folder, files in self._listed for file_id in files}
        missing = sorted({"/".join(file_id) for folder, file_id in listed if not self._has(folder, file_id)})
        return Promise(len(listed), tuple(missing[:_MOST_NAMED]), len(missing))

    def _has(self, folder: Key, file_id: tuple[str, ...]) -> bool:
        reference = _key(file_id)
        return any(base + reference in self._delivered for base in self._bases(folder))

    def _bases(self, folder: Key) -> Iterator[Key]:
        """Return where a directory may look for its files: beside it, a level above it, a level below it."""
        yield folder
        if folder:
            yield folder[:-1]
        yield from self._folders.get(folder, ())


def is_directory_name(path: str) -> bool:
    """Say whether a path names a DICOMDIR."""
    return _key([_ORNAMENT.sub("", path).rsplit("/", 1)[-1]]) == ("DICOMDIR",)


def _key(components: list[str] | tuple[str, ...]) -> Key:
    """Return a path as those compare whose names differ by case, version and extension only."""
    upper = [component.upper() for component in components if component not in {"", "."}]
    if upper:
        upper[-1] = _EXTENSION.sub("", _VERSION.sub("", upper[-1]))
    return tuple(upper)
