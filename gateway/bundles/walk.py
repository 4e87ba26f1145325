"""One bundle from its first byte to its last member, archives inside it included.

Every file met is one member: a plain file, or an archive that is not opened (nested too deep, of a kind that is not
read, damaged), which is then handed on whole with the reason. Only what is wrong with the bundle itself is an error,
and what came before it stays.
"""

import bz2
import gzip
import io
import os
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO, cast

from config.errors import Malformed, NotOffered, SenderFault, StorageFull, TooLarge
from config.settings import Uploads
from gateway.bundles.apart import read_seven_zip_apart, seven_zip_apart_asks_for_password
from gateway.bundles.budget import Budget
from gateway.bundles.discs import read_disc, read_raw_disc
from gateway.bundles.folders import file_member, open_file, read_folder
from gateway.bundles.kinds import NOT_READ, Kind, is_part10, kind_of
from gateway.bundles.member import Member
from gateway.bundles.names import tidy
from gateway.bundles.streams import PEEKED, XzStream, member_stream, readable
from gateway.bundles.tars import read_tar
from gateway.bundles.zips import is_document, read_zip, zip_asks_for_password

_CHUNK = 1 << 20
_NO_ROOM = {28, 122}  # ENOSPC, EDQUOT
_READERS: Mapping[Kind, Callable[[BinaryIO, Budget, str | None], Iterator[Member]]] = {
    "zip": read_zip,
    "7z": read_seven_zip_apart,
    "disc": lambda source, budget, _: read_disc(source, budget),
    "raw-disc": lambda source, budget, _: read_raw_disc(source, budget),
    "tar": lambda source, budget, _: read_tar(source, budget),
}
_INFLATERS: Mapping[Kind, Callable[[BinaryIO, Budget], BinaryIO]] = {
    "gzip": lambda source, _: cast(BinaryIO, gzip.GzipFile(fileobj=source)),
    "bzip2": lambda source, _: cast(BinaryIO, bz2.BZ2File(source)),
    "xz": lambda source, budget: cast(BinaryIO, XzStream(source, budget.limits.maximum_unpacking_memory_bytes)),
}


def members(path: Path, limits: Uploads, *, name: str, scratch: Path, password: str | None = None) -> Iterator[Member]:
    """Return every file of a bundle: an archive, a disc image, a folder, or a single file under `name`.

    Each is to be read before the next is asked for. Memory does not grow with the size of anything; an archive inside
    an archive is laid down in `scratch` while it is open, unlinked from the start. Limits hold for one archive file
    with all that is nested in it; a folder may hold any number. Two members may have the same path.

    Raises:
        Malformed: the bundle is damaged.
        NotOffered: a kind of archive that this version does not read.
        Refused: not even the names in it can be read without a password.
        TooLarge: a limit of `limits` was exceeded.
        StorageFull: no room for an archive inside the bundle.
    """
    if not path.is_dir():
        yield from _bundle(path, tidy(name), _Terms(limits, scratch, password))
        return
    terms = _Terms(limits, scratch, password)
    for file, member in read_folder(path):
        if member.problem is not None:
            yield member
            continue
        try:
            for inner in _bundle(file, "", terms):
                yield inner.named(_join(member.path, inner.path))
        except SenderFault as error:
            yield replace(member, problem=str(error))


def asks_for_password(path: Path, limits: Uploads) -> bool:
    """Say whether a bundle is an archive that cannot be read, or not all of it, without a password."""
    if path.is_dir():
        return False
    with open_file(path) as source:
        budget = Budget(limits, os.fstat(source.fileno()).st_size)
        kind = kind_of(source.read(PEEKED))
        if kind == "zip":
            return zip_asks_for_password(source, budget)
        return kind == "7z" and seven_zip_apart_asks_for_password(source, budget)


@dataclass(frozen=True)
class _Terms:
    """What holds for the whole of a bundle."""

    limits: Uploads
    scratch: Path
    password: str | None


def _bundle(path: Path, name: str, terms: _Terms) -> Iterator[Member]:
    """Return the members of a file; here, and not in what is nested, a fault is the bundle's."""
    with open_file(path) as source:
        budget = Budget(terms.limits, os.fstat(source.fileno()).st_size)
        with readable("the file"):
            kind = kind_of(source.read(PEEKED))
            source.seek(0)
        if kind in NOT_READ:
            raise NotOffered(NOT_READ[kind])
        if kind == "plain" or (kind == "zip" and is_document(source, budget)):
            yield file_member(path, name)
            return
        walk = _Walk(budget, terms)
        for member in walk.expand(walk.contents(source, kind), depth=1):
            yield member.named(member.path or name)


@dataclass(frozen=True)
class _Walk:
    """The way through one bundle."""

    budget: Budget
    terms: _Terms

    def expand(self, found: Iterable[Member], *, depth: int) -> Iterator[Member]:
        """Return members, and in the place of those that are archives what is in them."""
        for member in found:
            self.budget.count()
            self.budget.image = False
            if member.problem is not None:
                yield member
                continue
            try:
                stream = member.open()
                head = stream.peek(PEEKED)
                kind, self.budget.image = kind_of(head), is_part10(head)
            except (Malformed, NotOffered) as error:
                yield member.unreadable(str(error))
                continue
            with stream:
                opened = replace(member, opener=_handing_out(stream))
                if kind == "plain":
                    yield opened
                elif kind in NOT_READ:
                    yield replace(opened, problem=NOT_READ[kind])
                else:
                    yield from self._nested(opened, stream, kind, depth)

    def contents(self, source: BinaryIO, kind: Kind) -> Iterator[Member]:
        """Return the members of an archive read from its start; the one of a packed single file has an empty path."""
        if kind in _READERS:
            return _READERS[kind](source, self.budget, self.terms.password)
        inflated = member_stream(lambda: _INFLATERS[kind](source, self.budget), self.budget.meter())
        if kind_of(inflated.peek(PEEKED)) == "tar":
            return read_tar(inflated, self.budget, counted=True)
        return iter([Member("", None, lambda: inflated)])

    def _nested(self, member: Member, stream: io.BufferedReader, kind: Kind, depth: int) -> Iterator[Member]:
        """Return what is in an archive inside the bundle, and itself where that fails or goes too deep."""
        if depth > self.budget.limits.maximum_depth:
            most = self.budget.limits.maximum_depth
            problem = f"archives nested more than {most} deep are not opened (uploads.maximum_depth)"
            yield replace(member, problem=problem)
            return
        with tempfile.TemporaryFile(dir=self.terms.scratch) as copy:
            whole = replace(member, opener=_handing_out_again(copy))
            try:
                _copy(stream, copy)
            except Malformed as error:
                yield member.unreadable(str(error))
                return
            if kind == "zip" and is_document(copy, self.budget):
                yield whole
                return
            try:
                for inner in self.expand(self.contents(copy, kind), depth=depth + 1):
                    yield inner.named(_join(member.path, inner.path))
            except TooLarge:
                raise
            except SenderFault as error:
                yield replace(whole, problem=str(error))


def _join(outer: str, inner: str) -> str:
    return f"{outer}/{inner}" if outer and inner else outer or inner


def _handing_out(stream: io.BufferedReader) -> Callable[[], io.BufferedReader]:
    return lambda: stream


def _handing_out_again(copy: BinaryIO) -> Callable[[], io.BufferedReader]:
    def rewound() -> BinaryIO:
        copy.seek(0)
        return copy

    return lambda: member_stream(rewound)


def _copy(stream: io.BufferedReader, copy: BinaryIO) -> None:
    while chunk := stream.read(_CHUNK):
        try:
            copy.write(chunk)
        except OSError as error:
            if error.errno in _NO_ROOM:
                raise StorageFull("the disk is full: an archive inside the bundle cannot be unpacked") from None
            raise
    copy.flush()
    copy.seek(0)
