"""The documents of a signed second read: a DICOM SR, a PDF, and the PDF as a DICOM object.

Built from a `ReadView` alone, so that the reading zone (pseudonyms) and the return to the site (original names and
UIDs) get the same documents from the same code. Building is deterministic: the same view and evidence give the same
bytes. Times are UTC, or in the offset the study states for its own.
Imports nothing of ours. Read `view.py` first, then `sr.py` and `pdf.py`.
"""

from worklist.reports.encapsulated import build_encapsulated_pdf
from worklist.reports.pdf import build_pdf
from worklist.reports.sr import build_sr
from worklist.reports.view import (
    AddendumView,
    DocumentUids,
    KeyImage,
    ReadView,
    StudyView,
    Subject,
    document_uids,
)

__all__ = [
    "AddendumView",
    "DocumentUids",
    "KeyImage",
    "ReadView",
    "StudyView",
    "Subject",
    "build_encapsulated_pdf",
    "build_pdf",
    "build_sr",
    "document_uids",
]
