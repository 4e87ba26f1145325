"""Whatever is planted, wherever: no identity survives in any byte, references stay together, results can be read."""

import os
from io import BytesIO

import hypothesis.strategies as st
from hypothesis import HealthCheck, given, settings
from pydicom import Dataset, dcmread
from pydicom.datadict import DicomDictionary  # type: ignore[attr-defined]
from pydicom.dataset import FileMetaDataset
from pydicom.uid import (
    CTImageStorage,
    DeflatedExplicitVRLittleEndian,
    EnhancedMRImageStorage,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    SegmentationStorage,
)

from anonymizer import (
    Context,
    KnownIdentity,
    NodeKey,
    date_shift_days,
    deidentify,
    load_profile,
    map_uid,
    pseudonym,
    verify,
)

EXAMPLES = int(os.environ.get("OVERREAD_PROPERTY_EXAMPLES", "150"))
KEY = NodeKey(b"p" * 32)
PERSONS = {
    "ISO_IR 100": (["Zwölfinger", "Quirlante"], "latin-1"),
    "ISO_IR 192": (["Zhuangzi", "庄子墨"], "utf-8"),
    "GB18030": (["Zhuangzi", "庄子墨"], "gb18030"),
    "ISO_IR 144": (["Щедринский"], "iso8859_5"),
    "": (["Xanthopoulou", "Quirlante"], "ascii"),
}
NUMBER, BIRTH, ROOT = "90817263", "19520309", "1.2.276.90817263.7"
SYNTAXES = (ImplicitVRLittleEndian, ExplicitVRLittleEndian, ExplicitVRBigEndian, DeflatedExplicitVRLittleEndian)
# Attributes that decide whether an object is looked at all, or where its pixels are, are not for planting.
_FIXED_GROUPS = {0x0000, 0x0002, 0x0004, 0x0028, 0x7FE0, 0xFFFE, 0x6000, 0x5400, 0x5600}
_FIXED = {0x00080005, 0x00080008, 0x00080016, 0x00080018, 0x0020000D, 0x0020000E, 0x00080060, 0x00080064, 0x00480010}
PLANTABLE = {"AE", "CS", "DA", "DT", "LO", "LT", "PN", "SH", "ST", "UC", "UI", "UN", "UR", "UT", "OB"}
TAGS = sorted(
    (tag, entry[0])
    for tag, entry in DicomDictionary.items()
    if entry[0] in PLANTABLE and tag >> 16 not in _FIXED_GROUPS and tag not in _FIXED
)
SEQUENCES = sorted(tag for tag, entry in DicomDictionary.items() if entry[0] == "SQ" and tag >> 16 not in _FIXED_GROUPS)


def planted(vr, words, codec, number):
    """Return a value that carries an identity and that the VR can hold."""
    word = words[number % len(words)]
    if vr in {"DA", "DT"}:
        return BIRTH + ("101112.5" if vr == "DT" else "")
    if vr == "UI":
        return f"{ROOT}.{number}"
    if vr in {"OB", "UN"}:
        return (word.encode(codec) + b" " + NUMBER.encode()).ljust(64, b"\0")
    if vr in {"AE", "CS", "UR"}:
        latin = next((each for each in words if each.isascii()), "Quirlante")
        return latin.upper()[:16]
    texts = (word, f"CT {word} 2.0", f"{word} {NUMBER}", f"{word}, {words[0]}: {BIRTH}", f"Head_{word}", NUMBER)
    return texts[number % len(texts)]


leaves = st.lists(st.tuples(st.sampled_from(TAGS), st.integers(0, 50), st.booleans()), max_size=12)
trees = st.recursive(
    leaves.map(lambda found: (found, [])),
    lambda inner: st.tuples(leaves, st.lists(st.tuples(st.sampled_from(SEQUENCES), inner), max_size=3)),
    max_leaves=6,
)


def plant(ds, tree, words, codec):
    found, nested = tree
    for (tag, vr), number, private in found:
        if private:
            group = (tag >> 16 | 1) if tag >> 16 > 8 else 0x0029
            ds.add_new(group << 16 | 0x0010, "LO", "QUIRLANTE MAKER")
            ds.add_new(group << 16 | 0x1000 | tag & 0xFF, vr, planted(vr, words, codec, number))
        else:
            ds.add_new(tag, vr, planted(vr, words, codec, number))
    for tag, inner in nested:
        item = Dataset()
        plant(item, inner, words, codec)
        ds.add_new(tag, "SQ", [item])


def build(tree, charset, sop_class, syntax):
    words, codec = PERSONS[charset]
    ds = Dataset()
    plant(ds, tree, words, codec)
    ds.file_meta = FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = syntax
    if charset:
        ds.SpecificCharacterSet = charset
    ds.SOPClassUID, ds.Modality, ds.ImageType = sop_class, "CT", ["ORIGINAL", "PRIMARY"]
    ds.SOPInstanceUID, ds.StudyInstanceUID, ds.SeriesInstanceUID = f"{ROOT}.1", f"{ROOT}.2", f"{ROOT}.3"
    ds.PatientName, ds.PatientID, ds.PatientBirthDate = "^".join(words), NUMBER, BIRTH
    ds.OtherPatientNames = "Quirlante"
    ds.Rows = ds.Columns = 4
    ds.BitsAllocated, ds.BitsStored, ds.HighBit, ds.SamplesPerPixel, ds.PixelRepresentation = 16, 16, 15, 1, 0
    ds.PhotometricInterpretation, ds.BurnedInAnnotation = "MONOCHROME2", "NO"
    ds.PixelData = bytes(range(32))
    ds["PixelData"].VR = "OW"
    buffer = BytesIO()
    ds.save_as(
        buffer,
        implicit_vr=syntax == ImplicitVRLittleEndian,
        little_endian=syntax != ExplicitVRBigEndian,
        enforce_file_format=True,
    )
    return buffer.getvalue()


def context(profile="second-read"):
    return Context(
        KEY, "site", pseudonym(KEY, site="site", issuer="", patient_id=NUMBER), "scope", load_profile(profile)
    )


def run(data, profile="second-read"):
    sink = BytesIO()
    deidentify(BytesIO(data), sink, context(profile))
    return sink.getvalue()


objects = st.builds(
    build,
    trees,
    st.sampled_from(sorted(PERSONS)),
    st.sampled_from([CTImageStorage, EnhancedMRImageStorage, SegmentationStorage]),
    st.sampled_from(SYNTAXES),
)
relaxed = settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))


@relaxed
@given(objects, st.sampled_from(["second-read", "basic"]))
def test_nothing_planted_survives_in_any_byte(data, profile):
    result = run(data, profile)
    ds = dcmread(BytesIO(result))
    plain = result
    if ds.file_meta.TransferSyntaxUID == DeflatedExplicitVRLittleEndian:
        buffer = BytesIO()
        ds.save_as(buffer, implicit_vr=False, little_endian=True)
        plain = result + buffer.getvalue()
    lowered = plain.lower()
    for words, codec in PERSONS.values():
        for word in words:
            for form in {word, word.upper(), word.lower()}:
                assert form.encode(codec).lower() not in lowered
                assert form.encode().lower() not in lowered
    for text in (NUMBER, BIRTH, ROOT):
        assert text.encode() not in plain
    known = KnownIdentity(names=tuple("^".join(words) for words, _ in PERSONS.values()), ids=(NUMBER,))
    assert verify(BytesIO(result), known) == []


@relaxed
@given(objects)
def test_results_can_be_read_and_refer_to_each_other(data):
    before, after = dcmread(BytesIO(data)), dcmread(BytesIO(run(data)))
    assert after.PixelData == before.PixelData
    mapped = {
        map_uid(KEY, site="site", uid=str(e.value))
        for e in before.iterall()
        if e.VR == "UI" and isinstance(e.value, str)
    }
    for element in after.iterall():
        assert not element.tag.is_private
        if element.VR == "UI" and element.value:
            assert str(element.value) in mapped or str(element.value).startswith("1.2.840.10008."), element.tag
    assert list(after.keys()) == sorted(after.keys())


@relaxed
@given(objects)
def test_the_same_input_always_gives_the_same_bytes_and_a_second_pass_loses_no_attribute(data):
    once = run(data)
    assert once == run(data)
    twice = dcmread(BytesIO(run(once)))
    assert set(twice.keys()) == set(dcmread(BytesIO(once)).keys())


@given(st.text(max_size=40), st.text(max_size=40), st.text(max_size=64))
def test_keyed_functions_are_functions_of_their_input(site, issuer, text):
    assert pseudonym(KEY, site=site, issuer=issuer, patient_id=text) == pseudonym(
        KEY, site=site, issuer=issuer, patient_id=text
    )
    mapped = map_uid(KEY, site=site, uid=text)
    assert mapped == map_uid(KEY, site=site, uid=text)
    assert not mapped or mapped.replace(".", "").isdigit()
    assert -3640 <= date_shift_days(KEY, site=site, patient_scope=text) <= -7


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.binary(max_size=2000), st.booleans())
def test_any_bytes_are_cleaned_or_refused(data, prefixed):
    from anonymizer import DeidentificationError

    source = bytes(128) + b"DICM" + data if prefixed else data
    sink = BytesIO()
    try:
        deidentify(BytesIO(source), sink, context())
    except DeidentificationError as error:
        assert sink.getvalue() == b"" and error.reason
