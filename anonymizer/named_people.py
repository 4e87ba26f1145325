"""Find the names of people whom nobody knows in the text of a report, by what stands beside them.

That is a title before a name, a degree or a rank behind it, the word for a signature, a role, or a word for a relative;
in Chinese a listed family name too. A word that reports are written with is nobody's name behind a role or a relative:
`mother: breast cancer` stays.
"""

import re
from collections.abc import Iterator

from anonymizer.alphabets.cyrillic import CYRILLIC
from anonymizer.alphabets.everyday import is_everyday
from anonymizer.known import IDEOGRAPHS
from anonymizer.text_patterns import DOUBLE_SURNAMES, NATIVE_TITLES, NOT_SURNAMES, PARTICLES, SURNAMES, TITLES
from anonymizer.wording import is_clinical

Span = tuple[int, int]
_UPPER = "A-ZÀ-ÖØ-ÞĀĂĄĆČĎĐĒĖĘĚĞĢĪĮİĶĹĻĽŁŃŅŇŌŐŒŔŘŚŞŠŢȚȘŤŪŮŰŲŹŻŽΑ-ΩΆΈ-Ώ"
_INITIALS = rf"(?:[{_UPPER}]\.[ \t]?|[A-Z]{{1,2}}[ \t]+){{0,3}}"
_MORE_TITLE = r"med|Dr|Prof|rer|nat|dent|habil|univ|phil|h\.?c|mult|apl|Med|Doz|Ing"
_FORE_TITLE = r"(?i:Drs?|Dra|Profa?|Mrs?|Ms|Mx|Herrn?|Hr|Frau|Fr|Sra?|Srta|Mme|Mlle|PD)"  # Don and Lic may be names
_FORE_TITLES = rf"(?:{_FORE_TITLE}\b\.?(?:[ \t]*-?(?:{_FORE_TITLE}|(?i:{_MORE_TITLE}))\b\.?)*[ \t]*)?"
_TO_ITS_END = r"[\w'’-]{1,200}"  # without an end a long run of such signs costs the square of its length
_NAME = rf"[{_UPPER}](?:{_TO_ITS_END}|\.)"
_WORD = rf"[{_UPPER}]{_TO_ITS_END}"
_NAMES = rf"{_NAME}(?:[ \t]+(?:{PARTICLES}|{_NAME})){{0,3}}"
_FULL = rf"{_NAME}(?:[ \t]+(?:{PARTICLES}|{_NAME})){{1,3}}"
_RANKS = r"Fach|Ober|Chef|Assistenz|Dr\b|Prof\b|M\.?D\b|Radiolog|Facult|Department|Abteilung"
_DEGREES = (
    r"(?:M\.?D|D\.O|Ph\.?D|D\.Sc|MBBS|MBBCh|MBChB|BChir|FRCR|FFRRCSI|FRANZCR|FRCPC|FRCP|FRCS|FACR|MRCP|FCRad|EBIR|DABR|DMRD|MMed"
    r"|PA-C|RT\(R\)|Dr\.[ ]?med|MHBA|FEBR|FSIR)\.?(?!\w)"
)
_DEGREES_BEHIND_COMMA = rf"(?:{_DEGREES}|(?:DO|MSc|DSc|MB|BCh|RN|NP|RT|DNB|MBA)(?!\w))"  # words of imaging too
_RANK_BEHIND = (
    r"(?:(?:Leitende[r]?[ \t]+)?(?:Fach|Ober|Chef|Assistenz|Stations)(?:arzt|ärztin)|F[AÄ][ \t]+(?:für[ \t]+)?[A-ZÄÖÜ]"
    r"|(?:Consultant[ \t]+)?(?:Neuro|Interventional[ \t]+)?[Rr]adiologist\b|Consultant\b"
    r"|(?:Specialist[ \t]+)?Registrar\b|Attending\b"
    r"|(?:Médic[oa][ \t]+)?(?:[Rr]adiólog[oa]|especialista)\b|(?i:facultativ[oa])\b)"
)
_TITLED = (
    re.compile(
        rf"\b(?:{TITLES}\b\.?(?:[ \t]*-?(?:{_MORE_TITLE})\b\.?)*)\s+"
        rf"(?P<who>{_INITIALS}(?:(?:{PARTICLES})[ \t]+){{0,3}}{_WORD}"
        rf"(?:[ \t]+(?:{PARTICLES}|[{_UPPER}]\.|{_WORD})){{0,3}})"
    ),
    re.compile(rf"(?<![\w.-])(?P<who>{_FULL})(?=,?\s+{_DEGREES}|,\s+{_DEGREES_BEHIND_COMMA})"),
    re.compile(rf"(?<![\w.-])(?P<who>{_WORD})(?=,[ \t]+{_DEGREES_BEHIND_COMMA}|[ \t]+(?:M\.D\.|Ph\.?D\.?|MBBS|FRCR))"),
    re.compile(
        r"(?i:\b(?:(?:signed|reported|dictated|verified|approved|transcribed|read|reviewed|referred|requested|seen|examined"
        r"|performed)"
        r"(?: (?:electronically|digitally))? by|gez\.|gezeichnet|befundet (?:von|durch)|"
        r"(?:überwiesen|zugewiesen) (?:von|durch)|i\.[ ]?[av]\.|"
        r"(?:unterzeichnet|validiert|diktiert|freigegeben) von|"
        r"(?:firmado|informado|validado|dictado|solicitado|remitid[oa])(?: electrónicamente)? por)\s*:?)\s*"
        rf"{_FORE_TITLES}(?P<who>(?!{_FORE_TITLE}\b)(?:{_NAME},[ \t]+(?!{_RANKS}){_NAMES}|{_NAMES}))"
    ),
    re.compile(rf"(?<![\w.-])(?P<who>{_FULL})(?=,?\s*\n?\s*{_RANK_BEHIND})"),
    re.compile(rf"(?:^|(?<=[.;:\n]\s))(?P<who>{_WORD})(?=,\s{{1,2}}{_RANK_BEHIND})"),
)
_ROLES = (
    r"(?i:consultant|registrar|nurse|radiographer|technologist|colleague|kolleg(?:e|in|en)|schwester|pfleger|mtra|enfermer[oa]"
    r"|uncle|aunt|daughter|son|husband|wife|mother|father|mum|mom|dad|brother|sister|spouse|partner|fianc[ée]e?|niece|nephew|cousin"
    r"|grand(?:mother|father|son|daughter)|(?:step|foster)?(?:son|daughter|mother|father)(?:-in-law)?|guardian|carer|caregiver|friend"
    r"|neighbou?r|tochter|sohn|ehemann|ehefrau|ehegattin?|mutter|vater|bruder|lebensgefährt(?:e|in)|betreuer(?:in)?|enkel(?:in)?"
    r"|nichte|neffe|tante|onkel|oma|opa|schwager|schwägerin|schwieger(?:tochter|sohn|mutter|vater)|nachbar(?:in)?|hij[oa]|espos[oa]"
    r"|marido|mujer|madre|padre|herman[oa]|abuel[oa]|niet[oa]|sobrin[oa]|tí[oa]|cuñad[oa]|suegr[oa]|yerno|nuera|cuidadora?|vecin[oa])"
)
_BY_ROLE = re.compile(
    rf"\b{_ROLES}\b(?:,|:|[ \t]+\(|\()?[ \t]+"
    rf"(?:(?i:of|von|de|named|called|namens|llamad[oa]|de nombre|{TITLES}\.?)[ \t]+)?"
    rf"(?P<who>{_INITIALS}{_WORD}(?:[ \t]+(?:{PARTICLES}|{_WORD})){{0,3}})"
    r"(?!(?:['’]s)?[ \t-]+(?:disease|syndrome|Krankheit|Syndrom|Demenz|dementia|lymphoma))"
)
_DISEASES_NAMED = frozenset(
    {
        "alzheimer",
        "alzheimers",
        "parkinson",
        "parkinsons",
        "huntington",
        "crohn",
        "crohns",
        "hodgkin",
        "hodgkins",
        "marfan",
    }
    | {
        "lynch",
        "gaucher",
        "fabry",
        "wilson",
        "addison",
        "graves",
        "cushing",
        "hashimoto",
        "basedow",
        "bechterew",
        "down",
    }
    | {"turner", "i", "he", "she", "the", "and", "ist", "hat", "gibt", "der", "die", "das", "er", "sie", "la", "el"}
)
_SURE_WORDS = 2
_CYRILLIC = r"[А-ЯЁІЇЄҐЈЉЊЋЂЏ][а-яёіїєґјљњћђџ'’-]{1,30}"
_CYRILLIC_INITIALS = r"[А-ЯЁІЇЄҐ]\.[ \t]?[А-ЯЁІЇЄҐ]\."
_CYRILLIC_LETTER = re.compile("[А-я]")
_CYRILLIC_RANKS = r"рентгенолог|радиолог|терапевт|хирург|онколог|невролог|кардиолог"
_CYRILLIC_TITLES = (
    rf"врач[аеу]?(?:ом)?|{_CYRILLIC_RANKS}|д-р|доктор(?:[аеу]|ом)?|проф\.|профессор|доц\.|доцент"
    r"|к\.м\.н\.|д\.м\.н\.|зав\. ?отделением|лікар[яю]?|медсестра|г-н|г-жа|господин|госпожа|пан|пані|лекар|ординатор"
)
_CYRILLIC_KIN = (
    r"жен[ауые]|муж[ау]?|мат(?:ь|ери)|отец|отц[ау]|сын[ау]?|доч(?:ь|ери)|брат[ау]?|сестр[ауые]"
    r"|внук|внучка|дружина|чоловік|донька"
)
_CYRILLIC_TITLED = (
    re.compile(
        rf"(?<![\w.-])(?P<who>{_CYRILLIC}(?:-{_CYRILLIC})?[ \t]{_CYRILLIC_INITIALS}"
        rf"|{_CYRILLIC_INITIALS}[ \t]?{_CYRILLIC})"
    ),
    re.compile(
        rf"(?<![\w-])(?i:{_CYRILLIC_TITLES})(?:[- ](?i:{_CYRILLIC_RANKS})[а-я]{{0,2}})?[ \t]*:?[ \t]+"
        rf"(?P<who>(?:[А-ЯЁІЇЄҐ]\.[ \t]?){{0,2}}{_CYRILLIC}(?:[ \t]+{_CYRILLIC}){{0,2}}(?:[ \t]+[А-ЯЁІЇЄҐ]\.){{0,2}})"
    ),
    re.compile(rf"(?<![\w-])(?i:{_CYRILLIC_KIN})[ \t]+(?P<who>{_CYRILLIC}(?:[ \t]+{_CYRILLIC}){{0,2}})"),
)
_IDEOGRAPH = re.compile(f"[{IDEOGRAPHS}]")
_SURNAMES = f"{DOUBLE_SURNAMES}|[{SURNAMES}]"
_KIN = (
    "儿子|女儿|丈夫|妻子|母亲|父亲|哥哥|弟弟|姐姐|妹妹|爱人|老伴|儿媳|女婿|孙子|孙女|外孙"
    "|家属|联系人|监护人|之[子女妻夫父母]"
)
_NATIVE_TITLED = (
    re.compile(
        r"(?:报告|審核|审核|诊断|診断|检查|检诊|主治|副?主任|住院|申请|送检|书写|复核|読影|報告)(?:医师|医生|醫師|医|者|人)"
        rf"(?:\s*[:：]\s*|\s+|(?={_SURNAMES}))(?!{'|'.join(NOT_SURNAMES)})(?P<who>[㐀-鿿]{{2,4}})(?![㐀-鿿])"
    ),
    re.compile(
        rf"(?<![㐀-鿿])(?P<who>(?:{_SURNAMES})[㐀-鿿]{{1,2}})(?={NATIVE_TITLES}|\s*[/／、]\s*(?:{_SURNAMES})[㐀-鿿]{{1,2}}\s*$)"
    ),
    re.compile(
        r"(?:(?<![㐀-鿿])|(?<=患者)|(?<=病人)|(?<=姓名))"
        rf"(?P<who>(?!{'|'.join(NOT_SURNAMES)})(?:{_SURNAMES})[ ]?[㐀-鿿]{{1,2}})"
        r"(?=[\s,，、(（]*(?:[男女](?![㐀-鿿])|[男女]性|\d{1,3}\s*岁|年龄))"
    ),
    re.compile(rf"(?P<who>(?:{_SURNAMES})[㐀-鿿]{{1,2}})(?=(?:副?主任|主治|住院)(?:医师|医生))"),
    re.compile(
        rf"(?:{_KIN})[:\s]*(?P<who>(?!{'|'.join(NOT_SURNAMES)})(?:{_SURNAMES})[㐀-鿿]{{1,2}}?)(?=$|[^㐀-鿿]|代|诉|述|陪|签|说|联系|电话)"
    ),
    re.compile(rf"(?P<who>(?:{_SURNAMES})[㐀-鿿]{{1,2}})(?=大夫|教授)"),
    re.compile(rf"(?<![主对双一医])(?P<who>{_SURNAMES})(?=大夫|医生|医师|教授|主任(?!医师|护师|技师))"),
)


def people_in(text: str) -> Iterator[Span]:
    """Yield where names stand beside a title, a degree, a signature, a role or a word for a relative."""
    for pattern in _TITLED:
        for match in pattern.finditer(text):
            yield match.start("who"), match.start("who") + _name_length(match["who"], sure=_SURE_WORDS)
    for pattern in _CYRILLIC_TITLED if _CYRILLIC_LETTER.search(text) else ():
        for match in pattern.finditer(text):
            if not any(is_everyday(word.casefold(), CYRILLIC) for word in match["who"].split()[:2]):
                yield match.span("who")
    for pattern in _NATIVE_TITLED if _IDEOGRAPH.search(text) else ():
        yield from (match.span("who") for match in pattern.finditer(text))
    for match in _BY_ROLE.finditer(text):
        if length := _name_length(match["who"], sure=0):
            yield match.start("who"), match.start("who") + length


def _name_length(words: str, *, sure: int) -> int:
    """Return how far some words are a name: to one that a report is written with behind the `sure` ones."""
    end = 0
    for match in re.finditer(r"\S+", words):
        bare = match[0].strip(".'’-")
        if re.fullmatch(PARTICLES, bare) or (len(bare) < 3 and match[0].endswith(".")):
            continue
        if sure > 0:
            sure, end = sure - 1, match.end()
            continue
        plain = re.sub("['’]s$", "", bare).casefold()
        if (
            is_clinical(bare.partition("-")[0])
            or plain in _DISEASES_NAMED
            or (len(bare) < 3 and bare.isupper() and not end)
        ):
            break
        end = match.end()
    return end
