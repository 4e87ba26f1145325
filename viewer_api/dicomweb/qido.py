"""QIDO-RS: search for studies, series and instances (PS3.18 section 10.6).

Answers come in the DICOM JSON model, or in the Native DICOM Model with a part for each match.
"""

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import JSONResponse

from viewer_api.dicomweb.accept import accepted, negotiate
from viewer_api.dicomweb.context import Context, service_root
from viewer_api.dicomweb.metadata import OFFERS, xml_parts
from viewer_api.dicomweb.query import Level, parse_query
from viewer_api.dicomweb.search import STUDY_INSTANCE_UID, search
from worklist.models import PublishedInstance, PublishedSeries
from worklist.principal import Principal


def add_routes(router: APIRouter, context: Context) -> None:
    """Add the six search resources."""
    Admitted = Annotated[Principal, Depends(context.admit)]

    @router.get("/studies")
    def search_studies(request: Request, _principal: Admitted) -> Response:
        """Search for studies."""
        return _answer(context, request, "study", ())

    @router.get("/series")
    def search_series(request: Request, _principal: Admitted) -> Response:
        """Search for series of all studies."""
        return _answer(context, request, "series", ())

    @router.get("/instances")
    def search_instances(request: Request, _principal: Admitted) -> Response:
        """Search for instances of all studies."""
        return _answer(context, request, "instance", ())

    @router.get("/studies/{study}/series")
    def search_series_of_study(request: Request, principal: Admitted, study: str) -> Response:
        """Search for series of a study."""
        return _answer(context, request, "series", (PublishedSeries.study_uid == study,), principal)

    @router.get("/studies/{study}/instances")
    def search_instances_of_study(request: Request, principal: Admitted, study: str) -> Response:
        """Search for instances of a study."""
        return _answer(context, request, "instance", (PublishedInstance.study_uid == study,), principal)

    @router.get("/studies/{study}/series/{series}/instances")
    def search_instances_of_series(request: Request, principal: Admitted, study: str, series: str) -> Response:
        """Search for instances of a series."""
        scope = (PublishedInstance.study_uid == study, PublishedInstance.series_uid == series)
        return _answer(context, request, "instance", scope, principal)


def _answer(
    context: Context, request: Request, level: Level, scope: Sequence[Any], looks_in: Principal | None = None
) -> Response:
    """Answer a search; within one study, which exists if there are answers, it is a look of somebody at that study."""
    negotiated = negotiate(accepted(request), OFFERS)
    query = parse_query(request.query_params.multi_items())
    with context.room.database.read() as session:
        answers, remaining = search(session, level, query, scope, service_root(request))
    if answers and looks_in is not None:
        context.looks.note(looks_in, "metadata-viewed", answers[0][STUDY_INSTANCE_UID]["Value"][0])
    if negotiated.multipart:
        response = xml_parts(answers, {})
    else:
        response = JSONResponse(answers, media_type=negotiated.media_type)
    if remaining:
        words = f"There are {remaining} additional results that can be requested"
        response.headers.append("Warning", f'299 overread "{words}"')
    return response
