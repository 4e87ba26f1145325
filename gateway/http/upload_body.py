"""The body of an upload: the bundle itself, or a form (RFC 7578) with one file in it."""

from collections.abc import Mapping

from config.errors import Malformed
from gateway.http.multipart import Multipart, parse_content_type
from gateway.uploads import UploadSink


class UploadBody:
    """Passes the bundle in a request body on to its sink.

    Raises:
        Malformed: a multipart body that is not a form.
    """

    def __init__(self, headers: Mapping[str, str], sink: UploadSink) -> None:
        self._sink = sink
        kind, parameters = parse_content_type(headers.get("content-type", ""))
        self._form: _Form | None = None
        self._filename = _filename(headers.get("content-disposition", ""))
        if kind == "multipart/form-data":
            self._form = _Form(sink)
            self._multipart = Multipart(parameters, self._form)
        elif kind.startswith("multipart/"):
            raise Malformed(
                "send a bundle as the body itself or in multipart/form-data; STOW-RS has a route of its own"
            )

    def feed(self, data: bytes) -> None:
        """Take the next bytes of the body; see `UploadSink.write` and `Multipart.feed` for what it raises."""
        if self._form is None:
            self._sink.write(data)
        else:
            self._multipart.feed(data)

    def finish(self, *, keep_locked: bool = False) -> str:
        """Make the bundle durable; return the upload's identifier. See `UploadSink.finish` for `keep_locked`.

        Raises:
            Malformed: there was no file, or the form is not whole.
            StorageFull: the disk is full.
        """
        if self._form is None:
            return self._sink.finish(self._filename, keep_locked=keep_locked)
        self._multipart.finish()
        if self._form.filename is None:
            raise Malformed("the form has no file in it")
        return self._sink.finish(self._form.filename, keep_locked=keep_locked)


class _Form:
    """Takes the one file of a form and passes over its other fields."""

    def __init__(self, sink: UploadSink) -> None:
        self._sink = sink
        self._inside = False
        self.filename: str | None = None

    def begin(self, headers: Mapping[str, str]) -> None:
        disposition = headers.get("content-disposition", "")
        self._inside = "filename" in parse_content_type(disposition)[1]
        if not self._inside:
            return
        if self.filename is not None:
            raise Malformed("the form has more than one file: pack them into one zip")
        self.filename = _filename(disposition)

    def data(self, data: bytes) -> None:
        if self._inside:
            self._sink.write(data)

    def end(self) -> None:
        self._inside = False


def _filename(disposition: str) -> str:
    """Return the last part of a name, without the folders that some browsers send."""
    name = parse_content_type(disposition)[1].get("filename", "")
    return name.replace("\\", "/").rsplit("/", 1)[-1]
