"""MLLP as a state machine over bytes: 0x0B, the message, 0x1C 0x0D (HL7 implementation guide, appendix C section 4.3).

What stands outside a frame is passed over, as the guide wants. A frame that begins inside another drops the unfinished
one: its end will not come any more. Some senders leave the last 0x0D out: theirs ends where the next frame begins, or
where they fall silent. No more than the largest message is ever held.
"""

import re

from config.errors import TooLarge

START = b"\x0b"
END = b"\x1c\r"
_FIRST_OF_END = END[:1]
_AN_END = re.compile(rb"\x1c(\r|(?=\x0b))")


def frame(message: bytes) -> bytes:
    """Return a message in its frame."""
    return START + message + END


class Frames:
    """The frames in a stream of bytes."""

    def __init__(self, maximum_bytes: int) -> None:
        self._maximum = maximum_bytes
        self._held = bytearray()
        self._inside = False
        self._looked = 0

    @property
    def inside(self) -> bool:
        """Say whether a message has begun and not ended."""
        return self._inside

    @property
    def begun(self) -> bytes:
        """Return the beginning of the message that has not ended, as much as holds its header."""
        return bytes(self._held[:4096]) if self._inside else b""

    def feed(self, data: bytes) -> list[bytes]:
        """Take bytes and return the messages that they complete.

        Raises:
            TooLarge: a message is larger than allowed; the stream cannot be followed any more.
        """
        self._held += data
        found = []
        while (message := self._next()) is not None:
            found.append(message)
        if len(self._held) - self._held.endswith(_FIRST_OF_END) > self._maximum:
            raise self._too_large()
        return found

    def end_in_silence(self) -> list[bytes]:
        """Return the message that lacks nothing but the last byte of its frame, where no more comes, and no other."""
        if not self._inside or not self._held.endswith(_FIRST_OF_END):
            return []
        message = bytes(self._held[: -len(_FIRST_OF_END)])
        self._held.clear()
        self._inside = False
        return [message]

    def _too_large(self) -> TooLarge:
        return TooLarge(f"a message may have {self._maximum} bytes")

    def _next(self) -> bytes | None:
        if not self._inside:
            start = self._held.find(START)
            if start < 0:
                self._held.clear()
                return None
            del self._held[: start + 1]
            self._inside, self._looked = True, 0
        ended = _AN_END.search(self._held, self._looked)
        end, after = ended.span() if ended is not None else (-1, -1)
        begins_anew = self._held.rfind(START, self._looked, end if end >= 0 else len(self._held))
        if begins_anew >= 0:
            del self._held[: begins_anew + 1]
            end, after = end - begins_anew - 1, after - begins_anew - 1
        if ended is None:
            self._looked = max(len(self._held) - 1, 0)
            return None
        if end > self._maximum:
            raise self._too_large()
        message = bytes(self._held[:end])
        del self._held[:after]
        self._inside = False
        return message
