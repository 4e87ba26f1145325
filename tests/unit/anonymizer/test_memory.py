"""What is remembered of a series makes it faster and changes nothing: not a byte, not a count, not a refusal."""

import os
import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from io import BytesIO
from typing import Any

import pytest

from anonymizer import Context, DeidentificationError, KnownIdentity, NodeKey, deidentify, load_profile, verify
from anonymizer.cutting import MOST_PIECES, Cutter, cutter
from anonymizer.deidentification import PLACED
from anonymizer.markers import MARKED, markers
from anonymizer.memory import forget
from tests.unit.anonymizer.made_up_series import element, header_of, part10, slices

ROUNDS = int(os.environ.get("OVERREAD_SERIES", "25"))
KNOWN = KnownIdentity(names=("Voegelein^Hildegard",), ids=("ACC4711",))


@pytest.fixture(autouse=True)
def _nothing_remembered() -> Iterator[None]:
    forget()
    yield
    forget()


def outcome(data: bytes, context: Context) -> tuple[Any, ...]:
    """Return the result, the report and the finding of the verification, or the code of the refusal."""
    sink = BytesIO()
    try:
        report = deidentify(BytesIO(data), sink, context)
    except DeidentificationError as error:
        return (error.code, sink.getvalue())
    try:
        found = verify(BytesIO(sink.getvalue()), KNOWN)
    except DeidentificationError as error:
        found = [error.code]
    return sink.getvalue(), report, found


@pytest.fixture
def slowly(monkeypatch: pytest.MonkeyPatch) -> Callable[[bytes, Context], tuple[Any, ...]]:
    """Return what de-identifies without pieces and without memory."""

    def run(data: bytes, context: Context) -> tuple[Any, ...]:
        with monkeypatch.context() as patched:
            patched.setattr(Cutter, "cut", lambda self, data, base, position, end, fetch: ([], position))
            patched.setattr("anonymizer.deidentification.may_remember", lambda profile, sop_class_uid: False)
            return outcome(data, context)

    return run


def test_series_come_out_as_they_do_without_memory(context, slowly):
    contexts = [
        context,
        replace(context, profile=load_profile("basic"), site="elsewhere"),
        replace(context, vouched=True),
    ]
    whole = 0
    for seed in range(ROUNDS):
        for number, data in enumerate(slices(seed, 12)):
            using = contexts[(seed + number // 6) % len(contexts)]
            quick = outcome(data, using)
            assert quick == slowly(data, using), (seed, number)
            whole += len(quick) == 3
    assert whole > 6 * ROUNDS


def test_real_files_come_out_as_they_do_without_memory(shared, context, slowly):
    vouching = replace(context, vouched=True)
    paths = sorted(path for path in (shared / "corpus").rglob("*") if path.is_file() and path.suffix != ".zip")
    files = [path.read_bytes() for path in paths[:: int(os.environ.get("OVERREAD_EVERY", "5"))]]
    for data in files:
        assert outcome(data, vouching) == outcome(data, vouching) == slowly(data, vouching)
    assert len(files) > 60


def test_series_is_cut_into_few_pieces_after_two_slices(context):
    files = [part10([*header_of_slice(number)]) for number in range(4)]
    counted = [len(cut(data)) for data in files]
    assert counted[0] > 20 and counted[3] <= 6


def header_of_slice(number: int) -> list[bytes]:
    header = header_of(random.Random(1)) | {0x00200013: element(0x20, 0x13, b"IS", b"%d" % number)}
    return [header[tag] for tag in sorted(header)]


def cut(data: bytes) -> list[Any]:
    start = data.index(element(8, 5, b"CS", b"")[:6])
    return cutter("originals").cut(data, 0, start, len(data), lambda at, length: data[at : at + length])[0]


def test_next_patient_is_not_cleaned_by_the_words_of_the_one_before(context, image, clean):
    image.PatientName, image.SeriesDescription = "Kopf^Anna", "Hals nativ"
    assert clean(image).ds.SeriesDescription == "Hals nativ"
    image.PatientName = "Hals^Anna"
    assert clean(image).ds.SeriesDescription == "nativ"
    image.PatientName = "Kopf^Anna"
    assert clean(image).ds.SeriesDescription == "Hals nativ"


@pytest.mark.parametrize(
    "other",
    [
        {"key": NodeKey(bytes(32))},
        {"site": "elsewhere"},
        {"pseudonym": "OVR-0000-0000-0000"},
        {"patient_scope": "somebody else"},
        {"profile": load_profile("basic")},
    ],
    ids=lambda other: next(iter(other)),
)
def test_nothing_is_recalled_in_other_surroundings(context, image, as_bytes, slowly, other):
    data, using = as_bytes(image), replace(context, **other)
    first = outcome(data, context)
    assert outcome(data, using) == slowly(data, using) != first
    assert outcome(data, context) == first


def test_other_character_set_reads_the_same_bytes_otherwise(clean, image, as_bytes):
    image.SeriesDescription = "Schädel"
    data = as_bytes(image)
    assert clean(data).ds.SeriesDescription == "Schädel"
    cyrillic = data.replace(b"ISO_IR 100", b"ISO_IR 144")
    assert cyrillic != data and "SeriesDescription" not in clean(cyrillic).ds


def test_refusal_in_the_middle_leaves_the_next_object_whole(context, image, as_bytes, slowly):
    data = as_bytes(image)
    deep = element(0x40, 0x275, b"SQ", b"\xfe\xff\x00\xe0\x10\0\0\0" + bytes(8))
    broken = data.replace(element(0x28, 2, b"US", b"\1\0"), deep + element(0x28, 2, b"US", b"\1\0"))
    assert outcome(broken, context)[0] == "truncated"
    assert outcome(data, context) == slowly(data, context)


def test_same_object_twice_is_the_same_object(context, image, as_bytes):
    data = as_bytes(image)
    assert outcome(data, context) == outcome(data, context)


def test_what_is_remembered_is_bounded(context):
    original = Cutter()
    for number in range(MOST_PIECES + 100):
        data = element(8, 8, b"CS", b"NUMBER %d" % number)
        assert original.cut(data, 0, 0, len(data), lambda at, length: b"")[1] == len(data)
    assert len(original._singles) <= MOST_PIECES


def test_all_that_results_get_of_their_own_is_named(clean, image):
    del image.SpecificCharacterSet
    given = set(image.keys())
    assert set(clean(image).ds.keys()) - given <= PLACED
    assert {int(marker.tag) for marker in markers(load_profile("second-read"))} == MARKED
