"""Names agree across order, case, diacritics, parting and scripts; the sound alone supports and never decides."""

from dataclasses import replace

import pytest

from gateway.matching import CaseKeys, StudyKeys, rank
from gateway.matching.blocking import case_block_keys, study_block_keys
from gateway.matching.names import NameAgreement, compare_names, compare_writings

A = NameAgreement
STUDY = StudyKeys(study_instance_uid="1.2.3", accession_number="A-17", birth_date="19600102", study_date="20250301")
CASE = CaseKeys(case_id=1, case_number="1000000017", birth_date="19600102")


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("Miller^Jane", "Jane Miller", A.EQUAL),
        ("MILLER^JANE", "miller, jane", A.EQUAL),
        ("Müller^Hans", "Mueller Hans", A.EQUAL),
        ("Müller^Hans", "Muller Hans", A.EQUAL),
        ("MULLER^HANS", "Mueller Hans", A.EQUAL),
        ("Weiß^Jürgen", "WEISS^JUERGEN", A.EQUAL),
        ("Schaefer^Eva", "Eva Schäfer", A.EQUAL),
        ("Dr. Weiß^Jürgen", "Weiß^Jürgen", A.EQUAL),
        ("O'Brien^Sean", "Sean Obrien", A.EQUAL),
        ("Wang^XiaoMing", "Xiao Ming Wang", A.EQUAL),
        ("Wang^Xiao-Ming", "Wang Xiaoming", A.EQUAL),
        ("Wang^XiaoMing=王^小明", "王小明", A.EQUAL),
        ("=王^小明", "王小明", A.EQUAL),
        ("王偉", "王^伟", A.EQUAL),
        ("Wang^XiaoMing=王^小明", "Wang Xiaoming", A.EQUAL),
        ("Yamada^Tarou=山田^太郎=やまだ^たろう", "山田太郎", A.EQUAL),
        ("ﾔﾏﾀﾞ^ﾀﾛｳ=山田^太郎", "ヤマダ タロウ", A.EQUAL),
        ("=山田^太郎=やまだ^たろう", "ヤマダ タロウ", A.EQUAL),
        ("Hong^Gildong=洪^吉洞=홍^길동", "홍길동", A.EQUAL),
        ("Miller^Jane^Ann", "Jane Miller", A.PARTLY),
        ("García López^María", "Maria Garcia", A.PARTLY),
        ("Müller-Schmidt^Anna", "Anna Müller", A.PARTLY),
        ("Anna Müller geb. Schmidt", "Schmidt^Anna", A.PARTLY),
        ("de la Cruz^Juan", "Juan Cruz", A.PARTLY),
        ("Miller^J", "Jane Miller", A.INITIALS),
        ("Smith^William^Henry", "Bill Smith", A.SHORT),
        ("García^José", "Pepe García", A.SHORT),
        ("Иванов^Александр^Петрович", "Саша Иванов", A.SHORT),
        ("Smith^Robert", "Bill Smith", A.ONE_PART),
        ("Bill", "William", A.DIFFERENT),
        ("Miller^Jane", "Jane Miler", A.SIMILAR),
        ("Bauer^Hans", "Hans Baur", A.SIMILAR),
        ("Miller", "Miller^Jane", A.INCOMPLETE),
        ("Miller^Jane", "Miller^Robert", A.ONE_PART),
        ("Schmidt^Anna", "Müller^Anna", A.GIVEN),
        ("Schmidt^Jürgen", "Juergen Müller", A.GIVEN),
        ("Schmidt^Anna^Lena", "Müller^Anna", A.GIVEN),
        ("Anna Schmidt", "Anna Müller", A.ONE_PART),
        ("Müller^Anna Lena", "Müller^Anna Marie", A.ONE_PART),
        ("Müller^Baby A", "Müller^Baby B", A.ONE_PART),
        ("Müller^Baby1", "Müller^Baby2", A.ONE_PART),
        ("Müller^Hans^^^Jr", "Hans Müller sen.", A.ONE_PART),
        ("Müller^Hans^^^III", "Müller^Hans^^^II", A.ONE_PART),
        ("Müller^Hans^^^Jr", "Müller^Hans", A.EQUAL),
        ("Kim^Minji", "Kim^Jimin", A.ONE_PART),
        ("김^민지", "Kim Jimin", A.UNREAD),
        ("Lee^An", "Lee^Na", A.ONE_PART),
        ("Miller^Jane", "Okafor^Chidi", A.DIFFERENT),
        ("王^小明", "李^小明", A.DIFFERENT),
        ("Wang^Wei=王^伟", "Wang^Wei=王^薇", A.HOMOPHONE),
        ("王^伟", "王薇", A.HOMOPHONE),
        ("", "Jane Miller", A.UNKNOWN),
        ("^^^^", "Jane Miller", A.UNKNOWN),
    ],
)
def test_names_agree_across_order_case_diacritics_and_scripts(one: str, other: str, expected: NameAgreement) -> None:
    assert compare_names(one, other) is expected
    assert compare_names(other, one) is expected


READINGS = [
    ("王^小明", "Wang Xiaoming", "Chinese"),
    ("王^小明", "Hsiao-ming Wang", "Chinese"),
    ("Wang^Xiaoming", "Hsiao-ming Wang", "Chinese"),
    ("曾^国藩", "Zeng Guofan", "Chinese"),
    ("曾^國藩", "Tseng Kuo-fan", "Chinese"),
    ("单^雄信", "Shan Xiongxin", "Chinese"),
    ("毛^泽东", "Mao Tse-tung", "Chinese"),
    ("邓^小平", "Teng Hsiao-p'ing", "Chinese"),
    ("欧阳^修", "Ouyang Xiu", "Chinese"),
    ("吕^布", "Lyu Bu", "Chinese"),
    ("山田^太郎", "Yamada^Taro", "Japanese"),
    ("やまだ^たろう", "Yamada Tarou", "Japanese"),
    ("ヤマダ^タロウ", "Tarō Yamada", "Japanese"),
    ("ほんま^じゅんいち", "Homma Jun'ichi", "Japanese"),
    ("さとう^ゆうこ", "Satoh Yuko", "Japanese"),
    ("すずき^しょうた", "Suzuki Syouta", "Japanese"),
    ("김^철수", "Kim Chul-soo", "Korean"),
    ("김^철수", "Gim Cheolsu", "Korean"),
    ("이^영희", "Lee Younghee", "Korean"),
    ("이^영희", "Yi Yeong-hui", "Korean"),
    ("이^영희", "Rhee Young Hee", "Korean"),
    ("박^지성", "Park Ji-sung", "Korean"),
    ("최^민수", "Choi Min Soo", "Korean"),
    ("Lee^Younghee", "Rhee Yeong-hui", "Korean"),
]


@pytest.mark.parametrize(("native", "written", "language"), READINGS)
def test_native_name_and_its_romanisation_agree_by_the_sound_either_way(
    native: str, written: str, language: str
) -> None:
    for one, other in ((native, written), (written, native)):
        found = compare_writings(one, other)
        assert (found.agreement, found.language) == (A.SOUND, language)


@pytest.mark.parametrize(("native", "written", "language"), READINGS)
def test_romanised_name_finds_its_case_by_the_sound_and_supports_it(native: str, written: str, language: str) -> None:
    for one, other in ((native, written), (written, native)):
        study, case = replace(STUDY, name=one), replace(CASE, name=other, birth_date="")
        assert study_block_keys("north", study).narrowing & case_block_keys("north", case).narrowing
        (found,) = rank(study, [case, replace(case, case_id=2, name="Okafor Chidi")])[:1]
        assert found.case_id == 1
        assert f"name equal in its {language} reading" in found.reasons


@pytest.mark.parametrize(("native", "written", "language"), READINGS)
def test_the_sound_alone_never_links_and_with_identifier_and_birth_date_it_does_not_hinder(
    native: str, written: str, language: str
) -> None:
    study = replace(STUDY, name=native, birth_date="")
    case = replace(CASE, name=written, accession_numbers=frozenset({"A-17"}), study_date="20250301")
    assert not rank(study, [case])[0].certain
    assert rank(replace(study, birth_date="19600102"), [case])[0].certain


def test_name_that_is_written_otherwise_is_never_linked_though_it_sounds_the_same() -> None:
    study = replace(STUDY, name="Wang^Wei=王^伟")
    case = replace(CASE, name="Wang^Wei=王^薇", accession_numbers=frozenset({"A-17"}), study_date="20250301")
    assert not rank(study, [case])[0].certain
    assert rank(study, [replace(case, name="Wang^Wei")])[0].certain


def test_birth_name_in_the_header_finds_the_case_under_the_name_before_the_wedding() -> None:
    study = replace(STUDY, name="Schmidt^Anna", other_names=frozenset({"Müller^Anna"}))
    (found,) = rank(study, [replace(CASE, name="Anna Mueller")])
    assert "name equal" in found.reasons


@pytest.mark.parametrize(
    "name",
    [
        *("ANONYMOUS", "Anon^0017", "ANON^PATIENT", "UNKNOWN^UNKNOWN", "Unbekannt^", "TEST^PATIENT"),
        *("Paciente desconocido", "Anonymous=匿名", "测试患者"),
    ],
)
def test_what_stands_in_a_name_s_place_is_no_other_name(name: str) -> None:
    (found,) = rank(replace(STUDY, name=name), [replace(CASE, name="Müller^Anna")])
    assert not [each for each in found.reasons if each.startswith("name")]
    assert compare_names(name, "Müller^Anna") is A.UNKNOWN
    assert compare_names("Test^Anna", "Müller^Anna") is not A.UNKNOWN
