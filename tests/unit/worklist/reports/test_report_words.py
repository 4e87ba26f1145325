"""Names, dates, scripts and typed text between a data set and a page."""

import pytest

from worklist.reports.dates import age_words, date_words, time_words
from worklist.reports.person_name import to_person_name, to_words
from worklist.reports.plain_text import clean_line, clean_text
from worklist.reports.script import east_asian, is_written_without_spaces, language_of


@pytest.mark.parametrize(
    ("display", "person_name"),
    [
        ("Anna Müller", "Müller^Anna"),
        ("Dr. Anna Maria Müller", "Müller^Anna Maria^^Dr."),
        ("Prof. Dr. Anna Müller, MD", "Müller^Anna^^Prof. Dr.^MD"),
        ("Prof. Dr. med. Karl-Heinz Groß", "Groß^Karl-Heinz^^Prof. Dr. med."),
        ("王伟", "王伟^"),
        ("Yamada^Tarou=山田^太郎", "Yamada^Tarou=山田^太郎"),
        ("Dr.", "Dr.^"),
        ("a=b\\c", "c^a b"),
    ],
)
def test_a_display_name_becomes_a_person_name(display, person_name):
    assert to_person_name(display) == person_name


@pytest.mark.parametrize(
    ("person_name", "words"),
    [
        ("Müller^Anna", "Müller, Anna"),
        ("Müller^Anna^Maria^Dr.^MD", "Müller, Dr. Anna Maria, MD"),
        ("Yamada^Tarou=山田^太郎=やまだ^たろう", "Yamada, Tarou · 山田 太郎 · やまだ たろう"),
        ("=张^伟", "张 伟"),
        ("PSN-7F3K2", "PSN-7F3K2"),
        ("", ""),
        ("a^b^c^d^e^f=g=h=i", "a, d b c, e · g · h"),
    ],
)
def test_a_person_name_is_written_with_all_its_groups(person_name, words):
    assert to_words(person_name) == words


def test_dates_times_and_ages_are_written_for_people():
    assert (date_words("20260105"), time_words("101112.5"), age_words("065Y")) == ("2026-01-05", "10:11", "65 years")
    assert age_words("003M") == "3 months"


def test_what_breaks_its_grammar_is_written_as_it_is():
    assert (date_words("1961.02.03"), time_words("9"), age_words("old")) == ("1961.02.03", "9", "old")


def test_control_and_direction_characters_are_dropped():
    assert clean_text("a\x1b[31mb\x00c\u202ed\u200be\ufefff") == "a[31mbcdef"


def test_letters_nobody_knows_are_kept_and_half_characters_marked():
    assert clean_text("می\u200cخواهم \ue000") == "می\u200cخواهم \ue000"
    assert clean_text("a\ud800b") == "a\ufffdb"


def test_line_ends_of_every_kind_are_one_kind():
    assert clean_text("\na\r\nb\rc\x0cd  \n") == "a\nb\nc\nd"


def test_decomposed_letters_are_composed():
    assert clean_text("u\u0308") == "ü"


def test_a_line_has_no_line_breaks():
    assert clean_line(" a\n\tb ") == "a b"


@pytest.mark.parametrize(
    ("text", "language"), [("右肺", "zh"), ("山田たろう", "ja"), ("폐 결절", "ko"), ("Lunge, лёгкие", None), ("", None)]
)
def test_the_script_tells_the_east_asian_language(text, language):
    assert east_asian(text) == language


def test_korean_is_written_with_spaces_and_chinese_without():
    assert is_written_without_spaces("右肺结节")
    assert not is_written_without_spaces("폐 결절")


def test_the_language_is_the_views_then_the_scripts_then_undetermined(make_view):
    chinese = {"findings": "右上肺叶结节", "impression": "考虑恶性", "recommendation": ""}
    assert language_of(make_view(**chinese)) == "zh"
    assert language_of(make_view(**chinese, language="zh-Hant")) == "zh-Hant"
    assert language_of(make_view()) == "und"


def test_a_quoted_name_does_not_make_a_report_chinese(make_view):
    assert language_of(make_view(findings="Vergleich mit dem Vorbefund aus 上海.")) == "und"
