"""Read the text of one attachment: a program of its own, since it opens a stranger's file with large parsers.

Run as `python -I extractor.py KIND` with the file as standard input; it limits its own memory, time and output before
anything is parsed, and prints one JSON object with the text, of a DICOM object also with its language and when it was
made, or with the problem in words that hold nothing of the file. It imports nothing of this node but the readers of
RTF and workbooks beside it, and is told nothing of it, not even where its home is.
"""

import io
import json
import re
import resource
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import date
from functools import lru_cache
from typing import Any

_MEMORY_BYTES = 1 << 30
_CPU_SECONDS = 20
_OUTPUT_BYTES = 8 << 20
_OPEN_FILES = 64
_MOST_CHARACTERS = {"xlsx": 1_250_000}  # of what is worth nothing when a part of it is lost
_MOST_CHARACTERS_OF_A_TEXT = 200_000
_MOST_PAGES = 300
_DOCX_EXPANDED_BYTES = 256 << 20
_DEEPEST_SR = 20
_XML_LINES = frozenset({"title", "paragraph", "br", "item", "tr", "text", "section", "p", "li", "caption"})
_SR_VALUES = {"TEXT": "TextValue", "PNAME": "PersonName", "DATE": "Date", "TIME": "Time", "DATETIME": "DateTime"}
_SR_SILENT = frozenset({"UIDREF", "IMAGE", "COMPOSITE", "WAVEFORM", "SCOORD", "SCOORD3D", "TCOORD"})
_SR_BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)  # some makers write it into plain text
_LABELLED = re.compile(r"[^\W\d_][^:\n]{0,40}: ")
_LANGUAGE = "121049"  # DCM, Language of Content Item and Descendants
_TIME = re.compile(r"(\d{8}(?:\d\d){0,3})(?:\.\d{1,6})?([+-]\d{4})?")
_CHARACTER_SETS = ["utf_16", "iso2022_jp", "cp932", "gb18030", "big5", "cp949", "cp1251", "cp1252"]


class Unreadable(Exception):
    """The text cannot be read; the message is ours and says why."""


def limit_itself() -> None:
    """Give the process so much memory, time and output and no more."""
    for what, most in (
        (resource.RLIMIT_AS, _MEMORY_BYTES),
        (resource.RLIMIT_CPU, _CPU_SECONDS),
        (resource.RLIMIT_FSIZE, _OUTPUT_BYTES),
        (resource.RLIMIT_NOFILE, _OPEN_FILES),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (most, most))


def read_pdf(content: bytes) -> Iterator[str]:
    """Return the text of a PDF page by page."""
    from pypdf import PdfReader
    from pypdf.errors import DependencyError

    reader = PdfReader(io.BytesIO(content))
    try:
        if reader.is_encrypted and not reader.decrypt(""):
            raise Unreadable("the PDF asks for a password")
    except DependencyError:
        raise Unreadable("the PDF is encrypted") from None
    for number, page in enumerate(reader.pages):
        if number == _MOST_PAGES:
            return
        yield page.extract_text() + "\n"


def read_docx(content: bytes) -> Iterator[str]:
    """Return the text of a Word document, paragraph by paragraph, then that of its tables."""
    import zipfile

    from docx import Document

    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        if sum(each.file_size for each in archive.infolist()) > _DOCX_EXPANDED_BYTES:
            raise Unreadable("the document is larger than a report")
    document = Document(io.BytesIO(content))
    for part in document.iter_inner_content():
        if hasattr(part, "rows"):
            for row in part.rows:
                yield "\t".join(cell.text for cell in row.cells) + "\n"
        else:
            yield part.text + "\n"


def read_text(content: bytes) -> Iterator[str]:
    """Return a plain text, its character set guessed where it is not UTF-8."""
    try:
        yield content.decode("utf-8-sig")
    except UnicodeDecodeError:
        from charset_normalizer import from_bytes

        best = from_bytes(content[: 1 << 20], cp_isolation=_CHARACTER_SETS).best()
        if best is None:
            raise Unreadable("the character set cannot be told") from None
        yield content.decode(best.encoding, "replace")


def read_rtf(content: bytes) -> Iterator[str]:
    """Return the words of a document in Rich Text Format."""
    yield from _beside("rich_text").words_of_rtf(content)


def _beside(name: str) -> Any:
    """Return a reader that stands beside this program: nothing else of the node can be imported here."""
    from importlib.util import module_from_spec, spec_from_file_location
    from pathlib import Path

    spec = spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    if spec is None or spec.loader is None:
        raise Unreadable("its reader is not installed")
    found = sys.modules[name] = module_from_spec(spec)
    spec.loader.exec_module(found)
    return found


def read_xml(content: bytes) -> Iterator[str]:
    """Return the words of an XML document, a clinical document (CDA) without its header; no entity is ever expanded."""
    from xml.parsers import expat

    parser = expat.ParserCreate()
    words: list[str] = []
    open_tags: list[str] = []
    body = b"structuredBody" in content or b"nonXMLBody" in content

    def refuse(*_: object) -> None:
        raise Unreadable("the XML declares entities or a document type")

    def begin(name: str, _attributes: object) -> None:
        open_tags.append(name.rpartition(":")[2])
        if open_tags[-1] in _XML_LINES:
            words.append("\n")

    def end(_name: str) -> None:
        if open_tags.pop() in _XML_LINES:
            words.append("\n")

    def text(data: str) -> None:
        if not body or "structuredBody" in open_tags or "nonXMLBody" in open_tags:
            words.append(data)

    parser.StartDoctypeDeclHandler = parser.EntityDeclHandler = refuse
    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = begin, end, text
    parser.Parse(content, True)
    lines = (" ".join(line.split()) for line in "".join(words).splitlines())
    yield "\n".join(line for line in lines if line)


def read_workbook(content: bytes) -> Iterator[str]:
    """Return the rows of a workbook's sheets, as `workbooks.py` writes them down."""
    import zipfile

    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        if sum(each.file_size for each in archive.infolist()) > _DOCX_EXPANDED_BYTES:
            raise Unreadable("the workbook is larger than a list of cases")
    yield from _beside("workbooks").lines_of_workbook(content)


def read_sr(content: bytes) -> Iterator[str]:
    """Return the content tree of a DICOM SR as lines, each item under its concept name (PS3.3 section C.17.3)."""
    dataset = _dicom(content)
    if "ContentSequence" not in dataset:
        raise Unreadable("the object is no structured report")
    yield from _sr_items(dataset.ContentSequence, 0)


def read_encapsulated_pdf(content: bytes) -> Iterator[str]:
    """Return the text of a PDF that a DICOM object holds (PS3.3 section A.45.1)."""
    yield from read_pdf(_document(content))


def read_encapsulated_cda(content: bytes) -> Iterator[str]:
    """Return the words of a clinical document that a DICOM object holds (PS3.3 section A.45.2)."""
    yield from read_xml(_document(content).rstrip(b"\0"))


def _document(content: bytes) -> bytes:
    held = _dicom(content).get("EncapsulatedDocument")
    if not isinstance(held, bytes) or not held:
        raise Unreadable("the object holds no document")
    return held


@lru_cache(1)
def _dicom(content: bytes) -> Any:
    from pydicom import dcmread

    return dcmread(io.BytesIO(content), force=True, stop_before_pixels=True)


def told_by_dicom(content: bytes) -> dict[str, str]:
    """Return what a DICOM report says of itself: its language (CID 5000) and when it was made.

    That is when it was verified last, else when its content was begun (PS3.3 sections C.17.2 and C.17.1), as a time
    stamp with the offset from UTC where that is told.
    """
    dataset = _dicom(content)
    said = [str(each.get("VerificationDateTime") or "") for each in dataset.get("VerifyingObserverSequence") or ()]
    day, clock = str(dataset.get("ContentDate") or ""), str(dataset.get("ContentTime") or "")
    if re.fullmatch(r"\d{8}", day):
        said.append(day + "".join(re.findall(r"^\d\d(?:\d\d){0,2}", clock)))
    offset = str(dataset.get("TimezoneOffsetFromUTC") or "")
    times = [found for each in said if (found := _TIME.match(each)) and _is_day(found[1][:8])]
    last = max(times, key=lambda found: found[1], default=None)
    shift = (last[2] or (offset if re.fullmatch(r"[+-]\d{4}", offset) else "")) if last else ""
    return {"language": _sr_language(dataset), "made_at": last[1] + shift if last else ""}


def _is_day(digits: str) -> bool:
    try:
        date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        return False
    return True


def _sr_language(dataset: Any) -> str:
    for item in dataset.get("ContentSequence") or ():
        named, codes = item.get("ConceptNameCodeSequence"), item.get("ConceptCodeSequence")
        if named and codes and str(named[0].get("CodeValue", "")) == _LANGUAGE:
            code = str(codes[0].get("CodeValue") or codes[0].get("LongCodeValue") or "")
            return code if re.fullmatch(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,2}", code) else ""
    return ""


def _sr_items(items: Any, depth: int) -> Iterator[str]:
    if depth > _DEEPEST_SR:
        return
    for item in items:
        kind = str(item.get("ValueType", ""))
        named = item.get("ConceptNameCodeSequence")
        name = str(named[0].get("CodeMeaning", "")) if named else ""
        value = _sr_value(kind, item)
        pad = "  " * min(depth, 8)
        if value and kind not in _SR_SILENT:
            between = "\n" if _LABELLED.match(value) else " "  # a label begins a line, as in any report
            label = f"{name}:{between}" if name else ""
            yield "".join(f"{pad}{line}\n" for line in f"{label}{value}".splitlines())
        elif kind == "CONTAINER" and name:
            yield f"{pad}{name}\n"
        if "ContentSequence" in item:
            yield from _sr_items(item.ContentSequence, depth + 1)


def _sr_value(kind: str, item: Any) -> str:
    if kind == "CODE":
        codes = item.get("ConceptCodeSequence")
        return str(codes[0].get("CodeMeaning", "")) if codes else ""
    if kind == "NUM":
        measured = item.get("MeasuredValueSequence")
        if not measured:
            return ""
        units = measured[0].get("MeasurementUnitsCodeSequence")
        unit = str(units[0].get("CodeMeaning") or units[0].get("CodeValue", "")) if units else ""
        return f"{measured[0].get('NumericValue', '')} {unit}".strip()
    value = str(item.get(_SR_VALUES.get(kind, ""), "") or "") if kind in _SR_VALUES else ""
    return _SR_BREAK.sub("\n", value).replace("\r\n", "\n").replace("\r", "\n").strip()


_TELLS_OF_ITSELF = frozenset({"sr", "epdf", "ecda"})

READERS: dict[str, Callable[[bytes], Iterator[str]]] = {
    "pdf": read_pdf,
    "docx": read_docx,
    "text": read_text,
    "rtf": read_rtf,
    "xml": read_xml,
    "xlsx": read_workbook,
    "sr": read_sr,
    "epdf": read_encapsulated_pdf,
    "ecda": read_encapsulated_cda,
}


def extract(kind: str, content: bytes) -> dict[str, str]:
    """Return the text of an attachment, or the problem with it."""
    parts: list[str] = []
    room = _MOST_CHARACTERS.get(kind, _MOST_CHARACTERS_OF_A_TEXT)
    try:
        for part in READERS[kind](content):
            parts.append(part[:room])
            room -= len(parts[-1])
            if room <= 0:
                break
    except Unreadable as error:
        return {"problem": str(error)}
    except MemoryError:
        return {"problem": "it takes too much memory to read"}
    except Exception as error:  # noqa: BLE001 - whatever a parser makes of a stranger's file, its class is all we tell
        if not parts or kind in _MOST_CHARACTERS:
            return {"problem": f"the file cannot be read ({type(error).__name__})"}
    if room <= 0 and kind in _MOST_CHARACTERS:
        return {"problem": "it is larger than a list of cases"}
    text = "".join(parts).replace("\0", "").strip()
    said = {"text": text.encode("utf-8", "replace").decode("utf-8")}
    if kind in _TELLS_OF_ITSELF:
        with suppress(Exception):  # what cannot be read of it tells nothing; its words are there
            said |= {name: value for name, value in told_by_dicom(content).items() if value}
    return said


def main() -> None:
    """Read standard input and print what it says."""
    limit_itself()
    import logging
    import warnings

    logging.disable(logging.CRITICAL)
    warnings.simplefilter("ignore")
    print(json.dumps(extract(sys.argv[1], sys.stdin.buffer.read())))  # noqa: T201 - this is its answer


if __name__ == "__main__":
    main()
