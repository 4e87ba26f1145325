"""What is known in one writing is found in the others that a report may use, and medical words stay."""

import pytest

from anonymizer import KnownIdentity, clean_text, leaks
from gateway.known_identity import known_identity
from gateway.models import Patient, Study
from gateway.name_readings import other_characters, spoken_names


def _known(name: str) -> KnownIdentity:
    patient = Patient(name=name, patient_id="P-1", birth_date="19500304", sex="M")
    study = Study(other_names=[], other_identities=[], accession_number="", study_id="", referring_physician="")
    return known_identity(patient, study, None)


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("张^伟", "Zhang Wei"),
        ("张^伟", "WEI ZHANG"),
        ("张^伟", "Zhang, Wei"),
        ("张^伟", "Chang Wei"),
        ("张^伟", "Cheung Wei"),
        ("张^伟", "張偉"),
        ("張^偉", "张 伟"),
        ("张伟", "ZHANG^WEI"),
        ("李^娜", "Li Na"),
        ("欧阳^娜娜", "Ou-Yang Nana"),
        ("Zhang^Wei", "Chang Wei"),
        ("Zhang^Wei", "张伟"),
        ("Zhang^Wei", "張偉"),
        ("Wang^Xiaoming", "Wang Xiao Ming"),
        ("Wang^Xiaoming", "Xiao-Ming"),
        ("Wang^Xiaoming", "Hsiao-ming Wang"),
        ("Wang^Xiaoming", "王小明"),
        ("Wang^Xiaoming", "王 晓 明"),
        ("山田^太郎", "Yamada Taro"),
        ("山田太郎", "YAMADA Tarou"),
        ("やまだ^たろう", "Yamada Taro"),
        ("Yamada^Taro", "山田太郎"),
        ("홍^길동", "Hong Gil-dong"),
        ("홍길동", "Kildong Hong"),
        ("Hong^Gildong", "Hong Gil Dong"),
    ],
)
def test_a_name_known_in_one_writing_is_hidden_and_noticed_in_another(name, written):
    known = _known(name)
    assert clean_text(f"CT of {written}: normal", known) == "CT of [name]: normal"
    assert leaks(f"CT of {written}: normal".encode(), known) == ["name"]
    assert leaks(b"CT of [name]: normal", known) == []


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("龙^飞", "Long-standing lung lesion, feeding vessel"),
        ("林^森", "Linsenkern und Linsen o.B."),
        ("黄^丹", "No hanging bladder, dan"),
        ("Huang^Dan", "患者黄疸，肝内胆管扩张"),
        ("Gao^Re", "患者高热，高血压"),
        ("安^丽", "Am Rand an li. Niere"),
        ("Ander^Inge", "An der Leber, an der Niere"),
        ("Ma^Na", "Mama na ja"),
        ("张^伟", "wei und weit, Zhanger"),
        ("金^敏", "Kinn, min. 5 mm, gym"),
    ],
)
def test_words_that_only_sound_like_a_part_of_the_name_stay(name, text):
    assert clean_text(text, _known(name)) == text
    assert leaks(text.encode(), _known(name)) == []


def test_characters_come_simplified_and_traditional():
    assert "張^偉" in other_characters("张^伟") and "张^伟" in other_characters("張^偉")
    assert other_characters("Müller^Hans") == ()


def test_the_ways_of_writing_come_in_the_same_order_every_time():
    once = spoken_names(("Wang^Xiaoming=王^小明", "홍^길동"))
    assert once and once == spoken_names(("Wang^Xiaoming=王^小明", "홍^길동"))
    assert all(isinstance(way, str) for name in once for part in name for way in part)


def test_a_western_name_gains_no_characters():
    assert all(way.isascii() for name in spoken_names(("Müller^Anna",)) for part in name for way in part)
