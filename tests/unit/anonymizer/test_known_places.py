"""What is known is found however it is spaced, joined, broken or widened; the check of cleaned words finds the same."""

from datetime import date

import pytest

from anonymizer import DateShift, KnownIdentity, clean_and_trace, clean_text, leaks

KNOWN = KnownIdentity(
    names=("Müller-Lüdenscheidt^Hans Peter", "王^小明"),
    ids=("PAT-00123", "4711"),
    dates=(date(1950, 3, 4),),
    spoken=((("long", "lung"), ("fei",)), (("zhang", "chang"), ("xiao", "hsiao"), ("ming",))),
)


@pytest.mark.parametrize(
    "written",
    [
        "MUELLERLUEDENSCHEIDT",
        "Mullerludenscheidt",
        "Hanspeter",
        "Lüden-\nscheidt",
        "Lüden-  \n   scheidt",
        "Mu\u00adller",
        "M ü l l e r",
        "Ｍｕｅｌｌｅｒ",
        "王 小 明",
        "王\u3000小明",
        "Zhang Xiao-Ming",
        "HSIAO MING, CHANG",
        "Long Fei",
    ],
)
def test_names_are_found_however_they_are_written(written):
    assert clean_text(f"vor {written} nach", KNOWN) == "vor [name] nach"
    assert leaks(f"vor {written} nach".encode(), KNOWN) == ["name"]


@pytest.mark.parametrize("written", ["PAT 00123", "PAT00123", "pat–00123", "ＰＡＴ００１２３", "PAT_00123"])
def test_identifiers_are_found_whatever_parts_them(written):
    assert clean_text(f"Nr {written}, Leber", KNOWN) == "Nr [id], Leber"
    assert leaks(f"Nr {written}, Leber".encode(), KNOWN) == ["id"]


@pytest.mark.parametrize(
    "written",
    [
        "04-Mar-1950",
        "04/mar/1950",
        "4-Mar-50",
        "04. 03. 1950",
        "04.III.1950",
        "一九五〇年三月四日",
        "一九五零年三月四日",
        "１９５０年３月４日",
        "昭和25年3月4日",
    ],
)
def test_a_birth_date_goes_without_a_label_and_never_moves(written):
    shift = DateShift(-10, date(1951, 1, 1))
    assert clean_text(f"CT {written} normal", KNOWN, shift) == "CT [date] normal"
    assert "昭" in written or "III" in written or leaks(f"CT {written} normal".encode(), KNOWN) == ["date"]


@pytest.mark.parametrize(
    ("written", "moved"),
    [
        ("20-FEB-2026", "2026-02-10"),
        ("20. 02. 2026", "10.02.2026"),
        ("二〇二六年二月二十日", "2026年2月10日"),
        ("２０２６年２月２０日", "2026年2月10日"),
        ("2026年2月20日，2026年3月20日", "2026年2月10日，2026年3月10日"),
    ],
)
def test_dates_near_the_study_move_in_the_new_forms_too(written, moved):
    assert clean_text(f"CT {written} normal", KNOWN, DateShift(-10, date(2026, 3, 1))) == f"CT {moved} normal"


@pytest.mark.parametrize(
    "text",
    [
        "long feeding vessel of the lung",
        "lung feinknotig",
        "1. 2. 30 mm; 10 x 2000 mg; 3 v 1990",
        "Schweregrad IV, Typ II, 12 x 5 mm",
        "Ｔ２加权像，１２ｍｍ，肝右叶；未见异常。",
        "Leber-\nzirrhose, Hand, Peters",
        "一年三月，二十日后",
    ],
)
def test_medical_words_and_numbers_stay_as_they_were_written(text):
    assert clean_text(text, KnownIdentity(spoken=KNOWN.spoken)) == text


def test_places_are_those_of_the_original_text():
    text = "Ｘ：ＰＡＴ００１２３，王 小 明"
    cleaned = clean_and_trace(text, KNOWN)
    assert [text[each.start : each.end] for each in cleaned.removals] == ["ＰＡＴ００１２３", "王 小 明"]
    assert cleaned.text == "Ｘ：[id]，[name]"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("报告医师：李强 审核医师：赵敏", "报告医师：[name] 审核医师：[name]"),
        ("签名：赵敏", "签名：[name]"),
        ("Fdo.: Pedro Sanz", "Fdo.: [name]"),
        ("Médico informante: Pedro Sanz", "Médico informante: [name]"),
        ("Radiologist: Jane Roe", "Radiologist: [name]"),
        ("Befunder: Stefan Schulze", "Befunder: [name]"),
        ("Befundet von: Schulze, Stefan", "Befundet von: [name]"),
        ("gez. Schulze, Oberarzt", "gez. [name], Oberarzt"),
        ("患者王小明，男，45岁", "患者[name]，男，45岁"),
        ("王小明 男 45岁 胸部CT", "[name] 男 45岁 胸部CT"),
        ("患者高血压，黄疸，男，45岁", "患者高血压，黄疸，男，45岁"),
    ],
)
def test_signatures_and_unlabelled_patients_go_even_when_unknown(text, expected):
    assert clean_text(text, KnownIdentity()) == expected


@pytest.mark.parametrize("written", ["NV-44 719 02", "NV4 471 902", "447-1902", "44.719.02", "4471902", "nv 4471902"])
def test_long_identifier_is_found_however_it_is_grouped(written):
    assert clean_text(f"Compare {written}, liver normal", KnownIdentity(ids=("NV-4471902",))) in {
        "Compare [id], liver normal", "Compare NV-[id], liver normal", "Compare nv [id], liver normal",
    }  # fmt: skip


@pytest.mark.parametrize("text", ["12 345 mm", "1 2 3 4 5", "liver 12.345"])
def test_short_identifier_is_not_found_in_numbers_that_are_grouped_otherwise(text):
    assert clean_text(text, KnownIdentity(ids=("12345",))) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("患者王，男，45岁", "患者[name]，男，45岁"),
        ("王患者 胸部CT", "[name]患者 胸部CT"),
        ("患者: 王", "患者: [name]"),
        ("환자 김, 45세", "환자 [name], 45세"),
        ("환자: 김", "환자: [name]"),
        ("김 환자 흉부", "[name] 환자 흉부"),
        ("김모씨", "[name]모씨"),
        ("국왕 환자, 国王患者, 김치, 王水", "국왕 환자, 国王患者, 김치, 王水"),
    ],
)
def test_native_family_name_of_one_character_is_found_where_a_report_speaks_of_its_patient(text, expected):
    assert clean_text(text, KnownIdentity(names=("王^小明", "김^민준"))) == expected


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("Zobel^Kurti", "KurtiZobel, zobelkurti", "[name]"),
        ("Roe^Jane Ann", "JaneRoe hustet", "[name] hustet"),
        ("Кузнецов^Лев", "ЛевКузнецов", "[name]"),
        ("ברקוביץ^דוד", "דודברקוביץ", "[name]"),
        ("ברקוביץ^דוד", "右肺ברקוביץ结节", "右肺[name]结节"),
        ("김^민준", "박 김·민준 흉부", "박 [name] 흉부"),
        ("김^민준", "\u1100\u1175\u11b7\u1106\u1175\u11ab\u110c\u116e\u11ab CT", "[name] CT"),
        ("Roé^Zoé", "Zoe\u0301 CT", "[name] CT"),
        ("Ren^Al", "renal, alren", "renal, alren"),
        ("Li^Ver", "liver, verli", "liver, verli"),
        ("Лев^Анна", "слева, слевананна", "слева, слевананна"),
    ],
)
def test_a_name_run_together_beside_another_script_or_in_parts_of_letters_goes(name, text, expected):
    assert clean_text(text, KnownIdentity(names=(name,))) == expected


@pytest.mark.parametrize(
    ("name", "text", "cleaned"),
    [
        (
            "Le^Anh",
            "Patient Le complains. Mr. LE, Anh Le and Le Anh.",
            "Patient [name] complains. Mr. [name] and [name].",
        ),
        ("Do^Minh", "Do not lift. Ms. Do is well.", "Do not lift. Ms. [name] is well."),
        ("de la Roe^Testa", "Dolor en la mano de la derecha.", "Dolor en la mano de la derecha."),
    ],
)
def test_family_name_that_is_a_particle_elsewhere_goes_beside_a_title_or_a_name(name, text, cleaned) -> None:
    assert clean_text(text, KnownIdentity(names=(name,))) == cleaned
