"""A known name goes in any case of its language, in lower case too; words that reports are written with stay."""

import pytest

from anonymizer import KnownIdentity, clean_text, leaks

FORMS = {
    "Толстой^Лев": "Льва; льва; Льву; львом; Лев; Толстого",
    "Tolstoy^Lev": "лежит Льва; лежит Львом; лежит Толстого; льва; льву; львом; льва толстого",
    "Ляшенко^Ольга": "Ользі; ользі; ольги; ольгу; Ольгой; ляшенко",
    "Петрова^Анна": "Анны; анны; анне; анну; петровой; Петрову",
    "Petrova^Anna": "у Анны; у Анне; Анна; петровой; петрова",
    "Иванов^Павел": "павла; Павлом; иванову; ивановым; Павлу",
    "Гончар^Федір": "Федора; федора; Федору",
    "Соловей^Юрий": "Соловья; соловья; Юрия; юрия",
    "Παπάς^Νίκος": "Νίκου; νίκου; νίκο; παπά",
    "Müller^Jürgen": "müllers; Müllersche; müllerschen; jürgens; Jürgen's",
    "Yılmaz^Ayşe": "ayşe'nin; Ayşenin; ayşeye; yılmazın; YILMAZ'IN; Ayse'den; Yilmazlar",
    "Kowalski^Jan": "Kowalskiego; kowalskiemu; Kowalska; Janowi",
    "Kowalska^Anna": "Kowalskiej; kowalską; Annę; Anny",
    "Novák^Petr": "Nováka; Novákovi; Nováková; petrovi; Novákem",
    "Horvat^Ivan": "Horvata; horvatom; Ivanu",
    "Nagy^Eszter": "Nagynak; Nagyné; Eszternek",
    "Virtanen^Matti": "Virtasen; virtaselle; Mattin",
    "Kazlauskas^Jonas": "Kazlausko; kazlauskui",
    "Ionescu^Maria": "Ionescului; Mariei; mariei",
    "Papadopoulos^Nikos": "Papadopoulou; papadopoulou; Nikou",
}
# In a text of that language short forms go too, in lower case, at the start of a sentence and in capitals.
SHORT = {
    ("Novák^Jan", "Nález u {} je v normě, bez výpotku."): "jana; Janu; Janem; janovi; JANA; nováku",
    ("Svoboda^Petr", "Vyšetření {} nebylo úplné."): "petra; petru; Petře; svobody; svobodou",
    ("Veselá^Eva", "Pacientka {} má bolesti břicha."): "Evy; Evu; Evou; eva",
    ("Kowalski^Jan", "Badanie u {} nie wykazało płynu."): "jana; Janem; janowi; kowalskiego",
    ("Sikora^Agnieszka", "Stwierdza się u {} płyn w jamie opłucnej."): "agnieszce; Agnieszkę; sikorze; Sikorą",
    ("Wójcik^Marek", "Nie stwierdzono zmian u {} w płucach."): "marka; Markiem; wójcikiem",
    ("Kovačić^Petar", "Kod {} nije nađen izljev u prsištu."): "petra; Petru; petrom; kovačića",
    ("Nagy^Éva", "A vizsgálat {} nem mutatott elváltozást."): "Évával; évának; Évát; Nagynak; nagyné",
    ("Szabó^Péter", "A vizsgálat {} nem mutatott elváltozást."): "péterrel; Péternek; szabóval; Szabót",
    (
        "Virtanen^Matti",
        "Tutkimus ei {} osoittanut muutoksia, eikä nestettä ole.",
    ): "matin; Matilla; virtasella; Virtasesta",
    ("Koski^Ari", "Keuhkoissa ei ole {} muutoksia eikä nestettä näy."): "Kosken; koskella; Arilla; Arin",
    ("Demir^Can", "Akciğerlerde nodül yok, {} için kontrol önerilir."): "Canın; demire; Demirden; candan",
    ("Ionescu^Ana", "Nu este lichid pleural, {} și fără modificări."): "Anei; anei; ionescului",
    ("Petraitis^Jonas", "Plaučiuose židinių nėra, {} skysčio nėra."): "jono; Jonui; petraičio; Petraičiui",
    ("Ozols^Anna", "Plaušās perēkļu nav, {} un šķidrums nav redzams."): "annai; Annas; ozola",
}
SHORT_STAYS = {
    ("Malá^Eva", "V játrech je {} ložisko, bez výpotku."): "malé; malá",
    ("Černý^Jan", "Na snímku je {} pruh a jinak nález v normě."): "černý; černé",
    ("Nagy^Éva", "A tüdőben {} góc nem látható és folyadék nincs."): "nagy; nagyobb; éves",
    ("Mała^Ida", "W płucach {} zmiana, nie stwierdza się płynu."): "mała; małe",
    ("Can^Jan", "The lesion {} be seen and is not enlarged."): "can; jane; jana; janu",
    ("Koch^Stein", "Die Lunge ist {} und ohne Erguss, kein Herd."): "kochen; Steinen; steinig",
}
STAYS = {
    "Толстой^Лев": "лев. доля; стенка толстого кишечника; слева; левого лёгкого; левая почка; с толстым слоем",
    "Tolstoy^Lev": "толстого кишечника; левого лёгкого; слева; левым лёгким; Лев. доля; толстая кишка; Толстая кишка",
    "Костин^Лена": "кости без изменений; костей таза; кость; костный мозг; лёгкие",
    "Долина^Мая": "доли печени; долей; в марте; дольки",
    "Рубец^Роза": "рубцы; рубцов; ранее; розеола",
    "Киста^Поля": "кисты почек; полей лёгких",
    "Rana^Vera": "рана чистая; раны; вертебральный",
    "Kosta^Dolya": "доля; кости; доли лёгкого",
    "Klein^Hans": "kleiner Herd; kleinem Knoten; kleinen",
    "Stein^Peter": "Steine; steinen; Nierensteine; petechial",
    "Bell^Mary": "belly; Bellies soft",
    "Chen^Ren": "renin; Renin; renal",
    "Hanke^Carin": "carina; Carina",
    "Sever^Lob": "severe; lobe; lobes",
    "Patel^Luna": "patellar tendon; Patellar; PATELLAR; lunate; Lunate fossa",
    "Serra^Stella": "stellate ganglion; serrated edge; an dieser Stelle; serrate",
    "Angel^Tina": "costophrenic angle; COSTOPHRENIC ANGLE; tiny nodule; Tiny nodule",
    "Levi^Lina": "Kerley-B-Linie; Linien",
    "Handel^Manuel": "es handelte sich; manueller Druck; handle",
    "Delgado^Moller": "capa delgada; mollera",
    "Гончар^Инна": "без иной патологии; иных; иного",
    "Μικρός^Μαύρος": "μικρές εστίες; μαύρη; μικρού",
}


@pytest.mark.parametrize(("name", "form"), [(name, form) for name in FORMS for form in FORMS[name].split("; ")])
def test_a_known_name_goes_in_every_case(name, form) -> None:
    known = KnownIdentity(names=(name,))
    cleaned = clean_text(f"(CT) {form} 12 mm", known)
    assert "[name]" in cleaned
    assert form.split("'")[0] not in cleaned
    assert leaks(f"(CT) {form} 12 mm".encode(), known) == ["name"]


@pytest.mark.parametrize(("case", "form"), [(case, form) for case in SHORT for form in SHORT[case].split("; ")])
def test_a_short_form_goes_where_the_language_inflects_names(case: tuple[str, str], form: str) -> None:
    name, sentence = case
    known = KnownIdentity(names=(name,))
    assert clean_text(sentence.format(form), known) == sentence.format("[name]")
    assert leaks(clean_text(sentence.format(form), known).encode(), known) == []


@pytest.mark.parametrize(
    ("case", "form"), [(case, form) for case in SHORT_STAYS for form in SHORT_STAYS[case].split("; ")]
)
def test_a_word_that_looks_like_a_short_form_stays(case: tuple[str, str], form: str) -> None:
    name, sentence = case
    assert clean_text(sentence.format(form), KnownIdentity(names=(name,))) == sentence.format(form)


def test_whatever_is_written_to_a_name_with_marks_goes_in_any_text() -> None:
    known = KnownIdentity(names=("Kovács^János", "Groß^Weiß"))
    assert (
        clean_text("The pain of kovácsért, Jánossal; große weiße Herde", known)
        == "The pain of [name]; große weiße Herde"
    )
    assert leaks("große weiße Herde".encode(), known) == []
    assert clean_text("Editért; bestätigt", KnownIdentity(names=("Best^Edit",))) == "[name]; bestätigt"
    assert leaks(b"kov\xc3\xa1cs\xc3\xa9rt", known) == ["name"]


def test_a_name_that_is_a_word_goes_inflected_beside_a_title_and_a_name() -> None:
    known = KnownIdentity(names=("Stein^Peter",))
    assert clean_text("Herrn Steins Blase, Peter Steins Blase", known) == "Herrn [name] Blase, [name] Blase"


@pytest.mark.parametrize(("name", "words"), [(name, words) for name in STAYS for words in STAYS[name].split("; ")])
def test_words_of_reports_stay_whatever_the_patient_is_called(name, words) -> None:
    assert clean_text(f"(CT) {words} 12 mm", KnownIdentity(names=(name,))) == f"(CT) {words} 12 mm"


def test_a_word_of_reports_goes_behind_the_word_for_a_patient_where_nothing_of_it_follows() -> None:
    known = KnownIdentity(names=("Tolstoy^Lev",))
    cleaned = clean_text("у больного толстого, у больного толстая кишка", known)
    assert cleaned == "у больного [name], у больного толстая кишка"


def test_a_capital_tells_nothing_where_every_word_has_one() -> None:
    known = KnownIdentity(names=("Rosh^Jan",))
    assert clean_text("Roshi. ROSHI; roshi. Of Roshi", known) == "Roshi. ROSHI; roshi. Of [name]"
