"""Made-up patients, their examinations, and what goes wrong in writing them down: the truth for the matcher's bench.

Names are drawn as unevenly as real ones; one person in fifty is a twin, some share name and birthday by chance. A case
is written by a referring doctor, a study by a scanner: either may leave things out, mistype them, or write a name in
another script. The rates stand in the table below; they are guesses of a plain hospital day, made before anything was
measured, and no weight of the matcher was fitted to them.
"""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from random import Random

from gateway.matching import CaseKeys, StudyKeys

SURNAMES = {
    "de": "Müller Schmidt Schneider Fischer Weber Meyer Wagner Schäfer Koch Bauer Richter Klein Wolf Schröder Neumann "
    "Krüger Hartmann Lange Werner Krause Lehmann Köhler Maier Huber Kaiser Fuchs Vogel Jäger Möller Großmann",
    "es": "García Rodríguez González Fernández López Martínez Sánchez Pérez Gómez Ruiz Jiménez Díaz Moreno Muñoz "
    "Álvarez Romero Alonso Gutiérrez Navarro Torres Domínguez Vázquez Ramos Gil Serrano Blanco Molina Suárez",
    "en": "Smith Jones Williams Brown Taylor Davies Evans Wilson Thomas Johnson Roberts Walker Wright Robinson "
    "Thompson White Hughes Edwards Green Hall Wood Harris Lewis Martin Jackson Clarke Turner Hill Cooper Ward",
    "zh": "王=Wang 李=Li 张=Zhang 刘=Liu 陈=Chen 杨=Yang 赵=Zhao 黄=Huang 周=Zhou 吴=Wu 徐=Xu 孙=Sun 胡=Hu 朱=Zhu "
    "高=Gao "
    "林=Lin 何=He 郭=Guo 马=Ma 罗=Luo 曾=Zeng 单=Shan 谢=Xie",
    "ko": "김=Kim 이=Lee 박=Park 최=Choi 정=Jung 강=Kang 조=Cho 윤=Yoon 장=Jang 임=Lim",
}
GIVEN = {
    "de": "Anna Hans Peter Ursula Karl Monika Jürgen Sabine Wolfgang Petra Klaus Renate Günter Ingrid Heike Jörg "
    "Birgit",
    "es": "María José Carmen Antonio Ana Manuel Isabel Francisco Laura David Lucía Javier Marta Carlos Elena Ángel",
    "en": "James Mary John Patricia Robert Jennifer Michael Linda William Elizabeth Emma Oliver Grace Harry Sophie "
    "Jack",
    "zh": "伟=Wei 芳=Fang 娜=Na 敏=Min 静=Jing 丽=Li 强=Qiang 磊=Lei 军=Jun 洋=Yang 小明=Xiaoming 建国=Jianguo "
    "秀英=Xiuying "
    "志强=Zhiqiang 晓东=Xiaodong 雪梅=Xuemei 海燕=Haiyan 国华=Guohua",
    "ko": "민준=Minjun 서연=Seoyeon 지훈=Jihoon 영희=Younghee 철수=Chulsoo 수진=Soojin 현우=Hyunwoo 미영=Miyoung",
}
RATES = {
    "rare name": 0.5, "twin": 0.02, "first of january": 0.02, "case without birth date": 0.06,
    "case without patient id": 0.4,
    "case without accession": 0.5, "case without study uid": 0.9, "case without study date": 0.3,
    "case without modality": 0.3, "accession of another": 0.004, "name in the other script": 0.3, "name mistyped": 0.03,
    "birth date mistyped": 0.012, "day and month swapped": 0.004, "sex wrong": 0.004, "study without birth date": 0.02,
    "study without patient id": 0.04, "patient id of elsewhere": 0.08, "patient id mistyped": 0.01, "middle name": 0.04,
    "case number in the header": 0.15, "case number of another": 0.002, "another examination": 0.06,
    "no case yet": 0.10,
}  # fmt: skip
MODALITIES = ("CT", "MR", "CR", "US", "MG")
BODY_PARTS = ("HEAD", "CHEST", "ABDOMEN", "SPINE", "KNEE", "PELVIS")
_SYLLABLES = (
    "ba ber bo da del do fa fer go han hol ka kel la lin lo ma mer mo na ner pa ra ri ro sa sel ta ter to va wen zim"
)
_FIRST_DAY = date(2025, 1, 1)


@dataclass(frozen=True)
class Person:
    """Somebody and one examination of theirs."""

    surname: str
    given: str
    birth_date: str
    sex: str
    patient_id: str
    uid: str
    accession: str
    day: str
    modality: str
    body_part: str


def people(count: int, seed: int = 6) -> list[Person]:
    """Make up so many people with one examination each."""
    random = Random(seed)
    made: list[Person] = []
    for number in range(count):
        culture = random.choice(list(SURNAMES))
        surname, given = _drawn(random, SURNAMES[culture]), _drawn(random, GIVEN[culture])
        born = date(1930, 1, 1) + timedelta(days=int(random.betavariate(2, 1.6) * 33000))
        birth_date = f"{born:%Y}0101" if random.random() < RATES["first of january"] else f"{born:%Y%m%d}"
        if made and random.random() < RATES["twin"]:
            surname, birth_date = made[-1].surname, made[-1].birth_date
        made.append(
            Person(
                surname=surname,
                given=given,
                birth_date=birth_date,
                sex=random.choice("MF"),
                patient_id=f"{random.randrange(10**7):07d}",
                uid=f"1.2.826.0.1.3680043.10.{number}.{random.randrange(10**6)}",
                accession=f"A{random.randrange(10**8):08d}",
                day=f"{_FIRST_DAY + timedelta(days=random.randrange(300)):%Y%m%d}",
                modality=random.choice(MODALITIES),
                body_part=random.choice(BODY_PARTS),
            )
        )
    return made


def case_of(person: Person, number: int, random: Random) -> CaseKeys:
    """Write a person's examination down as a referring doctor does."""

    def unless(rate: str, value: str) -> str:
        return "" if random.random() < RATES[rate] else value

    accession, uid = unless("case without accession", person.accession), unless("case without study uid", person.uid)
    patient_id = unless("case without patient id", person.patient_id)
    study_date = unless("case without study date", person.day)
    reported = date.fromisoformat(person.day) + timedelta(days=int(random.expovariate(0.2)))
    return CaseKeys(
        case_id=number,
        case_number=f"{number:010d}",
        study_uids=frozenset({uid} - {""}),
        accession_numbers=frozenset({accession} - {""}),
        patient_ids=frozenset({(patient_id, "")} if patient_id else ()),
        name=_free(person, random),
        birth_date=unless("case without birth date", person.birth_date),
        sex=person.sex,
        study_date=study_date,
        report_date=f"{reported:%Y%m%d}",
        modality=unless("case without modality", person.modality),
        body_part=person.body_part if random.random() < 0.5 else "",
    )


def study_of(person: Person, number: int, random: Random, others: list[Person]) -> StudyKeys:
    """Write a person's examination down as a scanner does, with what goes wrong there."""

    def hit(rate: str) -> bool:
        return random.random() < RATES[rate]

    other = random.choice(others)
    study = StudyKeys(
        study_instance_uid=person.uid,
        accession_number=other.accession if hit("accession of another") else person.accession,
        patient_id="" if hit("study without patient id") else person.patient_id,
        name=_dicom(person, random),
        birth_date="" if hit("study without birth date") else person.birth_date,
        sex=person.sex,
        study_date=person.day,
        modality=person.modality,
        body_part=person.body_part,
    )
    if hit("patient id of elsewhere"):
        study = replace(study, patient_id=f"{random.randrange(10**7):07d}")
    elif hit("patient id mistyped") and study.patient_id:
        study = replace(study, patient_id=_mistyped(study.patient_id, "0123456789", random))
    if hit("name mistyped"):
        study = replace(study, name=_mistyped(study.name, "aeinrst", random))
    if hit("birth date mistyped") and study.birth_date:
        study = replace(study, birth_date=study.birth_date[:6] + _mistyped(study.birth_date[6:], "0123", random))
    if hit("day and month swapped") and study.birth_date:
        study = replace(study, birth_date=study.birth_date[:4] + study.birth_date[6:] + study.birth_date[4:6])
    if hit("sex wrong"):
        study = replace(study, sex="M" if study.sex == "F" else "F")
    if hit("case number of another"):
        study = replace(study, case_numbers=frozenset({f"{random.randrange(len(others)):010d}"}))
    elif hit("case number in the header"):
        study = replace(study, case_numbers=frozenset({f"{number:010d}"}))
    return study


def another_examination(person: Person, random: Random) -> Person:
    """Return the same patient at another examination, of which no case is known."""
    day = date.fromisoformat(person.day) - timedelta(days=random.randrange(20, 2000))
    return replace(
        person,
        uid=f"{person.uid}.9",
        accession=f"A{random.randrange(10**8):08d}",
        day=f"{day:%Y%m%d}",
        modality=random.choice(MODALITIES),
        body_part=random.choice(BODY_PARTS),
    )


def _drawn(random: Random, names: str) -> str:
    """Draw a name: the first ones most often, and as often one that few bear, put together from syllables."""
    listed = names.split()
    if random.random() < RATES["rare name"]:
        if "=" in listed[0]:
            one, other = random.choice(listed), random.choice(listed)
            return f"{_native(one)}{_native(other)}={_latin(one)}{_latin(other).lower()}"
        return "".join(random.choice(_SYLLABLES.split()) for _ in range(random.choice((2, 3)))).title()
    return listed[
        min(int(random.paretovariate(0.8)) - 1, len(listed) - 1)
        if random.random() < 0.5
        else random.randrange(len(listed))
    ]


def _native(name: str) -> str:
    return name.partition("=")[0]


def _latin(name: str) -> str:
    return name.rpartition("=")[2]


def _free(person: Person, random: Random) -> str:
    if "=" in person.surname and random.random() < RATES["name in the other script"]:
        return _native(person.surname) + _native(person.given)
    middle = f"{random.choice('ABCDEFGHJKLM')}. " if random.random() < RATES["middle name"] else ""
    return f"{_latin(person.given)} {middle}{_latin(person.surname)}"


def _dicom(person: Person, random: Random) -> str:
    latin = f"{_latin(person.surname)}^{_latin(person.given)}"
    if "=" in person.surname:
        native = f"{_native(person.surname)}^{_native(person.given)}"
        return random.choice((f"{latin}={native}", f"={native}", latin))
    plain = latin.translate(str.maketrans("áéíóúñüöä", "aeiounuoa"))
    return random.choice((latin, latin.upper(), plain.upper()))


def _mistyped(text: str, letters: str, random: Random) -> str:
    place = random.randrange(len(text))
    return text[:place] + random.choice(letters) + text[place + 1 :]
