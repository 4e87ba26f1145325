"""Tables in reports: numbers, codes and listed words stay in their places, whoever is named in a cell does not."""

import pytest
from pydicom import Dataset
from pydicom.uid import ExplicitVRBigEndian, ImplicitVRLittleEndian

from anonymizer import Refused, date_shift_days, map_uid
from tests.unit.anonymizer.conftest import KEY
from tests.unit.anonymizer.content_trees import cell, code, heading, item, report, table

RESULTS = code("121071", "DCM", "Finding")
DIAMETER = code("81827009", "SCT", "Diameter")
AGE = code("121033", "DCM", "Subject Age")
NAME = code("121029", "DCM", "Subject Name")
NUMBER = code("121030", "DCM", "Subject ID")


def cleaned(clean, *cells, rows=2, columns=2, title=RESULTS, **definitions) -> Dataset:
    """Return the one table of a cleaned report with these cells."""
    (found,) = clean(report(item("TABLE", title, table(rows, columns, *cells, **definitions)))).ds.ContentSequence
    (values,) = found.TabulatedValuesSequence
    return values


def only(values: Dataset) -> Dataset:
    (found,) = values.CellValuesSequence
    return found


def told(found: Dataset):
    """Return the value of a cell, of whatever VR it is."""
    vr = found.SelectorAttributeVR
    return found["SelectorCodeSequenceValue" if vr == "SQ" else f"Selector{vr}Value"].value


def test_numbers_and_places_stay_as_they_are(clean):
    values = cleaned(
        clean,
        cell("FL", [1.5, 2.5], row=1),
        cell("DS", "12.5", row=2, column=1),
        cell("IS", "7", row=2, column=2),
        of_columns=[heading(DIAMETER)],
        of_rows=[heading(RESULTS, row=1)],
    )
    assert (values.NumberOfTableRows, values.NumberOfTableColumns) == (2, 2)
    assert [told(each) for each in values.CellValuesSequence] == [[1.5, 2.5], 12.5, 7]
    assert [each.get("TableColumnNumber") for each in values.CellValuesSequence] == [None, 1, 2]
    assert values.TableColumnDefinitionSequence[0].ConceptNameCodeSequence[0].CodeMeaning == "Diameter"
    assert values.TableRowDefinitionSequence[0].TableRowNumber == 1


@pytest.mark.parametrize(
    ("vr", "value", "expected"),
    [
        ("UT", "no mass, Frau Vögelein", "no mass, [...] [name]"),
        ("LO", "Wergeltok", "REMOVED"),
        ("LO", ["effusion", "MRN-77123"], ["effusion", "REMOVED"]),
        ("SH", "Xaw mass Xo mass", "REMOVED"),  # what is left with its gaps is longer than an SH
        ("PN", "Grauwiller^Otto", "REMOVED"),
        ("CS", "LEFT", "LEFT"),
        ("CS", ["LEFT_LOBE", "DR WERGELTOK", "OTTO"], ["LEFT_LOBE", "REMOVED", "REMOVED"]),
        ("DA", "19520309", "19000101"),
        ("SQ", [code("X1", "99MADEUP", "Wergeltok")], None),
        ("AS", "095Y", "090Y"),
    ],
)
def test_each_kind_of_cell_is_cleaned_as_an_item_of_its_kind(clean, vr, value, expected):
    found = only(cleaned(clean, cell(vr, value, row=1, column=1)))
    assert found.SelectorAttributeVR == vr
    if vr == "SQ":
        assert told(found)[0].CodingSchemeDesignator == "99REMOVED"
    else:
        assert told(found) == expected


def test_dates_move_and_references_are_mapped(clean):
    values = cleaned(
        clean, cell("DT", ["20240215101530", "20240216"], column=1), cell("UI", "1.2.276.9.9", row=1, column=2)
    )
    first, uid = values.CellValuesSequence
    days = date_shift_days(KEY, site="st-mary", patient_scope="scope")
    assert all(each < "2024" for each in told(first)) and days < 0
    assert told(first)[0].endswith("101530")
    assert told(uid) == map_uid(KEY, site="st-mary", uid="1.2.276.9.9")


@pytest.mark.parametrize("along", ["row", "column", "table"])
def test_a_cell_is_somebody_s_number_by_its_row_its_column_or_its_table(clean, along):
    definitions = {"row": {"of_rows": [heading(NUMBER, row=1)]}, "column": {"of_columns": [heading(NUMBER, column=1)]}}
    found = only(
        cleaned(
            clean, cell("LO", "mass", row=1, column=1), title=NUMBER if along == "table" else RESULTS,
            **definitions.get(along, {}),
        )
    )  # fmt: skip
    assert told(found) == "REMOVED"


def test_a_column_of_names_goes_from_a_row_and_the_rest_of_the_row_stays(clean):
    values = cleaned(
        clean,
        cell("LO", ["mass", "Mass Large"], row=1),
        of_columns=[heading(RESULTS, column=1), heading(NAME, column=2)],
    )
    assert told(only(values)) == ["mass", "REMOVED"]


def test_numbers_of_which_one_has_to_go_go_as_a_whole_and_say_so(clean):
    ages = cleaned(clean, cell("FD", [93.0, 41.0], column=1), of_columns=[heading(AGE, column=1)])
    assert (only(ages).SelectorAttributeVR, told(only(ages))) == ("UC", ["REMOVED", "REMOVED"])
    own = cleaned(clean, cell("IS", ["77123", "4"], row=1), cell("DS", "4711", row=2, column=1))
    assert [told(each) for each in own.CellValuesSequence] == [["REMOVED", "REMOVED"], 4711]


def test_nothing_travels_beside_the_values(clean):
    dirty = cell("LO", "mass", row=1, column=1)
    dirty.SelectorPNValue, dirty.PatientName, dirty.SelectorUTValue = "Wergeltok^A", "Wergeltok^B", "Wergeltok"
    titled = heading(RESULTS, row=1)
    titled.TextValue = "Wergeltok"
    values = table(1, 1, dirty, of_rows=[titled])
    values.add_new(0x00291010, "LO", "Wergeltok")
    values.ContentCreatorName = "Wergeltok^C"
    assert b"Wergeltok" not in clean(report(item("TABLE", RESULTS, values))).data


@pytest.mark.parametrize(
    "wrong",
    [cell("UT", "x"), cell("AE", "X", row=1, column=1), cell("OB", b"xx", row=1, column=1), Dataset()],
    ids=["nowhere", "title", "bytes", "nothing"],
)
def test_a_table_that_is_none_is_refused(clean, wrong):
    with pytest.raises(Refused) as refusal:
        cleaned(clean, wrong)
    assert refusal.value.code == "structured-report"


@pytest.mark.parametrize("syntax", [ImplicitVRLittleEndian, ExplicitVRBigEndian])
def test_tables_are_cleaned_in_other_transfer_syntaxes(clean, syntax):
    from io import BytesIO

    original = report(
        item("TABLE", RESULTS, table(1, 2, cell("FL", [1.5, 2.5], row=1), cell("UT", "Vögelein", row=1, column=2)))
    )
    original.file_meta.TransferSyntaxUID = syntax
    buffer = BytesIO()
    original.save_as(
        buffer, implicit_vr=syntax == ImplicitVRLittleEndian, little_endian=syntax != ExplicitVRBigEndian,
        enforce_file_format=True,
    )  # fmt: skip
    numbers, text = clean(buffer.getvalue()).ds.ContentSequence[0].TabulatedValuesSequence[0].CellValuesSequence
    assert (told(numbers), told(text), numbers.TableRowNumber) == ([1.5, 2.5], "REMOVED", 1)
