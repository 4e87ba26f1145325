"""Documents inside reports whose words cannot be read: they are kept, and whoever sent them and the desk are told."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from gateway.models import Case

KINDS: Mapping[str, str] = MappingProxyType(
    {"pdf": "PDF", "docx": "DOCX", "rtf": "RTF", "xml": "XML", "sr": "DICOM SR", "text": "a picture or other kind"}
)


def note_on_unread(kinds: Iterable[str]) -> str | None:
    """Return what whoever sent a report should know of the documents in it that could not be read, None for none."""
    found = [says for kind, says in KINDS.items() if kind in set(kinds)]
    if not found:
        return None
    return (
        f"the words of a document in the report ({', '.join(found)}) cannot be read: it is kept with the case as it "
        "came, and a coordinator has to open it; send its words as text where they are to be read"
    )


def unread_at_desk(case: Case, kinds: Iterable[str]) -> str | None:
    """Return what a coordinator should know of a case without words, of whose documents these are the kinds."""
    found = [says for kind, says in KINDS.items() if kind in set(kinds)]
    if case.report_text or not found:
        return None
    return f"the report came as {' and '.join(found)} and its words could not be read: open it under Documents"
