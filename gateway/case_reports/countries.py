"""Where a patient lives, as people and systems write it: a code of ISO 3166-1 or -2, or the name of a country or state.

Licences to practise are entered by code, so that a jurisdiction in any other form would be one that nobody is licensed
in. HL7 table 0399 is the code of three letters. Names are those in English, German, Spanish and Chinese, of states
those of `data/subdivisions.json`. In the United States doctors are licensed by the states, so that a patient who lives
there is said to live in one, or in a territory (`config.jurisdictions`); elsewhere the country says enough.
"""

import json
import re
import unicodedata
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

from config.jurisdictions import BY_THEMSELVES, TERRITORIES, one_code

_CODE = re.compile(r"[A-Z]{2}(?:-[A-Z0-9]{1,3})?")
_NAMED: Mapping[str, str] = MappingProxyType(
    {
        "AR": "ARG|Argentina|Argentinien|阿根廷",
        "AS": "ASM|American Samoa|Amerikanisch-Samoa|Samoa Americana|美属萨摩亚",
        "AT": "AUT|Austria|Österreich|奥地利",
        "AU": "AUS|Australia|Australien|澳大利亚",
        "BE": "BEL|Belgium|Belgien|Bélgica|比利时",
        "BR": "BRA|Brazil|Brasilien|Brasil|巴西",
        "CA": "CAN|Canada|Kanada|Canadá|加拿大",
        "CH": "CHE|Switzerland|Schweiz|Suiza|瑞士",
        "CL": "CHL|Chile|智利",
        "CN": "CHN|China|Volksrepublik China|中国|中华人民共和国|中國",
        "CO": "COL|Colombia|Kolumbien|哥伦比亚",
        "CZ": "CZE|Czechia|Czech Republic|Tschechien|Chequia|捷克",
        "DE": "DEU|Germany|Deutschland|Alemania|德国",
        "DK": "DNK|Denmark|Dänemark|Dinamarca|丹麦",
        "EC": "ECU|Ecuador|厄瓜多尔",
        "ES": "ESP|Spain|Spanien|España|西班牙",
        "FI": "FIN|Finland|Finnland|Finlandia|芬兰",
        "FR": "FRA|France|Frankreich|Francia|法国",
        "GB": "GBR|United Kingdom|UK|Great Britain|Großbritannien|Vereinigtes Königreich|Reino Unido|英国",
        "GU": "GUM|Guam|关岛",
        "HK": "HKG|Hong Kong|Hongkong|香港",
        "IE": "IRL|Ireland|Irland|Irlanda|爱尔兰",
        "IN": "IND|India|Indien|印度",
        "IT": "ITA|Italy|Italien|Italia|意大利",
        "JP": "JPN|Japan|Japón|日本",
        "KR": "KOR|South Korea|Südkorea|Corea del Sur|韩国",
        "LI": "LIE|Liechtenstein|列支敦士登",
        "LU": "LUX|Luxembourg|Luxemburg|Luxemburgo|卢森堡",
        "MO": "MAC|Macao|Macau|澳门|澳門",
        "MP": "MNP|Northern Mariana Islands|Nördliche Marianen|Islas Marianas del Norte|北马里亚纳群岛",
        "MX": "MEX|Mexico|Mexiko|México|墨西哥",
        "NL": "NLD|Netherlands|Niederlande|Países Bajos|荷兰",
        "NO": "NOR|Norway|Norwegen|Noruega|挪威",
        "NZ": "NZL|New Zealand|Neuseeland|Nueva Zelanda|新西兰",
        "PE": "PER|Peru|Perú|秘鲁",
        "PH": "PHL|Philippines|Philippinen|Filipinas|菲律宾",
        "PL": "POL|Poland|Polen|Polonia|波兰",
        "PR": "PRI|Puerto Rico|波多黎各",
        "PT": "PRT|Portugal|葡萄牙",
        "SE": "SWE|Sweden|Schweden|Suecia|瑞典",
        "SG": "SGP|Singapore|Singapur|新加坡",
        "TR": "TUR|Turkey|Türkiye|Türkei|Turquía|土耳其",
        "TW": "TWN|Taiwan|Taiwán|台湾|臺灣",
        "UA": "UKR|Ukraine|Ucrania|乌克兰",
        "US": "USA|United States|United States of America|Vereinigte Staaten|Estados Unidos|EE. UU.|EEUU|美国|美國",
        "VI": "VIR|U.S. Virgin Islands|US Virgin Islands|United States Virgin Islands|Amerikanische Jungferninseln"
        "|Islas Vírgenes de los Estados Unidos|美属维尔京群岛",
    }
)
_LONGEST_CODE = 3
_ABBREVIATED = frozenset({"usa", "uk"})
LICENSED_BY_STATE = frozenset({"US"})
_NAMES = {name.casefold(): one_code(code) for code, names in _NAMED.items() for name in names.split("|")}


def jurisdiction_of(text: str) -> str:
    """Return the code of a country, or of a part of one as it was given; empty for what is no country known here.

    A part counts where those of its country are not known or are, and it is one.
    """
    told = _spaced(text)
    code = one_code(told)
    if country := _NAMES.get(told.casefold(), "") or one_code(_country_codes().get(code, "")):
        return country
    country = code[:2] if _CODE.fullmatch(code) and code[:2] in _country_codes() else ""
    known = _data()["subdivisions"].get(country)
    return code if country and (known is None or code[3:] in known) else ""


def country_named(text: str) -> str:
    """Return the code of a country that words name: what has the form of a code counts where it is listed here."""
    code = _country_in(jurisdiction_of(text))
    return code if code in _NAMED or _is_territory(code) else ""


def country_in_words(text: str) -> str:
    """Return the code of a country that is named where a state or city stands too, and its own code may be theirs."""
    told = _spaced(text).casefold()
    return _NAMES.get(told, "") if len(told) > _LONGEST_CODE or not told.isascii() or told in _ABBREVIATED else ""


def home_of(country: str, state: str) -> str:
    """Return where an address lies: its country, for the United States with the state where it is one.

    A state by its whole code (DE-BY) tells its country too. Within a territory of the United States all is one. What
    licenses doctors by itself is a country, whichever it is told to lie in.
    """
    code = _country_in(jurisdiction_of(country or state.partition("-")[0] * ("-" in state)))
    apart = jurisdiction_of(state) if code == "CN" else ""
    if _is_territory(code) or apart in BY_THEMSELVES.values():
        return apart or code
    return jurisdiction_in(code, state) or (code if country else "")


def jurisdiction_in(country: str, state: str) -> str:
    """Return where somebody lives who lives in a state of a country (ISO 3166-1, two letters); empty where it has none.

    A state is told by its code or name; nothing is known of the states of a country that the list lacks. In a territory
    of the United States all of these are known.
    """
    country = one_code(country)[:2]
    part = _subdivisions(country).get(_folded(state), "") if country else ""
    return f"{country}-{part}" if part and country in LICENSED_BY_STATE else country if part else ""


def needs_state(jurisdiction: str) -> bool:
    """Say whether a country was told whose doctors are licensed by its states, and no state."""
    return jurisdiction in LICENSED_BY_STATE


def has_states(country: str) -> bool:
    """Say whether the states of a country are known here."""
    return one_code(country)[:2] in _data()["subdivisions"]


def in_address(country: str, address: str) -> str:
    """Return where somebody lives by an address in free words, as far as that cannot be mistaken; empty where it can.

    The last of its parts is the name of a country, or it ends with a state of the United States and a ZIP code of
    that state, or begins with a province of China; `country` is where the sender is, and the last two count there only.
    """
    *others, last = (each.strip(" .") for each in re.split(r"[,，\n]", address.strip(" ,.\n")))
    named = country_in_words(last)
    within = ", ".join(others) if named else address
    return _by_its_form(one_code(named or country)[:2], within) or named


def _country_in(code: str) -> str:
    """Return the country that a code of it or of its part begins with; a territory of the United States is one."""
    return code if _is_territory(code) else code[:2]


def _is_territory(code: str) -> bool:
    return code.startswith("US-") and code[3:] in TERRITORIES


def _by_its_form(country: str, address: str) -> str:
    if country == "CN":
        start = address.strip().removeprefix("中国").strip()
        return country if any(start.startswith(each) for each in _native_names(country)) else ""
    match = re.search(r"(?<!\d)(\d{3})\d\d(?:-\d{4})?[\s,.]*$", address)
    if country != "US" or match is None:
        return ""
    words = re.sub(r"[,\s]+", " ", address[: match.start()]).split()
    for count in (3, 2, 1):
        found = jurisdiction_in(country, " ".join(words[-count:])) if len(words) >= count else ""
        if found and _is_sorted_there(found.removeprefix("US-"), match[1]):
            return found
    return ""


def _is_sorted_there(state: str, start: str) -> bool:
    """Say whether ZIP codes of a state begin with three digits."""
    spans = (each.split("-") for each in _data()["postal"]["US"].get(state, "").split())
    return any(first <= start <= last for first, last in spans)


@cache
def _country_codes() -> Mapping[str, str]:
    """Return the codes of ISO 3166-1 of two letters by themselves and by those of three."""
    pairs = [each.split("-") for line in _data()["countries"] for each in line.split()]
    return MappingProxyType({code: pair[0] for pair in pairs for code in pair})


@cache
def _subdivisions(country: str) -> Mapping[str, str]:
    known = _data()["subdivisions"].get(country, {})
    written = {_folded(name): code for code, names in known.items() for name in names.split("|")}
    codes = {_folded(each): code for code in known for each in (code, f"{country}-{code}")}
    return MappingProxyType(written | codes)


@cache
def _native_names(country: str) -> tuple[str, ...]:
    return tuple(name for names in _data()["subdivisions"][country].values() for name in names.split("|")[:1])


@cache
def _data() -> dict[str, Any]:
    text = files("gateway.case_reports").joinpath("data", "subdivisions.json").read_text(encoding="utf-8")
    read: dict[str, Any] = json.loads(text)
    return read


def _folded(name: str) -> str:
    """Return a name as its letters and digits, without marks and case."""
    plain = unicodedata.normalize("NFKD", name.casefold())
    return "".join(each for each in plain if each.isalnum())


def _spaced(text: str) -> str:
    return " ".join(text.split())
