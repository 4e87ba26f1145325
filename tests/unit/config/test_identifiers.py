"""Values of DICOM with a grammar."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.errors import Malformed
from config.identifiers import UID, AETitle, PersonName


@pytest.mark.parametrize(("given_title", "value"), [("NORTH", "NORTH"), ("  A B ", "A B"), ("x" * 16, "x" * 16)])
def test_an_ae_title_loses_the_blanks_around_it(given_title, value):
    assert AETitle(given_title) == AETitle(value)
    assert str(AETitle(given_title)) == value


@pytest.mark.parametrize("title", ["", " ", "x" * 17, "A\\B", "A\nB", "A\x00", "Ä", "A\x7fB", "A\u00a0B"])
def test_what_is_no_ae_title_is_malformed(title):
    with pytest.raises(Malformed):
        AETitle(title)


@given(st.text(max_size=20))
def test_an_ae_title_always_fits_its_value_representation(text):
    try:
        title = AETitle(text)
    except Malformed:
        return
    assert 1 <= len(str(title)) <= 16
    assert str(title).isascii()
    assert "\\" not in str(title)


@pytest.mark.parametrize("uid", ["1.2.840.10008.1.1", "0.0", "2.25." + "1" * 59])
def test_a_uid_that_keeps_every_rule_is_strict(uid):
    assert UID(uid).strict


@pytest.mark.parametrize("uid", ["1.02.3", "01.2"])
def test_leading_zeros_are_taken_as_received_and_not_strict(uid):
    assert str(UID(uid)) == uid
    assert not UID(uid).strict


def test_padding_of_a_uid_is_dropped():
    assert UID("1.2.3\0") == UID("1.2.3") == UID("1.2.3 ")


@pytest.mark.parametrize(
    "uid", ["", "1", "1.", ".1", "1..2", "1.a", "1.2\n", "1.2/../3", "-1.2", "1." + "2" * 63, "１.２", "1.2.3\0\n"]
)
def test_what_is_no_uid_is_malformed(uid):
    with pytest.raises(Malformed):
        UID(uid)


def test_values_are_frozen_and_have_an_order():
    with pytest.raises(AttributeError):
        UID("1.2").value = "1.3"
    assert sorted([UID("1.3"), UID("1.2")]) == [UID("1.2"), UID("1.3")]
    assert len({AETitle("A"), AETitle("A ")}) == 1


def test_a_person_name_is_built_from_its_parts():
    assert str(PersonName.of(family="Wang", given="Xiaodong", ideographic="王^小東")) == "Wang^Xiaodong=王^小東"
    assert str(PersonName.of(family="Wang")) == "Wang"


def test_groups_and_components_that_are_empty_do_not_count():
    name = PersonName("Wang^XiaoDong^^^=王^小東= ^^")
    assert name.groups == ("Wang^XiaoDong^^^", "王^小東")
    assert name.components(name.groups[0]) == ("Wang", "XiaoDong")
    assert PersonName("").groups == ()
