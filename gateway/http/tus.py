"""Resumable uploads by the tus protocol 1.0.0: core, creation, termination, expiration and checksum.

One set of routes for two kinds of people: coordinators with a token below `/intake/tus`, and whoever holds an upload
session below `/upload/tus`. Who they are and what they may address is the `Sender` that the door hands in.
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from email.utils import format_datetime
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.routing import APIRoute

from config.errors import Malformed, OverreadError
from gateway.http.body import hand_on_body
from gateway.http.bundle_password import bundle_password, unpack_behind
from gateway.node import Node
from gateway.uploads.locked import Busy
from gateway.uploads.owners import ACCOUNT
from gateway.uploads.resumable import (
    BeforeWhole,
    Progress,
    Promise,
    ResumedWriter,
    begin_upload,
    cancel_upload,
    finish_upload,
    upload_progress,
)
from worklist.access.gate import Gate, Principal
from worklist.problems import HEADERS, problem, status_of

VERSION = "1.0.0"
EXTENSIONS = "creation,termination,expiration,checksum"
_CHUNK = "application/offset+octet-stream"
_DIGESTS = ("sha1", "sha256")
_CHECKSUM_MISMATCH = 460  # tus 1.0.0, the checksum extension
_LONGEST_NAME = 255


@dataclass(frozen=True, slots=True)
class Sender:
    """Who uploads, under which name in the audit trail, to which site and case; `before_whole` may refuse the end."""

    owner: str
    actor: str
    site: str = ""
    case_number: str = ""
    before_begin: Callable[[], None] | None = None
    before_whole: BeforeWhole | None = None


def make_router(node: Node) -> APIRouter:
    """Return the tus routes for coordinators and admins."""
    admitted = Depends(Gate(node.room).requires("coordinator", "admin"))

    def sender(
        principal: Annotated[Principal, admitted],
        site: Annotated[str, Query(max_length=64)] = "",
        case: Annotated[str, Query(max_length=10)] = "",
    ) -> Sender:
        return Sender(owner_of(principal), principal.name, site, case)

    return tus_router(node, "/intake/tus", sender, documented=True)


def owner_of(principal: Principal) -> str:
    """Return what the uploads of a coordinator or admin belong to."""
    return f"{ACCOUNT}{principal.name}"


def tus_router(node: Node, prefix: str, sender: Callable[..., Any], *, documented: bool = False) -> APIRouter:
    """Return the tus routes below a prefix; `sender` is the dependency that says who uploads, or refuses."""
    router = APIRouter(prefix=prefix, tags=["intake"], route_class=_TusRoute, include_in_schema=documented)
    Admitted = Annotated[Sender, Depends(sender)]

    def speaking(request: Request, who: Admitted) -> Sender:
        if request.headers.get("tus-resumable") != VERSION:
            raise _WrongVersion(f"this node speaks tus {VERSION}: send Tus-Resumable")
        return who

    Who = Annotated[Sender, Depends(speaking)]

    @router.options("", status_code=204)
    def offer(_who: Admitted) -> Response:
        """Say what of the tus protocol is spoken here."""
        most = str(node.settings.uploads.maximum_bytes)
        headers = {"Tus-Version": VERSION, "Tus-Extension": EXTENSIONS, "Tus-Max-Size": most}
        return Response(status_code=204, headers={**headers, "Tus-Checksum-Algorithm": ",".join(_DIGESTS)})

    @router.post("", status_code=201)
    def create(request: Request, who: Who) -> Response:
        """Open an upload of Upload-Length bytes (tus creation)."""
        if who.before_begin is not None:
            who.before_begin()
        progress = begin_upload(node, _promise(request, who))
        return _answer(progress, 201, {"Location": f"{prefix}/{progress.upload_id}"})

    @router.head("/{upload_id}")
    def look(upload_id: str, request: Request, who: Who) -> Response:
        """Say how far an upload has come."""
        password = bundle_password(request.headers)
        progress = upload_progress(node, upload_id, owner=who.owner)
        if progress.whole:
            finish_upload(node, progress, owner=who.owner, keep=lambda writer: _keep(writer, who, password))
        return _answer(progress, 200, {"Upload-Length": str(progress.length)})

    @router.patch("/{upload_id}", status_code=204)
    async def append(upload_id: str, request: Request, who: Who) -> Response:
        """Append to an upload at Upload-Offset.

        With the last byte the header Overread-Bundle-Password opens an encrypted bundle.
        """
        if request.headers.get("content-type") != _CHUNK:
            return problem(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, f"send it as {_CHUNK}")
        password = bundle_password(request.headers)
        checksum = _Checksum(request.headers.get("upload-checksum"))
        offset = _number(request, "upload-offset")
        writer = await run_in_threadpool(
            ResumedWriter, node, upload_id, owner=who.owner, offset=offset, is_doubted=checksum.asked
        )

        def feed(data: bytes) -> None:
            checksum.update(data)
            writer.write(data)

        try:
            await hand_on_body(request, feed)
            if not checksum.holds():
                writer.take_back()
                return Response(status_code=_CHECKSUM_MISMATCH)
            progress = await run_in_threadpool(_keep, writer, who, password)
        except BaseException:
            if checksum.asked:
                writer.take_back()
            raise
        finally:
            writer.close()
        return _answer(progress, 204)

    @router.delete("/{upload_id}", status_code=204)
    def cancel(upload_id: str, who: Who) -> Response:
        """Cancel an upload that is not whole (tus termination)."""
        cancel_upload(node, upload_id, owner=who.owner)
        return Response(status_code=204)

    return router


class _TusRoute(APIRoute):
    """A route that speaks tus: the version is asked for, and stands on every answer, those to errors included."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def versioned(request: Request) -> Response:
            try:
                response = await handle(request)
            except _WrongVersion as error:
                response = problem(HTTPStatus.PRECONDITION_FAILED, str(error), {"Tus-Version": VERSION})
            except Busy as error:
                response = problem(HTTPStatus.LOCKED, str(error), {"Retry-After": "1"})
            except OverreadError as error:
                kinds = type(error).__mro__
                headers = next((HEADERS[kind] for kind in kinds if kind in HEADERS), None)
                response = problem(status_of(type(error)), str(error), headers)
            response.headers["Tus-Resumable"] = VERSION
            response.headers["Cache-Control"] = "no-store"
            return response

        return versioned


class _WrongVersion(Malformed):
    """The sender does not say that it speaks our version."""


class _Checksum:
    """The digest of one PATCH body, where its sender asked for that."""

    def __init__(self, header: str | None) -> None:
        self.asked = header is not None
        name, _, value = (header or "").partition(" ")
        if self.asked and name not in _DIGESTS:
            raise Malformed(f"Upload-Checksum is one of {', '.join(_DIGESTS)}")
        self._digest = hashlib.new(name, usedforsecurity=False) if self.asked else None
        self._value = _decode(value, "Upload-Checksum") if self.asked else b""

    def update(self, data: bytes) -> None:
        if self._digest is not None:
            self._digest.update(data)

    def holds(self) -> bool:
        return self._digest is None or hmac.compare_digest(self._digest.digest(), self._value)


def _keep(writer: ResumedWriter, who: Sender, password: str | None) -> Progress:
    """Keep what came; of a whole bundle with a password, begin to unpack it before anybody without one does."""
    progress = writer.keep(who.actor, who.before_whole, keep_locked=password is not None)
    if progress.whole and password is not None:
        unpack_behind(writer, progress.upload_id, password)
    return progress


def _promise(request: Request, who: Sender) -> Promise:
    metadata = _metadata(request.headers.get("upload-metadata", ""))
    if "upload-length" not in request.headers:
        raise Malformed("Upload-Length is needed: its deferral is not offered")
    return Promise(
        owner=who.owner,
        actor=who.actor,
        site=who.site,
        case_number=who.case_number,
        filename=metadata.get("filename", "").replace("\\", "/").rsplit("/", 1)[-1][:_LONGEST_NAME],
        length=_number(request, "upload-length"),
        fingerprint=metadata.get("fingerprint", "")[:64],
    )


def _metadata(header: str) -> dict[str, str]:
    """Return the pairs of Upload-Metadata: keys and base64 values."""
    pairs = (pair.strip().partition(" ") for pair in header.split(",") if pair.strip())
    return {key: _decode(value, "Upload-Metadata").decode("utf-8", "replace") for key, _, value in pairs}


def _decode(value: str, header: str) -> bytes:
    try:
        return base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        raise Malformed(f"a value in {header} is not base64") from None


def _number(request: Request, header: str) -> int:
    value = request.headers.get(header, "")
    if not (value.isascii() and value.isdigit() and len(value) <= 18):
        raise Malformed(f"{header.title()} is a number of bytes")
    return int(value)


def _answer(progress: Progress, status: int, headers: dict[str, str] | None = None) -> Response:
    said = {"Upload-Offset": str(progress.offset), "Upload-Expires": format_datetime(progress.expires_at, usegmt=True)}
    return Response(status_code=status, headers={**said, **(headers or {})})
