"""Keyed functions: same input, same value; anything else differs."""

from datetime import date, timedelta

import pytest
from pydicom.uid import UID, CTImageStorage, ExplicitVRLittleEndian

from anonymizer import NodeKey, date_shift_days, map_uid, pseudonym

KEY, OTHER_KEY = NodeKey(b"k" * 32), NodeKey(b"l" * 32)


def test_the_key_is_hidden_in_text_forms():
    assert "kkk" not in repr(KEY) and "kkk" not in str(KEY)


def test_a_short_key_is_refused():
    with pytest.raises(ValueError, match="32 bytes"):
        NodeKey(b"short")


def test_a_pseudonym_is_readable_and_stable():
    value = pseudonym(KEY, site="a", issuer="", patient_id="1")
    assert value == pseudonym(KEY, site="a", issuer="", patient_id="1")
    prefix, *groups = value.split("-")
    assert prefix == "OVR" and [len(group) for group in groups] == [4, 4, 4]
    assert not set("".join(groups)) & set("ILOU")


def test_site_issuer_and_id_separate_patients():
    values = {
        pseudonym(key, site=site, issuer=issuer, patient_id=patient_id)
        for key in (KEY, OTHER_KEY)
        for site, issuer, patient_id in [
            ("a", "b", "c"),
            ("ab", "", "c"),
            ("a", "bc", ""),
            ("a", "", "bc"),
            ("b", "b", "c"),
        ]
    }
    assert len(values) == 10


def test_padding_around_a_patient_id_does_not_make_another_patient():
    assert pseudonym(KEY, site="a", issuer="", patient_id="77 ") == pseudonym(KEY, site="a", issuer="", patient_id="77")


def test_a_mapped_uid_is_a_valid_uuid_uid_scoped_by_site():
    mapped = map_uid(KEY, site="a", uid="1.2.276.0.7230010.3.1.2.1")
    assert UID(mapped).is_valid and len(mapped) <= 64
    number = int(mapped.removeprefix("2.25."))
    assert number.bit_length() <= 128 and number >> 76 & 0xF == 8 and number >> 62 & 3 == 2
    assert mapped != map_uid(KEY, site="b", uid="1.2.276.0.7230010.3.1.2.1")
    assert mapped != map_uid(OTHER_KEY, site="a", uid="1.2.276.0.7230010.3.1.2.1")
    assert mapped == map_uid(KEY, site="a", uid="1.2.276.0.7230010.3.1.2.1\0")


@pytest.mark.parametrize(
    "uid", [CTImageStorage, ExplicitVRLittleEndian, "1.2.840.10008.1.4.1.1", "1.2.840.10008.5.1.4.1.1.999", ""]
)
def test_the_standards_own_uids_are_never_touched(uid):
    assert map_uid(KEY, site="a", uid=uid) == uid


def test_a_date_smuggled_below_the_standards_root_is_mapped():
    assert map_uid(KEY, site="a", uid="1.2.840.10008.19520309.1").startswith("2.25.")
    for smuggled in (
        "1.2.840.10008.1952.03.09",
        "1.2.840.10008.5.1952.3.9",
        "1.2.840.10008.5.1.03.09",
        "1.2.840.10008.77.1",
    ):
        assert map_uid(KEY, site="a", uid=smuggled).startswith("2.25.")


def test_shifts_are_whole_weeks_backwards_within_ten_years():
    shifts = {date_shift_days(KEY, site="a", patient_scope=str(n)) for n in range(2000)}
    assert min(shifts) == -3640 and max(shifts) == -7
    assert all(shift % 7 == 0 for shift in shifts)
    day = date(2024, 2, 15)
    assert {(day + timedelta(days=shift)).weekday() for shift in shifts} == {day.weekday()}
