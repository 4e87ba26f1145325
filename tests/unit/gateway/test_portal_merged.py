"""The number and the links of a case that was merged away stand in letters: they lead to the case that stayed."""

import json
import re

from fastapi.testclient import TestClient

from gateway.case_reports import import_case
from gateway.cases import close_case
from gateway.http.app import make_app
from gateway.merging import merge_cases
from gateway.portal.links import make_link
from gateway.uploads import pending_uploads

BORN, BORN_LATER = "1961-07-04", "1961-07-05"
CHUNK = {"Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"}


def file_case(node, born: str) -> str:
    payload = json.dumps({"patient": {"name": "Planted^Identity", "birth_date": born}}).encode()
    return import_case(node, site="north", payload=payload, content_type="application/json", actor="test").case_number


def test_the_number_and_the_links_of_a_merged_case_lead_to_the_case_that_stayed(node):
    app, gone, kept = make_app(node), file_case(node, BORN), file_case(node, BORN_LATER)
    made = make_link(node, gone, days=14, single_use=False, actor="test")
    path = "/upload/link/" + made["url"].rpartition("/")[2]

    def enter_by_link() -> int:
        return TestClient(app, follow_redirects=False).post(path).status_code

    def enter_by_number(number: str, born: str) -> int:
        form = {"number": number, "birth_date": born}
        return TestClient(app, follow_redirects=False).post("/upload", data=form).status_code

    early = TestClient(app, follow_redirects=False)
    assert early.post(path).status_code == 303
    facts = json.loads(re.search(r'id="page">(.+?)</script>', early.get("/upload/send").text)[1])
    merge_cases(node, kept, gone, actor="test")

    shown = {"X-CSRF-Token": facts["csrf"], "Tus-Resumable": "1.0.0"}
    begun = early.post("/upload/tus", headers={**shown, "Upload-Length": "3"})
    assert begun.status_code == 201, "the session goes on"
    assert early.patch(begun.headers["Location"], content=b"abc", headers={**shown, **CHUNK}).status_code == 204
    [upload_id] = pending_uploads(node)
    assert json.loads((node.uploads / f"{upload_id}.json").read_text())["case_number"] == kept
    assert enter_by_link() == 303
    assert [enter_by_number(gone, born) for born in (BORN, BORN_LATER, "1961-07-06")] == [303, 303, 401]
    assert enter_by_number(kept, BORN) == 401, "the case that stayed is not opened by what it never knew"

    close_case(node, kept, actor="test")
    assert (enter_by_link(), enter_by_number(gone, BORN)) == (404, 401)
