"""Pictures and frames of published blobs: made in the decoding processes, kept on disk by content.

Blobs are content-addressed, so nothing kept here can become wrong: an entry is only ever dropped. A blob that goes
while something is made of it takes that with it.
"""

from collections.abc import Callable, Iterable
from concurrent.futures import Future
from threading import Lock
from typing import Any, BinaryIO

from config.blobs import BlobStore
from config.metrics import RENDERED
from viewer_api.decoding.pool import DecodingPool, shared_pool
from viewer_api.decoding.wire import Work
from viewer_api.errors import CannotRender
from viewer_api.least_recent import LeastRecent
from viewer_api.made import Made
from viewer_api.rendering.image import StoredImage, compressed_frame, read_image, read_octets
from viewer_api.rendering.preview import PreviewRequest, render_preview
from viewer_api.rendering.version import RENDERING_VERSION
from viewer_api.rendering.voi import Window

KEPT_IMAGES = 512


class Pictures:
    """Renders frames of the blobs in one store."""

    def __init__(self, store: BlobStore, made: Made, pool: DecodingPool | None = None) -> None:
        self._store, self._made = store, made
        self._pool = pool or shared_pool()
        self._images: LeastRecent[str, StoredImage] = LeastRecent(KEPT_IMAGES)
        self._under_way: dict[tuple[object, ...], Future[bytes]] = {}
        self._lock = Lock()

    @property
    def idle(self) -> bool:
        """Say whether a decoder has nothing to do, so that something could be made and kept."""
        return self._made.keeps and self._pool.idle

    def picture(self, blob: str, index: int, request: PreviewRequest) -> bytes:
        """Return the picture of a frame counted from 0; see `render_preview` for the errors."""
        if not isinstance(request.window, Window | None):  # a table has no short name: made anew each time
            return self._render(blob, index, request)
        key = ("picture", RENDERING_VERSION, index, request)
        kept = self._made.get(blob, *key)
        if kept is None:
            return self._make_once(blob, key, lambda: self._render(blob, index, request))
        RENDERED.labels(outcome="kept").inc()
        return kept

    def image(self, blob: str) -> StoredImage:
        """Return what a blob says of its image; see `read_image` for the errors."""
        kept = self._images.get(blob)
        if kept is not None:
            return kept
        with self._store.open(blob) as source:
            return self._image(blob, source)

    def octets(self, blob: str, index: int) -> bytes:
        """Return a frame counted from 0 decoded, as Explicit VR Little Endian would hold it."""
        image = self.image(blob)
        if image.fragments is None and not image.transfer_syntax.is_deflated:
            with self._store.open(blob) as source:
                return read_octets(source, image, index)
        return self.kept(blob, ("octets", RENDERING_VERSION, index), lambda: self.work(blob, read_octets, index))

    def compressed(self, blob: str, index: int) -> bytes:
        """Return the compressed bytes of a frame counted from 0 as they are stored."""
        with self._store.open(blob) as source:
            return compressed_frame(source, self._image(blob, source), index)

    def work(self, blob: str, work: Work, *arguments: Any) -> bytes:
        """Return what a function below `viewer_api.rendering` makes of a blob; see `DecodingPool.run`."""
        with self._store.open(blob) as source:
            return self._pool.run(work, blob, source, *arguments)

    def kept(self, blob: str, key: tuple[object, ...], make: Callable[[], bytes], also: Iterable[str] = ()) -> bytes:
        """Return what is kept of a blob under a key that determines it, else make it and keep it.

        `also` names the other blobs it is made of: nothing is kept once one of them has gone.
        """
        kept = self._made.get(blob, *key)
        return self._make_once(blob, key, make, also) if kept is None else kept

    def _render(self, blob: str, index: int, request: PreviewRequest) -> bytes:
        try:
            picture = self.work(blob, render_preview, index, request)
        except CannotRender:
            RENDERED.labels(outcome="refused").inc()
            raise
        RENDERED.labels(outcome="rendered").inc()
        return picture

    def _make_once(
        self, blob: str, key: tuple[object, ...], make: Callable[[], bytes], also: Iterable[str] = ()
    ) -> bytes:
        """Make and keep it, or wait for another thread that is at it."""
        with self._lock:
            under_way = self._under_way.get((blob, *key))
            if under_way is None:
                mine = self._under_way[blob, *key] = Future[bytes]()
        if under_way is not None:
            return under_way.result()
        try:
            content = self._keep(blob, key, make(), also)
        except BaseException as error:
            mine.set_exception(error)
            raise
        else:
            mine.set_result(content)
            return content
        finally:
            with self._lock:
                del self._under_way[blob, *key]

    def _keep(self, blob: str, key: tuple[object, ...], content: bytes, also: Iterable[str] = ()) -> bytes:
        self._made.put(blob, *key, content=content)
        if not all(self._store.exists(each) for each in (blob, *also)):  # it was purged meanwhile
            self._made.drop(blob)
        return content

    def _image(self, blob: str, source: BinaryIO) -> StoredImage:
        image = self._images.get(blob)
        if image is None:
            image = read_image(source)
            self._images.put(blob, image)
        return image
