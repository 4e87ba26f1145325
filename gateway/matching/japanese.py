"""How a Japanese name is romanised: kana and every usual spelling brought to one form of Hepburn, vowels short.

The reading of kanji is only known where a common surname or given name is listed here; a DICOM name that says it in its
phonetic group needs no list.
"""

import re
import unicodedata
from functools import lru_cache

from gateway.matching.spelling import strip_marks

_KANA = {
    "あ": "a", "い": "i", "う": "u", "え": "e", "お": "o", "か": "ka", "き": "ki", "く": "ku", "け": "ke", "こ": "ko",
    "が": "ga", "ぎ": "gi", "ぐ": "gu", "げ": "ge", "ご": "go", "さ": "sa", "し": "shi", "す": "su", "せ": "se",
    "そ": "so",
    "ざ": "za", "じ": "ji", "ず": "zu", "ぜ": "ze", "ぞ": "zo", "た": "ta", "ち": "chi", "つ": "tsu", "て": "te",
    "と": "to",
    "だ": "da", "ぢ": "ji", "づ": "zu", "で": "de", "ど": "do", "な": "na", "に": "ni", "ぬ": "nu", "ね": "ne",
    "の": "no",
    "は": "ha", "ひ": "hi", "ふ": "fu", "へ": "he", "ほ": "ho", "ば": "ba", "び": "bi", "ぶ": "bu", "べ": "be",
    "ぼ": "bo",
    "ぱ": "pa", "ぴ": "pi", "ぷ": "pu", "ぺ": "pe", "ぽ": "po", "ま": "ma", "み": "mi", "む": "mu", "め": "me",
    "も": "mo",
    "や": "ya", "ゆ": "yu", "よ": "yo", "ら": "ra", "り": "ri", "る": "ru", "れ": "re", "ろ": "ro", "わ": "wa",
    "を": "o",
    "ん": "n", "ゔ": "vu", "ー": "",
}  # fmt: skip
_SMALL_Y = {"ゃ": "ya", "ゅ": "yu", "ょ": "yo"}
_HEPBURN = (
    (r"sy", "sh"), (r"ty", "ch"), (r"zy", "j"), (r"jy", "j"), (r"cy", "ch"), (r"si", "shi"), (r"(?<!t)ti", "chi"),
    (r"tu", "tsu"), (r"(?<![sc])hu", "fu"), (r"zi", "ji"), (r"di", "ji"), (r"du", "zu"), (r"m(?=[bpm])", "n"),
    (r"oh(?![aiueoy])", "o"), (r"o[uo]", "o"), (r"u+", "u"), (r"tch", "cch"),
)  # fmt: skip
_SYLLABLES = re.compile(
    r"(?:(?:([kstpgzdbcf])(?=\1))?(?:ch|sh|ts|[kgnhbpmr]y|[kgsztdnhbpmyrwjf])?[aiueo]|(?:cch|ssh|tts)[aiueo]|n)+"
)

KANJI = {
    "佐藤": "sato", "鈴木": "suzuki", "高橋": "takahashi", "田中": "tanaka", "伊藤": "ito", "渡辺": "watanabe",
    "渡邊": "watanabe", "渡邉": "watanabe", "山本": "yamamoto", "中村": "nakamura", "小林": "kobayashi", "加藤": "kato",
    "吉田": "yoshida", "山田": "yamada", "佐々木": "sasaki", "山口": "yamaguchi", "松本": "matsumoto", "井上": "inoue",
    "木村": "kimura", "林": "hayashi", "斎藤": "saito", "斉藤": "saito", "齋藤": "saito", "清水": "shimizu",
    "山崎": "yamazaki", "森": "mori", "池田": "ikeda", "橋本": "hashimoto", "阿部": "abe", "石川": "ishikawa",
    "山下": "yamashita", "中島": "nakajima", "石井": "ishii", "小川": "ogawa", "前田": "maeda", "岡田": "okada",
    "長谷川": "hasegawa", "藤田": "fujita", "後藤": "goto", "近藤": "kondo", "村上": "murakami", "遠藤": "endo",
    "青木": "aoki", "坂本": "sakamoto", "福田": "fukuda", "太田": "ota", "西村": "nishimura", "藤井": "fujii",
    "岡本": "okamoto", "藤原": "fujiwara", "三浦": "miura", "金子": "kaneko", "中野": "nakano", "原田": "harada",
    "中川": "nakagawa", "松田": "matsuda", "竹内": "takeuchi", "小野": "ono", "田村": "tamura", "中山": "nakayama",
    "和田": "wada", "石田": "ishida", "森田": "morita", "上田": "ueda", "原": "hara", "内田": "uchida",
    "柴田": "shibata",
    "酒井": "sakai", "宮崎": "miyazaki", "横山": "yokoyama", "高木": "takagi", "安藤": "ando", "宮本": "miyamoto",
    "太郎": "taro", "一郎": "ichiro", "次郎": "jiro", "三郎": "saburo", "花子": "hanako", "健一": "kenichi",
    "健太": "kenta", "翔太": "shota", "大輔": "daisuke", "直樹": "naoki", "拓也": "takuya", "誠": "makoto",
    "隆": "takashi",
    "浩": "hiroshi", "博": "hiroshi", "茂": "shigeru", "実": "minoru", "清": "kiyoshi", "勇": "isamu", "恵子": "keiko",
    "和子": "kazuko", "幸子": "sachiko", "洋子": "yoko", "陽子": "yoko", "裕子": "yuko", "由美子": "yumiko",
    "久美子": "kumiko", "真由美": "mayumi", "明美": "akemi", "直美": "naomi", "美咲": "misaki", "さくら": "sakura",
    "愛": "ai", "陽菜": "hina", "結衣": "yui", "大翔": "hiroto", "蓮": "ren", "正": "tadashi", "進": "susumu",
    "千代子": "chiyoko", "節子": "setsuko", "文子": "fumiko", "良子": "yoshiko", "京子": "kyoko", "智子": "tomoko",
}  # fmt: skip


@lru_cache(65536)
def native_readings(text: str) -> frozenset[str]:
    """Return the readings of a word in kana, or of listed kanji run together as surname and given name."""
    kana = _from_kana(text)
    if kana:
        return frozenset({kana})
    cuts = [(text[:cut], text[cut:]) for cut in range(1, len(text))]
    found = {KANJI[one] + KANJI[other] for one, other in cuts if one in KANJI and other in KANJI}
    return frozenset(found | ({KANJI[text]} if text in KANJI else set()))


@lru_cache(65536)
def latin_readings(word: str) -> frozenset[str]:
    """Return a Latin word in our form of Hepburn; empty where it cannot be Japanese."""
    plain = strip_marks(word)
    for wrong, right in _HEPBURN:
        plain = re.sub(wrong, right, plain)
    return frozenset({plain}) if _SYLLABLES.fullmatch(plain) else frozenset()


def _from_kana(text: str) -> str:
    found: list[str] = []
    doubled = False
    for character in hiragana(text):
        if character == "っ":
            doubled = True
        elif character in _SMALL_Y and found and found[-1].endswith("i"):
            sound = _SMALL_Y[character]
            stem = found[-1][:-1]
            found[-1] = stem + (sound[1:] if stem.endswith(("sh", "ch", "j")) else sound)
        elif character in _KANA:
            sound = _KANA[character]
            found.append(sound[:1] + sound if doubled and sound else sound)
            doubled = False
        else:
            return ""
    joined = "".join(found)
    for wrong, right in _HEPBURN:
        joined = re.sub(wrong, right, joined)
    return joined


def hiragana(text: str) -> str:
    """Return a text with katakana of any width as hiragana."""
    wide = unicodedata.normalize("NFKC", text)
    return "".join(chr(ord(c) - 0x60) if "ァ" <= c <= "ヶ" else c for c in wide)
