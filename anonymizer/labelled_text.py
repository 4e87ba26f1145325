"""Find the values of labels in the text of a report: what stands behind one and can be such a value, and nothing else.

A name looks like one, a number has digits, a house has a name of its own; the clinical words that a report writes
behind `Patient:` or `Klinik:` stay. In doubt the value goes: capitals that no vocabulary of reports lists are a name.
A value never ends inside a number, so that no part of a telephone number is left. The labels are data
(`data/report_labels.toml`).
"""

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from importlib.resources import files

from anonymizer.known import IDEOGRAPHS
from anonymizer.text_dates import dates_in
from anonymizer.text_patterns import DOUBLE_SURNAMES, NOT_SURNAMES, PARTICLES, SURNAMES, TITLES
from anonymizer.wording import is_clinical, prose_vocabulary

Span = tuple[int, int]
_COMMA = re.compile(r"[,(]|(?<=[^\W\d_]{2})\.(?=\s|$)")
_FOUND = "\ue000-\ue00f"  # what is overwritten already (`free_text.py`)
_VALUE_END = re.compile(r"[ \t]{3,}|[;|\t\n\r]|[ \t]+[^\W\d_]{2,}(?:[ -][^\W\d_]+)?[:=]")
_SENTENCE_END = re.compile(
    r"。|(?:(?<=[^\W\d_]{3})|(?<=[\d)\ue000-\ue00f]))(?<!str)(?<!Str)(?<!STR)\.(?=\s+[A-ZÀ-ÖØ-Þ]|\s*$)"
)
_TOKEN = re.compile(rf"[{_FOUND}]+|[^\W\d_](?:[^\W\d_]|['’-](?=[^\W\d_]))*\.?")
_BETWEEN = re.compile(r"[ \t]*[,/&+][ \t]*|[ \t]+|-|(?=[\ue000-\ue00f])|(?<=[\ue000-\ue00f])")
_PARTICLE = re.compile(rf"(?:{PARTICLES})", re.IGNORECASE)
_TITLE = re.compile(rf"(?:{TITLES}|med|rer|nat|dent|habil)\.?", re.IGNORECASE)
_LOWER_TITLES = re.compile(r"(?:(?:lek|dr|mgr|med|prof|hab|n|doc|mudr|dott)\b\.?[ \t]+)+")
_SAINT = re.compile(r"(?:St|Ste|Sankt|San|Santa|Santo|Saint)\.?")
_NO_NAME = re.compile(r"[VZ]\.?[ ]?[an]\.|S[t.]+[ ]?p\.|[shc]/[pos]\b|[nw]\.v\.", re.IGNORECASE)  # V.a., Z.n., s/p
_INITIAL = re.compile(r"[A-ZÀ-ÖØ-Þ]\.?")
_PROSE_BEHIND = re.compile(
    r"[ \t]+(?:seit|links|rechts|beid(?:er)?seits|bds|mit|nach|bei|since|for|left|right|with|after|desde|con|tras"
    r"|izquierd[oa]|derech[oa])\b"
)
_HAN = "㐀-鿿"
_RUN = re.compile(rf"[{IDEOGRAPHS}{_FOUND}]+(?:[·・•][{IDEOGRAPHS}]+)*(?:[ \t]?[{_FOUND}]+)*")
_NATIVE_GIVEN = re.compile(rf"[ \t]([{IDEOGRAPHS}]{{1,3}})(?<![者人师師生期号別别龄])(?![{IDEOGRAPHS}:])")
_NATIVE_NAME = re.compile(
    rf"(?!{'|'.join(NOT_SURNAMES)})(?:(?:{DOUBLE_SURNAMES})[{_HAN}]{{1,2}}|[{SURNAMES}][{_HAN}]{{1,2}})"
)
_WHO_BEHIND = re.compile(r"[\s,、(（]*(?:[男女](?![㐀-鿿])|[男女]性|\d{1,3}\s*[岁歳세]|年龄|$)")
_PLATE = re.compile(r"[A-ZÄÖÜ]{1,3}[- ][A-Z]{1,2}[ -]?\d{1,4}(?!\w)|\d{4}[ -]?[A-Z]{3}(?!\w)")
_NUMBER = re.compile(
    r"(?:(?:n[.º°o]+|nr\.?|#)[ \t]*)?(?=[A-Za-z./#-]{0,12}\d)[A-Za-z0-9][\w./#-]*"
    r"(?:[ \t]+(?=[A-Z]?\d{2}|\d)[A-Z0-9-]*\d[\w/-]*){0,6}",
    re.IGNORECASE,
)
_LETTERS_AS_NUMBER = re.compile(r"[A-Z]{4,12}(?![\w])")
_TELEPHONE = re.compile(r"(?:\+|\()?\d[\d \t./()-]*\d(?:[ \t]*(?:ext|x|dw)\.?[ \t]*\d+)?", re.IGNORECASE)
_ADDRESS_OF_MAIL = re.compile(
    r"[\w.+-]+[ \t]*(?:@|\(at\)|\[at\]|\bat\b)[ \t]*[\w-]+(?:[ \t]*(?:\.|\bdot\b|\bpunkt\b)[ \t]*[\w-]+)*"
)
_LEAD_OF_DATE = re.compile(
    r"(?:on|the|am|den|el|día|le|in|im|en|[^\W\d_]{2,10}(?:day|tag|feira),?|[ ,(])*", re.IGNORECASE
)
_DIGITS_GO_ON = re.compile(r"[ \t()./-]*[\w\ue000-\ue00f]*\d[\w ()./-]*")
_LONGEST_DATE, _LONGEST_VALUE, _LONGEST_LINE, _MOST_TOKENS, _MOST_WHOLE, _MOST_LOWER = 80, 200, 400, 8, 4, 3
_LONGEST_NATIVE, _LONGEST_NATIVE_PART, _LONGEST_LOOSE_NATIVE = 12, 3, 4
_WORDS_OF_DATE = re.compile(r"(?:[^\s,;。]+[ \t]*){1,5}")
_LATE_YEAR = re.compile(r"(?:19|20)\d\d|\d{1,3}")


def labelled_in(text: str) -> Iterator[tuple[str, Span]]:
    """Yield the kind and the place of every labelled value."""
    for group, (kind, label) in _labels().items():
        for match in label.finditer(text):
            value = _line_of(text, match.end())
            length = _VALUES[group](value) if value else 0
            if length:
                yield kind, (match.end(), match.end() + length)


def _line_of(text: str, start: int) -> str:
    """Return what stands behind a label, to the end of the line, the next label or a wide gap."""
    line = text[start : start + _LONGEST_LINE]
    end = _VALUE_END.search(line)
    return line[: end.start()] if end else line


def _name(value: str) -> int:
    """Return how much of a value is a name where only a name can stand."""
    if native := _native_run(value):
        return native
    if titles := _LOWER_TITLES.match(value):
        length = _name(value[titles.end() :])
        return titles.end() + length if length else 0
    whole = _words_to_comma(value)
    if _in_capitals(whole):
        return max(_walk(value, strict=True), _to_comma(value))
    if _unlisted_in_lower_case(whole):
        return _to_comma(value)
    return _walk(value, strict=True)


def _patient(value: str) -> int:
    """Return how much of a value is a name where what is told of the patient may stand instead."""
    if re.match(rf"[{IDEOGRAPHS}]", value):
        return _loose_native(value)
    words = _words_to_comma(value)
    if _NO_NAME.match(value):
        return 0
    if _unlisted_in_lower_case(words) and not any(map(is_clinical, words)):
        return _to_comma(value)
    length = _walk(value, strict=False)
    return max(length, _to_comma(value)) if length and _in_capitals(words) else length


def _house(value: str) -> int:
    """Return how much of a value is the name of a house."""
    if re.match(rf"[{IDEOGRAPHS}]", value):
        return _native_run(value)
    length = 0 if _NO_NAME.match(value) else _walk(value, strict=False)
    return 0 if _PROSE_BEHIND.match(value, length) else length


def _native_run(value: str) -> int:
    run = _RUN.match(value)
    if run is None or not re.search(f"[{IDEOGRAPHS}]", run[0]):
        return 0
    known = re.match(rf"[{_FOUND}]*", value)
    length = min(run.end(), _LONGEST_NATIVE + (known.end() if known else 0))
    given = _NATIVE_GIVEN.match(value, length) if length <= _LONGEST_NATIVE_PART else None
    return given.end() if given and given[1] not in ("男", "女", "남", "여") else length


def _loose_native(value: str) -> int:
    """Return the length of a name in characters: by its family name, or by what stands behind it."""
    name, run = _NATIVE_NAME.match(value), _RUN.match(value)
    vocabulary = prose_vocabulary()
    if name:
        long = name.end()
        double = re.match(DOUBLE_SURNAMES, value) is not None
        for length in range(long, 1 + double, -1):
            rest = value[length:]
            if not re.match(f"[{_HAN}]", rest) or vocabulary.listed_parts(rest, ".")[:1] not in ("", "."):
                return length
        return long
    if run and 1 < run.end() <= (_LONGEST_NATIVE if "·" in run[0] else _LONGEST_LOOSE_NATIVE):
        listed = len(vocabulary.listed_parts(run[0])) > 1
        return run.end() if not listed and _WHO_BEHIND.match(value, run.end()) else 0
    return 0


def _to_comma(value: str) -> int:
    """Return the length of a value to its first comma, bracket or full stop."""
    return len(_COMMA.split(value, maxsplit=1)[0].rstrip())


def _words_to_comma(value: str) -> list[str]:
    """Return the words of a value to its first comma, none where it has anything else."""
    part = value[: _to_comma(value)]
    words = part.split()
    plain = all(re.fullmatch(rf"[{_FOUND}]+|[^\W\d_][^\W\d_.'’-]*(?:[.'’-][^\W\d_]*)*", word) for word in words)
    return words if plain else []


def _in_capitals(words: list[str]) -> bool:
    return 0 < len(words) <= _MOST_WHOLE and all(word[0].isupper() or _is_found(word) for word in words)


def _unlisted_in_lower_case(words: list[str]) -> bool:
    return 0 < len(words) <= _MOST_LOWER and all(map(str.islower, words)) and not all(map(is_clinical, words))


def _is_found(word: str) -> bool:
    return "\ue000" <= word[0] <= "\ue00f"


def _walk(value: str, *, strict: bool) -> int:
    """Return how far a value goes on as a name does: words in capitals that no report is written with."""
    at = end = 0
    for _ in range(_MOST_TOKENS):
        token = _TOKEN.match(value, at)
        if token is None:
            break
        judged = _judged(token[0], strict=strict)
        if judged is None:
            break
        stop = token.end() - (token[0].endswith(".") and len(token[0]) > 2 and judged)
        if judged:
            end = stop
        if stop < token.end() and not judged:
            break
        between = _BETWEEN.match(value, stop)
        if between is None:
            break
        at = between.end()
    return end


def _judged(token: str, *, strict: bool) -> bool | None:
    """Say whether a word belongs to a name, False for what does only before one, None for what ends it."""
    bare = token.rstrip(".")
    if _is_found(token):
        return True
    if _TITLE.fullmatch(token) or _SAINT.fullmatch(token) or _PARTICLE.fullmatch(bare):
        return False
    if _INITIAL.fullmatch(token):
        return True
    if is_clinical(bare) or is_clinical(bare.partition("-")[0]):
        return None
    return True if token[0].isupper() or strict else None


def _date(value: str) -> int:
    lead = _LEAD_OF_DATE.match(value)
    starts = lead.end() if lead else 0
    spans = [(each.start, each.end) for each in dates_in(value[:_LONGEST_DATE], None)]
    ends = [end for start, end in spans if start <= starts + 1]
    if ends:
        return max(ends)
    words = _WORDS_OF_DATE.match(value)
    return len(words[0].rstrip(" \t.")) if words else 0


def _number(value: str) -> int:
    if plate := _PLATE.match(value):
        return plate.end()
    found = _NUMBER.match(value)
    if found is None:
        letters = _LETTERS_AS_NUMBER.match(value)
        return letters.end() if letters and not is_clinical(letters[0]) else 0
    short = _LATE_YEAR.fullmatch(found[0]) and re.match(r"[ \t]+[^\W\d_]", value[found.end() :])
    return 0 if short else len(found[0].rstrip("./#-"))


def _contact(value: str) -> int:
    found = _ADDRESS_OF_MAIL.match(value) or _TELEPHONE.match(value)
    return found.end() if found else 0


def _address(value: str) -> int:
    """Return the length of an address: to the end of the sentence, never inside a word or between groups of digits."""
    end = _SENTENCE_END.search(value)
    length = end.start() if end else len(value)
    if length <= _LONGEST_VALUE:
        return length
    word = re.compile(r"[\w\ue000-\ue00f]*").match(value, _LONGEST_VALUE)
    length = word.end() if word else _LONGEST_VALUE
    more = _DIGITS_GO_ON.match(value, length)
    return more.end() if more else length


_VALUES: Mapping[str, Callable[[str], int]] = {
    "name": _name,
    "patient": _patient,
    "birth": _date,
    "number": _number,
    "contact": _contact,
    "address": _address,
    "house": _house,
}


@cache
def _labels() -> Mapping[str, tuple[str, re.Pattern[str]]]:
    groups = tomllib.loads((files("anonymizer") / "data" / "report_labels.toml").read_text("utf-8"))
    return {
        group: (
            each["kind"],
            re.compile(rf"(?<![^\W_])(?:{'|'.join(each['labels'])}){_SIGNS.get(group, _SIGN)}", re.IGNORECASE),
        )
        for group, each in groups.items()
    }


_SIGN = r"\s*[:=][ \t]*"
_NUMBERS_ALONE = (
    r"[A-Za-z]{0,4}[-/]?\d{4}|(?=\S*\d)\S*\d\S*[-/]\d|(?-i:[A-ZÄÖÜ]{1,3}-[A-Z]{1,2} \d)"
    r"|(?-i:(?=[A-Z]*\d[A-Z]*\d)[A-Z0-9]{7})|\d(?:[ .]\d\d){3}|\d{3}[ .]\d{3}|\d\d \d{4}"
)
_SHORT_TELEPHONE = r"(?<=tel|ext|ger|eep|ahl|el\.|xt\.)[ \t]+-?(?=\d{4,5}(?!\w|[.,]\d|[ \t]*(?:mm|cm|h\b|Uhr|hrs)))"
# A number may follow its label without any sign: MRN 77123, Tel (0228) 1234567.
_SIGNS = {
    "number": rf"(?:{_SIGN}|[ \t]+(?={_NUMBERS_ALONE}))",
    "contact": rf"(?:{_SIGN}|[ \t]+(?=[+(]?\d[\d ()/.-]{{5}})|{_SHORT_TELEPHONE})",
}
