"""The demo's people: a coordinator who uploads and a reader who reads, over HTTP with their tokens."""

import io
import time
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import httpx


class Client:
    """One person's HTTP access to the node."""

    def __init__(self, url: str, token: str) -> None:
        self._http = httpx.Client(base_url=url, headers={"Authorization": f"Bearer {token}"}, timeout=60)

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def get(self, path: str) -> Any:
        """Return the JSON at a path."""
        return _checked(self._http.get(path)).json()

    def fetch(self, path: str) -> bytes:
        """Return the bytes at a path."""
        return _checked(self._http.get(path)).content

    def post(self, path: str, body: Any = None) -> Any:
        """Send JSON and return the answer's JSON."""
        return _checked(self._http.post(path, json=body)).json()

    def upload_zip(self, site: str, files: Iterable[Path], folder: Path) -> str:
        """Upload files as one zip and return the upload's identifier."""
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as bundle:
            for path in files:
                bundle.write(path, path.relative_to(folder).as_posix())
        answer = self._http.post(
            "/intake/uploads",
            params={"site": site},
            content=buffer.getvalue(),
            headers={"Content-Type": "application/zip"},
        )
        return str(_checked(answer).json()["upload_id"])

    def wait_for_upload(self, upload_id: str, seconds: float) -> dict[str, Any]:
        """Return the upload's report once every file has its verdict, or as it stands when time is up."""
        deadline = time.monotonic() + seconds
        while True:
            report: dict[str, Any] = self.get(f"/intake/uploads/{upload_id}")
            if report["state"] in {"done", "failed"} or time.monotonic() > deadline:
                return report
            time.sleep(0.3)


def _checked(answer: httpx.Response) -> httpx.Response:
    if answer.is_error:
        detail = answer.json().get("detail", "") if "json" in answer.headers.get("content-type", "") else ""
        raise RuntimeError(f"{answer.request.method} {answer.request.url.path} answered {answer.status_code}: {detail}")
    return answer
