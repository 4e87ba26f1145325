"""The lists of Japanese and Korean readings: how they are learned, and that what is shipped reads what it should."""

import struct

import pytest

from gateway.matching import japanese, korean
from gateway.matching.compile_names import hangul_readings, learn_readings, read_names


def dictionary(*entries: str) -> bytes:
    features = b"\0".join(entry.encode() for entry in entries) + b"\0"
    return (
        struct.pack("<10I32x", 0, 102, 0, len(entries), 1, 1, 8, 4, len(features), 0) + b"t" * 8 + b"t" * 4 + features
    )


def entry(kind: str, reading: str, written: str) -> str:
    return ",".join(("名詞", "固有名詞", "人名", kind, "*", "*", reading, reading, written, reading))


def test_names_of_people_in_kanji_are_taken_and_nothing_else() -> None:
    other = "名詞,固有名詞,地名,一般,*,*,ヤマダ,ヤマダ,山田,ヤマダ"
    read = dictionary(
        entry("姓", "ヤマダ", "山田"), entry("名", "ハナコ", "花子"), entry("名", "ハナコ", "はなこ"), other
    )
    assert read_names(read) == ({("山田", "やまだ")}, {("花子", "はなこ")})


def test_what_each_character_is_read_as_is_learned_from_whole_names() -> None:
    names = {("花子", "はなこ"), ("花美", "はなみ"), ("由美子", "ゆみこ"), ("美子", "よしこ"), ("奈々", "なな")}
    learned = learn_readings(names)
    assert (learned["花"], learned["由"], learned["奈"][0]) == (["はな"], ["ゆ"], "な")
    assert set(learned["美"]) == {"み", "よし"}


def test_hanja_are_kept_under_each_of_their_readings() -> None:
    lines = ["# a comment\n", "U+91D1\tkHangul\t금:0E 김:1N\n", "U+4E00\tkMandarin\tyī\n"]
    assert hangul_readings(lines) == {"금": ["金"], "김": ["金"]}


@pytest.mark.parametrize(
    ("name", "reading"),
    [("大翔", "hiroto"), ("結衣", "yui"), ("陽菜", "hina"), ("蓮", "ren"), ("奈々", "nana"), ("美咲", "misaki")],
)
def test_usual_given_names_have_their_usual_reading_among_a_few(name: str, reading: str) -> None:
    assert reading in japanese.native_readings(name)
    assert len(japanese.given_readings(name)) <= 24


def test_surnames_are_known_whole_and_what_is_none_is_not_read_as_one() -> None:
    assert japanese.surname_readings("五十嵐") and japanese.is_surname("長谷川")
    assert not japanese.is_surname("肝臓") and japanese.native_readings("王伟") == frozenset()


def test_hanja_lose_their_first_sound_where_a_word_begins() -> None:
    assert {"리", "이"} <= set(korean.hangul("李")) and "李" in korean.hanja("이")
    assert korean.family_hangul("金")[0] == "김"
