"""The library's reader of ISO 9660, kept from making more objects of an image than the files allowed can need.

It makes one of every record of a path table, a directory and a Rock Ridge field, whatever that costs. So records are
counted, before they are made where their number can be told, and what no file of a disc needs is not read at all.
"""

from collections.abc import Generator
from typing import Any

from pycdlib import PyCdlib

from config.errors import Malformed
from gateway.bundles.images import Records
from gateway.bundles.udf_descriptors import DAMAGED

_ENDLESS = 1 << 62
_SECTOR = 2048
_FIRST_DESCRIPTOR = 16
_MOST_DESCRIPTORS = 64
_PATH_RECORD_BYTES = 8  # ECMA-119 9.4, before the name
_LONGEST_RECORD = 264
_MOST_CONTINUATIONS = 16  # of one record, each within a sector
_USUAL_FIELDS = 4  # of Rock Ridge, that a record has of those that may come more than once


class BoundedDisc(PyCdlib):
    """One volume, whose records are accounted for.

    Raises (while it is opened):
        TooLarge: more records than the files allowed can need.
        Malformed: more descriptors or continuations than any disc has.
    """

    def __init__(self, records: Records) -> None:
        super().__init__()
        self._records = records
        self._in_tree = 0
        self._continuations: int | None = None

    def _get_iso_size(self) -> int:
        """Return no size: the library would quietly shorten files that end behind the end of a truncated image."""
        return _ENDLESS

    def _check_and_parse_eltorito(self, br: Any) -> None:
        """Pass over what starts a computer from the disc."""

    def _parse_volume_descriptors(self) -> None:
        self._cdfp.seek(_FIRST_DESCRIPTOR * _SECTOR)
        found = self._cdfp.read((_MOST_DESCRIPTORS + 1) * _SECTOR)
        if all(found[at + 1 : at + 6] == b"CD001" for at in range(0, (_MOST_DESCRIPTORS + 1) * _SECTOR, _SECTOR)):
            raise Malformed(DAMAGED)
        super()._parse_volume_descriptors()

    def _parse_path_table(self, ptr_size: int, extent: int) -> Any:
        self._seek_to_extent(extent)
        table = self._read_clamped(ptr_size, _ENDLESS)
        count = at = 0
        while at < len(table):
            at += _PATH_RECORD_BYTES + table[at] + table[at] % 2
            count += 1
            self._records.refuse_tree(count)
        return super()._parse_path_table(ptr_size, extent)

    def _walk_directories(self, *arguments: Any) -> Any:
        self._in_tree = 0
        return super()._walk_directories(*arguments)

    def _iter_directory_records(self, *arguments: Any) -> Generator[Any, None, None]:
        for record, version in super()._iter_directory_records(*arguments):
            self._count(record)
            yield record, version

    def _follow_rock_ridge_ce_chain(self, new_record: Any, iso_file_length: int) -> Any:
        before = _fields(new_record)
        self._continuations = 0
        try:
            return super()._follow_rock_ridge_ce_chain(new_record, iso_file_length)
        finally:
            self._continuations = None
            self._spend(max(_fields(new_record) - max(before, _USUAL_FIELDS), 0))

    def _read_clamped(self, length: int, iso_file_length: int) -> bytes:
        """Read a directory, a path table or a continuation, none of which is larger than its records can be."""
        if self._continuations is not None:
            self._continuations += 1
            if length > _SECTOR or self._continuations > _MOST_CONTINUATIONS:
                raise Malformed(DAMAGED)
        self._records.refuse_tree(length // _LONGEST_RECORD)
        return bytes(super()._read_clamped(length, iso_file_length))

    def _count(self, record: Any) -> None:
        self._spend(1 + max(_fields(record) - _USUAL_FIELDS, 0))

    def _spend(self, count: int) -> None:
        self._in_tree += count
        self._records.refuse_tree(self._in_tree)
        self._records.spend(count)


def _fields(record: Any) -> int:
    """Return how many Rock Ridge fields a record has of those that may come more than once, parts of links included."""
    if record.rock_ridge is None:
        return 0
    found = 0
    for entries in (record.rock_ridge.dr_entries, record.rock_ridge.ce_entries):
        if entries is not None:
            found += len(entries.nm_records) + len(entries.pd_records) + len(entries.es_records)
            found += sum(1 + len(link.symlink_components) for link in entries.sl_records)
    return found
