"""Member names as people know them, whatever the packing program thought of character sets.

Zip knows UTF-8 by a flag and else "the packer's code page" (APPNOTE 4.4.4, D.1): Chinese and Japanese systems write
GBK and CP932 there. Which one it was is judged over all names of an archive together, since a single short name can be
read in several ways. A wrong guess costs legibility only.
"""

import hashlib
import re
from collections.abc import Callable, Sequence

_LONGEST = 900
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff\u2028\u2029\u202a-\u202e\u2066-\u2069]")


def _is_gb2312(character: str) -> bool:
    try:
        return len(character.encode("gb2312")) == 2
    except UnicodeEncodeError:
        return False


def _is_usual_japanese(character: str) -> bool:
    if "\u3040" <= character <= "\u30ff":
        return True
    try:
        raw = character.encode("shift_jis")
    except UnicodeEncodeError:
        return False
    return len(raw) == 2 and 0x88 <= raw[0] <= 0x98  # the kanji of level 1


def _is_accented_letter(character: str) -> bool:
    return character.isalpha() and character < "\u0180"


_CODE_PAGES: tuple[tuple[str, Callable[[str], bool]], ...] = (
    ("utf-8", lambda _: True),
    ("gbk", _is_gb2312),
    ("cp932", _is_usual_japanese),
    ("cp437", _is_accented_letter),
)


def decode_names(raw: Sequence[bytes]) -> list[str]:
    """Decode the names of one archive by the one code page that makes most sense of all of them."""
    foreign = [name for name in raw if not name.isascii()]
    page = max((page for page, _ in _CODE_PAGES), key=lambda page: _plausibility(foreign, page)) if foreign else "ascii"
    return [name.decode(page, "replace") for name in raw]


def tidy(name: str) -> str:
    """Return a name fit to be shown and stored: slashes, no control characters, a bounded length.

    A name that had to be shortened ends in a digest of the whole, so that different names stay different.
    """
    shown = _CONTROL.sub("\ufffd", name.replace("\\", "/"))
    if len(shown) <= _LONGEST:
        return shown or "unnamed"
    digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:16]
    return f"{shown[:_LONGEST]}...{digest}"


def _plausibility(names: Sequence[bytes], page: str) -> float:
    """Return the share of foreign characters that are usual in the code page, 2 for valid UTF-8, -1 if undecodable."""
    usual = dict(_CODE_PAGES)[page]
    try:
        text = "".join(name.decode(page) for name in names)
    except UnicodeDecodeError:
        return -1.0
    if page == "utf-8":
        return 2.0
    foreign = [character for character in text if not character.isascii()]
    return sum(map(usual, foreign)) / len(foreign) if foreign else 0.0
