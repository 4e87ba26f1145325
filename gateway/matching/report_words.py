"""What a report or a description says was examined: modalities and body parts in English, German, Spanish and Chinese.

Sentences that compare with other examinations do not count. Words are matched at their beginnings, so that
"Schädelbasis" speaks of the head; abbreviations only whole, and those of modalities only in capitals: Mr, Dr and pt are
people. A text in nothing but capitals cannot tell, so the ones that may be people do not count in it. Body parts are
the few regions that a request tells apart.
"""

import re
from functools import lru_cache

_MODALITIES = {
    "CT": "ct cct hrct cta tc tac ldct ;comput tomogra tomodensit skan computertomogra;电脑断层 计算机断层 断层扫描",
    "MR": "mr mri mrt cmrt rm rmn irm mra mrcp;magnet resonan kernspin magnetresonan resonancia;磁共振 核磁",
    "CR": "cr dx dr xr cxr rx pa;radiogra röntgen roentgen x-ray xray plain-film placa;平片 胸片 拍片",
    "US": "us usg;ultraso sonogra ecogra echogra doppler ecodoppler;超声 彩超 多普勒",
    "MG": "mg mmg;mammo mamogra;钼靶 乳腺摄影",
    "PT": "pet pt;positron fdg;正电子",
    "NM": "nm spect;szintigra scintigra gammagra;闪烁 骨显像",
    "XA": "xa dsa;angiogra;血管造影",
    "RF": "rf;fluoro durchleucht;透视",
}
_SAME_MODALITY = {
    "DX": "CR",
    "DR": "CR",
    "PX": "CR",
    "IO": "CR",
    "RG": "CR",
    "PET": "PT",
    "MRI": "MR",
    "IVUS": "US",
    "ST": "NM",
}
_BODY_PARTS = {
    "HEAD": "ccd ncct;head brain skull cranial cranium cerebr intracran kopf schädel schaedel hirn gehirn neurocran "
    "cabeza cráneo "
    "craneo cerebro encéf encef orbit sinus sella hypophys pituit pons ventricul;头 颅 脑 垂体 鼻窦 眼眶",
    "NECK": "hals;neck cervical-soft thyroid schilddrüse cuello tiroid larynx laring carotid;颈部 甲状腺 喉",
    "CHEST": "cxr;chest thorax thora lung pulmon brust tórax torax mediastin cardiac heart herz coron pleura rib;胸 "
    "肺 纵隔 心脏 冠状",
    "BREAST": "brust;breast mamma mama mamogra mammogra;乳腺 乳房",
    "ABDOMEN": "kub;abdom liver hepat leber hígado higado kidney renal niere pancrea pankrea spleen splen bauch "
    "oberbauch gallen "
    "gallbladder biliar riñón;腹 肝 胆 胰 肾 脾",
    "PELVIS": "pelv becken hip hüfte huefte cadera prostat uter ovar bladder blase vejiga;盆 髋 前列腺 子宫 膀胱",
    "SPINE": "hws bws lws;spin vertebr wirbel columna lumbar lumbosacr cervical-spine rachis sacr;脊 椎",
    "SHOULDER": ";shoulder schulter hombro humer;肩",
    "ARM": ";elbow ellenbogen codo forearm unterarm antebrazo;肘 前臂",
    "HAND": ";hand wrist handgelenk muñeca muneca finger mano carp;手 腕",
    "KNEE": ";knee knie rodilla menisc;膝",
    "LEG": ";femur thigh oberschenkel unterschenkel muslo tibia fibula leg;股骨 小腿 大腿",
    "FOOT": "pie fuß fuss;foot ankle sprunggelenk fuß tobillo heel calcan;足 踝",
}
_SAME_BODY_PART = {
    "BRAIN": "HEAD", "SKULL": "HEAD", "CSPINE": "SPINE", "LSPINE": "SPINE", "TSPINE": "SPINE", "LUNG": "CHEST",
    "THORAX": "CHEST",
    "HEART": "CHEST", "LIVER": "ABDOMEN", "KIDNEY": "ABDOMEN", "HIP": "PELVIS", "WRIST": "HAND", "ANKLE": "FOOT",
    "ELBOW": "ARM",
    "THIGH": "LEG", "CALF": "LEG", "EXTREMITY": "", "WHOLEBODY": "", "UNKNOWN": "", "OTHER": "", "NONE": "",
}  # fmt: skip
_COMPARING = re.compile(
    r"compar|prior|previous|vergleich|voraufnahm|voruntersuch|korrelier|correlat|anterior|previo|对比|比较|前片|既往",
    re.IGNORECASE,
)
_SENTENCES = re.compile(r"(?<=[.!?;。；！？])\s*|\n+|<br\s*/?>")
_WORDS = re.compile(r"[^\W\d_一-鿿]+(?:-[^\W\d_一-鿿]+)*")
_PEOPLE = frozenset({"mr", "dr", "pt", "us", "pa"})
_MOST = 20_000


def said_modalities(text: str) -> frozenset[str]:
    """Return the modalities that a text speaks of, as DICOM defined terms."""
    return _said(text, _tables()[0], capitals=True)


@lru_cache(1024)
def said_body_parts(text: str) -> frozenset[str]:
    """Return the body parts that a text speaks of."""
    return _said(text, _tables()[1])


def same_modality(modality: str) -> str:
    """Return a modality under the term that stands for its kind: every plain film is CR."""
    term = modality.strip().upper()
    return _SAME_MODALITY.get(term, term)


@lru_cache(4096)
def same_body_part(body_part: str) -> str:
    """Return the region of a Body Part Examined; empty where it names none."""
    term = re.sub(r"[^A-Z]", "", body_part.upper())
    if term in _SAME_BODY_PART:
        return _SAME_BODY_PART[term]
    said = said_body_parts(body_part)
    return min(said) if len(said) == 1 else term


Table = tuple[tuple[str, frozenset[str], tuple[str, ...], tuple[str, ...]], ...]


@lru_cache(1)
def _tables() -> tuple[Table, Table]:
    tables = []
    for source in (_MODALITIES, _BODY_PARTS):
        rows = []
        for term, words in source.items():
            whole, starts, han = ([*words.split(";"), "", ""])[:3]
            rows.append((term, frozenset(whole.split()), tuple(starts.split()), tuple(han.split())))
        tables.append(tuple(rows))
    return tables[0], tables[1]


def _said(text: str, table: Table, *, capitals: bool = False) -> frozenset[str]:
    kept = " \n".join(part for part in _SENTENCES.split(text[:_MOST]) if part and not _COMPARING.search(part))
    words = {each for word in _WORDS.findall(kept) for each in (word, *word.split("-"))}
    folded = {word.casefold() for word in words}
    short = {word.casefold() for word in words if sum(map(str.isupper, word)) > 1} if capitals else folded
    if capitals and kept.isupper():
        short -= _PEOPLE
    return frozenset(
        term
        for term, whole, starts, han in table
        if short & whole or any(word.startswith(starts) for word in folded if starts) or any(c in kept for c in han)
    )
