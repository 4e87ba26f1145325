"""Find addresses as other countries than those of `street_addresses` write them, places with their postal codes, and
where somebody is said to live in other languages.
"""

import re
from collections.abc import Iterator

from anonymizer.wording import is_clinical

Span = tuple[int, int]
_UPPER = "A-ZÀ-ÖØ-ÞĀĂĄĆČĎĐĒĖĘĚĢĪĮĶĹĻĽŁŃŅŇŌŐŒŔŘŚŞŠŢȚȘŤŪŮŰŲŹŻŽİĞ"
_CAPITAL = rf"[{_UPPER}][\w'’]{{0,30}}+\.?"
_NAMES = rf"{_CAPITAL}(?:[ \t-]{_CAPITAL}){{0,3}}"
_CYRILLIC = r"[А-ЯЁІЇЄ][а-яёіїє'’-]{1,30}(?:[ \t-][А-ЯЁІЇЄ][а-яёіїє'’-]{1,30}){0,2}"
_UNIT = r"(?![ \t]?(?:mm|cm|ml|mg|мм|см|мл|мг|%|°|x|×)(?!\w))"
_STATES = (
    "AL|AK|AZ|AR|CA|CO|CT|DE|DC|FL|GA|HI|ID|IL|IN|IA|KS|KY|LA|ME|MD|MA|MI|MN|MS|MO|MT|NE|NV|NH|NJ|NM|NY|NC|ND|OH|OK|OR|PA|RI|SC|SD|TN"
    "|TX|UT|VT|VA|WA|WV|WI|WY"
)
_CODE = r"(?:[A-Z]{1,2}-)?(?:\d{5}|\d{2}-\d{3}|\d{3} \d{2}|\d{4} ?[A-Z]{2})"
_HOUSE = r"\d{1,4}(?:[ \t]?[a-z](?![\w.]))?(?:/\d{1,4})?(?!\w)"
_BEFORE_NAME = r"(?:ul|os|nám|bd|mah)\.|ulica|ulice|ulici|aleja|náměstí|strada|mahallesi"
_ENDS_NAME = "straat|laan|gracht|plein|singel|kade|gatan|vägen|gata|vej|gade|katu|sokağı|caddesi"
_BEHIND_NAME = r"utca|út|tér|Sokak|Sokağı|Caddesi|Cad\.|Sok\.|Mahallesi"
_CYRILLIC_STREET = (
    r"ул\.|улица|улице|улицы|вул\.|вулиц[яі]|просп\.|проспект|пр-т|переулок|бульв\.|бульвар|б-р|шоссе|наб\."
)
_CYRILLIC_SHORT = r"пр\.|пер\.|пл\.|площадь"
_CYRILLIC_HOUSE = rf",?[ \t]*(?:д\.|дом|буд\.)?[ \t]*\d{{1,4}}[а-я]?(?:/\d{{1,4}})?(?!\w){_UNIT}"
_CYRILLIC_FLAT = r"(?:,?[ \t]*(?:корп\.|к\.|стр\.|кв\.|квартира)[ \t]*\d{1,4})*"
_PLACE_BEFORE = (
    r"(?:(?<=, )|(?<=\n)|(?<=\bin )|(?<=\baus )|(?<=\bfrom )|(?<=\ben )|(?<=\bà )|(?<=\bw )|^|(?<!\w)(?=[A-Z]{1,2}-\d))"
)
_PLACES = (
    # with the street and the house before it, whatever the street is called
    re.compile(
        rf"(?<![\w.-])(?P<judged>{_CAPITAL}(?:[ \t]{_CAPITAL}){{0,4}})[ \t]{_HOUSE},[ \t]+{_CODE}[ \t]+"
        rf"(?P<town>{_NAMES})"
        r"(?:[ \t]\d{1,2}(?!\w))?"
    ),
    re.compile(rf"(?<!\w)(?P<judged>{_NAMES}),?[ \t]+(?:{_STATES})[ \t]+\d{{5}}(?:-\d{{4}})?(?!\w)"),
    re.compile(
        rf"{_PLACE_BEFORE}(?:[A-Z]{{1,2}}-)?(?:\d{{5}}|\d{{2}}-\d{{3}})[ \t]+(?P<judged>{_NAMES})(?=\s*(?:[,;.)\n]|$))"
    ),
    re.compile(
        rf"(?<![^\W\d_])(?i:{_BEFORE_NAME})[ \t]+{_NAMES},?[ \t]*(?:nr\.?[ \t]*)?{_HOUSE}(?:[ \t]m\.[ \t]?\d{{1,4}})?"
        rf"{_UNIT}(?:,[ \t]*{_CODE}[ \t]+{_NAMES})?"
    ),
    re.compile(rf"(?<!\w)[{_UPPER}]\w{{1,30}}?(?:{_ENDS_NAME})[ \t]+{_HOUSE}{_UNIT}"),
    re.compile(rf"(?<!\w){_NAMES}[ \t](?:{_BEHIND_NAME})[ \t]+(?:No[.:]?[ \t]*)?{_HOUSE}{_UNIT}"),
    re.compile(
        rf"(?<![^\W\d_])(?:{_CYRILLIC_STREET})[ \t]*(?:\d{{1,2}}-[а-я]{{1,2}}[ \t]+)?{_CYRILLIC}(?:{_CYRILLIC_HOUSE})?"
        rf"{_CYRILLIC_FLAT}"
    ),
    re.compile(rf"(?<![^\W\d_])(?:{_CYRILLIC_SHORT})[ \t]*{_CYRILLIC}{_CYRILLIC_HOUSE}{_CYRILLIC_FLAT}"),
    re.compile(rf"(?<![^\W\d_])(?<!\d\s)(?<!\d)(?:г\.|гор\.|город|м\.|пос\.|дер\.)[ \t]?{_CYRILLIC}"),
)
_NO_PLACES = frozenset({"Pixel", "Pixels", "Matrix", "Voxel", "Voxels", "Units", "Images", "Image"})
_SMALL = frozenset({"am", "an", "auf", "der", "im", "in", "zum", "zur", "la", "le", "los", "de", "das", "do"})
_LIVES = (
    re.compile(
        r"(?<![^\W\d_])(?i:habite|demeurant|domicili[ée]e?|abita|residente|mora|(?P<english>reside)|mieszka|zamieszka\w{0,4}|bytem"
        r"|bydliště|bytom|lakik|asuu|oturuyor)"
        rf"(?i:[ \t]+(?:à|au|aux|en|a|ad|in|em|w|we|v|ve|na|:))?[ \t]*:?[ \t]+(?P<where>{_NAMES})"
    ),
    re.compile(
        r"(?<![^\W\d_])(?i:прожива\w{1,4}|живёт|живет|мешка\w{1,4}|прописан\w{0,2}|зарегистрирован\w{0,2})[ \t]+"
        rf"(?:по адресу:?|в|во|у|на)[ \t]+(?P<where>(?:(?:г|гор|м|с|пос)\.?[ \t]*)?{_CYRILLIC})"
    ),
)


def foreign_addresses_in(text: str) -> Iterator[Span]:
    """Yield where such addresses and places stand; words of reports in the place of a street or a town make none."""
    for pattern in _PLACES:
        for match in pattern.finditer(text):
            found = match.groupdict()
            if not _is_of_reports(f"{found.get('judged') or ''} {found.get('town') or ''}"):
                yield match.span()
    for pattern in _LIVES:
        for match in pattern.finditer(text):
            if not (match.groupdict().get("english") and _is_of_reports(match["where"])):
                yield match.span("where")


def _is_of_reports(place: str) -> bool:
    """Tell whether a word of reports stands where a place does: stones reside somewhere, too."""
    words = (word for word in re.findall(r"[^\W\d_]+", place) if word.casefold() not in _SMALL)
    return any(is_clinical(word) or word in _NO_PLACES for word in words)
