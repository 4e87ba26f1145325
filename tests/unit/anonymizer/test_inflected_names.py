"""A known name goes in any case of its language, in lower case too; words that reports are written with stay."""

import pytest

from anonymizer import KnownIdentity, clean_text, leaks

FORMS = {
    "Толстой^Лев": "Льва; льва; Льву; львом; Лев; Толстого",
    "Tolstoy^Lev": "лежит Льва; лежит Львом; лежит Толстого",
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
STAYS = {
    "Толстой^Лев": "лев. доля; стенка толстого кишечника; слева; левого лёгкого; левая почка; с толстым слоем",
    "Tolstoy^Lev": "толстого кишечника; левого лёгкого; слева; у льва",
    "Костин^Лена": "кости без изменений; костей таза; кость; костный мозг; лёгкие",
    "Долина^Мая": "доли печени; долей; 9 марта; дольки",
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


@pytest.mark.parametrize(("name", "words"), [(name, words) for name in STAYS for words in STAYS[name].split("; ")])
def test_words_of_reports_stay_whatever_the_patient_is_called(name, words) -> None:
    assert clean_text(f"(CT) {words} 12 mm", KnownIdentity(names=(name,))) == f"(CT) {words} 12 mm"


def test_a_capital_tells_nothing_where_every_word_has_one() -> None:
    known = KnownIdentity(names=("Rosh^Jan",))
    assert clean_text("Roshi. ROSHI; roshi. Of Roshi", known) == "Roshi. ROSHI; roshi. Of [name]"
