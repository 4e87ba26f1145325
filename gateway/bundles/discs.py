"""Disc images: ISO 9660 with Joliet or Rock Ridge, UDF, and both on one disc (the media of PS3.12).

One disc names the same file in several trees. The tree with the most telling names is swept first; a file that only
another tree names comes after, so that none is lost. Where one tree is damaged the others are read.
"""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import BinaryIO, cast

from config.errors import Malformed
from gateway.bundles.budget import Budget
from gateway.bundles.images import DiscFile, Metered
from gateway.bundles.iso9660 import iso_trees
from gateway.bundles.member import Member
from gateway.bundles.raw_discs import data_of, raw_layout
from gateway.bundles.sessions import Session, later_sessions
from gateway.bundles.udf import udf_files

_SECTOR = 2048
_DESCRIPTORS = slice(16 * _SECTOR, 32 * _SECTOR)
_RAW_HEAD = 40 * 1024


def read_disc(source: BinaryIO, budget: Budget) -> Iterator[Member]:
    """Return the files of a disc image.

    Raises:
        Malformed: the image has no usable directory, or holds no files.
        TooLarge: more directories and files than allowed.
    """
    source.seek(0)
    files = _distinct_files(_trees(source, budget), budget)
    if not files:
        raise Malformed("the disc image holds no files")
    for file in files:
        yield file.member(source, budget)


def read_raw_disc(source: BinaryIO, budget: Budget) -> Iterator[Member]:
    """Return the files of a raw image of a CD, as `read_disc` does."""
    source.seek(0)
    layout = raw_layout(source.read(_RAW_HEAD))
    if layout is None:
        raise Malformed("the disc image has no usable directory")
    return read_disc(data_of(source, layout), budget)


def _trees(source: BinaryIO, budget: Budget) -> list[list[DiscFile]]:
    """Return the files of every tree of a disc, the tree with the most telling names first.

    Raises:
        Malformed: no tree can be read.
    """
    marks = _marks(source)
    metered = Metered(source, budget)
    trees: list[list[DiscFile]] = []
    long_names, problem = False, None
    if b"CD001" in marks:
        try:
            trees, long_names = iso_trees(metered, budget.limits.maximum_folder_depth)
            trees = _later_trees(source, metered, budget) + trees
        except Malformed as error:
            problem = error
    if b"BEA01" in marks:
        try:
            found = list(_counted(udf_files(cast(BinaryIO, metered), budget.limits.maximum_folder_depth), budget))
            trees.insert(1 if long_names else 0, found)
        except Malformed as error:
            problem = error
    if not trees and problem is not None:
        raise problem
    return trees


def _later_trees(source: BinaryIO, metered: Metered, budget: Budget) -> list[list[DiscFile]]:
    """Return the files of the sessions behind the first, those of the last first; a damaged session is passed over."""
    trees: list[list[DiscFile]] = []
    for start in later_sessions(source):
        with suppress(Malformed):
            session = Metered(cast(BinaryIO, Session(cast(BinaryIO, metered), start)), budget, metered.records)
            trees = iso_trees(session, budget.limits.maximum_folder_depth)[0] + trees
    return trees


def _marks(source: BinaryIO) -> set[bytes]:
    """Return what the volume recognition sequence names (ECMA-167 2/8.3): CD001 for ISO 9660, BEA01 before UDF."""
    source.seek(0)
    descriptors = source.read(_DESCRIPTORS.stop)[_DESCRIPTORS]
    return {descriptors[at + 1 : at + 6] for at in range(0, len(descriptors), _SECTOR)}


def _counted(files: Iterator[DiscFile], budget: Budget) -> Iterator[DiscFile]:
    for number, file in enumerate(files, start=1):
        budget.refuse_count(number)
        yield file


def _distinct_files(trees: Sequence[list[DiscFile]], budget: Budget) -> list[DiscFile]:
    """Return the files of the first tree, and those of the others whose bytes or, where damaged, name none before has.

    Raises:
        TooLarge: more files than allowed.
    """
    found: list[DiscFile] = []
    seen: set[int | str] = set()
    for number, tree in enumerate(trees):
        marked = [(file, file.path.upper() if file.problem else file.begins_at()) for file in tree]
        new = [file for file, mark in marked if number == 0 or (mark is not None and mark not in seen)]
        found += new
        budget.refuse_count(len(found))
        seen.update(mark for _, mark in marked if mark is not None)
        seen.update(file.path.upper() for file in new)
    return found
