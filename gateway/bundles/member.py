"""One file inside a bundle, as every reader of archives hands it on.

A member that cannot be given as it was packed is still a member: it says why in words that a person can act on, so
that one bad file neither stops the rest nor goes missing without a word.
"""

import io
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Self

NOT_A_FILE = "a link or a special file: there is nothing of its own in it"
ENCRYPTED = (
    "the bundle is encrypted: send it again with its password (Overread-Bundle-Password, or --password-stdin),"
    " or packed without one"
)
NOT_OPENED = "the file does not unpack with the password given, or is damaged"


@dataclass(frozen=True, slots=True)
class Member:
    """A file of a bundle.

    `path` is the name inside the bundle, for people to read; nothing on this side is ever named after it. `size` is
    what the bundle claims, in bytes, None where it does not say. `problem` tells why the content is not, or not
    entirely, what was packed; `lost` says that the bundle holds bytes of this member which `open` does not give.
    """

    path: str
    size: int | None
    opener: Callable[[], io.BufferedReader]
    problem: str | None = None
    lost: bool = False

    def open(self) -> io.BufferedReader:
        """Return the content as a stream; once, and before the next member is asked for.

        Raises:
            Malformed: the content is damaged; also raised while reading.
            TooLarge: the content exceeds a limit; also raised while reading.
        """
        return self.opener()

    def named(self, path: str) -> Self:
        """Return the same member under another path."""
        return replace(self, path=path)

    def unreadable(self, problem: str) -> Self:
        """Return a member in the place of this one, of which nothing can be given, and why."""
        return replace(self, opener=empty, problem=problem, lost=True)


def empty() -> io.BufferedReader:
    """Return a stream without content."""
    return io.BufferedReader(io.BytesIO())


def nothing_of_its_own(path: str) -> Member:
    """Return the member that stands for a link or a special file."""
    return Member(path, 0, empty, NOT_A_FILE)
