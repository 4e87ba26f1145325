"""What stands behind a label of a name and is none: how a patient is, lies or came, what is not told, a bed.

A value is none where all its words are words of reports, or where one of them joins words to a sentence. Names have too
few letters in common with either to be told by their form, so that a name that is a word of reports too (Long, May) is
one only beside a word that is none. What may be a Chinese name (Li, Na) is one.
"""

import re

from anonymizer.labelled_text import labelled_in
from anonymizer.wording import prose_vocabulary
from gateway.matching.chinese import syllables

_MOST_WORDS, _A_NAME, _MOST_SYLLABLES = 6, 2, 3
_LONGEST_INITIAL = 2  # with its point
_HOW_PATIENTS_ARE = """
    aggressive agitated alert ambulant ambulante ambulanter ambulatorio ambulatory anxious anxiety asleep awake back
    breathing combative consciente conscious constitution cooperative cooperation deceased disoriented drowsy
    dyspneic dyspnoeic elderly emergency febrile fasted fasting frail historian hospitalised hospitalized
    hospitalizada hospitalizado immobile ingresada ingresado inpatient intubada intubado intubated intubiert
    kooperativ limitations mobility morbid mobile monitored motion mute nervous non nonverbal obese oriented
    outpatient overweight poor poorly positioning prone quiet respirator restless sedada sedado sedated sediert
    sleepy speaking stationär stationärer stationäre stretcher supine trauma transported tremor unable unconscious
    uncooperative unkooperativ unresponsive unruhig urgencias ventilated verbal verwirrt very weak well wheelchair
    young übergewichtig adipös adipöse adipöser beatmet liegend rollstuhl schwanger schwerhörig sitzend nüchtern
    dement demente dementer somnolent agitiert agitiertes unvollständig embarazada agitada agitado colaborador
    colaboradora inconsciente informante inquieta inquieto mal obesa obeso poco cooperador cooperadora sedestación
    decúbito camilla silla ruedas
"""
_WHAT_PATIENTS_DO = """
    angefahren arrived bewegt bewegte breathed breathes coughed coughing counseled informed consented cried deep
    identified jerked moved moves moving movido movió moverse refused refuses said screamed spoke states struggled
    tolerated tolerates vomited vomiting walked hyperventilated hyperventilating completed consent complains
    complained denies denied presented presents reports reported reposicionado tosió toleró
"""
_WHAT_IS_NOT_TOLD = """
    above aforementioned angegeben angabe angaben anonymous available below bekannt consta datos declined dieselbe
    derselbe disclosed disponible documented entered especificado file given herself himself identificado illegible
    keine kein known legible listed mentioned missing myself name n/a na named nicht ninguna ninguno no none not
    noted obtained oben obtainable omitted pending proporcionado proporcionada provided recorded registrado same
    self siehe sin specified state stated supplied unavailable unbekannt unidentified unknown unlesbar unleserlich
    unten verfügbar vorhanden vorliegend wie withheld ditto idem dito dto desconocida desconocido arriba mismo misma
    see sealed to be determined tbd tbc confirmed
"""
_WHERE_PATIENTS_LIE = """
    bay bed beds bett betten bettplatz box cama camas cubicle floor habitación habitacion icu imc its itu kabine
    liege nicu picu planta platz room rooms saal sala station trolley uci unit ward wards wing zimmer
"""
_LISTED = frozenset(
    word for words in (_HOW_PATIENTS_ARE, _WHAT_PATIENTS_DO, _WHAT_IS_NOT_TOLD) for word in words.split()
)
_PLACES = frozenset(_WHERE_PATIENTS_LIE.split())
_JOINING = """
    after antes because before desde despite due during durante nach nicht not ohne porque según since though tras
    trotz until was wegen were when while who with without während wurde
"""
_JOINS = frozenset(_JOINING.split())
_PARTICLES = frozenset({"al", "bin", "bint", "da", "das", "de", "del", "della", "der", "di", "do", "dos", "du", "el"})
_PARTICLES |= {"ibn", "la", "le", "van", "vom", "von", "y", "zu", "zum", "zur"}
_NO_NATIVE_NAME = re.compile(
    r"(?!不破)[不未无無非]|[同如见見][上下前]$|[保略待暂暫拒][密略定无無缺绝絕]?$|床[号號位]|.*(?:[\d一二三四五六七八九十]床|病房|病区|病區|病人|患者|检查|檢查|提供|配合|填写|填寫)"
    r"|(?:安静|安靜|平卧|平臥|平车|平車|全麻|危重|高龄|高齡|高热|高熱|清醒|镇静|鎮靜|昏迷|一般|神志|急诊|急診|门诊|門診|住院)"
)


def is_a_name(text: str) -> bool:
    """Say whether what stands behind a label of a name is one."""
    text = text.strip()
    if any(each > "\u2e7f" for each in text):
        return not _NO_NATIVE_NAME.match(text) and any(kind == "name" for kind, _ in labelled_in(f"患者:{text}\n"))
    words = [bare for word in re.split(r"[\s,^;/+]+", text.casefold()) if (bare := word.strip("-'’"))]
    of_reports = all(_is_of_reports(word, is_place="," not in text) for word in words)
    if (of_reports and not _may_be_chinese(words)) or (len(words) > _A_NAME and any(word in _JOINS for word in words)):
        return False
    given = [word for word in re.split(r"[\s,^]+", text) if word]
    capital = (word[:1].isupper() or not word[:1].isalpha() or word in _PARTICLES for word in given)
    cased = text.upper() != text.lower()
    return 1 < len(given) <= _MOST_WORDS and (not cased or all(capital))


def _may_be_chinese(words: list[str]) -> bool:
    """Say whether words are the syllables of a surname and a given name in pinyin."""
    return _A_NAME <= len(words) <= _MOST_SYLLABLES and all((word,) in syllables(word) for word in words)


def _is_of_reports(word: str, *, is_place: bool) -> bool:
    """Say whether a word is one of reports; one of a place (Ward) is a name where a comma parts it from another."""
    bare = word.rstrip(".") if len(word) > _LONGEST_INITIAL else word
    return bare in _LISTED or (is_place and bare in _PLACES) or prose_vocabulary().covers(bare)
