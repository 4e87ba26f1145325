"""Which files beside the images are worth a coordinator's look, told by their content.

Discs carry viewers with icons, manuals and settings. So a picture must be as large as a photo of a film is, and a text
must call itself one: neither is proof, and what is not taken for an attachment is kept all the same.
"""

import struct
import zipfile
from collections.abc import Mapping
from pathlib import PurePosixPath
from types import MappingProxyType
from typing import BinaryIO, Literal, cast

Kind = Literal["pdf", "docx", "rtf", "text", "jpeg", "png", "tiff", "sr", "epdf", "ecda", "model"]

WORDS: Mapping[Kind, str] = MappingProxyType(
    {
        "pdf": "PDF report",
        "docx": "DOCX report",
        "rtf": "RTF report",
        "text": "text",
        "jpeg": "JPEG photo",
        "png": "PNG photo",
        "tiff": "TIFF photo",
        "sr": "structured report",
        "epdf": "PDF in a DICOM object",
        "ecda": "clinical document (CDA) in a DICOM object",
        "model": "3D model in a DICOM object",
    }
)
READABLE: frozenset[Kind] = frozenset({"pdf", "docx", "rtf", "text", "sr", "epdf", "ecda"})
MEDIA_TYPES: Mapping[str, str] = MappingProxyType(
    {
        "pdf": "application/pdf",
        "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "rtf": "application/rtf",
        "text": "text/plain",
        "jpeg": "image/jpeg",
        "png": "image/png",
        "tiff": "image/tiff",
        **dict.fromkeys(("sr", "epdf", "ecda", "model"), "application/dicom"),
    }
)
SUFFIXES: Mapping[str, str] = MappingProxyType(
    {"pdf": "pdf", "docx": "docx", "rtf": "rtf", "text": "txt", "jpeg": "jpg", "png": "png", "tiff": "tif"}
    | dict.fromkeys(("sr", "epdf", "ecda", "model"), "dcm")
)
PARTS_OF_A_STUDY: frozenset[Kind] = frozenset({"sr", "epdf", "ecda", "model"})
REPORTS_OF_A_STUDY: frozenset[Kind] = frozenset({"sr", "epdf", "ecda"})  # what is said in words about its images

# PS3.4 table B.5-1. Of the structured reports those whose content is written for people: no measurements, no logs.
_BY_CLASS: Mapping[str, Kind] = MappingProxyType(
    {
        "1.2.840.10008.5.1.4.1.1.88.11": "sr",
        "1.2.840.10008.5.1.4.1.1.88.22": "sr",
        "1.2.840.10008.5.1.4.1.1.88.33": "sr",
        "1.2.840.10008.5.1.4.1.1.88.34": "sr",
        "1.2.840.10008.5.1.4.1.1.104.1": "epdf",
        "1.2.840.10008.5.1.4.1.1.104.2": "ecda",
        "1.2.840.10008.5.1.4.1.1.104.3": "model",
        "1.2.840.10008.5.1.4.1.1.104.4": "model",
        "1.2.840.10008.5.1.4.1.1.104.5": "model",
    }
)
_PICTURES: tuple[tuple[bytes, Kind], ...] = (
    (b"\xff\xd8\xff", "jpeg"),
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"II*\0", "tiff"),
    (b"MM\0*", "tiff"),
)
_SMALLEST_PICTURE = 16 * 1024
_PDF_WITHIN = 1024  # bytes that may stand before the mark (ISO 32000-1 annex H.3.4.1)
_HEAD = 4096
_LARGEST_TEXT = 4 << 20
_SMALLEST_TEXT = 20
_LARGEST_DOCX = 64 << 20
_LARGEST_RTF = 64 << 20
_DIRECTORY_BYTES = 1 << 19
_TEXT_SUFFIXES = frozenset({".txt", ".text", ".asc"})
_NOT_ABOUT_THE_PATIENT = frozenset({"readme", "license", "licence", "changelog", "copying", "notice", "autorun"})
_UTF16 = (b"\xff\xfe", b"\xfe\xff")


def kind_of_class(sop_class_uid: str) -> Kind | None:
    """Return what kind of attachment a DICOM object is: a report in words, an encapsulated document; None for none."""
    return _BY_CLASS.get(sop_class_uid)


def attachment_kind(payload: BinaryIO, path: str, size: int) -> Kind | None:
    """Return what kind of attachment a file is that is no DICOM object, None for none; the payload's place is lost."""
    payload.seek(0)
    head = payload.read(_HEAD)
    if b"%PDF-" in head[: _PDF_WITHIN + 5]:
        return "pdf"
    for mark, kind in _PICTURES:
        if head.startswith(mark):
            return kind if size >= _SMALLEST_PICTURE else None
    if head.startswith(b"{\\rtf"):
        return "rtf" if size <= _LARGEST_RTF and not _is_a_manual(path) else None
    if head.startswith(b"PK\x03\x04"):
        return "docx" if size <= _LARGEST_DOCX and _is_docx(payload) else None
    return "text" if _is_text(head, path, size) else None


def _is_docx(payload: BinaryIO) -> bool:
    """Say whether a zip is a Word document (ECMA-376 part 2: its main part lies where Word writes it)."""
    payload.seek(0)
    try:
        with zipfile.ZipFile(cast(BinaryIO, _Sparing(payload))) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, RuntimeError, EOFError, struct.error):
        return False
    return {"[Content_Types].xml", "word/document.xml"} <= set(names)


class _Sparing:
    """A file of which no single read may be large: the directory of a hostile zip can be millions of entries long."""

    def __init__(self, source: BinaryIO) -> None:
        self._source = source
        self.seek, self.tell = source.seek, source.tell

    def read(self, size: int = -1) -> bytes:
        """Read like the source, but refuse more than a document's directory needs."""
        content = self._source.read(_DIRECTORY_BYTES + 1 if size < 0 else min(size, _DIRECTORY_BYTES + 1))
        if len(content) > _DIRECTORY_BYTES:
            raise zipfile.BadZipFile("the directory is longer than that of a document")
        return content


def _is_a_manual(path: str) -> bool:
    """Say whether a file is named as what viewers and programs bring about themselves."""
    return PurePosixPath(path.lower()).stem in _NOT_ABOUT_THE_PATIENT


def _is_text(head: bytes, path: str, size: int) -> bool:
    """Say whether a file is a plain text: named so or not at all, no mark-up, no control characters."""
    if PurePosixPath(path.lower()).suffix not in _TEXT_SUFFIXES or _is_a_manual(path):
        return False
    if not _SMALLEST_TEXT <= size <= _LARGEST_TEXT or head.lstrip().startswith(b"<"):
        return False
    return head.startswith(_UTF16) or not any(byte < 32 and byte not in b"\t\n\r\x0c\x1b" for byte in head)
