"""Days and years of dates that are written out in words, and years counted by eras.

"The ninth of March nineteen fifty-two", "am neunten März", "el nueve de marzo de mil novecientos cincuenta y dos",
昭和二十七年, 民國41年. Every word stands under the number that it means; what is compared has no capitals.
"""

import re
from collections.abc import Iterator, Mapping
from functools import cache

_ONES = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
_TEENS = ["ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"]
_TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
_ORDINALS = ["first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth"]
_ORDINAL_TEENS = [
    *("tenth", "eleventh", "twelfth", "thirteenth", "fourteenth"),
    *("fifteenth", "sixteenth", "seventeenth", "eighteenth", "nineteenth", "twentieth"),
]
_EINER = ["ein", "zwei", "drei", "vier", "fünf", "sechs", "sieben", "acht", "neun"]
_ZEHN = ["zehn", "elf", "zwölf", "dreizehn", "vierzehn", "fünfzehn", "sechzehn", "siebzehn", "achtzehn", "neunzehn"]
_ZEHNER = ["zwanzig", "dreißig", "vierzig", "fünfzig", "sechzig", "siebzig", "achtzig", "neunzig"]
_ERSTE = ["erst", "zweit", "dritt", "viert", "fünft", "sechst", "siebt", "acht", "neunt"]
_UNO = ["uno", "dos", "tres", "cuatro", "cinco", "seis", "siete", "ocho", "nueve"]
_DIEZ = ["diez", "once", "doce", "trece", "catorce", "quince", "dieciséis", "diecisiete", "dieciocho", "diecinueve"]
_VEINTE = [
    *("veinte", "veintiuno", "veintidós", "veintitrés", "veinticuatro"),
    *("veinticinco", "veintiséis", "veintisiete", "veintiocho", "veintinueve"),
]
_TREINTA = ["treinta", "cuarenta", "cincuenta", "sesenta", "setenta", "ochenta", "noventa"]
_FIRST_YEAR, _LAST_YEAR = 1880, 2049
# The year before the first one of an era: Japan's since 1868, and that of the Republic of China.
ERAS: Mapping[str, int] = {
    "明治": 1867, "大正": 1911, "昭和": 1925, "平成": 1988, "令和": 2018, "民國": 1911, "民国": 1911,
    "明": 1867, "大": 1911, "昭": 1925, "平": 1988, "令": 2018, "s": 1925, "h": 1988, "r": 2018,
}  # fmt: skip


def _bare(word: str) -> str:
    """Return a Spanish word without its accents."""
    return word.translate(str.maketrans("áéíóú", "aeiou"))


# What such words look like: whether they are a day or a year the tables below say.
DAYS = "|".join(
    (
        "(?:twenty|thirty)[\\s-]+(?:one|two|three|four|five|six|seven|eight|nine)(?![a-z])",
        "(?:twenty|thirty)[\\s-]+(?:first|second|third|fourth|fifth|sixth|seventh|eighth|ninth)",
        *_ORDINALS,
        *_ORDINAL_TEENS,
        "thirtieth",
        *(f"{word}(?![a-z])" for word in (*_TEENS, *_ONES, "twenty", "thirty")),
        "(?:(?:ein|zwei|drei|vier|fünf|fuenf|sechs|sieben|acht|neun)und)?(?:zwanzig|drei(?:ß|ss)ig)ste[nrsm]?",
        "(?:zehn|elf|zwölf|zwoelf|(?:drei|vier|fünf|fuenf|sech|sieb|acht|neun)zehn)te[nrsm]?",
        "(?:erst|zweit|dritt|viert|fünft|fuenft|sechst|siebt|siebent|acht|neunt)e[nrsm]?",
        "treinta(?:\\s+y\\s+uno?)?|veinti[a-zúóé]+|primero?",
        *sorted({form for word in (*_DIEZ, "veinte") for form in (word, _bare(word))}),
        *_UNO,
    )
)
_ENGLISH_PARTS = "|".join(("hundred", "and", "oh", *_TENS, *_TEENS, *_ONES))
_SPANISH_PARTS = "|".join(("y", "veint[a-zúóé]+", "diec[a-zé]+", *_TREINTA, *_DIEZ, *_UNO))
YEARS = "|".join(
    (
        f"(?:eighteen|nineteen|twenty|two[\\s-]+thousand)(?:[\\s-]+(?:{_ENGLISH_PARTS}))*",
        "(?:(?:acht|neun)zehnhundert|zweitausend)[a-zäöüß]*",
        f"(?:mil\\s+(?:ocho|nove)cientos|dos\\s+mil)(?:\\s+(?:{_SPANISH_PARTS}))*",
    )
)


def day_of(word: str) -> int | None:
    """Return the day of a month that a word means; None for one that means none."""
    return _days().get(_plain(word))


def year_of(word: str) -> int | None:
    """Return the year that some words mean; None for such as mean none."""
    return _years().get(_plain(word))


@cache
def _days() -> Mapping[str, int]:
    found = {_plain(each): day for day in range(1, 32) for each in (*_english(day), *_german(day), *_spanish(day))}
    return found | {"primero": 1, "primer": 1, "veintiún": 21, "veintiun": 21, "treinta y un": 31}


@cache
def _years() -> Mapping[str, int]:
    return {_plain(word): year for year in range(_FIRST_YEAR, _LAST_YEAR + 1) for word in _words_of_year(year)}


def _plain(word: str) -> str:
    return re.sub(r"[\s-]+", " ", word.casefold())


def _english(day: int) -> Iterator[str]:
    yield _english_number(day)
    if day < 10:
        yield _ORDINALS[day - 1]
    elif day <= 20:
        yield _ORDINAL_TEENS[day - 10]
    elif day == 30:
        yield "thirtieth"
    else:
        yield f"{_TENS[day // 10 - 2]}-{_ORDINALS[day % 10 - 1]}"


def _german(day: int) -> Iterator[str]:
    """Yield the ordinal in each of its endings: neunte, neunten, neunter, neuntes, neuntem."""
    if day < 10:
        stems = [_ERSTE[day - 1], *(["siebent"] if day == 7 else [])]
    elif day < 20:
        stems = [f"{_ZEHN[day - 10]}t"]
    else:
        ones = f"{_EINER[day % 10 - 1]}und" if day % 10 else ""
        stems = [f"{ones}{_ZEHNER[day // 10 - 2]}st"]
    for stem in stems:
        yield from (f"{form}e{ending}" for form in _both_german(stem) for ending in ("", "n", "r", "s", "m"))


def _words_of_year(year: int) -> Iterator[str]:
    century, rest = divmod(year, 100)
    below = _english_number(rest)
    if century == 20:
        yield f"two thousand {below}" if rest else "two thousand"
        yield f"two thousand and {below}" if rest else "two thousand"
    if century != 20 or rest > 9:
        yield f"{_english_number(century)} {below if rest > 9 else 'hundred' if not rest else 'oh ' + below}"
        yield f"{_english_number(century)} hundred and {below}"
        yield f"{_english_number(century)} hundred {below}"
    hundreds = "zweitausend" if century == 20 else f"{_ZEHN[century - 10]}hundert"
    yield from _both_german(f"{hundreds}{_german_number(rest)}")
    yield from _both_german(f"{hundreds}und{_german_number(rest)}")
    thousands = {18: "mil ochocientos", 19: "mil novecientos", 20: "dos mil"}[century]
    in_spanish = f"{thousands} {_spanish_number(rest)}".strip()
    yield from (in_spanish, _bare(in_spanish))


def _english_number(number: int) -> str:
    if number < 10:
        return _ONES[number - 1] if number else ""
    if number < 20:
        return _TEENS[number - 10]
    tens = _TENS[number // 10 - 2]
    return f"{tens}-{_ONES[number % 10 - 1]}" if number % 10 else tens


def _german_number(number: int) -> str:
    if number < 10:
        return ("", "eins", *_EINER[1:])[number]
    if number < 20:
        return _ZEHN[number - 10]
    ones = f"{_EINER[number % 10 - 1]}und" if number % 10 else ""
    return f"{ones}{_ZEHNER[number // 10 - 2]}"


def _spanish(day: int) -> tuple[str, ...]:
    return _spanish_number(day), _bare(_spanish_number(day))


def _spanish_number(number: int) -> str:
    if number < 10:
        return _UNO[number - 1] if number else ""
    if number < 20:
        return _DIEZ[number - 10]
    if number < 30:
        return _VEINTE[number - 20]
    tens = _TREINTA[number // 10 - 3]
    return f"{tens} y {_UNO[number % 10 - 1]}" if number % 10 else tens


def _both_german(word: str) -> tuple[str, ...]:
    """Return a German word with its umlauts and in the other ways of writing them."""
    spelt = str.maketrans({"ü": "ue", "ö": "oe", "ß": "ss"})
    return word, word.translate(spelt), word.replace("ß", "ss")
