"""Where a patient lives, as people and systems write it: a code of ISO 3166-1 or -2, or a country's name.

Licences to practise are entered by code, so that a jurisdiction in any other form would be one that nobody is licensed
in. HL7 table 0399 is the code of three letters. Names are those in English, German, Spanish and Chinese.
"""

import re
from collections.abc import Mapping
from types import MappingProxyType

_CODE = re.compile(r"[A-Z]{2}(?:-[A-Z0-9]{1,3})?")
_NAMED: Mapping[str, str] = MappingProxyType(
    {
        "AR": "ARG|Argentina|Argentinien|阿根廷",
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
        "HK": "HKG|Hong Kong|Hongkong|香港",
        "IE": "IRL|Ireland|Irland|Irlanda|爱尔兰",
        "IN": "IND|India|Indien|印度",
        "IT": "ITA|Italy|Italien|Italia|意大利",
        "JP": "JPN|Japan|Japón|日本",
        "KR": "KOR|South Korea|Südkorea|Corea del Sur|韩国",
        "LI": "LIE|Liechtenstein|列支敦士登",
        "LU": "LUX|Luxembourg|Luxemburg|Luxemburgo|卢森堡",
        "MX": "MEX|Mexico|Mexiko|México|墨西哥",
        "NL": "NLD|Netherlands|Niederlande|Países Bajos|荷兰",
        "NO": "NOR|Norway|Norwegen|Noruega|挪威",
        "NZ": "NZL|New Zealand|Neuseeland|Nueva Zelanda|新西兰",
        "PE": "PER|Peru|Perú|秘鲁",
        "PH": "PHL|Philippines|Philippinen|Filipinas|菲律宾",
        "PL": "POL|Poland|Polen|Polonia|波兰",
        "PT": "PRT|Portugal|葡萄牙",
        "SE": "SWE|Sweden|Schweden|Suecia|瑞典",
        "SG": "SGP|Singapore|Singapur|新加坡",
        "TR": "TUR|Turkey|Türkiye|Türkei|Turquía|土耳其",
        "TW": "TWN|Taiwan|Taiwán|台湾|臺灣",
        "UA": "UKR|Ukraine|Ucrania|乌克兰",
        "US": "USA|United States|United States of America|Vereinigte Staaten|Estados Unidos|EE. UU.|EEUU|美国|美國",
    }
)
_NAMES = {name.casefold(): code for code, names in _NAMED.items() for name in names.split("|")}


def jurisdiction_of(text: str) -> str:
    """Return the code of a country, or of a part of one as it was given; empty for what is no country known here."""
    told = " ".join(text.split())
    return _NAMES.get(told.casefold(), "") or (told.upper() if _CODE.fullmatch(told.upper()) else "")


def home_of(country: str, state: str) -> str:
    """Return where an address lies: its country, for the United States with the state of two letters."""
    code, part = jurisdiction_of(country)[:2], state.strip().upper()
    return f"US-{part}" if code == "US" and re.fullmatch("[A-Z]{2}", part) else code
