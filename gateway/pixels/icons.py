"""Give an object that had an icon one of its published pixels, where those have to be decoded for it."""

from collections.abc import Callable
from shutil import copyfileobj
from typing import BinaryIO

from anonymizer import CannotDeidentify
from anonymizer.pixels import read_image_header, write_with_icon
from gateway.pixels.looking import Eyes

Room = Callable[[], tuple[BinaryIO, BinaryIO]]


def add_icon(result: BinaryIO, room: Room) -> None:
    """Write a de-identified object anew, with an icon; leave it as it is where its first frame does not decode.

    `room` gives a file for what comes between, twice (`gateway.scratch.scratch_pair`).
    """
    between, seen = room()
    with between, seen:
        result.seek(0)
        copyfileobj(result, between)
        between.flush()
        try:
            header = read_image_header(between)
            values = Eyes(seen, header).icon()
        except CannotDeidentify:
            return  # no decoder, or no image: then there is no icon
        result.seek(0)
        result.truncate()
        write_with_icon(between, result, header, values)
        result.flush()
