"""Long frames that are sent as they lie in their blob: read while they are sent, never held whole.

A mammogram is tens of megabytes, a frame of a whole slide image or of a float volume more; several readers at once must
not need several times that in memory.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from config.blobs import BlobStore
from viewer_api.dicomweb.locate import Located
from viewer_api.errors import CannotRender
from viewer_api.rendering.frame_table import Piece
from viewer_api.rendering.image import StoredImage, stored_pieces

LONG = 4 << 20
"""The bytes from which a frame is worth it."""

_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class StoredFrame:
    """Where a frame lies in its blob."""

    store: BlobStore
    blob: str
    pieces: Sequence[Piece]

    @property
    def length(self) -> int:
        """Return the bytes of the frame."""
        return sum(length for _, length in self.pieces)

    def read(self, first: int, last: int) -> Iterator[bytes]:
        """Return the bytes from a first up to, and without, a last, in chunks."""
        with self.store.open(self.blob) as source:
            for offset, length in self.pieces:
                begin, end = max(first, 0), min(last, length)
                source.seek(offset + begin)
                while begin < end and (chunk := source.read(min(_CHUNK, end - begin))):
                    begin += len(chunk)
                    yield chunk
                first, last = first - length, last - length


def long_frame(store: BlobStore, found: Located, image: StoredImage, index: int, *, octets: bool) -> StoredFrame | None:
    """Return a long frame that can be sent as it is stored; None where it is short or must be decoded or encoded.

    Raises:
        NotFound: there is no such frame.
        CannotRender: the pixel data ends before the frame does.
    """
    pieces = stored_pieces(image, index, octets=octets)
    if pieces is None or sum(length for _, length in pieces) < LONG:
        return None
    if max(offset + length for offset, length in pieces) > found.bytes:
        raise CannotRender("the pixel data is truncated")
    return StoredFrame(store, found.blob, pieces)
