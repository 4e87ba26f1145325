"""Read the text of attachments that wait: one process each, bounded in time, memory and output, killed when late.

Whatever the file does to its reader, the attachment ends as read or as failed with a reason; it is never tried for
ever, and its bytes stay as they came.
"""

import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from sqlalchemy import select

from config.errors import NotFound, OverreadError
from gateway.attachment_models import Attachment
from gateway.attachments.language import guess_language
from gateway.attachments.linking import link_attachment, wake_studies
from gateway.node import Node

_EXTRACTOR = Path(__file__).with_name("extractor.py")
_SECONDS = 40.0
_LARGEST = 128 << 20
_GROUP = 8


def read_waiting(node: Node) -> int:
    """Read the text of some attachments that wait; return how many there were."""
    with node.identity.read() as session:
        waiting = session.execute(
            select(Attachment.id, Attachment.kind, Attachment.blob)
            .where(Attachment.state == "waiting")
            .order_by(Attachment.id)
            .limit(_GROUP)
        ).all()
    for number, kind, blob in waiting:
        _record(node, number, _read(node, kind, blob))
    return len(waiting)


def extract_text(source: Path, kind: str, *, scratch: Path, seconds: float = _SECONDS) -> dict[str, str]:
    """Return the text of a file as `{"text": ...}`, or why there is none as `{"problem": ...}`.

    Of a DICOM object there may be a `language` and `made_at` too.
    """
    with source.open("rb") as file, tempfile.TemporaryFile(dir=scratch) as answer:
        try:
            subprocess.run(  # noqa: S603 - our own program, and nothing received is among its arguments
                [sys.executable, "-I", str(_EXTRACTOR), kind],
                stdin=file,
                stdout=answer,
                stderr=subprocess.DEVNULL,
                env={},
                cwd="/",
                timeout=seconds,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return {"problem": "it takes too long to read"}
        answer.seek(0)
        return _answer(answer.read())


def _answer(content: bytes) -> dict[str, str]:
    """Return what the reader said; one that died, for want of memory or time, said nothing that can be used."""
    try:
        said: Any = json.loads(content)
    except ValueError:
        said = None
    if not isinstance(said, dict) or not all(isinstance(value, str) for value in said.values()):
        return {"problem": "reading it took too much time or memory"}
    return said


def _read(node: Node, kind: str, blob: str) -> dict[str, str]:
    scratch = node.settings.home / "scratch"
    scratch.mkdir(mode=0o700, exist_ok=True)
    try:
        with node.vault.open(blob) as plain, tempfile.NamedTemporaryFile(dir=scratch) as file:
            if plain.seek(0, 2) > _LARGEST:
                return {"problem": "the file is too large to be read"}
            plain.seek(0)
            shutil.copyfileobj(plain, file)
            file.flush()
            return extract_text(Path(file.name), kind, scratch=scratch)
    except NotFound:
        return {"problem": "the original was discarded"}
    except OverreadError as error:
        return {"problem": str(error)}


def _record(node: Node, number: int, said: dict[str, str]) -> None:
    text = said.get("text", "")
    with node.identity.write() as session:
        attachment = session.get_one(Attachment, number)
        attachment.state = "failed" if "problem" in said else "done"
        attachment.problem = said.get("problem")
        attachment.text = text
        attachment.language = (said.get("language") or guess_language(text))[:16]
        attachment.report_date = said.get("made_at", "")[:8]
        link_attachment(session, attachment)
        session.flush()
        wake_studies(session, attachment.delivery_id)
