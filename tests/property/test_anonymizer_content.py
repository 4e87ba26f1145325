"""Whatever is planted in a content tree, whatever the concept and value type: no identity survives, the tree holds."""

import csv
import os
from io import BytesIO
from pathlib import Path

import hypothesis.strategies as st
from hypothesis import HealthCheck, given, settings
from pydicom import Dataset, dcmread
from pydicom.uid import (
    ComprehensiveSRStorage,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    KeyObjectSelectionDocumentStorage,
    XRayRadiationDoseSRStorage,
)

import anonymizer
from anonymizer import Context, KnownIdentity, NodeKey, deidentify, load_profile, map_uid, pseudonym, verify
from tests.unit.anonymizer.content_trees import VALUES, cell, code, heading, item, measured, reference, report, table

EXAMPLES = int(os.environ.get("OVERREAD_PROPERTY_EXAMPLES", "25"))
KEY = NodeKey(b"p" * 32)
NUMBER, BIRTH, ROOT = "90817263", "19520309", "1.2.276.90817263.7"
# Of the second nobody says that she is a person: what no vocabulary lists goes all the same.
PATIENT, STRANGER = "Zwölfinger^Quirlante", "Wergeltok"
CHARSETS = {"ISO_IR 100": "latin-1", "ISO_IR 192": "utf-8"}
SYNTAXES = (ImplicitVRLittleEndian, ExplicitVRLittleEndian, ExplicitVRBigEndian, DeflatedExplicitVRLittleEndian)
_TABLE = Path(anonymizer.__file__).parent / "data" / "content_items.tsv"
ROWS = [
    (row["code"], row["scheme"]) for row in csv.DictReader(_TABLE.read_text("utf-8").splitlines()[1:], delimiter="\t")
]
UNLISTED = [
    ("112039", "DCM"),
    ("81827009", "SCT"),
    ("T-28000", "SRT"),
    ("X1", "99WERGELTOK"),
    (STRANGER, "L"),
    ("m", "UCUM"),
]
TEXTS = (
    "{name}", "seen by {name}", "{name}, no mass", "MRN {number}", "{number}", "born {birth}", "no mass", "{birth}",
    "effusion; {name} 09.03.1952", "Dr. {name} saw a mass", "see {root}.5", "no\n{name}\nmass", "",
)  # fmt: skip
words = st.sampled_from(["Zwölfinger", "Quirlante", "ZWOELFINGER", STRANGER, STRANGER.lower(), "quirlante^zwölfinger"])
texts = st.builds(
    lambda text, name: text.format(name=name, number=NUMBER, birth=BIRTH, root=ROOT), st.sampled_from(TEXTS), words
)
concepts = st.tuples(st.sampled_from(ROWS + UNLISTED), texts)
uids = st.integers(1, 40).map(lambda number: f"{ROOT}.{number}")
cells = st.one_of(
    st.tuples(st.sampled_from(["LO", "LT", "UC", "UT", "SH"]), texts.map(lambda text: text[:16])),
    st.tuples(st.just("PN"), words),
    st.tuples(st.just("DA"), st.sampled_from([BIRTH, "20240115"])),
    st.tuples(st.just("DT"), st.sampled_from([BIRTH + "101112", "20240115101112"])),
    st.tuples(st.just("UI"), uids),
    st.tuples(st.sampled_from(["DS", "IS"]), st.sampled_from(["12", NUMBER])),
    st.tuples(st.just("FD"), st.floats(0, 100)),
    st.tuples(st.just("SQ"), concepts),
)
values = st.one_of(
    st.tuples(st.just("TEXT"), texts),
    st.tuples(st.just("PNAME"), words),
    st.tuples(st.just("DATE"), st.sampled_from([BIRTH, "20240115"])),
    st.tuples(st.just("DATETIME"), st.sampled_from([BIRTH + "101112", "20240115101112"])),
    st.tuples(st.just("TIME"), st.just("101112")),
    st.tuples(st.just("UIDREF"), uids),
    st.tuples(st.just("CODE"), concepts),
    st.tuples(
        st.just("NUM"), st.tuples(st.sampled_from(["12.5", NUMBER, "93"]), st.sampled_from(["mm", "a", "{lustra}"]))
    ),
    st.tuples(st.sampled_from(["IMAGE", "COMPOSITE", "WAVEFORM"]), uids),
    st.tuples(st.just("CONTAINER"), st.none()),
    st.tuples(st.just("TABLE"), st.tuples(concepts, concepts, st.lists(st.tuples(cells, st.booleans()), min_size=1))),
)


def named(drawn):
    (value, scheme), meaning = drawn
    return code(value, scheme, (meaning or "Finding")[:60])


def tabulated(drawn):
    rows, columns, drawn_cells = drawn
    found = [
        cell(vr, [named(value)] if vr == "SQ" else value, row=row, column=None if whole else 1)
        for row, ((vr, value), whole) in enumerate(drawn_cells, 1)
    ]
    definitions = {"of_rows": [heading(named(rows))], "of_columns": [heading(named(columns), column=1)]}
    return table(len(found), 1, *found, **definitions)


_VALUE = {"CODE": named, "NUM": lambda drawn: measured(*drawn), "TABLE": tabulated} | dict.fromkeys(
    ("IMAGE", "COMPOSITE", "WAVEFORM"), reference
)


def stray(ds: Dataset, word: str, uid: str) -> None:
    """Put next to the value what no value of its type has."""
    ds.ObservationUID, ds.ObservationDateTime = uid, BIRTH + "10"
    ds.TextValue = ds.get("TextValue", word) if ds.ValueType == "TEXT" else word
    ds.RetrieveURL, ds.ContentCreatorName = f"http://{STRANGER}", word
    ds.add_new(0x00290010, "LO", STRANGER.upper())
    ds.add_new(0x00291010, "UN", STRANGER.encode() + b" " + NUMBER.encode())


def build_item(drawn):
    (kind, value), concept, children, strays, word, uid, place = drawn
    inner = [build_item(child) for child in children]
    found = item(kind, named(concept), _VALUE.get(kind, lambda plain: plain)(value), *inner)
    if strays:
        stray(found, word, uid)
    if place:
        pointing = Dataset()
        pointing.RelationshipType, pointing.ReferencedContentItemIdentifier = "INFERRED FROM", [1, *place]
        found.ContentSequence = [*found.get("ContentSequence", []), pointing]
    return found


rest = (st.booleans(), words, uids, st.lists(st.integers(1, 3), max_size=3))
trees = st.recursive(
    st.tuples(values, concepts, st.just(()), *rest),
    lambda inner: st.tuples(values, concepts, st.lists(inner, max_size=3), *rest),
    max_leaves=8,
)
reports = st.tuples(
    st.lists(trees, min_size=1, max_size=4),
    st.sampled_from(sorted(CHARSETS)),
    st.sampled_from(SYNTAXES),
    st.sampled_from([ComprehensiveSRStorage, KeyObjectSelectionDocumentStorage, XRayRadiationDoseSRStorage]),
)


def build(items, charset, syntax, sop_class):
    ds = report(*(build_item(each) for each in items), sop_class=sop_class)
    ds.SpecificCharacterSet, ds.file_meta.TransferSyntaxUID = charset, syntax
    ds.PatientName, ds.PatientID, ds.PatientBirthDate, ds.StudyInstanceUID = PATIENT, NUMBER, BIRTH, f"{ROOT}.2"
    buffer = BytesIO()
    ds.save_as(
        buffer,
        implicit_vr=syntax == ImplicitVRLittleEndian,
        little_endian=syntax != ExplicitVRBigEndian,
        enforce_file_format=True,
    )
    return buffer.getvalue()


def run(data):
    sink = BytesIO()
    name = pseudonym(KEY, site="site", issuer="", patient_id=NUMBER)
    deidentify(BytesIO(data), sink, Context(KEY, "site", name, "scope", load_profile("second-read")))
    return sink.getvalue()


def plain(result):
    """Return the bytes with those of an inflated data set behind them."""
    ds = dcmread(BytesIO(result))
    if ds.file_meta.TransferSyntaxUID != DeflatedExplicitVRLittleEndian:
        return result
    buffer = BytesIO()
    ds.save_as(buffer, implicit_vr=False, little_endian=True)
    return result + buffer.getvalue()


def every(ds, place=(1,)):
    for number, each in enumerate(ds.get("ContentSequence", []), 1):
        yield (*place, number), each
        yield from every(each, (*place, number))


relaxed = settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))


@relaxed
@given(reports)
def test_nothing_planted_in_a_tree_survives_in_any_byte(drawn):
    result = run(build(*drawn))
    lowered = plain(result).lower()
    for word in ("zwölfinger", "Zwölfinger", "ZWÖLFINGER", "zwoelfinger", "quirlante", STRANGER):
        for codec in CHARSETS.values():
            assert word.encode(codec).lower() not in lowered, word
    for text in (NUMBER, BIRTH, "09.03.1952", ROOT):
        assert text.encode() not in lowered
    assert verify(BytesIO(result), KnownIdentity(names=(PATIENT, STRANGER), ids=(NUMBER,))) == []


@relaxed
@given(reports)
def test_the_tree_that_is_left_can_be_walked_and_its_references_resolve(drawn):
    data = build(*drawn)
    before, after = dcmread(BytesIO(data)), dcmread(BytesIO(run(data)))
    mapped = {map_uid(KEY, site="site", uid=str(e.value)) for e in before.iterall() if e.VR == "UI" and e.value}
    found = dict(every(after))
    for place, each in found.items():
        if "ReferencedContentItemIdentifier" in each:
            assert tuple(_numbers(each.ReferencedContentItemIdentifier)) in found.keys() | {(1,)}, place
            continue
        keyword = VALUES.get(each.ValueType)
        assert keyword is None or keyword in each, "a value type without its value"
        assert not {VALUES[kind] for kind in VALUES if kind != each.ValueType} & set(each.dir())
    for element in after.iterall():
        assert not element.tag.is_private
        if element.VR == "UI" and element.value:
            assert str(element.value) in mapped or str(element.value).startswith("1.2.840.10008."), element.tag


def _numbers(value):
    return [value] if isinstance(value, int) else list(value)


@relaxed
@given(reports)
def test_the_same_report_always_gives_the_same_bytes_and_a_second_pass_takes_nothing_more(drawn):
    once = run(build(*drawn))
    assert once == run(build(*drawn))
    twice = dcmread(BytesIO(run(once)))
    assert [place for place, _ in every(twice)] == [place for place, _ in every(dcmread(BytesIO(once)))]
