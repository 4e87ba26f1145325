"""What a hospital is told: the same words in each language, with the same places for values."""

from string import Formatter

import pytest

from gateway.fitness import Finding
from gateway.letters import LANGUAGES, catalogue, finding_words, fitness_letter, language_for, words


def places(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_the_same_words_and_places(language) -> None:
    english, other = catalogue("en"), catalogue(language)
    assert set(other) == set(english)
    assert {key: places(text) for key, text in other.items()} == {key: places(text) for key, text in english.items()}


@pytest.mark.parametrize(
    ("language", "country", "written"),
    [("es", "DE", "es"), (None, "at", "de"), (None, "CN", "zh-Hans"), (None, "US", "en"), (None, None, "en")],
)
def test_a_site_is_written_to_in_its_own_language(language, country, written) -> None:
    assert language_for(language, country) == written


def test_a_letter_says_each_finding_and_what_to_do() -> None:
    findings = [Finding("wrong-side", True, {"asked": "L", "shown": "R"}).as_json()]
    findings.append(Finding("lossy", values={"count": 3, "ratio": 20}).as_json())
    letter = fitness_letter("de", findings)
    assert "rechts" in letter and "links" in letter and "20:1" in letter and "nicht berechnet" in letter
    assert fitness_letter("en", []) == ""


@pytest.mark.parametrize(
    ("language", "echo"),
    [("en", "gradient echo"), ("de", "Gradientenecho"), ("es", "eco de gradiente"), ("zh-Hans", "梯度回波")],
)
def test_a_hospital_is_told_of_t2_star_by_its_own_name_and_not_as_swi(language, echo) -> None:
    told = finding_words(language, Finding("missing-series", values={"names": "FLAIR, T2*"}).as_json())
    assert "FLAIR, T2*" in told and echo in told and "SWI" not in told


def test_every_code_of_the_rules_has_words() -> None:
    for code in (key.removeprefix("finding.") for key in catalogue("en") if key.startswith("finding.")):
        values = dict.fromkeys(places(catalogue("en")[f"finding.{code}"]), "1")
        assert finding_words("es", Finding(code, values=values).as_json())


@pytest.mark.parametrize(
    ("language", "one", "two"),
    [
        ("en", "1 image came twice.", "2 images came twice."),
        ("de", "1 Bild kam doppelt.", "2 Bilder kamen doppelt."),
        ("es", "1 imagen llegó dos veces.", "2 imágenes llegaron dos veces."),
        ("zh-Hans", "1 幅图像重复。", "2 幅图像重复。"),
    ],
)
def test_one_and_several_are_told_in_their_own_forms(language, one, two) -> None:
    told = [finding_words(language, Finding("duplicate-images", values={"count": n}).as_json()) for n in (1, 2)]
    assert told == [one, two]
    assert not [text for text in catalogue(language).values() if "(s)" in text or "(es)" in text or "(er)" in text]
    few = finding_words(language, Finding("fewer-images", values={"expected": 3, "came": 1}).as_json())
    assert "1 sind" not in few and "llegaron 1" not in few


@pytest.mark.parametrize(
    ("language", "said"), [("de", "arterielle Phase, Dünnschichten"), ("es", "fase arterial, cortes finos")]
)
def test_missing_phases_are_named_in_the_hospital_s_language(language, said) -> None:
    finding = Finding("missing-series", values={"names": "arterial, thin"})
    assert said in finding_words(language, finding.as_json())


@pytest.mark.parametrize(
    ("language", "today"),
    [("en", "less than a day"), ("de", "weniger als einem Tag"), ("es", "menos de un día"), ("zh-Hans", "不到 1 天")],
)
def test_what_came_today_has_not_waited_for_a_number_of_days(language, today) -> None:
    assert words(language, "reminder.days", count=0) == today
    assert words(language, "finding.duplicate-images", count=0) == words(
        language, "finding.duplicate-images", count="0"
    )
