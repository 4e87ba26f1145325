"""The text of documents that stand inside others, read by the process that reads attachments."""

import tempfile
from pathlib import Path

from config.errors import Malformed
from gateway.attachments.reading import extract_text
from gateway.node import Node


def text_of(node: Node, kind: str, content: bytes) -> str:
    """Return the text of a PDF, DOCX, RTF, workbook, XML, DICOM SR or plain text.

    Raises:
        Malformed: it cannot be read, with the reason in words that hold nothing of it.
    """
    return said_of(node, kind, content)["text"]


def said_of(node: Node, kind: str, content: bytes) -> dict[str, str]:
    """Return the `text` of a document; of a DICOM SR also its `language` and when it was made (`made_at`), where told.

    Raises:
        Malformed: it cannot be read, with the reason in words that hold nothing of it.
    """
    scratch = node.settings.home / "scratch"
    scratch.mkdir(mode=0o700, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=scratch) as file:
        file.write(content)
        file.flush()
        said = extract_text(Path(file.name), kind, scratch=scratch)
    if "problem" in said:
        raise Malformed(f"the {kind.upper()} cannot be read: {said['problem']}")
    return said
