"""What stands where a newborn has no name yet: it names nobody, however much of the mother's name agrees.

"BabyBoy A Jane", "B/O Jane", 王芳之子 and 김아기1 tell whose child it is. What tells one child of a mother from
another is the letter or number beside it. A native family name alone names nobody either.
"""

import re
from functools import lru_cache

from anonymizer.text_patterns import SURNAMES
from gateway.matching import korean
from gateway.matching.chinese import COMPOUND_SURNAMES, SURNAME_READINGS, simplified
from gateway.matching.japanese import hiragana, is_surname, may_be_given
from gateway.matching.newborn_words import MEAN_NEWBORNS, MEAN_SURNAMES_TOO
from gateway.matching.spelling import Writing, bare_word, slips, strip_marks, writings

_SURNAMES_TOO = frozenset(map(strip_marks, MEAN_SURNAMES_TOO.split()))
_WORDS = _SURNAMES_TOO | frozenset(bare_word(word) for word in MEAN_NEWBORNS.split())
_MARKED = frozenset({"niño", "niña"})  # without their marks they are given names
_ALIKE = (
    *("babyboy", "babygirl", "newborn", "infant", "neugeborenes", "saugling", "zwilling"),
    *("fruhgeborenes", "nouveaune", "noworodek", "pasgeborene", "novorozhdennyy"),
)
_SHORTEST_SLIP = 6
_DIGITS = "0123456789"
_PHRASES = re.compile(
    r"\b(?:[bsdg] o|(?:son|child|boy|girl) of|s (?:son|boy|girl|child)|nin[oa] de|no ko|"
    r"(?:fils|fille|enfant|filh[oa]) de|figli[oa] di|(?:zoon|dochter) van|kind v[ao]n|by ny|so sinh)\b|"
    r"\w\w ?zhi ?(?:zi|nv|nu)\b"
)
_GLUED = re.compile(
    r"(?:baby|babyboy|babygirl|boy|girl|twin|zwilling|gemel[oa]|bebe|bb|bg|rn|nb|agi|aegi)(\d+|[a-h]|ii|iii)"
)
_NATIVE = re.compile(
    r"之\s*([长長次三四大小一二双雙幼]?)\s*[子女婴嬰儿兒男双雙]|[婴嬰]|宝宝|寶寶|新生[儿兒児]|[双雙]胞胎|双子|赤ちゃん|べびー?|べいびー?|"
    r"乳児|の子|第([一二三四\d])子|아기|아가$|애기|베이비|신생아|쌍둥이|쌍생아|[남여]아(?=\d*$)|"
    "[男女][児兒儿]|ทารก|บุตรนาง|บุตรของ"
)
_NUMBERS = {"a": "1", "i": "1", "b": "2", "ii": "2", "c": "3", "iii": "3", "d": "4"} | dict(
    zip("长長大一次二小三四", "111122234", strict=True)
)
_MARK = re.compile(r"\d{1,2}|[a-z]|i{2,3}")
_DOUBLE_KOREAN = ("남궁", "황보", "제갈", "선우", "독고", "사공", "서문")
_WHOLE = 3


@lru_cache(8192)
def is_unnamed(name: str) -> bool:
    """Say whether a name, by any of its writings, says that its bearer has none yet."""
    return any(_says_unnamed(writing) for writing in writings(name))


@lru_cache(8192)
def marks(name: str) -> frozenset[str]:
    """Return the single letters and numbers of a name, those of newborns as numbers: a Baby B is the second."""
    found = {mark for writing in writings(name) for mark in _marks(writing)}
    return frozenset(_NUMBERS.get(mark, mark) for mark in found) if is_unnamed(name) else frozenset(found)


def marked_otherwise(one: str, other: str) -> bool:
    """Say whether two names bear letters or numbers of which neither has all of the other's."""
    ours, theirs = marks(one), marks(other)
    return bool(ours - theirs) and bool(theirs - ours)


def is_placeholder(word: str) -> bool:
    """Say whether a word stands in place of a newborn's name, alone or with the letter of a twin run together."""
    bare = strip_marks(word)
    if word in _MARKED or {bare, bare.rstrip(_DIGITS)} & _WORDS or _GLUED.fullmatch(bare):
        return True
    return len(bare) >= _SHORTEST_SLIP and any(slips(bare, each, 1) <= 1 for each in _ALIKE)


@lru_cache(8192)
def has_given_name(word: str) -> bool:
    """Say whether a name in native characters without a blank is more than a family name, as far as can be told."""
    plain = simplified(word)
    if is_surname(word) or plain in COMPOUND_SURNAMES.split() or word in _DOUBLE_KOREAN or len(word) == 1:
        return False
    if word[0] in korean.SURNAMES or any(word[:2] == each for each in _DOUBLE_KOREAN):
        return True
    if any(is_surname(word[:cut]) and may_be_given(word[cut:]) for cut in range(1, len(word))):
        return True
    chinese = plain[0] in SURNAMES or plain[:2] in COMPOUND_SURNAMES or word[0] in SURNAME_READINGS
    return chinese or (len(word) > _WHOLE and hiragana(word) == word and not re.search("[ぁ-ゖ]", word))


def _says_unnamed(writing: Writing) -> bool:
    if not writing.latin:
        told = any(strip_marks(word).rstrip(_DIGITS) in _WORDS for word in writing.words)
        return told or bool(_NATIVE.search(hiragana("".join(writing.words))))
    family = [word for word in writing.words if writing.given and word not in writing.given]
    words = [word for word in writing.words if word not in family]
    words += [word for word in family if strip_marks(word) not in _SURNAMES_TOO]
    return any(map(is_placeholder, words)) or bool(_PHRASES.search(" ".join(map(strip_marks, writing.words))))


def _marks(writing: Writing) -> set[str]:
    if not writing.latin:
        text = hiragana("".join(writing.words))
        said = {group for match in _NATIVE.finditer(text) for group in match.groups() if group}
        return said | set(re.findall(r"\d+|[a-h](?![a-z])", text))
    glued = {match[1] for word in writing.words if (match := _GLUED.fullmatch(strip_marks(word)))}
    return glued | {bare for word in writing.words if _MARK.fullmatch(bare := strip_marks(word))}
