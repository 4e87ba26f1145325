"""Which script a text is written in, as far as its characters alone can tell.

Kana are Japanese and Hangul Korean only; Han alone is taken for Chinese. Letters of an alphabet tell no language.
"""

from typing import Literal

from worklist.reports.view import ReadView

EastAsian = Literal["ja", "ko", "zh"]

_KANA = (("\u3040", "\u30ff"), ("\u31f0", "\u31ff"))
_HANGUL = (("\u1100", "\u11ff"), ("\uac00", "\ud7a3"))
_HAN = (("\u3400", "\u9fff"), ("\uf900", "\ufaff"), ("\U00020000", "\U0003ffff"))


def east_asian(text: str) -> EastAsian | None:
    """Return the East Asian language whose glyph shapes the text needs, or None."""
    if _count(text, _KANA):
        return "ja"
    if _count(text, _HANGUL):
        return "ko"
    return "zh" if _count(text, _HAN) else None


def is_written_without_spaces(text: str) -> bool:
    """Return whether lines of the text may end after any character (Korean has spaces)."""
    return bool(_count(text, _HAN + _KANA))


def language_of(view: ReadView) -> str:
    """Return the RFC 5646 tag of the language the read is written in, "und" where neither view nor script tells.

    A third of the letters must be East Asian: a name quoted in a German report does not make it Chinese.
    """
    written = "".join((view.findings, view.impression, view.recommendation))
    letters = sum(character.isalpha() for character in written)
    if view.language or 3 * _count(written, _HAN + _KANA + _HANGUL) < letters:
        return view.language or "und"
    return east_asian(written) or "und"


def _count(text: str, ranges: tuple[tuple[str, str], ...]) -> int:
    return sum(any(first <= character <= last for first, last in ranges) for character in text)
