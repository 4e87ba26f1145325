"""Private blocks as scanners leave them: names in text, in nested items and inside opaque bytes (PS3.5 7.8).

A private creator is the maker's; nothing about these elements is in any dictionary, so a de-identifier has only the
group number to go by.
"""

from pydicom.dataset import Dataset

from sample_studies.plan import StudyPlan

_CODECS = {"ISO_IR 100": "latin-1", "GB18030": "gb18030", "ISO_IR 192": "utf-8", "ISO 2022 IR 87": "iso2022_jp"}


def codec(charset: tuple[str, ...]) -> str:
    """Return Python's name for the character set that a study's text is written in."""
    return _CODECS[charset[-1]] if charset else "ascii"


def add_private_blocks(dataset: Dataset, plan: StudyPlan) -> None:
    """Add one block of readable elements with a nested item, and one of bytes, to a dataset."""
    who = plan.patient
    block = dataset.private_block(0x0009, plan.site.private_creator, create=True)
    block.add_new(0x01, "LO", who.note)
    block.add_new(0x02, "PN", who.name)
    block.add_new(0x03, "DA", who.birth_date)
    block.add_new(0x04, "SH", plan.study_id)
    block.add_new(0x05, "UT", f"{who.note}; {who.street}; {plan.accession}")
    nested = Dataset()
    inner = nested.private_block(0x0009, plan.site.private_creator, create=True)
    inner.add_new(0x01, "LO", who.relative)
    inner.add_new(0x02, "DT", plan.when.strftime("%Y%m%d%H%M%S"))
    nested.PatientID = who.patient_id
    block.add_new(0x10, "SQ", [nested])
    blob = b"\x00\x01QMHD\x00\x02" + who.note.encode(codec(who.charset)) + b"\x00" * 5 + who.patient_id.encode()
    data = dataset.private_block(0x0029, f"{plan.site.private_creator} CSA", create=True)
    data.add_new(0x10, "OB", blob + bytes(range(256)) * 4 + b"\x00" * (len(blob) % 2))
    data.add_new(0x20, "UN", f"OPERATOR={plan.staff.operator} ".encode(codec(who.charset)))
