"""Names in Cyrillic, Greek, Arabic and Hebrew letters agree with their Latin spellings, and nobody else's does."""

from dataclasses import replace
from io import BytesIO

import pytest
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian

from gateway.headers import read_header
from gateway.matching import CaseKeys, StudyKeys, rank
from gateway.matching.blocking import case_block_keys, study_block_keys
from gateway.matching.evidence import Population, compare
from gateway.matching.facts import Fact
from gateway.matching.name_parts import NameParts, compare_parts
from gateway.matching.names import NameAgreement, compare_names, compare_writings

A = NameAgreement
STUDY = StudyKeys(study_instance_uid="1.2.3", accession_number="A-17", birth_date="19600102", study_date="20250301")
CASE = CaseKeys(case_id=1, case_number="1000000017", birth_date="19600102")
ROMANISED = [
    ("Cyrillic", "Щербаков^Евгений", "Yevgeny Shcherbakov", "Shcherbakov Evgenii", "Jewgeni Schtscherbakow"),
    ("Cyrillic", "Щербаков^Евгений", "Evgueni Chtcherbakov", "Ščerbakov Evgenij", "Evgeniy Shcherbakoff"),
    ("Cyrillic", "Соловьёв^Юрий", "Yuri Solovyov", "Solovev Iurii", "Juri Solowjow"),
    ("Cyrillic", "СОЛОВЬЕВ^ЮРИЙ", "Yury Soloviev", "Iouri Soloviev", "Jurij Solov'ev"),
    ("Cyrillic", "Чайковская^Елена", "Elena Chaikovskaia", "Jelena Tschaikowskaja", "Yelena Tchaikovskaya"),
    ("Cyrillic", "Иванов^Иван^Петрович", "Ivan Ivanov", "Ivanov Ivan Petrovich", "Iwan Petrowitsch Iwanow"),
    ("Cyrillic", "Иванов^Александр", "Alexander Ivanov", "Alexandre Ivanoff", "Oleksandr Ivanov"),
    ("Cyrillic", "Шевченко^Григорій", "Hryhorii Shevchenko", "Schewtschenko Hryhorij", "Grigory Shevchenko"),
    ("Cyrillic", "Ђорђевић^Милош", "Miloš Đorđević", "Djordjevic Milos", "Dordevic Milosh"),
    ("Cyrillic", "Желев^Христо", "Hristo Zhelev", "Khristo Jelev", "Christo Želev"),
    ("Greek", "Παπαδόπουλος^Γεώργιος", "Georgios Papadopoulos", "PAPADOPULOS GEORGIOS", "Papadopoulos, Yeoryios"),
    ("Greek", "ΓΕΩΡΓΙΟΥ^ΕΥΑΓΓΕΛΙΑ", "Evangelia Georgiou", "Georgiou Evaggelia", "Euangelia Georgiu"),
    ("Greek", "Μπακογιάννης^Χρήστος", "Christos Bakogiannis", "Mpakogiannis Chrestos", "Hristos Bakoyannis"),
    ("Greek", "Ντάσιου^Ελευθερία", "Eleftheria Dasiou", "Ntasiou Eleutheria", "Eleftheria Dassiou"),
    ("Arabic", "حسن^محمد", "Mohammed Hassan", "Hasan Muhammad", "Mohamed Hassan"),
    ("Arabic", "السيد^عبد الرحمن", "Abdul Rahman El-Sayed", "Abdelrahman Alsayed", "Abd al-Rahman Sayed"),
    ("Arabic", "بن علي^يوسف", "Youssef Ben Ali", "Yusuf Ali", "Yousef bin Aly"),
    ("Arabic", "احمدی^رضا", "Reza Ahmadi", "Ahmadi Rida", "Ridha Ahmadi"),
    ("Arabic", "سعاد^رائد", "Raed Souad", "Raid Suad", "Suaad Raaid"),
    ("Arabic", "فوزي^وائل", "Wael Faouzi", "Wail Fawzi", "Wa'el Fauzi"),
    ("Hebrew", "כהן^דוד", "David Cohen", "Kohen David", "Cohen, David"),
    ("Hebrew", "מזרחי^שרה", "Sarah Mizrahi", "Mizrachi Sara", "Sara Mizrahi"),
    ("Hebrew", "בר־לב^רחל", "Rachel Bar-Lev", "Bar Lev Rahel"),
]  # fmt: skip
PAIRS = [(language, native, latin) for language, native, *ways in ROMANISED for latin in ways]


@pytest.mark.parametrize(("language", "native", "latin"), PAIRS)
def test_a_name_agrees_by_its_sound_with_every_usual_romanisation_either_way(language, native, latin) -> None:
    for one, other in ((native, latin), (latin, native)):
        found = compare_writings(one, other)
        assert (found.agreement, found.language) == (A.SOUND, language)
        assert compare_parts(one, other) == NameParts(Fact.NEAR, Fact.NEAR)


@pytest.mark.parametrize(("language", "native", "latin"), PAIRS)
def test_a_romanised_name_finds_its_case_by_name_and_year_of_birth_and_links_only_with_an_identifier(
    language, native, latin
) -> None:
    for one, other in ((native, latin), (latin, native)):
        study, case = replace(STUDY, name=one, birth_date="19600405"), replace(CASE, name=other)
        assert study_block_keys("north", study).narrowing & case_block_keys("north", case).narrowing
        (found,) = rank(replace(STUDY, name=one), [case])
        assert f"name equal in its {language} reading" in found.reasons and not found.certain
        named = replace(case, accession_numbers=frozenset({"A-17"}), study_date="20250301")
        assert rank(replace(STUDY, name=one), [named])[0].certain


@pytest.mark.parametrize(
    ("native", "latin"),
    [
        ("Иванов^Иван", "Ivlev^Ivan"),
        ("Иванов^Иван", "Ivanov^Petr"),
        ("Иванов^Иван^Петрович", "Ivanov^Ivan^Sergeevich"),
        ("Петров^Александр", "Petrova^Aleksandra"),
        ("Петрова^Мария", "Petrov^Mario"),
        ("Иванов^И", "Ivanov^I"),
        ("Смирнов^Сергей", "Semenov^Sergei"),
        ("Παπαδόπουλος^Μάριος", "Papadopoulou^Maria"),
        ("Παπαδοπούλου^Μαρία", "Papadopoulos^Maria"),
        ("Αντωνίου^Νίκος", "Antonios^Nikos"),
        ("حسن^علي", "Hassan^Alia"),
        ("علي^حسن", "Ali^Hussein"),
        ("علي^حسين", "Ali^Hassan"),
        ("علي^محمد", "Ali^Mahmoud"),
        ("علي^محمود", "Ali^Mohammed"),
        ("علي^أحمد", "Ali^Hamid"),
        ("كريم^علي", "Karima^Ali"),
        ("حمد^علي", "Ahmad^Ali"),
        ("علي^نور", "Ali^Anwar"),
        ("علي^حسن", "Ali^Ihsan"),
        ("علي^جمال", "Ali^Jamil"),
        ("علي^جمال", "Ali^Jameel"),
        ("علي^سعد", "Ali^Saeed"),
        ("أحمد^محمد", "Muhammad^Ahmad"),
        ("محمد أحمد علي", "Ahmad Ali"),
        ("כהן^דן", "Cohen^Dina"),
        ("כהן^רן", "Cohen^Oren"),
        ("לוי^משה", "Levi^Michal"),
        ("Иванов^Иван", "Γεωργίου^Ιωάννης"),
        ("Иванов", "Ivanov"),
    ],
)
def test_another_name_does_not_agree_and_a_person_is_asked(native, latin) -> None:
    assert compare_names(native, latin) is A.UNREAD
    assert compare_names(latin, native) is A.UNREAD
    study = replace(STUDY, name=native)
    case = replace(CASE, name=latin, accession_numbers=frozenset({"A-17"}), study_date="20250301")
    assert not rank(study, [case])[0].certain


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("Королёв^Семён", "КОРОЛЕВ СЕМЕН", A.EQUAL),
        ("ΓΕΩΡΓΙΟΥ^ΜΑΡΙΑ", "Μαρία Γεωργίου", A.EQUAL),
        ("أحمدي^فاطمة", "احمدی فاطمة", A.EQUAL),
        ("Иванов^Иван^Петрович", "Иван Иванов", A.PARTLY),
        ("Иванов^Иван", "Иваноф Иван", A.SIMILAR),
        ("Шевченко^Григорiй", "Шевченко^Григорій", A.EQUAL),
        ("Иванов^Иван", "Иванов^Пётр", A.ONE_PART),
        ("Иванов^Иван", "Ивлев^Иван", A.GIVEN),
        ("علي^حسن", "علي^حسين", A.ONE_PART),
        ("Ivanov^Ivan=Иванов^Иван", "Ivanov^Ivan=Иванов^Пётр", A.ONE_PART),
        ("Đorđević^Miloš", "Djordjevic Milos", A.EQUAL),
    ],
)
def test_names_in_one_alphabet_are_compared_word_by_word(one, other, expected) -> None:
    assert compare_names(one, other) is expected
    assert compare_names(other, one) is expected


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("علي^محمد 1", "علي^محمد 2"),
        ("علي^محمد ١", "علي^محمد 2"),
        ("Παπαδόπουλος^Γεώργιος 1", "Παπαδόπουλος^Γεώργιος 2"),
        ("כהן^דוד 1", "כהן^דוד 2"),
        ("כהן^דוד1", "כהן^דוד2"),
        ("כהן^דוד 1", "Cohen^David 2"),
        ("Иванов^Иван", "Ivanov^Ivan2"),
    ],
)
def test_twins_told_apart_by_a_number_are_linked_by_nobody_but_a_person(one, other) -> None:
    assert compare_names(one, other) in {A.ONE_PART, A.UNREAD}
    study = replace(STUDY, name=one)
    case = replace(CASE, name=other, accession_numbers=frozenset({"A-17"}), study_date="20250301")
    assert not rank(study, [case])[0].certain


@pytest.mark.parametrize(
    "name", ["כהן^תאום", "כהן^תינוק", "علي^طفلة", "علي^توأم", "Γεωργίου^ΝΕΟΓΝΟ", "Иванова^Новорождённая"]
)
def test_a_newborn_without_a_name_tells_no_given_name_in_any_alphabet(name) -> None:
    assert compare_parts(name, name).given is Fact.UNTOLD


@pytest.mark.parametrize(
    "name",
    [
        "Неизвестный^Неизвестный",
        "Тест^Пациент",
        "без имени",
        "Άγνωστος^Άγνωστος",
        "مجهول^مجهول",
        "مجهول الهوية",
        "אלמוני^פלוני",
    ],
)
def test_what_stands_for_an_unknown_name_names_nobody_in_any_alphabet(name) -> None:
    assert compare_names(name, name) is A.UNKNOWN
    assert compare_names(f"{name}^Иван", "Иванов^Иван") is not A.UNKNOWN


def test_a_number_behind_a_name_is_the_same_in_the_digits_of_either_script() -> None:
    assert compare_names("علي^محمد ١", "علي^محمد 1") is A.EQUAL


def test_a_sound_that_many_arabic_names_share_weighs_less_than_a_rare_one_with_its_vowels() -> None:
    def chance(native: str, latin: str) -> float:
        found = compare(replace(STUDY, name=native), replace(CASE, name=latin), Population())
        return next(each.other_patient for each in found if each.row == "name equal by its sound")

    assert chance("علي^محمد", "Ali^Mohammed") > 100 * chance("Щербаков^Евгений", "Jewgeni Schtscherbakow")
    assert chance("علي^محمد", "Ali^Mohammed") > 1e-3


@pytest.mark.parametrize(
    ("native", "latin"),
    [
        ("Иванов^Иван", "na" * 60 + "x^Ivan"),
        ("Иванов^Иван", "oi" * 60 + "x^Ivan"),
        ("еи" * 3000 + "^" + "ие" * 3000, "iei" * 3000 + "x^" + "eie" * 3000),
    ],
)
def test_an_endless_name_is_compared_and_indexed_in_bounded_steps(native, latin) -> None:
    assert compare_names(native, latin) is A.UNREAD
    for name in (native, latin):
        assert len(case_block_keys("north", replace(CASE, name=name)).numbers) < 60


def an_object_named(name: str, character_set: str) -> BytesIO:
    dataset = Dataset()
    dataset.SpecificCharacterSet = character_set
    dataset.SOPClassUID, dataset.SOPInstanceUID = CTImageStorage, "1.2.3.4"
    dataset.StudyInstanceUID, dataset.SeriesInstanceUID = "1.2.3", "1.2.3.1"
    dataset.PatientName = name
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    stream = BytesIO()
    dataset.save_as(stream, enforce_file_format=True)
    stream.seek(0)
    return stream


@pytest.mark.parametrize(
    ("character_set", "native", "latin"),
    [
        ("ISO_IR 144", "Щербаков^Евгений", "Jewgeni Schtscherbakow"),
        ("ISO_IR 126", "Παπαδόπουλος^Γεώργιος", "Georgios Papadopoulos"),
        ("ISO_IR 127", "السيد^عبد الرحمن", "Abdelrahman El-Sayed"),
        ("ISO_IR 138", "מזרחי^שרה", "Sarah Mizrahi"),
        ("ISO_IR 192", "Шевченко^Григорій", "Hryhorii Shevchenko"),
    ],
)
def test_a_name_in_an_object_of_each_character_set_agrees_with_the_romanised_one(character_set, native, latin) -> None:
    name = read_header(an_object_named(native, character_set)).patient_name
    assert name == native
    assert compare_names(name, latin) is A.SOUND
