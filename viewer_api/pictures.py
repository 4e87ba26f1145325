"""Pictures and frames of published blobs: opens them, bounds the work in flight, keeps what was made.

Blobs are content-addressed, so nothing kept here can become wrong: an entry is only ever dropped.
"""

import os
from threading import BoundedSemaphore
from typing import BinaryIO

from config.blobs import BlobStore
from config.metrics import RENDERED
from viewer_api.errors import CannotRender
from viewer_api.least_recent import LeastRecent
from viewer_api.rendering.image import StoredImage, compressed_frame, read_image, read_octets
from viewer_api.rendering.preview import PreviewRequest, render_preview

KEPT_PICTURE_BYTES = 128 << 20
KEPT_IMAGES = 64
AT_ONCE = max(2, os.cpu_count() or 2)


class Pictures:
    """Renders frames of the blobs in one store."""

    def __init__(self, store: BlobStore) -> None:
        self._store = store
        self._images: LeastRecent[str, StoredImage] = LeastRecent(KEPT_IMAGES)
        self._kept: LeastRecent[tuple[str, int, PreviewRequest], bytes] = LeastRecent(KEPT_PICTURE_BYTES)
        self._decoding = BoundedSemaphore(AT_ONCE)

    def picture(self, blob: str, index: int, request: PreviewRequest) -> bytes:
        """Return the picture of a frame counted from 0; see `render_preview` for the errors."""
        key = (blob, index, request)
        kept = self._kept.get(key)
        if kept is not None:
            RENDERED.labels(outcome="kept").inc()
            return kept
        try:
            with self._decoding, self._store.open(blob) as source:
                picture = render_preview(source, self._image(blob, source), index, request)
        except CannotRender:
            RENDERED.labels(outcome="refused").inc()
            raise
        RENDERED.labels(outcome="rendered").inc()
        self._kept.put(key, picture, len(picture))
        return picture

    def image(self, blob: str) -> StoredImage:
        """Return what a blob says of its image; see `read_image` for the errors."""
        kept = self._images.get(blob)
        if kept is not None:
            return kept
        with self._store.open(blob) as source:
            return self._image(blob, source)

    def octets(self, blob: str, index: int) -> bytes:
        """Return a frame counted from 0 decoded, as Explicit VR Little Endian would hold it."""
        with self._decoding, self._store.open(blob) as source:
            return read_octets(source, self._image(blob, source), index)

    def compressed(self, blob: str, index: int) -> bytes:
        """Return the compressed bytes of a frame counted from 0 as they are stored."""
        with self._store.open(blob) as source:
            return compressed_frame(source, self._image(blob, source), index)

    def _image(self, blob: str, source: BinaryIO) -> StoredImage:
        image = self._images.get(blob)
        if image is None:
            image = read_image(source)
            self._images.put(blob, image)
        return image
