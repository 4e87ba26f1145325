"""Boxes are black afterwards, every value outside is what it was, and the header says so: in each layout and syntax."""

from io import BytesIO

import numpy as np
import pytest
from pydicom import uid
from pydicom.encaps import encapsulate, generate_fragments

from anonymizer import CannotDeidentify, Context, NodeKey, deidentify, load_profile
from anonymizer.pixels import Box, blank_pixels
from tests.in_a_child import in_a_child
from tests.unit.anonymizer.pixels.pictures import COLUMNS, ROWS, as_file, compressed, jpeg, native, noise, stored

BOXES = (Box(3, 5, 20, 7), Box(40, 30, 100, 9))
INSIDE = np.zeros((ROWS, COLUMNS), bool)
for _box in BOXES:
    INSIDE[_box.y : _box.bottom, _box.x : _box.right] = True


def cleaned(ds, boxes=BOXES):
    """Return a de-identified form of a data set before and after its pixels were cleaned, and what was said of it."""
    between, sink = BytesIO(), BytesIO()
    context = Context(NodeKey(bytes(32)), "site", "OVR-1", "scope", load_profile("second-read"), vouched=True)
    deidentify(as_file(ds), between, context)
    done = blank_pixels(between, sink, boxes)
    return between, sink, done


def check(before, after, black, inside=INSIDE):
    assert np.array_equal(after[:, ~inside], before[:, ~inside])
    assert (after[:, inside] == np.array(black)).all()


@pytest.mark.parametrize(
    ("photometric", "samples", "bits", "signed", "planar", "black"),
    [
        ("MONOCHROME2", 1, 8, False, 0, 0),
        ("MONOCHROME1", 1, 8, False, 0, 255),
        ("MONOCHROME2", 1, 12, False, 0, 0),
        ("MONOCHROME1", 1, 12, False, 0, 4095),
        ("MONOCHROME2", 1, 16, True, 0, -32768),
        ("MONOCHROME2", 1, 12, True, 0, -2048),
        ("RGB", 3, 8, False, 0, (0, 0, 0)),
        ("RGB", 3, 8, False, 1, (0, 0, 0)),
        ("RGB", 3, 16, False, 1, (0, 0, 0)),
        ("YBR_FULL", 3, 8, False, 0, (0, 128, 128)),
        ("YBR_FULL", 3, 8, False, 1, (0, 128, 128)),
    ],
)
def test_uncompressed_pixels_are_black_inside_and_the_same_outside(photometric, samples, bits, signed, planar, black):
    values = noise(3, samples, bits, signed=signed)
    _, after, done = cleaned(native(values, photometric, bits=bits, planar=planar))
    check(values, stored(after)[1], black)
    assert done.frames == 3 and done.share == pytest.approx(INSIDE.mean())


LOSSLESS = (uid.RLELossless, uid.JPEGLosslessSV1, uid.JPEGLSLossless, uid.JPEG2000Lossless, uid.HTJ2KLossless)


@pytest.mark.parametrize("syntax", LOSSLESS)
@pytest.mark.parametrize(
    ("bits", "signed", "black"), [(8, False, 0), (12, False, 0), (16, False, 0), (16, True, -32768)]
)
def test_grey_compressed_without_loss_stays_so_bit_by_bit(syntax, bits, signed, black):
    values = noise(2, 1, bits, signed=signed)
    _, after, done = cleaned(compressed(values, "MONOCHROME2", syntax, bits=bits))
    ds, result = stored(after)
    assert ds.file_meta.TransferSyntaxUID == syntax == done.transfer_syntax_uid
    check(values, result, black)


@pytest.mark.parametrize(
    ("syntax", "photometric"),
    [
        (uid.RLELossless, "RGB"),
        (uid.RLELossless, "YBR_FULL"),
        (uid.JPEGLosslessSV1, "RGB"),
        (uid.JPEGLSLossless, "RGB"),
        (uid.JPEG2000Lossless, "RGB"),
        (uid.JPEG2000Lossless, "YBR_RCT"),
        (uid.HTJ2KLossless, "YBR_RCT"),
    ],
)
def test_colours_compressed_without_loss_stay_so_bit_by_bit(syntax, photometric):
    values = noise(2, 3)
    _, after, _ = cleaned(compressed(values, photometric, syntax))
    ds, result = stored(after)
    assert (ds.file_meta.TransferSyntaxUID, ds.PhotometricInterpretation) == (syntax, photometric)
    check(values, result, (0, 128, 128) if photometric == "YBR_FULL" else (0, 0, 0))


@pytest.mark.parametrize("samples", [1, 3])
def test_what_jpeg_lost_is_lost_once_where_blocks_cannot_be_blacked(samples):
    smooth = np.tile(np.linspace(0, 255, COLUMNS).astype("u1")[None, None, :, None], (2, ROWS, 1, samples))
    ds = compressed(smooth, "MONOCHROME2" if samples == 1 else "YBR_FULL_422", uid.JPEGBaseline8Bit)
    ds.PixelData = encapsulate([jpeg(smooth[0], progressive=True)] * 2)
    ds.LossyImageCompression, ds.LossyImageCompressionRatio = "01", "12.5"
    between, after, _ = cleaned(ds)
    between.seek(0)
    decoded = stored_as_rgb(between)
    result_ds, result = stored(after)
    assert result_ds.file_meta.TransferSyntaxUID == uid.JPEGLSLossless
    assert result_ds.PhotometricInterpretation == ("MONOCHROME2" if samples == 1 else "RGB")
    assert (result_ds.LossyImageCompression, result_ds.LossyImageCompressionRatio) == ("01", 12.5)
    check(decoded, result, 0)


def test_a_film_of_which_one_frame_is_not_like_the_first_is_written_anew():
    smooth = np.tile(np.linspace(0, 255, COLUMNS).astype("u1")[None, None, :, None], (2, ROWS, 1, 1))
    ds = compressed(smooth, "MONOCHROME2", uid.JPEGBaseline8Bit)
    ds.PixelData = encapsulate([jpeg(smooth[0]), jpeg(smooth[0], progressive=True)])
    between, after, done = cleaned(ds)
    between.seek(0)
    assert done.transfer_syntax_uid == uid.JPEGLSLossless
    assert done.boxes == (BOXES[0], Box(40, 30, 24, 9))
    check(stored_as_rgb(between), stored(after)[1], 0)


@pytest.mark.parametrize("samples", [1, 3])
def test_jpeg_stays_jpeg_and_whole_blocks_are_black(samples):
    smooth = np.tile(np.linspace(0, 255, COLUMNS).astype("u1")[None, None, :, None], (2, ROWS, 1, samples))
    ds = compressed(smooth, "MONOCHROME2" if samples == 1 else "YBR_FULL_422", uid.JPEGBaseline8Bit)
    ds.PixelData = encapsulate([jpeg(smooth[0], subsampling=1)] * 2)
    ds.LossyImageCompression, ds.LossyImageCompressionRatio = "01", "12.5"
    between, after, done = cleaned(ds, BOXES[:1])
    assert done.boxes == ((Box(0, 0, 24, 16),) if samples == 1 else (Box(0, 0, 32, 16),))
    between.seek(0)
    after.seek(0)
    before, result = stored_as_rgb(between), stored_as_rgb(after)
    inside = np.zeros((ROWS, COLUMNS), bool)
    inside[:16, : done.boxes[0].width] = True
    check(before, result, 0, inside)
    result_ds = stored(after)[0]
    assert result_ds.file_meta.TransferSyntaxUID == uid.JPEGBaseline8Bit
    assert (result_ds.PhotometricInterpretation, result_ds.LossyImageCompressionRatio) == (
        ds.PhotometricInterpretation,
        12.5,
    )


def stored_as_rgb(file):
    """Return what libjpeg makes of each frame of JPEG, called by the test and not by what is tested."""
    import imagecodecs
    from pydicom import dcmread
    from pydicom.encaps import generate_frames

    ds = dcmread(file)
    frames = [imagecodecs.jpeg8_decode(each) for each in generate_frames(ds.PixelData, number_of_frames=2)]
    return np.stack(frames).reshape(2, ROWS, COLUMNS, -1)


def test_colours_shared_by_two_neighbours_are_blacked_for_both():
    values = noise(2, 1)
    ds = native(values, "YBR_FULL_422")
    ds.SamplesPerPixel, ds.PlanarConfiguration = 3, 0
    raw = np.random.default_rng(1).integers(0, 256, (2, ROWS, COLUMNS // 2, 4)).astype("u1")
    ds.PixelData = raw.tobytes()
    _, after, done = cleaned(ds, (Box(3, 5, 2, 7),))
    assert done.boxes == (Box(2, 5, 4, 7),)
    after.seek(0)
    from pydicom import dcmread

    result = np.frombuffer(dcmread(after).PixelData, "u1").reshape(raw.shape)
    inside = np.zeros((ROWS, COLUMNS // 2), bool)
    inside[5:12, 1:3] = True
    check(raw, result, (0, 0, 128, 128), inside)


def test_a_palette_is_black_at_its_darkest_entry():
    values = noise()
    ds = native(values, "PALETTE COLOR")
    light = [200] * 256
    light[77] = 3
    for colour in ("Red", "Green", "Blue"):
        setattr(ds, f"{colour}PaletteColorLookupTableDescriptor", [256, 0, 8])
        setattr(ds, f"{colour}PaletteColorLookupTableData", bytes(light))
    check(values, stored(cleaned(ds)[1])[1], 77)


def test_grey_is_black_at_the_padding_value():
    values = noise(1, 1, 12, signed=True)
    ds = native(values, "MONOCHROME2", bits=12)
    ds.add_new("PixelPaddingValue", "SS", -1024)
    check(values, stored(cleaned(ds)[1])[1], -1024)


def test_single_bits_are_blacked_where_frames_begin_inside_a_byte():
    values = np.random.default_rng(5).integers(0, 2, (3, 7, 9, 1)).astype("u1")
    ds = native(values, "MONOCHROME2")
    ds.BitsAllocated, ds.BitsStored, ds.HighBit = 1, 1, 0
    packed = np.packbits(values.ravel(), bitorder="little").tobytes()
    ds.PixelData = packed + bytes(len(packed) % 2)
    _, after, _ = cleaned(ds, (Box(2, 1, 5, 4),))
    inside = np.zeros((7, 9), bool)
    inside[1:5, 2:7] = True
    check(values, stored(after)[1], 0, inside)


@pytest.mark.parametrize(
    "syntax", [uid.ImplicitVRLittleEndian, uid.ExplicitVRBigEndian, uid.DeflatedExplicitVRLittleEndian]
)
def test_every_uncompressed_transfer_syntax_can_be_cleaned(syntax):
    values = noise(2, 1, 16)
    ds = native(values, "MONOCHROME2", bits=16)
    ds.file_meta.TransferSyntaxUID = syntax
    if syntax == uid.ExplicitVRBigEndian:
        ds.PixelData = values.astype(">u2").tobytes()
    _, after, _ = cleaned(ds)
    check(values, stored(after)[1], 0)


def test_the_header_says_what_was_done():
    ds = native(noise(), "MONOCHROME2")
    ds.BurnedInAnnotation, ds.SmallestImagePixelValue = "YES", 3
    result, _ = stored(cleaned(ds)[1])
    assert result.BurnedInAnnotation == "NO"
    assert list(result.ImageType) == ["DERIVED", "PRIMARY"]
    assert result.DerivationDescription == "Text burned into the pixels was blacked"
    assert "SmallestImagePixelValue" not in result
    assert [item.CodeValue for item in result.DeidentificationMethodCodeSequence].count("113101") == 1
    assert result.PatientIdentityRemoved == "YES" and result.PatientName == "OVR-1"


def test_the_instance_keeps_the_uid_that_its_header_was_given():
    between, after, _ = cleaned(native(noise(), "MONOCHROME2"))
    assert stored(between)[0].SOPInstanceUID == stored(after)[0].SOPInstanceUID


def test_pixel_data_that_is_too_short_is_not_called_clean():
    ds = native(noise(2), "MONOCHROME2")
    ds.PixelData = ds.PixelData[:-100]
    with pytest.raises(CannotDeidentify) as failure:
        cleaned(ds)
    assert failure.value.code == "truncated"


def code_of_damaged():
    """Return why a frame whose middle is gone is refused."""
    ds = compressed(noise(), "MONOCHROME2", uid.JPEGLSLossless)
    ds.PixelData = ds.PixelData[:40] + bytes(len(ds.PixelData) - 48) + ds.PixelData[-8:]
    try:
        cleaned(ds)
    except CannotDeidentify as error:
        return error.code
    return None


def test_a_damaged_frame_is_not_called_clean():
    assert in_a_child(code_of_damaged) is not None


@pytest.mark.parametrize("boxes", [(), BOXES])
@pytest.mark.parametrize(("declared", "held", "table"), [(1, 2, False), (None, 2, False), (2, 3, True)])
def test_a_compressed_frame_that_the_header_does_not_count_is_refused(boxes, declared, held, table):
    values = noise(held, 1)
    ds = compressed(values, "MONOCHROME2", uid.JPEGLSLossless)
    frames = list(generate_fragments(ds.PixelData))[1:]
    ds.PixelData = encapsulate(frames, has_bot=table)
    ds["PixelData"].is_undefined_length = True
    if table:  # the last frame has two fragments, each a picture
        ds.PixelData = ds.PixelData[:4] + (8).to_bytes(4, "little") + ds.PixelData[8:16] + ds.PixelData[20:]
    ds.NumberOfFrames = declared
    with pytest.raises(CannotDeidentify) as refused:
        cleaned(ds, boxes)
    assert refused.value.code == "pixels-unclear"


@pytest.mark.parametrize("boxes", [(), BOXES])
def test_pictures_behind_each_other_in_one_fragment_are_refused(boxes):
    ds = compressed(noise(2, 1), "MONOCHROME2", uid.JPEG2000Lossless)
    ds.PixelData = encapsulate([b"".join(list(generate_fragments(ds.PixelData))[1:])])
    ds["PixelData"].is_undefined_length = True
    ds.NumberOfFrames = 1
    with pytest.raises(CannotDeidentify) as refused:
        cleaned(ds, boxes)
    assert refused.value.code == "pixels-unclear"


def test_a_box_outside_the_image_is_refused():
    with pytest.raises(CannotDeidentify) as refused:
        cleaned(native(noise(), "MONOCHROME2"), (Box(COLUMNS, 0, 5, 5),))
    assert refused.value.code == "box-outside"
