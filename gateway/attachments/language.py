"""Guess the language of a text: by its script, else by its most common small words. Empty where that does not tell.

Where people write which language it is, it stands as a code or as its name in English, German, Spanish or Chinese.
"""

import re
from collections.abc import Mapping
from types import MappingProxyType

from worklist.reports.script import east_asian

_SMALL_WORDS: Mapping[str, str] = MappingProxyType(
    {
        "en": "the of and is in to with was for no are there this not are",
        "de": "der die das und ist kein keine mit von im nicht ein eine bei zur des den",
        "es": "el la los las de del y es en con se sin por una para no al",
        "fr": "le la les des du et est en avec une un sans pour au pas dans sur",
        "it": "il la di e con del della una un non per nel alla che si sono",
        "nl": "de het een en van is in met geen voor op aan niet bij te",
        "pt": "o a os as de do da e em com não para uma sem no na ao",
    }
)
_NAMES: Mapping[str, str] = MappingProxyType(
    {
        "en": "eng english englisch inglés ingles 英语 英文",
        "de": "deu ger german deutsch alemán aleman 德语 德文",
        "es": "spa spanish spanisch español espanol castellano 西班牙语 西班牙文",
        "zh": "zho chi chinese mandarin chinesisch chino 中文 汉语 汉文",
        "fr": "fra fre french französisch francés francais français 法语 法文",
        "it": "ita italian italienisch italiano 意大利语",
        "nl": "nld dut dutch niederländisch neerlandés holandés 荷兰语",
        "pt": "por portuguese portugiesisch portugués português 葡萄牙语",
        "ru": "rus russian russisch ruso 俄语",
        "ja": "jpn japanese japanisch japonés 日语 日文",
        "ko": "kor korean koreanisch coreano 韩语 韩文",
        "pl": "pol polish polnisch polaco 波兰语",
    }
)
_CODE = re.compile(r"[a-z]{2}(?:-[a-z0-9]{2,8}){0,2}", re.IGNORECASE)
_LOOKED_AT = 20_000
_FEWEST = 4
_WORD = re.compile(r"[^\W\d_]+")
_CYRILLIC = re.compile("[\u0400-\u04ff]")


def guess_language(text: str) -> str:
    """Return the language that a text seems to be written in (ISO 639-1), or nothing."""
    start = text[:_LOOKED_AT]
    letters = sum(character.isalpha() for character in start)
    asian = sum(ord(character) >= 0x3040 and character.isalpha() for character in start)
    if asian and 3 * asian >= letters:
        return east_asian(start) or ""
    if 2 * len(_CYRILLIC.findall(start)) > letters:
        return "ru"
    words = [word.casefold() for word in _WORD.findall(start)]
    known = {code: frozenset(small.split()) for code, small in _SMALL_WORDS.items()}
    counted = sorted(((sum(word in small for word in words), code) for code, small in known.items()), reverse=True)
    (most, code), (next_most, _) = counted[:2]
    return code if most >= _FEWEST and most > next_most else ""


def language_named(words: str) -> str:
    """Return the language that a code or a name means: the code as it was given, else that of ISO 639-1, or nothing."""
    told = words.strip().replace("_", "-")
    named = next((code for code, names in _NAMES.items() if told.casefold() in names.split()), "")
    return named or (told if _CODE.fullmatch(told) else "")
