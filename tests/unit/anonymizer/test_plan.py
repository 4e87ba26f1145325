"""Each action code leads to its treatment, and combined codes follow the attribute's Type in the IOD."""

import pytest
from pydicom.uid import BasicTextSRStorage, CTImageStorage, EnhancedCTImageStorage

from anonymizer import treatments as t
from anonymizer.attribute_types import attribute_type, known_class
from anonymizer.dictionary import public_vr
from anonymizer.plan import Place, step_for
from anonymizer.profile_files import load_profile
from anonymizer.rules import table

BASIC, READ = load_profile("basic"), load_profile("second-read")
ROWS = sorted(tag for tag in table() if len(tag) == 8 and "x" not in tag)


def step(tag, vr, *, sop_class=CTImageStorage, parent=0, profile=BASIC):
    return step_for(Place(profile, sop_class, parent), tag, vr)


@pytest.mark.parametrize("tag", ROWS)
@pytest.mark.parametrize("profile", [BASIC, READ], ids=lambda profile: profile.name)
def test_every_row_of_the_table_gets_a_treatment_no_milder_than_its_code(tag, profile):
    number = int(tag, 16)
    vr = public_vr(number) or "LO"
    found = step(number, vr, profile=profile)
    allowed = profile.action(number)
    if number in {0x00100010, 0x00100020}:
        assert found.apply is t.pseudonymous
        return
    strictness = {"X": {"X"}, "Z": {"Z", "D"}, "D": {"D"}, "U": {"U"}, "K": {"K"}}
    codes = set(allowed.replace("*", "").split("/"))
    if allowed == "C":
        assert found.action in {"C", *profile.basic_action(number).split("/")}
    else:
        assert found.action in set().union(*(strictness[code] for code in codes)) or (
            found.action == "Z" and allowed == "X/D"
        )
    if found.action in {"X", "Z"}:
        assert found.apply is {"X": t.remove, "Z": t.empty}[found.action]
    if found.action == "D":
        assert found.apply in {t.dummy, t.dummy_items, t.mapped_uids}


@pytest.mark.parametrize(
    ("tag", "vr", "sop_class", "parent", "action"),
    [
        (0x00080022, "DA", CTImageStorage, 0, "X"),  # Acquisition Date X/Z, Type 3
        (0x0008002A, "DT", CTImageStorage, 0, "X"),  # Acquisition DateTime X/Z/D, Type 3
        (0x00180010, "LO", CTImageStorage, 0, "Z"),  # Contrast/Bolus Agent Z/D, Type 2
        (0x00080023, "DA", CTImageStorage, 0, "Z"),  # Content Date Z/D, Type 2C
        (0x00080023, "DA", EnhancedCTImageStorage, 0, "D"),  # Content Date Z/D, Type 1
        (0x00081140, "SQ", CTImageStorage, 0, "X"),  # Referenced Image Sequence X/Z/U*, Type 3
        (0x00081140, "SQ", CTImageStorage, 0x00081115, "U"),  # the same, Type 1C
        (0x00081140, "SQ", CTImageStorage, 0x00400275, "X"),  # the same where no IOD puts it
        (0x00081070, "PN", CTImageStorage, 0, "X"),
    ],
)
def test_combined_codes_follow_the_type(tag, vr, sop_class, parent, action):
    assert step(tag, vr, sop_class=sop_class, parent=parent).action == action


def test_types_come_from_the_iod():
    assert attribute_type(CTImageStorage, 0, 0x00080020) == "2"
    assert attribute_type(BasicTextSRStorage, 0, 0x00080023) == "1"
    assert attribute_type(CTImageStorage, 0, 0x00081070) == "3"


def test_retired_classes_take_the_types_of_their_successors():
    assert known_class("1.2.840.10008.5.1.4.1.1.6") and known_class("1.2.840.10008.5.1.4.1.1.5")
    assert not known_class("1.2.840.10008.5.1.4.1.1.999")


def test_a_value_under_a_wrong_vr_is_not_believed():
    assert step(0x00080070, "OB").apply is t.unvouched
    assert step(0x00280010, "LT").apply is t.unvouched
    assert step(0x00081030, "OB", profile=READ).apply in {t.remove, t.unvouched}


def test_an_unknown_public_tag_is_removed():
    assert step(0x00101FFE, "LO").apply is t.remove


def test_dates_follow_the_profile_whether_a_row_names_them_or_not():
    assert step(0x00189074, "DT", profile=READ).apply is t.moved_datetime
    assert step(0x00080020, "DA", profile=READ).apply is t.moved_date
    assert step(0x00080020, "DA").apply is t.empty
