"""Search bytes for what is known about a person, in every encoding that DICOM text has; tell the kind, never the value.

Short words would be found by chance, so there are least lengths: three letters between word boundaries, two ideographs,
identifiers of four characters (five when they are digits only). Binary tables are searched for longer words only.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import permutations
from typing import BinaryIO

from anonymizer.cutting import BINARY_VRS, cutter
from anonymizer.element import PIXEL_DATA, Bulk
from anonymizer.known import KnownIdentity, native_words, spelled_words, spellings
from anonymizer.known_places import known_in
from anonymizer.other_alphabets import alphabet_of
from anonymizer.our_notes import NOTES
from anonymizer.part10 import DataSetSource, open_data_set
from anonymizer.profile import OPTION_CODES
from anonymizer.profile_files import profile_names
from anonymizer.word_names import is_report_word
from anonymizer.wording import fold

CODECS = (
    *("utf-8", "latin-1", "gb18030", "shift_jis", "euc_kr", "euc_jp", "utf-16-le", "utf-16-be"),
    *(f"iso8859_{part}" for part in (2, 3, 4, 5, 6, 7, 8, 9, 11, 15)),
)
ESCAPED_CODECS = ("iso2022_jp", "iso2022_kr")
SHORTEST_NAME, SHORTEST_NATIVE, SHORTEST_ID, SHORTEST_NUMBER, SHORTEST_OTHER = 3, 2, 4, 5, 5
SHORTEST_WHOLE, SHORTEST_IN_BINARY = 4, 6
LONGEST_ESCAPE = 80
WINDOW, OVERLAP = 1024 * 1024, 512
# The library writes these words into every object: a patient called Test^Patient is not found by them.
_OUR_WORDS = {"removed", "overread"} | {fold(word) for _, text in OPTION_CODES.values() for word in text.split()}
_OUR_WORDS |= {fold(word) for name in profile_names() for word in name.split("-")}
_NOTES = re.compile(b"|".join(re.escape(note.lower().encode()) for note in NOTES))
_PLACEHOLDER = re.compile(r"\[(?:name|id|date|contact|other)\]")
_GONE = "\ue000"  # as the cleaning sees it: neither a word nor a space, so that a title before it is of no word behind
_DATE_FORMATS = ("%Y%m%d", "%Y-%m-%d", "%Y/%m/%d", "%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y")
# The next tag may follow a value at once, and its first byte can look like a letter or digit: then a zero follows.
_WORD_START, _WORD_END = rb"(?<![a-z])", rb"(?![a-z](?!\0))"
_OTHER_START, _OTHER_END = rb"(?<![0-9a-z])", rb"(?![0-9a-z](?!\0))"
_NUMBER_START, _NUMBER_END = _OTHER_START + rb"(?<![0-9]\.)", _OTHER_END + rb"(?!\.[0-9])"
_DATE_END = rb"(?![0-9](?!\0))"


@dataclass(frozen=True, slots=True)
class _Needle:
    """Be one byte string to look for; `whole` says what has to stand around it.

    `read` says that a text in UTF-8 is read for it instead, where it is a word by itself (Лев is no part of слева), or
    stands as a name though it is a word of reports (May).
    """

    kind: str
    literal: bytes
    whole: re.Pattern[bytes] | None = None
    read: bool = False

    def is_in(self, lowered: bytes) -> bool:
        """Tell whether lower-cased bytes hold the needle; finding the literal first is what makes this fast."""
        at = lowered.find(self.literal)
        if at < 0 or self.whole is None:
            return at >= 0
        return self.whole.search(lowered, max(0, at - LONGEST_ESCAPE)) is not None


def _word(kind: str, text: str, start: bytes, end: bytes) -> Iterator[_Needle]:
    """Yield the needles for a folded word: plain ASCII between boundaries, anything else in all encodings."""
    if text.isascii():
        literal = text.encode()
        read = kind == "name" and is_report_word(text)
        yield _Needle(kind, literal, re.compile(start + re.escape(literal) + end), read=read)
        yield from _exactly(kind, text, ("utf-16-le", "utf-16-be"))
    else:
        for form in (text, text.upper(), text.title()):
            yield from _exactly(kind, form, CODECS)


def _exactly(kind: str, text: str, codecs: tuple[str, ...]) -> Iterator[_Needle]:
    read = alphabet_of(text) is not None or (kind == "name" and is_report_word(text))
    for codec in codecs:
        try:
            yield _Needle(kind, text.encode(codec).lower(), read=read and codec == "utf-8")
        except UnicodeEncodeError:
            continue


def _name_needles(name: str) -> Iterator[_Needle]:
    words = [word for word in spelled_words(name) if fold(word) not in _OUR_WORDS]
    long_words = [word for word in words if len(word) >= SHORTEST_NAME]
    for word in long_words:
        for form in dict.fromkeys((word.casefold(), *spellings(word))):
            yield from _word("name", form, _WORD_START, _WORD_END)
        if not word.isascii():
            for form in (word, word.lower(), word.title()):  # folded, a final sigma is another letter
                yield from _exactly("name", form, CODECS)
    short_words = [word.casefold().encode() for word in words if word.isascii()]
    if not long_words and len(b"".join(short_words)) >= SHORTEST_WHOLE:
        # A name of short words only is searched as a whole, in any order.
        for order in permutations(short_words[:3]):
            joined = rb"[^a-z0-9]{1,2}".join(re.escape(word) for word in order)
            yield _Needle("name", order[0], re.compile(_WORD_START + joined + _WORD_END))
    for word in native_words(name):
        if len(word) >= SHORTEST_NATIVE:
            yield from _exactly("name", word, CODECS)
            yield from _escaped(word)


def _escaped(word: str) -> Iterator[_Needle]:
    """Yield a word as ISO 2022 writes it; its seven-bit bytes mean something only behind an escape sequence."""
    for codec in ESCAPED_CODECS:
        try:
            literal = re.sub(rb"\x1b\$?[()]?.|[\x0e\x0f]", b"", word.encode(codec)).lower()
        except UnicodeEncodeError:
            continue
        yield _Needle("name", literal, re.compile(rb"(?s:[\x1b\x0e][^\x1b]{0,64}?" + re.escape(literal) + b")"))


def _all_needles(known: KnownIdentity) -> Iterator[_Needle]:
    for name in known.names:
        yield from _name_needles(name)
    for identifier in known.ids:
        bare = identifier.strip().casefold()
        if len(bare) >= (SHORTEST_NUMBER if bare.isdigit() else SHORTEST_ID):
            yield from _word("id", bare, _NUMBER_START, _NUMBER_END)
    for day in known.dates:
        for layout in _DATE_FORMATS:
            yield from _word("date", day.strftime(layout), _OTHER_START, _DATE_END)
    for other in known.others:
        bare = other.strip().casefold()
        if len(bare) >= SHORTEST_OTHER:
            yield from _word("other", bare, _OTHER_START, _OTHER_END)


@lru_cache(maxsize=256)
def _needles(known: KnownIdentity) -> tuple[tuple[bytes, tuple[_Needle, ...]], ...]:
    """Return the needles by what is left of their literals without zeros, which stands wherever they stand."""
    found: dict[bytes, list[_Needle]] = {}
    for needle in dict.fromkeys(_all_needles(known)):
        found.setdefault(needle.literal.replace(b"\0", b""), []).append(needle)
    return tuple((core, tuple(needles)) for core, needles in found.items())


def _search(data: bytes, known: KnownIdentity, shortest: int = 1, *, is_read: bool = False) -> set[str]:
    lowered = _NOTES.sub(b"", data.lower())
    # Nearly always nothing is there at all, and without zeros an ASCII word reads the same in UTF-8 and UTF-16.
    dense = lowered.replace(b"\0", b"")
    likely = [needle for core, needles in _needles(known) if core in dense for needle in needles]
    likely = [needle for needle in likely if not (is_read and needle.read)]
    return {needle.kind for needle in likely if len(needle.literal) >= shortest and needle.is_in(lowered)}


def leaks(data: bytes, known: KnownIdentity) -> list[str]:
    """Return the kinds (`date`, `id`, `name`, `other`) of known values that occur in the bytes, sorted.

    Bytes that are text are also read as text, in all the ways of writing that the cleaning of reports knows. Pixel
    data is the caller's to leave out; `verify` does that for a file.
    """
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return sorted(_search(data, known))
    found = known_in(_PLACEHOLDER.sub(_GONE, text), known, frozenset(_OUR_WORDS))
    return sorted(found | _search(data, known, is_read=True))


def verify(source: BinaryIO, known: KnownIdentity) -> list[str]:
    """Return the kinds of known values that occur in a Part 10 file outside its pixel data, sorted.

    Reads a bounded window at a time. Raises CannotDeidentify when the file cannot be walked.
    """
    found: set[str] = set()
    for data, binary in _windows(source):
        found |= _search(data, known, SHORTEST_IN_BINARY if binary else 1)
    return sorted(found)


def _windows(source: BinaryIO) -> Iterator[tuple[bytes, bool]]:
    """Yield the bytes of a file without its pixels, and whether they are a binary table."""
    data_set = open_data_set(source)
    pieces, position = data_set.pieces(cutter("results"))
    pending = [data_set.head[: data_set.start] if data_set.source is source else _start_of(source)]
    size, begin = 0, data_set.start
    for piece in pieces:
        if piece.binary:
            yield from _slices(data_set, begin, begin + piece.size)
        else:
            pending.append(piece.raw)
        begin += piece.size
    for span in data_set.spans(position):
        if span.element.tag in PIXEL_DATA:
            continue
        if span.element.vr in BINARY_VRS or isinstance(span.element.value, Bulk):
            yield from _slices(data_set, span.start, span.end)
            continue
        for data, _ in _slices(data_set, span.start, span.end):
            pending.append(data)
            size += len(data)
        if size > WINDOW:
            yield b"".join(pending), False
            pending, size = [b"".join(pending)[-OVERLAP:]], 0
    yield b"".join(pending), False


def _slices(data_set: DataSetSource, begin: int, end: int) -> Iterator[tuple[bytes, bool]]:
    for start in range(begin, end, WINDOW):
        yield data_set.fetch(start, min(WINDOW + OVERLAP, end - start)), True


def _start_of(source: BinaryIO) -> bytes:
    source.seek(0)
    return source.read(OVERLAP)
