"""Whole reports in four languages: nothing planted survives, findings do, and dates move like those of the images."""

from datetime import date

import pytest

from anonymizer import DateShift, KnownIdentity, clean_and_trace, clean_text

SHIFT = DateShift(days=-70, around=date(2026, 3, 9), month_first=True)
REPORTS = {
    "en": (
        KnownIdentity(names=("Dunmorevale^Siobhan",), ids=("NV-4471902",), dates=(date(1959, 3, 7),)),
        "NORTHFIELD VALE HOSPITAL - DEPARTMENT OF RADIOLOGY\nPatient: Siobhán Dunmorevale  MRN: NV-4471902\n"
        "DOB: 03/07/1959\n"
        "Tel: (555) 010-4477, s.dunmorevale@mail.example\nExamination date: 03/09/2026. Prior CT of 01/20/2026.\n"
        "A 94-year-old woman. Findings: 12 x 14 mm nodule, BI-RADS 4.\nElectronically signed by: Anna B. Whitcombe, MD",
        ["Siobh", "Dunmorevale", "4471902", "1959", "Whitcombe", "NORTHFIELD", "4477", "03/09/2026", "94"],
        ["12 x 14 mm nodule, BI-RADS 4", "12/29/2025", "11/11/2025"],
    ),
    "de": (
        KnownIdentity(names=("Müllerhöfer^Annegret",), ids=("LB-20931177",), dates=(date(1981, 6, 30),)),
        "Universitätsklinikum Lindenbergau - Klinik für Neuroradiologie\n"
        "Patientin: Annegret Muellerhoefer, geb. 30.06.1981\n"
        "Untersuchung vom 18.03.2026, Vorbefund vom 5. Januar 2026\nBefund: Läsionen bis 12 mm, T2-hyperintens.\n"
        "gez. Dr. med. Karl-Heinz Vogelsang\nHannelore Lindtner, Fachärztin für Radiologie",
        ["Annegret", "uellerh", "1981", "Vogelsang", "Lindtner", "Lindenbergau", "18.03.2026", "Januar"],
        ["Läsionen bis 12 mm, T2-hyperintens", "07.01.2026", "2025-10-27"],
    ),
    "es": (
        KnownIdentity(names=("Gómez^María José",), ids=("HC-99120",)),
        "Hospital Universitario de Valdeflores\nPaciente: María José Gómez   NHC: HC-99120   F. Nac: 12/05/1960\n"
        "Estudio del 20 de febrero de 2026. Hallazgos: nódulo de 8 mm.\nInformado por Dra. Lucía Ferrer Pons",
        ["Gómez", "María", "99120", "1960", "Ferrer", "Lucía", "Valdeflores", "febrero"],
        ["nódulo de 8 mm", "2025-12-12"],
    ),
    "zh": (
        KnownIdentity(names=("OuYang^XiaoLan=欧阳^晓岚",), ids=("JL-30118846",)),
        "金岚湖人民医院 影像科\n患者:欧阳晓岚 患者编号:JL-30118846 出生日期:1968年4月25日\n检查日期:2026年3月6日\n"
        "影像所见:右肺上叶结节,约15 mm × 13 mm。\n报告医师:张建国 审核医师 李敏\n王志强主任医师已阅。",
        ["欧阳", "晓岚", "30118846", "1968", "金岚湖", "张建国", "李敏", "王志强", "2026年3月6日"],
        ["右肺上叶结节,约15 mm × 13 mm", "2025年12月26日"],
    ),
}


@pytest.mark.parametrize("language", REPORTS)
def test_no_planted_identity_survives_and_the_findings_and_moved_dates_do(language) -> None:
    known, text, gone, kept = REPORTS[language]
    cleaned = clean_text(text, known, SHIFT)
    assert [planted for planted in gone if planted in cleaned] == []
    assert [words for words in kept if words not in cleaned] == []


@pytest.mark.parametrize("language", REPORTS)
def test_every_removal_is_a_place_of_the_original(language) -> None:
    known, text, _, _ = REPORTS[language]
    cleaned = clean_and_trace(text, known, SHIFT)
    rebuilt, end = "", 0
    for each in cleaned.removals:
        rebuilt += text[end : each.start] + each.instead
        end = each.end
    assert rebuilt + text[end:] == cleaned.text
    assert sum(cleaned.counts.values()) == len(cleaned.removals) > 3


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("on 03/09/2026 at noon", "on 12/29/2025 at noon"),
        ("on 2026-03-09", "on 2025-12-29"),
        ("on 9.3.26", "on 29.12.2025"),
        ("in March 2026", "in [date]"),
        ("since 04/11/1988", "since [date]"),
        ("20260309", "20251229"),
        ("geb. am unbekannt, 1951-02-03", "geb. am unbekannt, [date]"),
    ],
)
def test_dates_near_the_study_move_and_others_go(text, cleaned) -> None:
    assert clean_text(text, KnownIdentity(), SHIFT) == cleaned


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("am 14.3. und vom 2.3. bis 14.03.", "am 03.01. und vom 22.12. bis 03.01."),
        ("on March 14, on the 14th of March", "on January 3, on the 3 January"),
        ("el 14 de marzo; 14. März", "el 3 de enero; 3. Januar"),
        ("on the second of June", "on the 24 March"),
        ("operated on 20 December", "operated on 11 October"),
        ("3月14日, 三月十四日, 3월 14일", "1月3日, 1月3日, 1월 3일"),
        ("seen on 3/14", "seen on 1/3"),
        ("on 2026-03-09, 2026-03-10", "on 2025-12-29, 2025-12-30"),
    ],
)
def test_days_without_a_year_move_as_the_nearest_to_the_study_and_get_none(text, cleaned) -> None:
    assert clean_text(text, KnownIdentity(), SHIFT) == cleaned


@pytest.mark.parametrize(
    "text",
    [
        "Ratio 1.2. Normal. ADC 1.2; 5/10 pain, C5/6, 14/3",
        "May 3 lesions; SEGMENT 3 MAY REPRESENT; the second may represent",
        "3月后, MARS 3, OCT 3, in the second of three, 20-30-40",
        "fracture in 1952",
    ],
)
def test_numbers_and_words_that_only_look_like_days_stay(text) -> None:
    assert clean_text(text, KnownIdentity(), SHIFT) == text


@pytest.mark.parametrize(
    "written",
    [
        "Mar 9th '52",
        "9 mars 1952", "9 août 1952", "9 marzo 1952", "9 maart 1952", "9 março 1952", "March, the 9th, 1952",
        "nine March nineteen fifty-two", "9 March", "ninth of March",
    ],
)  # fmt: skip
def test_a_birth_date_goes_in_more_languages_and_without_its_year(written) -> None:
    known = KnownIdentity(dates=(date(1952, 3, 9),))
    assert clean_text(f"CT; {written}; normal", known, SHIFT) == "CT; [date]; normal"


@pytest.mark.parametrize(
    "told", ["year of birth {}", "Jahrgang {}", "born in {}", "nacida en {}", "born: {}", "{}-born man"]
)
def test_a_year_of_birth_goes(told) -> None:
    assert clean_text(told.format(1952), KnownIdentity(), SHIFT) == told.format("[date]")


@pytest.mark.parametrize("told", ["born on {}", "geb. am {}", "born {}", "出生于{}"])
def test_no_date_behind_a_word_for_birth_moves(told) -> None:
    for written in ("2026-02-27", "27.02.2026"):
        assert clean_text(told.format(written), KnownIdentity(), SHIFT) == told.format("[date]")


def test_days_without_a_year_go_where_nothing_says_how_dates_move() -> None:
    assert clean_text("on March 14 and 3月14日", KnownIdentity()) == "on [date] and [date]"


def test_a_date_that_can_be_read_in_two_ways_goes() -> None:
    elsewhere = DateShift(days=-70, around=date(2026, 3, 9))
    assert clean_text("am 03/09/2026 und 25/02/2026", KnownIdentity(), elsewhere) == "am [date] und 17/12/2025"


def test_where_the_day_is_told_to_stand_first_dates_between_slashes_move() -> None:
    day_first = DateShift(days=-70, around=date(2026, 11, 12), month_first=False)
    assert clean_text("Fecha del estudio: 10/11/2026", KnownIdentity(), day_first) == "Fecha del estudio: 01/09/2026"
    assert clean_text("el 10/11 y el 25/10", KnownIdentity(), day_first) == "el 1/9 y el 16/8"


def test_a_birth_date_never_moves_even_near_the_study() -> None:
    infant = KnownIdentity(dates=(date(2026, 1, 2),))
    assert clean_text("born 2026-01-02, seen 2026-03-09", infant, SHIFT) == "born [date], seen [date]"
