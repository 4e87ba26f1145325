"""How a Chinese name is romanised: pinyin with every reading, Wade-Giles, surnames of Hong Kong and Singapore.

All is brought to one form: pinyin without tones, ü as u. A reading is never an identity: many characters share it.
"""

import re
from collections.abc import Mapping
from functools import cache, lru_cache
from itertools import product

from gateway.matching.spelling import strip_marks

_MOST_READINGS = 24
_LONGEST_SYLLABLE = 7
_HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0002ebe0]+")

COMPOUND_SURNAMES = (
    "欧阳 司马 诸葛 上官 司徒 夏侯 尉迟 皇甫 令狐 慕容 东方 独孤 南宫 公孙 长孙 宇文 轩辕 端木 百里 东郭 西门 "
    "万俟 闻人 歐陽 司馬 諸葛 尉遲 東方 獨孤 南宮 公孫 長孫 軒轅 東郭 西門 聞人 澹台"
)
# Surnames whose reading as a surname is not the one the character has elsewhere.
SURNAME_READINGS = {
    "单": "shan", "曾": "zeng", "查": "zha", "仇": "qiu", "解": "xie", "任": "ren", "区": "ou", "盖": "ge",
    "朴": "piao",
    "翟": "zhai", "乐": "yue", "覃": "qin", "冼": "xian", "员": "yun", "种": "chong", "秘": "bi", "黑": "he",
    "折": "she",
    "缪": "miao", "葛": "ge", "那": "na", "召": "shao", "盛": "sheng", "褚": "chu", "贾": "jia", "车": "che",
    "尹": "yin",
    "尉迟": "yuchi", "万俟": "moqi", "长孙": "zhangsun", "令狐": "linghu", "宓": "fu", "逄": "pang", "祭": "zhai",
    "繁": "po", "牟": "mu", "隗": "wei", "哈": "ha", "晁": "chao", "單": "shan", "區": "ou", "蓋": "ge", "樂": "yue",
    "員": "yun", "種": "chong", "繆": "miao", "賈": "jia", "車": "che", "尉遲": "yuchi", "長孫": "zhangsun",
}  # fmt: skip
# Surnames by their sound in Cantonese, Hokkien and Teochew, as they stand in passports.
ELSEWHERE = {
    "wong": ("wang", "huang"), "chan": ("chen",), "cheung": ("zhang",), "lau": ("liu",), "leung": ("liang",),
    "ng": ("wu", "huang"), "ho": ("he",), "lam": ("lin",), "tsang": ("zeng",), "kwok": ("guo",), "yeung": ("yang",),
    "chow": ("zhou",), "chiu": ("zhao",), "tse": ("xie",), "hui": ("xu",), "tsui": ("xu",), "mak": ("mai",),
    "yip": ("ye",), "poon": ("pan",), "siu": ("xiao",), "kwan": ("guan",), "choi": ("cai",), "tam": ("tan",),
    "lim": ("lin",), "tan": ("chen",), "goh": ("wu",), "ong": ("wang",), "teo": ("zhang",), "lee": ("li",),
    "koh": ("xu",), "chua": ("cai",), "loh": ("luo",), "law": ("luo",), "fung": ("feng",), "tang": ("deng",),
    "au": ("ou",), "yuen": ("yuan", "ruan"), "kong": ("jiang",), "chung": ("zhong",), "cheng": ("zheng",),
}  # fmt: skip

_TRADITIONAL = (
    "張劉陳楊黃趙吳孫馬羅鄭謝許鄧馮韓蕭蔣蘇魏呂盧賈鍾範陸鄒龔譚韋龍萬錢湯賴顏歐陽嚴華賀齊莊葉閻聶鮑畢鄔費齡諸葛"
    "偉國華麗軍傑強敏靜蘭鳳鳴龍飛麗紅紅豔艷靈瑩瑤璐慶勝興榮貴寶寧輝曉東業學義禮節愛萍連蓮鑫鋒銳鋼鐵銀錦鈞鎮鵬鴻鶯"
    "麥黨樂馳駿騰驥驊陽陰雲霧電順須頌願風養餘體魯穎頡歡歲澤淵濤潔潤滿漢濱瀟煒燁燦爾獻瑋環現產畫疊瘋盡碩確祿禎穀穩"
    "競筆範簡紀純紹維綱綠緒緯縱績繼續纖羲聖聰聲聯肅膽臨興舊艦莉莊蒼蔭薈藝蘊虛衛裝見規覺覽觀訓記詠詩詳誠談論諾謙證識讓"
    "貞財賓賢贊趕躍軒輕輝輪辭農達進遠適遲遷選邁郵鄉醫釋針鈴鉅銘鎖鏡長門開閏間關陝陸隊隨險雙雜難靂靖韻頂領頻題類顧飄館"
)
_SIMPLIFIED = (
    "张刘陈杨黄赵吴孙马罗郑谢许邓冯韩萧蒋苏魏吕卢贾钟范陆邹龚谭韦龙万钱汤赖颜欧阳严华贺齐庄叶阎聂鲍毕邬费龄诸葛"
    "伟国华丽军杰强敏静兰凤鸣龙飞丽红红艳艳灵莹瑶璐庆胜兴荣贵宝宁辉晓东业学义礼节爱萍连莲鑫锋锐钢铁银锦钧镇鹏鸿莺"
    "麦党乐驰骏腾骥骅阳阴云雾电顺须颂愿风养余体鲁颖颉欢岁泽渊涛洁润满汉滨潇炜烨灿尔献玮环现产画叠疯尽硕确禄祯谷稳"
    "竞笔范简纪纯绍维纲绿绪纬纵绩继续纤羲圣聪声联肃胆临兴旧舰莉庄苍荫荟艺蕴虚卫装见规觉览观训记咏诗详诚谈论诺谦证识让"
    "贞财宾贤赞赶跃轩轻辉轮辞农达进远适迟迁选迈邮乡医释针铃钜铭锁镜长门开闰间关陕陆队随险双杂难雳靖韵顶领频题类顾飘馆"
)
# Forms of one character that Japanese families keep, each beside the one it counts as.
_FORMS = (
    "高髙 崎﨑嵜 边辺邉邊 斎齋 齐斉齊 泽沢澤 滨浜濱濵 広廣 国國圀 真眞 桜櫻 岛島嶋嶌 富冨 荣栄榮 恵惠 "
    "円圓 龙竜龍 泷滝瀧 瀬瀨 德徳 蔵藏 学學 条條 寿壽 实実實 万萬 与與 来來 礼禮 铁鉄鐵 静靜 弥彌 丰豊豐 "
    "吉𠮷 柳栁 曾曽 增増增 黒黑 児兒 浅淺 内內 渊淵渕 关関關 遥遙 凛凜 尭堯 巌巖 応應 桑桒 伝傳 宝寶寳 "
    "峰峯 秋穐 梅楳 杉椙 馆館舘 園薗 薮藪籔 乐楽樂 気氣 鶏鷄 塩鹽 隠隱 栖棲 糸絲 図圖 双雙 芦蘆 桧檜 槙槇 "
    "祢禰 聪聡聰 総總 穂穗 亀龜 剣劍 仏佛"
)
_PLAIN = dict(zip(_TRADITIONAL, _SIMPLIFIED, strict=True)) | {
    form: forms[0] for forms in _FORMS.split() for form in forms[1:]
}
_SIMPLER = str.maketrans(_PLAIN)
_WG_INITIALS = {
    "zh": "ch", "ch": "ch", "sh": "sh", "b": "p", "p": "p", "d": "t", "t": "t", "g": "k", "k": "k", "j": "ch",
    "q": "ch",
    "x": "hs", "z": "ts", "c": "ts", "r": "j", "m": "m", "f": "f", "n": "n", "l": "l", "h": "h", "s": "s", "w": "w",
    "y": "y", "": "",
}  # fmt: skip
_WG_WHOLE = {
    "zi": ("tzu", "tsu"), "ci": ("tzu", "tsu"), "si": ("ssu", "szu", "su"), "er": ("erh",), "yi": ("i", "yi"),
    "you": ("yu",), "yan": ("yen",), "ye": ("yeh",), "yue": ("yueh",), "yong": ("yung",), "ge": ("ko", "ke"),
    "ke": ("ko", "ke"), "he": ("ho", "he"), "gui": ("kuei",), "kui": ("kuei",), "hui": ("hui", "huei"), "e": ("o", "e"),
    "zhi": ("chih",), "chi": ("chih",), "shi": ("shih",), "ri": ("jih",), "shuo": ("shuo",), "guo": ("kuo",),
    "kuo": ("kuo",), "huo": ("huo",),
}  # fmt: skip
_WG_FINALS = (("iong", "iung"), ("ian", "ien"), ("ie", "ieh"), ("ue", "ueh"), ("ong", "ung"), ("uo", "o"))


@lru_cache(65536)
def han_readings(text: str) -> frozenset[str]:
    """Return the readings of a name in Han characters, in pinyin; empty where a character has none."""
    if not _HAN.fullmatch(text):
        return frozenset()
    surname = next((text[:size] for size in (2, 1) if text[:size] in SURNAME_READINGS), "")
    each = [character_readings(character) for character in text]
    found = _joined(each)
    if surname:
        found |= {SURNAME_READINGS[surname] + rest for rest in _joined(each[len(surname) :])}
    return frozenset(found)


def han_words(text: str) -> tuple[str, ...]:
    """Return a name in Han characters as surname and given name, as Chinese surnames are cut."""
    cut = 2 if len(text) > 2 and text[:2] in COMPOUND_SURNAMES.split() else 1
    return (text[:cut], text[cut:]) if len(text) > cut else (text,)


@lru_cache(65536)
def latin_readings(word: str) -> frozenset[str]:
    """Return what a Latin word can stand for in pinyin: itself, its reading as Wade-Giles, a surname elsewhere."""
    plain = re.sub(r"(?<=[ln])(?:yu|v)", "u", strip_marks(word))
    found = {"".join(parts) for parts in _cut(plain, _pinyin())}
    for parts in _cut(plain, _wade_giles()):
        found |= _joined([sorted(_wade_giles()[part]) for part in parts])
    return frozenset(found | set(ELSEWHERE.get(plain, ())))


def simplified(text: str) -> str:
    """Return a name with each character in the form that it counts as: traditional and Japanese ones as simplified."""
    return text.translate(_SIMPLER)


def is_old_form(character: str) -> bool:
    """Say whether a character is another form of one, as Japanese and Taiwanese names keep them: 髙, 﨑, 眞."""
    return character in _PLAIN


def forms_of(character: str) -> tuple[str, ...]:
    """Return the forms of a character that are met in names: itself, simplified, traditional, as in Japan."""
    plain = _PLAIN.get(character, character)
    return tuple(dict.fromkeys((character, plain, *_forms().get(plain, ()))))


@cache
def _forms() -> Mapping[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for form, plain in _PLAIN.items():
        found.setdefault(plain, []).append(form)
    return {plain: tuple(forms) for plain, forms in found.items()}


def syllables(word: str) -> list[tuple[str, ...]]:
    """Return the ways to cut a Latin word into syllables of pinyin."""
    return _cut(re.sub(r"(?<=[ln])(?:yu|v)", "u", strip_marks(word)), _pinyin())


@lru_cache(1)
def _characters() -> Mapping[int, str]:
    """Return the readings of every character; loaded when a name first asks, as that takes a good part of a second."""
    from pypinyin.constants import PINYIN_DICT

    return PINYIN_DICT


def character_readings(character: str) -> list[str]:
    """Return the readings of a character in pinyin without tones."""
    said = _characters().get(ord(character), "")
    return list(dict.fromkeys(strip_marks(each) for each in said.split(",") if each))


def _joined(choices: list[list[str]]) -> set[str]:
    found: set[str] = set()
    for each in product(*choices):
        found.add("".join(each))
        if len(found) >= _MOST_READINGS:
            break
    return found


def _cut(text: str, syllables: dict[str, set[str]]) -> list[tuple[str, ...]]:
    """Return the ways to cut a text into syllables, a few of them at most."""
    ways: list[list[tuple[str, ...]]] = [[()], *([] for _ in text)]
    for end in range(1, len(text) + 1):
        for start in range(max(0, end - _LONGEST_SYLLABLE), end):
            if ways[start] and text[start:end] in syllables:
                ways[end] += [(*way, text[start:end]) for way in ways[start]][:4]
    return ways[-1][:4] if text else []


@lru_cache(1)
def _pinyin() -> dict[str, set[str]]:
    """Return every syllable of pinyin, without tones, under itself."""
    syllables = {strip_marks(each) for said in _characters().values() for each in said.split(",")}
    return {each: {each} for each in syllables if re.search(r"[aeiou]", each) and each.isascii()}


@lru_cache(1)
def _wade_giles() -> dict[str, set[str]]:
    """Return the syllables of Wade-Giles without apostrophes and dots, each under what it can stand for in pinyin."""
    found: dict[str, set[str]] = {}
    for syllable in _pinyin():
        for spelling in in_wade_giles(syllable):
            found.setdefault(spelling, set()).add(syllable)
    return found


def in_wade_giles(syllable: str) -> tuple[str, ...]:
    """Return how Wade-Giles writes a syllable of pinyin, without apostrophes."""
    if syllable in _WG_WHOLE:
        return _WG_WHOLE[syllable]
    initial = next((each for each in ("zh", "ch", "sh") if syllable.startswith(each)), syllable[:1])
    initial = initial if initial in _WG_INITIALS and initial not in "aeiou" else ""
    final = syllable[len(initial) :]
    for ours, theirs in _WG_FINALS:
        if final == ours:
            return (_WG_INITIALS[initial] + theirs,)
    return (_WG_INITIALS[initial] + final,)
