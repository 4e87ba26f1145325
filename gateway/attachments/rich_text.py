r"""The words of a document in Rich Text Format (Microsoft's RTF specification, version 1.9.1), in one pass over it.

Words stand between control words and groups. Bytes are in the code page of their font, else of the document
(`\ansicpg`); `\u` gives a character and how many bytes behind it say the same for older readers (`\uc`). What holds no
words of the document is passed over: fonts, colours, styles, pictures, objects, what is hidden or deleted, and every
destination that says it may be (`\*`) but the words of a text box in it (`\shptxt`).

It is loaded by a program of its own (`extractor.py`), imports nothing of this node, and takes a stranger's bytes:
groups within groups and numbers have limits, and nothing is looked at twice.
"""

import codecs
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

DEEPEST = 200  # groups
_MOST_FONTS = 10_000
_AT_ONCE = 1 << 16  # bytes of words before they are given out
_TOKEN = re.compile(
    rb"\\(?P<word>[A-Za-z]{1,32})(?P<number>-?\d{1,10})?[ ]?"
    rb"|\\'(?P<byte>[0-9A-Fa-f]{2})"
    rb"|\\(?P<symbol>[^A-Za-z])"
    rb"|(?P<brace>[{}])"
    rb"|(?P<text>[^\\{}\r\n\0]{1,65536})"
    rb"|[\r\n\0]+|\\",
    re.DOTALL,
)
_WORDS: Mapping[bytes, str] = MappingProxyType(
    {
        **dict.fromkeys((b"par", b"line", b"sect", b"page", b"row", b"nestrow", b"column", b"softline"), "\n"),
        **dict.fromkeys((b"tab", b"cell", b"nestcell"), "\t"),
        **dict.fromkeys((b"emspace", b"enspace", b"qmspace"), " "),
        b"emdash": "\u2014",
        b"endash": "\u2013",
        b"bullet": "\u2022",
        b"lquote": "\u2018",
        b"rquote": "\u2019",
        b"ldblquote": "\u201c",
        b"rdblquote": "\u201d",
    }
)
_SYMBOLS: Mapping[bytes, str] = MappingProxyType(
    {b"\\": "\\", b"{": "{", b"}": "}", b"~": " ", b"_": "-", b"\n": "\n", b"\r": "\n", b"\t": "\t"}
)
_WORDLESS = frozenset(
    b"""colortbl stylesheet info pict object objdata fldinst datafield xe tc rxe bkmkstart bkmkend filetbl listtable
    listoverridetable revtbl rsidtbl generator themedata colorschememapping datastore latentstyles nonshppict
    private keywords operator author title subject comment""".split()
)
_LINES = frozenset(
    {b"header", b"headerl", b"headerr", b"headerf", b"footer", b"footerl", b"footerr", b"footerf", b"footnote"}
)
_TEXT_BOX = b"shptxt"
_FAMILIES: Mapping[bytes, str] = MappingProxyType({b"mac": "mac_roman", b"pc": "cp437", b"pca": "cp850"})
_CHARSETS: Mapping[int, str] = MappingProxyType(  # \fcharset
    {
        2: "latin-1",
        77: "mac_roman",
        128: "cp932",
        129: "cp949",
        130: "johab",
        134: "gb18030",
        136: "cp950",
        161: "cp1253",
        162: "cp1254",
        163: "cp1258",
        177: "cp1255",
        178: "cp1256",
        186: "cp1257",
        204: "cp1251",
        222: "cp874",
        238: "cp1250",
        254: "cp437",
        255: "cp850",
    }
)
_PAGES: Mapping[int, str] = MappingProxyType({936: "gb18030", 10000: "mac_roman", 65001: "utf-8"})


class Deep(ValueError):
    """Groups within more groups than any document has."""


@dataclass(frozen=True)
class _Group:
    """What holds inside a group and ends with it: the font, the bytes behind `\\u`, whether words are passed over.

    A group that stands `apart`, such as a header or a text box, has lines of its own.
    """

    font: int = 0
    behind: int = 1
    silent: bool = False
    hidden: bool = False
    fonts: bool = False
    apart: bool = False


@dataclass
class _State:
    """Where the reading stands: the groups around it, the code pages, and the words that were not given out yet."""

    group: _Group = field(default_factory=_Group)
    around: list[_Group] = field(default_factory=list)
    page: str = "cp1252"
    default_font: int = 0
    charsets: dict[int, str] = field(default_factory=dict)
    pending: bytearray = field(default_factory=bytearray)
    words: list[str] = field(default_factory=list)
    size: int = 0
    passed_over: int = 0

    def codec(self) -> str:
        """Return the code page of the font that holds here."""
        return self.charsets.get(self.group.font, self.page)

    def decode(self) -> None:
        """Turn the bytes that wait into words."""
        if self.pending:
            self.words.append(bytes(self.pending).decode(self.codec(), "replace"))
            self.pending.clear()

    def say(self, words: str) -> None:
        """Add words where they are shown."""
        if not (self.group.silent or self.group.hidden or self.group.fonts):
            self.decode()
            self.words.append(words)
            self.size += len(words)

    def say_bytes(self, content: bytes) -> None:
        """Add bytes of the code page, but those that stand for a character told before."""
        gone = min(self.passed_over, len(content))
        self.passed_over -= gone
        if not (self.group.silent or self.group.hidden or self.group.fonts):
            self.pending += content[gone:]
            self.size += len(content) - gone

    def is_halfway(self) -> bool:
        """Say whether the last word is the first half of a character above U+FFFF."""
        return not self.pending and bool(self.words) and "\ud800" <= self.words[-1][-1:] <= "\udbff"

    def given(self) -> str:
        """Return the words since the last time; halves of characters above U+FFFF are joined."""
        self.decode()
        whole = "".join(self.words).encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
        self.words.clear()
        self.size = 0
        return whole


def words_of_rtf(content: bytes) -> Iterator[str]:
    """Yield the words of a document, some at a time.

    Raises:
        Deep: groups within more groups than any document has.
    """
    state, position = _State(), 0
    while (token := _TOKEN.match(content, position)) is not None:
        position = token.end()
        if token["text"] is not None:
            state.say_bytes(token["text"])
        elif token["byte"] is not None:
            state.say_bytes(bytes.fromhex(token["byte"].decode("ascii")))
        elif token["brace"] is not None:
            _step(state, begins=token["brace"] == b"{")
        elif token["symbol"] is not None:
            _symbol(state, token["symbol"])
        elif token["word"] is not None:
            number = int(token["number"]) if token["number"] is not None else None
            if token["word"] == b"bin":
                position += max(number or 0, 0)
            else:
                _word(state, token["word"], number)
        if state.size >= _AT_ONCE and not state.is_halfway():
            yield state.given()
    yield state.given()


def _step(state: _State, *, begins: bool) -> None:
    state.decode()
    state.passed_over = 0
    if begins:
        if len(state.around) == DEEPEST:
            raise Deep(f"groups within {DEEPEST} groups")
        state.around.append(state.group)
    elif state.around:
        if state.group.apart and not state.around[-1].apart:
            state.say("\n")
            state.decode()
        state.group = state.around.pop()


def _symbol(state: _State, symbol: bytes) -> None:
    if symbol == b"*":
        state.group = replace(state.group, silent=True)
    elif state.passed_over:
        state.passed_over -= 1
    else:
        state.say(_SYMBOLS.get(symbol, ""))


def _word(state: _State, word: bytes, number: int | None) -> None:
    if word in _WORDS:
        if state.passed_over:
            state.passed_over -= 1
        else:
            state.say(_WORDS[word])
    elif word == b"u" and number is not None:
        state.say(chr(number % 0x10000))
        state.passed_over = state.group.behind
    elif word == b"uc":
        state.group = replace(state.group, behind=min(max(number if number is not None else 1, 0), 8))
    elif word in {b"v", b"deleted"}:
        state.decode()
        state.group = replace(state.group, hidden=number != 0)
    elif word in _WORDLESS:
        state.group = replace(state.group, silent=True)
    elif word in _LINES or word == _TEXT_BOX:
        state.group = replace(state.group, apart=True, silent=state.group.silent and word != _TEXT_BOX)
        state.say("\n")
    else:
        _code_page(state, word, number)


def _code_page(state: _State, word: bytes, number: int | None) -> None:
    """Follow a control word that says in which code page bytes are."""
    if word == b"ansicpg" and number is not None:
        state.page = _codec_of_page(number)
    elif word in _FAMILIES:
        state.page = _FAMILIES[word]
    elif word == b"deff":
        state.default_font = number or 0
        state.group = replace(state.group, font=state.default_font)
    elif word == b"fonttbl":
        state.group = replace(state.group, fonts=True)
    elif word == b"fcharset" and state.group.fonts and len(state.charsets) < _MOST_FONTS:
        if (codec := _CHARSETS.get(number or 0)) is not None:
            state.charsets[state.group.font] = codec
    elif word == b"f":
        state.decode()
        state.group = replace(state.group, font=number or 0)
    elif word == b"plain":
        state.decode()
        state.group = replace(state.group, font=state.default_font, hidden=False)


def _codec_of_page(number: int) -> str:
    name = _PAGES.get(number, f"cp{number}")
    try:
        return codecs.lookup(name).name
    except LookupError:
        return "cp1252"
