"""How a Korean name is romanised: by the state's rules, by McCune-Reischauer, and as each family likes it.

All are brought to one coarse form in which Kim and Gim, Lee, Yi and Rhee, Park and Bak are the same. It is coarse: it
supports and never decides.
"""

import re
from functools import lru_cache

from gateway.matching.spelling import strip_marks

_ONSETS = "k kk n t tt r m p pp s ss - c cc c k t p h"
_VOWELS = "a e ya e u e yu ye o wa we oi yo u wu we wi yu u ui i"
_CODAS = "- k k k n n n t l k m p l l p l m p p t t ng t t k t p t"
_COARSE = (
    (r"[()']", ""), (r"h(?=$)", ""), (r"(?<=[aeiou])h(?=[^aeiouyw])", ""), (r"sh(?=[iy])", "s"), (r"sh", "s"),
    (r"y?eo", lambda m: "yu" if m.group().startswith("y") else "u"),
    (r"y?ou", lambda m: "yu" if m.group()[0] == "y" else "u"),
    (r"oo", "u"), (r"ee", "i"), (r"eu", "u"), (r"ae|ai|ay|ey", "e"), (r"ui|wi(?=$)", "i"), (r"oe|oi|oy", "oi"),
    (r"[gkq]+", "k"), (r"[dt]+", "t"), (r"[bpv]+", "p"), (r"ch|j+|z", "c"), (r"[lr]+", "l"), (r"s+", "s"),
    (r"n+(?!k)", "n"), (r"nk", "ng"), (r"w(?=u)", ""), (r"yi", "i"),
)  # fmt: skip
# Surnames that families write in ways which no rule gives; the coarse form of each is the one of its Hangul.
SURNAMES = {
    "이": ("lee", "yi", "rhee", "ri", "i", "yee", "rhie", "reigh"), "김": ("kim", "gim", "ghim"),
    "박": ("park", "bak", "pak", "bahk", "pack"), "최": ("choi", "choe", "chwe"),
    "정": ("jung", "jeong", "chung", "joung", "cheong"),
    "강": ("kang", "gang"), "조": ("cho", "jo", "joe"), "윤": ("yoon", "yun", "youn"), "장": ("jang", "chang"),
    "임": ("lim", "im", "rim", "yim"), "한": ("han", "hahn"), "오": ("oh", "o"), "서": ("seo", "suh", "so", "sur"),
    "신": ("shin", "sin"), "권": ("kwon", "gwon"), "황": ("hwang", "whang"), "안": ("ahn", "an"), "송": ("song",),
    "류": ("ryu", "yoo", "yu", "ryoo", "lyu"), "유": ("yoo", "yu", "you"), "전": ("jeon", "jun", "chun", "chon"),
    "홍": ("hong",), "고": ("ko", "go", "koh"), "문": ("moon", "mun"), "양": ("yang",), "손": ("son", "sohn"),
    "배": ("bae", "pae"), "백": ("baek", "paik", "baik", "paek", "back"), "허": ("heo", "huh", "hur", "her"),
    "노": ("noh", "roh", "no", "ro"), "심": ("shim", "sim"), "하": ("ha", "hah"), "주": ("joo", "ju", "choo"),
    "구": ("koo", "gu", "ku", "goo"), "곽": ("kwak", "gwak"), "성": ("sung", "seong", "song"), "우": ("woo", "u", "wu"),
    "나": ("na", "ra", "nah"), "민": ("min",), "진": ("jin", "chin"), "지": ("ji", "chi", "jee"),
    "엄": ("um", "eom", "uhm"),
    "원": ("won",), "천": ("cheon", "chun"), "방": ("bang", "pang"), "현": ("hyun", "hyeon"),
    "변": ("byun", "byeon", "pyun"),
    "석": ("seok", "suk"), "선": ("sun", "seon"), "설": ("seol", "sul"), "마": ("ma",), "길": ("gil", "kil"),
    "여": ("yeo", "yuh"), "연": ("yeon", "youn"), "남": ("nam",), "공": ("kong", "gong"), "표": ("pyo",),
    "명": ("myung", "myeong"),
}  # fmt: skip
HANJA = {
    "李": "이", "金": "김", "朴": "박", "崔": "최", "鄭": "정", "姜": "강", "趙": "조", "尹": "윤", "張": "장",
    "林": "임",
    "韓": "한", "吳": "오", "徐": "서", "申": "신", "權": "권", "黃": "황", "安": "안", "宋": "송", "柳": "류",
    "劉": "유",
    "全": "전", "洪": "홍", "高": "고", "文": "문", "梁": "양", "孫": "손", "裵": "배", "白": "백", "許": "허",
    "盧": "노",
    "沈": "심", "河": "하", "朱": "주", "具": "구", "郭": "곽", "成": "성", "禹": "우", "閔": "민", "陳": "진",
    "嚴": "엄",
}  # fmt: skip
_HANGUL = re.compile(r"[가-힣]+")
_SYLLABLES = re.compile(r"(?:[ktpcnlmshyw]?[yw]?[aeiou]i?(?:ng|[knmtplr](?![aeiouyw]))?)+")


@lru_cache(65536)
def native_readings(text: str) -> frozenset[str]:
    """Return the coarse form of a word in Hangul; empty for anything else."""
    if not _HANGUL.fullmatch(text):
        return frozenset()
    return frozenset({"".join(_coarse(_syllable(character)) for character in text)})


@lru_cache(65536)
def latin_readings(word: str) -> frozenset[str]:
    """Return the coarse forms that a Latin word can have; empty where it cannot be Korean."""
    plain = strip_marks(word)
    found = {reading for native in _surnames().get(plain, ()) for reading in native_readings(native)}
    coarse = _coarse(plain)
    return frozenset(found | ({coarse} if _SYLLABLES.fullmatch(coarse) else set()))


@lru_cache(1)
def _surnames() -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for native, spellings in SURNAMES.items():
        for spelling in spellings:
            found[spelling] = (*found.get(spelling, ()), native)
    return found


def _syllable(character: str) -> str:
    code = ord(character) - 0xAC00
    parts = _ONSETS.split()[code // 588], _VOWELS.split()[code % 588 // 28], _CODAS.split()[code % 28]
    return "".join(part for part in parts if part != "-")


def _coarse(text: str) -> str:
    for pattern, replacement in _COARSE:
        text = re.sub(pattern, replacement, text)
    return text
