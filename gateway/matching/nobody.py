"""What stands in a name's place and names nobody: an anonymised disc, an emergency before anybody was asked, a test.

A name made of such words alone is not told: it is no other name than the patient's. A word that is also somebody's name
counts in company only, as in "Test Patient"; beside another name it is one (Anna Test).
"""

from functools import lru_cache

from gateway.matching.spelling import bare_word, strip_marks, writings

_WORDS = """
    anonymous anonymus anonymized anonymised anonymize anonym anonyme anonymisiert anonymisierter anonymisierte
    anonymer anonimo anonima anonimizado anonimizada anonymisé anonymisée anon anonpatient anonymouspatient
    deidentified deid pseudonymized pseudonymisiert removed redacted hidden
    unknown unk unnamed noname unidentified unbekannt unbekannte unbekannter namenlos
    desconocido desconocida inconnu inconnue sconosciuto sconosciuta unknownpatient
    test testpatient patienttest testing dummy phantom qaphantom xxx xxxx xxxxx
    匿名 匿名患者 未知 不详 無名 无名 无名氏 测试 测试患者 測試 テスト 익명 무명
    неизвестный неизвестная неизвестно аноним анонимный анонимная без тест тестовый тестовая
    невідомий невідома анонім непознат непозната
    άγνωστος άγνωστη αγνώστου ανώνυμος ανώνυμη χωρίς δοκιμή τεστ
    مجهول مجهولة ناشناس غير بدون اختبار تجربة
    אלמוני אלמונית פלוני פלונית אנונימי אנונימית ללא טסט
"""
_WORDS_BESIDE = """
    patient paciente patientin person name no not known the of nombre male female m f 患者
    пациент пациентка имени имя пацієнт пацієнтка імені ασθενής όνομα στοιχεία
    الهوية معروف معروفة اسم مريض مريضة بیمار חולה מטופל מטופלת שם
"""
_NOBODY = frozenset(map(bare_word, _WORDS.split()))
_BESIDE = frozenset(map(bare_word, _WORDS_BESIDE.split()))
_DIGITS = "0123456789"


@lru_cache(8192)
def names_nobody(name: str) -> bool:
    """Say whether a name is made of nothing but words that stand in a name's place, whatever number is behind them."""
    words = [strip_marks(word).rstrip(_DIGITS) for writing in writings(name) for word in writing.words]
    told = [word for word in words if word]
    return any(word in _NOBODY for word in told) and all(word in _NOBODY or word in _BESIDE for word in told)
