"""What identities look like in the text of a report when nobody knows them: numbers, ages, letterheads.

Each pattern marks what it matches, or only its group `who` where it has one. Names of people, addresses, what they are
reached by and the values of labels have modules of their own (`named_people.py`, `street_addresses.py`,
`contact_patterns.py`, `labelled_text.py`).
"""

import re
from collections.abc import Iterator
from importlib.resources import files

# Cards and accounts: they go before what looks like a telephone in them.
ACCOUNTS = (
    re.compile(r"(?<!\w)[A-Z]{2}\d\d(?: ?[A-Z0-9]{4}){3,7}(?: ?[A-Z0-9]{1,3})?(?!\w)"),
    re.compile(
        r"(?<![\w.-])(?!(?:(?:19|20)\d\d ){2}(?:19|20)\d\d)\d{4}([ -])\d{4}\1\d{4}(?:\1\d{4})?"
        r"(?![\w-]|[ \t]?(?:mm|cm|ms|ml|mg|HU)\b)"
    ),
)
NUMBER_SHAPES = (
    re.compile(r"(?<![^\W_])(?:[A-Za-z]{1,6}[-./#]?)?\d{5,}[A-Za-z0-9]*(?:[-/]\d+)*"),
    re.compile(r"(?<![^\W_])[A-Z]{1,6}-\d{3,4}(?:-\d+)+(?![^\W_])|(?<![\w.,-])(?:19|20)\d\d-\d{4,}(?![\w-])"),
    re.compile(r"(?<!\d)\d{3}-\d{2}-\d{4}(?!\d)"),
    # The numbers of people in Brazil, Switzerland, Russia and Italy; Chinese number plates.
    re.compile(r"(?<![\w.])(?:\d{3}\.\d{3}\.\d{3}-\d\d|756\.\d{4}\.\d{4}\.\d\d|\d{3}-\d{3}-\d{3}[ -]\d\d)(?![\w.-])"),
    re.compile(r"(?<!\w)[A-Z]{6}\d\d[A-Z]\d\d[A-Z]\d{3}[A-Z](?!\w)"),
    re.compile(r"(?<!\w)(?=[A-Z0-9]*[A-Z])(?=(?:[A-Z]*\d){4})[A-Z0-9]{8,20}(?!\w)"),
    re.compile(r"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][A-Z][· ]?[A-Z0-9]{5,6}(?![A-Z0-9])"),
)
_LONGEST_COUNT = 8
_COUNT = re.compile(rf"\d{{5,{_LONGEST_COUNT}}}")
_COUNTED = (
    r"platelets?|thrombo[cz]yt\w*|leu[ck]o[cz]yt\w*|erythro[cz]yt\w*|lympho[cz]yt\w*|neutrophil\w*|granulo[cz]yt\w*|wbc|rbc|plt|plaquetas"
    r"|leucocitos|linfocitos|eritrocitos|hematíes|células|cells?|zellen|copies|kopien|copias|cfu|kbe|ufc|units?|einheiten|unidades"
    r"|血小板|白细胞|红细胞|中性粒细胞|淋巴细胞|拷贝|单位"
)
_UNIT = r"[µμu]l|mm[³3]|ml|l|hpf|i\.?u\.?|i\.?e\.?|ui|u|[nµμpm]?c?g|m?mol|[kMG]?Bq|mGy|m?cm|mm|ms|Hz|HU|steps|个|枚|倍"
_COUNT_BEHIND = re.compile(
    rf"\s?(?:/\s?(?:{_UNIT})(?![^\W_])|(?:{_UNIT})(?:\s?/|(?![^\W_]))|x\s?10|×\s?10)"
    rf"|[ \t]?(?:[^\W\d_]{{3,12}} )?(?:{_COUNTED})",
    re.IGNORECASE,
)
_COUNT_BEFORE = re.compile(
    rf"(?:{_COUNTED}|d-?dimer\w*|(?:nt-?pro)?bnp|ferritin\w*|troponin\w*|psa|afp|cea|lipas[ea]|ldh|ck|hcg"
    r"|viral load|viruslast|carga viral|病毒载量)(?:[ \t]*(?:count|zahl|level|of|was|is|von|bei|[:=(<>~≈,]))*[ \t]*$",
    re.IGNORECASE,
)
_LONGEST_BEFORE = 40


def numbers_in(text: str) -> Iterator[tuple[int, int]]:
    """Yield where numbers stand that may be of somebody: long ones, but for counts of cells and amounts with a unit."""
    for pattern in NUMBER_SHAPES:
        for match in pattern.finditer(text):
            before = text[max(0, match.start() - _LONGEST_BEFORE) : match.start()]
            counted = _COUNT_BEHIND.match(text, match.end()) or _COUNT_BEFORE.search(before)
            if not (_COUNT.fullmatch(match[0]) and counted):
                yield match.span()


_OLD = r"9\d|1[01]\d"
_YEARS = (
    r"years?\b|yrs?\b|y/?o\b|y\.o\.|y[MF]\b|jähr|Jahre\b|J\.(?=\s|,|$)|años?\b|ans\b|anni\b|anos\b|лет\b|года?\b|рок(?:ів|и|у)\b"
    r"|lat\b(?! (?:view|film|decub|proj))|letni|let\b|letá|letý|godin[ae]\b|éves|vuotias|vuotta|yaşında|ετών|岁|歳|세"
)
_NO_AGE = r"days?|weeks?|months?|hours?|Tage?|Wochen|Monate|días|semanas|meses|дн|нед|мес|mm|cm|%"
_TENS = (
    r"(?:ninety(?:[ -](?:one|two|three|four|five|six|seven|eight|nine))?|nonagenarian|centenarian)"
    r"|(?:ein|zwei|drei|vier|fünf|sechs|sieben|acht|neun)?(?:und)?neunzig"
)
AGES = (
    re.compile(rf"(?<![\d.,])(?P<who>{_OLD})(?=[ -]?(?:{_YEARS}))", re.IGNORECASE),
    re.compile(
        r"(?<![^\W\d_])(?:aged?(?: of)?|alter|edad|âgée?(?: de)?|età|idade|возраст|вік|wiek|věk|年龄|年齢|나이)"
        r"\s*[:=：]?\s*"
        rf"(?P<who>{_OLD})(?![\d/]|[.,]\d|\s*(?:{_NO_AGE}))",
        re.IGNORECASE,
    ),
    re.compile(
        rf"(?<![^\W\d_])(?P<who>{_TENS})(?=[ -]?year|[ -]?jähr|\b(?=[ ,.;](?:man|woman|lady|who)))", re.IGNORECASE
    ),
    re.compile(r"(?<![^\W\d_])in (?:her|his|their) (?P<who>(?:early |mid |mid-|late )?nineties)\b", re.IGNORECASE),
)
_OF_BIRTH = (
    r"born|birth|d\.?o\.?b\.?|geb(?:oren)?\.?|geburts(?:datum|tag|jahr)|jahrgang|jg\.|nacid[oa]|nacimiento|naci[óo]|née?|nato|nata"
    r"|nascid[oa]|geboorte\w*|ur\.|urodzon[yaei]\w*|nar\.|narozen\w*|rođen\w*|рожд\w*|родил\w*|род\.|народ\w*|р\.|doğum\w*|szül\w*"
    r"|syntynyt|γενν\w*|născut\w*|gim\w*|dzim\w*|출생|出生|生于|生於|生年月日|생년월일"
)
# A child is born after so many weeks and with a weight, too.
_NO_MEASURE = (
    r"(?!\d|[ \t]*\+[ \t]?\d|[ \t-]?(?:w(?:ee)?ks?|days?|months?|min(?:utes?)?|kg|g|gr|grams?|lbs?|pounds?|[cm]m|SSW"
    r"|Wochen?|Tagen?|Gramm|semanas?|días?|gramos?|semaines?|settimane|нед[а-я]*|дн[а-я]*|кг|týd\w*|tyg\w*)(?![^\W\d_]))"
)
BORN = re.compile(
    rf"(?<![^\W\d_])(?:{_OF_BIRTH})"
    r"(?:[\s,:(*]|(?:on|in|at|was|is|the|year|of|date|day|am|im|jahre?|el|en|día|le|il|de|日期|年月|于|在)\b)*$",
    re.IGNORECASE,
)
BIRTH_YEARS = (
    re.compile(
        r"(?<![^\W\d_])(?:year of birth|birth ?year|born(?: in)?(?: the year)?|geburtsjahr|jahrgang|jg\."
        r"|geb(?:oren)?\.?(?: im jahre?)?|nacid[oa](?: en)?|año de nacimiento|née?(?: en)?|b\."
        r"|出生(?:于|年份?)?|生[于於])[\s:,(]*(?P<who>(?:18|19|20)\d\d(?!\d|[-/.]\d|年?\s*\d*月))年?",
        re.IGNORECASE,
    ),
    re.compile(
        r"(?<!\d)(?P<who>(?:18|19|20)\d\d)(?=\s*年?\s*(?:出生|生まれ|年生|生人)|[ -](?:born|geboren)\b)", re.IGNORECASE
    ),
    re.compile(r"(?<!\S)\*\s?(?P<who>(?:18|19|20)\d\d)(?!\d)"),
    re.compile(
        r"(?<!\d)(?P<who>(?:18|19|20)\d\d)(?=\s*(?:г\.?\s?р\b|р\.?\s?н\b|г(?:ода?|\.)?\s+рожд|р(?:оку|\.)\s+народж|doğumlu))",
        re.IGNORECASE,
    ),
    re.compile(
        r"(?<![^\W\d_])(?:jahrgang|jg\.?|born(?: in)?)\s*['’]?(?P<who>\d\d)(?![\d/.,-]\d)" + _NO_MEASURE, re.IGNORECASE
    ),
    re.compile(
        rf"(?<![^\W\d_])(?:{_OF_BIRTH})[\s,:(*]*(?:(?:on|am|el|le)\s+)?(?P<who>\d{{1,2}}[/.]\d{{1,2}}\.?)(?![/.]?\d)"
        + _NO_MEASURE,
        re.IGNORECASE,
    ),
)
TITLES = (
    r"(?:Dr|Drs|Prof|Mr|Mrs|Ms|Mx|Miss|Lic|Ing|Herrn?|Hr|Frau|Sra?|Srta|Dra|Profa|Don|Doña|Mme|Mlle|Signora?"
    r"|MUDr|MDDr|Dott(?:\.ssa)?|Dottoressa|Dottor|Docteur|Docteure|Monsieur|Madame|Uzm|Doç|[Ll]ek(?=\.)|[Pp]ani?(?=\s+[A-ZŁŚŻ])|Δρ)"
)
PARTICLES = "von|van|vom|de|der|ter|del|della|di|da|dos|la|las|los|le|el|al|bin|ibn|ben"
SURNAMES = (
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜"
    "戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文"
)


def _listed(name: str) -> tuple[str, ...]:
    lines = (files("anonymizer") / "data" / "vocabulary" / name).read_text("utf-8").splitlines()
    return tuple(word for line in lines if not line.startswith("#") for word in line.split())


NOT_SURNAMES = _listed("not_surnames.txt")
SOUND_LIKE_SURNAMES = frozenset(_listed("sound_like_surnames.txt"))
DOUBLE_SURNAMES = (
    "欧阳|歐陽|司马|司馬|上官|诸葛|諸葛|司徒|司空|慕容|夏侯|尉迟|尉遲|皇甫|令狐|长孙|長孫|宇文|公孙|公孫|轩辕|钟离|端木|南宫|独孤|西门"
    "|呼延|太史|申屠|澹台|公冶|宗政|濮阳|淳于|单于|闻人|东郭|百里"
)
NATIVE_TITLES = "先生|女士|小姐|太太|医生|醫生|医师|醫師|大夫|主任|教授|院长|护士|技师|老师|様|さん|氏|씨|님"
_CAPITAL = r"[A-ZÀ-ÖØ-Þ][\w.'’&-]{0,60}"  # without an end a long run of such signs costs the square of its length
LETTERHEADS = (
    re.compile(r"[㐀-鿿]{2,20}?(?:医院|卫生院|卫生中心|诊所|体检中心|影像中心|醫院|病院)"),
    re.compile(r"[가-힣]{2,15}(?:병원|의료원|의원)"),
    re.compile(
        rf"\b(?:{_CAPITAL}[ \t]+){{1,5}}(?i:hospitals?|(?:medical|health|imaging) cent(?:er|re)|"
        r"clinic|infirmary|health system)\b"
    ),
    re.compile(
        r"\b(?:Universitäts(?:klinikum|klinik|medizin|spital)|Klinikum|Krankenhaus|Spital|MVZ|Radiologiezentrum|Praxis)"
        rf"(?:[ \t]+(?:am|an|der|des|dem|im|in|für|zum|zur|{_CAPITAL})){{1,5}}"
    ),
    re.compile(
        rf"\b[A-ZÄÖÜ][\wäöüß-]{{2,60}}(?:klinik|klinikum|krankenhaus|hospital|spital)\b(?:[ \t]+{_CAPITAL}){{0,2}}"
    ),
    re.compile(
        rf"\b(?i:hospital|clínica|sanatorio|policlínico|centro médico)(?:[ \t]+(?:de|del|la|las|los|el|y)\b)*"
        rf"(?:[ \t]+(?:de|del|la|las|los|el|y|{_CAPITAL})){{1,6}}"
    ),
)
