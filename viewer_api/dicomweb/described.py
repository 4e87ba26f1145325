"""What the OpenAPI description says of parameters that routes read by themselves (PS3.18 sections 8.3 and 9.1).

The routes refuse what they do not know; here is what they know, so that the description tells it too.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import APIRouter
from fastapi.routing import APIRoute

Parameter = dict[str, Any]


def _query(name: str, words: str, example: str | int | None = None) -> Parameter:
    kind = "integer" if isinstance(example, int) else "string"
    shown = {} if example is None else {"example": example}
    return {"name": name, "in": "query", "required": False, "description": words, "schema": {"type": kind}, **shown}


_ACCEPT = _query("accept", "Acceptable media types; comes before the header.", "image/png")
_RANGE: Parameter = {
    "name": "Range",
    "in": "header",
    "required": False,
    "description": "One range of bytes, of answers that come in one part.",
    "schema": {"type": "string"},
    "example": "bytes=0-1023",
}
_SEARCH = (
    _query("PatientID", "Any attribute by keyword or tag, those in sequences with dots; wildcards * and ?.", "OVR-*"),
    _query("StudyDate", "A date or a range of dates.", "20240101-20240331"),
    _query("includefield", "Attributes to return besides the usual ones, or all.", "all"),
    _query("fuzzymatching", "Match words of names by their beginnings.", "true"),
    _query("emptyvaluematching", 'Let "" match what is absent or empty.', "true"),
    _query("multiplevaluematching", "Let a value list several with backslashes.", "true"),
    _query("limit", "The most matches returned.", 100),
    _query("offset", "Matches passed over.", 0),
)
_PICTURE = (
    _ACCEPT,
    _query("window", "center,width,function, or the number or name of a window of the image.", "40,400,linear"),
    _query("viewport", "width,height or width,height,x,y,sourcewidth,sourceheight; negative mirrors.", "512,512"),
    _query("quality", "1 to 100, of JPEG.", 90),
    _query("annotation", "Words drawn on the picture: patient (the pseudonym), technique.", "technique"),
    _query("iccprofile", "no, yes or srgb.", "srgb"),
    _query("overlays", "yes draws the overlay planes in white.", "yes"),
)
_OBJECT = (
    _query("requestType", "Always WADO.", "WADO"),
    *(_query(name, "Which object.", "2.25.1") for name in ("studyUID", "seriesUID", "objectUID")),
    _query("contentType", "Acceptable media types.", "image/jpeg"),
    _query("frameNumber", "A frame, counted from 1.", 1),
    _query("rows", "Height of the box the picture is fitted into.", 512),
    _query("columns", "Width of the box the picture is fitted into.", 512),
    _query("region", "left,top,right,bottom in parts of the image.", "0.25,0.25,0.75,0.75"),
    _query("windowCenter", "With windowWidth.", 40),
    _query("windowWidth", "With windowCenter.", 400),
    _query("imageQuality", "1 to 100, of JPEG.", 90),
    _query("annotation", "patient, technique.", "technique"),
    _query("transferSyntax", "With contentType=application/dicom.", "1.2.840.10008.1.2.1"),
)
_BY_ENDING: Mapping[str, Sequence[Parameter]] = {
    "rendered": _PICTURE,
    "thumbnail": _PICTURE,
    "wado": _OBJECT,
    "studies": _SEARCH,
    "series": _SEARCH,
    "instances": _SEARCH,
    "{instance}": (_ACCEPT, _RANGE),
    "{path:path}": (_ACCEPT, _RANGE),
    "{numbers}": (_ACCEPT, _RANGE),
}


def describe(router: APIRouter) -> None:
    """Add what the routes of a router read by themselves to their description."""
    for route in router.routes:
        if isinstance(route, APIRoute) and "GET" in (route.methods or ()):
            known = _BY_ENDING.get(route.path.rpartition("/")[2], (_ACCEPT,))
            route.openapi_extra = {"parameters": [dict(parameter) for parameter in known]}
