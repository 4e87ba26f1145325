"""Places where identities hide, one by one."""

from io import BytesIO
from struct import pack

import pytest
from pydicom import Dataset, dcmread
from pydicom.encaps import encapsulate
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ImplicitVRLittleEndian,
    JPEGBaseline8Bit,
)

NAME = b"Voegelein"


def holder(**values):
    ds = Dataset()
    for keyword, value in values.items():
        setattr(ds, keyword, value)
    return ds


def spliced(data, element):
    """Put raw bytes of elements in front of the pixel data."""
    at = data.rindex(b"\xe0\x7f\x10\x00OW")
    return data[:at] + element + data[at:]


def test_private_elements_go_at_any_depth_with_their_creators(clean, image):
    inner = holder(CodeMeaning="Head", CodeValue="69536005", CodingSchemeDesignator="SCT")
    inner.add_new(0x00111010, "LO", NAME.decode())
    inner.add_new(0x00110010, "LO", "MAKER")
    image.AnatomicRegionSequence = [inner]
    image.add_new(0x00290010, "LO", "MAKER")
    image.add_new(0x00291000, "SQ", [holder(PatientName=NAME.decode())])
    image.add_new(0x00091234, "UN", NAME)
    result = clean(image)
    assert NAME not in result.data and b"MAKER" not in result.data
    assert result.report.removed_private == 5


def test_preamble_and_file_meta_are_made_from_nothing(clean, image, as_bytes):
    image.file_meta.SourceApplicationEntityTitle = "VOEGELEIN"
    image.file_meta.ImplementationVersionName = "VOEGELEIN_1"
    image.file_meta.add_new(0x00020102, "OB", NAME)
    data = NAME.ljust(128, b"!") + as_bytes(image)[128:]
    result = clean(data)
    assert result.data[:128] == bytes(128)
    assert b"VOEGELEIN" not in result.data and NAME not in result.data
    assert [element.tag.element for element in result.ds.file_meta] == [0, 1, 2, 3, 0x10, 0x12, 0x13]


def test_group_lengths_directory_and_command_elements_go(clean, image, as_bytes):
    command = pack("<HH2sHL", 8, 0, b"UL", 4, 999) + pack("<HH2sH", 0x0004, 0x1500, b"CS", 10) + b"VOEGELEIN "
    result = clean(spliced(as_bytes(image), command))
    assert b"VOEGELEIN" not in result.data and 0x00080000 not in result.ds


def test_bytes_behind_the_pixels_go(clean, image, as_bytes):
    padding = pack("<HH2sHL", 0xFFFC, 0xFFFC, b"OB", 0, 10) + b"Voegelein!"
    private = pack("<HH2sHL", 0x7FE1, 0x1010, b"OB", 0, 10) + b"Voegelein!"
    result = clean(as_bytes(image) + private + padding)
    assert NAME not in result.data and result.ds.PixelData == image.PixelData


def test_surplus_behind_the_last_pixel_is_blanked(clean, image):
    image.PixelData = bytes(range(32)) + b"  Voegelein^Hildegard "
    result = clean(image)
    assert NAME not in result.data
    assert result.ds.PixelData[:32] == bytes(range(32)) and len(result.ds.PixelData) == 54


def test_zeros_behind_the_last_element_are_tolerated_and_dropped(clean, image, as_bytes):
    assert len(clean(as_bytes(image) + bytes(100)).data) == len(clean(image).data)


def test_overlays_and_curves_go_as_whole_groups(clean, image):
    image.add_new(0x60000010, "US", 4)
    image.add_new(0x60000022, "LO", NAME.decode())
    image.add_new(0x60001500, "LO", NAME.decode())
    image.add_new(0x60003000, "OW", NAME + b"\0")
    image.add_new(0x50000022, "LO", NAME.decode())
    image.add_new(0x50003000, "OW", NAME + b"\0")
    result = clean(image)
    assert NAME not in result.data
    assert not [element for element in result.ds if element.tag.group & 0xFF00 in {0x5000, 0x6000}]


def test_icons_signatures_and_original_attributes_go(clean, image):
    image.IconImageSequence = [holder(Rows=4, Columns=4, PixelData=NAME + b"\0" * 7)]
    image.IconImageSequence[0]["PixelData"].VR = "OW"
    image.OriginalAttributesSequence = [holder(SourceOfPreviousValues=NAME.decode())]
    image.DigitalSignaturesSequence = [holder(CertificateOfSigner=NAME + b"\0")]
    image.MACParametersSequence = [holder(MACAlgorithm="SHA256")]
    image.EncryptedAttributesSequence = [holder(EncryptedContent=NAME + b"\0")]
    result = clean(image)
    assert NAME not in result.data
    assert not [element for element in result.ds if element.tag.group in {0x0400, 0xFFFA}]
    assert len(result.ds.IconImageSequence[0].PixelData) == 16  # another one, of what is published


def test_a_sequence_sent_as_unknown_is_opened(clean, image, as_bytes):
    item = pack("<HHL", 0x0008, 0x0104, 4) + b"Head" + pack("<HHL", 0x0010, 0x4000, 10) + b"Voegelein "
    value = pack("<HHL", 0xFFFE, 0xE000, len(item)) + item
    element = pack("<HH2sHL", 0x0040, 0xA168, b"UN", 0, len(value)) + value
    result = clean(spliced(as_bytes(image), element))
    assert NAME not in result.data
    assert result.ds[0x0040A168].VR == "SQ" and result.ds[0x0040A168].value[0].CodeMeaning == "Head"


def test_an_unknown_sequence_of_undefined_length_is_opened(clean, image, as_bytes):
    item = pack("<HHL", 0x0010, 0x4000, 10) + b"Voegelein "
    value = pack("<HHL", 0xFFFE, 0xE000, 0xFFFFFFFF) + item + pack("<HHLHHL", 0xFFFE, 0xE00D, 0, 0xFFFE, 0xE0DD, 0)
    for group in (0x0040, 0x0041):
        element = pack("<HH2sHL", group, 0xA168, b"UN", 0, 0xFFFFFFFF) + value
        assert NAME not in clean(spliced(as_bytes(image), element)).data


def test_an_unknown_text_is_treated_as_what_it_is(clean, image, as_bytes):
    element = pack("<HH2sHL", 0x0008, 0x103E, b"UN", 0, 14) + b"CT Voegelein  "
    assert clean(spliced(as_bytes(image), element)).ds.SeriesDescription == "CT"


def test_text_under_a_binary_vr_is_not_passed_on(clean, image, as_bytes):
    for vr in (b"OB", b"OW"):
        element = pack("<HH2sHL", 0x0018, 0x1020, vr, 0, 10) + b"Voegelein "
        assert NAME not in clean(spliced(as_bytes(image), element)).data


def test_text_in_a_number_is_not_passed_on(clean, image, as_bytes):
    for vr, value in ((b"DS", b"Voegelein "), (b"FD", b"Voegelein ABCDEF")):
        element = pack("<HH2sH", 0x0018, 0x1041, vr, len(value)) + value
        assert NAME not in clean(spliced(as_bytes(image), element)).data


def test_an_unknown_public_tag_goes(clean, image):
    image.add_new(0x00101FFE, "LO", NAME.decode())
    assert NAME not in clean(image).data


def test_of_two_elements_with_one_tag_neither_leaks(clean, image, as_bytes):
    element = pack("<HH2sH", 0x0010, 0x0010, b"PN", 10) + b"Voegelein "
    result = clean(spliced(as_bytes(image), element))
    assert NAME not in result.data and result.data.count(b"\x10\0\x10\0PN") == 1


def test_items_laid_out_implicitly_in_an_explicit_object_are_understood(clean, image, as_bytes):
    item = pack("<HHL", 0x0008, 0x0100, 8) + b"69536005" + pack("<HHL", 0x0008, 0x0102, 4) + b"SCT "
    item += pack("<HHL", 0x0008, 0x0104, 10) + b"Voegelein "
    value = pack("<HHL", 0xFFFE, 0xE000, len(item)) + item
    element = pack("<HH2sHL", 0x0008, 0x2218, b"SQ", 0, len(value)) + value
    result = clean(spliced(as_bytes(image), element))
    assert NAME not in result.data
    assert result.ds.AnatomicRegionSequence[0].CodeMeaning == "Head structure (body structure)"


@pytest.mark.parametrize(
    ("charset", "codec", "name", "description"),
    [
        ("ISO_IR 100", "latin-1", "Vögelein^Hildegard", "CT des Schädels"),
        ("ISO_IR 192", "utf-8", "Wang^XiaoDong=王^小东", "头部平扫"),
        ("GB18030", "gb18030", "Wang^XiaoDong=王^小东", "头部平扫"),
        (["", "ISO 2022 IR 87"], "iso2022_jp", "Yamada^Tarou=山田^太郎=やまだ^たろう", "Thorax"),
        (["", "ISO 2022 IR 149"], "euc_kr", "Hong^Gildong=洪^吉洞=홍^길동", "Thorax"),
        ("ISO_IR 144", "iso8859_5", "Люкceмбypг", "Thorax"),
    ],
)
def test_names_go_and_kept_text_is_utf8_whatever_the_character_set(
    clean, image, as_bytes, charset, codec, name, description
):
    image.SpecificCharacterSet, image.PatientName, image.StudyDescription = charset, name, description
    image.OtherPatientNames = name
    data = as_bytes(image)
    result = clean(data)
    assert result.ds.StudyDescription == description
    assert result.ds.get("SpecificCharacterSet", "ISO_IR 192") == "ISO_IR 192"
    for word in name.replace("=", "^").split("^"):
        written = word.encode(codec).removeprefix(b"\x1b$B").removesuffix(b"\x1b(B")
        assert written in data, "the name is not in the input as this test thinks"
        assert written not in result.data and word.encode() not in result.data


def test_a_wrongly_declared_character_set_lets_nothing_through(clean, image, as_bytes):
    data = as_bytes(image).replace(b"CT des Sch\xe4dels", "王小东小Thorax ".encode("gb18030"))
    assert clean(data).ds.StudyDescription.strip() in {"Thorax", ""}


@pytest.mark.parametrize("syntax", [ImplicitVRLittleEndian, ExplicitVRBigEndian, DeflatedExplicitVRLittleEndian])
def test_every_uncompressed_syntax_keeps_its_form_and_its_pixels(clean, image, syntax):
    item = holder(PatientName=NAME.decode(), CodeValue="69536005", CodingSchemeDesignator="SCT", CodeMeaning="Head")
    image.AnatomicRegionSequence = [item]
    image.RescaleSlope, image.RedPaletteColorLookupTableDescriptor = 1, [256, 0, 16]
    image.file_meta.TransferSyntaxUID = syntax
    buffer = BytesIO()
    image.save_as(
        buffer,
        implicit_vr=syntax == ImplicitVRLittleEndian,
        little_endian=syntax != ExplicitVRBigEndian,
        enforce_file_format=True,
    )
    original = dcmread(BytesIO(buffer.getvalue()))
    result = clean(buffer.getvalue())
    assert result.ds.file_meta.TransferSyntaxUID == syntax and len(result.data) % 2 == 0
    assert result.ds.PixelData == original.PixelData and result.ds.Rows == 4
    assert list(result.ds.RedPaletteColorLookupTableDescriptor) == [256, 0, 16]
    assert result.ds.AnatomicRegionSequence[0].CodeMeaning == "Head" and NAME not in result.data


@pytest.mark.parametrize("frames", [[b"one"], [b"one", b"two, longer"]])
def test_compressed_frames_are_copied_as_they_are(clean, image, frames):
    image.file_meta.TransferSyntaxUID = JPEGBaseline8Bit
    image.PixelData = encapsulate([b"\xff\xd8\xff\xda\0\2" + scan + b"\xff\xd9" for scan in frames])
    image["PixelData"].VR = "OB"
    image["PixelData"].is_undefined_length = True
    image.NumberOfFrames = len(frames)
    result = clean(image)
    assert result.ds.file_meta.TransferSyntaxUID == JPEGBaseline8Bit
    assert result.ds.PixelData == image.PixelData and result.ds["PixelData"].is_undefined_length


def test_large_pixels_stay_in_the_source_until_they_are_copied(clean, image, as_bytes):
    image.Rows, image.Columns, image.PixelData = 512, 512, bytes(range(256)) * 2048
    reads = []

    class Watched(BytesIO):
        def read(self, size=-1, /):
            reads.append(size)
            return super().read(size)

    from anonymizer.cutting import Cutter
    from anonymizer.part10 import open_part10

    open_part10(Watched(as_bytes(image)), Cutter())
    assert 0 < sum(reads) < 512 * 512
    assert clean(image).ds.PixelData == image.PixelData


def test_a_file_without_preamble_is_read(clean, image):
    buffer = BytesIO()
    del image.file_meta
    image.save_as(buffer, implicit_vr=True, little_endian=True)
    result = clean(buffer.getvalue())
    assert result.ds.file_meta.TransferSyntaxUID == ImplicitVRLittleEndian and result.ds.PixelData == image.PixelData


def test_a_transfer_syntax_that_lies_about_the_vrs_is_corrected(clean, image, as_bytes):
    data = as_bytes(image).replace(b"1.2.840.10008.1.2.1\0", b"1.2.840.10008.1.2\0\0\0")
    result = clean(data)
    assert result.ds.Rows == 4 and result.ds.PixelData == image.PixelData


def test_a_record_number_reused_as_series_number_goes(clean, image):
    image.PatientID, image.SeriesNumber, image.InstanceNumber = "123456", 123456, 7
    ds = clean(image).ds
    assert ds.SeriesNumber is None and ds.InstanceNumber == 7


def test_a_name_in_native_script_goes_from_words_written_without_spaces(clean, image):
    image.SpecificCharacterSet, image.PatientName = "ISO_IR 192", "Wang^XiaoDong=王^小东=ワン^シャオドン"
    image.StudyDescription, image.ImageComments = "王小东头部平扫", "CT 小东 Thorax"
    result = clean(image)
    for name in ("王", "小东", "シャオドン", "XiaoDong"):
        assert name.encode() not in result.data
    assert result.ds.ImageComments == "CT Thorax"


def test_uids_that_embed_a_date_or_a_number_are_mapped_wherever_they_stand(clean, image):
    embedding = "1.2.276.0.19520309.77123"
    image.IrradiationEventUID = image.DimensionOrganizationUID = embedding
    image.ReferencedImageSequence = [
        holder(ReferencedSOPClassUID=image.SOPClassUID, ReferencedSOPInstanceUID=embedding)
    ]
    image.AnatomicRegionSequence = [holder(ContextUID=embedding, CodeMeaning="Head", TrackingUID=embedding)]
    assert embedding.encode() not in clean(image).data


def test_dates_are_moved_or_go_at_any_depth_and_from_words(clean, image):
    image.StudyDescription = "CT 12.03.2024 Thorax 20240312"
    deep = holder(
        SegmentLabel="Thorax", StartAcquisitionDateTime="20240312101112.5+0100", InstanceCreationDate="202403"
    )
    image.AnatomicRegionSequence = [holder(AnatomicRegionModifierSequence=[deep], DateOfSecondaryCapture="20240312")]
    result = clean(image)
    assert b"20240312" not in result.data and b"12.03" not in result.data and b"202403" not in result.data
    inner = result.ds.AnatomicRegionSequence[0].AnatomicRegionModifierSequence[0]
    assert inner.StartAcquisitionDateTime.endswith("101112.5+0100")


def test_the_meaning_of_a_private_code_goes_at_any_depth(clean, image):
    code = holder(CodeValue="V1", CodingSchemeDesignator="99VOEG", CodeMeaning="Dr Voegelein")
    image.ProcedureCodeSequence = [code]
    image.AnatomicRegionSequence = [holder(CodeValue="69536005", CodingSchemeDesignator="SCT", CodeMeaning="Head")]
    image.AnatomicRegionSequence[0].AnatomicRegionModifierSequence = [code]
    result = clean(image)
    assert NAME not in result.data and b"99VOEG" not in result.data


def test_directory_elements_within_an_object_go(clean, image):
    image.add_new(0x00041130, "CS", "VOEGELEIN")
    image.add_new(0x00041220, "SQ", [holder(PatientName=NAME.decode())])
    result = clean(image)
    assert b"VOEGELEIN" not in result.data and NAME not in result.data
