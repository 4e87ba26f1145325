"""Addresses in running sentences and behind labels go in four languages; words of anatomy and of streets alone stay."""

import pytest

from anonymizer import KnownIdentity, clean_text

NOBODY = KnownIdentity()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("La paciente vive en la calle Mayor 14.", "La paciente vive en [other]."),
        ("vive en calle del Carmen, 5, 28001 Madrid", "vive en [other]"),
        ("VIVE EN LA CALLE MAYOR 14.", "VIVE EN [other]."),
        ("vive en la calle mayor 14, 3º B. Refiere dolor.", "vive en [other]. Refiere dolor."),
        ("Vive con su hija en la calle Mayor 14.", "Vive con su hija en la [other]."),
        ("vive actualmente en la vía Augusta 12", "vive actualmente en [other]"),
        ("vive en la calle Serrano desde 2020", "vive en [other] desde 2020"),
        ("reside en la avenida de América 3", "reside en [other]"),
        ("residente en el paseo de Gracia 5, 2º 1ª", "residente en [other]"),
        ("residente en Paseo de Gracia 5", "residente en [other]"),
        ("con domicilio en Av. de la Constitución 22, 3º B", "con domicilio en [other]"),
        ("con domicilio en plaza de España s/n", "con domicilio en [other]"),
        ("empadronado en Villaficticia", "empadronado en [other]"),
        ("atropello en la calle Mayor 14", "atropello en la [other]"),
        ("acude de c/ Mayor n.º 14, piso 2", "acude de [other]"),
        ("recogida en la carrera 7 # 12-34", "recogida en la [other]"),
        ("Domicilio: calle Mayor 14, Madrid", "Domicilio: [other]"),
        ("Lugar de residencia: calle Mayor 14", "Lugar de residencia: [other]"),
        ("wohnhaft in der Hauptstraße 5", "wohnhaft [other]"),
        ("wohnhaft in der hauptstraße 5. Schmerzen", "wohnhaft [other]. Schmerzen"),
        ("lebt in der Langen Gasse 5", "lebt in der [other]"),
        ("wohnt in der Straße des Friedens 12 b", "wohnt [other]"),
        ("lives at 14 High Street", "lives at [other]"),
        ("She lives at 14 high street.", "She lives at [other]."),
        ("living at flat 3, 14 high street, since May", "living at [other], since May"),
        ("Home address: 14 High Street", "Home address: [other]"),
        ("住址:北京市朝阳区建国路88号", "住址:[other]"),
        ("患者住在北京市朝阳区建国路88号,因头痛就诊。", "患者住在[other],因头痛就诊。"),
        ("患者家住朝阳区建国路88号院3号楼2单元501室。", "患者家住[other]。"),
        ("家庭住址为北京市朝阳区建国路八十八号", "家庭住址[other]"),
    ],
)
def test_where_somebody_lives_goes_whole(text, expected):
    assert clean_text(text, NOBODY) == expected


@pytest.mark.parametrize(
    "text",
    [
        "vía aérea 3; Vía aérea difícil, vía central 14 G, vía oral 3 veces",
        "Caída en la calle hace 2 días. Se cayó en la calle.",
        "Vive en la calle desde hace 2 años",
        "vive en una residencia con 3 hermanas",
        "Paracetamol c/ 8 h, paseo de 20 minutos, camino de 3 km, plaza",
        "carrera de 10 km, ronda 2, ronda de 3 fármacos",
        "lives at home with 2 daughters; living in pain for 3 weeks",
        "lives on the 2nd floor; 2 days after road accident; 3 vessels in place",
        "wohnt im Pflegeheim; Harnweg 2 mm, lebt in Partnerschaft",
        "气道3, 通路2",
    ],
)
def test_words_of_streets_and_of_the_body_without_a_house_stay(text):
    assert clean_text(text, NOBODY) == text


@pytest.mark.parametrize("repeated", ["calle ", "vive en ", "Calle A ", "vive en calle ", "lives at 1 a ", "vive "])
def test_long_runs_of_words_that_addresses_begin_with_are_read_in_time(repeated):
    run = (repeated * 4000)[:8000]
    assert clean_text(f"{run}\nRadiologist: Jane Roe", NOBODY).endswith("\nRadiologist: [name]")
