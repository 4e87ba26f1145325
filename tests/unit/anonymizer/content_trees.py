"""Build content items and structured reports with pydicom, for the tests of their cleaning."""

from io import BytesIO
from typing import Any

from pydicom import Dataset
from pydicom.dataset import FileMetaDataset
from pydicom.uid import ComprehensiveSRStorage, CTImageStorage, ExplicitVRLittleEndian

VALUES = {
    "TEXT": "TextValue", "PNAME": "PersonName", "DATE": "Date", "TIME": "Time", "DATETIME": "DateTime", "UIDREF": "UID",
}  # fmt: skip
STUDY, SERIES, INSTANCE, IMAGE = (f"1.2.276.0.999.{number}" for number in (1, 2, 3, 4))


def code(value: str, scheme: str, meaning: str) -> Dataset:
    entry = Dataset()
    entry.CodeValue, entry.CodingSchemeDesignator, entry.CodeMeaning = value, scheme, meaning
    return entry


def reference(uid: str = IMAGE) -> Dataset:
    found = Dataset()
    found.ReferencedSOPClassUID, found.ReferencedSOPInstanceUID = CTImageStorage, uid
    return found


def measured(value: str, unit: str = "mm") -> Dataset:
    found = Dataset()
    found.NumericValue, found.MeasurementUnitsCodeSequence = value, [code(unit, "UCUM", unit)]
    return found


def item(kind: str, name: Dataset | None, value: Any = None, *children: Dataset) -> Dataset:
    """Return a content item; `value` is a text, a code, a measurement or a reference, as its type has it."""
    found = Dataset()
    found.RelationshipType, found.ValueType = "CONTAINS", kind
    if name is not None:
        found.ConceptNameCodeSequence = [name]
    if kind in VALUES:
        setattr(found, VALUES[kind], value)
    elif kind == "CODE":
        found.ConceptCodeSequence = [value]
    elif kind == "NUM":
        found.MeasuredValueSequence = [value]
    elif kind in {"IMAGE", "COMPOSITE", "WAVEFORM"}:
        found.ReferencedSOPSequence = [value or reference()]
    elif kind == "TABLE":
        found.TabulatedValuesSequence = [value]
    elif kind == "CONTAINER":
        found.ContinuityOfContent = "SEPARATE"
    if children:
        found.ContentSequence = list(children)
    return found


def heading(name: Dataset, *, row: int | None = None, column: int | None = None) -> Dataset:
    """Return what a row or column of a table is about; of all of them where no number is given."""
    found = Dataset()
    if row is not None:
        found.TableRowNumber = row
    if column is not None:
        found.TableColumnNumber = column
    found.ConceptNameCodeSequence = [name]
    return found


def cell(vr: str, value: Any, *, row: int | None = None, column: int | None = None) -> Dataset:
    """Return a cell of a table, or a whole row or column where the other number is not given."""
    found = Dataset()
    if row is not None:
        found.TableRowNumber = row
    if column is not None:
        found.TableColumnNumber = column
    found.SelectorAttributeVR = vr
    setattr(found, "SelectorCodeSequenceValue" if vr == "SQ" else f"Selector{vr}Value", value)
    return found


def table(rows: int, columns: int, *cells: Dataset, of_rows: Any = (), of_columns: Any = ()) -> Dataset:
    """Return the value of a TABLE item."""
    found = Dataset()
    found.NumberOfTableRows, found.NumberOfTableColumns = rows, columns
    if of_rows:
        found.TableRowDefinitionSequence = list(of_rows)
    if of_columns:
        found.TableColumnDefinitionSequence = list(of_columns)
    found.CellValuesSequence = list(cells)
    return found


def container(name: Dataset, *children: Dataset) -> Dataset:
    return item("CONTAINER", name, None, *children)


def report(*children: Dataset, sop_class: str = ComprehensiveSRStorage) -> Dataset:
    """Return a structured report about a patient of the tests."""
    ds = Dataset()
    ds.file_meta = FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    ds.SpecificCharacterSet = "ISO_IR 192"
    ds.SOPClassUID, ds.SOPInstanceUID, ds.StudyInstanceUID, ds.SeriesInstanceUID = sop_class, INSTANCE, STUDY, SERIES
    ds.Modality, ds.StudyDate, ds.StudyTime = "SR", "20240215", "101530"
    ds.ContentDate, ds.ContentTime = "20240215", "113000"
    ds.PatientName, ds.PatientID = "Vögelein^Hildegard", "MRN-77123"
    ds.PatientBirthDate, ds.PatientSex = "19520309", "F"
    ds.AccessionNumber, ds.ReferringPhysicianName, ds.StudyID = "ACC4711", "Grauwiller^Otto", ""
    ds.Manufacturer, ds.SeriesNumber, ds.InstanceNumber = "SIEMENS", "1", "1"
    ds.ReferencedPerformedProcedureStepSequence, ds.PerformedProcedureCodeSequence = [], []
    ds.ValueType, ds.ContinuityOfContent = "CONTAINER", "SEPARATE"
    ds.ConceptNameCodeSequence = [code("18748-4", "LN", "Diagnostic imaging report")]
    ds.CompletionFlag, ds.VerificationFlag = "COMPLETE", "UNVERIFIED"
    ds.ContentSequence = list(children)
    return ds


def written(ds: Dataset) -> bytes:
    buffer = BytesIO()
    ds.save_as(buffer, enforce_file_format=True)
    return buffer.getvalue()
