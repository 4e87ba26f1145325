"""The description of the HTTP interfaces, for members: as OpenAPI, and as a page to read with examples to copy.

The page is made of the same description, so that neither can say what the other does not. It loads nothing from
elsewhere and needs no script.
"""

from collections.abc import Mapping
from typing import Any

from fastapi import Depends, FastAPI
from fastapi.responses import HTMLResponse, JSONResponse

from worklist.access.gate import Gate
from worklist.pages.shells import render
from worklist.room import ReadingRoom

_STUDY = "/dicom-web/studies/{study}"
_FRAME = f"{_STUDY}/series/{{series}}/instances/{{instance}}/frames/{{number}}"
EXAMPLES: Mapping[str, str] = {
    "/api/worklist": '"$B/api/worklist?state=open&modality=CT,MR&limit=20"',
    "/dicom-web/studies": '"$B/dicom-web/studies?ModalitiesInStudy=CT&StudyDate=20240101-&includefield=all&limit=10"',
    f"{_STUDY}/metadata": "-H 'Accept: multipart/related; type=\"application/dicom+xml\"' "
    "$B/dicom-web/studies/$S/metadata",
    f"{_FRAME}/rendered": '-o frame.png -H "Accept: image/png" '
    '"$B/dicom-web/studies/$S/series/$E/instances/$I/frames/1/rendered?window=40,400,linear&viewport=512,512"',
    "/wado": '-o frame.jpg "$B/wado?requestType=WADO&studyUID=$S&seriesUID=$E&objectUID=$I&rows=512"',
    "/previews/studies/{study}": "$B/previews/studies/$S",
    "/previews/studies/{study}/contact-sheet": "-o sheet.jpg $B/previews/studies/$S/contact-sheet",
    "/previews/studies/{study}/series/{series}/strip": '-o strip.png -H "Accept: image/png" '
    '"$B/previews/studies/$S/series/$E/strip?images=6&tile=160"',
    "/previews/studies/{study}/series/{series}/cine": '-o cine.webp -H "Accept: image/webp" '
    "$B/previews/studies/$S/series/$E/cine",
    "/previews/reads/{read}/key-images": "-o key.jpg $B/previews/reads/$READ/key-images",
    "/pixel-values/studies/{study}/series/{series}/instances/{instance}/frames/{number}/statistics": (
        '"$B/pixel-values/studies/$S/series/$E/instances/$I/frames/1/statistics?ellipse=100,100,140,130&unit=HU"'
    ),
}
"""By path, the arguments of a call with curl; the token goes before them."""


def describe_to_members(app: FastAPI, room: ReadingRoom) -> None:
    """Add the description as JSON and as a page."""
    allowed = Depends(Gate(room).requires("reader", "coordinator", "integrator", "admin"))

    @app.get("/openapi.json", include_in_schema=False, dependencies=[allowed])
    def openapi() -> JSONResponse:
        return JSONResponse(app.openapi())

    @app.get("/openapi", include_in_schema=False, dependencies=[allowed])
    def page() -> HTMLResponse:
        return render(room, "guide.html", chapters=chapters_of(app.openapi()))


def chapters_of(description: Mapping[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """Return the operations of a description by tag, each with words, example and the parameters beside the path."""
    chapters: dict[str, list[dict[str, Any]]] = {}
    for path, operations in description["paths"].items():
        for method, operation in operations.items():
            tag = (operation.get("tags") or ["other"])[0]
            chapters.setdefault(tag, []).append(
                {
                    "method": method.upper(),
                    "path": path,
                    "words": operation.get("description") or operation.get("summary", ""),
                    "parameters": [_parameter(one) for one in operation.get("parameters", ()) if one["in"] != "path"],
                    "example": EXAMPLES.get(path) if method == "get" else None,
                }
            )
    return chapters


def _parameter(parameter: Mapping[str, Any]) -> dict[str, str]:
    schema = parameter.get("schema", {})
    examples = [parameter.get("example"), *schema.get("examples", ()), schema.get("default")]
    return {
        "name": parameter["name"],
        "where": parameter["in"],
        "words": parameter.get("description") or schema.get("description", ""),
        "example": next((str(example) for example in examples if example is not None), ""),
    }
