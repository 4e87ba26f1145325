"""The worklist over HTTP: each route opens one transaction, calls one decision, and answers its JSON form.

Every route names the roles it admits. Readers claim, read, sign and add; coordinators and admins may also give an item
back for a reader; integrators look.
"""

from typing import Annotated, Any, cast

from fastapi import APIRouter, Depends, Path, Query
from fastapi.responses import Response

from config.metrics import READS
from worklist.access.gate import Gate
from worklist.api_models import (
    AddendumIn,
    AddendumOut,
    ItemDetail,
    Me,
    Page,
    ReadIn,
    ReadOut,
    WorklistQuery,
    problems,
)
from worklist.audit import note_access_in
from worklist.bounded import BoundedRoute
from worklist.details import item_detail
from worklist.documents import DocumentKind, read_document
from worklist.drafts import DraftChanges, save_draft
from worklist.items import claim, release
from worklist.listing import list_items
from worklist.models import Role
from worklist.principal import Principal
from worklist.reads import addendum_entry, get_read, read_entry
from worklist.room import ReadingRoom
from worklist.signing import add_addendum, sign

EVERYBODY: tuple[Role, ...] = ("reader", "coordinator", "integrator", "admin")
RELEASERS: tuple[Role, ...] = ("reader", "coordinator", "admin")

Id = Annotated[str, Path(max_length=64)]


def make_router(room: ReadingRoom) -> APIRouter:
    """Return the routes under /api that belong to the reading zone."""
    router = APIRouter(prefix="/api", tags=["worklist"], route_class=BoundedRoute, dependencies=[Depends(_no_store)])
    gate = Gate(room)
    _add_looks(router, room, gate)
    _add_moves(router, room, gate)
    _add_reading(router, room, gate)
    _add_reads(router, room, gate)
    _add_documents(router, room, gate)
    return router


def _add_looks(router: APIRouter, room: ReadingRoom, gate: Gate) -> None:
    Anybody = Annotated[Principal, Depends(gate.requires(*EVERYBODY))]

    @router.get("/me", response_model=Me, responses=problems())
    def show_me(principal: Anybody) -> dict[str, Any]:
        """Say who is asking, and for a log-in the token that unsafe requests need."""
        return {
            "name": principal.name,
            "role": principal.role,
            "via": principal.via,
            "csrf_token": principal.csrf_token,
        }

    @router.get("/worklist", response_model=Page, responses=problems(400, 422))
    def list_worklist(principal: Anybody, query: Annotated[WorklistQuery, Query()]) -> dict[str, Any]:
        """List the second reads, oldest due first."""
        with room.database.read() as session:
            items, cursor = list_items(session, principal, now=room.clock(), **query.model_dump())
        return {"items": items, "next": cursor}

    @router.get("/worklist/{item_id}", response_model=ItemDetail, responses=problems(404))
    def show_item(principal: Anybody, item_id: Id) -> dict[str, Any]:
        """Show one item with the case, the series, the own draft and the signed read."""
        return _detail(room, principal, item_id)


def _add_moves(router: APIRouter, room: ReadingRoom, gate: Gate) -> None:
    Reader = Annotated[Principal, Depends(gate.requires("reader"))]
    Releaser = Annotated[Principal, Depends(gate.requires(*RELEASERS))]

    @router.post("/worklist/{item_id}/claim", response_model=ItemDetail, responses=problems(404, 409))
    def claim_item(principal: Reader, item_id: Id) -> dict[str, Any]:
        """Claim an item, or renew the own claim."""
        with room.database.write() as session:
            claim(session, room.clock, principal, item_id, rules=room.settings.worklist)
        return _detail(room, principal, item_id)

    @router.post("/worklist/{item_id}/release", response_model=ItemDetail, responses=problems(404, 409))
    def release_item(principal: Releaser, item_id: Id) -> dict[str, Any]:
        """Give an item back; the draft is kept."""
        with room.database.write() as session:
            release(session, room.clock, principal, item_id)
        return _detail(room, principal, item_id)


def _add_reading(router: APIRouter, room: ReadingRoom, gate: Gate) -> None:
    Reader = Annotated[Principal, Depends(gate.requires("reader"))]

    @router.post("/worklist/{item_id}/read", response_model=ReadOut, responses=problems(400, 404, 409, 422))
    def write_read(principal: Reader, item_id: Id, body: ReadIn) -> dict[str, Any]:
        """Save a draft of the read, or change it; saving extends the lease."""
        changes = cast("DraftChanges", body.model_dump(exclude_unset=True))
        with room.database.write() as session:
            draft = save_draft(session, room.clock, principal, item_id, changes=changes, rules=room.settings.worklist)
            return read_entry(session, draft)

    @router.post("/worklist/{item_id}/sign", response_model=ReadOut, responses=problems(404, 409))
    def sign_read(principal: Reader, item_id: Id) -> dict[str, Any]:
        """Sign the draft: from now on it never changes, and it is charged."""
        rules, billing = room.settings.worklist, room.settings.billing
        with room.database.write() as session:
            signed = sign(session, room.clock, principal, item_id, rules=rules, billing=billing)
            entry = get_read(session, principal, signed.read_id)
        READS.inc()
        return entry


def _add_reads(router: APIRouter, room: ReadingRoom, gate: Gate) -> None:
    Anybody = Annotated[Principal, Depends(gate.requires(*EVERYBODY))]
    Reader = Annotated[Principal, Depends(gate.requires("reader"))]

    @router.get("/reads/{read_id}", response_model=ReadOut, responses=problems(404))
    def show_read(principal: Anybody, read_id: Id) -> dict[str, Any]:
        """Show a signed read with its addenda, or the own draft."""
        with room.database.read() as session:
            entry = get_read(session, principal, read_id)
        note_access_in(room, principal, "read-viewed", entry["study_uid"])
        return entry

    @router.post(
        "/reads/{read_id}/addenda",
        response_model=AddendumOut,
        status_code=201,
        responses=problems(400, 404, 422),
    )
    def add_to_read(principal: Reader, read_id: Id, body: AddendumIn) -> dict[str, Any]:
        """Add to a signed read; only the reader who signed it may."""
        with room.database.write() as session:
            addendum_id = add_addendum(session, room.clock, principal, read_id, body.text)
            return addendum_entry(session, addendum_id)


def _add_documents(router: APIRouter, room: ReadingRoom, gate: Gate) -> None:
    Anybody = Annotated[Principal, Depends(gate.requires(*EVERYBODY))]

    def answer(principal: Principal, read_id: str, kind: DocumentKind, media_type: str, ending: str) -> Response:
        with room.database.read() as session:
            study_uid = get_read(session, principal, read_id)["study_uid"]
        content = read_document(room, read_id, kind)
        note_access_in(room, principal, "document-viewed", study_uid)
        headers = {
            "Content-Disposition": f'inline; filename="{read_id}.{ending}"',
            "Cache-Control": "private, no-store",
        }
        return Response(content, media_type=media_type, headers=headers)

    @router.get("/reads/{read_id}/report.pdf", response_class=Response, responses=_document("application/pdf"))
    def show_pdf(principal: Anybody, read_id: Id) -> Response:
        """Return the signed read as a PDF under the pseudonym."""
        return answer(principal, read_id, "pdf", "application/pdf", "pdf")

    @router.get("/reads/{read_id}/report.dcm", response_class=Response, responses=_document("application/dicom"))
    def show_sr(principal: Anybody, read_id: Id) -> Response:
        """Return the signed read as a DICOM structured report under the pseudonym."""
        return answer(principal, read_id, "sr", "application/dicom", "dcm")


def _no_store(response: Response) -> None:
    """Keep what is said of patients out of every cache; the documents say so themselves."""
    response.headers["Cache-Control"] = "private, no-store"


def _document(media_type: str) -> dict[int | str, dict[str, Any]]:
    return {200: {"content": {media_type: {}}}, **problems(404, 409)}


def _detail(room: ReadingRoom, principal: Principal, item_id: str) -> dict[str, Any]:
    with room.database.read() as session:
        detail = item_detail(session, principal, item_id, room.clock())
    note_access_in(room, principal, "item-viewed", detail["study_uid"])
    return detail
