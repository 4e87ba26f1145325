"""What identities look like in the text of a report when nobody knows them: addresses, numbers, titles, letterheads.

Each pattern marks what it matches, or only its group `who` where it has one. The labels in front of values are data
(`data/report_labels.toml`).
"""

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

CONTACTS = (
    re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"),
    re.compile(r"(?:https?|ftp)://\S+|\bwww\.\S+", re.IGNORECASE),
)
TELEPHONES = (
    re.compile(r"(?<![\w.])(?:\+\d{1,3}[ ./-]?|\(0?\d{2,5}\)[ ./-]?|0\d{1,4}[ ./-])\d[\d ./()-]{4,16}\d(?!\w)"),
    re.compile(r"(?<![\w.])\d{3}[-. ]\d{3}[-. ]\d{4}(?!\w)|(?<!\d)1[3-9]\d{9}(?!\d)"),
)
NUMBERS = (
    re.compile(r"(?<![^\W_])(?:[A-Za-z]{1,6}[-./#]?)?\d{5,}[A-Za-z0-9]*(?:[-/]\d+)*"),
    re.compile(r"(?<!\d)\d{3}-\d{2}-\d{4}(?!\d)"),
)
AGES = (
    re.compile(
        r"(?<![\d.,])(?P<who>9\d|1[01]\d)(?=[ -]?(?:years?\b|yrs?\b|y/?o\b|jähr|Jahre\b|años?\b|岁|歳|세))",
        re.IGNORECASE,
    ),
)
_NAME = r"[A-ZÀ-ÖØ-Þ](?:[\w'’-]+|\.)"
_NAMES = rf"{_NAME}(?:[ \t]+(?:von|van|de|der|del|la|{_NAME})){{0,3}}"
_FULL = rf"{_NAME}(?:[ \t]+(?:von|van|de|der|del|la|{_NAME})){{1,3}}"
_RANKS = r"Fach|Ober|Chef|Assistenz|Dr\b|Prof\b|M\.?D\b|Radiolog|Facult|Department|Abteilung"
TITLED = (
    re.compile(
        r"\b(?:(?:Dr|Prof|Mr|Mrs|Ms|Herrn?|Frau|Sra?|Dra|Don|Doña)\b\.?(?:\s*(?:med|Dr|Prof|rer|nat|dent)\b\.?)*)\s+"
        r"(?P<who>[A-ZÀ-ÖØ-Þ][\w'’-]+(?:[ \t]+(?:von|van|de|der|del|la|[A-ZÀ-ÖØ-Þ]\.|[A-ZÀ-ÖØ-Þ][\w'’-]+)){0,2})"
    ),
    re.compile(rf"(?P<who>{_FULL})(?=,?\s+(?:M\.?D\.?|D\.?O\.?|FRCR|FRANZCR|FACR|MBBS|Ph\.?D\.?)(?![\w]))"),
    re.compile(
        r"(?i:\b(?:(?:signed|reported|dictated|verified|approved|transcribed|read|reviewed)"
        r"(?: (?:electronically|digitally))? by|gez\.|gezeichnet|befundet (?:von|durch)|"
        r"(?:unterzeichnet|validiert|diktiert|freigegeben) von|"
        r"(?:firmado|informado|validado|dictado)(?: electrónicamente)? por)\s*:?)\s*"
        rf"(?P<who>{_NAME},[ \t]+(?!{_RANKS}){_NAMES}|{_NAMES})"
    ),
    re.compile(
        rf"(?P<who>{_FULL})(?=,?\s*\n?\s*(?:Fach(?:arzt|ärztin)|Ober(?:arzt|ärztin)|Chef(?:arzt|ärztin)|Radiologist\b|Radiólog[oa]\b))"
    ),
)
SURNAMES = (
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜"
    "戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文"
)


def _listed(name: str) -> tuple[str, ...]:
    lines = (files("anonymizer") / "data" / "vocabulary" / name).read_text("utf-8").splitlines()
    return tuple(word for line in lines if not line.startswith("#") for word in line.split())


NOT_SURNAMES = _listed("not_surnames.txt")
SOUND_LIKE_SURNAMES = frozenset(_listed("sound_like_surnames.txt"))
_SURNAMES = f"欧阳|司马|上官|诸葛|[{SURNAMES}]"
NATIVE_TITLES = "先生|女士|小姐|太太|医生|醫生|医师|醫師|主任|教授|老师|様|さん|氏|씨|님"
NATIVE_TITLED = (
    re.compile(
        r"(?:报告|審核|审核|诊断|診断|检查|检诊|主治|副?主任|住院|申请|送检|书写|复核|読影|報告)(?:医师|医生|醫師|医|者|人)\s*[:：]?\s*"
        r"(?P<who>[㐀-鿿]{2,4})(?![㐀-鿿])"
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
)
_CAPITAL = r"[A-ZÀ-ÖØ-Þ][\w.'’&-]*"
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
        rf"\b[A-ZÄÖÜ][\wäöüß-]{{2,}}(?:klinik|klinikum|krankenhaus|hospital|spital)\b(?:[ \t]+{_CAPITAL}){{0,2}}"
    ),
    re.compile(
        rf"\b(?i:hospital|clínica|sanatorio|policlínico|centro médico)(?:[ \t]+(?:de|del|la|las|los|el|y)\b)*"
        rf"(?:[ \t]+(?:de|del|la|las|los|el|y|{_CAPITAL})){{1,6}}"
    ),
)
_VALUE_END = r"[ \t]{3,}|[;|\t\n\r；]|[ \t]+[^\W\d_]{2,}(?:[ -][^\W\d_]+)?[:：=]"
_LONGEST_VALUE = 200


@cache
def labelled_values() -> Mapping[str, re.Pattern[str]]:
    """Return a pattern for each kind of labelled value: the label, then at most a line of text."""
    labels = tomllib.loads((files("anonymizer") / "data" / "report_labels.toml").read_text("utf-8"))
    return {
        kind: re.compile(
            rf"(?<![^\W_])(?:{'|'.join(entries)})\s*[:：=][ \t]*(?P<who>(?:(?!{_VALUE_END}).){{1,{_LONGEST_VALUE}}})",
            re.IGNORECASE,
        )
        for kind, entries in labels.items()
    }
