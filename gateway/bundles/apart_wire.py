"""What a process that reads an archive says: messages, each with its kind in the first byte and JSON or bytes behind.

`READY` comes first, before anything of the archive is read. `MEMBER` begins a file, `DATA` are its next bytes,
`DAMAGED` ends what can be given of it, `END` ends the file. `FAULT` is what is wrong with the whole, `DONE` is said
when there is nothing more, with the answer where one was asked for.
"""

import json
from collections.abc import Mapping
from enum import IntEnum
from typing import Any

from config.errors import Malformed, NotOffered, OverreadError, Refused, TooLarge

LARGEST = 2 << 20  # bytes of a message; those of a file come in smaller ones
FAULTS: Mapping[str, type[OverreadError]] = {kind.__name__: kind for kind in (Malformed, NotOffered, Refused, TooLarge)}


class Kind(IntEnum):
    """Be what a message is about."""

    MEMBER = 0
    DATA = 1
    DAMAGED = 2
    END = 3
    FAULT = 4
    DONE = 5
    READY = 6


def pack(kind: Kind, said: object = None) -> bytes:
    """Return a message of anything JSON can hold."""
    return bytes([kind]) + json.dumps(said).encode()


def unpack(message: bytes) -> tuple[Kind, Any]:
    """Return the kind of a message and what it says: bytes of a file as they are, anything else out of JSON.

    Raises:
        ValueError: no message.
    """
    kind = Kind(message[0]) if message else Kind(-1)
    return kind, message[1:] if kind is Kind.DATA else json.loads(message[1:])
