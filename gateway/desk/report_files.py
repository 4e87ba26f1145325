"""The original report as a file beside the coordinator's form: what it says, and its words where the form has none.

What it says of the patient fills in a form that a person looks at; taken unseen are its words alone, with their
language and date. A file without words that can be read, such as a scanned picture, is kept with the case all the same.
"""

from typing import Any

from config.errors import Malformed
from gateway.attachments.language import guess_language
from gateway.case_reports.document import MOST_CHARACTERS, CaseDocument, ReportPart
from gateway.case_reports.enclosures import said_of
from gateway.case_reports.kinds import tell_kind
from gateway.case_reports.parts import Enclosure
from gateway.case_reports.texts.reading import report_in
from gateway.case_reports.ways import read_document
from gateway.node import Node

_TEXTS = ("pdf", "docx", "rtf", "text")
_NO_REPORT = (
    "the file is no report as PDF, DOCX, RTF, plain text (.txt) or DICOM SR; lists and messages are taken in "
    "by `overread case import`"
)


def read_report(node: Node, content: bytes, file_name: str) -> dict[str, Any]:
    """Return what a report's file says, as our case JSON writes it, to be looked at; nothing is kept.

    Raises:
        Malformed: it is no report, or has no text that can be read.
    """
    kind = _kind(content, file_name)
    try:
        document = read_document(node, kind, content)[0].document
    except Malformed:
        if kind not in _TEXTS:
            raise
        document = None
    if document is not None:
        return document.model_dump(exclude_defaults=True, exclude={"case_number"})
    said = said_of(node, kind, content)  # it names no patient: the report alone, then
    if not said["text"].strip():
        raise Malformed("the report has no text that can be read: it may be a scanned picture")
    return {"patient": {}, "report": report_in(said["text"])}


def report_file(content: bytes, file_name: str) -> Enclosure:
    """Return a report's file as a document of a case.

    Raises:
        Malformed: it is no report.
    """
    return Enclosure(_kind(content, file_name), content)


def words_of(node: Node, file: Enclosure) -> ReportPart | None:
    """Return the words of a report's file with their language and date, None where it has none that can be read."""
    try:
        said = said_of(node, file.kind, file.content)
    except Malformed:
        return None
    text = said["text"]
    if not text.strip():
        return None
    if file.kind != "sr":
        return ReportPart(**report_in(text))
    language = said.get("language", "")[:16] or guess_language(text)
    return ReportPart(text=text[:MOST_CHARACTERS], language=language, date=said.get("made_at", "")[:8])


def with_words(node: Node, document: CaseDocument, file: Enclosure | None) -> tuple[CaseDocument, tuple[str, ...]]:
    """Return a form's document with the words of its file where it tells none, and the kind of a file without words.

    Language and date are the file's where the form does not tell them. It takes as long as reading a stranger's file
    may take: never call it inside a transaction.
    """
    told = document.report or ReportPart(text="")
    if file is None or told.text.strip():
        return document, ()
    read = words_of(node, file)
    if read is None:
        return document.model_copy(update={"report": told}), (file.kind,)
    words = {"text": read.text, "language": told.language or read.language, "date": told.date or read.date}
    return document.model_copy(update={"report": told.model_copy(update=words)}), ()


def _kind(content: bytes, file_name: str) -> str:
    try:
        kind = tell_kind(content, "", file_name)
    except Malformed:
        raise Malformed(_NO_REPORT) from None
    if kind not in (*_TEXTS, "sr"):
        raise Malformed(_NO_REPORT)
    return kind
