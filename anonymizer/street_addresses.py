"""Find addresses of homes in the text of a report: a street with its number, a box, and where somebody is said to live.

A street is known by its word (Lane, -straße, Calle, 路) and the number of the house beside it; what follows as places
and postal codes do goes with it. Words of anatomy that end as streets do (`Harnweg 2`) are none.
"""

import re
from collections.abc import Iterator

from anonymizer.foreign_addresses import foreign_addresses_in
from anonymizer.known import IDEOGRAPHS
from anonymizer.wording import is_clinical

Span = tuple[int, int]
_CAPITAL = r"[A-ZÀ-ÖØ-Þ][\w'’.-]{0,30}"
_PLACE_WORD = r"(?:St\.[ ]?)?[A-ZÀ-ÖØ-Þ](?:[^\W\d_]|['’-])*"
_UNIT = r"(?![ \t]?(?:mm|cm|ml|mg|%|°|x|×|HE|HU|Grad|Monate|Wochen|Tage|Jahre)\b)"
_PLACE = (
    rf"(?:,[ \t]*(?:(?:[A-Z]{{1,2}}-)?\d{{4,6}}[ \t]+)?{_PLACE_WORD}"
    rf"(?:[ \t-](?:am|an|der|de|del|la|upon|{_PLACE_WORD})(?!\w)){{0,3}}(?!\w))"
)
_CODE = r"(?:,?[ \t]+(?:(?:[A-Z]{2}[ \t]+)?\d{5}(?:-\d{4})?|[A-Z]{1,2}\d[A-Z\d]?[ \t]\d[A-Z]{2})(?!\w))"
_FLAT = r"(?:,?[ \t]*(?:Apt|Apartment|Unit|Suite|Ste|Flat|No|piso|puerta|\d{1,2}[ºª°])\.?[ \t]*[#º]?\w{1,4}\b)?"
_TAIL = rf"{_FLAT}{_PLACE}{{0,2}}{_CODE}?"
_SURE = (
    r"Street|STREET|Road|ROAD|Lane|LANE|Avenue|AVENUE|Boulevard|BOULEVARD|Ave|Rd|Ln|Blvd|Highway|Parkway|Mews|Crescent"
    r"|Terrace|TERRACE"
)
_UNSURE = (
    r"St|Dr|Drive|DRIVE|Court|COURT|Close|Place|Square|Way|WAY|Hill|Row|Walk|Park|Circle|Trail|Grove|Gardens|Green"
)
_GERMAN = r"(?:straße|strasse|str\.?|weg|gasse|allee|platz|damm|ufer|chaussee|promenade|ring|steig|stieg|pfad)"
_GERMAN_ALONE = r"(?:Straße|Strasse|Str\.|Weg|Gasse|Allee|Platz|Ring|Damm|Ufer)"
_ANATOMY = (
    r"(?i:(?:harn|gallen|atem|luft|zugangs|rück|verdauungs|ausfluss|abfluss|einfluss|reiz|leitungs|seh|hör|schmerz|nerven"
    r"|lymph|blut|herz|aorten|klappen|anal|becken|tonsillen|lippen|leisten|faser|trakt|ansatz|waldeyer|hymenal|scheiden)"
    r"[a-zäöüß-]*(?:weg|ring|damm|pfad|steig|platz)\b)"
)
_HOUSE = r"\d{1,4}[ \t]?[a-h]?(?:[-/]\d{1,4}[a-h]?)?(?![\w.,]*\d)"
_SPANISH = (
    r"(?:(?i:calle|avda?\.?|av\.|avenida|plaza|pza\.?|paseo|camino|carretera|ctra\.?|ronda|travesía|urbanización|urb\."
    r"|pasaje|rambla|glorieta|carrera|cra\.?)|C/|Rua|Via|Viale|Piazza|Corso)"
)
_SPANISH_NAME = (
    r"(?:(?i:de|del|la|las|los|el|y|da|do|di)[ \t]+)*(?:\d{1,2}[ \t]+de[ \t]+)?"
    rf"{_CAPITAL}(?:[ \t]+(?:de|del|la|las|los|el|y|{_CAPITAL})){{0,4}}"
)
_SPANISH_HOUSE = r",?[ \t]*(?:(?i:n[.º°o]+|núm\.?|número)|#)?[ \t]*(?:\d{1,4}[A-Za-z]?|s/n|S/N)\b(?![.,]\d)"
_COLOMBIAN = (
    r"(?i:calle|carrera|cra?|cl|kr|avenida|av|transversal|diagonal)\.?[ \t]+\d{1,3}[A-Za-z]?"
    r"(?:[ \t]+(?i:bis|sur|norte))?[ \t]*(?:#|(?i:n[.º°o]+))[ \t]*\d{1,3}[A-Za-z]?[ \t]*[-–][ \t]*\d{1,3}"
)
_HAN = "㐀-鿿"
_COUNT = r"[\d一二三四五六七八九十百]"
_NUMBER_BEFORE = r"(?<![\w.,/-])\d{1,5}[A-Za-z]?(?:[-/]\d+[A-Za-z]?)?,?[ \t]+"
_STREETS = (
    re.compile(rf"{_NUMBER_BEFORE}(?:{_CAPITAL}[ \t]+){{1,4}}(?:{_SURE})\b\.?{_TAIL}"),
    re.compile(rf"{_NUMBER_BEFORE}(?P<judged>(?:{_CAPITAL}[ \t]+){{1,3}})(?:{_UNSURE})\b\.?{_TAIL}"),
    re.compile(rf"\b(?!{_ANATOMY})(?P<judged>[A-ZÄÖÜ][\wäöüß-]{{0,30}}?{_GERMAN})[ \t]+{_HOUSE}{_UNIT}{_TAIL}"),
    re.compile(
        rf"\b(?:{_CAPITAL}[ \t]+){{0,2}}{_GERMAN_ALONE}(?:[ \t]+(?:des|der|am|zum|zur|{_CAPITAL})){{0,3}}"
        rf"[ \t]+{_HOUSE}{_UNIT}{_TAIL}"
    ),
    re.compile(rf"\b{_SPANISH}[ \t]*{_SPANISH_NAME}{_SPANISH_HOUSE}{_UNIT}{_TAIL}"),
    re.compile(rf"(?<!\w)c/[ \t]*(?P<judged>{_SPANISH_NAME}){_SPANISH_HOUSE}{_UNIT}{_TAIL}"),  # c/ is `con`, too
    re.compile(rf"\b{_COLOMBIAN}{_TAIL}"),
    re.compile(
        r"(?<![\w.,/-])\d{1,4}(?:[ \t]?(?:bis|ter))?,?[ \t]+"
        r"(?:rue|boulevard|chemin|impasse|quai|avenue|place|allée)[ \t]+"
        rf"(?:(?:de|du|des|la|le|les)[ \t]+|d['’]|l['’])*{_CAPITAL}(?:[ \t-]{_CAPITAL}){{0,3}}{_TAIL}"
    ),
    re.compile(r"\b(?:P\.?[ ]?O\.?[ ]?Box|Postfach|Apartado(?: de correos)?)[ \t]+\d[\d ]*\d" + _TAIL),
)
_NATIVE_STREETS = (
    re.compile(
        rf"(?:[{_HAN}]{{2,6}}?(?:省|市|自治区|自治州|区|县|镇|乡|村)){{0,3}}[{_HAN}]{{1,6}}?(?:路|街|大街|大道|巷|弄|胡同|里)"
        rf"{_COUNT}{{1,5}}\s*(?:号|號|弄|巷)[院楼]?"
        rf"(?:{_COUNT}{{1,4}}\s*(?:号楼|号|栋|幢|单元|楼|层|室|座)){{0,4}}(?:\d{{2,5}}室?)?"
    ),
    re.compile(rf"〒?\s?\d{{3}}-\d{{4}}\s?(?=[{_HAN}])"),
    re.compile(
        rf"(?:東京都|北海道|京都府|大阪府|[{_HAN}]{{2,3}}県)[{_HAN}ぁ-ヿ]{{1,12}}?[市区町村郡][{_HAN}ぁ-ヿ]{{0,12}}[\d丁目番地号−-]{{0,14}}"
    ),
    re.compile(
        r"[가-힣]{1,8}(?:시|도)\s[가-힣]{1,6}(?:구|군|시)(?:\s[가-힣\d]{1,10}(?:로|길|동|읍|면)){0,3}\s?\d{0,5}(?:-\d+)?"
    ),
)
_LEAD = re.compile(rf"[{_HAN}]{{0,8}}?(?:住址|地址|位于|居住|[家现現]?住)[于在]?")
_NATIVE = re.compile(f"[{IDEOGRAPHS}]")
_LIVES = re.compile(
    r"\b(?:wohn(?:haft|end|te?)|liv(?:es|ed|ing) (?:at|in)|resid(?:es|ing) (?:at|in)|resident of"
    r"|viv(?:en?|ían?|ió|iendo)(?: (?:sol[oa]|actualmente|ahora))? en|resid(?:en?|ían?|iendo) en|residente en"
    r"|domiciliad[oa] en|domicilio(?: (?:actual|habitual))? en|empadronad[oa] en|habita en)"
    r"[ \t]*:?[ \t]*(?=(?P<where>[^\n;]{1,120}))",
    re.IGNORECASE,
)
_SPANISH_STREETS = (
    r"calle|avenida|plaza|paseo|camino|carretera|ronda|travesía|urbanización|pasaje|rambla|glorieta|carrera|callejón|vía"
    r"|barrio"
)
_SPANISH_WORD = r"(?!(?:desde|hace|con|sin|durante|por|y|que|hasta|a)\b)[\w'’-]+"
# Where somebody is said to live, streets need no capitals.
_LIVES_AT = re.compile(
    r"(?i:(?:(?:in|im|an|am|der|den|dem|de|la|las|los|el|the|a)[ \t]+){0,3}(?:"
    rf"(?:{_SPANISH_STREETS}|c/|avda?\.?|av\.|pza\.?|ctra\.?|urb\.)[ \t]*"
    rf"(?:{_SPANISH_WORD}[ \t]+){{0,6}}?{_SPANISH_WORD}(?=,|[ \t]){_SPANISH_HOUSE}"
    r"|(?:(?:flat|apt\.?|apartment|unit)[ \t]*\w{1,4},?[ \t]+)?\d{1,5}[a-z]?,?[ \t]+(?:[\w'’-]+[ \t]+){1,4}?"
    rf"(?:{_SURE}|drive|court|square|gardens|grove|way|place)\b"
    rf"|[a-zäöüß-]{{2,30}}?{_GERMAN}[ \t]+{_HOUSE}"
    rf")){_UNIT}{_TAIL}"
)
_LIVES_NATIVE = re.compile(
    r"(?:家住|现住|現住|住于|住在|居住于|居住在|户籍|籍贯)(?:址|地)?[:\s]*(?P<where>[㐀-鿿\d-]{2,40})"
)
_STEP = re.compile(
    r"[,\s]*(?:(?:in|im|am|an|der|den|dem|zum|zur|de|del|la|las|los|el|the|at|bei"
    rf"|{_SPANISH_STREETS})\b"
    rf"|(?P<word>{_CAPITAL}|\d[\w/-]*|[\ue000-\ue00f]+))"
)
_HOMES = frozenset(
    {
        "pflegeheim",
        "seniorenheim",
        "altenheim",
        "heim",
        "nursing",
        "home",
        "hospice",
        "residencia",
        "familie",
        "partner",
    }
)


def addresses_in(text: str) -> Iterator[Span]:
    """Yield where streets with their houses stand, and where somebody is said to live."""
    native = _NATIVE.search(text) is not None
    for pattern in (*_STREETS, *_NATIVE_STREETS) if native else _STREETS:
        for match in pattern.finditer(text):
            judged = match.groupdict().get("judged")
            if judged is None or not all(map(is_clinical, re.findall(r"[^\W\d_]+", judged))):
                lead = _LEAD.match(match[0])
                yield match.start() + (lead.end() if lead else 0), match.end()
    for match in _LIVES.finditer(text):
        street = _LIVES_AT.match(match["where"])
        length = max(_place_length(match["where"]), street.end() if street else 0)
        if length:
            yield match.start("where"), match.start("where") + length
    yield from (match.span("where") for match in _LIVES_NATIVE.finditer(text))
    yield from foreign_addresses_in(text)


def _place_length(where: str) -> int:
    """Return how far words go on as places do: in capitals or digits, not such as reports are written with."""
    at = end = 0
    while step := _STEP.match(where, at):
        word = step["word"]
        if word and (
            word.casefold().rstrip(".") in _HOMES or (not word[0].isdigit() and is_clinical(word.rstrip(".")))
        ):
            break
        at = step.end()
        if word:
            end = at - (word.endswith(".") and len(word) > 3 and not word.casefold().endswith("str."))
            if end < at:
                break
    return end
