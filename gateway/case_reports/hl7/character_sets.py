"""The characters of a message, by MSH-18 (HL7 2.5.1 section 2.15.9.18 and table 0211).

A name read in the wrong character set is another name, so what cannot be decoded as declared is refused. Two things are
met too often to be refused: UTF-8 declared as a part of ISO 8859, which is believed to be UTF-8 where every byte of it
is, and no declaration at all, for which the node has a setting.
"""

import codecs
import re
from collections.abc import Mapping
from types import MappingProxyType

from config.errors import Malformed

_CODECS: Mapping[str, str] = MappingProxyType(
    {
        "ASCII": "ascii",
        "ISOIR6": "ascii",
        "UNICODE": "utf-8",
        "UNICODEUTF8": "utf-8",
        "UTF8": "utf-8",
        "ISOIR192": "utf-8",
        "UNICODEUTF16": "utf-16",
        "UNICODEUTF32": "utf-32",
        "GB18030": "gb18030",
        "GB180302000": "gb18030",
        "GBK": "gb18030",
        "GB2312": "gb18030",
        "ISOIR58": "gb18030",
        "BIG5": "big5hkscs",
        "CNS116431992": "big5hkscs",
        "KSX1001": "cp949",
        "ISOIR149": "cp949",
        "ISOIR13": "shift_jis",
        "ISOIR14": "shift_jis",
        "ISOIR87": "iso2022_jp_2",
        "ISOIR159": "iso2022_jp_2",
        "ISOIR100": "iso8859-1",
        "ISOIR101": "iso8859-2",
        "ISOIR109": "iso8859-3",
        "ISOIR110": "iso8859-4",
        "ISOIR144": "iso8859-5",
        "ISOIR127": "iso8859-6",
        "ISOIR126": "iso8859-7",
        "ISOIR138": "iso8859-8",
        "ISOIR148": "iso8859-9",
        "ISOIR166": "tis-620",
        **{f"8859{part}": f"iso8859-{part}" for part in (*range(1, 12), *range(13, 17))},
        **{f"ISO8859{part}": f"iso8859-{part}" for part in (*range(1, 12), *range(13, 17))},
        "WINDOWS1252": "cp1252",
    }
)
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
    (b"M\0S\0H\0", "utf-16-le"),
    (b"\0M\0S\0H", "utf-16-be"),
)
_CHARACTER_SETS_FIELD = 18
_ISO_8859 = "iso8859-"


def codec_named(name: str) -> str:
    """Return the codec of a value of table 0211, however it is spaced.

    Raises:
        Malformed: none that is read here.
    """
    codec = _CODECS.get(re.sub(r"[\s_/().-]", "", name).upper())
    if codec is None:
        raise Malformed("MSH-18 names a character set that is not read here")
    return codec


def decode_message(payload: bytes, undeclared: str) -> tuple[str, str]:
    """Return a message as text, and the codec it was written in; `undeclared` is the set where MSH-18 is empty.

    Raises:
        Malformed: it is not in the character set it declares.
    """
    for mark, codec in _BOMS:
        if payload.startswith(mark):
            return _decode(payload, codec), codec
    declared = [each for each in _declared(payload) if each]
    codecs_named = [codec_named(each) for each in declared] or [codec_named(undeclared)]
    codec = "iso2022_jp_2" if "iso2022_jp_2" in codecs_named and b"\x1b" in payload else codecs_named[0]
    if codec.startswith(_ISO_8859) and not payload.isascii() and _is_utf8(payload):
        codec = "utf-8"
    return _decode(payload, codec), codec


def _declared(payload: bytes) -> list[str]:
    header = re.split(rb"[\r\n]", payload, maxsplit=1)[0].decode("latin-1")
    fields = header.split(header[3:4] or "|")
    raw = fields[_CHARACTER_SETS_FIELD - 1] if len(fields) >= _CHARACTER_SETS_FIELD else ""
    return [each.split("^")[0].strip() for each in raw.split("~")]


def _decode(payload: bytes, codec: str) -> str:
    try:
        return payload.decode(codec)
    except UnicodeError:
        raise Malformed("the message is not in the character set that it declares (MSH-18)") from None


def _is_utf8(payload: bytes) -> bool:
    try:
        payload.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
