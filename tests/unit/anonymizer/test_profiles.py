"""A site's profile tightens as it likes and loosens only line by line; what a profile does can be read."""

from dataclasses import replace

import pytest

from anonymizer import attribute_name, difference, explain, load_profile, parse_profile, profile_names
from anonymizer.identities import PATIENT_IDENTIFIERS
from anonymizer.plan import Place, step_for
from anonymizer.profile import OPTION_CODES, SETTLED
from anonymizer.rules import direct_identifiers, row_of
from anonymizer.wording import without_words

CT = "1.2.840.10008.5.1.4.1.1.2"
SITE = """
title = "North Field"
base = "second-read"
without = ["retain-patient-characteristics"]
[overrides]
00181030 = "X"
[admitted]
00081010 = "the physicist compares the two scanners"
retain-institution-identity = "a study of hospitals"
"""


@pytest.fixture
def site(context):
    """Return a context with a site's profile, made of a text or of a change to it."""

    def under(text=SITE):
        return replace(context, profile=parse_profile("north", text))

    return under


def test_a_site_starts_from_a_profile_of_the_library():
    profile = parse_profile("north", SITE)
    assert profile.base == "second-read" and "retain-patient-characteristics" not in profile.options
    assert profile.action(0x00181030) == "X" and profile.ruling(0x00081010) == ("K", "admitted")
    assert profile.ruling(0x00080080) == ("K", "retain-institution-identity")
    assert [each.reason for each in profile.admitted] == [
        "the physicist compares the two scanners",
        "a study of hospitals",
    ]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('base = "mine"', "the base is one of"),
        ("", "the base is one of"),
        ('options = ["retain-full-dates", "retain-institution-identity"]', "the base is one of"),
        ('private_lists = ["TCIA"]', "the base is one of"),
        ('base = "basic"\n[overrides]\n00191023 = "X"', "00191023 is private"),
        ('base = "basic"\n[overrides]\n00080104 = "X"', "00080104 is settled for every object"),
        ('base = "basic"\n[overrides]\n0040A160 = "X"', "0040A160 is settled for every object"),
        ('base = "basic"\n[overrides]\n00100020 = "X"', "00100020 is settled for every object"),
        ('base = "basic"\n[overrides]\n00400275 = "D"', "basic removes 00400275, and D would be milder"),
        ('base = "second-read"\n[overrides]\n00102160 = "Z"', "second-read removes 00102160"),
        ('base = "basic"\n[overrides]\n00101FFE = "D"', "basic removes 00101FFE"),
        ('options = ["retain-uids"]\nbase = "basic"', "unknown keys: options"),
        ('base = "basic"\nwithout = ["retain-uids"]', "basic has none of the options"),
        ('base = "basic"\n[overrides]\n00080020 = "K"', "an override is X, Z or D"),
        ('base = "basic"\n[overrides]\nStudyDate = "X"', "neither a tag"),
        ('base = "basic"\n[admitted]\n00081010 = " "', "admitted without a reason"),
        ('base = "basic"\n[admitted]\n00100010 = "why not"', "never admitted"),
        ('base = "basic"\n[admitted]\n00100020 = "why not"', "never admitted"),
        ('base = "basic"\n[admitted]\n00081048 = "a name"', "never admitted"),
        ('base = "basic"\n[admitted]\n00091001 = "private"', "never admitted"),
        ('base = "basic"\n[admitted]\n60003000 = "overlay"', "never admitted"),
        ('base = "basic"\n[admitted]\n04000550 = "original attributes"', "never admitted"),
        ('base = "basic"\n[overrides]\n00081010 = "X"\n[admitted]\n00081010 = "both"', "both overridden and admitted"),
        ('base = "basic"\nprivate_lists = ["TCIA"]', "needs retain-safe-private to be admitted"),
        ('base = "second-read"\n[admitted]\nretain-full-dates = "x"', "either kept or modified"),
    ],
)
def test_a_profile_that_loosens_without_saying_so_is_refused(line, message):
    with pytest.raises(ValueError, match=message):
        parse_profile("north", f'title = "North"\n{line}')


@pytest.mark.parametrize("tag", sorted(direct_identifiers() | SETTLED))
def test_what_tells_who_the_patient_is_is_never_admitted(tag):
    with pytest.raises(ValueError, match="never admitted"):
        parse_profile("north", f'title = "North"\nbase = "basic"\n[admitted]\n{tag:08X} = "why not"')


def test_identifiers_of_every_module_are_listed():
    """Birth date in another calendar, record locator, insurance, accession number, admission, ward, order, person.

    Owner of a camera, who verified and who made a content, who gets results, subject of a trial, results.
    """
    named = {0x00100033, 0x00100034, 0x00101090, 0x00101050, 0x00080050, 0x00380010, 0x00380300, 0x00402016, 0x00401102}
    named |= {
        0x0016004D,
        0x0040A088,
        0x00700086,
        0x00401011,
        0x00120040,
        0x00120042,
        0x40080040,
        0x40080200,
        0x00404009,
    }
    assert named | PATIENT_IDENTIFIERS <= direct_identifiers()


def test_identifiers_without_a_row_are_removed_under_every_profile(clean, image, context):
    image.PatientBirthDateInAlternativeCalendar = "1366-03-19"
    image.add_new(0x00402006, "SH", "12345")
    for name in profile_names():
        ds = clean(image, replace(context, profile=load_profile(name))).ds
        assert 0x00100033 not in ds and 0x00402006 not in ds, name
    assert all(row_of(tag) is not None for tag in direct_identifiers())


def test_a_site_cannot_take_the_name_of_a_profile_of_the_library():
    with pytest.raises(ValueError, match="the library has one"):
        parse_profile("basic", 'title = "x"\nbase = "basic"')


def test_an_admitted_value_stays_without_the_patient_in_it(clean, image, site):
    image.StationName = "CT-Room 7 Voegelein"
    image.PatientName = "Voegelein^Hildegard"
    image.InstitutionName, image.ProtocolName = "St Mary's Hospital, Nordheim", "Head"
    ds = clean(image, site()).ds
    assert ds.StationName == "CT-Room 7" and ds.InstitutionName == "St Mary's Hospital, Nordheim"
    assert "ProtocolName" not in ds
    assert clean(image).ds.get("StationName") is None


def test_an_admitted_override_of_the_base_is_admitted(clean, image, site):
    image.EthnicGroup = "Walser"
    assert "EthnicGroup" not in clean(image).ds
    text = SITE.replace("[admitted]", '[admitted]\n00102160 = "the study asks for it"')
    assert clean(image, site(text)).ds.EthnicGroup == "Walser"


def test_the_markers_name_the_base_and_not_the_site(clean, image, site):
    ds = clean(image, site()).ds
    assert ds.DeidentificationMethod == "Overread second-read with own rules, PS3.15 2026d"
    codes = [code.CodeValue for code in ds.DeidentificationMethodCodeSequence]
    assert "113108" not in codes, "the option was taken away"
    assert "113112" not in codes, "there was no institution in this object"


def test_markers_name_an_option_only_where_it_decided(clean, image, basic_context):
    for keyword in ("StudyDate", "StudyTime"):
        delattr(image, keyword)
    codes = [code.CodeValue for code in clean(image).ds.DeidentificationMethodCodeSequence]
    assert codes == ["113100", "113108", "113105"] and clean(image).ds.LongitudinalTemporalInformationModified == (
        "REMOVED"
    )
    image.AcquisitionDate = "20240215"
    result = clean(image)
    assert "113107" in [code.CodeValue for code in result.ds.DeidentificationMethodCodeSequence]
    assert result.ds.LongitudinalTemporalInformationModified == "MODIFIED"
    assert result.report.rules["retain-modified-dates"] == 1


@pytest.mark.parametrize("action", ["X", "Z"])
def test_an_age_that_the_site_takes_away_is_not_worked_out_from_the_birth_date(clean, image, site, action):
    image.PatientAge = "071Y"
    assert image.PatientBirthDate and clean(image).ds.PatientAge == "071Y"
    text = f'title = "x"\nbase = "second-read"\n[overrides]\n00101010 = "{action}"'
    assert not (clean(image, site(text)).ds.get("PatientAge"))


@pytest.mark.parametrize(
    ("base", "line", "day", "marker"),
    [
        ("basic", '00080020 = "x"', "20240215", "UNMODIFIED"),
        ("basic", '00080030 = "x"', "", "UNMODIFIED"),
        ("basic", '00081010 = "x"', "", "REMOVED"),
        ("basic", 'retain-device-identity = "x"', "", "REMOVED"),
        ("research-strict", '00080020 = "x"', "20240215", "UNMODIFIED"),
        ("keep-dates", '00080020 = "x"', "20240215", "UNMODIFIED"),
    ],
)
def test_the_marker_tells_of_dates_that_stay_by_a_line_of_the_site(clean, image, site, base, line, day, marker):
    ds = clean(image, site(f'title = "x"\nbase = "{base}"\n[admitted]\n{line}')).ds
    assert (ds.StudyDate, ds.LongitudinalTemporalInformationModified) == (day, marker)


def test_the_marker_tells_of_a_calibration_that_stays_with_the_device(clean, image, site):
    image.DateOfLastCalibration = "20240101"
    ds = clean(image, site('title = "x"\nbase = "basic"\n[admitted]\nretain-device-identity = "x"')).ds
    assert (ds.DateOfLastCalibration, ds.LongitudinalTemporalInformationModified) == ("20240101", "UNMODIFIED")


def test_an_admitted_date_that_moves_is_said_to_be_modified(clean, image, site):
    for keyword in ("StudyDate", "StudyTime"):
        delattr(image, keyword)
    image.AcquisitionDate = "20240215"
    ds = clean(image, site('title = "x"\nbase = "second-read"\n[admitted]\n00080022 = "x"')).ds
    assert ds.AcquisitionDate not in {"", "20240215"} and ds.LongitudinalTemporalInformationModified == "MODIFIED"
    assert "113107" in [code.CodeValue for code in ds.DeidentificationMethodCodeSequence]


def test_kept_dates_stay_and_are_said_to(clean, image, context):
    ds = clean(image, replace(context, profile=load_profile("keep-dates"))).ds
    assert ds.StudyDate == "20240215" and ds.LongitudinalTemporalInformationModified == "UNMODIFIED"
    assert ds.PatientBirthDate == "19520309"[:0] and ds.PatientAge == "071Y"


def test_strict_research_leaves_no_date_and_no_characteristic(clean, image, context):
    image.PatientComments, image.SoftwareVersions = "Thorax", "VA48A"
    ds = clean(image, replace(context, profile=load_profile("research-strict"))).ds
    assert ds.StudyDate == "" and ds.StudyTime == "" and ds.PatientSex == "" and "PatientAge" not in ds
    assert "PatientComments" not in ds and "SoftwareVersions" not in ds and ds.StudyDescription == "CT des Schädels"


def test_retained_uids_stay_everywhere(clean, image, context):
    profile = parse_profile(
        "uids", 'title = "x"\nbase = "basic"\n[admitted]\nretain-uids = "the index of the originals"'
    )
    result = clean(image, replace(context, profile=profile))
    assert result.ds.SOPInstanceUID == image.SOPInstanceUID == result.ds.file_meta.MediaStorageSOPInstanceUID
    assert result.ds.FrameOfReferenceUID == image.FrameOfReferenceUID


def test_a_profile_tells_what_happens_to_each_attribute():
    told = {row.tag: row for row in explain(parse_profile("north", SITE))}
    assert len(told) == 657 + 10 + 3, "rows of the table, identifiers without a row, what no row names"
    assert told["00100033"].outcome == "removed"
    assert told["00080020"].outcome == "moved by the patient's shift; times stay"
    assert told["00100010"].outcome == "replaced by the pseudonym"
    assert told["00081010"].rule == "admitted" and told["00181030"].outcome == "removed"
    assert told["odd"].outcome == "removed" and told["60xx3000"].outcome == "removed with its whole group"


@pytest.mark.parametrize("name", profile_names())
def test_what_a_profile_tells_is_what_the_plan_does(name):
    """The words for X, Z, D and U stand for the treatments that the plan chooses for an image."""
    profile = load_profile(name)
    for row in explain(profile):
        if len(row.tag) != 8 or "x" in row.tag or row.rule == "unlisted":
            continue
        step = step_for(Place(profile, CT, 0), int(row.tag, 16), "LO")
        assert (
            (step.action in row.action) or row.action == "C" or (step.action, row.action) in {("Z", "X/D"), ("D", "Z")}
        )


def test_the_difference_of_two_profiles_is_told_side_by_side():
    pairs = {
        one.tag: (one.outcome, other.outcome) for one, other in difference(*map(load_profile, ("basic", "keep-dates")))
    }
    assert pairs["00080020"] == ("emptied", "kept as it is")
    assert "00100010" not in pairs and "00080050" not in pairs
    assert difference(load_profile("basic"), load_profile("basic")) == []


def test_every_option_has_its_code_and_every_profile_its_digest():
    assert len(set(OPTION_CODES.values())) == len(OPTION_CODES) >= 11
    digests = {load_profile(name).digest for name in profile_names()}
    assert len(digests) == len(profile_names())
    assert parse_profile("a", SITE).digest == parse_profile("b", SITE).digest


def test_paths_have_the_name_of_their_last_attribute():
    assert attribute_name("(0008,1140).(0008,1155)") == "Referenced SOP Instance UID"
    assert attribute_name("(0009,1001)") == ""


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Room 7, Voegelein", "Room 7,"),
        ("born 1952-03-09", "born"),
        ("born 09.03.1952", "born"),
        ("born 9 March 1952", "born"),
        ("born 9-MAR-52", "born"),
        ("born 9.III.1952, seen 4 May 2001", "born , seen 4 May 2001"),
        ("03/09/1952", ""),
        ("19520309", ""),
        ("王小东医院", "医院"),
        ("Nothing  to do", "Nothing  to do"),
    ],
)
def test_words_of_the_patient_are_taken_out_of_a_retained_text(text, left):
    assert without_words(text, frozenset({"voegelein", "19520309", "王小东"})) == left
