"""Clean the free text of case reports and clinical questions before it enters the reading zone.

What is known about the person goes first, then what looks like a date, a telephone, an address on the net, a number or
a labelled identity. Words are compared without case and diacritics. The rules err on the side of removing.
"""

import re
import tomllib
from collections.abc import Iterable
from functools import cache, lru_cache
from importlib.resources import files

from anonymizer.known import IDEOGRAPHS, KnownIdentity, native_words, spelled_words, spellings
from anonymizer.wording import fold

# Placeholders are single private-use characters until the end, so that no rule sees another rule's words.
_MARKS = {"name": "\ue000", "id": "\ue001", "date": "\ue002", "contact": "\ue003", "other": "\ue004"}
_PLACEHOLDER = f"[{''.join(_MARKS.values())}]"
_MONTHS = (
    "jan(?:uary|uar|\\.)?|feb(?:ruary|ruar|\\.)?|mar(?:ch|zo|\\.)?|m[äa]e?rz|apr(?:il|\\.)?|may|mai|mayo|jun[ie]?|jul[iy]?"
    "|aug(?:ust|\\.)?|sept?(?:ember|\\.)?|o[ck]t(?:ober|\\.)?|nov(?:ember|\\.)?|de[cz](?:ember|\\.)?"
    "|enero|febrero|abril|junio|julio|agosto|septiembre|setiembre|octubre|noviembre|diciembre"
)
_DATES = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"(?<!\d)(?:18|19|20)\d\d([-/.])(?:0?[1-9]|1[0-2])\1(?:0?[1-9]|[12]\d|3[01])(?!\d)(?:T[\d:.]+(?:Z|[+-]\d\d:?\d\d)?)?",
        r"(?<!\d)(?<!\d[.,])(?:0?[1-9]|[12]\d|3[01])([-/.])(?:0?[1-9]|[12]\d|3[01])\1(?:(?:18|19|20)\d\d|\d\d)(?!\d)",
        r"(?:18|19|20)\d\d\s*年\s*\d{1,2}\s*月(?:\s*\d{1,2}\s*[日号])?",
        rf"(?<!\d)(?:0?[1-9]|[12]\d|3[01])(?:st|nd|rd|th|\.)?\s*(?:of\s+|de\s+)?(?:{_MONTHS})\s*,?\s*(?:del?\s+)?(?:18|19|20)\d\d(?!\d)",
        rf"\b(?:{_MONTHS})\s*(?:[0-3]?\d(?:st|nd|rd|th)?\s*,?\s+)?(?:del?\s+)?(?:18|19|20)\d\d(?!\d)",
        r"(?<![\d/.])(?:0?[1-9]|1[0-2])[/.](?:19|20)\d\d(?!\d)",
        r"(?<!\d)(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?:\d{4}(?:\d\d)?)?(?!\d)",
    )
)
_ADDRESSES = (
    re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"),
    re.compile(r"(?:https?|ftp)://\S+|\bwww\.\S+", re.IGNORECASE),
)
_TELEPHONES = (
    re.compile(r"(?<![\w.])(?:\+\d{1,3}[ ./-]?|\(0?\d{2,5}\)[ ./-]?|0\d{1,4}[ ./-])\d[\d ./()-]{4,16}\d(?!\w)"),
    re.compile(r"(?<![\w.])\d{3}[-. ]\d{3}[-. ]\d{4}(?!\w)|(?<!\d)1[3-9]\d{9}(?!\d)"),
)
_NUMBERS = (
    re.compile(r"(?<![^\W_])(?:[A-Za-z]{1,6}[-./#]?)?\d{5,}[A-Za-z0-9]*(?:[-/]\d+)*"),
    re.compile(r"(?<!\d)\d{3}-\d{2}-\d{4}(?!\d)"),
)
_VALUE_END = r"[ \t]{3,}|[;|\t\n\r；]|[ \t]+[^\W\d_]{2,}(?:[ -][^\W\d_]+)?[:：=]"
_TITLED = re.compile(
    r"\b((?:Dr|Prof|Mr|Mrs|Ms|Herrn?|Frau|Sra?|Dra|Don|Doña)\b\.?(?:\s*(?:med|Dr|Prof)\b\.?)*)\s+"
    r"[A-ZÀ-ÖØ-Þ][\w'’-]+(?:\s+(?:von|van|de|der|del|la|[A-ZÀ-ÖØ-Þ]\.|[A-ZÀ-ÖØ-Þ][\w'’-]+)){0,2}"
)
_NATIVE_TITLES = "先生|女士|小姐|太太|医生|醫生|主任|教授|老师|様|さん|氏|씨|님"
_INITIALS = re.compile(rf"\b[A-Z]\.\s*(?={_MARKS['name']})|(?<={_MARKS['name']})[\s,]+[A-Z]\.(?=\s|$)")
_REPEATED = re.compile(rf"({_PLACEHOLDER})(?:[\s,^=]*\1)+")


def clean_text(text: str, known: KnownIdentity) -> str:
    """Return a text with identities replaced by `[name]`, `[id]`, `[date]`, `[contact]` or `[other]`.

    Case, diacritics and the order of name components do not matter; labelled values go even when they are not known.
    """
    for mark in _MARKS.values():
        text = text.replace(mark, "")
    text = _without_phrases(text, known.others, _MARKS["other"])
    text = _without_phrases(text, known.ids, _MARKS["id"])
    text = _without_names(text, known)
    for pattern in _ADDRESSES:
        text = pattern.sub(_MARKS["contact"], text)
    for kind, pattern in _labelled().items():
        text = pattern.sub(lambda match, mark=_MARKS[kind]: match[1] + mark, text)  # type: ignore[misc]
    for pattern in _DATES:
        text = pattern.sub(_MARKS["date"], text)
    for pattern in _TELEPHONES:
        text = pattern.sub(_MARKS["contact"], text)
    for pattern in _NUMBERS:
        text = pattern.sub(_MARKS["id"], text)
    text = _TITLED.sub(rf"\1 {_MARKS['name']}", text)
    text = _REPEATED.sub(r"\1", _INITIALS.sub("", text))
    for kind, mark in _MARKS.items():
        text = text.replace(mark, f"[{kind}]")
    return text


@cache
def _labelled() -> dict[str, re.Pattern[str]]:
    """Return a pattern for each kind of labelled value: the label, then at most a line of text."""
    labels = tomllib.loads((files("anonymizer") / "data" / "report_labels.toml").read_text("utf-8"))
    return {
        kind: re.compile(
            rf"(?<![^\W_])((?:{'|'.join(entries)})\s*[:：=][ \t]*)((?:(?!{_VALUE_END}).){{1,120}})", re.IGNORECASE
        )
        for kind, entries in labels.items()
    }


def _folded_with_positions(text: str) -> tuple[str, list[int]]:
    """Return the folded text and, for each of its characters, the position it came from."""
    folded: list[str] = []
    positions: list[int] = []
    for position, symbol in enumerate(text):
        form = symbol if symbol.isascii() and not symbol.isalpha() else fold(symbol)
        folded.append(form)
        positions.extend([position] * len(form))
    return "".join(folded), [*positions, len(text)]


def _replace_folded(text: str, pattern: re.Pattern[str], mark: str) -> str:
    folded, positions = _folded_with_positions(text)
    parts, end = [], 0
    for match in pattern.finditer(folded):
        start, stop = positions[match.start()], positions[match.end() - 1] + 1
        if start >= end:
            parts += [text[end:start], mark]
            end = stop
    return "".join([*parts, text[end:]])


def _without_phrases(text: str, phrases: Iterable[str], mark: str) -> str:
    """Replace whole phrases of three characters or more, however they are spaced."""
    words = [r"[\s,]+".join(re.escape(fold(word)) for word in phrase.split()) for phrase in phrases if len(phrase) > 2]
    if not words:
        return text
    alternatives = "|".join(sorted(words, key=len, reverse=True))
    return _replace_folded(text, re.compile(rf"(?<![a-z0-9])(?:{alternatives})(?![a-z0-9])"), mark)


@lru_cache(maxsize=256)
def _name_patterns(
    names: tuple[str, ...],
) -> tuple[re.Pattern[str] | None, re.Pattern[str] | None, re.Pattern[str] | None]:
    spelled = {form for name in names for word in spelled_words(name) for form in spellings(word) if len(form) > 2}
    short = {word for name in names for word in spelled_words(name) if len(word) == 2}
    native = sorted({word for name in names for word in native_words(name)}, key=len, reverse=True)
    long_native = [re.escape(word) for word in native if len(word) > 1]
    surnames = [rf"{re.escape(word)}(?=某|{_NATIVE_TITLES})" for word in native if len(word) == 1]
    shorts = "|".join(sorted(form for word in short for form in {word.title(), word.upper()}))
    return (
        re.compile(rf"(?<![a-z])(?:{'|'.join(sorted(spelled, key=len, reverse=True))})s?(?![a-z])")
        if spelled
        else None,
        re.compile(rf"(?<![^\W\d_])(?:{shorts})(?![^\W\d_])") if short else None,
        re.compile("|".join(long_native + surnames)) if native else None,
    )


def _without_names(text: str, known: KnownIdentity) -> str:
    spelled, short, native = _name_patterns(known.names)
    mark = _MARKS["name"]
    if native is not None:
        text = native.sub(mark, text)
        text = re.sub(rf"{mark}(?=[{IDEOGRAPHS}])", mark, text)
    if spelled is not None:
        text = _replace_folded(text, spelled, mark)
    return text if short is None else short.sub(mark, text)
