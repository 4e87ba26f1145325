"""A known person's short and pet names go where they are written as names; words that look like them stay."""

import pytest

from anonymizer import KnownIdentity, clean_text, leaks
from anonymizer.nicknames import nicknames


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("Smith^Robert", "Bob reports pain, Bobby's wife too", "[name] reports pain, [name]'s wife too"),
        ("Smith^Bob", "Robert reports pain", "[name] reports pain"),
        ("Smith^William", "We asked Will; Billy came", "We asked [name]; [name] came"),
        ("Jones^Margaret", "Peggy and MAGGIE fell", "[name] and [name] fell"),
        ("Schmidt^Johannes", "Hans hustet", "[name] hustet"),
        ("García^María José", "Pepe refiere", "[name] refiere"),
        ("Петров^Александр", "Саша жалуется, у Саши боли", "[name] жалуется, у [name] боли"),
        ("Петров^Александр", "Sasha complains", "[name] complains"),
        ("Petrov^Aleksandr", "у Саши боли", "у [name] боли"),
        ("Γεωργίου^Γεώργιος", "ο Γιώργος", "ο [name]"),
        ("王^小明", "小王诉头痛；老王，男", "[name]诉头痛；[name]，男"),
        ("Robert Smith", "seen with Rob", "seen with [name]"),
        ("Doe^Raymond", "seen with Ray", "seen with [name]"),
        ("Huber^Gerhard", "Gerd hustet, und Max nicht", "[name] hustet, und Max nicht"),
        ("Huber^Maximilian", "dass Max hustet", "dass [name] hustet"),
        ("Huber^Maximilian", "the Son (Max) Often; Max often coughs", "the Son ([name]) Often; [name] often coughs"),
        ("Петров^Григорий", "у Гриши боли, Гриша", "у [name] боли, [name]"),
        ("Smith^Robert", "seen with bobby", "seen with [name]"),
        ("Jones^Margaret", "we asked maggie's son", "we asked [name]'s son"),
        ("Kowalska^Małgorzata", "u Gosi nie stwierdzono, gośka", "u [name] nie stwierdzono, [name]"),
        ("García^Francisco", "dice paquito? no, Paco", "dice paquito? no, [name]"),
        ("Rossi^Alessandro", "visto con sandro", "visto con [name]"),
        ("Silva^Sebastião", "o Tião refere", "o [name] refere"),
        ("Nagy^István", "Pista panaszai, pisti", "[name] panaszai, [name]"),
    ],
)
def test_a_nickname_of_a_known_name_goes(name, text, expected) -> None:
    known = KnownIdentity(names=(name,))
    assert clean_text(text, known) == expected
    assert leaks(text.encode(), known) == ["name"]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("Smith^William", "Will follow up. The bill was paid. WILL FOLLOW UP"),
        ("Smith^Robert", "robbed, bobbing, rob"),
        ("Jones^Margaret", "MEG of the brain"),
        ("Doe^Edward", "ED visit"),
        ("Smith^John", "a jack, and nick; anyone else"),
        ("Doe^Elisabeth", "someone else; the margin"),
        ("García^Francisco", "chico de 5 años, pista"),
        ("Doe^Albert", "AL amyloidosis"),
        ("Schmidt^Johannes", "zuletzt Jan 2 mm"),
        ("Huber^Maximilian", "SUVmax 4, Max 5 mm"),
        ("Костин^Константин", "Кости без изменений, кости"),
        ("Петрова^Полина", "Поля лёгких чистые, поля"),
        ("王^小明", "老年王国，小王国"),
        ("Robert^Jane", "seen with Bob"),
        ("Doe^Raymond", "Chest X-Ray and X Ray, Gamma Ray"),
        ("Doe^Leonard", "the Lens is clear"),
        ("Doe^Edward", "wears TEDs, Ted stockings"),
        ("Doe^Christopher", "c-Kit positive"),
        ("Doe^Victoria", "Mandibular Tori, large Tori palatini"),
        ("Huber^Maximilian", "SUV Max of 4, T-Max map; the Max diameter"),
        ("Huber^Gerhard", "bekannte GERD"),
        ("Huber^Wolfgang", "ein Wolf-Parkinson-White-Syndrom"),
        ("García^Concepción", "gran Concha bullosa, Concha media"),
        ("Петров^Григорий", "МРТ: Грыжа диска, Грыжи"),
        ("Петрова^Софья", "МРТ Шейного отдела"),
        ("Παππάς^Αθανάσιος", "Σάκου μηνιγγικού. Σάκου"),
    ],
)
def test_words_that_look_like_a_nickname_stay(name, text) -> None:
    assert clean_text(text, KnownIdentity(names=(name,))) == text


def test_family_names_have_no_nicknames_and_the_known_ones_are_no_others() -> None:
    assert nicknames(("Robert^Jane",)) == frozenset()
    assert "robert" not in nicknames(("Smith^Robert",))
