"""The quarantine over the desk's API: what waits, its frames as pictures, what was found in them, and the decision.

A picture shows the identity that the object was stopped for: it is never kept in a cache, and each look at one is in
the audit trail, as each decision is (`gateway.quarantine`). Frames are counted from 1, as DICOM does.
"""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from anonymizer.pixels import Box
from gateway import audit, quarantine
from gateway.node import Node
from worklist.pages.headers import GUARD_HEADERS

LARGEST_PAGE = 200
MOST_BOXES = 200
_NO_STORE = {"Cache-Control": "no-store"}
_Number = Annotated[int, Path(ge=1, le=2**62)]
_Frame = Annotated[int, Path(ge=1, le=2**31)]
_Site = Annotated[str | None, Query(max_length=64)]
_StudyUID = Annotated[str | None, Query(max_length=64)]
_After = Annotated[int, Query(ge=0, le=2**62)]
_Limit = Annotated[int, Query(ge=1, le=LARGEST_PAGE)]
_Column = Annotated[int, Field(ge=0, lt=2**16)]
_Size = Annotated[int, Field(ge=1, le=2**16)]


class Seen(BaseModel):
    """For which reason an object waited when a person looked at it, where that is told."""

    model_config = ConfigDict(extra="forbid")

    reason_code: Annotated[str, Field(max_length=64)] | None = None


class Drawn(Seen):
    """The boxes that a person drew: column, row, width and height, from the upper left corner."""

    boxes: Annotated[list[tuple[_Column, _Column, _Size, _Size]], Field(min_length=1, max_length=MOST_BOXES)]


_Several = Annotated[
    list[Annotated[int, Field(ge=1, le=2**62)]], Field(min_length=1, max_length=quarantine.MOST_TOGETHER)
]


class Together(Seen):
    """Objects that are decided together or not at all, by their numbers."""

    objects: _Several


class DrawnTogether(Drawn):
    """Objects by their numbers, and the boxes that a person drew for all of them."""

    objects: _Several


def add_quarantine(router: APIRouter, node: Node, admitted: Any) -> None:
    """Add the routes below `/quarantine` to those of the desk."""
    _add_looks(router, node, admitted)
    _add_pictures(router, node, admitted)
    _add_decisions(router, node, admitted)
    _add_decisions_together(router, node, admitted)


def _add_looks(router: APIRouter, node: Node, admitted: Any) -> None:
    @router.get("/quarantine")
    def waiting(
        _principal: admitted, site: _Site = None, study: _StudyUID = None, after: _After = 0, limit: _Limit = 50
    ) -> JSONResponse:
        """Return what waits in quarantine under pseudonyms, oldest first."""
        with node.identity.read() as session:
            rows = quarantine.list_quarantine(session, site=site, study_uid=study, after=after, limit=limit + 1)
        following = rows[limit - 1]["id"] if len(rows) > limit else None
        return JSONResponse({"objects": rows[:limit], "next": following}, headers=_NO_STORE)

    @router.get("/quarantine/{number}")
    def one(number: _Number, _principal: admitted) -> JSONResponse:
        """Return one object of the quarantine: why it waits, its size, and what a person may do."""
        return JSONResponse(quarantine.quarantine_at_desk(node, number), headers=_NO_STORE)


def _add_pictures(router: APIRouter, node: Node, admitted: Any) -> None:
    @router.get("/quarantine/{number}/frames/{frame}/picture", response_class=Response)
    def picture(number: _Number, frame: _Frame, principal: admitted) -> Response:
        """Return a frame as PNG with every value and colour to be seen, identity and all."""
        shown = quarantine.picture_of(node, number, frame=frame - 1)
        with node.identity.write() as session:
            subject, detail = f"object {number}", {"frame": frame}
            audit.note(
                session, node.clock, actor=principal.name, action="quarantine-viewed", subject=subject, detail=detail
            )
        return Response(shown, media_type="image/png", headers={**GUARD_HEADERS, **_NO_STORE})

    @router.get("/quarantine/{number}/frames/{frame}/findings")
    def findings(number: _Number, frame: _Frame, _principal: admitted) -> JSONResponse:
        """Return the boxes that the rules name and where something looks like text; the texts are not told."""
        return JSONResponse(quarantine.findings_in(node, number, frame=frame - 1), headers=_NO_STORE)


def _add_decisions(router: APIRouter, node: Node, admitted: Any) -> None:
    @router.post("/quarantine/{number}/clean", status_code=204)
    def clean(number: _Number, body: Drawn, principal: admitted) -> Response:
        """Black boxes in every frame, vouch for the rest, and let the object go on."""
        boxes = [Box(*each) for each in body.boxes]
        quarantine.clean_objects(node, [number], boxes, actor=principal.name, reason_code=body.reason_code)
        return Response(status_code=204)

    @router.post("/quarantine/{number}/release", status_code=204)
    def release(number: _Number, principal: admitted, body: Seen | None = None) -> Response:
        """Vouch for the object as it is and let it go on."""
        seen = body.reason_code if body is not None else None
        quarantine.release_objects(node, [number], actor=principal.name, reason_code=seen)
        return Response(status_code=204)

    @router.post("/quarantine/{number}/discard", status_code=204)
    def discard(number: _Number, principal: admitted) -> Response:
        """Remove the object's original for good."""
        quarantine.discard_objects(node, [number], actor=principal.name)
        return Response(status_code=204)


def _add_decisions_together(router: APIRouter, node: Node, admitted: Any) -> None:
    @router.post("/quarantine/clean", status_code=204)
    def clean(body: DrawnTogether, principal: admitted) -> Response:
        """Black the same boxes in several objects, vouch for the rest, and let them go on."""
        boxes = [Box(*each) for each in body.boxes]
        quarantine.clean_objects(node, body.objects, boxes, actor=principal.name, reason_code=body.reason_code)
        return Response(status_code=204)

    @router.post("/quarantine/release", status_code=204)
    def release(body: Together, principal: admitted) -> Response:
        """Vouch for several objects as they are and let them go on."""
        quarantine.release_objects(node, body.objects, actor=principal.name, reason_code=body.reason_code)
        return Response(status_code=204)

    @router.post("/quarantine/discard", status_code=204)
    def discard(body: Together, principal: admitted) -> Response:
        """Remove the originals of several objects for good."""
        quarantine.discard_objects(node, body.objects, actor=principal.name)
        return Response(status_code=204)
