"""Read the text of one attachment: a program of its own, since it opens a stranger's file with large parsers.

Run as `python -I extractor.py KIND` with the file as standard input; it limits its own memory, time and output before
anything is parsed, and prints one JSON object with the text, or with the problem in words that hold nothing of the
file. It imports nothing of this node and is told nothing of it, not even where its home is.
"""

import io
import json
import resource
import sys
from collections.abc import Callable, Iterator

_MEMORY_BYTES = 1 << 30
_CPU_SECONDS = 20
_OUTPUT_BYTES = 8 << 20
_OPEN_FILES = 64
_MOST_CHARACTERS = 200_000
_MOST_PAGES = 300
_DOCX_EXPANDED_BYTES = 256 << 20
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


READERS: dict[str, Callable[[bytes], Iterator[str]]] = {"pdf": read_pdf, "docx": read_docx, "text": read_text}


def extract(kind: str, content: bytes) -> dict[str, str]:
    """Return the text of an attachment, or the problem with it."""
    parts: list[str] = []
    room = _MOST_CHARACTERS
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
        if not parts:
            return {"problem": f"the file cannot be read ({type(error).__name__})"}
    text = "".join(parts).replace("\0", "").strip()
    return {"text": text.encode("utf-8", "replace").decode("utf-8")}


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
