"""The files of a UDF volume, with or without an ISO 9660 part beside it (ECMA-167 part 4, OSTA UDF 1.02 to 2.60).

Written here since no library reads it: pycdlib knows the volumes that go with an ISO 9660 part, in one plain partition
and blocks of 2048 bytes, and libarchive none. A file whose entry is damaged is still named; a damaged directory loses
what is below it and is named as well.
"""

from collections.abc import Iterator
from functools import partial
from typing import BinaryIO

from config.errors import Malformed
from gateway.bundles.images import DiscFile, refuse_depth
from gateway.bundles.streams import readable
from gateway.bundles.udf_descriptors import (
    Characteristic,
    FileIdentifier,
    FileType,
    file_entry,
    file_identifier,
    largest_file_identifier,
)
from gateway.bundles.udf_volume import Volume, open_volume

_FILES = frozenset({FileType.UNSPECIFIED, FileType.BYTES, FileType.REAL_TIME})
_WORN_OUT = "Non-Allocatable Space"  # the blocks of a CD-RW that no file may use (UDF 1.50 2.3.13)
_CHUNK = 8 * 1024


def udf_files(source: BinaryIO, deepest: int) -> Iterator[DiscFile]:
    """Return the files of the UDF volume in an image.

    Raises:
        Malformed: there is no volume that can be read.
        TooLarge: raised by `source` where it bounds what is read of directories.
    """
    with readable("the disc image"):
        volume = open_volume(source)
    seen: set[tuple[int, int]] = set()
    yield from _folder(volume, volume.root, "", seen, deepest)


def _folder(
    volume: Volume, place: tuple[int, int], path: str, seen: set[tuple[int, int]], deepest: int
) -> Iterator[DiscFile]:
    """Return the files below a directory whose entry lies in a block of a partition."""
    refuse_depth(path, deepest)
    if place in seen:
        raise Malformed("the disc image has a folder that contains itself")
    seen.add(place)
    found = _identifiers(volume, place)
    while True:
        try:
            with readable("the folder"):
                identifier = next(found, None)
        except Malformed as error:
            if not path:
                raise
            yield DiscFile(path, 0, None, f"{error}; files in it are lost")
            return
        if identifier is None:
            return
        if not path and identifier.name == _WORN_OUT and identifier.characteristics & Characteristic.HIDDEN:
            continue
        inner = (identifier.partition, identifier.block)
        if identifier.characteristics & Characteristic.DIRECTORY:
            yield from _folder(volume, inner, f"{path}{identifier.name}/", seen, deepest)
        else:
            yield _file(volume, inner, path + identifier.name)


def _identifiers(volume: Volume, place: tuple[int, int]) -> Iterator[FileIdentifier]:
    """Return the entries of a directory that are in use."""
    entry = file_entry(volume.block(*place))
    if entry.file_type != FileType.DIRECTORY:
        raise Malformed("the folder is damaged: its entry is that of a file")
    source = volume.content(*place, entry)
    largest, rest = largest_file_identifier(volume.block_size), b""
    while True:
        while len(rest) < largest and (more := source.read(_CHUNK)):
            rest += more
        if not rest:
            return
        identifier, length = file_identifier(rest)
        rest = rest[length:]
        if not identifier.characteristics & (Characteristic.DELETED | Characteristic.PARENT):
            yield identifier


def _file(volume: Volume, place: tuple[int, int], path: str) -> DiscFile:
    try:
        with readable("the file"):
            entry = file_entry(volume.block(*place))
            if entry.file_type not in _FILES:
                return DiscFile(path, 0, None)
            packed = volume.packed_allocations(entry, place[0])
            return DiscFile(path, entry.size, partial(volume.pieces, entry, *place, packed))
    except Malformed as error:
        return DiscFile(path, 0, None, str(error))
