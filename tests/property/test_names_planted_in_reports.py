"""Whoever a patient is called, in whatever script, order and writing: planted in a report's sentence, the name goes."""

import os
import re
import unicodedata
from importlib.resources import files

import hypothesis.strategies as st
from hypothesis import HealthCheck, assume, given, settings

from anonymizer import KnownIdentity, clean_text, leaks
from anonymizer.known import NOT_NAMES
from gateway.known_identity import other_characters
from gateway.name_readings import spoken_names

EXAMPLES = int(os.environ.get("OVERREAD_PROPERTY_EXAMPLES", "500"))
# Syllables of made-up names: what begins one, its vowel, what ends it.
SYLLABLES = {
    "Latin": ("b br č d đ f g h j k l ł m n ñ p r š t þ v w z ż", "a á e é i í o ö ø u ü y", "- - n r s l rt nk m sz"),
    "Turkish": ("b c ç d f g ğ h k l m n p s ş t v y z", "a e ı i o ö u ü", "- n r l ş k z"),
    "Cyrillic": ("б в г д ж з к л м н п р с т х ш щ", "а е ё и о у ы я ю", "- - в н р л ш й ь"),
    "Ukrainian": ("б в г ґ д ж з к л м н п р с т х ч", "а е є и і ї о у", "- в н р к"),
    "Greek": ("β γ δ ζ θ κ λ μ ν ξ π ρ σ τ φ χ", "α ά ε έ η ή ι ί ο ό ω ώ", "- ν ρ"),
    "Arabic": ("ب ت ج ح د ر س ش ص ط ع ف ق ك ل م ه", "ا و ي -", "- ن م د"),
    "Hebrew": ("ב ג ד ז ח ט כ ל מ נ פ צ ק ר ש ת", "א ו י -", "- -"),
    "Han": ("王 李 张 陈 欧阳 諸葛 赵 黄", "小 建 晓 志 国 丽", "东 兰 強 敏 岚 -"),
    "Kana": ("や ま た さ か な わ", "ま だ く し と", "ろ こ み き"),
    "Hangul": ("김 박 이 최 남궁 정", "민 서 지 하 도", "준 연 우 윤 현"),
}
UNSPACED = {"Han", "Kana", "Hangul"}
SENTENCES = [
    sentence
    for report in sorted((files("sample_studies") / "reports").iterdir(), key=lambda each: each.name)
    if report.name.endswith(".txt")
    for sentence in re.split(r"(?<=[.。:])\s+|\n", report.read_text("utf-8"))
    if len(sentence) > 20 and "{" not in sentence
]
ORDERS = (
    "{given} {family}", "{family}, {given}", "{family} {given}", "{family}^{given}", "{family}_{given}", "{family}",
    "{given}{family}", "{initial}. {family}", "{family} {initial}.", "({given} {family})", "«{family}»",
    "{family}-{given}", "{given}\n{family}", "{family}/{given}", "{family}'s",
)  # fmt: skip
UNSPACED_ORDERS = ("{family}{given}", "{family} {given}", "{family}·{given}", "{family}\u3000{given}")
CASES = (str, str.upper, str.lower)
MARKS = (str, lambda text: unicodedata.normalize("NFD", text), lambda text: text.translate(SPELT_OUT))
SPELT_OUT = str.maketrans({"ö": "oe", "ü": "ue", "Ö": "Oe", "Ü": "Ue"})


@st.composite
def names(draw: st.DrawFn) -> tuple[str, str, str]:
    """Return a script, a family name and a given name."""
    script = draw(st.sampled_from(sorted(SYLLABLES)))
    heads, middles, tails = ([each.strip("-") for each in part.split()] for part in SYLLABLES[script])
    if script in UNSPACED:
        given = draw(st.sampled_from(middles)) + draw(st.sampled_from(tails))
        return script, draw(st.sampled_from(heads)), given
    syllable = st.tuples(st.sampled_from(heads), st.sampled_from(middles), st.sampled_from(tails)).map("".join)
    words = st.lists(syllable, min_size=2, max_size=3).map("".join).map(str.capitalize)
    return script, draw(words), draw(words)


def letters(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text.translate(SPELT_OUT)).casefold()
    return "".join(each for each in plain if each.isalpha())


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_no_planted_name_is_left_in_a_sentence_of_a_report(data: st.DataObject) -> None:
    script, family, given_name = data.draw(names())
    orders = UNSPACED_ORDERS if script in UNSPACED else ORDERS
    form = data.draw(st.sampled_from(orders)).format(family=family, given=given_name, initial=given_name[0])
    form = data.draw(st.sampled_from(MARKS))(data.draw(st.sampled_from(CASES))(form))
    sentence = data.draw(st.sampled_from(SENTENCES))
    unspaced = re.search("[㐀-鿿]", sentence) is not None
    pieces = re.split(r"(?<=[，。、；])" if unspaced else " ", sentence)
    at = data.draw(st.integers(0, len(pieces)))
    text = ("" if unspaced else " ").join([*pieces[:at], form, *pieces[at:]])
    parts = [part for part in (family, given_name) if len(letters(part)) > (1 if script in UNSPACED else 3)]
    assume(not any(letters(part) in letters(sentence) or letters(part) in NOT_NAMES for part in parts))
    name = f"{family}^{given_name}"
    known = KnownIdentity(names=(name, *other_characters(name)), spoken=spoken_names((name,)))
    cleaned = clean_text(text, known)
    assert [part for part in parts if letters(part) in letters(cleaned)] == []
    assert not parts or "[name]" in cleaned
    assert leaks(cleaned.encode(), known) == []
