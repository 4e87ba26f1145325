"""A folder, swept in the order of its names; links are not followed, so that nothing outside of it is taken in."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, cast

from config.errors import Malformed
from gateway.bundles.member import Member, empty, nothing_of_its_own
from gateway.bundles.names import decode_names, tidy
from gateway.bundles.streams import member_stream, readable


def read_folder(root: Path) -> Iterator[tuple[Path, Member]]:
    """Return the files below a folder, and each as a member under its path in it."""
    yield from _sweep(root, root)


def file_member(path: Path, name: str) -> Member:
    """Return a file as a member under a name; its errors come when it is read."""
    try:
        size = path.lstat().st_size
    except OSError:
        size = None
    return Member(name, size, lambda: member_stream(lambda: open_file(path)))


def open_file(path: Path) -> BinaryIO:
    """Open a regular file that is no link.

    Raises:
        Malformed: it cannot be read, or has become a link.
    """
    with readable("the file"):
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        return cast(BinaryIO, os.fdopen(descriptor, "rb", buffering=0))


def _sweep(root: Path, folder: Path) -> Iterator[tuple[Path, Member]]:
    try:
        with readable("the folder"), os.scandir(folder) as found:
            items = sorted(found, key=lambda item: item.name)
    except Malformed as error:
        yield folder, Member(_name(root, folder) + "/", None, empty, str(error), lost=True)
        return
    for item in items:
        path = Path(item.path)
        if item.is_dir(follow_symlinks=False):
            yield from _sweep(root, path)
        elif item.is_file(follow_symlinks=False):
            yield path, file_member(path, _name(root, path))
        else:
            yield path, nothing_of_its_own(_name(root, path))


def _name(root: Path, path: Path) -> str:
    return tidy(decode_names([os.fsencode(path.relative_to(root))])[0])
