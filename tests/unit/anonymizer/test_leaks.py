"""The search finds planted identities in every encoding, tells kinds only, and is not alarmed by chance."""

import random
from dataclasses import replace
from datetime import date
from io import BytesIO

import pytest
from pydicom import Dataset
from pydicom.uid import DeflatedExplicitVRLittleEndian

from anonymizer import KnownIdentity, leaks, verify

KNOWN = KnownIdentity(
    names=("Vögelein^Hildegard", "Wang^XiaoDong=王^小东", "Yamada^Tarou=山田^太郎"),
    ids=("MRN-77123", "4711007"),
    dates=(date(1952, 3, 9),),
    others=("+49 30 1234567",),
)


@pytest.mark.parametrize("codec", ["latin-1", "utf-8", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize(
    "word", ["Vögelein", "VÖGELEIN", "vögelein", "Voegelein", "VOGELEIN", "Hildegard^X", "X^HILDEGARD"]
)
def test_spelled_names_are_found(codec, word):
    assert leaks(b"\0\1" + f" {word} ".encode(codec) + b"\2", KNOWN) == ["name"]


@pytest.mark.parametrize("codec", ["utf-8", "gb18030", "utf-16-le"])
@pytest.mark.parametrize("word", ["王小东", "小东"])
def test_chinese_names_are_found_in_chinese_encodings(codec, word):
    assert leaks("患者".encode(codec) + word.encode(codec), KNOWN) == ["name"]


@pytest.mark.parametrize("codec", ["utf-8", "shift_jis", "iso2022_jp", "euc_jp", "utf-16-be"])
def test_japanese_names_are_found_in_japanese_encodings(codec):
    assert leaks("患者 山田 様".encode(codec), KNOWN) == ["name"]


@pytest.mark.parametrize("codec", ["euc_kr", "utf-8", "iso2022_kr"])
def test_korean_names_are_found(codec):
    assert leaks("환자 홍길동".encode(codec), KnownIdentity(names=("Hong^Gildong=洪^吉洞=홍^길동",))) == ["name"]


@pytest.mark.parametrize(
    ("codec", "name"),
    [
        ("iso8859_2", "Wałęsa"),
        ("iso8859_3", "Ĝirafo"),
        ("iso8859_4", "Kēniņš"),
        ("iso8859_5", "Щедринский"),
        ("iso8859_6", "الحداد"),
        ("iso8859_7", "Παπαδόπουλος"),
        ("iso8859_8", "שפירא"),
        ("iso8859_9", "Yıldırım"),
        ("iso8859_11", "สมชาย"),
    ],
)
def test_names_are_found_in_every_single_byte_character_set(codec, name):
    known = KnownIdentity(names=(f"{name}^X",))
    for form in (name, name.upper(), name.lower()):
        try:
            written = form.encode(codec)
        except UnicodeEncodeError:
            continue  # a capital that the character set does not have
        for data in (written, form.encode(), form.encode("utf-16-le")):
            assert leaks(b" " + data + b" ", known) == ["name"], form


@pytest.mark.parametrize(
    ("data", "kinds"),
    [
        (b"x MRN-77123 y", ["id"]),
        (b"mrn-77123", ["id"]),
        (b"\x084711007\0", ["id"]),
        (b"DA\x08\x0019520309", ["date"]),
        (b"1952-03-09", ["date"]),
        (b"09.03.1952", ["date"]),
        (b"tel +49 30 1234567.", ["other"]),
        (b"Hildegard 19520309 MRN-77123", ["date", "id", "name"]),
    ],
)
def test_identifiers_and_dates_are_found(data, kinds):
    assert leaks(data, KNOWN) == kinds


@pytest.mark.parametrize(
    "data",
    [
        b"2.25.1234711007123",
        b"0.4711007",
        b"4711007.5",
        b"119520309",
        b"Hildegarde",
        b"MRN-771234",
        b"",
        b"li",
        b"Wangen",
        "平扫".encode(),
        "山西田野".encode("gb18030"),
    ],
)
def test_parts_of_other_words_and_numbers_are_no_alarm(data):
    assert leaks(data, KNOWN) == []


def test_a_short_name_is_searched_as_a_whole():
    known = KnownIdentity(names=("Li^Na",))
    assert leaks(b"li NA li. Niere", known) == ["name"] and leaks(b"NA^LI", known) == ["name"]
    assert leaks(b"li. Niere, Na 140", known) == []


def test_random_bytes_rarely_alarm():
    noise = random.Random(3).randbytes(2_000_000)
    assert (
        leaks(
            noise, KnownIdentity(names=("Vögelein^Hildegard", "王^小东"), ids=("MRN-77123",), dates=(date(1952, 3, 9),))
        )
        == []
    )


def test_a_published_object_verifies_and_the_original_does_not(clean, image, as_bytes):
    image.OtherPatientNames = "Wang^XiaoDong"
    original, result = as_bytes(image), clean(image)
    assert verify(BytesIO(original), KNOWN) == ["date", "id", "name"]
    assert verify(BytesIO(result.data), KNOWN) == []


def test_pixels_are_not_searched_but_everything_around_them_is(image, as_bytes):
    image.PatientName = image.PatientID = image.PatientBirthDate = ""
    image.Rows, image.Columns, image.PixelData = 512, 512, b"Hildegard " * 52429
    data = as_bytes(image)
    assert verify(BytesIO(data), KNOWN) == []
    assert verify(BytesIO(b"Hildegard".ljust(128, b"\0") + data[128:]), KNOWN) == ["name"]
    image.DataSetTrailingPadding = b"Hildegard!"
    assert verify(BytesIO(as_bytes(image)), KNOWN) == ["name"]


def test_nested_and_deflated_values_are_searched(image, as_bytes):
    image.PatientName = image.PatientID = image.PatientBirthDate = ""
    item = Dataset()
    item.TextValue = "x" * 100_000 + " Hildegard " + "x" * 2_000_000
    image.AcquisitionContextSequence = [item]
    image.file_meta.TransferSyntaxUID = DeflatedExplicitVRLittleEndian
    assert verify(BytesIO(as_bytes(image)), KNOWN) == ["name"]


def test_short_names_in_binary_tables_are_no_alarm(image, as_bytes):
    known = replace(KNOWN, names=("Lee^Ann",), ids=(), dates=(), others=())
    image.PatientName = ""
    image.RedPaletteColorLookupTableData = b"\1lee\2ann\3 "
    assert verify(BytesIO(as_bytes(image)), known) == []
    image.SeriesDescription = "Lee"
    assert verify(BytesIO(as_bytes(image)), known) == ["name"]


@pytest.mark.parametrize("name", ["Burned^Pixels", "Face^Cut", "Own^Rules", "Text^Away"])
def test_our_own_notes_are_no_alarm_whoever_is_called_so(name):
    known = KnownIdentity(names=(name,))
    notes = (b"Text burned into the pixels was blacked", b"Image; The face was cut away", b"second-read with own rules")
    assert [leaks(b"\xff" + note, known) for note in notes] == [[], [], []]
    assert leaks(b"\xff" + name.split("^")[0].encode(), known) == ["name"]
