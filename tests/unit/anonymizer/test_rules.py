"""The compiled table says what PS3.15 Table E.1-1 says."""

import json

import pytest

from anonymizer import compile_tables
from anonymizer.compile_tables import OPTION_COLUMNS
from anonymizer.profile import Profile
from anonymizer.profile_files import load_profile, parse_profile, profile_names
from anonymizer.rules import row_of, table


def test_every_row_and_option_of_the_standards_table_is_there(shared):
    rows = json.loads((shared / "standards" / "confidentiality_profile_attributes.json").read_text())
    assert len(table()) == len(rows) == 657
    for row in rows:
        tag = "odd" if "odd" in row["id"] else row["id"].upper().replace("X", "x")
        assert table()[tag].basic == row["basicProfile"]
        assert table()[tag].options == {name: row[column] for name, column in OPTION_COLUMNS.items() if column in row}


@pytest.mark.parametrize(
    ("tag", "action"),
    [
        (0x00290010, "X"),
        (0x00091001, "X"),
        (0x50000010, "X"),
        (0x501E3000, "X"),
        (0x60003000, "X"),
        (0x60020022, "X"),
        (0x60001500, "X"),
        (0x00040005, "X"),
        (0x00100000, "X"),
        (0xFFFCFFFC, "X"),
        (0x04000550, "X"),
        (0x00100010, "Z"),
    ],
)
def test_masks_and_structural_groups_are_decided(tag, action):
    assert row_of(tag).basic == action


def test_attributes_the_standard_leaves_alone_have_no_row():
    assert row_of(0x00280010) is None


def test_an_option_replaces_the_basic_action():
    keep_dates = Profile("x", "x", ("retain-full-dates",))
    modify_dates = Profile("x", "x", ("retain-modified-dates",))
    basic = Profile("x", "x", ())
    assert [p.action(0x00080020) for p in (basic, modify_dates, keep_dates)] == ["Z", "C", "K"]


def test_keeping_wins_over_cleaning():
    both = Profile("x", "x", ("retain-patient-characteristics", "clean-descriptors"))
    assert both.action(0x00100040) == "K" and both.action(0x00102110) == "C"


def test_the_library_brings_its_profiles():
    assert profile_names() == ("basic", "keep-dates", "research-strict", "second-read")
    assert load_profile("basic").options == ()
    assert load_profile("second-read").action(0x00102160) == "X"


@pytest.mark.parametrize(
    "text",
    [
        'title = "x"\nbase = "basic"\n[admitted]\nclean-recognizable-visual-features = "x"',
        'title = "x"\nbase = "basic"\n[admitted]\nretain-full-dates = "x"\nretain-modified-dates = "x"',
        'title = "x"\nbase = "basic"\ncolour = "blue"',
        'title = "x"\nbase = "basic"\n[overrides]\n00100040 = "K"',
    ],
)
def test_a_profile_that_promises_what_nobody_keeps_is_refused(text):
    with pytest.raises(ValueError, match="profile broken"):
        parse_profile("broken", text)


def test_an_unknown_profile_names_the_known_ones():
    with pytest.raises(KeyError, match="second-read"):
        load_profile("none")


def test_the_shipped_tables_are_what_the_compiler_makes(shared, tmp_path, monkeypatch):
    shipped = compile_tables.DATA
    monkeypatch.setattr(compile_tables, "DATA", tmp_path)
    compile_tables.compile_profile(shared / "standards")
    compile_tables.compile_types(shared / "standards")
    compile_tables.compile_safe_private(shared / "standards")
    for made in tmp_path.iterdir():
        assert made.read_text("utf-8") == (shipped / made.name).read_text("utf-8")
